"""Deciding applications: a district agrees and files, the municipal office registers; both return or refuse (U-2, U-6).

Registering is one transaction: the unit, and the account of its first administrator and of nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import current
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import queries as people
from portal.people.models import Person
from portal.people.operations import open_account
from portal.people.roles import Role
from portal.registration.application_lifecycle import JOINING, JoinAct, JoinState
from portal.registration.application_models import UnitApplication
from portal.registration.applications_content import taken, wrong_account
from portal.registration.applications_queries import decision_of, lock, rival_of
from portal.registration.evidence import EVIDENCE_LABELS, NEEDED
from portal.units.codes import check_code
from portal.units.models import Tier, Unit, UnitKind
from portal.units.operations import register_unit

OPINION_LIMIT = 500
SECOND_ACCOUNT = N_("The named first administrator has an account in another unit: one person, one account.")


@dataclass(frozen=True)
class Check:
    """A line of the reviewer's checklist; `label` is a msgid."""

    label: str
    good: bool


def file_with_office(application: UnitApplication, manager: Person, opinion: str) -> None:
    """The district's office agrees and files the registration with the municipal office 报备 (EE6).

    Raises AlreadyDone, Denied for another district, Invalid without an opinion, Refused for what stands against it.
    """
    session = _begin(application, manager, JoinAct.FILE, JoinState.FILED, JoinState.REGISTERED)
    text = _opinion(opinion)
    _require_free(session, application)
    application.state = JOINING.advance(application.state, JoinAct.FILE)
    record(Event.UNIT_APPLICATION_FILED, subject=application, actor=manager, opinion=text)


def register_application(application: UnitApplication, officer: Person, opinion: str, account: str = "") -> Unit:
    """The municipal office approves: the unit is registered, its first administrator gets an account (U-2, GZ8).

    `account`: the name by the city's rule, the one wished for unless given. The account has no password: that comes to
    exist when its slip is printed. Raises as `file_with_office`, and Invalid for an account that is wrong or taken.
    """
    session = _begin(application, officer, JoinAct.REGISTER, JoinState.REGISTERED)
    text = _opinion(opinion)
    _require_free(session, application)
    account = account.strip().lower() or application.admin_account
    for problem in wrong_account(account):
        raise Invalid(problem.message, field="account")
    if _has_account(session, application):
        raise Refused(SECOND_ACCOUNT)
    try:
        with session.begin_nested():
            unit = _register(session, application)
            administrator = _open(session, application, unit, account, officer)
    except IntegrityError as error:  # somebody was quicker, between the look and the entry
        raise Refused("The name, a code or the account was taken meanwhile. Look at the page again.") from error
    application.unit, application.administrator = unit, administrator
    application.state = JOINING.advance(application.state, JoinAct.REGISTER)
    application.decided_at = now()
    record(
        Event.UNIT_APPLICATION_REGISTERED,
        subject=application,
        actor=officer,
        opinion=text,
        unit=unit.id,
        account=administrator.account,
    )
    return unit


def return_application(application: UnitApplication, person: Person, reason: str) -> None:
    """Give the application back to be completed, saying what is missing (U-2)."""
    _send_back(application, person, reason, JoinAct.RETURN)
    record(Event.UNIT_APPLICATION_RETURNED, subject=application, actor=person, opinion=application.reason)


def refuse_application(application: UnitApplication, person: Person, reason: str) -> None:
    """Refuse the application with the reason (U-2, GZ8)."""
    _send_back(application, person, reason, JoinAct.REFUSE)
    application.decided_at = now()
    record(Event.UNIT_APPLICATION_REFUSED, subject=application, actor=person, opinion=application.reason)


def checklist(session: Session, application: UnitApplication) -> list[Check]:
    """What a reviewer must know before deciding: evidence, codes, names, the person."""
    against = {problem.field for problem in taken(session, application)}
    evidence = [
        Check(EVIDENCE_LABELS[kind], bool(application.brought(kind))) for kind in NEEDED[UnitKind(application.kind)]
    ]
    account = application.admin_account
    return [
        *evidence,
        Check(N_("The organisation code is by the rule"), _code_is_right(application.code)),
        Check(N_("The organisation code is free"), "code" not in against),
        Check(N_("The name is free"), "name" not in against),
        Check(N_("The document code is free"), "document_code" not in against),
        Check(N_("No other application of this unit is under examination"), rival_of(session, application) is None),
        Check(
            N_("The account name is by the rule and free"),
            not wrong_account(account) and people.by_account(session, account) is None,
        ),
        Check(N_("The first administrator has no account yet"), not _has_account(session, application)),
    ]


def _begin(application: UnitApplication, person: Person, act: JoinAct, *after: JoinState) -> Session:
    session = lock(application)
    if application.state in after:
        raise AlreadyDone("This step was already done.")
    _require_turn(application, person, act)
    return session


def _require_turn(application: UnitApplication, person: Person, act: JoinAct) -> None:
    """Raises WrongState when the table has no such move, Denied when the move is somebody else's."""
    JOINING.advance(application.state, act)
    turn = decision_of(application, person)
    if turn is None or (act in (JoinAct.FILE, JoinAct.REGISTER) and act is not turn):
        raise Denied("This application isn't waiting for you.")


def _send_back(application: UnitApplication, person: Person, reason: str, act: JoinAct) -> None:
    lock(application)
    if (application.state, act) in {(JoinState.RETURNED, JoinAct.RETURN), (JoinState.REFUSED, JoinAct.REFUSE)}:
        raise AlreadyDone("This step was already done.")
    _require_turn(application, person, act)
    application.reason = _opinion(reason)
    application.state = JOINING.advance(application.state, act)


def _require_free(session: Session, application: UnitApplication) -> None:
    """Raise Refused when a code is against the rule or anything is taken by a unit in exchange."""
    check_code(application.code, current().rules)
    for problem in taken(session, application):
        raise Refused(problem.message)
    if application.district is not None and application.district.left_at is not None:
        raise Refused("The district this unit belongs to has left the exchange.")


def _register(session: Session, application: UnitApplication) -> Unit:
    return register_unit(
        session,
        code=application.code,
        name=application.name,
        short_name=application.short_name,
        kind=UnitKind(application.kind),
        tier=Tier(application.tier),
        document_code=application.document_code,
        red_head=application.red_head,
        parent=application.district,
        sort_key=_place(session, application.district_id),
    )


def _open(session: Session, application: UnitApplication, unit: Unit, account: str, officer: Person) -> Person:
    person = open_account(
        session,
        unit=unit,
        account=account,
        name=application.admin_name,
        title=application.admin_title,
        roles=[Role.UNIT_ADMINISTRATOR],
        identity_hash=application.identity_hash,
        actor=officer,
    )
    person.mobile = application.admin_mobile
    session.flush()
    return person


def _place(session: Session, district_id: int | None) -> int:
    """Behind the units of its district, or of the city."""
    mine = Unit.district_id.is_(None) if district_id is None else Unit.district_id == district_id
    return (session.scalar(select(func.max(Unit.sort_key)).where(mine)) or 0) + 1


def _has_account(session: Session, application: UnitApplication) -> bool:
    known = select(Person.id).where(Person.identity_hash == application.identity_hash)
    return session.scalars(known).first() is not None


def _code_is_right(code: str) -> bool:
    try:
        check_code(code, current().rules)
    except Invalid:
        return False
    return True


def _opinion(opinion: str) -> str:
    text = opinion.strip()
    if not text:
        raise Invalid("The opinion must not be empty.", field="opinion")
    if len(text) > OPINION_LIMIT:
        raise Invalid("The opinion may have %(limit)s characters at most.", field="opinion", limit=OPINION_LIMIT)
    return text
