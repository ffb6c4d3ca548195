"""What units sent and what came of it, by month: the office's ranking and a unit's own figures (M-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.briefs.models import Award, BriefScore, BriefTopic, BriefTopicUnit
from portal.core.clock import today
from portal.units.models import Unit

MONTHS = 12


@dataclass(frozen=True)
class Standing:
    """A unit in a month; units with the same points share a rank."""

    rank: int
    unit: Unit
    sent: int
    adopted: int
    joint: int
    points: int

    @property
    def share(self) -> int:
        """Adopted of a hundred sent by the unit itself."""
        return round(100 * self.adopted / self.sent) if self.sent else 0


@dataclass(frozen=True)
class Month:
    """A unit's or the city's figures of a month; what a unit reported jointly counts as adopted."""

    month: str
    sent: int
    adopted: int
    points: int


def this_month() -> str:
    """The month it is in the city."""
    return today().strftime("%Y-%m")


def months(last: str | None = None) -> list[str]:
    """The twelve months up to `last`, oldest first."""
    year, month = (int(part) for part in (last or this_month()).split("-"))
    places = [year * 12 + month - 1 - back for back in reversed(range(MONTHS))]
    return [f"{place // 12:04d}-{place % 12 + 1:02d}" for place in places]


def _figures() -> tuple[Any, Any, Any, Any]:
    sent = func.sum(case((BriefScore.award == Award.SUBMISSION, 1), else_=0))
    adopted = func.sum(case((BriefScore.award == Award.ADOPTION, 1), else_=0))
    joint = func.sum(case((BriefScore.award == Award.JOINT, 1), else_=0))
    return sent, adopted, joint, func.sum(BriefScore.points)


def ranking(session: Session, month: str) -> list[Standing]:
    """The units that have points in a month, most first."""
    sent, adopted, joint, points = _figures()
    rows = session.execute(
        select(Unit, sent, adopted, joint, points)
        .join(BriefScore, BriefScore.unit_id == Unit.id)
        .where(BriefScore.month == month)
        .group_by(Unit.id)
        .order_by(points.desc(), adopted.desc(), Unit.sort_key)
    ).all()
    standings: list[Standing] = []
    for place, (unit, n_sent, n_adopted, n_joint, n_points) in enumerate(rows, start=1):
        same = standings and standings[-1].points == n_points
        rank = standings[-1].rank if same else place
        standings.append(Standing(rank, unit, int(n_sent), int(n_adopted), int(n_joint), int(n_points)))
    return standings


def by_month(session: Session, unit_id: int | None = None, last: str | None = None) -> list[Month]:
    """Twelve months of a unit, or of the city."""
    wanted = months(last)
    sent, adopted, joint, points = _figures()
    statement = select(BriefScore.month, sent, adopted + joint if unit_id else adopted, points).where(
        BriefScore.month.in_(wanted)
    )
    if unit_id is not None:
        statement = statement.where(BriefScore.unit_id == unit_id)
    rows = session.execute(statement.group_by(BriefScore.month))
    found = {row[0]: Month(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows}
    return [found.get(month, Month(month, 0, 0, 0)) for month in wanted]


def overdue(session: Session, unit_id: int) -> int:
    """How many topics the unit was asked for lie past their day without a brief."""
    late = (BriefTopic.due_on < today(), BriefTopic.closed_at.is_(None), BriefTopicUnit.fulfilled_at.is_(None))
    statement = select(func.count()).select_from(BriefTopicUnit).join(BriefTopicUnit.topic)
    return session.scalar(statement.where(BriefTopicUnit.unit_id == unit_id, *late)) or 0


def place_of(standings: Sequence[Standing], unit_id: int) -> Standing | None:
    """A unit's place in a ranking."""
    return next((one for one in standings if one.unit.id == unit_id), None)
