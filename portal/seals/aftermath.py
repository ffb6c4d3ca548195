"""What a ceremony that was broken off left behind, as the device answers when it is asked afterwards.

A child that failed, ran out of time or was killed may have made or destroyed keys before: nobody is told that nothing
was changed unless the device says so too.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy.orm import Session

from hsm import settings as settings_file
from hsm.errors import HsmError
from portal.core.errors import Refused
from portal.seals import device
from portal.seals.models import ApplicationKind, Ceremony
from portal.seals.rites import ending

log = structlog.get_logger(__name__)


def look(session: Session, ceremony: Ceremony) -> dict[str, Any]:
    """Ask the device what was done and end the seals whose keys are gone; the finding, for `Ceremony.aftermath`.

    ended: names of the seals ended now; left: labels of keys made in vain; half: whether shares are half renewed.
    """
    try:
        with session.begin_nested():
            held = device.current()
            held.test_signature()  # a device that was unplugged shows no keys either
            ended = ending.settle(session, ceremony)
            return {
                "asked": True,
                "ended": [seal.name for seal in ended],
                "left": _made_in_vain(session, ceremony),
                "half": ceremony.application.kind == ApplicationKind.ROTATE_SHARES
                and settings_file.load(held.settings_path).next_verifiers is not None,
            }
    except (HsmError, Refused) as error:
        # The device can't be asked now; the next ceremony asks it before anything else.
        log.warning("register and device not compared", ceremony=ceremony.id, error=type(error).__name__)
        return {"asked": False}


def _made_in_vain(session: Session, ceremony: Ceremony) -> list[str]:
    """Keys in no register that weren't on the device when it was looked at before the ceremony."""
    before = (ceremony.device or {}).get("left_overs")
    if before is None:  # a kind that makes no keys
        return []
    return [label for label in ending.left_overs(session) if label not in before]
