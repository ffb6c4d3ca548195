"""What the seal server remembers never to accept again: hardware keys reported lost, and stampings called off.

Part of its memory (`hsm/memory.py`): rows that are put back lift nothing of it, and neither does anything else.
"""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

TABLES = """
CREATE TABLE IF NOT EXISTS lost (credential BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (matter TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""


class Refusals:
    """Those tables of the file that `opened` gives."""

    def __init__(self, opened: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._open = opened

    def lose(self, credential_ids: Iterable[bytes]) -> None:
        """These hardware keys were reported lost or revoked."""
        with self._open() as file:
            file.executemany("INSERT OR IGNORE INTO lost VALUES (?)", [(one,) for one in credential_ids])

    def is_lost(self, credential_id: bytes) -> bool:
        """Whether this hardware key was ever reported lost or revoked."""
        with self._open() as file:
            return file.execute("SELECT 1 FROM lost WHERE credential = ?", (credential_id,)).fetchone() is not None

    def spend(self, matters: Iterable[str]) -> None:
        """These stampings were refused or called off: what was consented to for them is good for nothing."""
        with self._open() as file:
            file.executemany("INSERT OR IGNORE INTO spent VALUES (?)", [(one,) for one in matters])

    def is_spent(self, matter: str) -> bool:
        """Whether this stamping was ever refused or called off."""
        with self._open() as file:
            return file.execute("SELECT 1 FROM spent WHERE matter = ?", (matter,)).fetchone() is not None
