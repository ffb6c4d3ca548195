"""Training sessions (GZ6(4), U-9): announced, enrolled for, attended.

Every act locks the session's row, and a seat is a number under a unique constraint: two people at once never both get
the last place. When a seat is given back, the first who waits gets it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.support import policy, words
from portal.support.models import Enrolment, Training
from portal.support.queries import training as queries

LIST_JOB = "portal.support.jobs.make_training_list"
MOST_PLACES = 2000


@dataclass(frozen=True)
class Announcement:
    """What is announced; moments are aware. `roles` empty: for everybody."""

    title: str
    place: str
    starts_at: datetime
    ends_at: datetime
    enrol_until: datetime
    places: int
    text: str = ""
    roles: Sequence[str] = ()


def announce(session: Session, organiser: Person, what: Announcement, key: str) -> Training:
    """Announce a session: the office to the city, a district's manager to the district. Raises Invalid by field."""
    policy.require(organiser, Permission.SUPPORT_TRAIN)
    title, place = words.line(what.title, "title", longest=120), words.line(what.place, "place", longest=120)
    text = words.text(what.text, "text", longest=2000, required=False)
    _require_times(what)
    if not 1 <= what.places <= MOST_PLACES:
        raise Invalid("Places: 1 to %(most)s.", field="places", most=MOST_PLACES)
    if set(what.roles) - set(Role):
        raise Invalid("Choose among the roles offered.", field="roles")
    words.one_at_a_time(session, organiser.unit)
    if queries.key_known(session, key):
        raise AlreadyDone("This training was already announced.")
    training = Training(
        title=title,
        text=text,
        place=place,
        starts_at=what.starts_at,
        ends_at=what.ends_at,
        enrol_until=what.enrol_until,
        places=what.places,
        roles=sorted(what.roles),
        district_id=policy.district_of(organiser),
        organiser_id=organiser.id,
        announced_at=now(),
        request_key=key,
    )
    session.add(training)
    session.flush()
    record(Event.TRAINING_ANNOUNCED, subject=training, actor=organiser, title=title, places=what.places)
    return training


def _require_times(what: Announcement) -> None:
    if what.starts_at <= now():
        raise Invalid("The training must begin in the future.", field="starts_at")
    if what.ends_at <= what.starts_at:
        raise Invalid("The training must end after it begins.", field="ends_at")
    if not now() < what.enrol_until <= what.starts_at:
        raise Invalid("Enrolment must close between now and the beginning.", field="enrol_until")


def enrol(training: Training, actor: Person, person: Person) -> Enrolment:
    """Enrol oneself, or as unit administrator somebody of one's unit; without a free place one waits."""
    _require_for(actor, person)
    session = words.lock(training)
    _require_open(training)
    if person.closed_at is not None or person.unit.left_at is not None:
        raise Refused("%(name)s has no account any more.", name=person.name)
    if training.roles and not person.own_roles & set(training.roles):
        raise Refused("This training is for other roles than those of %(name)s.", name=person.name)
    known = queries.enrolment_of(session, training.id, person.id)
    if known is not None and known.left_at is None:
        raise AlreadyDone("%(name)s is enrolled already.", name=person.name)
    seat = _free_seat(session, training)
    enrolment = known or Enrolment(training_id=training.id, person_id=person.id)
    enrolment.unit_id, enrolment.seat, enrolment.left_at = person.unit_id, seat, None
    enrolment.enrolled_at, enrolment.enrolled_by_id = now(), actor.id
    session.add(enrolment)
    session.flush()
    record(Event.TRAINING_ENROLLED, subject=training, actor=actor, person=person.id, seat=seat)
    return enrolment


def leave(training: Training, actor: Person, person: Person) -> None:
    """Give the place back, before the training begins; the first who waits moves up."""
    _require_for(actor, person)
    session = words.lock(training)
    enrolment = queries.enrolment_of(session, training.id, person.id)
    if enrolment is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    if enrolment.left_at is not None:
        raise AlreadyDone("%(name)s isn't enrolled any more.", name=person.name)
    if now() >= training.starts_at or training.cancelled_at is not None:
        raise Refused("The training has begun or is over.")
    enrolment.seat, enrolment.left_at = None, now()
    session.flush()
    record(Event.TRAINING_LEFT, subject=training, actor=actor, person=person.id)
    move_up(session, training)


def move_up(session: Session, training: Training) -> None:
    """Give free seats to those who wait, in their order."""
    for waiting in queries.waiting(session, training.id):
        seat = _free_seat(session, training)
        if seat is None:
            return
        waiting.seat = seat
        session.flush()
        record(Event.TRAINING_MOVED_UP, subject=training, person=waiting.person_id, seat=seat)


def cancel(training: Training, organiser: Person, reason: str) -> None:
    """Call the session off, with the reason; everybody enrolled sees it."""
    policy.require_organiser(organiser, training)
    why = words.text(reason, "reason", longest=500)
    words.lock(training)
    if training.cancelled_at is not None:
        raise AlreadyDone("This training was already called off.")
    if now() >= training.starts_at:
        raise Refused("The training has begun or is over.")
    training.cancelled_at, training.cancel_reason = now(), why
    record(Event.TRAINING_CANCELLED, subject=training, actor=organiser, reason=why)


def record_attendance(training: Training, organiser: Person, present: Collection[int]) -> None:
    """Keep who was there (ids of enrolments); it can be corrected by recording it again."""
    policy.require_organiser(organiser, training)
    session = words.lock(training)
    if training.cancelled_at is not None or now() < training.starts_at:
        raise Refused("Attendance is recorded once the training has begun.")
    seated = queries.seated(session, training.id)
    if set(present) - {row.id for row in seated}:
        raise Invalid("Choose among those who have a place.", field="present")
    for row in seated:
        row.attended = row.id in present
    training.attendance_at = now()
    there = sum(bool(row.attended) for row in seated)
    record(Event.TRAINING_ATTENDED, subject=training, actor=organiser, present=there, absent=len(seated) - there)


def ask_list(training: Training, organiser: Person) -> None:
    """Have the sign-in sheet drawn by the worker."""
    policy.require_organiser(organiser, training)
    session = words.lock(training)
    if training.list_asked_at is not None and training.list_made_at is None and training.list_error is None:
        raise AlreadyDone("The list is being drawn.")
    training.list_asked_at, training.list_made_at, training.list_error = now(), None, None
    enqueue(session, Queue.WORK, LIST_JOB, training_id=training.id)


def take_list(training: Training, digest: str) -> None:
    """The worker has drawn the sign-in sheet."""
    training.list_digest, training.list_made_at = digest, now()
    record(Event.TRAINING_LIST_MADE, subject=training, digest=digest)


def take_list_failure(training: Training, error: str) -> None:
    """The worker could not draw it."""
    training.list_error = error


def _require_for(actor: Person, person: Person) -> None:
    """One enrols oneself; an administrator people of the unit."""
    own = actor.id == person.id
    if not own and not (actor.may(Permission.PEOPLE_ADMINISTER) and actor.unit_id == person.unit_id):
        raise Denied(policy.NO_RIGHT)


def _require_open(training: Training) -> None:
    if training.cancelled_at is not None:
        raise Refused("This training was called off.")
    if now() >= training.enrol_until:
        raise Refused("Enrolment is closed.")


def _free_seat(session: Session, training: Training) -> int | None:
    taken = {row.seat for row in queries.seated(session, training.id)}
    return next((seat for seat in range(1, training.places + 1) if seat not in taken), None)
