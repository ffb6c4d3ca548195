"""What a change of a unit means for its disclosure: the heir answers its requests and keeps its categories (GZ9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.disclosure import shelves
from portal.disclosure.lifecycle import LIVE, RequestState
from portal.disclosure.models import DisclosureCategory
from portal.disclosure.request_models import DisclosureRequest, DisclosureSurvey
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, Effect

REQUESTS = Effect(
    "disclosure.requests",
    N_("Requests for disclosure"),
    N_("The successor answers them from then on, within the same time."),
    0,
)
KEPT = Effect(
    "disclosure.kept",
    N_("Own categories and questionnaires of the unit"),
    N_("The successor keeps them from then on."),
    0,
)


def survey(session: Session, change: Change) -> list[Effect]:
    """How much the unit answers for."""
    if change.heir.id == change.unit.id:
        return []
    kept = len(_categories(session, change)) + len(_surveys(session, change))
    rows = [replace(REQUESTS, count=len(_requests(session, change))), replace(KEPT, count=kept)]
    return [row for row in rows if row.count]


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Hand it to the heir. Who was responsible in a unit that goes is no more: the heir's clerks accept anew."""
    shelves.hand_over(session, change.unit.id, change.heir.id)
    effects = survey(session, change)
    if not effects:
        return []
    former, heir = change.unit.id, change.heir.id
    for request in _requests(session, change):
        request.holder_id = change.heir.id
        if request.state in LIVE:
            _give(request, change)
        record(Event.DISCLOSURE_REQUEST_INHERITED, subject=request, actor=actor, former=former, heir=heir)
    for category in _categories(session, change):
        category.unit_id = change.heir.id
        record(Event.DISCLOSURE_CATEGORY_INHERITED, subject=category, actor=actor, former=former, heir=heir)
    for held in _surveys(session, change):
        held.holder_id = change.heir.id
        record(Event.DISCLOSURE_SURVEY_INHERITED, subject=held, actor=actor, former=former, heir=heir)
    session.flush()
    return effects


def _give(request: DisclosureRequest, change: Change) -> None:
    if change.receiver_id is not None and request.responsible_id not in change.going_on:
        request.responsible_id = change.receiver_id if request.state != RequestState.RECEIVED else None


def _requests(session: Session, change: Change) -> Sequence[DisclosureRequest]:
    mine = select(DisclosureRequest).where(DisclosureRequest.holder_id == change.unit.id)
    return session.scalars(mine.order_by(DisclosureRequest.id).with_for_update(of=DisclosureRequest)).all()


def _categories(session: Session, change: Change) -> Sequence[DisclosureCategory]:
    mine = select(DisclosureCategory).where(DisclosureCategory.unit_id == change.unit.id)
    return session.scalars(mine.order_by(DisclosureCategory.id)).all()


def _surveys(session: Session, change: Change) -> Sequence[DisclosureSurvey]:
    mine = select(DisclosureSurvey).where(DisclosureSurvey.holder_id == change.unit.id)
    return session.scalars(mine.order_by(DisclosureSurvey.id)).all()
