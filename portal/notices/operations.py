"""Writing notices: anyone who writes may send their own, only clerks the unit's (M-7, OP6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content import policy
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item
from portal.core.clock import CITY_ZONE, now, today
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.notices import receipts
from portal.notices.models import Notice, NoticeReminder
from portal.people.models import Person
from portal.people.roles import Role

# Who speaks for the unit in a notice (OP6: the unit's clerks).
SPEAKERS = frozenset({Role.EXCHANGE_CLERK, Role.OFFICE_HEAD, Role.SECRETARIAT, Role.INFORMATION_CENTRE})
CLERKS_ONLY = N_("Only the unit's clerks send notices of the unit.")
# As urgency is stored with documents: 平件 has no mark.
URGENCIES = {"": N_("Not urgent"), "加急": N_("Urgent"), "特急": N_("Most urgent")}


@dataclass(frozen=True)
class Marks:
    """How a notice is shown: as whose, how urgent, at the top, until when."""

    of_unit: bool = False
    pinned: bool = False
    urgency: str = ""
    until: date | None = None


def speaks_for_unit(person: Person) -> bool:
    """Whether the person may send notices of the unit."""
    return bool(person.roles & SPEAKERS)


def draft_notice(
    session: Session,
    author: Person,
    title: str,
    text: str,
    *,
    of_unit: bool = False,
    pinned: bool = False,
    marks: Marks | None = None,
) -> Item:
    """Begin a notice. Raises Denied for the unit's by somebody who isn't its clerk, Invalid."""
    marks = marks or Marks(of_unit, pinned)
    _require_allowed(author, marks)
    item = items.draft(session, author, ItemKind.NOTICE, title, text)
    notice = Notice(item_id=item.id)
    session.add(notice)
    _mark(item, notice, marks)
    session.flush()
    return item


def check_speaker(session: Session, item: Item, person: Person) -> None:
    """A notice of the unit is changed and sent by its clerks alone. Raises Denied."""
    notice = session.get(Notice, item.id) if item.kind == ItemKind.NOTICE else None
    if notice is not None and notice.of_unit and not speaks_for_unit(person):
        raise Denied(CLERKS_ONLY)


def mark_notice(item: Item, person: Person, marks: Marks) -> None:
    """Change how a draft will be shown. Raises Denied, Invalid."""
    session = items.lock(item)
    if not policy.may_edit(item, person):
        raise Denied("This can't be changed any more, or isn't yours to change.")
    check_speaker(session, item, person)
    notice = session.get_one(Notice, item.id)
    _require_allowed(person, marks)
    _mark(item, notice, marks)
    item.version += 1
    session.flush()


def remind(item: Item, person: Person) -> int:
    """Put the item on the desks of those who have not read it, once a day; how many they are. Raises AlreadyDone."""
    session = items.lock(item)
    if item.state != ItemState.PUBLISHED or not policy.may_withdraw(item, person):
        raise Denied("Only the sender can remind its readers.")
    if session.get(NoticeReminder, (item.id, today())) is not None:
        raise AlreadyDone("Its readers were reminded today already; tomorrow it is possible again.")
    count = receipts.totals(session, item)
    if not count.unread:
        raise Refused("Everybody has read it.")
    session.add(NoticeReminder(item_id=item.id, day=today(), at=now(), by_id=person.id, unread=count.unread))
    session.flush()
    record(Event.NOTICE_REMINDED, subject=item, actor=person, unread=count.unread)
    return count.unread


def end_of(day: date | None) -> datetime | None:
    """The last moment of a day in the city."""
    return datetime.combine(day, time(23, 59, 59), CITY_ZONE) if day else None


def urgency_of(mark: str) -> str:
    """The urgency as it is stored. Raises Invalid."""
    if mark not in URGENCIES:
        raise Invalid("Choose one of these.", field="urgency")
    return mark


def _require_allowed(author: Person, marks: Marks) -> None:
    if marks.of_unit and not speaks_for_unit(author):
        raise Denied(CLERKS_ONLY)
    if marks.pinned and not marks.of_unit:
        raise Invalid("Only notices of the unit are kept at the top.", field="pinned")
    if marks.until is not None and marks.until < today():
        raise Invalid("The day until which it is shown lies in the past.", field="until")


def _mark(item: Item, notice: Notice, marks: Marks) -> None:
    notice.of_unit = marks.of_unit
    item.pinned, item.urgency, item.expires_at = marks.pinned, urgency_of(marks.urgency), end_of(marks.until)
