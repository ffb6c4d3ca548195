"""Acts on accounts: opening, roles, password, profile. Logging in and out is in `portal.people.login`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import Invalid, Refused
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import attempts, passwords, queries
from portal.people.models import PasswordHistory, Person, RoleAssignment
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES, Role
from portal.units.models import Unit

ACCOUNT = re.compile(r"[a-z][a-z0-9.-]{1,39}")
MOBILE = re.compile(r"1\d{10}")


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
    if not ACCOUNT.fullmatch(account):
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

    Raises Refused for an office role outside the office, and for a second one of the three separated roles or one of
    them beside any other: who runs, who guards and who audits the system are three people and do no business in it.
    """
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


def change_password(person: Person, present: str, new: str, *, address: str) -> None:
    """Replace the person's password (A-3).

    Raises Invalid when the present one is wrong (which counts like a failed log-in) or the new one isn't good enough.
    """
    session, rules = session_of(person), current().rules
    if attempts.is_locked(person) or not passwords.matches(person.password_hash, present):
        attempts.count_failure(person, address=address, why="password")
        raise Invalid("The present password is not right.", field="password")
    former = queries.former_hashes(session, person, rules.password_history)
    passwords.check_new(new, account=person.account, name=person.name, former=former, rules=rules)
    at = now()
    session.add(PasswordHistory(person_id=person.id, password_hash=person.password_hash, at=at))
    person.password_hash = passwords.hashed(new)
    person.password_changed_at = at
    person.must_change_password = False
    record(Event.PERSON_PASSWORD_CHANGED, actor=person, subject=person)


def change_mobile(person: Person, mobile: str) -> None:
    """Keep the person's mobile number for short messages (GZ16); empty removes it. Raises Invalid."""
    mobile = "".join(mobile.split())
    if mobile and not MOBILE.fullmatch(mobile):
        raise Invalid("A mobile number has 11 digits and begins with 1.", field="mobile")
    if (mobile or None) == person.mobile:
        return
    person.mobile = mobile or None
    record(Event.PERSON_PROFILE_CHANGED, actor=person, subject=person, fields=["mobile"])
