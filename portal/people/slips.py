"""Password slips 密码信封: an initial password exists on paper and in one encrypted file, fetched once (A-1, A-4)."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core import paper
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, NotFound, PortalError, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.core.store import FileStore
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import attempts, login, operations, passwords, queries, scope
from portal.people.account_models import PasswordSlip, SlipLine
from portal.people.lifecycle import SLIP, SlipAct, SlipState
from portal.people.models import Person
from portal.units.models import Unit

JOB = "portal.people.jobs.make_slip"
FOLDER = "slips"
KEPT = timedelta(days=1)
MOST = 200
"""People on one sheet; each costs a hash of a tenth of a second."""


@dataclass(frozen=True)
class Made:
    """A sheet as the worker made it; the passwords themselves are in the PDF alone."""

    hashes: dict[int, str] = field(repr=False)
    pdf: bytes = field(repr=False)


def ask_slip(person: Person, actor: Person) -> PasswordSlip:
    """Ask for a new initial password for one person, whose present one ends with it (A-1, A-4).

    Raises AlreadyDone while one is on its way, Refused for oneself or a closed account, NotFound outside the scope.
    """
    session = session_of(person)
    queries.lock(session, person)
    if not scope.administers(actor, person.unit):
        raise NotFound(scope.MISSING)
    if person.id == actor.id:
        raise Refused("Change your own password on your profile.")
    if person.closed_at is not None:
        raise Refused("The account is closed. Open it again first.")
    if open_line(session, person) is not None:
        raise AlreadyDone("A password slip for this person is on its way already.")
    return _ask(session, actor, person.unit, [person])


def ask_slips(session: Session, actor: Person, unit: Unit) -> PasswordSlip:
    """Ask for slips for all people of the unit who have no password yet. Raises AlreadyDone when there is nobody."""
    if not scope.administers(actor, unit):
        raise NotFound(scope.MISSING)
    session.refresh(unit, ["left_at"], with_for_update=True)
    people = without_password(session, unit)
    people = [person for person in people if person.id != actor.id]
    if not people:
        raise AlreadyDone("Everybody in this unit has a password, or a slip on its way.")
    return _ask(session, actor, unit, people)


def without_password(session: Session, unit: Unit) -> Sequence[Person]:
    """People of a unit whose account has no password and no slip on its way."""
    waiting = select(SlipLine.id).where(SlipLine.person_id == Person.id, SlipLine.open)
    return session.scalars(
        select(Person)
        .where(Person.unit_id == unit.id, Person.closed_at.is_(None), Person.password_hash == passwords.UNUSABLE)
        .where(~waiting.exists())
        .order_by(Person.id)
        .limit(MOST)
    ).all()


def _ask(session: Session, actor: Person, unit: Unit, people: Sequence[Person]) -> PasswordSlip:
    lines = [SlipLine(person=person) for person in people]
    slip = PasswordSlip(unit=unit, asked_by=actor, state=SLIP.start, asked_at=now(), lines=lines)
    session.add(slip)
    session.flush()
    enqueue(session, Queue.WORK, JOB, slip_id=slip.id)
    record(Event.SLIP_ASKED, actor=actor, subject=slip, unit_id=unit.id, people=[person.id for person in people])
    return slip


def make(work: Runtime, session: Session, slip: PasswordSlip) -> Made:
    """Think up the passwords, hash them and print the sheet. Changes nothing: it may run twice."""
    chosen = {line.person_id: passwords.initial() for line in slip.lines}
    pdf = paper.render(
        "slip.html",
        slips=[{"person": line.person, "password": chosen[line.person_id]} for line in slip.lines],
        unit=slip.unit,
        city=work.settings.city_name,
        system=work.settings.system_name,
        address=work.settings.base_url,
        made=slip.asked_at,
        days=KEPT.days,
    )
    return Made({person_id: passwords.hashed(password) for person_id, password in chosen.items()}, pdf)


def take_made(work: Runtime, session: Session, slip: PasswordSlip, made: Made) -> None:
    """Put the passwords in force and keep the sheet; sessions end, locks are lifted, the history is kept."""
    after = SLIP.advance(slip.state, SlipAct.MAKE)
    discard(work, slip)
    slip.digest = store_of(work, slip).put(io.BytesIO(made.pdf)).digest
    for line in slip.lines:
        person = line.person
        queries.lock(session, person)
        operations.set_password(person, made.hashes[person.id], must_change=True)
        line.set_at = person.password_changed_at
        attempts.forget_failures(person)
        login.end_sessions(session, person, login.Ending.RESET)
        record(Event.PERSON_PASSWORD_ISSUED, actor=slip.asked_by, subject=person, unit_id=person.unit_id, slip=slip.id)
    slip.state, slip.ready_at = after, now()
    record(Event.SLIP_MADE, subject=slip, unit_id=slip.unit_id, digest=slip.digest)


def take_failure(slip: PasswordSlip, error: PortalError) -> None:
    """The sheet could not be made: no password was changed."""
    slip.state, slip.ended_at, slip.error = SLIP.advance(slip.state, SlipAct.FAIL), now(), str(error)
    _let_go(slip)
    record(Event.SLIP_FAILED, subject=slip, unit_id=slip.unit_id, why=str(error))


def fetch(work: Runtime, slip: PasswordSlip, actor: Person) -> bytes:
    """Give the sheet out, once, to who asked for it; the caller discards the file after the commit.

    Raises AlreadyDone when it is gone.
    """
    session_of(slip).refresh(slip, ["state", "digest"], with_for_update=True)
    if slip.asked_by_id != actor.id:
        raise NotFound(scope.MISSING)
    if slip.state != SlipState.READY or slip.digest is None:
        raise AlreadyDone("The sheet was fetched already or is void. Ask for new slips if it is lost.")
    with store_of(work, slip).open(slip.digest) as file:
        pdf = file.read()
    slip.state, slip.ended_at = SLIP.advance(slip.state, SlipAct.FETCH), now()
    _let_go(slip)
    record(Event.SLIP_FETCHED, actor=actor, subject=slip, unit_id=slip.unit_id)
    return pdf


def void_old(work: Runtime, session: Session) -> None:
    """Sheets nobody fetched within a day are void, and the passwords on them with them."""
    old = session.scalars(
        select(PasswordSlip)
        .where(PasswordSlip.state == SlipState.READY, PasswordSlip.ready_at < now() - KEPT)
        .with_for_update(skip_locked=True, of=PasswordSlip)
    )
    for slip in old:
        for line in slip.lines:
            _void(session, slip, line)
        slip.state, slip.ended_at = SLIP.advance(slip.state, SlipAct.EXPIRE), now()
        _let_go(slip)
        record(Event.SLIP_VOIDED, subject=slip, unit_id=slip.unit_id)
        discard(work, slip)


def _void(session: Session, slip: PasswordSlip, line: SlipLine) -> None:
    person = line.person
    queries.lock(session, person)
    if not person.must_change_password or person.password_changed_at != line.set_at:
        return  # another password is in force meanwhile
    operations.set_password(person, passwords.UNUSABLE, must_change=True)
    record(Event.PERSON_PASSWORD_VOIDED, subject=person, unit_id=person.unit_id, slip=slip.id)


def _let_go(slip: PasswordSlip) -> None:
    session_of(slip).execute(update(SlipLine).where(SlipLine.slip_id == slip.id).values(open=False))


def get_for(session: Session, actor: Person, slip_id: int) -> PasswordSlip:
    """A sheet this person asked for. Raises NotFound."""
    slip = session.get(PasswordSlip, slip_id)
    if slip is None or slip.asked_by_id != actor.id:
        raise NotFound(scope.MISSING)
    return slip


def open_line(session: Session, person: Person) -> SlipLine | None:
    """The sheet on its way to this person, if any."""
    return session.scalars(select(SlipLine).where(SlipLine.person_id == person.id, SlipLine.open)).one_or_none()


def mine(session: Session, actor: Person, count: int = 5) -> Sequence[PasswordSlip]:
    """The sheets this person asked for and may still fetch, newest first."""
    waiting = (SlipState.ASKED, SlipState.READY)
    statement = select(PasswordSlip).where(PasswordSlip.asked_by_id == actor.id, PasswordSlip.state.in_(waiting))
    return session.scalars(statement.order_by(PasswordSlip.id.desc()).limit(count)).all()


def store_of(work: Runtime, slip: PasswordSlip) -> FileStore:
    """A store of this sheet alone."""
    return FileStore(work.settings.store_dir / FOLDER / str(slip.id), work.storage_keys)


def discard(work: Runtime, slip: PasswordSlip) -> None:
    """Remove the sheet's file."""
    shutil.rmtree(store_of(work, slip).root, ignore_errors=True)
