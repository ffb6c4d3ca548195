"""Questionnaires: written by a clerk, published by a head, answered by the public once a browser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.content import gate
from portal.core.clock import now, today
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.permissions import Permission as P
from portal.core.runtime import current
from portal.disclosure.lifecycle import SURVEY, SurveyAct, SurveyState
from portal.disclosure.request_models import DisclosureQuestion, DisclosureReply, DisclosureSheet, DisclosureSurvey
from portal.disclosure.words import QuestionKind
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

MOST_QUESTIONS = 30
MOST_CHOICES = 20
LONGEST_LINE = 200
LONGEST_INTRO = 2000
LONGEST_REPLY = 1000
MARKS = {"( )": QuestionKind.SINGLE, "[ ]": QuestionKind.MULTIPLE}


@dataclass(frozen=True)
class Question:
    """A question as written."""

    kind: QuestionKind
    text: str
    choices: tuple[str, ...] = ()


def read_questions(source: str) -> list[Question]:
    """Questions from plain text: a line is a question, lines below it that begin with ( ) or [ ] are its choices.

    Raises Invalid naming what is wrong.
    """
    found: list[Question] = []
    for line in (line.strip() for line in source.splitlines()):
        kind = MARKS.get(line[:3])
        if kind is None:
            if line:
                found.append(Question(QuestionKind.TEXT, line))
            continue
        if not found or found[-1].kind not in (QuestionKind.TEXT, kind):
            raise Invalid("A choice stands below its question, all with the same mark.", field="questions")
        last = found.pop()
        found.append(Question(kind, last.text, (*last.choices, line[3:].strip())))
    _check_questions(found)
    return found


def _check_questions(found: Sequence[Question]) -> None:
    if not 1 <= len(found) <= MOST_QUESTIONS:
        raise Invalid("A questionnaire has 1 to %(most)s questions.", field="questions", most=MOST_QUESTIONS)
    for question in found:
        if any(not 1 <= len(text) <= LONGEST_LINE for text in (question.text, *question.choices)):
            raise Invalid("A line has 1 to %(longest)s characters.", field="questions", longest=LONGEST_LINE)
        if question.kind is not QuestionKind.TEXT and not 2 <= len(question.choices) <= MOST_CHOICES:
            raise Invalid("A question has 2 to %(most)s choices.", field="questions", most=MOST_CHOICES)


def draft_survey(
    session: Session, author: Person, *, title: str, intro: str, opens_on: date, closes_on: date, questions: str
) -> DisclosureSurvey:
    """Write a questionnaire. Raises Denied, Invalid, Refused at the content gate."""
    if not author.may(P.DISCLOSURE_HANDLE):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    title, intro = " ".join(title.split()), intro.strip()
    if not title or len(title) > 100:
        raise Invalid("A title has 1 to %(longest)s characters.", field="title", longest=100)
    if len(intro) > LONGEST_INTRO:
        raise Invalid("At most %(longest)s characters.", field="intro", longest=LONGEST_INTRO)
    if closes_on < opens_on or closes_on < today():
        raise Invalid("It must close after it opens, and not in the past.", field="closes_on")
    asked = read_questions(questions)
    gate.require_clean({title: f"{intro}\n{questions}"}, urgent_allowed=True)
    survey = DisclosureSurvey(
        unit_id=author.unit_id,
        author_id=author.id,
        title=title,
        intro=intro,
        opens_on=opens_on,
        closes_on=closes_on,
        created_at=now(),
        questions=[
            DisclosureQuestion(position=place, kind=one.kind, text=one.text, choices=list(one.choices))
            for place, one in enumerate(asked, start=1)
        ],
    )
    session.add(survey)
    session.flush()
    record(Event.DISCLOSURE_SURVEY_DRAFTED, subject=survey, actor=author, title=survey.title)
    return survey


def publish_survey(survey: DisclosureSurvey, leader: Person) -> None:
    """A head of the unit lets it out and answers for it; never its author. Raises Denied, AlreadyDone."""
    session_of(survey).refresh(survey, with_for_update={"of": DisclosureSurvey})
    if survey.state == SurveyState.PUBLISHED:
        raise AlreadyDone("This was published already.")
    if not may_publish(survey, leader):
        raise Denied("A head of the unit publishes it, not its author.")
    survey.state = SURVEY.advance(survey.state, SurveyAct.PUBLISH)
    survey.published_at, survey.published_by_id = now(), leader.id
    record(
        Event.DISCLOSURE_SURVEY_PUBLISHED,
        subject=survey,
        actor=leader,
        opens=survey.opens_on.isoformat(),
        closes=survey.closes_on.isoformat(),
    )


def may_publish(survey: DisclosureSurvey, person: Person) -> bool:
    """A head of the unit that holds it, never the author (M-1)."""
    return (
        survey.state == SurveyState.DRAFTING
        and survey.holder_id == person.unit_id
        and person.may(P.DISCLOSURE_CONSENT)
        and survey.author_id not in (person.id, person.desk_id)
    )


def close_survey(survey: DisclosureSurvey, person: Person) -> None:
    """End it before its day. Raises Denied, AlreadyDone."""
    session_of(survey).refresh(survey, with_for_update={"of": DisclosureSurvey})
    if survey.holder_id != person.unit_id or not (person.may(P.DISCLOSURE_HANDLE) or person.may(P.DISCLOSURE_CONSENT)):
        raise Denied("This is another unit's questionnaire.")
    if survey.state == SurveyState.CLOSED:
        raise AlreadyDone("This was done already.")
    survey.state, survey.closed_at = SURVEY.advance(survey.state, SurveyAct.CLOSE), now()
    record(Event.DISCLOSURE_SURVEY_CLOSED, subject=survey, actor=person)


def is_open(survey: DisclosureSurvey) -> bool:
    """Whether it takes answers today."""
    return survey.state == SurveyState.PUBLISHED and survey.opens_on <= today() <= survey.closes_on


def browser_hash(browser: str) -> str:
    """How a browser's token is kept: two answers of one are known as such, nobody as anybody."""
    return current().storage_keys.keyed_hash("disclosure browser", browser)


def reply(
    session: Session,
    survey: DisclosureSurvey,
    browser: str,
    choices: Mapping[int, Sequence[int]],
    texts: Mapping[int, str],
) -> None:
    """Keep one browser's answers. The ledger has none: opinions are given by nobody known.

    Raises Refused when it is closed, AlreadyDone for a second time, Invalid for choices that don't exist.
    """
    if not is_open(survey):
        raise Refused("This questionnaire doesn't take answers now.")
    sheet = DisclosureSheet(survey_id=survey.id, browser_hash=browser_hash(browser), at=now())
    for question in survey.questions:
        sheet.replies += _replies(question, choices.get(question.id, ()), texts.get(question.id, ""))
    if not sheet.replies:
        raise Invalid("Answer at least one question.")
    gate.require_clean({"意见": "\n".join(row.text or "" for row in sheet.replies)}, urgent_allowed=True)
    known = select(DisclosureSheet.id).where(
        DisclosureSheet.survey_id == survey.id, DisclosureSheet.browser_hash == sheet.browser_hash
    )
    if session.scalar(known) is not None:
        raise AlreadyDone("Answers from this browser were received before. Thank you.")
    try:
        with session.begin_nested():
            session.add(sheet)
            session.flush()
    except IntegrityError as error:
        raise AlreadyDone("Answers from this browser were received before. Thank you.") from error


def _replies(question: DisclosureQuestion, chosen: Sequence[int], text: str) -> list[DisclosureReply]:
    if question.kind == QuestionKind.TEXT:
        text = text.strip()
        if len(text) > LONGEST_REPLY:
            raise Invalid("At most %(longest)s characters.", longest=LONGEST_REPLY)
        return [DisclosureReply(question_id=question.id, text=text)] if text else []
    places = sorted(set(chosen))
    if any(not 0 <= place < len(question.choices) for place in places):
        raise Invalid("There is no such choice.")
    if question.kind == QuestionKind.SINGLE and len(places) > 1:
        raise Invalid("Only one choice is possible here.")
    return [DisclosureReply(question_id=question.id, choice=place) for place in places]
