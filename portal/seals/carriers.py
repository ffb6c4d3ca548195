"""The register of carriers, kept by the secrecy office: handed out, handed in, lost, destroyed (GZ24, GZ25)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import queries
from portal.seals.carrier_lifecycle import CARRIER, CarrierAct, CarrierState
from portal.seals.carrier_models import Condition, SealCarrier
from portal.seals.models import UnitSeal

LONGEST_NUMBER, LONGEST_NOTE = 40, 200


def hand_out(seal: UnitSeal, officer: Person, holder: Person | None, number: str) -> SealCarrier:
    """The secrecy office hands a carrier of the seal to one of its keepers.

    Raises Denied, Refused for a seal that isn't in use, Invalid naming the field, AlreadyDone for a number taken.
    """
    _require_officer(officer)
    number = number.strip()
    if not number or len(number) > LONGEST_NUMBER:
        raise Invalid("Enter the number that stands on the carrier.", field="number")
    if seal.state not in queries.LIVE_SEALS:
        raise Refused("This seal is suspended or revoked and can't be used.")
    if holder is None or not queries.keeps(seal, holder):
        raise Invalid("A carrier is handed to a keeper of the seal.", field="holder")
    session = session_of(seal)
    carrier = SealCarrier(
        seal=seal, number=number, holder=holder, handed_out_at=now(), handed_out_by_id=officer.id, note=""
    )
    try:
        with session.begin_nested():
            session.add(carrier)
    except IntegrityError as error:
        raise AlreadyDone("A carrier with this number is in the register already.") from error
    record(
        Event.SEAL_CARRIER_HANDED_OUT,
        subject=carrier,
        actor=officer,
        unit_id=seal.unit_id,
        seal=seal.id,
        number=number,
        holder=holder.id,
    )
    return carrier


def hand_in(carrier: SealCarrier, officer: Person, condition: Condition, note: str) -> None:
    """The secrecy office takes a carrier back, whole or damaged. Raises Denied, AlreadyDone, Invalid."""
    _require_officer(officer)
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid("Write at most %(limit)s characters.", field="note", limit=LONGEST_NOTE)
    _lock(carrier)
    if carrier.state in (CarrierState.IN, CarrierState.DESTROYED):
        raise AlreadyDone("This carrier was already handed in.")
    carrier.state = CARRIER.advance(carrier.state, CarrierAct.HAND_IN)
    carrier.handed_in_at, carrier.received_by = now(), officer
    carrier.condition, carrier.note = condition, note
    record(
        Event.SEAL_CARRIER_HANDED_IN,
        subject=carrier,
        actor=officer,
        unit_id=carrier.seal.unit_id,
        condition=condition,
        note=note,
    )


def destroy(carrier: SealCarrier, officer: Person) -> None:
    """The secrecy office destroys a carrier it has taken back. Raises Denied, AlreadyDone, WrongState."""
    _require_officer(officer)
    _lock(carrier)
    if carrier.state == CarrierState.DESTROYED:
        raise AlreadyDone("This carrier was already destroyed.")
    carrier.state = CARRIER.advance(carrier.state, CarrierAct.DESTROY)
    record(Event.SEAL_CARRIER_DESTROYED, subject=carrier, actor=officer, unit_id=carrier.seal.unit_id)


def mark_lost(session: Session, seal: UnitSeal, number: str, person: Person) -> None:
    """Mark the reported carrier of a lost seal; without a number, the one the reporter holds."""
    for carrier in of_seal(session, seal):
        named = carrier.number == number if number else carrier.holder_id == person.id
        if named and carrier.state == CarrierState.OUT:
            carrier.state = CARRIER.advance(carrier.state, CarrierAct.REPORT_LOST)
            record(Event.SEAL_CARRIER_LOST, subject=carrier, actor=person, unit_id=seal.unit_id)


def of_seal(session: Session, seal: UnitSeal) -> Sequence[SealCarrier]:
    """The carriers of a seal, newest first."""
    statement = select(SealCarrier).where(SealCarrier.seal_id == seal.id).order_by(SealCarrier.id.desc())
    return session.scalars(statement.options(joinedload(SealCarrier.holder))).all()


def all_back(session: Session, seal: UnitSeal) -> bool:
    """Whether carriers of the seal are in the register and none is out."""
    states = [carrier.state for carrier in of_seal(session, seal)]
    return bool(states) and CarrierState.OUT not in states


def visible(person: Person) -> Select[SealCarrier]:
    """The carriers of the seals a person sees."""
    seals = queries.visible_seals(person).with_only_columns(UnitSeal.id)
    return select(SealCarrier).where(SealCarrier.seal_id.in_(seals))


def get(session: Session, person: Person, carrier_id: int) -> SealCarrier:
    """Load and authorise. Raises NotFound."""
    statement = visible(person).where(SealCarrier.id == carrier_id).options(joinedload(SealCarrier.seal))
    carrier = session.scalars(statement).one_or_none()
    if carrier is None:
        raise NotFound("There is no such carrier.")
    return carrier


def _lock(carrier: SealCarrier) -> None:
    session = session_of(carrier)
    session.flush()
    session.refresh(carrier, ["state"], with_for_update={"of": SealCarrier})


def _require_officer(officer: Person) -> None:
    if not officer.may(Permission.SEALS_TAKE_BACK):
        raise Denied("Only the secrecy office keeps the register of carriers.")
