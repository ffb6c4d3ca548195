"""Taking files in before an act: nothing is locked meanwhile, and what is refused leaves nothing in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from portal.core.releasing import release
from portal.web.database import db


class Stored(Protocol):
    """A file that lies in the store by its digest."""

    @property
    def digest(self) -> Any: ...


IncomingT = TypeVar("IncomingT")
StoredT = TypeVar("StoredT", bound=Stored)


def take_each(incoming: Sequence[IncomingT], take: Callable[[IncomingT], StoredT]) -> list[StoredT]:
    """Have `take` look into each file and store it; call it before anything is changed. Raises what `take` does.

    Looking into a large file takes seconds, and on SQLite one transaction stops all writers of the city. Each file is
    let go at once: the act that comes next keeps what it names, and one that is refused keeps nothing.
    """
    taken: list[StoredT] = []
    if not incoming:
        return taken
    db().commit()
    try:
        for one in incoming:
            taken.append(take(one))
    finally:
        release(db(), [file.digest for file in taken])
        db().commit()
    return taken
