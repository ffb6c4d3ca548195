"""What the capabilities above are told and asked by reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.content.models import Item
from portal.core.hooks import Hook
from portal.people.models import Person
from portal.units.models import Unit


@dataclass(frozen=True)
class Order:
    """An instruction as it is given: on which report, by whom, in which words, to whom, by when."""

    report: Item
    leader: Person
    text: str
    days: int
    """Working days for the result."""
    unit: Unit
    named: Person | None = None
    """Somebody of the unit, when the leader names a person."""


@dataclass(frozen=True)
class Standing:
    """How the matter stands that an instruction began; `result`: the last reply, whatever was said to it."""

    receiver: str
    label: str
    tone: str
    due_on: date | None
    result: str
    result_by: tuple[Person, Person | None] | None
    result_at: datetime | None
    address: tuple[str, dict[str, Any]] | None
    """The page of the request, for whoever may open it."""


instructed: Hook[[Session, Order], Item] = Hook("reports.instructed")
"""A leader gives an instruction: it becomes a request, which is answered with."""

standings: Hook[[Session, Person, Sequence[int]], dict[int, Standing]] = Hook("reports.standings")
"""How the requests with these numbers stand, as this person may know it."""
