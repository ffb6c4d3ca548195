"""A certificate's life with its approvals and reasons; carriers; who may do what; warnings (K-1, K-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.certificates import operations, queries, register
from portal.certificates.files import kept_until
from portal.certificates.models import Certificate, CertificateApplication, ExpiryWarning
from portal.core import clock
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.people.models import Person
from portal.people.roles import Role
from tests.certificates.people import UNIT, carried_out, carrier_key, issued, request_of
from tests.city import City
from tests.seals.ceremony import install_device, make_unit_seals

pytestmark = pytest.mark.req("K-1")


def states(session: Session, owner: Person) -> list[tuple[str, str | None]]:
    """The owner's certificates, oldest first: state and reason."""
    return [(row.state, row.revoked_reason) for row in reversed(queries.all_of(session, owner))]


def test_the_whole_life(runtime: Runtime, session: Session, city: City) -> None:
    """Issued, renewed, extended with the same key, on hold and recovered, lost and re-issued, revoked in the end."""
    install_device()
    owner, first = issued(runtime, session, city)
    assert first.valid_until - first.valid_from > timedelta(days=365 * runtime.rules.personal_certificate_years - 1)
    carried_out(runtime, session, city, owner, "renew", request_of(carrier_key()))
    second = queries.live_of(session, owner)
    carried_out(runtime, session, city, owner, "extend")
    third = queries.live_of(session, owner)
    assert second and third and third.id != second.id
    assert operations._loaded(third).public_key() == operations._loaded(second).public_key()
    assert states(session, owner) == [("replaced", "superseded")] * 2 + [("valid", None)]
    operations.report(third, owner, what="hold", why="暂未找到。")
    session.commit()
    carried_out(runtime, session, city, owner, "recover")
    assert third.state == "valid"
    operations.report(third, owner, what="lost", why="确认遗失。")
    session.commit()
    carried_out(runtime, session, city, owner, "reissue", request_of(carrier_key()))
    carried_out(runtime, session, city, owner, "revoke")
    assert states(session, owner)[2:] == [("revoked", "key_compromise"), ("revoked", "cessation_of_operation")]


@pytest.mark.req("K-5")
def test_a_lost_key_is_not_certified_again(runtime: Runtime, session: Session, city: City) -> None:
    install_device()
    owner, key = city.person(UNIT, Role.EXCHANGE_CLERK), carrier_key()
    carried_out(runtime, session, city, owner, "issue", request_of(key))
    (certificate,) = queries.all_of(session, owner)
    operations.report(certificate, owner, what="lost", why="出差途中遗失。")
    session.flush()
    with pytest.raises(Invalid, match="the key you have already"):
        operations.apply_for_person(session, owner, kind="reissue", reason="补办", csr=request_of(key))


def test_one_person_one_certificate_and_what_is_refused(runtime: Runtime, session: Session, city: City) -> None:
    install_device()
    owner, certificate = issued(runtime, session, city)
    with pytest.raises(Invalid):
        operations.apply_for_person(session, owner, kind="issue", reason="再要一张", csr=request_of(carrier_key()))
    with pytest.raises(Invalid, match="certification request"):
        operations.apply_for_person(session, owner, kind="renew", reason="更新", csr="不是请求")
    with pytest.raises(Invalid, match="empty"):
        operations.apply_for_person(session, owner, kind="extend", reason=" ")
    application = operations.apply_for_person(session, owner, kind="extend", reason="将到期")
    with pytest.raises(AlreadyDone):
        operations.apply_for_person(session, owner, kind="revoke", reason="不用了")
    centre = city.person("office", Role.INFORMATION_CENTRE)
    for person in (owner, centre, city.person("education", Role.UNIT_HEAD), city.person(UNIT, Role.LEADER)):
        with pytest.raises(Denied):  # it is the turn of the unit's head
            operations.decide(application, person, "agree", "同意。")
    operations.decide(application, city.person(UNIT, Role.UNIT_HEAD), "agree", "同意。")
    with pytest.raises(AlreadyDone):
        operations.decide(application, city.person(UNIT, Role.UNIT_HEAD), "agree", "同意。")
    operations.decide(application, centre, "refuse", "理由不充分。")
    assert application.state == "refused" and certificate.state == "valid"
    with pytest.raises(AlreadyDone):
        operations.withdraw(application, owner)


def test_the_seal_server_counts_the_decisions_itself(runtime: Runtime, session: Session, city: City) -> None:
    """A state written into the database is no approval."""
    from portal.core.jobs import Queue, enqueue
    from tests.work import drain_all

    install_device()
    owner = city.person(UNIT, Role.EXCHANGE_CLERK)
    application = operations.apply_for_person(
        session, owner, kind="issue", reason="需要", csr=request_of(carrier_key())
    )
    application.state = "approved"
    enqueue(session, Queue.SEAL, "portal.certificates.signing.issue", application_id=application.id)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert application.state == "refused" and "consent" in str(application.error)
    assert queries.live_of(session, owner) is None


def test_carriers_are_numbered_and_come_back(runtime: Runtime, session: Session, city: City) -> None:
    install_device()
    owner, certificate = issued(runtime, session, city)
    centre = city.person("office", Role.INFORMATION_CENTRE)
    with pytest.raises(Denied):
        operations.hand_out(certificate, owner, "NC-0001")
    carrier = operations.hand_out(certificate, centre, " NC-0001 ")
    with pytest.raises(Invalid):
        operations.hand_out(certificate, centre, "NC-0001")
    operations.take_back(carrier, centre)
    with pytest.raises(AlreadyDone):
        operations.take_back(carrier, centre)
    operations.hand_out(certificate, centre, "NC-0001")
    operations.revoke(certificate, centre, "cessation_of_operation", "不用了")
    with pytest.raises(Refused):
        operations.hand_out(certificate, centre, "NC-0002")


@pytest.mark.req("A-7")
def test_who_leaves_or_moves_loses_the_certificate_that_day(runtime: Runtime, session: Session, city: City) -> None:
    install_device()
    owner, certificate = issued(runtime, session, city)
    register.follow_people(session)
    assert certificate.state == "valid"
    owner.unit_id = city.units["education"].id
    session.flush()
    register.follow_people(session)
    assert (certificate.state, certificate.revoked_reason) == ("revoked", "affiliation_changed")


def test_each_warning_is_given_once_to_who_must_act(runtime: Runtime, session: Session, city: City) -> None:
    install_device()
    owner, certificate = issued(runtime, session, city)
    centre = city.person("office", Role.INFORMATION_CENTRE)
    given = []
    for left in (100, 89, 60, 30, 29, 7, 6):
        with clock.frozen(certificate.valid_until - timedelta(days=left)):
            register.warn(session)
            register.warn(session)
            session.flush()
            given.append(session.scalar(select(func.count()).select_from(ExpiryWarning)))
            if left == 6:
                for person in (owner, centre):
                    shown = [s for s in desk_of(session, person).sections if s.kind.key == "certificates-ending"]
                    assert shown and shown[0].lines[0].late
                other = desk_of(session, city.person("education", Role.UNIT_HEAD))
                assert "certificates-ending" not in [s.kind.key for s in other.sections]
    assert given == [0, 1, 1, 2, 2, 3, 3]


def test_the_office_is_told_once_of_the_end_of_a_seal(runtime: Runtime, session: Session, city: City) -> None:
    """With the seal, where it can be replaced, and not once more with its line in the register."""
    make_unit_seals(runtime, session, city, UNIT)
    register.follow_seals(session)
    session.flush()
    ends = session.scalars(select(Certificate.valid_until)).all()
    with clock.frozen(min(ends) - timedelta(days=6)):
        register.warn(session)
        session.flush()
        found = desk_of(session, city.person("office", Role.SECRECY_OFFICE)).sections
    kinds = [section.kind.key for section in found]
    assert ("seal-ending" in kinds, "certificates-ending" in kinds) == (True, False)


@pytest.mark.req("K-4")
def test_records_are_kept_ten_years(runtime: Runtime, session: Session, city: City) -> None:
    """The rule says how long, the page shows it, and nothing can be deleted through the program."""
    install_device()
    _owner, certificate = issued(runtime, session, city)
    years = runtime.rules.certificate_retention_years
    assert years == 10
    assert kept_until(certificate, years).year == certificate.valid_until.year + 10
    for thing in (certificate, session.scalars(select(CertificateApplication)).one()):
        session.delete(thing)
        with pytest.raises(RuntimeError, match="ten years"):
            session.flush()
        session.rollback()


def test_pages_from_applying_to_the_certificate(
    runtime: Runtime, session: Session, city: City, client_for: Callable[[Person], FlaskClient]
) -> None:
    """Everything by the pages; nothing of it is there for others."""
    from tests.work import drain_all

    install_device()
    owner = city.person(UNIT, Role.HANDLER)
    head, centre = city.person(UNIT, Role.UNIT_HEAD), city.person("office", Role.INFORMATION_CENTRE)
    stranger = client_for(city.person("education", Role.UNIT_HEAD))
    client = client_for(owner)
    bad = client.post("/certificates/apply", data={"kind": "issue", "reason": "交换需要", "csr": "x"})
    assert bad.status_code == 422 and "交换需要" in bad.text
    sent = client.post(
        "/certificates/apply", data={"kind": "issue", "reason": "交换需要", "csr": request_of(carrier_key())}
    )
    assert sent.status_code == 303
    page = sent.location
    for person, act in ((head, "agree"), (centre, "approve")):
        deciding = client_for(person)
        assert "交换需要" in deciding.get(page).text
        assert deciding.post(f"{page}/decide", data={"act": act, "opinion": "同意。"}).status_code == 303
    assert stranger.get(page).status_code == 404
    drain_all(runtime)
    certificate = session.scalars(select(Certificate).where(Certificate.person_id == owner.id)).one()
    session.commit()
    assert stranger.get(f"/certificates/{certificate.id}").status_code == 404
    assert "BEGIN CERTIFICATE" in client.get(f"/certificates/{certificate.id}/chain.pem").text
    assert owner.name in client_for(centre).get("/certificates/?q=" + certificate.serial).text
    reported = client.post(f"/certificates/{certificate.id}/report", data={"what": "compromised", "why": "疑似被盗"})
    assert reported.status_code == 303
    session.expire_all()
    assert certificate.state == "revoked"
