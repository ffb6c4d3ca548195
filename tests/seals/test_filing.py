"""Applying for every kind: what it demands, what it refuses, what is approved (S-3, S-8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import unescape
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.rules import SealIssuer
from portal.core.runtime import Runtime
from portal.ledger.queries import history
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration import change_work
from portal.registration.change_models import UnitChange
from portal.seals import applications, carriers, ceremonies, filing, kinds, losses, operations, queries
from portal.seals.carrier_models import Condition
from portal.seals.filing import Wish
from portal.seals.kinds import Cause
from portal.seals.lifecycle import SealState
from portal.seals.models import ApplicationKind, SealApplication
from tests.city import City
from tests.registration.changing import NEW_NAME, done, rename_wish
from tests.seals.filing import LETTER, both_seals, filed, wish
from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]
K = ApplicationKind


@pytest.mark.req("S-3", "S-8")
def test_each_kind_says_what_it_concerns(session: Session, city: City) -> None:
    """One application at a time; its seals, keepers and cause are part of what is approved."""
    signature, verification = both_seals(session, city)
    replaced = filed(session, city, wish(city, K.REPLACE, signature, cause=Cause.EXPIRY))
    keys: dict[str, list[str]] = {str(city.person("finance", Role.SEAL_CUSTODIAN).id): []}
    assert (replaced.seal_ids, replaced.details) == ([signature.id], {"cause": "expiry", "keys": keys})
    assert (replaced.holder_ids, replaced.face_text) == ([], city.units["finance"].name)
    applications.require_untouched(replaced)
    replaced.details = {"cause": "loss", "keys": keys}
    with pytest.raises(Refused, match="approvals are void"):
        applications.require_untouched(replaced)
    with pytest.raises(Refused, match="under way"):
        filed(session, city, wish(city, K.DESTROY, signature, cause=Cause.CESSATION))
    applicant = city.person("finance", Role.UNIT_ADMINISTRATOR)
    applications.withdraw(replaced, applicant, "改为注销")
    destroyed = filed(session, city, wish(city, K.DESTROY, signature, verification, cause=Cause.CESSATION))
    assert destroyed.details["reason"] == "cessation"
    assert (destroyed.custodian_ids, len(destroyed.seal_ids)) == ([], 2)
    applications.withdraw(destroyed, applicant, "暂缓")
    custody = filed(session, city, wish(city, K.CHANGE_CUSTODY, verification))
    assert custody.custodian_ids == []
    assert custody.holder_ids == [city.person("finance", Role.VERIFICATION_HOLDER).id]


@pytest.mark.req("S-3", "S-8")
def test_what_does_not_fit_is_refused(session: Session, city: City) -> None:
    signature, verification = both_seals(session, city)
    strange, _ = both_seals(session, city, "education")
    custodian = city.person("finance", Role.SEAL_CUSTODIAN)
    for wrong, field in (
        (wish(city, K.REPLACE, signature), "cause"),
        (wish(city, K.REPLACE, signature, cause=Cause.LOSS, circumstances="途中遗失"), "evidence"),
        (wish(city, K.REPLACE, signature, cause=Cause.DAMAGE, evidence=[LETTER]), "circumstances"),
        (wish(city, K.REPLACE, signature, cause=Cause.EXPIRY, custodians=[]), "custodians"),
        (wish(city, K.REPLACE, signature, cause=Cause.EXPIRY, threshold=2), "threshold"),
        (wish(city, K.REPLACE, verification, cause=Cause.EXPIRY, custodians=[custodian]), "custodians"),
        (wish(city, K.REPLACE, strange, cause=Cause.EXPIRY), "seals"),
        (wish(city, K.REPLACE, cause=Cause.EXPIRY), "seals"),
        (wish(city, K.DESTROY, signature, cause=Cause.LOSS), "cause"),
        (wish(city, K.DESTROY, signature, cause=Cause.CESSATION, custodians=[custodian]), "custodians"),
        (wish(city, K.DESTROY, signature, cause=Cause.CESSATION, evidence=[LETTER] * 7), "evidence"),
        (wish(city, K.DESTROY, signature, cause=Cause.CESSATION, reason=" "), "reason"),
    ):
        with pytest.raises(Invalid) as told:
            filed(session, city, wrong)
        assert told.value.field == field
    with pytest.raises(Refused, match="no seal"):
        filed(session, city, wish(city, K.UNFREEZE, signature))
    with pytest.raises(Denied):
        filing.file_wish(session, custodian, wish(city, K.DESTROY, signature, cause=Cause.CESSATION))
    assert session.scalars(select(SealApplication).where(SealApplication.kind != "make")).all() == []


@pytest.mark.req("S-3")
def test_the_device_is_the_offices_own(session: Session, city: City) -> None:
    """Its kinds name no seal and are applied for by the information centre or the secrecy office."""
    centre = city.person("office", Role.INFORMATION_CENTRE)
    application = filing.file_wish(session, centre, Wish(K.ROTATE_SHARES, "操作员变动"))
    assert (application.unit_id, application.seal_ids) == (city.units["office"].id, [])
    with pytest.raises(Denied):
        filing.file_wish(session, city.person("finance", Role.UNIT_ADMINISTRATOR), Wish(K.RENEW_CA, "到期"))
    with pytest.raises(Denied):
        filing.file_wish(session, centre, Wish(K.MAKE, "首次申领"))


@pytest.mark.req("S-7")
def test_province_seals_are_not_made_here(
    session: Session, city: City, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "rules", replace(runtime.rules, district_seals_from=SealIssuer.PROVINCE))
    keepers = {"custodians": [city.person("east", Role.SEAL_CUSTODIAN)], "holders": []}
    with pytest.raises(Refused, match="provincial authority"):
        filed(session, city, Wish(K.MAKE, "首次申领", **keepers), "east")  # type: ignore[arg-type]


@pytest.mark.req("S-8")
def test_a_reported_loss_suspends_at_once(
    session: Session, city: City, client_for: ClientFor, authority: Authority
) -> None:
    """Any keeper, one act; then the unit is offered the application with the words of the report."""
    signature, verification = both_seals(session, city)
    secrecy, holder = city.person("office", Role.SECRECY_OFFICE), city.person("finance", Role.VERIFICATION_HOLDER)
    verification.certificate = authority.seal.certificate.public_bytes(Encoding.PEM).decode()
    carrier = carriers.hand_out(verification, secrecy, holder, "YZ-7")
    with pytest.raises(Denied):
        losses.report_loss(signature, holder, "不见了", "")
    session.commit()
    page = f"/seals/{verification.id}/report-loss"
    client = client_for(holder)
    assert client.post(page, data={"loss-circumstances": " "}).status_code == 422
    assert client.post(page, data={"loss-circumstances": "出差途中遗失", "loss-carrier": "YZ-7"}).status_code == 303
    assert client.post(page, data={"loss-circumstances": "又报一次"}).status_code == 409
    session.refresh(verification)
    session.refresh(carrier)
    assert (verification.state, carrier.state, signature.state) == ("suspended", "lost", "in-custody")
    kinds_ = [event.kind for event in history(session, "seal", verification.id)]
    assert kinds_ == ["seal.suspended", "seal.loss-reported"]
    session.commit()
    administrator = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    administrator.set_cookie("language", "en")
    assert "Lost seal to be replaced" in administrator.get("/").text
    assert "出差途中遗失" in administrator.get("/seals/apply").text
    form = unescape(administrator.get(f"/seals/apply/replace?seal={verification.id}").text)
    assert "出差途中遗失" in form
    assert "YZ-7" in form
    sent = {
        "reason": "印章遗失，申请补发。",
        "seals": [verification.id],
        "cause": "loss",
        "circumstances": "出差途中遗失",
        "holders": [holder.id],
        "threshold": "1",
    }
    assert administrator.post("/seals/apply/replace", data=sent).status_code == 422
    files = {**sent, "evidence": (BytesIO(frozen_bytes()), "遗失说明.pdf")}
    answer = administrator.post("/seals/apply/replace", data=files)
    assert answer.status_code == 303
    application = session.scalars(select(SealApplication).where(SealApplication.kind == "replace")).one()
    assert application.details["evidence"][0]["name"] == "遗失说明.pdf"
    session.commit()
    shown = administrator.get(answer.location).text
    assert "遗失说明.pdf" in shown
    assert administrator.get(f"{answer.location}/evidence/1").mimetype == "application/pdf"
    assert administrator.get(f"{answer.location}/evidence/2").status_code == 404
    assert client_for(city.person("education", Role.UNIT_HEAD)).get(f"{answer.location}/evidence/1").status_code == 404


@pytest.mark.req("S-8")
def test_applying_for_a_lost_seal_suspends_it_too(session: Session, city: City) -> None:
    signature, _ = both_seals(session, city)
    lost = wish(city, K.REPLACE, signature, cause=Cause.LOSS, circumstances="失窃", evidence=[LETTER])
    application = filed(session, city, lost)
    assert signature.state == "suspended"
    report = losses.open_loss(session, signature)
    assert report is not None
    assert application.details["losses"] == [report.id], "what is approved names the report"
    applications.require_untouched(application)


@pytest.mark.req("S-8")
def test_an_application_for_a_lost_seal_names_the_report_of_before(
    session: Session, city: City, client_for: ClientFor
) -> None:
    """Who found the loss reported it; the application points to that, and its page shows who and when."""
    signature, _ = both_seals(session, city)
    finder = city.person("finance", Role.SEAL_CUSTODIAN)
    report = losses.report_loss(signature, finder, "会议途中遗失", "YZ-1")
    lost = wish(city, K.REPLACE, signature, cause=Cause.LOSS, circumstances="失窃", evidence=[LETTER])
    application = filed(session, city, lost)
    assert application.details["losses"] == [report.id]
    assert [one.id for one in losses.reports_of(session, application)] == [report.id]
    session.commit()
    shown = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR)).get(f"/seals/applications/{application.id}")
    assert f"· {finder.name}</a>" in shown.text


@pytest.mark.req("S-8")
def test_no_ceremony_replaces_a_lost_seal_whose_loss_is_not_reported(
    session: Session, city: City, runtime: Runtime
) -> None:
    """Neither when it was put back into use since, nor with another seal's report."""
    signature, verification = both_seals(session, city)
    lost = wish(city, K.REPLACE, signature, cause=Cause.LOSS, circumstances="失窃", evidence=[LETTER])
    application = filed(session, city, lost)
    decided(application, city)
    secrecy = city.person("office", Role.SECRECY_OFFICE)
    signature.state, since, signature.suspended_at = SealState.IN_CUSTODY, signature.suspended_at, None
    session.flush()
    with pytest.raises(Refused, match="must be reported first"):
        ceremonies.call_ceremony(session, secrecy, application, runtime.rules)
    signature.state, signature.suspended_at = SealState.SUSPENDED, since
    losses.reports_of(session, application)[0].seal = verification
    session.flush()
    with pytest.raises(Refused, match="must be reported first"):
        ceremonies.call_ceremony(session, secrecy, application, runtime.rules)
    losses.reports_of(session, application)[0].seal = signature
    session.flush()
    assert ceremonies.call_ceremony(session, secrecy, application, runtime.rules).state == "called"


@pytest.mark.req("S-3")
def test_the_head_who_agreed_must_still_be_the_head(session: Session, city: City, runtime: Runtime) -> None:
    """Also one for whom somebody stood in; the reason names who it was."""
    signature, _ = both_seals(session, city)
    application = filed(session, city, wish(city, K.CHANGE_CUSTODY, signature))
    decided(application, city)
    head, secrecy = city.person("finance", Role.UNIT_HEAD), city.person("office", Role.SECRECY_OFFICE)
    agreed = next(approval for approval in application.approvals if approval.act == "agree")
    agreed.person, agreed.acting_for = city.person("finance", Role.DRAFTER), head
    applications.require_head(application)
    roles = list(head.role_rows)
    head.role_rows = [row for row in roles if row.role != Role.UNIT_HEAD]
    session.flush()
    session.expire(application)
    with pytest.raises(Refused, match=f"{head.name}, who agreed"):
        ceremonies.call_ceremony(session, secrecy, application, runtime.rules)


def decided(application: SealApplication, city: City) -> None:
    """All three decide for it."""
    applications.agree(application, city.person("finance", Role.UNIT_HEAD), "同意。")
    applications.review(application, city.person("office", Role.SECRETARIAT), "同意。")
    applications.approve(application, city.person("office", Role.OFFICE_LEADER), "同意。")


@pytest.mark.req("S-8")
def test_a_damaged_seal_is_handed_in_before_the_ceremony(session: Session, city: City, runtime: Runtime) -> None:
    """The secrecy office takes its carrier back, damaged, and destroys it; the register keeps each step."""
    signature, _ = both_seals(session, city)
    secrecy, custodian = city.person("office", Role.SECRECY_OFFICE), city.person("finance", Role.SEAL_CUSTODIAN)
    carrier = carriers.hand_out(signature, secrecy, custodian, "YZ-1")
    with pytest.raises(AlreadyDone):
        carriers.hand_out(signature, secrecy, custodian, "YZ-1")
    with pytest.raises(Invalid):
        carriers.hand_out(signature, secrecy, city.person("finance", Role.UNIT_HEAD), "YZ-2")
    with pytest.raises(Denied):
        carriers.hand_in(carrier, custodian, Condition.DAMAGED, "")
    damaged = wish(city, K.REPLACE, signature, cause=Cause.DAMAGE, circumstances="芯片损坏", evidence=[LETTER])
    application = filed(session, city, damaged)
    decided(application, city)
    with pytest.raises(Refused, match="handed in"):
        ceremonies.call_ceremony(session, secrecy, application, runtime.rules)
    carriers.hand_in(carrier, secrecy, Condition.DAMAGED, "芯片损坏")
    with pytest.raises(AlreadyDone):
        carriers.hand_in(carrier, secrecy, Condition.WHOLE, "")
    carriers.destroy(carrier, secrecy)
    assert ceremonies.call_ceremony(session, secrecy, application, runtime.rules).state == "called"
    kinds_ = [event.kind for event in history(session, "seal-carrier", carrier.id)]
    assert kinds_ == ["seal-carrier.handed-out", "seal-carrier.handed-in", "seal-carrier.destroyed"]


@pytest.mark.req("S-9")
def test_after_a_rename_the_unit_is_offered_the_change(session: Session, city: City, runtime: Runtime) -> None:
    """The rename waits for the old seals; afterwards the change is for the new name, and names what was handed in."""
    seals = both_seals(session, city)
    with pytest.raises(Refused):
        done(session, runtime, city, rename_wish(city))
    change = session.scalars(select(UnitChange)).one()
    for seal in seals:
        operations.take_back(seal, city.person("office", Role.SECRECY_OFFICE), "载体已交回")
    officer = city.person("office", Role.INFORMATION_CENTRE)
    change_work.confirm(session, change, officer, None)
    change_work.carry_out(session, change, officer)
    unit = city.units["finance"]
    assert [seal.id for seal in kinds.concerned(session, unit.id, K.CHANGE)] == [seal.id for seal in seals]
    application = filed(session, city, wish(city, K.CHANGE, *seals))
    assert application.face_text == unit.name == NEW_NAME
    assert queries.live_seals(session, unit.id) == []


@pytest.mark.req("S-3")
def test_the_printed_form_is_made_by_the_worker(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    signature, _ = both_seals(session, city)
    application = filed(session, city, wish(city, K.REPLACE, signature, cause=Cause.EXPIRY))
    applications.agree(application, city.person("finance", Role.UNIT_HEAD), "同意换发。")
    session.commit()
    client = client_for(city.person("finance", Role.UNIT_HEAD))
    answer = client.post(f"/seals/applications/{application.id}/form")
    assert client.post(f"/seals/applications/{application.id}/form").location == answer.location
    assert client.get(f"{answer.location}/file").status_code == 409
    drain(runtime)
    assert client.get(answer.location).status_code == 200
    assert client.get(f"{answer.location}/file").data.startswith(b"%PDF")
    assert client_for(city.person("office", Role.SECRETARIAT)).get(answer.location).status_code == 404
