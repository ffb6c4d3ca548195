"""What a seal server remembers of each use it made of a seal's key: what for, when, and what came of it.

A use is reserved before the device signs and finished afterwards, so that nothing is signed that isn't known; what
was reserved counts, finished or not. The facts are kept whole, so that no line of the use book can be changed, taken
out or put in without showing (S-10).
"""

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from hsm.errors import UseDiffers

TABLES = """
CREATE TABLE IF NOT EXISTS made (key TEXT NOT NULL, matter TEXT NOT NULL, slot TEXT, facts TEXT, at TEXT NOT NULL,
                                 sealed TEXT, result TEXT, PRIMARY KEY (key, matter)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS made_slot ON made (key, slot);
CREATE INDEX IF NOT EXISTS made_sealed ON made (sealed);
CREATE TABLE IF NOT EXISTS told (key TEXT PRIMARY KEY, what TEXT NOT NULL) STRICT;
"""
SEALED = "sealed_digest"
"""Under this name the result of a stamping holds the sealed file's SHA-256."""
_COLUMNS = "matter, facts, at, result"
Opener = Callable[[], AbstractContextManager[sqlite3.Connection]]
Facts = dict[str, Any]


@dataclass(frozen=True)
class Use:
    """One use of a key.

    matter: SHA-256 of what it was for, hex; facts: None for one of before facts were kept; at: when it was reserved,
    ISO 8601; result: None for one that was begun and not finished; slot: see `Uses.reserve`.
    """

    matter: str
    facts: Facts | None
    at: str
    result: Facts | None
    slot: str | None = None


class Uses:
    """The uses in one memory file. `key`: SHA-256 of the seal's public key, hex."""

    def __init__(self, opened: Opener) -> None:
        self._open = opened

    def reserve(self, key: str, matter: str, facts: Facts, at: str, slot: str | None = None) -> Facts | None:
        """Put down, durably, that the key is about to be used for this matter.

        Returns what was made of it before; None when it is to be made now. What a killed process left open may be made
        once more, because only what is finished leaves the seal server. slot: may be used for one matter alone, for
        ever. Raises UseDiffers when it was used for another.
        """
        with self._open() as file:
            known = file.execute("SELECT result FROM made WHERE key = ? AND matter = ?", (key, matter)).fetchone()
            if known is not None:
                return _read(known[0])
            taken = file.execute("SELECT 1 FROM made WHERE key = ? AND slot = ?", (key, slot)).fetchone()
            if slot is not None and taken is not None:
                raise UseDiffers("Another matter was signed under this name before.", slot)
            file.execute(
                "INSERT INTO made (key, matter, slot, facts, at) VALUES (?, ?, ?, ?, ?)",
                (key, matter, slot, _written(facts), at),
            )
            return None

    def finish(self, key: str, matter: str, result: Facts) -> Facts:
        """What came of a reserved use; returns the result in force. When two finish the same one, the first counts."""
        with self._open() as file:
            file.execute(
                "UPDATE made SET result = ?, sealed = ? WHERE key = ? AND matter = ? AND result IS NULL",
                (_written(result), result.get(SEALED), key, matter),
            )
            row = file.execute("SELECT result FROM made WHERE key = ? AND matter = ?", (key, matter)).fetchone()
            if row is None:
                raise UseDiffers("A use that was never reserved can't be finished.", matter)
            return dict(json.loads(row[0]))

    def release(self, key: str, matter: str) -> None:
        """The device made nothing, or what it made was destroyed unseen: the reservation is void."""
        with self._open() as file:
            file.execute("DELETE FROM made WHERE key = ? AND matter = ? AND result IS NULL", (key, matter))

    def is_sealed(self, head: str) -> bool:
        """Whether a file was sealed here whose SHA-256 begins like this (hex)."""
        return self._names_sealed("sealed >= ? AND sealed < ?", (head, head + "g"))

    def has_result(self, sealed: str) -> bool:
        """Whether this very file was the result of a use."""
        return self._names_sealed("sealed = ?", (sealed,))

    def of(self, key: str) -> list[Use]:
        """Every use of the key, in no order."""
        with self._open() as file:
            rows = file.execute(f"SELECT {_COLUMNS} FROM made WHERE key = ?", (key,)).fetchall()
        return [Use(matter, _read(facts), at, _read(result)) for matter, facts, at, result in rows]

    def count(self, key: str) -> int | None:
        """How often the key was used, as far as this seal server knows; None for a key it never saw."""
        with self._open() as file:
            known = file.execute("SELECT before FROM seal WHERE key = ?", (key,)).fetchone()
            if known is None:
                return None
            made = file.execute("SELECT count(*) FROM made WHERE key = ?", (key,)).fetchone()
            return int(known[0]) + int(made[0])

    def before(self, key: str) -> int:
        """How many uses of before this memory began are known by their number alone."""
        with self._open() as file:
            known = file.execute("SELECT before FROM seal WHERE key = ?", (key,)).fetchone()
            return int(known[0]) if known else 0

    def keys(self) -> list[str]:
        """Every key that was seen or used."""
        with self._open() as file:
            rows = file.execute("SELECT key FROM seal UNION SELECT key FROM made ORDER BY key").fetchall()
        return [str(row[0]) for row in rows]

    def learn(self, key: str, facts_of: Iterable[tuple[str, Use]], counted: Iterable[Use]) -> None:
        """Facts of uses that a former shape of this memory didn't keep, from the book, once.

        facts_of: matter of a use without facts, with its line; counted: lines of uses known by their number alone.
        """
        with self._open() as file:
            for matter, line in facts_of:
                file.execute(
                    "UPDATE made SET facts = ?, result = ?, sealed = ? WHERE key = ? AND matter = ? AND facts IS NULL",
                    (*_filled(line), key, matter),
                )
            lines = list(counted)
            for line in lines:
                keep(file, key, line)
            file.execute("UPDATE seal SET before = max(before - ?, 0) WHERE key = ?", (len(lines), key))

    def tell(self, key: str, what: str) -> bool:
        """Note which difference was told last, none as an empty text; whether it is another one than before."""
        with self._open() as file:
            known = file.execute("SELECT what FROM told WHERE key = ?", (key,)).fetchone()
            file.execute("INSERT OR REPLACE INTO told VALUES (?, ?)", (key, what))
            return (str(known[0]) if known else "") != what

    def _names_sealed(self, condition: str, values: tuple[str, ...]) -> bool:
        with self._open() as file:
            return file.execute(f"SELECT 1 FROM made WHERE {condition} LIMIT 1", values).fetchone() is not None


def keep(file: sqlite3.Connection, key: str, line: Use) -> None:
    """Enter a line of the book that is believed because nothing was known before."""
    facts, result, sealed = _filled(line)
    file.execute(
        "INSERT OR IGNORE INTO made (key, matter, slot, facts, at, sealed, result) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, line.matter, line.slot, facts, line.at, sealed, result),
    )


def take_former(file: sqlite3.Connection) -> None:
    """Move the uses of a memory of the former shape: it kept a hash of what each was for, and no facts.

    The codes of copies, which have no result there, were known by the hash of their reference.
    """
    if file.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'use'").fetchone() is None:
        return
    for key, matter, result in file.execute("SELECT key, matter, result FROM use").fetchall():
        made = json.loads(result) if result else {}
        file.execute(
            "INSERT OR IGNORE INTO made (key, matter, slot, at, sealed, result) VALUES (?, ?, ?, '', ?, ?)",
            (key, matter, None if result else matter, made.get(SEALED), _written(made)),
        )
    file.execute("DROP TABLE use")


def _filled(line: Use) -> tuple[str, str, str | None]:
    result = line.result or {}
    return _written(line.facts or {}), _written(result), result.get(SEALED)


def _written(facts: Facts) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True)


def _read(text: str | None) -> Facts | None:
    return None if text is None else dict(json.loads(text))
