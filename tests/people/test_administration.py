"""Administrators: whom they reach, opening accounts, roles, particulars, the list, the filings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.runtime import Runtime
from portal.people import administration as acts
from portal.people import identity, listing, queries, scope
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import UNIT_ROLES, City, make_person
from tests.people.accounts import events, open_person

ADMIN, MANAGER, CENTRE = Role.UNIT_ADMINISTRATOR, Role.DISTRICT_MANAGER, Role.INFORMATION_CENTRE
ClientFor = Callable[[Person], FlaskClient]


def number(serial: int = 1) -> str:
    first = f"45990019900101{serial:03d}"
    return first + identity.check_character(first)


def _open(session: Session, city: City, actor: Person, unit: str = "finance", **facts: Any) -> Person:
    values: dict[str, Any] = {"account": "liming", "name": "黎明", "number": number(), **facts}
    return acts.open_person(session, actor, city.units[unit], **values)


@pytest.mark.req("A-1")
@pytest.mark.parametrize(
    ("unit", "role", "reached"),
    [
        ("finance", ADMIN, {"finance"}),
        ("east", MANAGER, {"east", "east-education"}),
        ("west", MANAGER, {"west"}),
        ("office", CENTRE, {"office", "finance", "education", "east", "east-education", "west"}),
        ("finance", Role.DRAFTER, set()),
        ("office", Role.SYSTEM_ADMINISTRATOR, set()),
    ],
)
def test_everybody_administers_their_own(
    session: Session, city: City, unit: str, role: Role, reached: set[str]
) -> None:
    actor = city.person(unit, role)
    assert {key for key, other in city.units.items() if scope.administers(actor, other)} == reached
    assert {other.id for other in scope.units_of(session, actor)} == {city.units[key].id for key in reached}
    for key in city.units:
        other = city.person(key, Role.HANDLER)
        if key in reached:
            assert scope.person_for(session, actor, other.id) is other
        else:
            with pytest.raises(NotFound):
                scope.person_for(session, actor, other.id)


@pytest.mark.req("A-1", "A-2")
def test_an_account_is_opened_without_a_password(session: Session, city: City, runtime: Runtime) -> None:
    person = _open(session, city, city.person("finance", ADMIN), roles=[Role.DRAFTER], mobile="139 0000 0001")
    session.commit()
    assert person.password_hash == "!"
    assert person.mobile == "13900000001"
    assert person.mobile_confirmed_at is None
    assert person.identity_hash == identity.hash_of(number(), runtime.storage_keys)
    assert [kind for kind, _ in events(runtime, person)] == ["person.opened", "role.given"]
    assert number() not in str(events(runtime, person))


@pytest.mark.req("A-2")
def test_one_person_has_one_account(session: Session, city: City) -> None:
    _open(session, city, city.person("finance", ADMIN))
    with pytest.raises(Invalid) as near:
        _open(session, city, city.person("finance", ADMIN), account="liming2")
    assert "liming" in str(near.value)
    assert near.value.field == "identity"
    with pytest.raises(Invalid) as far:
        _open(session, city, city.person("education", ADMIN), "education", account="liming2")
    assert "liming" not in str(far.value)
    assert city.units["finance"].name not in str(far.value)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"account": "Li Ming"}, "account"),
        ({"number": "459900199001010011"}, "identity"),
        ({"number": number()[:17]}, "identity"),
        ({"mobile": "12"}, "mobile"),
    ],
)
def test_what_is_mistyped_is_named(session: Session, city: City, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as told:
        _open(session, city, city.person("finance", ADMIN), **facts)
    assert told.value.field == field


@pytest.mark.req("A-8")
@pytest.mark.parametrize(
    ("giver", "target", "role", "error"),
    [
        (("finance", ADMIN), "finance", Role.ARCHIVIST, None),
        (("finance", ADMIN), "education", Role.ARCHIVIST, NotFound),
        (("finance", ADMIN), "finance", Role.AUDITOR, Denied),
        (("office", ADMIN), "office", Role.SECRETARIAT, None),
        (("office", CENTRE), "finance", Role.SECRETARIAT, Denied),
        (("east", ADMIN), "east", MANAGER, Denied),
        (("office", CENTRE), "east", MANAGER, None),
        (("east", MANAGER), "east-education", Role.LEADER, None),
        (("west", MANAGER), "east-education", Role.LEADER, NotFound),
        (("office", ADMIN), "office", Role.AUDITOR, Refused),
    ],
)
def test_roles_are_given_by_whom_they_belong_to(
    session: Session, city: City, giver: tuple[str, Role], target: str, role: Role, error: type[Exception] | None
) -> None:
    person, actor = city.person(target, Role.HANDLER), city.person(*giver)
    if error is not None:
        with pytest.raises(error):
            acts.give(person, role, actor)
        return
    acts.give(person, role, actor)
    with pytest.raises(AlreadyDone):
        acts.give(person, role, actor)
    acts.take(person, role, actor)
    with pytest.raises(AlreadyDone):
        acts.take(person, role, actor)


@pytest.mark.req("A-8")
def test_the_last_administrator_stays_and_nobody_serves_themselves(session: Session, city: City) -> None:
    only, office = city.person("finance", ADMIN), city.person("office", CENTRE)
    with pytest.raises(Refused):
        acts.take(only, ADMIN, office)
    with pytest.raises(Denied):
        acts.give(only, Role.LEADER, only)
    acts.give(city.person("finance", Role.HANDLER), ADMIN, office)
    acts.take(only, ADMIN, office)


@pytest.mark.req("A-5")
def test_particulars_change_and_a_new_number_is_unconfirmed(session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, unit="finance")
    actor = city.person("finance", ADMIN)
    facts = {"name": "周笔", "title": "科长", "division": "预算科", "mobile": "13900000002"}
    acts.change_person(person, actor, **facts, number=number(5))
    session.commit()
    assert (person.title, person.mobile, person.mobile_confirmed_at) == ("科长", "13900000002", None)
    fields = {"fields": ["division", "identity_hash", "mobile", "title"]}
    assert events(runtime, person)[-1] == ("person.changed", fields)
    with pytest.raises(AlreadyDone):
        acts.change_person(person, actor, **facts)
    with pytest.raises(Invalid):
        acts.change_person(person, actor, **facts, number=number(6))


def test_the_list_is_searched_by_beginnings_and_paged(session: Session, city: City) -> None:
    finance, actor = city.units["finance"], city.person("finance", ADMIN)
    for serial in range(60):
        make_person(session, finance, account=f"many{serial:03d}").name = f"王{serial:03d}"
    first, more = listing.people(session, actor, listing.Filter(q="王"))
    assert (len(first), more) == (listing.PAGE_ROWS, True)
    rest, more = listing.people(session, actor, listing.Filter(q="王", after=(first[-1].name, first[-1].id)))
    assert (len(rest), more) == (10, False)
    assert not {row.id for row in first} & {row.id for row in rest}
    assert [row.account for row in listing.people(session, actor, listing.Filter(q="many007"))[0]] == ["many007"]
    assert listing.people(session, city.person("education", ADMIN), listing.Filter(q="王"))[0] == []
    assert [p.id for p in listing.people(session, actor, listing.Filter(role=ADMIN))[0]] == [actor.id]
    in_unit = [listing.people(session, actor, listing.Filter(q="王007", unit=text))[0] for text in ("财政", "教育")]
    assert [len(rows) for rows in in_unit] == [1, 0]
    wanted = (listing.Wanted.NO_MOBILE, listing.Wanted.LOCKED)
    assert [session.scalar(select(listing.count(actor, state))) for state in wanted] == [60 + len(UNIT_ROLES), 0]


@pytest.mark.req("A-1", "A-5")
def test_pages_of_an_administrator(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", ADMIN))
    client.set_cookie("language", "en")
    assert "not given" in client.get("/people/").text
    data = {
        "unit": city.units["finance"].id,
        "name": "黎明",
        "account": "liming",
        "identity": number(),
        "roles": [Role.DRAFTER.value],
    }
    assert client.post("/people/new", data={**data, "identity": "1"}).status_code == 422
    answer = client.post("/people/new", data=data)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    for shown in ("liming", "Drafter", "Account opened", "Print the password slip"):
        assert shown in page
    role = {"role": Role.HANDLER.value}
    assert client.post(f"{answer.location}/roles/give", data=role).status_code == 303
    assert client.post(f"{answer.location}/roles/take", data=role).status_code == 303
    edited = {"name": "黎明", "title": "科员", "mobile": "13900000001"}
    assert client.post(f"{answer.location}/edit", data=edited).status_code == 303
    person = queries.by_account(session, "liming")
    assert person is not None
    assert person.title == "科员"
    assert person.own_roles == {Role.DRAFTER}
    session.commit()
    stranger = client_for(city.person("education", ADMIN))
    assert stranger.get(answer.location).status_code == 404
    assert stranger.get(f"{answer.location}/leave").status_code == 404


@pytest.mark.req("A-1")
def test_every_change_is_on_the_offices_list_of_filings(session: Session, city: City, client_for: ClientFor) -> None:
    person = _open(session, city, city.person("finance", ADMIN), roles=[Role.DRAFTER])
    acts.take(person, Role.DRAFTER, city.person("finance", ADMIN))
    session.commit()
    rows, more = listing.filings(session, unit_id=city.units["finance"].id, first=None, last=None, before=None)
    assert [row.event.kind for row in rows] == ["role.taken", "role.given", "person.opened"]
    assert not more
    assert not listing.filings(session, unit_id=city.units["west"].id, first=None, last=None, before=None)[0]
    city.person("office", CENTRE).totp_seed = b"set up"
    session.commit()
    client = client_for(city.person("office", CENTRE))
    assert "黎明" in client.get("/people/filings").text
    assert "黎明" not in client.get("/people/filings?from=2099-01-01").text
    assert client_for(city.person("finance", ADMIN)).get("/people/filings").status_code == 403
