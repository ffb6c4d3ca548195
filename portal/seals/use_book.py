"""The seal-use book: every use of one seal with its consents, by day, person and outcome (S-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.clock import CITY_ZONE
from portal.people.models import Person
from portal.seals.models import SealClass, UnitSeal
from portal.seals.use_models import CodeRequest, StampApproval, StampRequest

PAGE_ROWS = 20
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
MOST_ROWS = 20_000
"""Of one exported book; a busy seal has some thousands of uses a year."""
Use = StampRequest | CodeRequest


@dataclass(frozen=True)
class Wanted:
    """What the reader looks for; `before` is the id the page before this one ended with."""

    since: str = ""
    until: str = ""
    who: str = ""
    what: str = ""
    before: int | None = None

    def facts(self) -> dict[str, Any]:
        """The filters, as a paper keeps them."""
        return {"since": self.since, "until": self.until, "who": self.who, "what": self.what}


def page(session: Session, seal: UnitSeal, wanted: Wanted) -> tuple[Sequence[Any], bool]:
    """One page of the book, newest first, and whether older uses follow."""
    rows = session.scalars(_uses(seal, wanted).limit(PAGE_ROWS + 1)).unique().all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def whole(session: Session, seal: UnitSeal, wanted: Wanted) -> Sequence[Any]:
    """The whole book, filtered, for a file."""
    return session.scalars(_uses(seal, wanted).limit(MOST_ROWS)).unique().all()


def day_of(text: str) -> date | None:
    """The day a filter names; None for anything else, and for days beyond which no clock goes."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def _uses(seal: UnitSeal, wanted: Wanted) -> Select[Any]:
    model: Any = StampRequest if seal.seal_class == SealClass.SIGNATURE else CodeRequest
    statement = select(model).where(model.seal_id == seal.id).options(joinedload(model.asked_by))
    if model is StampRequest:
        statement = statement.options(selectinload(StampRequest.approvals).joinedload(StampApproval.person))
        if wanted.what:
            statement = statement.where(StampRequest.purpose.contains(wanted.what, autoescape=True))
    if (since := day_of(wanted.since)) is not None:
        statement = statement.where(model.asked_at >= _midnight(since))
    if (until := day_of(wanted.until)) is not None:
        statement = statement.where(model.asked_at < _midnight(until + timedelta(days=1)))
    if wanted.who:
        statement = statement.join(Person, Person.id == model.asked_by_id).where(
            Person.name.contains(wanted.who, autoescape=True)
        )
    if wanted.before is not None:
        statement = statement.where(model.id < wanted.before)
    return statement.order_by(model.id.desc())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE)
