"""What waits for somebody's approval, and what came back to its author: of every kind, for home page and list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.content import queries
from portal.content.kinds import KINDS
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.people.models import Person

PAGE = 20
APPROVE, RETURNED = "approve", "returned"
SIDES = (APPROVE, RETURNED)


def approves(person: Person) -> bool:
    """Whether the person approves any kind."""
    return any(rules.approve is not None and person.may(rules.approve) for rules in KINDS.values())


def came_back(person: Person) -> Select[Any]:
    """What the person wrote and whoever approves gave back with a reason."""
    return select(Item).where(queries.mine(person), Item.state == ItemState.DRAFTING, Item.note != "")


def page(session: Session, person: Person, side: str, before: int | None) -> tuple[Sequence[Item], bool]:
    """A page of either side, newest first, and whether there are older ones."""
    statement = came_back(person) if side == RETURNED else queries.to_approve(person)
    statement = statement.options(joinedload(Item.author)).order_by(Item.id.desc()).limit(PAGE + 1)
    if before is not None:
        statement = statement.where(Item.id < before)
    rows = session.scalars(statement).unique().all()
    return rows[:PAGE], len(rows) > PAGE
