"""Points: the office's table with its history, and what units got by it (M-5)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from portal.briefs.models import LATER, Award, Brief, BriefPoints, BriefScore, BriefSource, BriefUnit
from portal.briefs.policy import require_editor
from portal.content import operations as items
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.clock import now, to_city
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

# Until the office sets its own.
DEFAULTS = {
    Award.SUBMISSION: 1,
    Award.ADOPTION: 5,
    Award.JOINT: 3,
    Award.PROVINCE: 10,
    Award.STATE: 20,
    Award.INSTRUCTION: 8,
}
MOST_POINTS = 1000
LONGEST_NOTE = 120


def table(session: Session) -> dict[Award, int]:
    """The points that hold now."""
    newest = select(func.max(BriefPoints.id)).group_by(BriefPoints.award)
    rows = session.execute(select(BriefPoints.award, BriefPoints.points).where(BriefPoints.id.in_(newest)))
    return DEFAULTS | {Award(award): points for award, points in rows}


def history(session: Session, limit: int = 50) -> Sequence[BriefPoints]:
    """What was set when and by whom, newest first."""
    statement = select(BriefPoints).options(joinedload(BriefPoints.set_by)).order_by(BriefPoints.id.desc()).limit(limit)
    return session.scalars(statement).all()


def set_points(session: Session, person: Person, award: Award, points: int, note: str) -> None:
    """Set a line of the table from now on; points given before stay. Raises Denied, Invalid, AlreadyDone."""
    require_editor(person)
    if not 0 <= points <= MOST_POINTS:
        raise Invalid("Points are 0 to %(most)s.", field="points", most=MOST_POINTS)
    note = " ".join(note.split())
    if not note or len(note) > LONGEST_NOTE:
        raise Invalid("Say why, in at most %(longest)s characters.", field="note", longest=LONGEST_NOTE)
    if table(session)[award] == points:
        raise AlreadyDone("This holds already.")
    row = BriefPoints(award=award, points=points, note=note, set_by_id=person.id, set_at=now())
    session.add(row)
    session.flush()
    record(Event.BRIEF_POINTS_SET, subject=row, actor=person, award=award, points=points, note=note)


def give(
    session: Session,
    brief: Brief,
    award: Award,
    unit_ids: Sequence[int],
    *,
    note: str = "",
    adopted_id: int | None = None,
    person: Person | None = None,
) -> None:
    """Write the points of an award for some units, by the table of today."""
    points, at = table(session)[award], now()
    session.add_all(
        BriefScore(
            brief_id=brief.item_id,
            unit_id=number,
            award=award,
            points=points,
            month=to_city(at).strftime("%Y-%m"),
            note=note,
            adopted_id=adopted_id,
            given_by_id=person.id if person else None,
            given_at=at,
        )
        for number in unit_ids
    )
    session.flush()
    record(
        Event.BRIEF_SCORED,
        subject=brief.item,
        actor=person,
        award=award,
        points=points,
        units=list(unit_ids),
        note=note,
    )


def award_adopted(session: Session, adopted: Item, person: Person, award: Award, note: str) -> None:
    """Give the units of an adopted text points for a higher level or a leader's instruction; `note` says which.

    Raises Denied, Invalid, Refused before it is adopted, AlreadyDone for the same again.
    """
    require_editor(person)
    items.lock(adopted)
    note = " ".join(note.split())
    if award not in LATER:
        raise Invalid("These points follow from the adoption itself.", field="award")
    if not note or len(note) > LONGEST_NOTE:
        raise Invalid("Say where or by whom, in at most %(longest)s characters.", field="note", longest=LONGEST_NOTE)
    if adopted.state != ItemState.PUBLISHED:
        raise Refused("Only adopted texts are scored.")
    briefs = briefs_of(session, adopted)
    ids = [brief.item_id for brief in briefs]
    same = (BriefScore.brief_id.in_(ids), BriefScore.award == award, BriefScore.note == note)
    if session.scalar(select(BriefScore.id).where(*same).limit(1)) is not None:
        raise AlreadyDone("These points were given already.")
    for brief in briefs:
        units = units_of(session, brief)
        give(session, brief, award, units, note=note, adopted_id=adopted.id, person=person)


def briefs_of(session: Session, adopted: Item) -> Sequence[Brief]:
    """The briefs an adopted text is made of."""
    statement = select(Brief).join(BriefSource, BriefSource.brief_id == Brief.item_id)
    statement = statement.where(BriefSource.adopted_id == adopted.id).options(joinedload(Brief.item))
    return session.scalars(statement.order_by(Brief.item_id)).all()


def units_of(session: Session, brief: Brief) -> list[int]:
    """The unit that answers for a brief, and its joint units."""
    joint = session.scalars(
        select(BriefUnit.unit_id).where(BriefUnit.item_id == brief.item_id).order_by(BriefUnit.position)
    )
    return list(dict.fromkeys((brief.item.holder_id, *joint)))


def take_back(session: Session, adopted: Item) -> None:
    """An adopted text was withdrawn: its points go with it; the ledger keeps that they were given."""
    session.execute(delete(BriefScore).where(BriefScore.adopted_id == adopted.id))


def forget(session: Session, brief: Brief) -> None:
    """A brief was withdrawn: its points go, and with them those of the drafts whose place it took."""
    one: Brief | None = brief
    while one is not None:
        session.execute(delete(BriefScore).where(BriefScore.brief_id == one.item_id))
        one = session.get(Brief, one.revises_id) if one.revises_id is not None else None


def scores(session: Session, brief: Brief) -> Sequence[BriefScore]:
    """The points given for a brief."""
    statement = select(BriefScore).where(BriefScore.brief_id == brief.item_id).options(joinedload(BriefScore.unit))
    return session.scalars(statement.order_by(BriefScore.id)).all()
