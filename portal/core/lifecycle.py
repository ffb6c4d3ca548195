"""Lifecycles as tables: the only way a state changes.

A lifecycle is `{(state, act): next state}`. `advance` guards in the code, `check_constraint` repeats the set of
states in the database, and `docs/lifecycles.md` is generated from the same tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from sqlalchemy import CheckConstraint

from portal.core.errors import Refused
from portal.core.text import N_

StateT = TypeVar("StateT", bound=StrEnum)
ActT = TypeVar("ActT", bound=StrEnum)


class WrongState(Refused):
    """The act doesn't move the thing from its present state."""

    def __init__(self, message: str, *, state: StrEnum, act: StrEnum) -> None:
        super().__init__(message, state=state.value, act=act.value)
        self.state = state
        self.act = act


@dataclass(frozen=True)
class Lifecycle(Generic[StateT, ActT]):
    """The table of one kind of thing; `name` is used in constraints and documentation."""

    name: str
    states: type[StateT]
    acts: type[ActT]
    moves: Mapping[tuple[StateT, ActT], StateT]
    start: StateT

    def advance(self, state: StrEnum | str, act: ActT) -> StateT:
        """Return the state `act` leads to. Raises WrongState when the table has no such move."""
        current = self.states(state)
        try:
            return self.moves[current, act]
        except KeyError:
            raise WrongState(
                N_("This step is not possible any more: the state has changed meanwhile. Look at the page again."),
                state=current,
                act=act,
            ) from None

    def allows(self, state: StrEnum | str, act: ActT) -> bool:
        """Whether `act` is a move from `state`."""
        return (self.states(state), act) in self.moves

    def check_constraint(self, column: str = "state") -> CheckConstraint:
        """The CHECK that makes a state outside the table impossible to store."""
        allowed = ", ".join(f"'{state.value}'" for state in self.states)
        return CheckConstraint(f"{column} IN ({allowed})", name=f"{self.name}_{column}")
