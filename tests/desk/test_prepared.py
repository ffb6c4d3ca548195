"""Home page and menu are kept ready for each person: what they depend on is all in the key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import readers
from portal.core import clock
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.exchange.lifecycle import DeliveryState
from portal.people import piles
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.clients import log_in
from tests.desk.conftest import PutDelivery
from tests.desk.test_desk import _counted


def _statements(app: Flask, person: Person) -> Iterator[tuple[str, Any]]:
    """Every statement offered to a person, by name."""
    for pile in chain.from_iterable(piles.piles.call(person)):
        yield f"pile {pile.key}", pile.rows
    for item in app.extensions["navigation"]:
        if item.count and any(person.may(permission) for permission in item.permissions):
            yield f"menu {item.endpoint}", select(item.count(person))


def _fixed(statement: Any) -> list[Any]:
    return [bind.value for bind in statement._generate_cache_key().bindparams if bind.callable is None]


@pytest.mark.parametrize("role", list(Role))
def test_nothing_is_asked_and_no_clock_is_read_while_statements_are_put_together(
    role: Role, runtime: Runtime, app: Flask, session: Session, city: City
) -> None:
    """Else somebody would be shown what was so when their statement was made: use `moment()`, or extend the key."""
    person = city.holder(role)
    noon = clock.now().replace(hour=4, minute=0, second=0, microsecond=1)
    with clock.frozen(noon) as hands, _counted(runtime.engine) as asked:
        readers.asker_of(session, person)
        asked.clear()
        first = dict(_statements(app, person))
        hands.advance(timedelta(hours=3))
        later = dict(_statements(app, person))
    assert not asked
    assert first.keys() == later.keys()
    for name, statement in first.items():
        assert _fixed(statement) == _fixed(later[name]), name


@pytest.mark.req("M-9")
def test_the_second_look_shows_what_came_since_and_what_roles_allow_now(
    runtime: Runtime, app: Flask, session: Session, city: City, put_delivery: PutDelivery
) -> None:
    """Statements are kept, never their answers; and a role taken away takes its piles with it."""
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    session.commit()
    client = log_in(app, runtime, clerk)
    assert "关于节约用电的通知" not in client.get("/").text
    put_delivery(DeliveryState.DELIVERED)
    session.commit()
    assert "关于节约用电的通知" in client.get("/").text
    assert "关于节约用电的通知" in client.get("/").text
    session.refresh(clerk)
    clerk.role_rows.clear()
    session.commit()
    assert not clerk.may(Permission.EXCHANGE_VIEW)
    assert "关于节约用电的通知" not in client.get("/").text
