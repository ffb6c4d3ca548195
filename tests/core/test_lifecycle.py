"""Each pair of state and act moves as its table says or is refused; the database stores no state but the table's."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Integer, LargeBinary

from portal.core.clock import now, today
from portal.core.lifecycle import Lifecycle, WrongState
from portal.core.runtime import Runtime
from tests.core.lives import choices, columns, lifecycles

LIVES = lifecycles()
COLUMNS = sorted({(name, table.name, column): (name, table, column) for name, table, column in columns()}.items())
life = pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())


def test_every_lifecycle_is_found() -> None:
    assert {"document", "delivery", "copy", "seal_application", "seal", "ceremony", "stamp_request"} <= set(LIVES)


@life
def test_each_pair_moves_or_is_refused(life: Lifecycle[StrEnum, StrEnum]) -> None:
    for state, act in product(life.states, life.acts):
        if (state, act) in life.moves:
            assert life.advance(state.value, act) is life.moves[state, act]
            assert life.allows(state, act)
            continue
        assert not life.allows(state, act)
        with pytest.raises(WrongState) as refused:
            life.advance(state.value, act)
        assert (refused.value.state, refused.value.act) == (state, act)


@life
def test_every_state_is_reached_and_every_act_moves_something(life: Lifecycle[StrEnum, StrEnum]) -> None:
    reached = {life.start}
    for _ in life.states:
        reached |= {target for (state, _act), target in life.moves.items() if state in reached}
    assert reached == set(life.states)
    assert {act for _, act in life.moves} == set(life.acts)


@life
def test_a_state_outside_the_table_is_an_error(life: Lifecycle[StrEnum, StrEnum]) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        life.advance("nowhere", next(iter(life.acts)))


def test_every_lifecycle_is_a_constraint() -> None:
    assert {name for (name, _, _), _ in COLUMNS} == set(LIVES)


@pytest.mark.parametrize(
    ("name", "table", "column"), [found for _, found in COLUMNS], ids=["-".join(key) for key, _ in COLUMNS]
)
def test_the_database_takes_the_states_of_the_table_and_no_other(
    name: str, table: Table, column: str, runtime: Runtime
) -> None:
    with runtime.engine.connect() as connection:
        _forget_references(connection)
        for state in LIVES[name].states:
            _take(connection, table, column, state.value, f"ck_{table.name}_{name}_{column}")
            connection.rollback()
            _forget_references(connection)
        # Where a table ties other columns to its states, that rule may be the first to refuse a state that isn't one.
        with pytest.raises(IntegrityError, match=f"ck_{table.name}_"):
            connection.execute(insert(table).values(_row(table) | {column: "nowhere"}))


def _take(connection: Connection, table: Table, column: str, state: str, constraint: str) -> None:
    """Insert a row in a state of the table; others of its rules may want more of such a row, not this one."""
    try:
        connection.execute(insert(table).values(_row(table) | {column: state}))
    except IntegrityError as error:
        assert constraint not in str(error)


def _forget_references(connection: Connection) -> None:
    """Let a row stand without those it refers to: only its own constraints are asked."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))


def _row(table: Table) -> dict[str, object]:
    """A value for every column that needs one."""
    listed = choices(table)
    return {
        column.name: listed[column.name][0] if column.name in listed else _filling(column.type, place)
        for place, column in enumerate(table.columns)
        if not column.nullable and (not column.primary_key or column.foreign_keys) and column.default is None
    }


def _filling(kind: Any, place: int) -> object:
    for wanted, value in (
        (Boolean, True),
        (Integer, 1 + place),  # no two alike: some rules want two different units
        (JSON, {}),
        (LargeBinary, b"x"),
        (Date, today()),
        (DateTime, now()),
    ):
        if isinstance(getattr(kind, "impl_instance", kind), wanted) or isinstance(kind, wanted):
            return value
    return "x"
