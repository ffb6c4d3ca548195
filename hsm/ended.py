"""What the seal server remembers of seals that ended: it says so for good, whatever a database says later.

Of each key the certificates that were seen, since when it is on hold or revoked and why, and when it was last seen
good. A revocation is kept as it was first learned; a hold is over once a ceremony lifted it. No
end is believed to lie before the moment at which the seal was last seen good: nobody disowns what was sealed by dating
a revocation back. The times are UTC, as text that sorts.
"""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

TABLES = """
CREATE TABLE IF NOT EXISTS certificate (serial TEXT PRIMARY KEY, key TEXT NOT NULL, pem TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS good (key TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ended (key TEXT NOT NULL, on_hold INTEGER NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL,
                                  sequence INTEGER NOT NULL, PRIMARY KEY (key, on_hold)) STRICT, WITHOUT ROWID;
"""
SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True)
class Seen:
    """What the register says of a key now. sequence: of its newest genuine custody record.

    usable: that record is shown and the seal server knows of no hold under it, so a hold of before was lifted by a
    ceremony; False where it knows of one, None where no such record is shown. held_since and revoked_at: None for a
    seal that isn't; reason: as in RFC 5280, "" for none.
    """

    key: str
    sequence: int
    usable: bool | None
    held_since: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class Known:
    """A certificate that was seen once, and since when its key is on hold or revoked."""

    pem: str
    held_since: dt.datetime | None
    revoked_at: dt.datetime | None
    reason: str


class Ended:
    """The part of the seal server's memory about seals that ended. `opened`: gives one transaction of the file."""

    def __init__(self, opened: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._open = opened

    def learn(self, seen: Iterable[Seen], certificates: Iterable[tuple[str, str, str]], at: dt.datetime) -> None:
        """Take in what the register says at a moment. certificates: serial number, key and PEM of each."""
        with self._open() as file:
            file.executemany("INSERT OR IGNORE INTO certificate VALUES (?, ?, ?)", certificates)
            for one in seen:
                _learn(file, one, _text(at))

    def known(self) -> list[Known]:
        """Every certificate that was ever seen, with what became of it."""
        with self._open() as file:
            rows = file.execute(
                "SELECT pem, held.at, revoked.at, coalesce(revoked.reason, '') FROM certificate "
                "LEFT JOIN ended AS revoked ON revoked.key = certificate.key AND revoked.on_hold = 0 "
                "LEFT JOIN ended AS held ON held.key = certificate.key AND held.on_hold = 1 "
                "ORDER BY certificate.serial"
            ).fetchall()
        return [Known(str(pem), _moment(held), _moment(revoked), str(reason)) for pem, held, revoked, reason in rows]


def _learn(file: sqlite3.Connection, one: Seen, now: str) -> None:
    if one.held_since is None and one.revoked_at is None:
        _learn_in_custody(file, one, now)
    if one.held_since is not None:
        _keep(file, one, _not_before_good(file, one.key, _text(one.held_since)))
    if one.revoked_at is not None:
        at = _not_before_good(file, one.key, _text(one.revoked_at))
        file.execute("INSERT OR IGNORE INTO ended VALUES (?, 0, ?, ?, ?)", (one.key, at, one.reason, one.sequence))


def _learn_in_custody(file: sqlite3.Connection, one: Seen, now: str) -> None:
    if one.usable:
        file.execute("DELETE FROM ended WHERE key = ? AND on_hold = 1", (one.key,))
        file.execute(
            "INSERT INTO good VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET at = max(at, excluded.at)", (one.key, now)
        )
    elif one.usable is False:
        # Put back into custody by the database alone: since when it was on hold isn't told anew.
        file.execute("INSERT OR IGNORE INTO ended VALUES (?, 1, ?, '', ?)", (one.key, now, one.sequence))


def _keep(file: sqlite3.Connection, one: Seen, at: str) -> None:
    """Keep since when a key is on hold; under a later record it may be another hold, which began later."""
    file.execute(
        "INSERT INTO ended VALUES (?, 1, ?, '', ?) ON CONFLICT (key, on_hold) DO UPDATE "
        "SET sequence = excluded.sequence, at = max(at, excluded.at) WHERE excluded.sequence > sequence",
        (one.key, at, one.sequence),
    )


def _not_before_good(file: sqlite3.Connection, key: str, at: str) -> str:
    row = file.execute("SELECT at FROM good WHERE key = ?", (key,)).fetchone()
    return max(at, str(row[0])) if row else at


def _text(moment: dt.datetime) -> str:
    """Whole seconds, as lists and answers have them; the next one, so that none is told earlier than it was."""
    moment = moment.astimezone(dt.UTC)
    whole = moment.replace(microsecond=0)
    return (whole if whole == moment else whole + SECOND).isoformat()


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
