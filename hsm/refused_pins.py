"""PINs that a token refused, remembered beyond the process: a device locks itself after a few tries.

A file beside the settings, one line a refusal: the token's serial, whose PIN it was, and a digest of both with the PIN,
which is far too long to be guessed. Only this very PIN isn't tried again: another sheet, or a corrected setting, is.
Who knows that a refused PIN is right after all (the device was repaired) removes the file.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hsm.errors import PinStopped, SettingsInvalid, WrongPin

FILE_NAME = "refused-pins"


class Refusals:
    """The refusals that belong to one file of settings; without one, those of this process alone."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._here: set[str] = set()

    @classmethod
    def beside(cls, settings_path: Path) -> "Refusals":
        """Those that belong to these settings."""
        return cls(settings_path.with_name(FILE_NAME))

    @contextmanager
    def one_try(self, serial: str, whose: str, pin: str) -> Iterator[None]:
        """Within the block the token is asked once.

        whose: "user" or "officer". Raises PinStopped when it refused this PIN before, and keeps a WrongPin in mind.
        """
        line = _line(serial, whose, pin)
        if line in self._known():
            raise PinStopped("The device refused this PIN before and is not asked again.", serial)
        try:
            yield
        except PinStopped:
            raise
        except WrongPin:
            self._note(line)
            raise

    def forget(self, serial: str, whose: str, pin: str) -> None:
        """The token has this PIN from now on."""
        line = _line(serial, whose, pin)
        self._here.discard(line)
        if self._path is not None and line in self._known():
            draft = self._path.with_name(f"{self._path.name}.new")
            draft.unlink(missing_ok=True)
            kept = sorted(self._known() - {line})
            _append(draft, "".join(f"{one}\n" for one in kept))
            draft.replace(self._path)

    def _known(self) -> set[str]:
        if self._path is None or not self._path.exists():
            return self._here
        try:
            return self._here | set(self._path.read_text().splitlines())
        except OSError as error:
            raise SettingsInvalid(f"{self._path} can't be read: {error.strerror}.", str(self._path)) from error

    def _note(self, line: str) -> None:
        self._here.add(line)
        if self._path is not None:
            _append(self._path, f"{line}\n")


def _line(serial: str, whose: str, pin: str) -> str:
    digest = hashlib.sha256(f"gongwen refused pin v1:{serial}:{whose}\0{pin}".encode()).hexdigest()
    return f"{serial} {whose} {digest}"


def _append(path: Path, text: str) -> None:
    """Add lines that stand on the disk when this returns. Raises SettingsInvalid."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise SettingsInvalid(f"{path} can't be written: {error.strerror}.", str(path)) from error
