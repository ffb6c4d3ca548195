"""The yearly figures of disclosure (条例第五十条), counted from the rows; those of the office are the whole city's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.content.models import Item
from portal.core.clock import CITY_ZONE
from portal.disclosure.lifecycle import ComplaintState
from portal.disclosure.models import DisclosureCategory, DisclosureItem
from portal.disclosure.request_models import DisclosureComplaint, DisclosureRequest, DisclosureSheet, DisclosureSurvey
from portal.units.models import Unit

R = DisclosureRequest


def of_year(session: Session, unit: Unit, year: int) -> dict[str, Any]:
    """The figures of a unit's year, as JSON keeps them."""
    return {
        "categories": _categories(session, unit, year),
        **_items(session, unit, year),
        **_requests(session, unit, year),
        "applicants": _by(session, unit, R.applicant, within(R.received_at, year)),
        "answers": _by(session, unit, R.answer_kind, within(R.answered_at, year)),
        **_complaints(session, unit, year),
        **_surveys(session, unit, year),
    }


def begins(year: int) -> datetime:
    """The first moment of a year in the city."""
    return datetime(year, 1, 1, tzinfo=CITY_ZONE)


def within(column: InstrumentedAttribute[Any], year: int) -> ColumnElement[bool]:
    """The condition that a moment lies in the year."""
    return and_(column >= begins(year), column < begins(year + 1))


def _restricted(statement: Any, unit: Unit, holder: InstrumentedAttribute[int]) -> Any:
    return statement if unit.is_office else statement.where(holder == unit.id)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _categories(session: Session, unit: Unit, year: int) -> list[dict[str, Any]]:
    """By category of the top: published in the year, and on show at its end."""
    top = func.substr(DisclosureCategory.code, 1, 2)
    new = _count(within(Item.published_at, year))
    shown = _count(
        and_(
            Item.published_at < begins(year + 1),
            (Item.withdrawn_at.is_(None)) | (Item.withdrawn_at >= begins(year + 1)),
        )
    )
    statement = (
        select(top, new, shown)
        .select_from(DisclosureItem)
        .join(Item, Item.id == DisclosureItem.item_id)
        .join(DisclosureCategory, DisclosureCategory.id == DisclosureItem.category_id)
        .where(Item.published_at.is_not(None))
        .group_by(top)
    )
    rows = session.execute(_restricted(statement, unit, Item.holder_id))
    found = {code: {"new": int(new), "shown": int(on_show)} for code, new, on_show in rows}
    tops = session.scalars(
        select(DisclosureCategory).where(DisclosureCategory.parent_id.is_(None)).order_by(DisclosureCategory.code)
    )
    return [{"code": one.code, "name": one.name, **found.get(one.code, {"new": 0, "shown": 0})} for one in tops]


def _items(session: Session, unit: Unit, year: int) -> dict[str, int]:
    statement = (
        select(_count(within(Item.published_at, year)), _count(within(Item.withdrawn_at, year)))
        .select_from(DisclosureItem)
        .join(Item, Item.id == DisclosureItem.item_id)
        .where(Item.published_at.is_not(None))
    )
    published, withdrawn = session.execute(_restricted(statement, unit, Item.holder_id)).one()
    return {"published": int(published), "withdrawn": int(withdrawn)}


def _requests(session: Session, unit: Unit, year: int) -> dict[str, int]:
    open_before = and_(R.received_at < begins(year), (R.closed_at.is_(None)) | (R.closed_at >= begins(year)))
    open_after = and_(R.received_at < begins(year + 1), (R.closed_at.is_(None)) | (R.closed_at >= begins(year + 1)))
    statement = select(
        _count(within(R.received_at, year)).label("received"),
        _count(open_before).label("carried_in"),
        _count(open_after).label("carried_over"),
        _count(within(R.answered_at, year)).label("answered"),
        _count(and_(within(R.answered_at, year), R.answered_at > R.due_at)).label("late"),
        _count(within(R.extended_at, year)).label("extended"),
        _count(and_(within(R.closed_at, year), R.state == "withdrawn")).label("taken_back"),
        _count(and_(within(R.closed_at, year), R.state == "lapsed")).label("lapsed"),
    )
    row = session.execute(_restricted(statement, unit, R.holder_id)).one()
    return {key: int(value) for key, value in row._mapping.items()}


def _by(
    session: Session, unit: Unit, column: InstrumentedAttribute[Any], condition: ColumnElement[bool]
) -> dict[str, int]:
    statement = select(column, func.count()).where(condition).group_by(column)
    return {str(key): int(count) for key, count in session.execute(_restricted(statement, unit, R.holder_id))}


def _complaints(session: Session, unit: Unit, year: int) -> dict[str, int]:
    made = DisclosureComplaint
    came = within(made.received_at, year)
    statement = select(
        _count(came).label("complaints"),
        _count(and_(came, made.state == ComplaintState.ANSWERED)).label("complaints_answered"),
        _count(and_(came, made.justified.is_(True))).label("complaints_justified"),
    )
    row = session.execute(_restricted(statement, unit, made.unit_id)).one()
    return {key: int(value) for key, value in row._mapping.items()}


def _surveys(session: Session, unit: Unit, year: int) -> dict[str, int]:
    held = select(func.count(DisclosureSurvey.id)).where(within(DisclosureSurvey.published_at, year))
    sheets = (
        select(func.count(DisclosureSheet.id))
        .join(DisclosureSurvey, DisclosureSurvey.id == DisclosureSheet.survey_id)
        .where(within(DisclosureSheet.at, year))
    )
    return {
        "surveys": session.scalar(_restricted(held, unit, DisclosureSurvey.holder_id)) or 0,
        "sheets": session.scalar(_restricted(sheets, unit, DisclosureSurvey.holder_id)) or 0,
    }
