"""Acts on accounts: opening, roles, password, profile. Logging in and out is in `portal.people.login`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import attempts, passwords, queries
from portal.people.models import PasswordHistory, Person, RoleAssignment
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES, Role
from portal.units.models import Unit

MOBILE = re.compile(r"1\d{10}", re.ASCII)


def open_account(
    session: Session,
    *,
    unit: Unit,
    account: str,
    name: str,
    title: str = "",
    division: str = "",
    roles: Iterable[Role] = (),
    password: str | passwords.Hashed | None = None,
    identity_hash: str | None = None,
    must_change: bool = True,
    actor: Person | None = None,
) -> Person:
    """Open an account with roles (GZ12, GZ13).

    Without a password nobody can log in to it: the initial one comes to exist when its slip is printed.

    Raises Invalid for an account that is malformed or taken, Refused as `give_role` does.
    """
    if not re.fullmatch(current().rules.account_name, account):
        raise Invalid("An account is 2 to 40 small letters, digits, dots and hyphens.", field="account")
    if queries.by_account(session, account) is not None:
        raise Invalid("The account %(account)s is taken.", field="account", account=account)
    at = now()
    person = Person(
        account=account,
        name=name,
        title=title,
        division=division,
        unit=unit,
        password_hash=passwords.UNUSABLE if password is None else passwords.hashed(password),
        identity_hash=identity_hash,
        password_changed_at=at,
        must_change_password=must_change,
        failed_logins=0,
        created_at=at,
    )
    session.add(person)
    session.flush()
    record(Event.PERSON_OPENED, actor=actor, subject=person, unit_id=unit.id, account=account)
    for role in sorted(set(roles)):
        give_role(person, role, actor=actor)
    return person


def give_role(person: Person, role: Role, *, actor: Person | None = None) -> None:
    """Give `person` a role in their unit (A-8).

    Raises AlreadyDone for a role held already. Raises Refused for an office role outside the office, and for a second
    one of the three separated roles or one of them beside any other: who runs, who guards and who audits the system
    are three people and do no business in it.
    """
    if role in person.own_roles:
        raise AlreadyDone("This person holds the role already.")
    if role in OFFICE_ROLES and not person.unit.is_office:
        raise Refused("Only people of the municipal government office can hold this role.")
    if role in DISTRICT_ROLES and not person.unit.is_district_office:
        raise Refused("Only people of a district government can hold this role.")
    together = person.own_roles | {role}
    if together & SEPARATED_ROLES and len(together) > 1:
        raise Refused("The three separated roles are held by three different people who hold no other role.")
    person.role_rows.append(
        RoleAssignment(
            role=role,
            in_office=person.unit.is_office,
            in_district_office=person.unit.is_district_office,
            given_at=now(),
        )
    )
    session_of(person).flush()
    record(Event.ROLE_GIVEN, actor=actor, subject=person, unit_id=person.unit_id, role=role)


def take_role(person: Person, role: Role, *, actor: Person | None = None) -> None:
    """Take a role from `person` (GZ13).

    Raises AlreadyDone when it isn't held, Refused for the unit's last administrator: nobody could open accounts then.
    """
    row = next((row for row in person.role_rows if row.role == role), None)
    if row is None:
        raise AlreadyDone("This person doesn't hold the role any more.")
    if role is Role.UNIT_ADMINISTRATOR:
        require_another_administrator(person)
    person.role_rows.remove(row)
    session_of(person).flush()
    record(Event.ROLE_TAKEN, actor=actor, subject=person, unit_id=person.unit_id, role=role)


def require_another_administrator(person: Person) -> None:
    """Raise Refused when `person` is the only administrator of their unit. Keeps the unit's row for the transaction."""
    session = session_of(person)
    if Role.UNIT_ADMINISTRATOR not in person.own_roles:
        return
    session.refresh(person.unit, ["left_at"], with_for_update=True)  # two administrators can't both leave at once
    others = queries.holders(session, person.unit_id, Role.UNIT_ADMINISTRATOR)
    if all(other.id == person.id for other in others):
        raise Refused("This is the unit's last administrator. Give the role to somebody else first.")


def change_password(person: Person, prepared: passwords.Prepared, *, address: str) -> None:
    """Replace the person's password by one prepared outside the transaction (A-3).

    Raises Invalid when the present one is wrong (which counts like a failed log-in) or the new one isn't good enough.
    """
    session = session_of(person)
    session.refresh(person, ["password_hash", "failed_logins", "locked_until"], with_for_update=True)
    if attempts.is_locked(person) or not prepared.present_right or prepared.based_on != person.password_hash:
        attempts.count_failure(person, address=address, why="password")
        raise Invalid("The present password is not right.", field="password")
    if prepared.fault is not None:
        raise prepared.fault
    set_password(person, prepared.new_hash, must_change=False)
    record(Event.PERSON_PASSWORD_CHANGED, actor=person, subject=person)


def set_password(person: Person, new_hash: str, *, must_change: bool) -> None:
    """Put a hash in place of the present one, which goes into the history; the caller records why."""
    at = now()
    if person.password_hash != passwords.UNUSABLE:
        history = PasswordHistory(person_id=person.id, password_hash=person.password_hash, at=at)
        session_of(person).add(history)
    person.password_hash = new_hash
    person.password_changed_at = at
    person.must_change_password = must_change


def remove_mobile(person: Person) -> None:
    """Forget the person's mobile number (A-5). A new one comes by `portal.people.mobile`."""
    if person.mobile is None:
        return
    person.mobile, person.mobile_confirmed_at = None, None
    record(Event.PERSON_PROFILE_CHANGED, actor=person, subject=person, fields=["mobile"])


def mobile_number(typed: str) -> str:
    """The number as it is kept, 11 digits; empty for none. Raises Invalid."""
    number = "".join(typed.split())
    if number and not MOBILE.fullmatch(number):
        raise Invalid("A mobile number has 11 digits and begins with 1.", field="mobile")
    return number
