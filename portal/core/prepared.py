"""Statements that are more work to put together than to answer, kept for whoever asks them again.

Home page and menu join what twenty capabilities offer into one statement of thousands of elements. Putting it together
takes twenty times as long as the database's answer, and comes out the same until something about the person changes.
So it is done once for each person: what is kept is the person's own values and, shared by all whose statements are
alike in everything but values, one statement. Alike is what SQLAlchemy's cache of compiled statements calls alike.

What a statement depends on is the caller's to name, all of it, in `key`, the day included. Only the present is taken
care of here: a moment belongs into the statement as `moment()`, which is read at each asking; a statement with one read
from the clock while it was put together is never kept. Answers aren't kept either.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, CompoundSelect, Result, Select, bindparam
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import UtcDateTime

K = TypeVar("K")
V = TypeVar("V")
Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
Answer = Result[*tuple[Any, ...]]
MOST_ASKERS, MOST_FORMS = 4000, 128


def moment(before: Callable[[], timedelta] | timedelta = timedelta()) -> BindParameter[datetime]:
    """The moment at which a statement is asked, or one so long before, as a value of the statement."""
    length = before if callable(before) else lambda: before
    return bindparam(None, callable_=lambda: clock.now() - length(), type_=UtcDateTime(), unique=True)


@dataclass(frozen=True)
class _Form:
    """A statement, and the place for what SQLAlchemy makes of it, which knows its values by this statement's names."""

    statement: Statement
    names: tuple[str, ...]
    compiled: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """A form with one asker's values, those with a function worked out anew each time; and what was built beside."""

    form: _Form
    values: Mapping[str, Any]
    functions: Mapping[str, Callable[[], Any]]
    beside: Any

    def execute(self, session: Session) -> Answer:
        values = {**self.values, **{name: function() for name, function in self.functions.items()}}
        return session.execute(self.form.statement, values, execution_options={"compiled_cache": self.form.compiled})


class Prepared:
    """The statements a process keeps; those not asked for longest go first."""

    def __init__(self) -> None:
        self._asked: _Newest[Hashable, _Asked] = _Newest(MOST_ASKERS)
        self._forms: _Newest[Hashable, _Form] = _Newest(MOST_FORMS)

    def ask(self, session: Session, key: Hashable | None, build: Callable[[], tuple[Statement, V]]) -> tuple[Answer, V]:
        """The answer to the statement that `build` makes, with what it makes beside; without a key nothing is kept."""
        asked = None if key is None else self._asked.get(key)
        if asked is None:
            statement, beside = build()
            asked = None if key is None else self._keep(key, statement, beside)
            if asked is None:
                return session.execute(statement), beside
        return asked.execute(session), asked.beside

    def _keep(self, key: Hashable, statement: Statement, beside: Any) -> _Asked | None:
        made = statement._generate_cache_key()  # as in SQLAlchemy's own example of caching (dogpile_caching)
        if made is None or any(_is_fixed_moment(bind) for bind in made.bindparams):
            return None
        form = self._forms.get(made.key)
        if form is None:
            form = _Form(statement, tuple(bind.key for bind in made.bindparams))
            self._forms.put(made.key, form)
        named = list(zip(form.names, made.bindparams, strict=True))
        asked = _Asked(
            form,
            {name: bind.value for name, bind in named if bind.callable is None},
            {name: bind.callable for name, bind in named if bind.callable is not None},
            beside,
        )
        self._asked.put(key, asked)
        return asked


def _is_fixed_moment(bind: BindParameter[Any]) -> bool:
    """Whether the value was read from the clock; moments that follow from the day, part of the key, are whole."""
    values = bind.value if isinstance(bind.value, list | tuple | set | frozenset) else (bind.value,)
    return bind.callable is None and any(isinstance(value, datetime) and value.microsecond for value in values)


class _Newest(Generic[K, V]):
    """So many things at most, those asked for longest ago forgotten; several threads may use it."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, Lock()
        self._things: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
            return self._things.get(key)

    def put(self, key: K, thing: V) -> None:
        with self._lock:
            self._things[key] = thing
            self._things.move_to_end(key)
            if len(self._things) > self._most:
                self._things.popitem(last=False)
