"""The mobile number: it counts once a code sent to it came back (A-5, GZ16)."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import queries
from portal.people.account_models import Message, MobileCode
from portal.people.lifecycle import MESSAGE, MessageState
from portal.people.models import Person
from portal.people.operations import mobile_number

JOB = "portal.people.jobs.send_message"
PURPOSE = "message"
HASHED = "mobile-code"
TRIES = 5
AN_HOUR = timedelta(hours=1)
CODES_AN_HOUR = 5
TEXT = "【{system}】验证码{code}，{minutes}分钟内有效，用于确认手机号码，请勿告诉他人。"


def ask_code(person: Person, typed: str) -> None:
    """Send a code to a number the person wants to be reached at. The kept number stays until the code comes back.

    Raises Invalid for what is no number, AlreadyDone for the confirmed one, Refused after too many codes in an hour.
    """
    session, rules = session_of(person), current().rules
    queries.lock(session, person)
    number = mobile_number(typed)
    if not number:
        raise Invalid("Enter the mobile number.", field="mobile")
    if number == person.mobile and person.mobile_confirmed_at is not None:
        raise AlreadyDone("This number is confirmed already.")
    _require_patience(session, person)
    code = f"{secrets.randbelow(10**6):06d}"
    pending = pending_of(session, person) or MobileCode(person_id=person.id)
    pending.mobile, pending.tries_left, pending.code_hash = number, TRIES, _hash(person, number, code)
    pending.expires_at = now() + timedelta(minutes=rules.mobile_code_minutes)
    session.add(pending)
    text = TEXT.format(system=current().settings.system_name, code=code, minutes=rules.mobile_code_minutes)
    _post(session, person, number, text)


def confirm(person: Person, typed: str) -> None:
    """Take the code: the number counts from now on. Raises Invalid; the caller commits, so that the try counts."""
    session = session_of(person)
    queries.lock(session, person)
    pending = pending_of(session, person)
    if pending is None:
        raise AlreadyDone("No number waits to be confirmed.")
    if pending.tries_left < 1 or now() >= pending.expires_at:
        raise Invalid("This code has expired. Have another one sent.", field="code")
    pending.tries_left -= 1
    code = "".join(typed.split())
    if not hmac.compare_digest(_hash(person, pending.mobile, code), pending.code_hash):
        raise Invalid("The code is not right. %(left)s tries are left.", field="code", left=pending.tries_left)
    person.mobile, person.mobile_confirmed_at = pending.mobile, now()
    session.delete(pending)
    record(Event.PERSON_MOBILE_CONFIRMED, actor=person, subject=person)


def pending_of(session: Session, person: Person) -> MobileCode | None:
    """The number that waits to be confirmed, if any."""
    return session.scalars(select(MobileCode).where(MobileCode.person_id == person.id)).one_or_none()


def last_text(session: Session, account: str) -> str:
    """The last message to an account, for the demo, which has no gateway. Raises Refused outside it, NotFound."""
    if not current().settings.demo:
        raise Refused("Codes are shown in the demo only.")
    person = queries.by_account(session, account)
    if person is None:
        raise NotFound("There is no account %(account)s.", account=account)
    last = select(Message).where(Message.person_id == person.id, Message.sealed.is_not(None))
    message = session.scalars(last.order_by(Message.id.desc()).limit(1)).one_or_none()
    if message is None:
        raise NotFound("There is no message to %(account)s.", account=account)
    return text_of(message)


def text_of(message: Message) -> str:
    """What the message says."""
    return current().storage_keys.unseal_text(message.sealed or "", purpose=PURPOSE, row=message.id)


def _post(session: Session, person: Person, number: str, text: str) -> None:
    message = Message(person_id=person.id, recipient=number, state=MESSAGE.start, at=now())
    session.add(message)
    session.flush()  # the text is sealed for its row
    message.sealed = current().storage_keys.seal_text(text, purpose=PURPOSE, row=message.id)
    enqueue(session, Queue.WORK, JOB, message_id=message.id)


def _require_patience(session: Session, person: Person) -> None:
    recent = select(func.count(Message.id)).where(
        Message.person_id == person.id, Message.at > now() - AN_HOUR, Message.state != MessageState.FAILED
    )
    if (session.scalar(recent) or 0) >= CODES_AN_HOUR:
        raise Refused("Too many codes were sent within an hour. Try again later.")


def _hash(person: Person, number: str, code: str) -> str:
    return current().storage_keys.keyed_hash(HASHED, f"{person.id}:{number}:{code}")
