"""The same act twice at the same moment: the database lets one of them win."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.db import unit_of_work
from portal.core.errors import Invalid
from portal.core.runtime import Runtime
from portal.people import login, second_factor
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from tests.city import City
from tests.people.accounts import SEED, code, open_person

AT_ONCE = 4


def _together(act: Callable[[Session], None], runtime: Runtime) -> list[bool]:
    """Run `act` in sessions of their own, begun together; whether each was taken."""
    start = Barrier(AT_ONCE)

    def run(_number: int) -> bool:
        start.wait()
        try:
            with unit_of_work(runtime.engine) as session:
                act(session)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def test_one_code_opens_one_door(session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city, Role.SEAL_CUSTODIAN, seed=SEED)
    with frozen(now()):
        shown = code()
        taken = _together(lambda own: second_factor.confirm(own.get_one(Person, person.id), shown), runtime)
    assert sorted(taken) == [False] * (AT_ONCE - 1) + [True]


@pytest.mark.req("A-2")
def test_logging_in_at_once_leaves_one_live_session(session: Session, city: City, runtime: Runtime) -> None:
    open_person(session, city)

    def enter(own: Session) -> None:
        login.log_in(own, account="zhoubi", password_right=True, address="127.0.0.1", agent="")

    assert all(_together(enter, runtime))
    session.expire_all()
    live = select(func.count()).select_from(LoginSession)
    assert session.scalar(live.where(LoginSession.ended_at.is_(None))) == 1
    assert session.scalar(live) == AT_ONCE


def test_guessing_at_once_is_counted_in_full(session: Session, city: City, runtime: Runtime) -> None:
    person = open_person(session, city)

    def guess(own: Session) -> None:
        login.log_in(own, account="zhoubi", password_right=False, address="127.0.0.1", agent="")

    def guess_and_keep(own: Session) -> None:
        with pytest.raises(Invalid):
            guess(own)

    _together(guess_and_keep, runtime)
    session.expire_all()
    assert session.get_one(Person, person.id).failed_logins == AT_ONCE
