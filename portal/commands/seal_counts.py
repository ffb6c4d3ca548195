"""`portal seal-counts`: the seal server's own count of each seal's uses beside the use book, on its machine."""

from __future__ import annotations

from contextlib import closing

from hsm.memory import Memory
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.seals.counting import counts


def lines(settings: Settings) -> tuple[list[str], bool]:
    """One line a seal, and whether every count agrees with the book."""
    memory = Memory.beside(settings.seal_server_file)
    with closing(Runtime(settings)) as runtime, unit_of_work(runtime.engine, writes=False) as session:
        found = list(counts(session, memory))
        said = [
            f"{'ok   ' if count.agrees else 'WRONG'} {count.seal.id:>5} counted {count.counted:>7} booked "
            f"{count.booked:>7}  {count.seal.name}"
            for count in found
        ]
    return said, all(count.agrees for count in found)
