"""Unusual use of seals: found when a use is entered into the book, answered by the head and by the auditor (S-10).

What is unusual are exchange rules: at night, on days without work, many in a short time, the same document again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from portal.core.clock import Calendar, now, to_city
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.rules import ExchangeRules
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals.lifecycle import StampState
from portal.seals.unusual_models import Side, Sign, UnusualRemark, UnusualUse
from portal.seals.use_models import StampRequest

LONGEST = 500


def take_stamped(session: Session, request: StampRequest) -> None:
    """Look at a use just entered into the book; runs in the stamping's own transaction. Twice finds nothing more."""
    known = set(session.scalars(select(UnusualUse.sign).where(UnusualUse.request_id == request.id)))
    for sign, count in signs_of(session, request, current().rules):
        if sign not in known:
            _enter(session, request, sign, count)


def signs_of(session: Session, request: StampRequest, rules: ExchangeRules) -> Iterator[tuple[Sign, int]]:
    """What is unusual about a use, with how many came together."""
    at = request.stamped_at or now()
    if is_night(at, rules):
        yield Sign.NIGHT, 1
    if rules.seal_holidays_unusual and not Calendar().is_working(to_city(at).date()):
        yield Sign.HOLIDAY, 1
    burst = _uses(session, request, since=at - timedelta(minutes=rules.seal_burst_minutes))
    if burst >= rules.seal_burst_uses:
        yield Sign.BURST, burst
    again = _of_one_document(session, request)
    if again > 1:
        yield Sign.AGAIN, again


def is_night(at: datetime, rules: ExchangeRules) -> bool:
    """Whether a moment lies in the night of the rules, which may go over midnight."""
    clock, begin, end = to_city(at).time(), rules.seal_night_from, rules.seal_night_until
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def remark(use: UnusualUse, person: Person, text: str) -> UnusualRemark:
    """The head of the unit, or the auditor, says what they make of it. Raises Denied, AlreadyDone, Invalid."""
    side = side_of(person, use)
    if side is None:
        raise Denied("The head of the unit and the auditor look into unusual uses.")
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid("Say in at most %(longest)s characters what you found.", field="remark", longest=LONGEST)
    session = session_of(use)
    session.flush()
    session.refresh(use, with_for_update={"of": UnusualUse})
    if any(known.side == side for known in use.remarks):
        raise AlreadyDone("This was acknowledged already.")
    row = UnusualRemark(side=side, person=person, remark=text, at=now())
    use.remarks.append(row)
    record(Event.UNUSUAL_USE_REMARKED, subject=use, actor=person, unit_id=use.unit_id, side=side, remark=text)
    return row


def side_of(person: Person, use: UnusualUse) -> Side | None:
    """For which side the person speaks; nobody speaks for another."""
    if person.acting is not None or not person.may(Permission.SEALS_UNUSUAL):
        return None
    if person.may(Permission.LEDGER_AUDIT):
        return Side.AUDIT
    return Side.UNIT if person.unit_id == use.unit_id else None


def visible(person: Person) -> Select[UnusualUse]:
    """Unusual uses of the person's unit's seals; for the auditor all."""
    statement = select(UnusualUse)
    if not person.may(Permission.LEDGER_AUDIT):
        statement = statement.where(UnusualUse.unit_id == person.unit_id)
    return statement


def waiting_for(person: Person) -> Select[UnusualUse]:
    """Those that the person's side hasn't acknowledged."""
    side = Side.AUDIT if person.may(Permission.LEDGER_AUDIT) else Side.UNIT
    said = select(UnusualRemark.id).where(UnusualRemark.use_id == UnusualUse.id, UnusualRemark.side == side)
    return visible(person).where(~said.exists())


def get(session: Session, person: Person, use_id: int) -> UnusualUse:
    """Load and authorise. Raises NotFound."""
    statement = visible(person).where(UnusualUse.id == use_id).options(*shown())
    use = session.scalars(statement).unique().one_or_none()
    if use is None:
        raise NotFound("There is no such use of a seal.")
    return use


def shown() -> tuple[ORMOption, ...]:
    """What a list of unusual uses needs beside its rows."""
    return (
        joinedload(UnusualUse.request).joinedload(StampRequest.asked_by),
        joinedload(UnusualUse.seal),
        joinedload(UnusualUse.unit),
        selectinload(UnusualUse.remarks).joinedload(UnusualRemark.person),
    )


def _enter(session: Session, request: StampRequest, sign: Sign, count: int) -> None:
    seal = request.seal
    use = UnusualUse(
        request=request, seal=seal, unit_id=seal.unit_id, sign=sign, count=count, used_at=request.stamped_at or now()
    )
    session.add(use)
    session.flush()
    record(Event.UNUSUAL_USE_FOUND, subject=use, unit_id=seal.unit_id, seal=seal.id, request=request.id, sign=sign)


def _uses(session: Session, request: StampRequest, since: datetime) -> int:
    until = request.stamped_at or now()
    return (
        session.scalar(
            select(func.count(StampRequest.id)).where(
                StampRequest.seal_id == request.seal_id,
                StampRequest.state == StampState.STAMPED,
                StampRequest.stamped_at > since,
                StampRequest.stamped_at <= until,
            )
        )
        or 0
    )


def _of_one_document(session: Session, request: StampRequest) -> int:
    return (
        session.scalar(
            select(func.count(StampRequest.id)).where(
                StampRequest.seal_id == request.seal_id,
                StampRequest.reference == request.reference,
                StampRequest.state == StampState.STAMPED,
                StampRequest.id <= request.id,
            )
        )
        or 0
    )
