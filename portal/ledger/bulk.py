"""Recording in number: the same rows as `record` writes, put into the database together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.ledger.facts import FACTS
from portal.ledger.models import LedgerEvent
from portal.ledger.operations import Actor
from portal.ledger.vocabulary import Event


def entry(kind: Event, *, subject_id: int, unit_id: int, actor: Actor | None, **facts: object) -> dict[str, Any]:
    """A row of the ledger, for `write`. Raises ValueError when the facts aren't exactly those of the vocabulary."""
    if set(facts) != FACTS[kind]:
        raise ValueError(f"{kind}: facts {sorted(facts)} instead of {sorted(FACTS[kind])}")
    return {
        "at": now(),
        "kind": kind,
        "actor_id": actor.id if actor else None,
        "acting_for_id": actor.acting_for.id if actor and actor.acting_for else None,
        "unit_id": unit_id,
        "subject_kind": kind.split(".")[0],
        "subject_id": subject_id,
        "facts": facts,
    }


def write(session: Session, entries: Sequence[dict[str, Any]]) -> None:
    """Write the rows in their order, in one go."""
    if entries:
        session.execute(insert(LedgerEvent), list(entries))
