"""Reporting a seal as lost: one person, one act, and it is suspended at that moment (S-8, GZ25)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue, enqueue
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import answers, carriers, queries
from portal.seals.carrier_models import SealLoss
from portal.seals.lifecycle import SEAL, SealAct, SealState
from portal.seals.models import SealApplication, UnitSeal
from portal.seals.operations import STATUS_JOB

LONGEST = 500
LOST = "loss"
"""The cause for which an application must name its reports (`kinds.Cause.LOSS`)."""
REPORTS = "losses"
"""Under this name an application's details keep the numbers of the reports."""


def may_report(seal: UnitSeal, person: Person) -> bool:
    """Whether the person may report the seal as lost: who keeps it, or the head of its unit; nobody for another."""
    heads = Role.UNIT_HEAD in person.own_roles and person.unit_id == seal.unit_id
    return seal.state in queries.LIVE_SEALS and person.acting is None and (heads or queries.keeps(seal, person))


def report_loss(seal: UnitSeal, person: Person, circumstances: str, carrier: str) -> SealLoss:
    """A keeper or the head of the unit reports the loss; the seal is suspended and the carrier marked.

    Raises Denied, Refused for a seal that is revoked, AlreadyDone, Invalid naming the field.
    """
    if seal.state not in queries.LIVE_SEALS:
        raise Refused("This seal is suspended or revoked and can't be used.")
    if not may_report(seal, person):
        raise Denied("Only who keeps the seal, or the head of the unit, reports its loss.")
    text = circumstances.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(
            "Say in at most %(longest)s characters when and how it was lost.", field="circumstances", longest=LONGEST
        )
    loss = note_loss(seal, person, text, carrier.strip())
    if loss is None:
        raise AlreadyDone("The loss of this seal was already reported.")
    return loss


def note_loss(seal: UnitSeal, person: Person, circumstances: str, carrier: str) -> SealLoss | None:
    """Suspend the seal if it isn't, mark its carrier, and keep the report; None when that was done before."""
    session = session_of(seal)
    session.flush()
    session.refresh(seal, ["state", "suspended_at"], with_for_update={"of": UnitSeal})
    if open_loss(session, seal) is not None:
        return None
    at = now()
    if seal.state == SealState.IN_CUSTODY:
        seal.state, seal.suspended_at = SEAL.advance(seal.state, SealAct.SUSPEND), at
        answers.outdate(session, seal.certificate_serial)
        enqueue(session, Queue.SEAL, STATUS_JOB)
        record(Event.SEAL_SUSPENDED, subject=seal, actor=person, unit_id=seal.unit_id, reason=circumstances)
    loss = SealLoss(
        seal=seal, reported_by=person, reported_at=at, circumstances=circumstances, carrier_number=carrier[:40]
    )
    session.add(loss)
    carriers.mark_lost(session, seal, carrier, person)
    record(
        Event.SEAL_LOSS_REPORTED,
        subject=seal,
        actor=person,
        unit_id=seal.unit_id,
        circumstances=circumstances,
        carrier=carrier[:40],
    )
    session.flush()
    return loss


def open_loss(session: Session, seal: UnitSeal) -> SealLoss | None:
    """The report of loss that the seal's present suspension answers to, if any."""
    if seal.state != SealState.SUSPENDED or seal.suspended_at is None:
        return None
    return session.scalars(
        select(SealLoss)
        .where(SealLoss.seal_id == seal.id, SealLoss.reported_at >= seal.suspended_at)
        .order_by(SealLoss.id.desc())
    ).first()


def reports_of(session: Session, application: SealApplication) -> Sequence[SealLoss]:
    """The reports of loss that an application names, in the order of their seals."""
    numbers = application.details.get(REPORTS) or []
    statement = select(SealLoss).where(SealLoss.id.in_(numbers)).order_by(SealLoss.seal_id, SealLoss.id)
    return session.scalars(statement).all()


def require_reported(session: Session, application: SealApplication) -> None:
    """Who replaces a seal because it was lost has reported that, and the seal is suspended for it (S-8).

    Raises Refused. Applications of before they named the report are held against the one that is open.
    """
    if application.details.get("cause") != LOST:
        return
    named = {report.seal_id for report in reports_of(session, application)}
    for seal in queries.seals_named(session, application.seal_ids):
        # One that a ceremony destroyed before it was broken off isn't suspended any more, nor in anybody's hands.
        reported = seal.id in named if REPORTS in application.details else open_loss(session, seal) is not None
        if seal.state == SealState.IN_CUSTODY or (seal.state == SealState.SUSPENDED and not reported):
            raise Refused("The loss of the seal %(name)s must be reported first, which suspends it.", name=seal.name)


def open_losses(session: Session, unit_id: int) -> Sequence[SealLoss]:
    """The reported losses of a unit whose seal is still suspended for it, newest first."""
    return session.scalars(
        select(SealLoss)
        .join(UnitSeal)
        .where(UnitSeal.unit_id == unit_id, UnitSeal.state == SealState.SUSPENDED)
        .where(SealLoss.reported_at >= UnitSeal.suspended_at)
        .order_by(SealLoss.id.desc())
    ).all()
