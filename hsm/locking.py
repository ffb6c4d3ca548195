"""One ceremony at a time for a device, whatever database its seal servers look into.

What one child makes and its seal server hasn't entered yet is nobody's key for the next one, which would destroy it.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from hsm.errors import DeviceBusy, SettingsInvalid

FILE_NAME = "device.lock"
# A child is stopped after a minute; what waits longer is offered again.
PATIENCE_SECONDS = 90
STEP_SECONDS = 0.1


def lock_device(settings_path: Path, patience: float = PATIENCE_SECONDS) -> Callable[[], None]:
    """Take the lock that all seal servers with these settings share; returns what gives it back.

    A process that is killed gives it back too. Raises DeviceBusy when another has it for too long, SettingsInvalid when
    the file beside the settings can't be opened.
    """
    path = settings_path.with_name(FILE_NAME)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingsInvalid(f"{path} can't be opened: {error.strerror}.", str(path)) from error
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                os.close(descriptor)
                raise DeviceBusy("Another ceremony is being held on the device.", str(path)) from error
            time.sleep(STEP_SECONDS)
        else:
            return _once(descriptor)


def _once(descriptor: int) -> Callable[[], None]:
    held = [descriptor]

    def give_back() -> None:
        if held:
            os.close(held.pop())

    return give_back
