"""Kept statements: everybody's own values, the present moment, and nothing kept that was fixed to a moment."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import UtcDateTime
from portal.core.prepared import Prepared, moment
from portal.people.models import Person
from tests.city import City

BUILT = "built"


def _asked(prepared: Prepared, session: Session, key: int, *ids: int) -> tuple[list[int], tuple[str, int]]:
    """Ask for people by id; what is made beside tells for whom the statement was built."""

    def build() -> tuple[Select[int], tuple[str, int]]:
        return select(Person.id).where(Person.id.in_(ids)).order_by(Person.id), (BUILT, key)

    answer, beside = prepared.ask(session, key, build)
    return list(answer.scalars()), beside


def test_each_asker_has_their_own_values_in_the_shared_statement(session: Session, city: City) -> None:
    prepared = Prepared()
    one, other, third = sorted(person.id for person in city.people.values())[:3]
    assert _asked(prepared, session, 1, one) == ([one], (BUILT, 1))
    assert _asked(prepared, session, 2, other, third) == ([other, third], (BUILT, 2))
    assert _asked(prepared, session, 1) == ([one], (BUILT, 1))
    assert _asked(prepared, session, 2) == ([other, third], (BUILT, 2))


def test_one_who_asked_alike_without_it_confuses_nobody(session: Session, city: City) -> None:
    """SQLAlchemy's own cache then holds the same statement compiled with other names."""
    prepared = Prepared()
    one, other = sorted(person.id for person in city.people.values())[:2]
    session.execute(select(Person.id).where(Person.id.in_((other,))).order_by(Person.id))
    for _ in range(2):
        assert _asked(prepared, session, 1, one)[0] == [one]
        assert _asked(prepared, session, 2, other)[0] == [other]


def test_a_moment_is_read_at_each_asking(session: Session) -> None:
    prepared, lengths = Prepared(), []

    def length() -> timedelta:
        lengths.append(1)
        return timedelta(days=1)

    with clock.frozen(clock.now()) as hands:
        for _ in range(3):
            answer, _ = prepared.ask(session, "now", lambda: (select(moment(length), moment()), None))
            assert tuple(answer.one()) == (clock.now() - timedelta(days=1), clock.now())
            hands.advance(timedelta(hours=5))
    assert len(lengths) >= 3


def test_a_statement_fixed_to_a_moment_is_never_kept(session: Session) -> None:
    prepared = Prepared()
    with clock.frozen(clock.now().replace(microsecond=7)) as hands:
        for _ in range(2):
            answer, _ = prepared.ask(session, "fixed", lambda: (select(literal(clock.now(), UtcDateTime)), None))
            assert answer.scalar_one() == clock.now()
            hands.advance(timedelta(hours=5))
