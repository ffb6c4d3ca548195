"""Recording: every operation ends in exactly one call of `record` per thing it changed."""

from __future__ import annotations

from typing import Protocol

from portal.core.clock import now
from portal.core.db import session_of
from portal.ledger.facts import FACTS
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event


class HasId(Protocol):
    """A stored thing."""

    @property
    def id(self) -> int: ...


class Actor(HasId, Protocol):
    """A person, as the ledger sees one."""

    @property
    def unit_id(self) -> int: ...

    @property
    def acting_for(self) -> HasId | None: ...


def record(
    kind: Event,
    *,
    subject: HasId,
    actor: Actor | None = None,
    unit_id: int | None = None,
    acting_for: HasId | None = None,
    **facts: object,
) -> LedgerEvent:
    """Write one event into the transaction of `subject` (P-2). `actor` None means the system itself.

    Whoever stands in for another is recorded with both names (A-6); `acting_for` names whom a job works for after the
    act, when nobody is in the mode any more.

    Raises ValueError when the facts aren't exactly those of the vocabulary.
    """
    if set(facts) != FACTS[kind]:
        raise ValueError(f"{kind}: facts {sorted(facts)} instead of {sorted(FACTS[kind])}")
    session = session_of(subject)
    if subject.id is None:
        session.flush()
    stood_for = acting_for or (actor.acting_for if actor else None)
    event = LedgerEvent(
        at=now(),
        kind=kind,
        actor_id=actor.id if actor else None,
        acting_for_id=stood_for.id if stood_for else None,
        unit_id=unit_id if unit_id is not None else (actor.unit_id if actor else None),
        subject_kind=kind.split(".")[0],
        subject_id=subject.id,
        facts=facts,
    )
    session.add(event)
    return event
