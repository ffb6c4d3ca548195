"""Delegation: who names whom, for what, how long, and when it ends (A-6, GZ17)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now, today
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people import delegation_queries, delegations, hooks
from portal.people.delegations import Terms
from portal.people.models import Person
from portal.people.roles import NEVER_DELEGATED, OFFICE_ROLES, Role
from tests.city import City
from tests.people.acting import act, named

pytestmark = pytest.mark.req("A-6")


def pair(city: City) -> tuple[Person, Person]:
    return city.person("finance", Role.LEADER), city.person("finance", Role.OFFICE_HEAD)


def terms(*roles: Role, first: int = 0, last: int = 9, reason: str = "公务出差") -> Terms:
    return Terms(roles, today() + timedelta(days=first), today() + timedelta(days=last), reason)


def test_the_person_or_the_head_names_and_the_ledger_keeps_it(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = pair(city)
    delegation = named(principal, delegate, Role.LEADER, actor=city.person("finance", Role.UNIT_HEAD))
    assert delegation_queries.is_running(delegation)
    assert delegation_queries.last_day(delegation) == today() + timedelta(days=9)
    session.flush()
    event = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.DELEGATION_NAMED)).one()
    assert event.facts["roles"] == ["leader"] and event.subject_id == delegation.id


@pytest.mark.parametrize(
    ("unit", "role"),
    [("finance", Role.DRAFTER), ("finance", Role.UNIT_ADMINISTRATOR), ("education", Role.UNIT_HEAD)],
)
def test_nobody_else_names(session: Session, runtime: Runtime, city: City, unit: str, role: Role) -> None:
    principal, delegate = pair(city)
    with pytest.raises(Denied):
        delegations.name_acting(principal, delegate, city.person(unit, role), terms(Role.LEADER))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("first_day", {"first": -1}),
        ("last_day", {"last": -1, "first": 0}),
        ("last_day", {"last": 90}),
        ("first_day", {"first": 91, "last": 92}),
        ("reason", {"reason": " "}),
        ("reason", {"reason": "长" * 201}),
    ],
)
def test_bad_terms_name_their_field(
    session: Session, runtime: Runtime, city: City, field: str, change: dict[str, int]
) -> None:
    principal, delegate = pair(city)
    with pytest.raises(Invalid) as refusal:
        delegations.name_acting(principal, delegate, principal, terms(Role.LEADER, **change))  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_the_longest_period_is_the_rule(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = pair(city)
    days = runtime.rules.delegation_days
    assert delegations.name_acting(principal, delegate, principal, terms(Role.LEADER, last=days - 1)).id


def test_only_colleagues_with_open_accounts_act(session: Session, runtime: Runtime, city: City) -> None:
    principal, _ = pair(city)
    wanted = terms(Role.LEADER)
    closed = city.person("finance", Role.HANDLER)
    closed.closed_at = now()
    for other in (principal, city.person("education", Role.LEADER), closed):
        with pytest.raises(Invalid) as refusal:
            delegations.name_acting(principal, other, principal, wanted)
        assert refusal.value.field == "delegate"


@pytest.mark.parametrize("role", sorted(NEVER_DELEGATED))
def test_some_roles_are_never_delegated(session: Session, runtime: Runtime, city: City, role: Role) -> None:
    principal = city.person("office", role)
    assert delegations.delegable_roles(principal) == frozenset()
    with pytest.raises(Invalid):
        named(principal, city.person("office", Role.HANDLER), role)


@pytest.mark.parametrize("role", [Role.UNIT_HEAD, *sorted(OFFICE_ROLES - NEVER_DELEGATED)])
def test_a_second_factor_is_demanded_where_the_role_does(
    session: Session, runtime: Runtime, city: City, role: Role
) -> None:
    principal, delegate = city.person("office", role), city.person("office", Role.HANDLER)
    delegate.totp_seed = None
    with pytest.raises(Invalid, match="second factor"):
        delegations.name_acting(principal, delegate, principal, terms(role))


def test_there_are_no_chains(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = pair(city)
    acting = act(principal, delegate, Role.LEADER)
    third = city.person("finance", Role.HANDLER)
    assert delegations.delegable_roles(acting) == {Role.OFFICE_HEAD}
    for who in (principal, acting):
        with pytest.raises(Denied):
            delegations.name_acting(who, third, acting, terms(Role.LEADER))
    acting.acting = None
    with pytest.raises(Invalid):
        delegations.name_acting(acting, third, acting, terms(Role.LEADER))


def test_an_acting_head_names_nobody(session: Session, runtime: Runtime, city: City) -> None:
    acting = act(city.person("finance", Role.UNIT_HEAD), city.person("finance", Role.LEADER), Role.UNIT_HEAD)
    with pytest.raises(Denied):
        delegations.name_acting(*pair(city), acting, terms(Role.LEADER))


def test_one_role_has_one_acting_person_at_a_time(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = pair(city)
    first = named(principal, delegate, Role.LEADER)
    other = city.person("finance", Role.HANDLER)
    for wanted in (terms(Role.LEADER), terms(Role.LEADER, first=9, last=12)):
        with pytest.raises(Refused, match=delegate.name):
            delegations.name_acting(principal, other, principal, wanted)
    assert delegations.name_acting(principal, other, principal, terms(Role.LEADER, first=10, last=12)).id
    delegations.end_delegation(first, principal)
    assert named(principal, other, Role.LEADER).id


@pytest.mark.parametrize(
    ("role", "why"), [(Role.LEADER, "principal"), (Role.OFFICE_HEAD, "delegate"), (Role.UNIT_HEAD, "head")]
)
def test_those_concerned_end_it_at_once(session: Session, runtime: Runtime, city: City, role: Role, why: str) -> None:
    delegation = named(*pair(city), Role.LEADER)
    with pytest.raises(Denied):
        delegations.end_delegation(delegation, city.person("finance", Role.HANDLER))
    delegations.end_delegation(delegation, city.person("finance", role))
    assert delegation.ended_why == why and not delegation_queries.is_running(delegation)
    with pytest.raises(AlreadyDone):
        delegations.end_delegation(delegation, city.person("finance", role))


def test_all_end_when_somebody_leaves(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = pair(city)
    one, two = named(principal, delegate, Role.LEADER), named(delegate, principal, Role.OFFICE_HEAD)
    work = [item for answer in hooks.open_work.call(session, delegate) for item in answer]
    assert [(item.count, item.handed_over) for item in work if item.key == "delegations"] == [(2, False)]
    assert sum(hooks.hand_over.call(session, delegate, "delegations", None, principal)) == 2
    assert one.ended_why == two.ended_why == "moved"
    assert delegations.end_all_of(delegate, "closed", None) == 0


def test_a_role_that_was_taken_carries_nothing_more(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = pair(city)
    delegation = named(principal, delegate, Role.LEADER)
    principal.role_rows.clear()
    session.flush()
    assert delegation.roles == frozenset() and not delegation_queries.is_running(delegation)
    assert delegations.end_without_roles(principal, None) == 1 and delegation.ended_why == "role-taken"


def test_it_is_over_after_its_last_day(session: Session, runtime: Runtime, city: City) -> None:
    delegation = named(*pair(city), Role.LEADER)
    with frozen(delegation.ends_at - timedelta(seconds=1)):
        assert delegation_queries.is_running(delegation)
    with frozen(delegation.ends_at):
        assert not delegation_queries.is_live(delegation)


def test_only_those_concerned_see_it(session: Session, runtime: Runtime, city: City) -> None:
    delegation = named(*pair(city), Role.LEADER)
    for role in (Role.LEADER, Role.OFFICE_HEAD, Role.UNIT_HEAD, Role.UNIT_ADMINISTRATOR):
        assert delegation_queries.get_for(session, city.person("finance", role), delegation.id) is delegation
    strangers = [city.person("finance", Role.DRAFTER), city.person("education", Role.UNIT_HEAD)]
    for person in strangers:
        with pytest.raises(NotFound):
            delegation_queries.get_for(session, person, delegation.id)


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"ended_why": "head"}, {"delegate_id": None}, {"ends_at": "starts_at"}]
)
def test_the_database_repeats_the_rules(
    session: Session, runtime: Runtime, city: City, wrong: dict[str, str | None]
) -> None:
    delegation = named(*pair(city), Role.LEADER)
    for name, value in wrong.items():
        kept = delegation.principal_id if name == "delegate_id" else value
        setattr(delegation, name, delegation.starts_at if value == "starts_at" else kept)
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()
