"""Acts of an administrator on the accounts of others (A-1); leaving and moving are in `portal.people.leaving`."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import identity, operations, passwords, queries, scope
from portal.people.models import Person
from portal.people.operations import mobile_number
from portal.people.roles import Role
from portal.units.models import Unit


def open_person(
    session: Session,
    actor: Person,
    unit: Unit,
    *,
    account: str,
    name: str,
    number: str,
    title: str = "",
    division: str = "",
    mobile: str = "",
    roles: Iterable[Role] = (),
) -> Person:
    """Open an account in `unit` for the person with an identity number (A-1, A-2).

    Nobody can log in to it before its slip is printed. Raises Invalid naming the field (also when the person has an
    account already), NotFound outside the scope, Denied for a role that isn't the actor's to give, Refused.
    """
    if not scope.administers(actor, unit):
        raise NotFound(scope.MISSING)
    roles = list(roles)
    _require_grantable(actor, unit, roles)
    hashed = identity.hash_of(number, current().storage_keys)
    _require_unknown(session, actor, hashed)
    phone = mobile_number(mobile)
    try:
        with session.begin_nested():
            person = operations.open_account(
                session,
                unit=unit,
                account=account.strip().lower(),
                name=name.strip(),
                title=title.strip(),
                division=division.strip(),
                roles=roles,
                identity_hash=hashed,
                actor=actor,
            )
    except IntegrityError:  # somebody was quicker with the same account or person
        raise Invalid("This account or person was entered a moment ago. Look at the list.", field="account") from None
    person.mobile = phone or None
    return person


def change_person(
    person: Person, actor: Person, *, name: str, title: str, division: str, mobile: str, number: str = ""
) -> None:
    """Change what is known of a person (GZ13). A number entered here counts only once its owner confirms it.

    `number`: the identity number, when none is kept yet. Raises Invalid, NotFound, AlreadyDone when nothing changes.
    """
    session = _begin(person, actor)
    if not name.strip():
        raise Invalid("Enter the name.", field="name")
    wanted: dict[str, object] = {"name": name.strip(), "title": title.strip(), "division": division.strip()}
    wanted["mobile"] = mobile_number(mobile) or None
    if number.strip():
        wanted["identity_hash"] = _identity(session, person, actor, number)
    changed = sorted(field for field, value in wanted.items() if getattr(person, field) != value)
    if not changed:
        raise AlreadyDone("Nothing was changed.")
    if "mobile" in changed:
        person.mobile_confirmed_at = None
    for field in changed:
        setattr(person, field, wanted[field])
    record(Event.PERSON_CHANGED, actor=actor, subject=person, unit_id=person.unit_id, fields=changed)


def give(person: Person, role: Role, actor: Person) -> None:
    """Give a role. Raises Denied for one that isn't the actor's to give, Refused and AlreadyDone as `give_role`."""
    _begin(person, actor)
    _require_open(person)
    _require_other(person, actor)
    _require_grantable(actor, person.unit, [role])
    operations.give_role(person, role, actor=actor)


def take(person: Person, role: Role, actor: Person) -> None:
    """Take a role. Raises as `give`, and Refused for the unit's last administrator."""
    _begin(person, actor)
    _require_other(person, actor)
    _require_grantable(actor, person.unit, [role])
    operations.take_role(person, role, actor=actor)


def reopen(person: Person, actor: Person) -> None:
    """Open a closed account again, in its unit, without roles and without password (A-7)."""
    _begin(person, actor)
    if person.closed_at is None:
        raise AlreadyDone("The account is open.")
    if person.unit.left_at is not None:
        raise Refused("The unit has left the exchange.")
    person.closed_at = None
    operations.set_password(person, passwords.UNUSABLE, must_change=True)
    record(Event.PERSON_REOPENED, actor=actor, subject=person, unit_id=person.unit_id, unit=person.unit.name)


def _begin(person: Person, actor: Person) -> Session:
    session = session_of(person)
    queries.lock(session, person)
    if not scope.administers(actor, person.unit):
        raise NotFound(scope.MISSING)
    return session


def _require_open(person: Person) -> None:
    if person.closed_at is not None:
        raise Refused("The account is closed. Open it again first.")


def _require_other(person: Person, actor: Person) -> None:
    # Who gives and takes rights must not be able to give them to themselves.
    if person.id == actor.id:
        raise Denied("Your own roles are changed by another administrator.")


def _require_grantable(actor: Person, unit: Unit, roles: Iterable[Role]) -> None:
    if set(roles) - set(scope.roles_given_by(actor, unit)):
        raise Denied("This role isn't yours to give or take.")


def _identity(session: Session, person: Person, actor: Person, number: str) -> str:
    hashed = identity.hash_of(number, current().storage_keys)
    if person.identity_hash not in (None, hashed):
        raise Invalid("This isn't the number the account was opened with.", field="identity")
    if person.identity_hash is None:
        _require_unknown(session, actor, hashed)
    return hashed


def _require_unknown(session: Session, actor: Person, hashed: str) -> None:
    """One person, one account (A-2). Where it is, is told only to whom it concerns."""
    other = session.scalars(select(Person).where(Person.identity_hash == hashed)).one_or_none()
    if other is None:
        return
    if scope.administers(actor, other.unit):
        raise Invalid(
            "This person already has the account %(account)s in %(unit)s. Move it instead of opening another.",
            field="identity",
            account=other.account,
            unit=other.unit.name,
        )
    raise Invalid(
        "This person already has an account in another unit. One person has one account: have it moved.",
        field="identity",
    )
