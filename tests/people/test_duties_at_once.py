"""Two people at one duty in the same moment, each with a connection of their own: one does it, the other is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.clock import today
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Refused
from portal.core.runtime import Runtime
from portal.exchange import operations as exchange
from portal.exchange.models import Delivery
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people import delegations, leaving
from portal.people.delegations import Terms
from portal.people.models import Delegation, Person
from portal.people.roles import Role
from tests.city import City, make_person
from tests.exchange.travelling import clerk, delivery_to, quick_sent

Act = Callable[[Session], object]


def together(runtime: Runtime, *acts: Act) -> list[str]:
    """Do each act in a session of its own, begun together; how each ended, sorted."""
    start = Barrier(len(acts))

    def run(act: Act) -> str:
        start.wait()
        try:
            with unit_of_work(runtime.engine) as session:
                act(session)
        except (AlreadyDone, Refused) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_clerks_claim_one_item(session: Session, city: City, runtime: Runtime) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    other = make_person(session, city.units["finance"], Role.EXCHANGE_CLERK, account="second-clerk")
    session.commit()

    def claim(person_id: int) -> Act:
        return lambda own: exchange.claim(own.get_one(Delivery, delivery.id), own.get_one(Person, person_id))

    ids = (clerk(city, "finance").id, other.id)
    session.commit()
    assert together(runtime, *(claim(person_id) for person_id in ids)) == ["Refused", "done"]
    session.expire_all()
    claimed = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.DELIVERY_CLAIMED)).all()
    assert [event.actor_id for event in claimed] == [delivery.claimed_by_id]


@pytest.mark.req("A-6")
def test_overlapping_delegations(session: Session, city: City, runtime: Runtime) -> None:
    principal, head = city.person("finance", Role.LEADER), city.person("finance", Role.UNIT_HEAD)
    first, second = city.person("finance", Role.OFFICE_HEAD), city.person("finance", Role.DEPARTMENT_HEAD)
    session.commit()

    def name(delegate_id: int, actor_id: int, day: int) -> Act:
        terms = Terms([Role.LEADER], today() + timedelta(days=day), today() + timedelta(days=day + 5), "出差")
        return lambda own: delegations.name_acting(
            own.get_one(Person, principal.id), own.get_one(Person, delegate_id), own.get_one(Person, actor_id), terms
        )

    ids = (first.id, principal.id), (second.id, head.id)
    session.commit()
    ended = together(runtime, *(name(*pair, day) for day, pair in enumerate(ids)))
    assert ended == ["Refused", "done"]
    assert session.scalar(select(func.count(Delegation.id))) == 1


@pytest.mark.req("A-7")
def test_leaving_twice(session: Session, city: City, runtime: Runtime) -> None:
    person, actor = city.person("finance", Role.HANDLER), city.person("finance", Role.UNIT_ADMINISTRATOR)
    ids = person.id, actor.id
    session.commit()

    def leave(own: Session) -> None:
        leaving.close(own.get_one(Person, ids[0]), own.get_one(Person, ids[1]), {}, "退休")

    assert together(runtime, leave, leave) == ["AlreadyDone", "done"]
    closed = select(func.count(LedgerEvent.id)).where(LedgerEvent.kind == Event.PERSON_CLOSED)
    assert session.scalar(closed) == 1
