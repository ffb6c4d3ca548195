"""Reading what is disclosed, for the public and for those who make it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemFile
from portal.core.clock import today
from portal.core.db import at_most
from portal.core.errors import NotFound
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.disclosure import policy
from portal.disclosure.figures import within
from portal.disclosure.lifecycle import LIVE, RUNNING, ComplaintState, RequestState, SurveyState
from portal.disclosure.models import DisclosureCategory, DisclosureGuide, DisclosureItem, DisclosureReport
from portal.disclosure.policy import INSIDE
from portal.disclosure.request_models import (
    DisclosureComplaint,
    DisclosureQuestion,
    DisclosureReply,
    DisclosureRequest,
    DisclosureSheet,
    DisclosureStep,
    DisclosureSurvey,
)
from portal.disclosure.tokens import token_hash
from portal.people.models import Person, RoleAssignment
from portal.people.policy import PERMISSIONS
from portal.units.models import Unit

PAGE = 20
GONE = N_("There is no such page here.")
R = DisclosureRequest


# ---- catalogue and items ----


def categories(session: Session) -> Sequence[DisclosureCategory]:
    """The whole tree in its order."""
    return session.scalars(
        select(DisclosureCategory).options(joinedload(DisclosureCategory.unit)).order_by(DisclosureCategory.code)
    ).all()


def counts_by_category(session: Session) -> dict[str, int]:
    """How many items are on show under each category with what is below it, by code."""
    rows = session.execute(
        _shown()
        .with_only_columns(DisclosureCategory.code, func.count(), maintain_column_froms=True)
        .group_by(DisclosureCategory.code)
    )
    found: dict[str, int] = {}
    for code, count in rows:
        for end in range(2, len(code) + 1, 2):
            found[code[:end]] = found.get(code[:end], 0) + count
    return found


def get_category(session: Session, category_id: int) -> DisclosureCategory:
    """A category. Raises NotFound."""
    category = session.get(DisclosureCategory, category_id)
    if category is None:
        raise NotFound(GONE)
    return category


def get_kept_category(session: Session, person: Person, category_id: int) -> DisclosureCategory:
    """A category the person keeps. Raises NotFound for others', though anybody may read their names."""
    category = get_category(session, category_id)
    if not policy.keeps_category(category, person):
        raise NotFound(GONE)
    return category


def open_categories(session: Session, person: Person) -> list[DisclosureCategory]:
    """Those the person's unit may file under."""
    return [one for one in categories(session) if one.closed_at is None and one.unit_id in (None, person.unit_id)]


def _shown() -> Select[Any]:
    return (
        select(DisclosureItem)
        .join(Item, Item.id == DisclosureItem.item_id)
        .join(DisclosureCategory, DisclosureCategory.id == DisclosureItem.category_id)
        .where(Item.state == ItemState.PUBLISHED, DisclosureItem.index_number.is_not(None))
    )


def shown(
    session: Session,
    *,
    category: DisclosureCategory | None = None,
    unit_id: int | None = None,
    text: str = "",
    before: int | None = None,
) -> tuple[Sequence[DisclosureItem], bool]:
    """What the public sees, newest first, and whether there is more."""
    statement = _shown().options(
        contains_eager(DisclosureItem.item).joinedload(Item.unit).selectinload(Unit.names),
        contains_eager(DisclosureItem.category),
    )
    if category is not None:
        statement = statement.where(DisclosureCategory.code.startswith(category.code, autoescape=True))
    if unit_id is not None:
        statement = statement.where(Item.holder_id == unit_id)
    if text:
        words = [
            Item.title.contains(text, autoescape=True),
            DisclosureItem.index_number.contains(text, autoescape=True),
        ]
        statement = statement.where(or_(*words))
    if before is not None:
        place = select(Item.published_at).where(Item.id == before).scalar_subquery()
        statement = statement.where(or_(Item.published_at < place, (Item.published_at == place) & (Item.id < before)))
    rows = session.scalars(statement.order_by(Item.published_at.desc(), Item.id.desc()).limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def public_item(session: Session, item_id: int) -> DisclosureItem:
    """An item on show, or one that was and is withdrawn: its address stays. Raises NotFound."""
    fact = session.scalars(
        select(DisclosureItem)
        .join(DisclosureItem.item)
        .where(DisclosureItem.item_id == item_id, DisclosureItem.index_number.is_not(None))
        .where(Item.state.in_((ItemState.PUBLISHED, ItemState.WITHDRAWN)))
        .options(
            contains_eager(DisclosureItem.item).joinedload(Item.unit).selectinload(Unit.names),
            contains_eager(DisclosureItem.item).selectinload(Item.files),
            joinedload(DisclosureItem.category),
        )
    ).one_or_none()
    if fact is None:
        raise NotFound(GONE)
    return fact


def public_file(session: Session, item_id: int, file_id: int) -> ItemFile:
    """A file of an item on show. Raises NotFound, for those of a withdrawn one too."""
    fact = public_item(session, item_id)
    file = next((one for one in fact.item.files if one.id == file_id), None)
    if file is None or fact.item.state != ItemState.PUBLISHED:
        raise NotFound(GONE)
    return file


def fact_of(session: Session, item_id: int) -> DisclosureItem:
    """What is particular to an item; the caller has authorised."""
    return session.get_one(
        DisclosureItem, item_id, options=[joinedload(DisclosureItem.category), joinedload(DisclosureItem.reviewer)]
    )


def own(session: Session, person: Person, before: int | None = None) -> tuple[Sequence[DisclosureItem], bool]:
    """The person's and the unit's items in every state, newest first."""
    statement = (
        items.own(person, ItemKind.DISCLOSURE)
        .join(DisclosureItem, DisclosureItem.item_id == Item.id)
        .with_only_columns(DisclosureItem)
        .options(
            joinedload(DisclosureItem.item).joinedload(Item.author),
            joinedload(DisclosureItem.category),
        )
    )
    if before is not None:
        statement = statement.where(Item.id < before)
    rows = session.scalars(statement.order_by(Item.id.desc()).limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


# ---- guides and reports ----


def guide(session: Session, unit_id: int, version: int | None = None) -> DisclosureGuide | None:
    """A unit's guide: the newest, or a version."""
    statement = select(DisclosureGuide).where(DisclosureGuide.unit_id == unit_id)
    if version is not None:
        statement = statement.where(DisclosureGuide.version == version)
    return session.scalars(statement.order_by(DisclosureGuide.version.desc()).limit(1)).first()


def guide_versions(session: Session, unit_id: int) -> Sequence[DisclosureGuide]:
    """All versions, newest first."""
    return session.scalars(
        select(DisclosureGuide).where(DisclosureGuide.unit_id == unit_id).order_by(DisclosureGuide.version.desc())
    ).all()


def units_with_guide(session: Session) -> Sequence[Unit]:
    """Units that have a guide, in the order of the register."""
    has = exists().where(DisclosureGuide.unit_id == Unit.id)
    return session.scalars(select(Unit).where(has, Unit.left_at.is_(None)).order_by(Unit.sort_key, Unit.id)).all()


def get_unit(session: Session, unit_id: int) -> Unit:
    """A unit in exchange. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or unit.left_at is not None:
        raise NotFound(GONE)
    return unit


def public_reports(session: Session) -> Sequence[DisclosureReport]:
    """Published reports, newest year first."""
    return session.scalars(
        select(DisclosureReport)
        .where(DisclosureReport.published_at.is_not(None))
        .join(DisclosureReport.unit)
        .options(contains_eager(DisclosureReport.unit).selectinload(Unit.names))
        .order_by(DisclosureReport.year.desc(), Unit.sort_key, Unit.id)
        .limit(200)
    ).all()


def public_report(session: Session, report_id: int) -> DisclosureReport:
    """A published report. Raises NotFound."""
    report = session.get(DisclosureReport, report_id)
    if report is None or report.published_at is None:
        raise NotFound(GONE)
    return report


def reports_of(session: Session, person: Person) -> Sequence[DisclosureReport]:
    """The unit's reports, newest year first."""
    return session.scalars(
        select(DisclosureReport)
        .where(DisclosureReport.unit_id == person.unit_id)
        .options(joinedload(DisclosureReport.author))
        .order_by(DisclosureReport.year.desc())
    ).all()


def get_report(session: Session, person: Person, report_id: int) -> DisclosureReport:
    """A report of the person's unit. Raises NotFound."""
    report = session.get(DisclosureReport, report_id)
    if report is None or report.unit_id != person.unit_id:
        raise NotFound(GONE)
    return report


# ---- requests and complaints ----


def requests_of(person: Person) -> Select[Any]:
    """The requests the person's unit handles."""
    return select(R).where(R.holder_id == person.unit_id)


def request_page(
    session: Session, person: Person, tab: str, before: int | None = None
) -> tuple[Sequence[DisclosureRequest], bool]:
    """A page of the unit's requests: open by deadline, or ended newest first."""
    statement = requests_of(person).options(joinedload(R.responsible), joinedload(R.first))
    if tab == "ended":
        statement = statement.where(R.state.not_in(LIVE)).order_by(R.id.desc())
        statement = statement.where(R.id < before) if before else statement
    else:
        statement = statement.where(R.state.in_(LIVE)).order_by(R.due_at, R.id)
        if before:
            place = select(R.due_at).where(R.id == before).scalar_subquery()
            statement = statement.where(or_(R.due_at > place, (R.due_at == place) & (R.id > before)))
    rows = session.scalars(statement.limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def waiting(person: Person) -> ColumnElement[int]:
    """How many requests wait for the person, for the menu."""
    if not person.may(P.DISCLOSURE_HANDLE):
        return at_most(99, requests_of(person).where(R.id < 0))
    return at_most(99, to_do(person))


def to_do(person: Person) -> Select[Any]:
    """Requests nobody has accepted yet, and those the person is responsible for and the applicant isn't to correct."""
    mine = (R.responsible_id == person.desk_id) & R.state.in_((RequestState.IN_HAND, RequestState.ANSWERED))
    return requests_of(person).where(or_(R.state == RequestState.RECEIVED, mine))


def overdue(person: Person, at: Any) -> Select[Any]:
    """The unit's requests whose time has passed, for its heads."""
    return requests_of(person).where(R.state.in_(RUNNING), R.due_at < at)


def to_consent(person: Person) -> Select[Any]:
    """Extensions that wait for the person's consent."""
    return requests_of(person).where(
        R.state == RequestState.IN_HAND,
        R.extension_asked_at.is_not(None),
        R.extended_at.is_(None),
        R.responsible_id.not_in((person.id, person.desk_id)),
    )


def get_request(session: Session, person: Person, request_id: int) -> DisclosureRequest:
    """Load and authorise: outside the unit that handles it a request doesn't exist. Raises NotFound."""
    if not any(person.may(permission) for permission in INSIDE):
        raise NotFound(GONE)
    request = session.scalars(requests_of(person).where(R.id == request_id).options(*_whole())).unique().one_or_none()
    if request is None:
        raise NotFound(GONE)
    return request


def request_by_token(session: Session, token: str) -> DisclosureRequest:
    """The request behind an applicant's link. Raises NotFound."""
    request = (
        session.scalars(select(R).where(R.token_hash == token_hash(token)).options(*_whole())).unique().one_or_none()
    )
    if request is None:
        raise NotFound("There is no such request. Check the address you kept.")
    return request


def _whole() -> tuple[Any, ...]:
    return (
        joinedload(R.holder),
        joinedload(R.first),
        joinedload(R.responsible),
        selectinload(R.steps).joinedload(DisclosureStep.person),
    )


def colleagues(session: Session, request: DisclosureRequest) -> Sequence[Person]:
    """Who of the unit may take the request over."""
    roles = [role for role, permissions in PERMISSIONS.items() if P.DISCLOSURE_HANDLE in permissions]
    holds = exists().where(RoleAssignment.person_id == Person.id, RoleAssignment.role.in_(roles))
    return session.scalars(
        select(Person)
        .where(Person.unit_id == request.holder_id, Person.closed_at.is_(None), holds)
        .where(Person.id != request.responsible_id)
        .order_by(Person.id)
    ).all()


def get_colleague(session: Session, person_id: int) -> Person | None:
    """Somebody by number; whether they may take it over, the act decides."""
    return session.get(Person, person_id)


def complaint_by_token(session: Session, token: str) -> DisclosureComplaint:
    """The complaint behind a link. Raises NotFound."""
    found = session.scalars(
        select(DisclosureComplaint).where(DisclosureComplaint.token_hash == token_hash(token))
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such complaint. Check the address you kept.")
    return found


def complaint_page(session: Session, tab: str, before: int | None = None) -> tuple[Sequence[DisclosureComplaint], bool]:
    """A page of complaints, for the office."""
    state = ComplaintState.ANSWERED if tab == "ended" else ComplaintState.RECEIVED
    made = DisclosureComplaint
    statement = select(made).where(made.state == state).options(joinedload(made.unit))
    if before:
        statement = statement.where(made.id < before)
    rows = session.scalars(statement.order_by(made.id.desc()).limit(PAGE + 1)).unique().all()
    return rows[:PAGE], len(rows) > PAGE


def get_complaint(session: Session, person: Person, complaint_id: int) -> DisclosureComplaint:
    """A complaint, for the office alone. Raises NotFound."""
    complaint = session.get(DisclosureComplaint, complaint_id)
    if complaint is None or not person.may(P.DISCLOSURE_MANAGE):
        raise NotFound(GONE)
    return complaint


# ---- questionnaires ----


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


def report_missing(person: Person, year: int) -> Select[Any]:
    """The unit, when it had something to report in the year and its report isn't public."""
    published = exists().where(
        DisclosureReport.unit_id == Unit.id,
        DisclosureReport.year == year,
        DisclosureReport.published_at.is_not(None),
    )
    something = or_(
        exists().where(DisclosureItem.unit_id == Unit.id, DisclosureItem.year == year),
        exists().where(R.holder_id == Unit.id, within(R.received_at, year)),
    )
    return select(Unit).where(Unit.id == person.unit_id, ~published, something)


def last_year() -> int:
    """The year whose report is due."""
    return today().year - 1


def board(session: Session, at: Any) -> Sequence[Any]:
    """(unit, open, overdue) of every unit that has open requests, for the office: numbers only, no applicant."""
    late = func.sum(case(((R.due_at < at) & R.state.in_(RUNNING), 1), else_=0))
    return session.execute(
        select(Unit, func.count(R.id), late)
        .join(R, R.holder_id == Unit.id)
        .where(R.state.in_(LIVE))
        .group_by(Unit.id)
        .order_by(Unit.sort_key, Unit.id)
    ).all()
