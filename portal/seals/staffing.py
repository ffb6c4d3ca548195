"""What ends in the custody of seals when a keeper leaves or moves (A-7, HS8)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from portal.core.db import session_of
from portal.core.jobs import Queue, enqueue
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.access_models import SecurityKey
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.seals.lifecycle import StampState
from portal.seals.models import SealKeeper, UnitSeal
from portal.seals.queries import LIVE_SEALS
from portal.seals.use_models import StampApproval, StampRequest

LOST_KEYS_JOB = "portal.seals.sealing.learn_lost_keys"
CUSTODY, STAMPINGS = "seals.custody", "seals.stampings"


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Custody ends with the person: the seal needs new keepers, whom only a ceremony names."""
    seals = session.scalars(
        select(UnitSeal.name).join(SealKeeper).where(SealKeeper.person_id == person.id, UnitSeal.state.in_(LIVE_SEALS))
    ).all()
    approvals = (
        select(func.count(StampRequest.id))
        .join(StampApproval)
        .where(StampApproval.person_id == person.id, StampRequest.state == StampState.ASKED)
    )
    return [
        OpenWork(CUSTODY, N_("Custody of seals: the seal needs new keepers"), len(seals), tuple(seals), False),
        OpenWork(
            STAMPINGS, N_("Stampings approved that wait for another keeper"), session.scalar(approvals) or 0, (), False
        ),
    ]


def key_ended(key: SecurityKey) -> None:
    """Tell the seal server of a lost key: it remembers that by itself."""
    enqueue(session_of(key), Queue.SEAL, LOST_KEYS_JOB)


def hand_over(session: Session, person: Person, key: str, _successor: Person | None, actor: Person) -> int:
    """End the custody. The signed record stays; without this mark the portal lets nobody use the seal by it."""
    if key != CUSTODY:
        return 0
    rows = session.scalars(
        select(SealKeeper)
        .join(UnitSeal)
        .where(SealKeeper.person_id == person.id, UnitSeal.state.in_(LIVE_SEALS))
        .with_for_update(of=SealKeeper)
    ).all()
    for keeper in rows:
        seal = session.get_one(UnitSeal, keeper.seal_id)
        record(Event.SEAL_KEEPER_LEFT, actor=actor, subject=seal, unit_id=seal.unit_id, person=person.name)
        session.delete(keeper)
    session.flush()
    return len(rows)


def without_keeper(units: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many live seals of the units a filter lets through nobody keeps."""
    kept = select(SealKeeper.id).where(SealKeeper.seal_id == UnitSeal.id)
    live = select(func.count(UnitSeal.id)).join(UnitSeal.unit).where(units, UnitSeal.state.in_(LIVE_SEALS))
    return live.where(~kept.exists()).scalar_subquery()
