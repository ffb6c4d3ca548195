"""In the demo city a leader travels and has named an acting person; units have looked at their inboxes, some not."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, now, today
from portal.core.runtime import Runtime
from portal.exchange import inbox_checks
from portal.exchange.models import Half, InboxCheck
from portal.people import delegations
from portal.people import queries as people
from portal.people.delegations import Terms
from portal.people.models import Delegation, Person
from portal.people.roles import Role
from portal.units.queries import all_units

LEADER, ACTING = "sujianzhi", "luwenlan"
TIMES = {Half.MORNING: time(9, 10), Half.AFTERNOON: time(14, 5)}
FORGETFUL = 4
"""One unit in so many forgets an afternoon now and then."""


def load(session: Session, runtime: Runtime) -> None:
    """Name the acting person and note past looks, unless they are there already."""
    leader, acting = people.by_account(session, LEADER), people.by_account(session, ACTING)
    if leader and acting and session.scalar(select(Delegation.id).limit(1)) is None:
        terms = Terms([Role.LEADER], today(), today() + timedelta(days=13), "赴外地参加培训")
        delegations.name_acting(leader, acting, leader, terms)
    if session.scalar(select(InboxCheck.id).limit(1)) is None:
        _looks(session)
    session.flush()


def _looks(session: Session) -> None:
    days = [day for day in inbox_checks.working_days(inbox_checks.DAYS_SHOWN) if day < today()]
    for place, unit in enumerate(all_units(session)):
        clerk = _clerk(session, unit.id)
        if clerk is None:
            continue
        for turn, day in enumerate(days):
            for half, hour in TIMES.items():
                forgets = half is Half.AFTERNOON and (place + turn) % FORGETFUL == 0 and place % 2 == 1
                at = datetime.combine(day, hour, CITY_ZONE) + timedelta(minutes=place)
                if not forgets and at < now():
                    inbox_checks.note(session, clerk.id, None, unit.id, at)


def _clerk(session: Session, unit_id: int) -> Person | None:
    return next(iter(people.holders(session, unit_id, Role.EXCHANGE_CLERK)), None)
