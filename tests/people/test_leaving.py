"""Leaving and moving: open work goes to successors, rights end, names stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.core.runtime import Runtime
from portal.documents.models import Document
from portal.ledger.models import LedgerEvent
from portal.people import administration, leaving, queries
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from tests.city import City, make_person
from tests.people.accounts import events

ADMIN, DRAFTER = Role.UNIT_ADMINISTRATOR, Role.DRAFTER
KEY = "documents.drafts"
ClientFor = Callable[[Person], FlaskClient]


def _draft(session: Session, person: Person, title: str = "关于年度预算的通知") -> Document:
    document = Document(
        unit_id=person.unit_id,
        holder_id=person.unit_id,
        drafter_id=person.id,
        kind="通知",
        direction="down",
        title=title,
        text="",
        red_head="",
        signature="",
        created_at=now(),
    )
    session.add(document)
    session.flush()
    return document


@pytest.fixture
def heir(session: Session, city: City) -> Person:
    person = make_person(session, city.units["finance"], DRAFTER, account="heir")
    session.commit()
    return person


@pytest.mark.req("A-7")
def test_who_leaves_hands_over_first(
    session: Session, city: City, heir: Person, runtime: Runtime, client_for: ClientFor
) -> None:
    actor, person = city.person("finance", ADMIN), city.person("finance", DRAFTER)
    document = _draft(session, person)
    session.commit()
    client_for(person)
    works = {work.key: work for work in leaving.work_of(session, person)}
    assert set(works) == {KEY, leaving.ROLES, leaving.SESSION}
    assert works[KEY].examples == (document.title,)
    assert list(leaving.candidates(session, person, works[KEY])) == [heir]
    for wrong in ({}, {KEY: person.id}, {KEY: city.person("education", DRAFTER).id}, {KEY: actor.id}):
        with pytest.raises(Invalid):
            leaving.close(person, actor, wrong, "调离")
    with pytest.raises(Invalid):
        leaving.close(person, actor, {KEY: heir.id}, " ")
    leaving.close(person, actor, {KEY: heir.id}, "调离")
    session.commit()
    assert document.drafter_id == heir.id
    assert person.closed_at is not None
    assert not person.own_roles
    assert queries.live_session(session, person) is None
    assert events(runtime, person)[-1] == ("person.closed", {"reason": "调离", "successors": {KEY: heir.name}})
    handed = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "document.handed-over")).one()
    assert handed.facts == {"before": person.name, "drafter": heir.name}
    with pytest.raises(AlreadyDone):
        leaving.close(person, actor, {}, "调离")
    administration.reopen(person, actor)
    session.flush()
    session.refresh(person)
    assert [person.closed_at, person.password_hash] == [None, "!"]
    with pytest.raises(AlreadyDone):
        administration.reopen(person, actor)


@pytest.mark.req("A-7", "A-2")
def test_who_moves_keeps_the_account_and_no_role(session: Session, city: City, heir: Person, runtime: Runtime) -> None:
    office, person = city.person("office", Role.INFORMATION_CENTRE), city.person("finance", DRAFTER)
    document = _draft(session, person)
    with pytest.raises(NotFound):
        leaving.move(person, city.person("finance", ADMIN), city.units["education"], {KEY: heir.id})
    with pytest.raises(Invalid):
        leaving.move(person, office, city.units["education"], {})
    leaving.move(person, office, city.units["education"], {KEY: heir.id})
    session.commit()
    assert person.unit is city.units["education"]
    assert not person.own_roles
    assert document.drafter_id == heir.id
    moved = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "person.moved")).all()
    assert {event.unit_id for event in moved} == {city.units["finance"].id, city.units["education"].id}
    assert events(runtime, person)[-1][0] == "person.moved"


@pytest.mark.req("A-7", "A-8")
def test_neither_the_last_administrator_nor_oneself(session: Session, city: City) -> None:
    only = city.person("finance", ADMIN)
    with pytest.raises(Refused):
        leaving.close(only, city.person("office", Role.INFORMATION_CENTRE), {}, "退休")
    with pytest.raises(Refused):
        leaving.close(only, only, {}, "退休")
    with pytest.raises(NotFound):
        leaving.close(only, city.person("education", ADMIN), {}, "退休")


@pytest.mark.req("A-7")
def test_the_page_shows_all_and_does_it(session: Session, city: City, heir: Person, client_for: ClientFor) -> None:
    person = city.person("finance", DRAFTER)
    _draft(session, person)
    session.commit()
    client = client_for(city.person("finance", ADMIN))
    page = client.get(f"/people/{person.id}/leave").text
    assert "关于年度预算的通知" in page
    assert heir.name in page
    assert client.post(f"/people/{person.id}/leave", data={"reason": "退休"}).status_code == 422
    data = {"reason": "退休", leaving.field_of(KEY): heir.id}
    assert client.post(f"/people/{person.id}/leave", data=data).status_code == 303
    assert "退休" in client.get(f"/people/{person.id}").text
    assert client.post(f"/people/{person.id}/reopen").status_code == 303
    session.expire_all()
    assert session.get_one(Person, person.id).closed_at is None
    assert session.scalars(select(LoginSession).where(LoginSession.person_id == person.id)).all() == []
