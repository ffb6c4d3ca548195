"""The ceremony (S-5, GZ23): three people, each signed in at their own place, one approved action, a few minutes.

What happens here is the room; the device is opened by the seal server (`portal.seals.sealing`), which checks all of
this again for itself.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.rules import ExchangeRules
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import queries
from portal.seals.applications import lock, require_head, require_untouched
from portal.seals.handing_in import require_handed_in
from portal.seals.lifecycle import CEREMONY, ApplicationState, CeremonyAct, CeremonyState
from portal.seals.losses import require_reported
from portal.seals.models import (
    SHARE_SEATS,
    ApplicationKind,
    Ceremony,
    CeremonyRemark,
    CeremonySeat,
    SealApplication,
    Seat,
)

PREPARE_JOB = "portal.seals.sealing.prepare_ceremony"
RUN_JOB = "portal.seals.sealing.run_ceremony"
FORGET_JOB = "portal.seals.sealing.forget_ceremony"
# A browser in the room reports every five seconds; three missed reports and the person counts as gone.
PRESENCE = timedelta(seconds=20)
MOST_WRONG_SHARES = 3
CIPHERTEXT_BYTES = 384  # RSA-3072
LONGEST_REMARK = 500
LEAST_SHARES = 2

SEAT_ROLES = {
    Seat.SECRECY_OFFICE: Role.SECRECY_OFFICE,
    Seat.INFORMATION_CENTRE: Role.INFORMATION_CENTRE,
    Seat.UNIT: Role.UNIT_HEAD,
}


def call_ceremony(session: Session, officer: Person, application: SealApplication, rules: ExchangeRules) -> Ceremony:
    """The secrecy office calls a ceremony for an approved application; its content is fixed from here on."""
    if Role.SECRECY_OFFICE not in officer.roles:
        raise Denied("Only the secrecy office calls ceremonies.")
    lock(application)
    if application.state != ApplicationState.APPROVED:
        raise Refused("A ceremony needs an application approved by the leader of the office.")
    require_untouched(application)
    require_head(application)
    require_reported(session, application)
    require_handed_in(session, application)
    if queries.live_ceremony(session, application.id) is not None:
        raise AlreadyDone("A ceremony for this application was already called.")
    at = now()
    ceremony = Ceremony(
        application=application,
        application_hash=application.content_hash,
        called_by=officer,
        called_at=at,
        expires_at=at + time_for(application, rules),
    )
    session.add(ceremony)
    session.flush()
    record(
        Event.CEREMONY_CALLED,
        subject=ceremony,
        actor=officer,
        application=application.id,
        content_hash=application.content_hash,
    )
    enqueue(session, Queue.CEREMONY, PREPARE_JOB, ceremony_id=ceremony.id)
    return ceremony


def time_for(application: SealApplication, rules: ExchangeRules) -> timedelta:
    """How long its ceremony may take."""
    minutes = timedelta(minutes=rules.ceremony_minutes)
    # Each operator types nine shares instead of one.
    return 2 * minutes if application.kind == ApplicationKind.ROTATE_SHARES else minutes


def seat_for(ceremony: Ceremony, person: Person) -> Seat | None:
    """The seat the person could take by role and unit; None if there is none, as for acting persons (A-6)."""
    if person.acting is not None:
        return None
    for seat, role in SEAT_ROLES.items():
        if role in person.roles and (seat is not Seat.UNIT or person.unit_id == ceremony.application.unit_id):
            return seat
    return None


def take_seat(ceremony: Ceremony, person: Person, login_session_id: int, proof: second_factor.Proof) -> CeremonySeat:
    """Take a seat with a fresh second factor. One person, one seat; the applicant never counts (architecture §4)."""
    _require_running(ceremony)
    seat = seat_for(ceremony, person)
    if seat is None:
        raise Denied("There is no seat for you in this ceremony.")
    if person.id == ceremony.application.applicant_id:
        raise Refused("The applicant can't take a seat; another representative of the unit must be present.")
    taken = {row.seat: row for row in ceremony.seats}
    if any(row.person_id == person.id for row in ceremony.seats):
        raise AlreadyDone("You have taken your seat already.")
    if seat in taken:
        raise Refused("This seat is taken by %(name)s.", name=taken[seat].person.name)
    if any(row.login_session_id == login_session_id for row in ceremony.seats):
        raise Refused("Each person must be signed in at a place of their own.")
    second_factor.prove(person, proof, f"seat:{ceremony.id}")
    row = CeremonySeat(seat=seat, person=person, login_session_id=login_session_id, taken_at=now(), present_at=now())
    ceremony.seats.append(row)
    session_of(ceremony).flush()
    record(Event.CEREMONY_SEAT_TAKEN, subject=ceremony, actor=person, seat=seat)
    if len(ceremony.seats) == len(Seat):
        ceremony.state = CEREMONY.advance(ceremony.state, CeremonyAct.SEAT_ALL)
    return row


def report_presence(ceremony: Ceremony, person: Person) -> None:
    """The person's browser is still in the room."""
    row = own_seat(ceremony, person)
    if row is not None:
        row.present_at = now()


def give_share(ceremony: Ceremony, person: Person, ciphertext: str) -> None:
    """An operator's share, encrypted in the browser to the ceremony's key. With the second one the device opens.

    Raises Refused while not all three people are present.
    """
    _require_running(ceremony)
    row = own_seat(ceremony, person)
    if row is None or Seat(row.seat) not in SHARE_SEATS:
        raise Denied("Only the two operators give a share.")
    if row.share is not None:
        raise AlreadyDone("Your share was already given.")
    if ceremony.state != CeremonyState.SEATED or ceremony.transport_key is None:
        raise Refused("Wait until all three people have taken their seats and the device is ready.")
    _require_all_present(ceremony)
    row.share = _checked(ciphertext, blocks_of(ceremony))
    ceremony.trouble = ceremony.trouble_params = None
    record(Event.CEREMONY_SHARE_GIVEN, subject=ceremony, actor=person, seat=row.seat)
    if all(other.share for other in ceremony.seats if Seat(other.seat) in SHARE_SEATS):
        require_untouched(ceremony.application)
        ceremony.state = CEREMONY.advance(ceremony.state, CeremonyAct.OPEN)
        record(
            Event.CEREMONY_OPENED,
            subject=ceremony,
            actor=person,
            seats={other.seat: other.person_id for other in ceremony.seats},
        )
        enqueue(session_of(ceremony), Queue.CEREMONY, RUN_JOB, ceremony_id=ceremony.id)


def abort(ceremony: Ceremony, person: Person, why: str) -> None:
    """Anyone in the room, and the secrecy office, may stop everything until the seal server has begun its work."""
    if own_seat(ceremony, person) is None and Role.SECRECY_OFFICE not in person.roles:
        raise Denied("Only people in the room can abort the ceremony.")
    if not why.strip():
        raise Invalid("Say why the ceremony is aborted.", field="why")
    if not queries.lock_idle(ceremony):
        raise Refused("The device is working; wait a moment for the result.")
    if ceremony.state == CeremonyState.ABORTED:
        raise AlreadyDone("This ceremony was already aborted.")
    end(ceremony, CeremonyAct.ABORT, why.strip(), actor=person)


def remark(ceremony: Ceremony, person: Person, text: str) -> CeremonyRemark:
    """Write down something out of the ordinary; whoever is or was in the room may, also after its end.

    Raises Denied, Invalid.
    """
    if own_seat(ceremony, person) is None and Role.SECRECY_OFFICE not in person.roles:
        raise Denied("Only people in the room write remarks.")
    text = text.strip()
    if not text or len(text) > LONGEST_REMARK:
        raise Invalid("Write at most %(longest)s characters.", field="text", longest=LONGEST_REMARK)
    last = ceremony.remarks[-1] if ceremony.remarks else None
    if last is not None and (last.person_id, last.text) == (person.id, text):
        raise AlreadyDone("This remark was already written down.")
    row = CeremonyRemark(person=person, text=text, at=now())
    ceremony.remarks.append(row)
    session_of(ceremony).flush()
    record(Event.CEREMONY_REMARKED, subject=ceremony, actor=person, text=text)
    return row


def expire(ceremony: Ceremony) -> None:
    """Close a ceremony whose minutes are over and nothing was done."""
    end(ceremony, CeremonyAct.EXPIRE, "time over")


def end(ceremony: Ceremony, act: CeremonyAct, why: str, actor: Person | None = None) -> None:
    """Close a ceremony without result; shares given are forgotten, here and by the seal server."""
    ceremony.state = CEREMONY.advance(ceremony.state, act)
    ceremony.ended_at = now()
    for row in ceremony.seats:
        row.share = None
    record(Event.CEREMONY_ABORTED, subject=ceremony, actor=actor, why=why)
    enqueue(session_of(ceremony), Queue.CEREMONY, FORGET_JOB, ceremony_id=ceremony.id)


def require_rules() -> None:
    """The rules of the room as the code holds them, checked when a process starts (DESIGN §4).

    Raises Invalid: a portal or a seal server in which a seat stands empty or a threshold is zero doesn't start.
    """
    seats = {SEAT_ROLES.get(seat) for seat in Seat}
    if None in seats or len(seats) != len(Seat) or not seats.isdisjoint({Role.UNIT_ADMINISTRATOR}):
        raise Invalid("Each seat of the ceremony needs a role of its own.")
    if len(set(SHARE_SEATS)) < LEAST_SHARES:
        raise Invalid("The device opens with the shares of two operators.")
    if min(MOST_WRONG_SHARES, PRESENCE.total_seconds(), CIPHERTEXT_BYTES) < 1:
        raise Invalid("A threshold of the ceremony is missing or zero.")


def own_seat(ceremony: Ceremony, person: Person) -> CeremonySeat | None:
    """The seat the person has taken; nobody is in the room for another (A-6)."""
    if person.acting is not None:
        return None
    return next((row for row in ceremony.seats if row.person_id == person.id), None)


def is_present(row: CeremonySeat) -> bool:
    """Whether the person's browser reported lately."""
    return now() - row.present_at <= PRESENCE


def _require_all_present(ceremony: Ceremony) -> None:
    for row in ceremony.seats:
        if not is_present(row):
            raise Refused(
                "%(name)s isn't in the room at the moment. All three must be present at the same time.",
                name=row.person.name,
            )


def _require_running(ceremony: Ceremony) -> None:
    if ceremony.state not in queries.LIVE_CEREMONIES:
        raise Refused("This ceremony is over.")
    if now() >= ceremony.expires_at:
        raise Refused("The time of this ceremony is over. Call a new one.")


def blocks_of(ceremony: Ceremony) -> int:
    """How many blocks of ciphertext an operator hands over: one share, or old and new shares of a sheet."""
    return 2 if ceremony.application.kind == ApplicationKind.ROTATE_SHARES else 1


def _checked(ciphertext: str, blocks: int) -> str:
    try:
        size = len(base64.b64decode(ciphertext, validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size != CIPHERTEXT_BYTES * blocks:
        raise Invalid("The share did not arrive whole. Enter it again.", field="share")
    return ciphertext
