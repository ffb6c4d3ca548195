"""Roles: the constraints of the database, what opening an account refuses, the table as page and document (A-8)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.people import permission_table, queries
from portal.people.models import Person, RoleAssignment
from portal.people.operations import open_account
from portal.people.policy import EVERYONE, PERMISSIONS
from portal.people.roles import OFFICE_ROLES, SEPARATED_ROLES, Role
from tests.city import City
from tests.people.accounts import PASSWORD, events, open_person


def _store(session: Session, person_id: int, role: str, *, in_office: bool = True) -> None:
    session.add(RoleAssignment(person_id=person_id, role=role, in_office=in_office, given_at=now()))
    session.flush()


@pytest.mark.req("A-8")
@pytest.mark.parametrize("second", sorted(SEPARATED_ROLES - {Role.AUDITOR}))
def test_the_database_keeps_the_three_roles_apart(session: Session, city: City, second: Role) -> None:
    auditor = city.person("office", Role.AUDITOR)
    with pytest.raises(IntegrityError):
        _store(session, auditor.id, second)


@pytest.mark.req("A-8")
@pytest.mark.parametrize("role", sorted(OFFICE_ROLES))
def test_the_database_keeps_office_roles_in_the_office(session: Session, city: City, role: Role) -> None:
    with pytest.raises(IntegrityError):
        _store(session, city.person("finance", Role.DRAFTER).id, role, in_office=False)


def test_the_database_knows_the_roles_and_gives_each_once(session: Session, city: City) -> None:
    drafter = city.person("office", Role.DRAFTER).id
    with pytest.raises(IntegrityError):
        _store(session, drafter, "emperor")
    session.rollback()
    with pytest.raises(IntegrityError):
        _store(session, drafter, Role.DRAFTER)


@pytest.mark.req("A-8")
@pytest.mark.parametrize(
    "roles",
    [
        (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR),
        (Role.SECURITY_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR),
        (Role.AUDITOR, Role.DRAFTER),
    ],
)
def test_a_separated_role_is_held_alone(session: Session, city: City, roles: tuple[Role, ...]) -> None:
    with pytest.raises(Refused, match="three different people"):
        open_person(session, city, *roles)


def test_an_office_role_is_refused_elsewhere_in_plain_words(session: Session, city: City) -> None:
    with pytest.raises(Refused, match="municipal government office"):
        open_person(session, city, Role.SECRETARIAT, unit="finance")


@pytest.mark.req("A-2")
def test_an_account_exists_once(session: Session, city: City) -> None:
    open_person(session, city)
    with pytest.raises(Invalid) as refusal:
        open_person(session, city)
    assert refusal.value.field == "account"


@pytest.mark.parametrize("account", ["", "x", "周笔", "Zhou", "zhou bi", "1zhou", "z" * 41])
def test_a_malformed_account_is_refused(session: Session, city: City, account: str) -> None:
    with pytest.raises(Invalid):
        open_person(session, city, account=account)


def test_opening_an_account_is_on_record(session: Session, city: City, runtime: Runtime) -> None:
    administrator = city.person("finance", Role.UNIT_ADMINISTRATOR)
    person = open_account(
        session,
        unit=city.units["finance"],
        account="qian",
        name="钱",
        roles=(Role.HANDLER, Role.DRAFTER),
        password=PASSWORD,
        actor=administrator,
    )
    session.commit()
    assert events(runtime, person) == [
        ("person.opened", {"account": "qian"}),
        ("role.given", {"role": "drafter"}),
        ("role.given", {"role": "handler"}),
    ]
    assert person.must_change_password


def test_holders_and_people_leave_out_closed_accounts(session: Session, city: City) -> None:
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    unit = city.units["finance"].id
    assert queries.holders(session, unit, Role.EXCHANGE_CLERK, Role.AUDITOR) == [clerk]
    assert clerk in queries.people_of(session, unit)
    clerk.closed_at = now()
    session.flush()
    assert queries.holders(session, unit, Role.EXCHANGE_CLERK) == []
    assert clerk not in queries.people_of(session, unit)
    assert not clerk.may(Permission.DESK_VIEW)


def test_every_role_and_permission_has_its_line() -> None:
    shown = [row.role for group in permission_table.groups() for row in group.rows]
    assert sorted(shown) == sorted(Role) == sorted(PERMISSIONS)
    assert set(permission_table.PERMISSION_LABELS) == set(Permission)


def test_every_permission_is_held_by_somebody() -> None:
    assert set(Permission) == EVERYONE.union(*PERMISSIONS.values())


def test_the_page_shows_the_table(client_for: Callable[[Person], FlaskClient], city: City) -> None:
    page = client_for(city.person("east", Role.DRAFTER)).get("/roles")
    assert page.status_code == 200
    assert page.text.count('class="doc-table"') == 4
