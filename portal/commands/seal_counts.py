"""`portal seal-counts`: the seal server's own count of each seal's uses beside the use book, on its machine."""

from __future__ import annotations

from contextlib import closing

from hsm.memory import Memory
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.seals.counting import Count, counts


def lines(settings: Settings) -> tuple[list[str], bool]:
    """One line a seal and one each difference, and whether every count agrees with the book."""
    memory = Memory.beside(settings.seal_server_file)
    with closing(Runtime(settings)) as runtime, unit_of_work(runtime.engine, writes=False) as session:
        found = sorted(counts(session, memory), key=lambda count: [seal.id for seal in count.seals])
        said = [line for count in found for line in said_of(count)]
    return said, all(count.agrees for count in found)


def said_of(count: Count) -> list[str]:
    """The lines of one count."""
    numbers = ", ".join(str(seal.id) for seal in count.seals) or "none"
    head = "ok   " if count.agrees else "WRONG"
    lines = [f"{head} {numbers:>5} counted {count.counted:>7} booked {count.booked:>7}  {count.name}"]
    if not count.seals:
        lines.append("      the register holds no seal with this key")
    lines += [f"      {kind}: {words}" for kind, uses in count.differences.items() for words in uses]
    if count.nameless:
        lines.append(f"      missing: {count.nameless} of before this memory began")
    return lines
