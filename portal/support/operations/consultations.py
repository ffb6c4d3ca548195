"""Requests for comments 征求意见 (GZ6(3), U-9): the office asks, each unit answers once, the office sums up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, Calendar, now, today
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.support import files, policy, words
from portal.support.models import Consultation, ConsultationUnit
from portal.support.queries import consultations as queries
from portal.units import queries as units


def publish(
    work: Runtime,
    session: Session,
    officer: Person,
    *,
    title: str,
    text: str,
    due_on: date,
    unit_ids: Collection[int] | None,
    key: str,
    incoming: Sequence[files.Incoming] = (),
) -> Consultation:
    """Ask units for their comments; `unit_ids` None asks all but the office. Raises Invalid naming the field."""
    policy.require(officer, Permission.SUPPORT_MANAGE)
    title, text = words.line(title, "title", longest=200), words.text(text, "text")
    if due_on < today() or not Calendar().is_working(due_on):
        raise Invalid("The last day must be a working day that isn't over.", field="due_on")
    known = {unit.id for unit in units.all_units(session) if unit.id != officer.unit_id}
    asked = known if unit_ids is None else set(unit_ids)
    if not asked or asked - known:
        raise Invalid("Choose at least one unit of the exchange.", field="units")
    taken = files.take_in(work, incoming, title=title, text=text)
    words.one_at_a_time(session, officer.unit)
    if queries.key_known(session, key):
        raise AlreadyDone("This request for comments was already published.")
    consultation = Consultation(
        title=title,
        text=text,
        due_on=due_on,
        due_at=datetime.combine(due_on + timedelta(days=1), time(), CITY_ZONE),
        published_at=now(),
        published_by_id=officer.id,
        request_key=key,
        files=[item.attached() for item in taken],
    )
    session.add(consultation)
    session.flush()
    session.add_all(ConsultationUnit(consultation_id=consultation.id, unit_id=unit_id) for unit_id in sorted(asked))
    record(
        Event.CONSULTATION_PUBLISHED,
        subject=consultation,
        actor=officer,
        title=title,
        units=len(asked),
        due_on=due_on.isoformat(),
    )
    return consultation


def answer(
    work: Runtime,
    asked: ConsultationUnit,
    person: Person,
    *,
    text: str,
    version: int,
    incoming: Sequence[files.Incoming] = (),
    dropped: Collection[int] = (),
) -> None:
    """Send the unit's one answer; it may be revised until the deadline. `version` is the one the writer saw.

    A first answer is taken late too and marked so, until the office has summed up: an opinion is worth more than none.
    """
    policy.require(person, Permission.SUPPORT_DISPUTE)
    text = words.text(text, "text")
    taken = files.take_in(work, incoming, text=text)
    # The summing-up locks the request, an answer locks it first too: none comes in between.
    words.lock(asked.consultation)
    words.lock(asked)
    if asked.consultation.concluded_at is not None:
        raise Refused("The office has summed the answers up; nothing more can be sent.")
    late = now() >= asked.consultation.due_at
    if asked.answered_at is not None and late:
        raise Refused("The last day is over: the answer can't be changed any more.")
    if asked.version != version:
        raise AlreadyDone("An answer of your unit was sent meanwhile. Look at it before you change it.")
    asked.text, asked.version, asked.late = text, asked.version + 1, late
    asked.answered_at, asked.answered_by_id = now(), person.id
    asked.files = [known for known in asked.files if known.id not in dropped] + [item.attached() for item in taken]
    record(Event.CONSULTATION_ANSWERED, subject=asked.consultation, actor=person, version=asked.version)


def conclude(work: Runtime, consultation: Consultation, officer: Person, summary: str) -> None:
    """Publish what came of it to all units that were asked; nothing can be answered any more."""
    policy.require(officer, Permission.SUPPORT_MANAGE)
    text = words.text(summary, "summary")
    files.take_in(work, (), summary=text)
    session = words.lock(consultation)
    if consultation.concluded_at is not None:
        raise AlreadyDone("The summary was already published.")
    consultation.summary, consultation.concluded_at = text, now()
    answers = queries.answer_count(session, consultation.id)
    record(Event.CONSULTATION_CONCLUDED, subject=consultation, actor=officer, answers=answers)
