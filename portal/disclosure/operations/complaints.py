"""Complaints about disclosure, answered by the office within the rule's time (条例第五十一条)."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import gate
from portal.core.clock import now, to_city
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.core.permissions import Permission as P
from portal.core.rules import ExchangeRules
from portal.disclosure import personal
from portal.disclosure.lifecycle import COMPLAINT, ComplaintAct, ComplaintState
from portal.disclosure.limits import due_after
from portal.disclosure.operations.requests import LONGEST, required
from portal.disclosure.request_models import DisclosureComplaint, DisclosureRequest
from portal.disclosure.tokens import token_hash
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units.models import Unit


def enter_complaint(
    session: Session,
    unit: Unit,
    applicant: personal.Applicant,
    text: str,
    key: str,
    rules: ExchangeRules,
    request: DisclosureRequest | None = None,
) -> tuple[DisclosureComplaint, str]:
    """Take a complaint about a unit in; returns it and the token of its page. Raises Invalid, Refused, AlreadyDone."""
    applicant, text = personal.tidied(applicant), required(text, "text", LONGEST)
    gate.require_clean({"投诉内容": text}, urgent_allowed=True)
    if session.scalar(select(DisclosureComplaint.id).where(DisclosureComplaint.request_key == key)):
        raise AlreadyDone("This was sent before and is received.")
    token, at = secrets.token_urlsafe(32), now()
    complaint = DisclosureComplaint(
        token_hash=token_hash(token),
        request_key=key,
        unit_id=unit.id,
        request=request,
        text=text,
        personal=personal.seal(applicant, token_hash(token)),
        received_at=at,
        due_at=due_after(at, rules.disclosure_complaint_days),
    )
    session.add(complaint)
    session.flush()
    record(Event.DISCLOSURE_COMPLAINT_RECEIVED, subject=complaint, unit=unit.id)
    return complaint, token


def answer_complaint(
    complaint: DisclosureComplaint, person: Person, *, justified: bool | None, text: str, rules: ExchangeRules
) -> None:
    """The office says whether it is justified, and what follows. Raises Denied, Invalid, AlreadyDone."""
    session_of(complaint).refresh(complaint, with_for_update={"of": DisclosureComplaint})
    if not person.may(P.DISCLOSURE_MANAGE):
        raise Denied("The office answers complaints.")
    if complaint.state == ComplaintState.ANSWERED:
        raise AlreadyDone("This complaint was answered already.")
    if justified is None:
        raise Invalid("Please choose", field="justified")
    complaint.answer = required(text, "text", LONGEST)
    gate.require_clean({"答复内容": complaint.answer}, urgent_allowed=True)
    complaint.state = COMPLAINT.advance(complaint.state, ComplaintAct.ANSWER)
    complaint.justified, complaint.answered_by_id, complaint.answered_at = justified, person.id, now()
    complaint.personal_until = to_city(now()).date() + timedelta(days=rules.disclosure_personal_days)
    record(Event.DISCLOSURE_COMPLAINT_ANSWERED, subject=complaint, actor=person, justified=justified)
