"""What a change of a unit means for its seals: handed back first, then revoked with the change (GZ9, GZ25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.jobs import Queue, enqueue
from portal.core.text import N_
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.seals import answers, queries
from portal.seals.lifecycle import SEAL, SealAct
from portal.seals.models import SealApplication, UnitSeal
from portal.seals.operations import STATUS_JOB
from portal.units.hooks import Change, Effect

NOT_BACK = Effect(
    "seals.not-handed-back",
    N_("Seals not handed back"),
    N_("The unit hands them back to the secrecy office, which records it."),
    0,
    blocking=True,
)
RETURNED = Effect("seals.returned", N_("Seals handed back"), N_("They are revoked."), 0)
APPLYING = Effect(
    "seals.applications",
    N_("Applications for seals under way"),
    N_("They are withdrawn or refused, or their ceremony is held, first."),
    0,
    blocking=True,
)


def survey(session: Session, change: Change) -> list[Effect]:
    """Live seals, handed back or not, and applications with their ceremonies."""
    seals = queries.live_seals(session, change.unit.id)
    return [
        *_counted(NOT_BACK, [seal for seal in seals if seal.returned_at is None]),
        *_counted(RETURNED, [seal for seal in seals if seal.returned_at is not None]),
        *_applications(session, change),
    ]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Revoke what was handed back; the seal server then says so to everyone who asks about the certificates."""
    _lock(session, change)
    effects = survey(session, change)
    returned = [seal for seal in queries.live_seals(session, change.unit.id) if seal.returned_at is not None]
    for seal in returned:
        seal.state, seal.revoked_at = SEAL.advance(seal.state, SealAct.REVOKE), now()
        answers.outdate(session, seal.certificate_serial)
        record(Event.SEAL_REVOKED, subject=seal, actor=actor, unit_id=seal.unit_id, reason=change.reason)
    if returned:
        enqueue(session, Queue.SEAL, STATUS_JOB)
    session.flush()
    return effects


def _lock(session: Session, change: Change) -> None:
    rows = select(UnitSeal).where(UnitSeal.unit_id == change.unit.id).order_by(UnitSeal.id).with_for_update(of=UnitSeal)
    session.scalars(rows.execution_options(populate_existing=True)).all()


def _applications(session: Session, change: Change) -> list[Effect]:
    under_way = session.scalars(
        select(SealApplication.face_text).where(
            SealApplication.unit_id == change.unit.id, SealApplication.state.in_(queries.UNDER_WAY)
        )
    ).all()
    return [replace(APPLYING, count=len(under_way), examples=tuple(under_way))] if under_way else []


def _counted(effect: Effect, seals: Sequence[UnitSeal]) -> list[Effect]:
    names = tuple(seal.name for seal in seals)
    return [replace(effect, count=len(seals), examples=names)] if seals else []
