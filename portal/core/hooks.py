"""Typed hooks: how a lower capability asks or tells the upper ones without importing them.

The lower one defines a `Hook`, the upper one offers a function, `portal.wiring` connects them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Hook(Generic[P, R]):
    """A named place for functions of one signature."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._functions: list[Callable[P, R]] = []

    def connect(self, function: Callable[P, R]) -> None:
        """Add `function`; connecting twice is harmless."""
        if function not in self._functions:
            self._functions.append(function)

    def call(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Call all in order of connection and collect their answers."""
        return [function(*args, **kwargs) for function in self._functions]
