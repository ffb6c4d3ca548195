"""What the seal server remembers by itself, beside its settings: no database tells it otherwise.

Of each seal's key: the newest custody record it has seen, so that an older one, signed as well, can't be put back;
whether it was suspended, until a ceremony lifts just that; and each use it made of the key (`hsm/uses.py`), so that
one consent makes one impression and the use book can be compared. Beside that, what is never accepted again
(`hsm/refusals.py`), and which seals ended (`hsm/ended.py`). The file is SQLite: written whole or not at all, and
locked between two seal servers on one machine. That lock is the last one taken and the first let go: nothing is waited
for while it is held.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hsm import ended, refusals, uses
from hsm.errors import RecordOld, SettingsInvalid

FILE_NAME = "memory.db"
PATIENCE_SECONDS = 20
_TABLES = """
CREATE TABLE IF NOT EXISTS seal (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL, before INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS held (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS named (key TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT;
"""


class Memory:
    """The file of one seal server, or of several on one machine. `key`: SHA-256 of the seal's public key, hex."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.uses = uses.Uses(self._open)
        self.refusals = refusals.Refusals(self._open)
        self.ended = ended.Ended(self._open)

    @classmethod
    def beside(cls, settings_path: Path) -> "Memory":
        """The memory that belongs to these settings."""
        return cls(settings_path.with_name(FILE_NAME))

    def see(self, key: str, sequence: int, name: str, booked: Callable[[], Iterable[uses.Use]]) -> None:
        """A custody record was shown; the newest counts from now on.

        name: what the key is called when no register names it any more; booked: gives the uses in the book now, which
        are believed for a key that was used before this memory began. Raises RecordOld when a newer record was seen
        before.
        """
        with self._open() as file:
            known = file.execute("SELECT sequence FROM seal WHERE key = ?", (key,)).fetchone()
            if known is None:
                for line in booked():
                    uses.keep(file, key, line)
                file.execute("INSERT INTO seal VALUES (?, ?, 0)", (key, sequence))
            elif sequence < known[0]:
                raise RecordOld(f"A custody record newer than no. {sequence} was seen before.", str(known[0]))
            elif sequence > known[0]:
                file.execute("UPDATE seal SET sequence = ? WHERE key = ?", (sequence, key))
            file.execute(
                "INSERT INTO named VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET name = excluded.name "
                "WHERE name <> excluded.name",
                (key, name),
            )

    def name_of(self, key: str) -> str:
        """What a seal was called when its record was last seen; the key itself where that wasn't kept."""
        with self._open() as file:
            row = file.execute("SELECT name FROM named WHERE key = ?", (key,)).fetchone()
            return str(row[0]) if row else key

    def newest(self) -> int:
        """The highest number of a ceremony whose record was seen or held, for whatever seal; 0 when none was."""
        with self._open() as file:
            (number,) = file.execute(
                "SELECT coalesce(max(sequence), 0) FROM (SELECT sequence FROM seal UNION ALL SELECT sequence FROM held)"
            ).fetchone()
            return int(number)

    def newest_of(self, key: str) -> int:
        """The same for one seal."""
        with self._open() as file:
            (number,) = file.execute(
                "SELECT coalesce(max(sequence), 0) FROM "
                "(SELECT key, sequence FROM seal UNION ALL SELECT key, sequence FROM held) WHERE key = ?",
                (key,),
            ).fetchone()
            return int(number)

    def known(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that a custody record was seen for."""
        with self._open() as file:
            rows = file.execute("SELECT key FROM seal").fetchall()
        return {str(row[0]) for row in rows} & set(keys)

    def hold(self, key: str, sequence: int) -> None:
        """The seal was suspended or revoked under this record: only a later ceremony that lifts just that ends it."""
        with self._open() as file:
            file.execute(
                "INSERT INTO held VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET sequence = max(sequence, excluded.sequence)",
                (key, sequence),
            )

    def lift(self, key: str, sequence: int) -> None:
        """A ceremony of this number lifted the seal's suspension: the record it signs can be used, and later ones."""
        with self._open() as file:
            file.execute(
                "INSERT INTO lifted VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET sequence = max(sequence, excluded.sequence)",
                (key, sequence),
            )

    def is_held(self, key: str, sequence: int) -> bool:
        """Whether this record can't be used: the seal was suspended or revoked, and that wasn't lifted since.

        A later record by itself, of another custody, lifts nothing.
        """
        with self._open() as file:
            held = file.execute("SELECT sequence FROM held WHERE key = ?", (key,)).fetchone()
            lifted = file.execute("SELECT sequence FROM lifted WHERE key = ?", (key,)).fetchone()
        if held is None:
            return False
        return lifted is None or lifted[0] <= held[0] or sequence < lifted[0]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the file's lock. Raises SettingsInvalid when it can't be read or written."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self.path, timeout=PATIENCE_SECONDS, isolation_level=None)) as file:
                file.executescript(_TABLES + uses.TABLES + refusals.TABLES + ended.TABLES)
                file.execute("BEGIN IMMEDIATE")
                try:
                    uses.take_former(file)
                    _take_lifted(file)
                    yield file
                except BaseException:
                    file.execute("ROLLBACK")
                    raise
                file.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise SettingsInvalid(f"{self.path} can't be used: {error}.", str(self.path)) from error


def _take_lifted(file: sqlite3.Connection) -> None:
    """A memory of before knew no lifting: any later record had lifted a suspension then."""
    if file.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'lifted'").fetchone():
        return
    file.execute("CREATE TABLE lifted (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT")
    file.execute(
        "INSERT INTO lifted SELECT seal.key, seal.sequence FROM seal JOIN held ON held.key = seal.key "
        "WHERE seal.sequence > held.sequence"
    )
