"""What the seal server remembers by itself, beside its settings: no database tells it otherwise.

Of each seal's key: the newest custody record it has seen, so that an older one, signed as well, can't be put back;
whether it was suspended, until a ceremony signs another record; and each use it made of the key, so that one consent
makes one impression and the use book can be counted. What it remembers of seals that ended is in `hsm/ended.py`. The
file is SQLite: written whole or not at all, and locked between two seal servers on one machine. That lock is the last
one taken and the first let go: nothing is waited for while it is held.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hsm import ended
from hsm.errors import RecordOld, SettingsInvalid

FILE_NAME = "memory.db"
PATIENCE_SECONDS = 20
_TABLES = """
CREATE TABLE IF NOT EXISTS seal (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL, before INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS held (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS use (key TEXT NOT NULL, matter TEXT NOT NULL, result TEXT NOT NULL,
                                PRIMARY KEY (key, matter)) STRICT, WITHOUT ROWID;
"""


class Memory:
    """The file of one seal server, or of several on one machine. `key`: SHA-256 of the seal's public key, hex."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ended = ended.Ended(self._open)

    @classmethod
    def beside(cls, settings_path: Path) -> "Memory":
        """The memory that belongs to these settings."""
        return cls(settings_path.with_name(FILE_NAME))

    def see(self, key: str, sequence: int, booked: Callable[[], int]) -> None:
        """A custody record was shown; the newest counts from now on.

        booked: gives the uses in the book now; a key that was used before this memory began is counted on from there.
        Raises RecordOld when a newer record was seen before.
        """
        with self._open() as file:
            known = file.execute("SELECT sequence FROM seal WHERE key = ?", (key,)).fetchone()
            if known is None:
                file.execute("INSERT INTO seal VALUES (?, ?, ?)", (key, sequence, booked()))
            elif sequence < known[0]:
                raise RecordOld(f"A custody record newer than no. {sequence} was seen before.", str(known[0]))
            elif sequence > known[0]:
                file.execute("UPDATE seal SET sequence = ? WHERE key = ?", (sequence, key))

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
        """The seal was suspended or revoked under this record: only a later ceremony's record ends that."""
        with self._open() as file:
            file.execute(
                "INSERT INTO held VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET sequence = max(sequence, excluded.sequence)",
                (key, sequence),
            )

    def is_held(self, key: str, sequence: int) -> bool:
        """Whether the seal was suspended or revoked under this record or a later one."""
        with self._open() as file:
            known = file.execute("SELECT sequence FROM held WHERE key = ?", (key,)).fetchone()
            return known is not None and sequence <= int(known[0])

    def done(self, key: str, matter: str) -> str | None:
        """What was made of this matter before; None when nothing was."""
        with self._open() as file:
            row = file.execute("SELECT result FROM use WHERE key = ? AND matter = ?", (key, matter)).fetchone()
            return str(row[0]) if row else None

    def note(self, key: str, matter: str, result: str = "") -> None:
        """The key was used for this matter; noted once, so that a repetition after a crash counts as the same."""
        with self._open() as file:
            file.execute("INSERT OR IGNORE INTO use VALUES (?, ?, ?)", (key, matter, result))

    def count(self, key: str) -> int | None:
        """How often the key was used, as far as this seal server knows; None for a key it never saw."""
        with self._open() as file:
            known = file.execute("SELECT before FROM seal WHERE key = ?", (key,)).fetchone()
            if known is None:
                return None
            made = file.execute("SELECT count(*) FROM use WHERE key = ?", (key,)).fetchone()
            return int(known[0]) + int(made[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the file's lock. Raises SettingsInvalid when it can't be read or written."""
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            with closing(sqlite3.connect(self.path, timeout=PATIENCE_SECONDS, isolation_level=None)) as file:
                file.executescript(_TABLES + ended.TABLES)
                file.execute("BEGIN IMMEDIATE")
                try:
                    yield file
                except BaseException:
                    file.execute("ROLLBACK")
                    raise
                file.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            raise SettingsInvalid(f"{self.path} can't be used: {error}.", str(self.path)) from error
