"""Requests for disclosure 依申请公开: taking in, first-asked responsibility, correction, extension.

《政府信息公开条例》第二十九条至第三十三条.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.content import gate
from portal.content.said import said
from portal.core.clock import now, to_city
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.permissions import Permission as P
from portal.core.rules import ExchangeRules
from portal.core.text import N_
from portal.disclosure import personal, policy
from portal.disclosure.lifecycle import REQUEST, RequestAct, RequestState
from portal.disclosure.limits import due_after, is_late
from portal.disclosure.personal import Applicant
from portal.disclosure.request_models import DisclosureRequest, DisclosureStep
from portal.disclosure.tokens import token_hash
from portal.disclosure.words import ApplicantKind, Way
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units.models import Unit

LONGEST = 2000
LONGEST_REASON = 500
NOT_YOURS = N_("Only whoever is responsible for this request can do this.")


@dataclass(frozen=True)
class Entry:
    """What a request says; `key` tells the same click twice from two requests."""

    kind: str
    applicant: Applicant
    wanted: str
    way: str
    key: str
    purpose: str = ""


def enter_request(
    session: Session, unit: Unit, entry: Entry, rules: ExchangeRules, clerk: Person | None = None
) -> tuple[DisclosureRequest, str]:
    """Take a request in, from the public page or by a clerk, who was thereby asked first.

    Returns it and the token of the applicant's link. Raises Invalid, Refused at the content gate, AlreadyDone.
    """
    if clerk is not None and not (clerk.may(P.DISCLOSURE_HANDLE) and clerk.unit_id == unit.id):
        raise Denied("Requests are taken in at the counter of one's own unit.")
    _check(entry)
    applicant = personal.tidied(entry.applicant)
    if session.scalar(select(DisclosureRequest.id).where(DisclosureRequest.request_key == entry.key)):
        raise AlreadyDone("This was sent before and is received.")
    at, token = now(), secrets.token_urlsafe(32)
    request = DisclosureRequest(
        token_hash=token_hash(token),
        request_key=entry.key,
        unit_id=unit.id,
        year=to_city(at).year,
        serial=_next_serial(session, unit, to_city(at).year),
        applicant=entry.kind,
        personal=personal.seal(applicant, token_hash(token)),
        wanted=entry.wanted.strip(),
        purpose=entry.purpose.strip(),
        way=entry.way,
        entered_by_id=clerk.id if clerk else None,
        received_at=at,
        due_at=due_after(at, rules.disclosure_answer_days),
    )
    session.add(request)
    session.flush()
    step(request, "received", clerk)
    record(Event.DISCLOSURE_REQUEST_RECEIVED, subject=request, actor=clerk, unit_id=unit.id, number=request.number)
    if clerk is not None:
        accept(request, clerk)
    return request, token


def _next_serial(session: Session, unit: Unit, year: int) -> int:
    # The unit's row is the lock of its numbers.
    session.scalars(select(Unit.id).where(Unit.id == unit.id).with_for_update()).one()
    last = session.scalar(
        select(func.max(DisclosureRequest.serial)).where(
            DisclosureRequest.unit_id == unit.id, DisclosureRequest.year == year
        )
    )
    return (last or 0) + 1


def _check(entry: Entry) -> None:
    if entry.kind not in list(ApplicantKind):
        raise Invalid("Please choose", field="kind")
    if entry.way not in list(Way):
        raise Invalid("Please choose", field="way")
    if not entry.wanted.strip() or len(entry.wanted) > LONGEST:
        raise Invalid("Describe the information in 1 to %(longest)s characters.", field="wanted", longest=LONGEST)
    if len(entry.purpose) > LONGEST_REASON:
        raise Invalid("At most %(longest)s characters.", field="purpose", longest=LONGEST_REASON)
    if entry.way == Way.EMAIL and "@" not in entry.applicant.email:
        raise Invalid("Where shall the e-mail go?", field="email")
    if entry.way == Way.POST and not entry.applicant.address.strip():
        raise Invalid("Where shall the letter go?", field="address")
    gate.require_clean({"申请内容": f"{entry.wanted}\n{entry.purpose}"}, urgent_allowed=True)


def step(request: DisclosureRequest, what: str, person: Person | None, note: str = "") -> None:
    """Keep a step, which the applicant may read too."""
    request.steps.append(DisclosureStep(what=what, note=note, person_id=person.id if person else None, at=now()))


def lock(request: DisclosureRequest) -> Session:
    """Read the request anew and keep its row; every act on it begins with that."""
    session = session_of(request)
    session.flush()
    session.refresh(request, with_for_update={"of": DisclosureRequest})
    return session


def accept(request: DisclosureRequest, person: Person) -> None:
    """Take the request in hand: whoever does was asked first and answers for it 首问负责."""
    lock(request)
    if request.first_id is not None and policy.sees_request(request, person):
        raise AlreadyDone("Somebody has accepted this request already.")
    if not policy.may_accept(request, person):
        raise Denied(NOT_YOURS)
    request.state = REQUEST.advance(request.state, RequestAct.ACCEPT)
    request.first_id, request.responsible_id = person.id, person.desk_id
    step(request, "accepted", person)
    record(Event.DISCLOSURE_REQUEST_ACCEPTED, subject=request, actor=person)


def hand_over(request: DisclosureRequest, person: Person, to: Person, reason: str) -> None:
    """Give it to a colleague of the unit, who answers for it from then on. Raises Denied, Invalid."""
    lock(request)
    if not policy.may_hand_over(request, person):
        raise Denied(NOT_YOURS)
    if to.unit_id != request.holder_id or not to.may(P.DISCLOSURE_HANDLE):
        raise Invalid("This person doesn't answer requests of the unit.", field="to")
    if to.id == request.responsible_id:
        raise AlreadyDone("This person is responsible already.")
    reason, before = required(reason), request.responsible_id
    request.state = REQUEST.advance(request.state, RequestAct.HAND_OVER)
    request.responsible = to
    step(request, "handed-over", person, to.name)
    record(
        Event.DISCLOSURE_REQUEST_HANDED_OVER,
        subject=request,
        actor=person,
        before=before,
        responsible=to.id,
        reason=reason,
    )


def may_ask_correction(request: DisclosureRequest, rules: ExchangeRules) -> bool:
    """Whether a correction can still be asked for: once, within the rule's days of the receipt."""
    in_time = not is_late(due_after(request.received_at, rules.disclosure_notice_days))
    return request.correction_asked_at is None and in_time


def ask_correction(request: DisclosureRequest, person: Person, what: str, rules: ExchangeRules) -> None:
    """Tell the applicant, once, what to make clear; the answer's time begins anew with the correction (第三十条)."""
    require_responsible(request, person)
    if request.correction_asked_at is not None:
        raise Refused("A correction can be asked for once only.")
    if is_late(due_after(request.received_at, rules.disclosure_notice_days)):
        raise Refused(
            "What is missing must be told within %(days)s working days of the receipt.",
            days=rules.disclosure_notice_days,
        )
    what, at = required(what), now()
    request.state = REQUEST.advance(request.state, RequestAct.ASK_CORRECTION)
    request.correction, request.correction_asked_at = what, at
    request.correction_until = due_after(at, rules.disclosure_correction_days)
    _end_extension(request)
    step(request, "correction-asked", person, what)
    record(
        Event.DISCLOSURE_REQUEST_CORRECTION_ASKED,
        subject=request,
        actor=person,
        until=request.correction_until.isoformat(),
    )


def correct(request: DisclosureRequest, text: str, rules: ExchangeRules, clerk: Person | None = None) -> None:
    """The applicant makes it clear, by the link or at the counter. Raises Invalid, Refused."""
    lock(request)
    if clerk is not None and not policy.is_responsible(request, clerk):
        raise Denied(NOT_YOURS)
    text = required(text, "text", LONGEST)
    gate.require_clean({"补正内容": text}, urgent_allowed=True)
    request.state = REQUEST.advance(request.state, RequestAct.CORRECT)
    request.corrected_at = now()
    request.wanted = f"{request.wanted}\n\n【补正】{text}"
    request.due_at = due_after(request.corrected_at, rules.disclosure_answer_days)
    step(request, "corrected", clerk)
    record(Event.DISCLOSURE_REQUEST_CORRECTED, subject=request, actor=clerk, unit_id=request.holder_id)


def lapse(request: DisclosureRequest, person: Person, rules: ExchangeRules) -> None:
    """End a request whose correction never came; not before its time is over."""
    require_responsible(request, person)
    if request.state == RequestState.CORRECTION and not is_late(request.correction_until):
        raise Refused("The applicant's time for the correction isn't over.")
    request.state = REQUEST.advance(request.state, RequestAct.LAPSE)
    close(request, rules)
    step(request, "lapsed", person)
    record(Event.DISCLOSURE_REQUEST_LAPSED, subject=request, actor=person)


def withdraw(request: DisclosureRequest, rules: ExchangeRules) -> None:
    """The applicant takes it back. Raises AlreadyDone."""
    lock(request)
    if request.state == RequestState.WITHDRAWN:
        raise AlreadyDone("This was withdrawn already.")
    request.state = REQUEST.advance(request.state, RequestAct.WITHDRAW)
    _end_extension(request)
    close(request, rules)
    step(request, "withdrawn", None)
    record(Event.DISCLOSURE_REQUEST_WITHDRAWN, subject=request, unit_id=request.holder_id)


def ask_extension(request: DisclosureRequest, person: Person, days: int, reason: str, rules: ExchangeRules) -> None:
    """Ask a leader for more time, before the time is over, once (第三十三条). Raises Invalid, Refused."""
    require_responsible(request, person)
    if request.state != RequestState.IN_HAND or is_late(request.due_at):
        raise Refused("More time can only be asked for before the time is over.")
    if request.extended_at is not None:
        raise Refused("The time was extended once already.")
    if request.extension_asked_at is not None:
        raise AlreadyDone("A leader's consent is awaited already.")
    if not 1 <= days <= rules.disclosure_extension_days:
        raise Invalid(
            "The time is extended by 1 to %(most)s working days.", field="days", most=rules.disclosure_extension_days
        )
    request.extension_reason, request.extension_days = required(reason), days
    request.extension_asked_at = now()
    record(
        Event.DISCLOSURE_REQUEST_EXTENSION_ASKED,
        subject=request,
        actor=person,
        days=days,
        reason=request.extension_reason,
    )


def consent(request: DisclosureRequest, leader: Person) -> None:
    """A leader consents; the applicant reads the reason and the new time."""
    lock(request)
    if request.extended_at is not None and policy.sees_request(request, leader):
        raise AlreadyDone("The time was extended once already.")
    if not policy.may_consent(request, leader):
        raise Denied("This extension isn't yours to consent to.")
    assert request.extension_days is not None
    request.due_at = due_after(request.due_at, request.extension_days)
    request.extended_at, request.extension_asked_at = now(), None
    request.extended_by = leader
    step(request, "extended", leader, request.extension_reason)
    record(
        Event.DISCLOSURE_REQUEST_EXTENDED,
        subject=request,
        actor=leader,
        days=request.extension_days,
        due=request.due_at.isoformat(),
    )


def refuse_extension(request: DisclosureRequest, leader: Person, reason: str) -> None:
    """A leader refuses; the time stays as it was."""
    lock(request)
    if not policy.may_consent(request, leader):
        raise Denied("This extension isn't yours to consent to.")
    reason = required(reason)
    _end_extension(request)
    record(Event.DISCLOSURE_REQUEST_EXTENSION_REFUSED, subject=request, actor=leader, reason=reason)


def _end_extension(request: DisclosureRequest) -> None:
    if request.extended_at is None:
        request.extension_asked_at, request.extension_days, request.extension_reason = None, None, ""


def close(request: DisclosureRequest, rules: ExchangeRules) -> None:
    """Nothing is to be done any more: from now on the personal data's time runs."""
    request.closed_at = now()
    request.personal_until = to_city(request.closed_at).date() + timedelta(days=rules.disclosure_personal_days)


def require_responsible(request: DisclosureRequest, person: Person) -> None:
    """Lock the request for whoever is responsible. Raises Denied."""
    lock(request)
    if not policy.is_responsible(request, person):
        raise Denied(NOT_YOURS)


def required(text: str, field: str = "reason", longest: int = LONGEST_REASON) -> str:
    """The words, tidied, and past the content gate. Raises Invalid naming the field."""
    return said(text, field, longest, urgent_allowed=True)
