"""Files a unit brought with an application, named by their digest in what is approved."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from portal.core.errors import NotFound
from portal.seals.models import SealApplication

MOST_FILES = 6


@dataclass(frozen=True)
class Brought:
    """A file from outside, judged, cleaned and in the store."""

    name: str
    media_type: str
    size: int
    digest: str

    def facts(self) -> dict[str, Any]:
        """As an application keeps it; its digest is part of what is approved (S-5)."""
        return asdict(self)


def files_of(application: SealApplication) -> list[Brought]:
    """What was brought with an application."""
    return [Brought(**facts) for facts in application.details.get("evidence", ())]


def file_of(application: SealApplication, number: int) -> Brought:
    """The file with a number, counted from 1. Raises NotFound."""
    files = files_of(application)
    if not 1 <= number <= len(files):
        raise NotFound("There is no such file.")
    return files[number - 1]
