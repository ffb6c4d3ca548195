"""Reading questionnaires and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.core.clock import today
from portal.core.errors import NotFound
from portal.disclosure.lifecycle import SurveyState
from portal.disclosure.policy import INSIDE
from portal.disclosure.queries import GONE
from portal.disclosure.request_models import (
    DisclosureQuestion,
    DisclosureReply,
    DisclosureSheet,
    DisclosureSurvey,
)
from portal.people.models import Person


def surveys_of(session: Session, person: Person) -> Sequence[DisclosureSurvey]:
    """The unit's questionnaires, newest first."""
    return session.scalars(
        select(DisclosureSurvey)
        .where(DisclosureSurvey.holder_id == person.unit_id)
        .order_by(DisclosureSurvey.id.desc())
        .limit(100)
    ).all()


def public_surveys(session: Session) -> Sequence[DisclosureSurvey]:
    """Those on show, the ones that still take answers first."""
    shown_states = (SurveyState.PUBLISHED, SurveyState.CLOSED)
    return session.scalars(
        select(DisclosureSurvey)
        .where(DisclosureSurvey.state.in_(shown_states), DisclosureSurvey.opens_on <= today())
        .options(joinedload(DisclosureSurvey.unit))
        .order_by(DisclosureSurvey.closes_on.desc(), DisclosureSurvey.id.desc())
        .limit(50)
    ).all()


def public_survey(session: Session, survey_id: int) -> DisclosureSurvey:
    """A questionnaire on show. Raises NotFound."""
    survey = session.get(DisclosureSurvey, survey_id)
    if survey is None or survey.state == SurveyState.DRAFTING or survey.opens_on > today():
        raise NotFound(GONE)
    return survey


def get_survey(session: Session, person: Person, survey_id: int) -> DisclosureSurvey:
    """A questionnaire of the person's unit. Raises NotFound."""
    survey = session.get(DisclosureSurvey, survey_id)
    if survey is None or survey.holder_id != person.unit_id or not any(person.may(one) for one in INSIDE):
        raise NotFound(GONE)
    return survey


def results(session: Session, survey: DisclosureSurvey) -> tuple[int, dict[int, dict[int | None, int]]]:
    """How many sheets, and by question how many of each choice (None: texts)."""
    sheets = session.scalar(select(func.count(DisclosureSheet.id)).where(DisclosureSheet.survey_id == survey.id)) or 0
    rows = session.execute(
        select(DisclosureReply.question_id, DisclosureReply.choice, func.count())
        .join(DisclosureQuestion, DisclosureQuestion.id == DisclosureReply.question_id)
        .where(DisclosureQuestion.survey_id == survey.id)
        .group_by(DisclosureReply.question_id, DisclosureReply.choice)
    )
    found: dict[int, dict[int | None, int]] = {}
    for question_id, choice, count in rows:
        found.setdefault(question_id, {})[choice] = count
    return sheets, found


def written_replies(session: Session, survey: DisclosureSurvey, limit: int) -> Sequence[Any]:
    """(sheet, question, choice, text) of a questionnaire, sheet by sheet, for the export and the unit's page."""
    return session.execute(
        select(DisclosureReply.sheet_id, DisclosureReply.question_id, DisclosureReply.choice, DisclosureReply.text)
        .join(DisclosureSheet, DisclosureSheet.id == DisclosureReply.sheet_id)
        .where(DisclosureSheet.survey_id == survey.id)
        .order_by(DisclosureReply.sheet_id, DisclosureReply.question_id, DisclosureReply.choice)
        .limit(limit)
    ).all()
