"""The unit's mailbox: each item is claimed by one named person 认领, who alone confirms or returns it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_, both_names
from portal.documents.models import Document
from portal.exchange import policy, queries
from portal.exchange.models import Delivery
from portal.exchange.sending import required
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import queries as people
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.people.policy import permissions_of
from portal.people.roles import Role

KEY = "claims"
EXAMPLES = 3


def claim(delivery: Delivery, person: Person) -> None:
    """Take an item out of the unit's mailbox in one's own name. Of two people at once, one gets it.

    Raises AlreadyDone when it is theirs, Refused naming who has it, Denied.
    """
    _begin(delivery, person)
    if is_held_by(delivery, person):
        raise AlreadyDone("You have claimed this document already.")
    require_claim(delivery, person)


def require_claim(delivery: Delivery, person: Person) -> None:
    """See that the item is this person's; claim it when nobody has. Needs the row's lock.

    Raises Refused naming who has claimed it.
    """
    if is_others(delivery, person):
        raise Refused("%(name)s has claimed this document. Take it over first, with the reason.", name=holder(delivery))
    if delivery.claimed_by_id is None:
        _give(delivery, person, person.acting_for)
        record(Event.DELIVERY_CLAIMED, subject=delivery, actor=person)


def release(delivery: Delivery, person: Person) -> None:
    """Put it back into the unit's mailbox. Raises AlreadyDone, Refused when it is somebody else's, Denied."""
    _begin(delivery, person)
    if delivery.claimed_by_id is None:
        raise AlreadyDone("Nobody has claimed this document.")
    require_claim(delivery, person)
    _free(delivery)
    record(Event.DELIVERY_RELEASED, subject=delivery, actor=person)


def take_over(delivery: Delivery, person: Person, reason: str) -> None:
    """Take it over from who has claimed it, who reads of it on their desk. Raises Invalid, AlreadyDone, Denied."""
    reason = required(reason, "reason")
    _begin(delivery, person)
    if is_held_by(delivery, person):
        raise AlreadyDone("You have claimed this document already.")
    former = delivery.claimed_by_id
    if former is None:
        require_claim(delivery, person)
        return
    told = delivery.claimed_for_id or former
    _give(delivery, person, person.acting_for)
    delivery.taken_from_id = told
    record(Event.DELIVERY_TAKEN_OVER, subject=delivery, actor=person, former=former, reason=reason)


def held_by(person: Person) -> ColumnElement[bool]:
    """Items of the person, and of the desk they work at."""
    both = (person.id, person.desk_id)
    return or_(Delivery.claimed_by_id.in_(both), Delivery.claimed_for_id == person.desk_id)


def held_by_others(person: Person) -> ColumnElement[bool]:
    """Items somebody else has claimed."""
    stood_for = Delivery.claimed_for_id
    mine = (person.id, person.desk_id)
    return and_(Delivery.claimed_by_id.not_in(mine), or_(stood_for.is_(None), stood_for != person.desk_id))


def is_held_by(delivery: Delivery, person: Person) -> bool:
    """Whether the item is this person's, or of the desk they work at."""
    mine = (person.id, person.desk_id)
    return delivery.claimed_by_id in mine or delivery.claimed_for_id == person.desk_id


def is_others(delivery: Delivery, person: Person) -> bool:
    """Whether somebody else has claimed it."""
    return delivery.claimed_by_id is not None and not is_held_by(delivery, person)


def holder(delivery: Delivery) -> str:
    """Who has claimed it, in both names when they acted for another (A-6)."""
    person, stood_for = delivery.claimed_by, delivery.claimed_for
    return both_names(person.name, stood_for.name if stood_for else None) if person else ""


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """What the person has claimed and not finished (A-7)."""
    rows = session.scalars(
        _unfinished(person).join(Delivery.document).options(contains_eager(Delivery.document).load_only(Document.title))
    ).all()
    if not rows:
        return []
    titles = tuple(delivery.document.title for delivery in rows[:EXAMPLES])
    # Without another clerk in the unit they go back to the mailbox.
    others = any(clerk.id != person.id for clerk in people.holders(session, person.unit_id, Role.EXCHANGE_CLERK))
    clerks = frozenset({Role.EXCHANGE_CLERK})
    return [OpenWork(KEY, N_("Claimed incoming documents"), len(rows), titles, handed_over=others, roles=clerks)]


def hand_over(session: Session, person: Person, key: str, successor: Person | None, actor: Person) -> int:
    """Give the person's claimed items to `successor`, or back to the mailbox (A-7).

    Raises Invalid when the successor doesn't deal with the unit's incoming documents.
    """
    if key != KEY:
        return 0
    rows = session.scalars(_unfinished(person).with_for_update(of=Delivery)).all()
    for delivery in rows:
        if successor is not None and not _can_hold(successor, delivery):
            raise Invalid("%(name)s doesn't deal with incoming documents.", field="successor", name=successor.name)
        if successor is None:
            _free(delivery)
        else:
            _give(delivery, successor, None)
        later = successor.id if successor else None
        record(Event.DELIVERY_HANDED_OVER, subject=delivery, actor=actor, former=person.id, claimed_by=later)
    return len(rows)


def _begin(delivery: Delivery, person: Person) -> None:
    policy.require_recipient(person, delivery, Permission.EXCHANGE_CHECK)
    queries.lock(delivery)
    if delivery.state not in queries.WAITING:
        raise Refused("This document is finished; nobody needs to claim it any more.")


def _give(delivery: Delivery, person: Person, stood_for: Person | None) -> None:
    delivery.claimed_by, delivery.claimed_for, delivery.claimed_at = person, stood_for, now()
    delivery.claimed_by_id, delivery.claimed_for_id = person.id, stood_for.id if stood_for else None
    delivery.taken_from_id = None


def _free(delivery: Delivery) -> None:
    delivery.claimed_by, delivery.claimed_for, delivery.claimed_at = None, None, None
    delivery.claimed_by_id, delivery.claimed_for_id = None, None


def _unfinished(person: Person) -> Select[Delivery]:
    mine = or_(Delivery.claimed_by_id == person.id, Delivery.claimed_for_id == person.id)
    return select(Delivery).where(mine, Delivery.state.in_(queries.WAITING)).order_by(Delivery.id)


def _can_hold(person: Person, delivery: Delivery) -> bool:
    able = Permission.EXCHANGE_CHECK in permissions_of(person.own_roles)
    return able and person.closed_at is None and person.unit_id == delivery.holder_id
