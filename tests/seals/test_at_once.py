"""Two people, or one with two clicks, at the same application or seal: each finds what the other has done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Refused
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import applications, ceremonies
from portal.seals.models import Ceremony, SealApplication
from tests.city import City
from tests.seals.ceremony import approved_application

AT_ONCE = 3
UNIT = "finance"


def together(runtime: Runtime, act: Callable[[Session], object]) -> list[str]:
    """Run `act` in sessions of their own, begun together; how each ended, sorted."""
    start = Barrier(AT_ONCE)

    def run(_number: int) -> str:
        start.wait()
        try:
            with unit_of_work(runtime.engine) as session:
                act(session)
        except (AlreadyDone, Refused) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(run, range(AT_ONCE)))


def filed(session: Session, city: City) -> SealApplication:
    """An application of the unit, committed."""
    application = _file(session, city.person(UNIT, Role.UNIT_ADMINISTRATOR).id, city)
    session.commit()
    return application


def _file(session: Session, applicant_id: int, city: City) -> SealApplication:
    people = {role: session.get_one(Person, city.person(UNIT, role).id) for role in Role if (UNIT, role) in city.people}
    return applications.file_application(
        session,
        session.get_one(Person, applicant_id),
        reason="首次申领电子印章",
        custodians=[people[Role.SEAL_CUSTODIAN]],
        holders=[people[Role.VERIFICATION_HOLDER]],
    )


@pytest.mark.req("S-3")
def test_a_unit_applies_once(session: Session, city: City, runtime: Runtime) -> None:
    applicant_id = city.person(UNIT, Role.UNIT_ADMINISTRATOR).id
    assert together(runtime, lambda own: _file(own, applicant_id, city)) == ["Refused", "Refused", "done"]
    assert session.scalar(select(func.count(SealApplication.id))) == 1


@pytest.mark.req("S-3")
def test_a_decision_is_taken_once(session: Session, city: City, runtime: Runtime) -> None:
    application_id, head_id = filed(session, city).id, city.person(UNIT, Role.UNIT_HEAD).id

    def agree(own: Session) -> None:
        applications.agree(own.get_one(SealApplication, application_id), own.get_one(Person, head_id), "同意申领。")

    assert together(runtime, agree) == ["AlreadyDone", "AlreadyDone", "done"]


@pytest.mark.req("S-3")
def test_a_decision_on_an_old_page_does_not_undo_a_newer_one(session: Session, city: City, runtime: Runtime) -> None:
    """The applicant withdraws while the head has the page open."""
    seen = filed(session, city)
    assert seen.state == "applied"
    session.commit()
    with unit_of_work(runtime.engine) as other:
        applicant = other.get_one(Person, city.person(UNIT, Role.UNIT_ADMINISTRATOR).id)
        applications.withdraw(other.get_one(SealApplication, seen.id), applicant, "名单有误")
    with pytest.raises(Refused, match="not possible any more"):
        applications.agree(seen, city.person(UNIT, Role.UNIT_HEAD), "同意申领。")
    session.rollback()
    assert seen.state == "withdrawn"


@pytest.mark.req("S-5")
def test_a_ceremony_is_called_once(session: Session, city: City, runtime: Runtime) -> None:
    application_id = approved_application(session, city, UNIT).id
    session.commit()
    officer_id = city.person("office", Role.SECRECY_OFFICE).id

    def call(own: Session) -> None:
        application, officer = own.get_one(SealApplication, application_id), own.get_one(Person, officer_id)
        ceremonies.call_ceremony(own, officer, application, runtime.rules)

    assert together(runtime, call) == ["AlreadyDone", "AlreadyDone", "done"]
    assert session.scalar(select(func.count(Ceremony.id))) == 1
