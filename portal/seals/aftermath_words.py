"""What the room says of a ceremony that was broken off after the device was to be opened (`Ceremony.aftermath`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.text import N_

UNKNOWN = (
    N_("The ceremony was broken off. What the device did isn't known yet"),
    N_(
        "The device can't be asked now. The next ceremony asks it before anything else, and this one's application "
        "stays."
    ),
)
ENDED = (
    N_("The ceremony was broken off after keys were destroyed"),
    N_(
        "The keys of these seals were destroyed, so the seals are revoked: %(names)s. The application stays approved; "
        "a new ceremony does what is left."
    ),
)
LEFT = (
    N_("The ceremony was broken off. No seal was made"),
    N_(
        "Keys that were made meanwhile are still on the device. Nobody can use them; the next ceremony clears them "
        "away. The application stays approved."
    ),
)
HALF = (
    N_("The renewal of shares was broken off midway"),
    N_("Some PINs may be changed already. The application stays approved; a new ceremony ends the renewal."),
)
UNCHANGED = (
    N_("The ceremony was stopped. Nothing was changed"),
    N_("The device was asked: keys are as before. The secrecy office can call a new ceremony at once."),
)


def words_of(found: Mapping[str, Any]) -> tuple[str, str]:
    """Heading and plain words; msgids. The second takes `names_of`."""
    if not found["asked"]:
        return UNKNOWN
    if found["ended"]:
        return ENDED
    if found["half"]:
        return HALF
    return LEFT if found["left"] else UNCHANGED


def names_of(found: Mapping[str, Any] | None) -> str:
    """The seals that ended."""
    return "、".join(found["ended"]) if found and found.get("ended") else ""
