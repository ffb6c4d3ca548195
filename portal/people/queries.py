"""Reading people."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from portal.core.errors import Invalid, NotFound
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people.models import LoginSession, PasswordHistory, Person, RoleAssignment
from portal.people.roles import Role
from portal.units.models import Unit

_ROLES_TOO = joinedload(LoginSession.person).options(joinedload(Person.unit), joinedload(Person.role_rows))
LOGIN_EVENTS = (Event.PERSON_LOGGED_IN, Event.PERSON_LOGIN_FAILED, Event.PERSON_LOCKED)


def get(session: Session, person_id: int) -> Person:
    """The person with an id. Raises NotFound."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is no such person.")
    return person


def lock(session: Session, person: Person) -> None:
    """Read the person and their roles anew and keep the row until the transaction ends."""
    session.flush()
    session.refresh(person, with_for_update={"of": Person})


def by_account(session: Session, account: str, *, lock: bool = False) -> Person | None:
    """The person with an account; `lock` keeps the row for this transaction."""
    statement = select(Person).where(Person.account == account)
    if lock:
        statement = statement.with_for_update(of=Person).execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def password_hash_of(session: Session, account: str) -> str | None:
    """The stored hash of an account; None when there is no such account."""
    return session.scalar(select(Person.password_hash).where(Person.account == account))


def people_of(session: Session, unit_id: int) -> Sequence[Person]:
    """The people of a unit with open accounts, in order of entry."""
    return session.scalars(
        select(Person).where(Person.unit_id == unit_id, Person.closed_at.is_(None)).order_by(Person.id)
    ).all()


def named(session: Session, unit: Unit, text: str) -> Person | None:
    """The one person of a unit with this name or account; None for an empty text. Raises Invalid."""
    text = text.strip()
    if not text:
        return None
    found = [one for one in people_of(session, unit.id) if text in (one.name, one.account)]
    if len(found) != 1:
        raise Invalid("There is no such person in this unit.", field="person")
    return found[0]


def holders(session: Session, unit_id: int, *roles: Role) -> Sequence[Person]:
    """The people of a unit who hold one of `roles`."""
    holds = exists().where(RoleAssignment.person_id == Person.id, RoleAssignment.role.in_(roles))
    return session.scalars(
        select(Person).where(Person.unit_id == unit_id, Person.closed_at.is_(None), holds).order_by(Person.id)
    ).all()


def session_by_token(session: Session, token_hash: str) -> LoginSession | None:
    """The login session a browser names, live or ended."""
    statement = select(LoginSession).where(LoginSession.token_hash == token_hash)
    # In one statement with the roles, for every request begins with it.
    return session.scalars(statement.options(_ROLES_TOO)).unique().one_or_none()


def live_session(session: Session, person: Person) -> LoginSession | None:
    """The person's session that hasn't been ended, if any."""
    return session.scalars(
        select(LoginSession).where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
    ).one_or_none()


def former_hashes(session: Session, person: Person, count: int) -> list[str]:
    """The hashes of the last `count` passwords, the present one first."""
    former = session.scalars(
        select(PasswordHistory.password_hash)
        .where(PasswordHistory.person_id == person.id)
        .order_by(PasswordHistory.id.desc())
        .limit(count - 1)
    )
    return [person.password_hash, *former]


def last_logins(session: Session, person: Person, count: int = 10) -> Sequence[LedgerEvent]:
    """The last log-ins, refusals and locks of an account, newest first."""
    return session.scalars(
        select(LedgerEvent)
        .where(
            LedgerEvent.subject_kind == "person",
            LedgerEvent.subject_id == person.id,
            LedgerEvent.kind.in_(LOGIN_EVENTS),
        )
        .order_by(LedgerEvent.id.desc())
        .limit(count)
    ).all()
