"""One actor tries every door at an object that is not there and at the one of the scene; nothing stays changed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.people.models import Person
from tests.conventions.doors import Door, doors
from tests.matrix.objects import Scene

TURNED_AWAY = 403
# What an earlier act has left to be said on the next page, whichever that is.
_SAID = re.compile(r'<div class="notice[^"]*" role="alert">.*?\n</div>', re.DOTALL)
# What differs in two answers of one page whatever it is about.
_CHANGING = re.compile(r"value=\"[^\"]{20,}\"|X-CSRFToken\": \"[^\"]+|\d{2}:\d{2}(:\d{2})?|\d+")


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and the page without what changes from one second to the next."""

    status: int
    page: str

    @classmethod
    def of(cls, response: TestResponse) -> Answer:
        """Read a response, to its end."""
        text = response.get_data(as_text=True) if response.mimetype == "text/html" else response.mimetype or ""
        answer = cls(response.status_code, " ".join(_CHANGING.sub("", _SAID.sub("", text)).split()))
        response.close()
        return answer


@dataclass(frozen=True)
class Tried:
    """A door with what it answered: `found` is None when the address names no object."""

    door: str
    endpoint: str
    absent: Answer
    found: Answer | None

    @property
    def cell(self) -> str:
        """What stands in the table."""
        return str(self.absent.status) if self.found is None else f"{self.absent.status}/{self.found.status}"


class Kept:
    """A copy of a SQLite database, put back whenever somebody has written into the original."""

    def __init__(self, database: Path, name: str) -> None:
        self.database, self.copy = database, database.with_suffix(f".{name}")
        self._watch = sqlite3.connect(database)
        _copy(database, self.copy)
        self._version = self._read_version()

    def put_back(self) -> None:
        """Undo what was written since; most doors write nothing, and copying costs more than asking."""
        if self._read_version() != self._version:
            _copy(self.copy, self.database)
            self._version = self._read_version()

    def close(self) -> None:
        """Stop watching."""
        self._watch.close()

    def _read_version(self) -> int:
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])


def try_all(app: Flask, client: FlaskClient, person: Person | None, scene: Scene, database: Path) -> Iterator[Tried]:
    """Try every door of the application, each with the database as it was at the start."""
    with closing(Kept(database, "entered")) as kept:
        yield from _try_all(app, client, person, scene, kept)


def _try_all(app: Flask, client: FlaskClient, person: Person | None, scene: Scene, kept: Kept) -> Iterator[Tried]:
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    for door in doors(app):
        absent = Answer.of(door.open(client))
        kept.put_back()
        if absent.status == TURNED_AWAY and person is not None and not door.lets_in(person):
            # The guard sent them off before the view: nothing was changed, and no object was asked for.
            yield Tried(f"{door.method} {door.endpoint}", door.endpoint, absent, absent if door.named else None)
            continue
        found = None
        if door.named:
            found = Answer.of(client.open(_address(app, rules[door.endpoint], door, scene), method=door.method))
            kept.put_back()
        yield Tried(f"{door.method} {door.endpoint}", door.endpoint, absent, found)


def _address(app: Flask, rule: Rule, door: Door, scene: Scene) -> str:
    blueprint = door.endpoint.partition(".")[0]
    names = {name: scene.value(blueprint, name) for name in rule.arguments}
    return str(app.url_map.bind("localhost").build(door.endpoint, names))


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
