"""Applying to join and deciding it: evidence, codes, tiers, who is quicker."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import scheduler
from portal.core.clock import frozen, now
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.lifecycle import WrongState
from portal.core.runtime import Runtime
from portal.ledger.queries import history
from portal.people import passwords
from portal.people.identity import hash_of
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration import applications, applications_queries
from portal.registration import applications_deciding as deciding
from portal.registration.application_lifecycle import JoinState
from portal.registration.application_models import ApplicationFile, UnitApplication
from portal.registration.applications_content import problems
from portal.registration.applications_queries import Tab
from portal.registration.evidence import Evidence
from portal.units.codes import with_check_character
from portal.units.models import Tier, Unit, UnitKind
from tests.city import City
from tests.content.hostile import pdf, picture
from tests.registration.joining import CONTENT, IDENTITY, bring_all, district_content, entered, submitted
from tests.work import drain

CENTRE, MANAGER = Role.INFORMATION_CENTRE, Role.DISTRICT_MANAGER
GOOD = "材料齐全，同意。"


@pytest.mark.req("A-2")
@pytest.mark.parametrize(
    "number", ["", "123", "110101199003074515", "110101199013074514", "11010119900307451X", "a" * 18]
)
def test_an_identity_number_proves_itself(number: str, runtime: Runtime) -> None:
    with pytest.raises(Invalid):
        hash_of(number, runtime.storage_keys)
    assert hash_of(" 110101 19900307 4514", runtime.storage_keys) == hash_of(IDENTITY, runtime.storage_keys)
    assert IDENTITY not in hash_of(IDENTITY, runtime.storage_keys)


@pytest.mark.req("U-1", "U-6")
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("code", {"code": "11450000MB1000011A"}),
        ("admin_account", {"admin_account": "9x"}),
        ("admin_mobile", {"admin_mobile": "0459"}),
        ("identity", {"identity": "110101199003074515"}),
        ("superior", {"tier": Tier.DISTRICT}),
        ("superior", {"district_id": 999, "tier": Tier.DISTRICT}),
        ("name", {"name": "南澄市财政局"}),
        ("document_code", {"document_code": "南财发"}),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    field: str, changes: dict[str, object], session: Session, city: City
) -> None:
    content = replace(CONTENT, **changes)  # type: ignore[arg-type]  # a table of changes
    assert [problem.field for problem in problems(session, content)] == [field]
    with pytest.raises(Invalid):
        entered(session, content)
    assert problems(session, CONTENT) == []


@pytest.mark.req("U-1")
def test_only_districts_are_superiors(session: Session, city: City) -> None:
    for key in ("finance", "east-education"):
        content = replace(CONTENT, tier=Tier.DISTRICT, district_id=city.units[key].id)
        assert [problem.field for problem in problems(session, content)] == ["superior"]
    assert [unit.name for unit in applications_queries.districts(session)] == ["澄东区人民政府", "澄西区人民政府"]
    assert [p.field for p in problems(session, replace(district_content(city), tier=Tier.CITY))] == ["tier"]


@pytest.mark.req("U-1")
@pytest.mark.parametrize(
    ("kind", "evidence"),
    [
        (UnitKind.INSTITUTION, Evidence.ESTABLISHMENT),
        (UnitKind.DEPARTMENT, Evidence.ESTABLISHMENT),
        (UnitKind.ENTERPRISE, Evidence.SUPERIOR_OPINION),
    ],
)
def test_each_kind_owes_its_evidence(
    kind: UnitKind, evidence: Evidence, session: Session, runtime: Runtime, city: City
) -> None:
    application, _ = entered(session, replace(CONTENT, kind=kind))
    with pytest.raises(Refused, match="Print the form"):
        applications.submit_application(application)
    scan = applications.receive_file(runtime, io.BytesIO(picture()), "扫描件.png")
    applications.attach_file(application, scan, Evidence.SIGNED_FORM)
    with pytest.raises(Refused, match=r"organs and institutions|enterprises and others"):
        applications.submit_application(application)
    paper = applications.receive_file(runtime, io.BytesIO(pdf()), "批文.pdf")
    applications.attach_file(application, paper, evidence)
    with pytest.raises(AlreadyDone):
        applications.attach_file(application, paper, evidence)
    applications.submit_application(application)
    assert application.state == JoinState.SUBMITTED
    with pytest.raises(AlreadyDone):
        applications.submit_application(application)
    with pytest.raises(Refused, match="out of your hands"):
        applications.detach_file(application, paper_id(application))
    with pytest.raises(Refused, match="out of your hands"):
        applications.change_application(application, CONTENT)


def paper_id(application: UnitApplication) -> int:
    return application.files[-1].id


@pytest.mark.req("U-1")
def test_only_harmless_papers_come_in(runtime: Runtime, session: Session, city: City) -> None:
    for data, name in ((b"text", "a.txt"), (b"MZ...", "a.pdf"), (b"", "a.png")):
        with pytest.raises(Invalid) as told:
            applications.receive_file(runtime, io.BytesIO(data), name)
        assert told.value.field == "file"


@pytest.mark.req("U-1")
def test_the_form_is_made_and_made_anew_after_a_change(session: Session, runtime: Runtime, city: City) -> None:
    application, token = entered(session)
    session.commit()
    assert drain(runtime) == 1
    session.refresh(application)
    first = application.form_digest
    assert first and b"".join(runtime.store.reader(first)).startswith(b"%PDF")
    bring_all(runtime, application)
    applications.change_application(application, replace(CONTENT, address="新址", identity=""))
    assert [file.evidence for file in application.files] == [Evidence.ESTABLISHMENT]  # the old scan is void
    session.commit()
    assert drain(runtime) == 1
    session.refresh(application)
    assert application.form_digest not in (None, first)
    with pytest.raises(AlreadyDone):
        applications.remake_form(application)
    assert applications_queries.by_token(session, token).identity_hash == hash_of(IDENTITY, runtime.storage_keys)


@pytest.mark.req("U-1")
def test_what_nobody_submits_is_forgotten(session: Session, runtime: Runtime, city: City) -> None:
    application, token = entered(session)
    bring_all(runtime, application)
    alone = applications.receive_file(runtime, io.BytesIO(picture(size=(31, 9))), "sketch.png")
    applications.attach_file(application, alone, Evidence.SIGNED_FORM)
    kept = submitted(session, runtime, replace(CONTENT, name="甲", code=city_code(7), document_code="甲发"))
    with frozen(now() + applications.KEPT + timedelta(days=1)):
        scheduler.forget_applications(session)
        session.commit()
        drain(runtime)
        session.expire_all()
        with pytest.raises(NotFound):
            applications_queries.by_token(session, token)
        assert session.get(UnitApplication, kept.id) is not None
        scheduler.remove_released(session)
        session.commit()
        drain(runtime)
    assert not runtime.store.exists(alone.digest)
    assert all(runtime.store.exists(file.digest) for file in kept.files), "the other application brought the same"
    assert session.scalar(select(func.count()).select_from(ApplicationFile)) == 2


def city_code(serial: int) -> str:
    return with_check_character(f"11450000MB20000{serial:02d}")


@pytest.mark.req("U-2", "A-3")
def test_registering_opens_the_unit_and_one_account(session: Session, runtime: Runtime, city: City) -> None:
    application = submitted(session, runtime)
    officer = city.person("office", CENTRE)
    assert all(check.good for check in deciding.checklist(session, application))
    people = session.scalar(select(func.count()).select_from(Person))
    with pytest.raises(Invalid):
        deciding.register_application(application, officer, " ")
    with pytest.raises(Invalid) as wrong:
        deciding.register_application(application, officer, GOOD, "9-wrong")
    assert wrong.value.field == "account"
    unit = deciding.register_application(application, officer, GOOD, "wen.duji")
    session.commit()
    assert (unit.name, unit.district_id, unit.left_at) == (CONTENT.name, None, None)
    administrator = application.administrator
    assert administrator is not None and administrator.unit_id == unit.id
    assert administrator.own_roles == {Role.UNIT_ADMINISTRATOR}
    assert administrator.account == "wen.duji"
    assert administrator.password_hash == passwords.UNUSABLE and administrator.must_change_password
    assert administrator.identity_hash == hash_of(IDENTITY, runtime.storage_keys)
    assert session.scalar(select(func.count()).select_from(Person)) == (people or 0) + 1
    with pytest.raises(AlreadyDone):
        deciding.register_application(application, officer, GOOD)
    events = history(session, "unit-application", application.id)
    assert events[-1].facts == {"opinion": GOOD, "unit": unit.id, "account": "wen.duji"}
    assert IDENTITY not in str([event.facts for event in events])


@pytest.mark.req("U-6")
def test_a_district_agrees_and_files_and_the_office_enters(session: Session, runtime: Runtime, city: City) -> None:
    application = submitted(session, runtime, district_content(city))
    east, west, centre = city.person("east", MANAGER), city.person("west", MANAGER), city.person("office", CENTRE)
    with pytest.raises(NotFound):
        applications_queries.get_for(session, west, application.id)
    for act in (deciding.file_with_office, deciding.return_application, deciding.refuse_application):
        with pytest.raises(Denied):
            act(application, west, GOOD)
        with pytest.raises(Denied):  # the office waits for the filing
            act(application, centre, GOOD)
    with pytest.raises(Denied):
        deciding.register_application(application, east, GOOD)
    deciding.file_with_office(application, east, GOOD)
    with pytest.raises(AlreadyDone):
        deciding.file_with_office(application, east, GOOD)
    assert [row.id for row in applications_queries.listed(session, centre, Tab.FILINGS).rows] == [application.id]
    assert [row.id for row in applications_queries.listed(session, centre, Tab.WAITING).rows] == [application.id]
    assert session.scalar(select(applications_queries.waiting_count(east))) == 0
    with pytest.raises(Denied):
        deciding.return_application(application, east, GOOD)
    unit = deciding.register_application(application, centre, GOOD)
    assert (unit.parent_id, unit.district_id, unit.tier) == (city.units["east"].id, city.units["east"].id, "district")
    assert application.administrator is not None and application.administrator.account == CONTENT.admin_account


@pytest.mark.req("U-6")
def test_a_district_never_decides_what_is_the_citys(session: Session, runtime: Runtime, city: City) -> None:
    application = submitted(session, runtime)
    with pytest.raises(NotFound):
        applications_queries.get_for(session, city.person("east", MANAGER), application.id)
    with pytest.raises(Denied):
        deciding.file_with_office(application, city.person("east", MANAGER), GOOD)


@pytest.mark.req("U-2")
def test_returned_completed_and_refused(session: Session, runtime: Runtime, city: City) -> None:
    application, officer = submitted(session, runtime), city.person("office", CENTRE)
    for act in (deciding.return_application, deciding.refuse_application):
        with pytest.raises(Invalid):
            act(application, officer, "")
    deciding.return_application(application, officer, "批文不清晰，请重新扫描。")
    with pytest.raises(AlreadyDone):
        deciding.return_application(application, officer, "再次")
    assert application.reason.startswith("批文")
    applications.submit_application(application)
    deciding.refuse_application(application, officer, "不属于交换范围。")
    with pytest.raises(AlreadyDone):
        deciding.refuse_application(application, officer, "再次")
    with pytest.raises(WrongState):
        applications.withdraw_application(application)
    again, _ = entered(session)
    applications.withdraw_application(again)
    with pytest.raises(AlreadyDone):
        applications.withdraw_application(again)


@pytest.mark.req("U-2")
def test_what_is_taken_is_told_at_every_stage(session: Session, runtime: Runtime, city: City) -> None:
    officer = city.person("office", CENTRE)
    first = submitted(session, runtime)
    rival, _ = entered(session)
    bring_all(runtime, rival)
    with pytest.raises(Refused, match="being examined"):
        applications.submit_application(rival)
    deciding.register_application(first, officer, GOOD)
    session.flush()
    with pytest.raises(Refused, match="takes part in the exchange already"):
        applications.submit_application(rival)
    other = submitted(session, runtime, replace(CONTENT, name="乙局", code=city_code(2), document_code="乙发"))
    with pytest.raises(Refused, match="one person, one account"):
        deciding.register_application(other, officer, GOOD)
    assert not all(check.good for check in deciding.checklist(session, other))
    third = submitted(
        session,
        runtime,
        replace(CONTENT, name="丙局", code=city_code(3), document_code="丙发", identity="110101199003071233"),
    )
    with pytest.raises(Invalid, match="taken"):
        deciding.register_application(third, officer, GOOD)


def together(runtime: Runtime, *acts: Callable[[Session], object]) -> list[str]:
    """Run the acts in sessions of their own, begun together; how each ended, sorted."""
    start = Barrier(len(acts))

    def run(act: Callable[[Session], object]) -> str:
        start.wait()
        try:
            with unit_of_work(runtime.engine) as session:
                act(session)
        except (AlreadyDone, Refused) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


@pytest.mark.req("U-2")
def test_of_two_reviewers_at_once_one_wins(session: Session, runtime: Runtime, city: City) -> None:
    application, officer = submitted(session, runtime), city.person("office", CENTRE)

    def register(own: Session) -> None:
        deciding.register_application(
            own.get_one(UnitApplication, application.id), own.get_one(Person, officer.id), GOOD
        )

    assert together(runtime, register, register) == ["AlreadyDone", "done"]
    assert session.scalar(select(func.count()).where(Unit.name == CONTENT.name)) == 1


@pytest.mark.req("U-2")
def test_of_two_units_of_one_name_at_once_one_is_registered(session: Session, runtime: Runtime, city: City) -> None:
    officer = city.person("office", CENTRE)
    first = submitted(session, runtime)
    second = submitted(
        session, runtime, replace(CONTENT, name="丁局", code=city_code(4), identity="110101199003071233")
    )  # the same document code and account

    def registering(application_id: int) -> Callable[[Session], object]:
        return lambda own: deciding.register_application(
            own.get_one(UnitApplication, application_id), own.get_one(Person, officer.id), GOOD
        )

    assert together(runtime, registering(first.id), registering(second.id)) == ["Refused", "done"]
    session.rollback()
    assert session.scalar(select(func.count()).where(Unit.document_code == CONTENT.document_code)) == 1


@pytest.mark.req("U-1")
def test_of_two_submissions_of_one_code_one_is_examined(session: Session, runtime: Runtime, city: City) -> None:
    ids = []
    for _ in range(2):
        application, _token = entered(session)
        bring_all(runtime, application)
        ids.append(application.id)
    session.commit()
    acts = [lambda own, key=key: applications.submit_application(own.get_one(UnitApplication, key)) for key in ids]
    assert together(runtime, *acts) == ["Refused", "done"]
