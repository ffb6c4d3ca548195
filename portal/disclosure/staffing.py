"""What a person who leaves has under way among requests for disclosure (A-7): somebody must stay responsible."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.disclosure.lifecycle import LIVE
from portal.disclosure.request_models import DisclosureRequest
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.hooks import OpenWork
from portal.people.models import Person
from portal.people.policy import PERMISSIONS

KEY = "disclosure.requests"
LABEL = N_("Requests for disclosure the person is responsible for")
_ROLES = frozenset(role for role, permissions in PERMISSIONS.items() if P.DISCLOSURE_HANDLE in permissions)


def open_work(session: Session, person: Person) -> list[OpenWork]:
    """Requests the person answers for."""
    rows = _of(session, person)
    return [OpenWork(KEY, LABEL, len(rows), tuple(row.number for row in rows[:3]), roles=_ROLES)] if rows else []


def hand_over(session: Session, person: Person, key: str, successor: Person | None, actor: Person) -> int:
    """Make the successor responsible."""
    if key != KEY:
        return 0
    if successor is None:
        raise Refused("Requests for disclosure need a successor.")
    rows = _of(session, person)
    for request in rows:
        request.responsible_id = successor.id
        record(
            Event.DISCLOSURE_REQUEST_HANDED_OVER,
            subject=request,
            actor=actor,
            before=person.id,
            responsible=successor.id,
            reason="",
        )
    session.flush()
    return len(rows)


def _of(session: Session, person: Person) -> Sequence[DisclosureRequest]:
    return session.scalars(
        select(DisclosureRequest)
        .where(DisclosureRequest.responsible_id == person.id, DisclosureRequest.state.in_(LIVE))
        .order_by(DisclosureRequest.id)
    ).all()
