"""Who heads a unit takes two: the unit files it, who looks after the unit from above confirms it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.db import session_of, unit_of_work
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, PortalError, Refused
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.people import administration, headship, leaving
from portal.people.headship_models import HeadshipFiling, Wish
from portal.people.lifecycle import HeadshipState
from portal.people.models import Person, RoleAssignment
from portal.people.roles import Role
from tests.city import City, make_person
from tests.people.accounts import events

ADMIN, MANAGER, CENTRE = Role.UNIT_ADMINISTRATOR, Role.DISTRICT_MANAGER, Role.INFORMATION_CENTRE
HEAD, REASON = Role.UNIT_HEAD, "南人任〔2026〕8号任职通知"
ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture
def newcomer(session: Session, city: City) -> Person:
    person = make_person(session, city.units["finance"], Role.LEADER, account="newcomer")
    session.commit()
    return person


def _file(person: Person, actor: Person, wish: Wish = Wish.NAME) -> HeadshipFiling:
    filing = headship.file(person, actor, wish, REASON)
    session_of(person).commit()
    return filing


@pytest.mark.req("A-8")
def test_no_unit_names_its_head_alone(session: Session, city: City, newcomer: Person) -> None:
    actor, head = city.person("finance", ADMIN), city.person("finance", HEAD)
    with pytest.raises(Denied):
        administration.give(newcomer, HEAD, actor)
    with pytest.raises(Denied):
        administration.take(head, HEAD, actor)
    with pytest.raises(Denied):
        administration.open_person(
            session, actor, actor.unit, account="liming", name="黎明", number="459900199001010010", roles=[HEAD]
        )
    for leave in (
        lambda: leaving.close(head, actor, {}, "退休"),
        lambda: leaving.move(head, city.person("east", MANAGER), city.units["east"], {}),
    ):
        with pytest.raises((Refused, NotFound)):
            leave()
    assert HEAD in head.own_roles
    assert HEAD not in newcomer.own_roles


@pytest.mark.req("A-8")
@pytest.mark.parametrize(
    ("unit", "confirmer", "error"),
    [
        ("finance", ("office", CENTRE), None),
        ("finance", ("finance", ADMIN), Denied),
        ("finance", ("office", ADMIN), NotFound),
        ("finance", ("east", MANAGER), NotFound),
        ("east-education", ("east", MANAGER), None),
        ("east-education", ("west", MANAGER), NotFound),
        ("east-education", ("east", ADMIN), NotFound),
        ("east", ("east", MANAGER), Denied),
        ("east", ("office", CENTRE), None),
        ("office", ("office", CENTRE), None),
    ],
)
def test_only_from_above_is_it_confirmed(
    session: Session, city: City, unit: str, confirmer: tuple[str, Role], error: type[Exception] | None
) -> None:
    person, actor = make_person(session, city.units[unit], account="newcomer"), city.person(*confirmer)
    filing = _file(person, city.person(unit, ADMIN))
    if error:
        with pytest.raises(error):
            headship.confirm(person, actor, filing.id)
        assert HEAD not in person.own_roles
        return
    headship.confirm(person, actor, filing.id)
    session.commit()
    assert HEAD in person.own_roles
    with pytest.raises(AlreadyDone):
        headship.confirm(person, actor, filing.id)


def test_the_course_is_on_record(session: Session, city: City, newcomer: Person, runtime: Runtime) -> None:
    actor, centre = city.person("finance", ADMIN), city.person("office", CENTRE)
    with pytest.raises(Invalid):
        headship.file(newcomer, actor, Wish.NAME, " \x00")
    first = _file(newcomer, actor)
    with pytest.raises(AlreadyDone):
        headship.file(newcomer, actor, Wish.NAME, REASON)
    with pytest.raises(Invalid):
        headship.refuse(newcomer, centre, first.id, " ")
    headship.refuse(newcomer, centre, first.id, "未附任职通知")
    assert headship.last_refused(session, newcomer) is first
    second = _file(newcomer, actor)
    with pytest.raises(AlreadyDone):  # a page that shows the first one
        headship.confirm(newcomer, centre, first.id)
    with pytest.raises(Denied):
        headship.withdraw(newcomer, centre, second.id)
    headship.withdraw(newcomer, actor, second.id)
    third = _file(newcomer, actor)
    headship.confirm(newcomer, centre, third.id)
    assert headship.last_refused(session, newcomer) is None
    session.commit()
    role = {"role": HEAD, "wish": Wish.NAME}
    assert events(runtime, newcomer) == [
        ("role.asked", {**role, "reason": REASON}),
        ("role.refused", {**role, "reason": "未附任职通知"}),
        ("role.asked", {**role, "reason": REASON}),
        ("role.withdrawn", role),
        ("role.asked", {**role, "reason": REASON}),
        ("role.confirmed", role),
        ("role.given", {"role": HEAD}),
    ]


def test_a_headship_ends_the_same_way(session: Session, city: City) -> None:
    head, centre = city.person("finance", HEAD), city.person("office", CENTRE)
    with pytest.raises(AlreadyDone):
        headship.file(head, city.person("finance", ADMIN), Wish.NAME, REASON)
    filing = _file(head, city.person("finance", ADMIN), Wish.END)
    headship.confirm(head, centre, filing.id)
    assert HEAD not in head.own_roles
    leaving.close(head, city.person("finance", ADMIN), {}, "退休")
    assert head.closed_at is not None


def test_who_looks_after_the_unit_from_above_acts_directly(city: City, newcomer: Person) -> None:
    centre = city.person("office", CENTRE)
    with pytest.raises(Refused):
        headship.file(newcomer, centre, Wish.NAME, REASON)
    administration.give(newcomer, HEAD, centre)
    administration.take(newcomer, HEAD, centre)
    with pytest.raises(Denied):
        headship.file(city.person("finance", ADMIN), city.person("finance", ADMIN), Wish.NAME, REASON)


def test_what_waits_ends_with_who_leaves(session: Session, city: City, newcomer: Person) -> None:
    filing = _file(newcomer, city.person("finance", ADMIN))
    leaving.close(newcomer, city.person("finance", ADMIN), {}, "调离")
    assert filing.state == HeadshipState.WITHDRAWN
    with pytest.raises(AlreadyDone):
        headship.confirm(newcomer, city.person("office", CENTRE), filing.id)


def test_the_database_wants_two_people(session: Session, city: City, newcomer: Person) -> None:
    filing = _file(newcomer, city.person("finance", ADMIN))
    filing.state, filing.decided_by = HeadshipState.CONFIRMED, filing.filed_by
    with pytest.raises(IntegrityError):
        session.flush()


def test_of_two_decisions_at_once_one_counts(session: Session, city: City, newcomer: Person, runtime: Runtime) -> None:
    filing_id = _file(newcomer, city.person("finance", ADMIN)).id
    person_id, centre_id = newcomer.id, city.person("office", CENTRE).id
    session.close()
    start = Barrier(2)

    def decide(yes: bool) -> bool:
        start.wait()
        try:
            with unit_of_work(runtime.engine) as own:
                person, centre = own.get_one(Person, person_id), own.get_one(Person, centre_id)
                if yes:
                    headship.confirm(person, centre, filing_id)
                else:
                    headship.refuse(person, centre, filing_id, "不符")
        except PortalError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        taken = list(pool.map(decide, (True, False)))
    assert sorted(taken) == [False, True]
    filing = session.scalars(select(HeadshipFiling)).one()
    assert filing.state == (HeadshipState.CONFIRMED if taken[0] else HeadshipState.REFUSED)
    assert (HEAD in session.get_one(Person, person_id).own_roles) is taken[0]


@pytest.mark.req("M-9")
def test_both_sides_find_it_on_their_home_page(session: Session, city: City, newcomer: Person) -> None:
    def titles(person: Person) -> dict[str, str]:
        found = {section.kind.key: section.lines[0] for section in desk_of(session, person).sections}
        return {key: found[key].state for key in ("heads-to-confirm", "heads-filed") if key in found}

    actor, centre = city.person("finance", ADMIN), city.person("office", CENTRE)
    filing = _file(newcomer, actor)
    assert titles(centre) == {"heads-to-confirm": "To be head of the unit"}
    assert titles(actor) == {"heads-filed": "Waiting for the office"}
    for other in (city.person("education", ADMIN), city.person("east", MANAGER), city.person("finance", HEAD)):
        assert titles(other) == {}
    headship.refuse(newcomer, centre, filing.id, "未附任职通知")
    session.commit()
    assert titles(centre) == {}
    assert titles(actor) == {"heads-filed": "Refused by the office"}


def test_the_pages_lead_through_it(session: Session, city: City, newcomer: Person, client_for: ClientFor) -> None:
    centre = city.person("office", CENTRE)
    centre.totp_seed = b"set up"
    session.commit()
    unit, office = client_for(city.person("finance", ADMIN)), client_for(centre)
    person_id, name = newcomer.id, newcomer.name
    page, act = f"/people/{person_id}", f"/people/{person_id}/headship"
    session.commit()
    assert act in unit.get(page).text
    assert act not in office.get(page).text
    assert unit.post(act, data={"reason": ""}).status_code == 422
    assert unit.post(act, data={"reason": REASON}).status_code == 303
    filing_id = session.scalars(select(HeadshipFiling.id)).one()
    session.commit()  # reading in a writing session holds SQLite's lock
    assert f"{act}/withdraw" in unit.get(page).text
    assert REASON in office.get(page).text
    assert name in unit.get("/people/heads").text
    assert name not in client_for(city.person("education", ADMIN)).get("/people/heads").text
    assert office.post(f"{act}/refuse", data={"filing": filing_id, "reason": ""}).status_code == 422
    assert unit.post(f"{act}/confirm", data={"filing": filing_id}).status_code == 403
    assert office.post(f"{act}/refuse", data={"filing": filing_id, "reason": "未附任职通知"}).status_code == 303
    assert "未附任职通知" in unit.get(page).text
    assert unit.post(act, data={"reason": REASON}).status_code == 303
    again = headship.open_filing(session, newcomer)
    assert again is not None
    confirmed = {"filing": again.id}
    session.commit()
    assert office.post(f"{act}/confirm", data=confirmed).status_code == 303
    assert office.post(f"{act}/confirm", data=confirmed).status_code < 500, "a second click"
    session.expire_all()
    assert HEAD in newcomer.own_roles
    assert session.scalar(select(func.count()).where(RoleAssignment.person_id == newcomer.id)) == 2
