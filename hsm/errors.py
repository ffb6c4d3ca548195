"""Everything that can go wrong with the encryption device, as types.

The vendor's errors stop here: callers see only subclasses of `HsmError`, each with the vendor's error as its
cause. Each type has a stable `code`, so that the ceremony child can hand it to the seal server as JSON.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pkcs11


class HsmError(Exception):
    """The device, its settings or a request to it is not in order.

    message: a plain English sentence without any secret; which: what it is about (a key label, "A" or "B" for
    a share).
    """

    code = "hsm-error"

    def __init__(self, message: str, which: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.which = which


class ModuleMissing(HsmError):
    """The PKCS#11 module can't be loaded."""

    code = "module-missing"


class TokenMissing(HsmError):
    """No token carries the registered label and serial number (S-4)."""

    code = "token-missing"


class TokenReplaced(TokenMissing):
    """A token carries the label, but another serial number than the registered one (S-4)."""

    code = "token-replaced"


class TokenBusy(HsmError):
    """This process already holds the token open."""

    code = "token-busy"


class WrongPin(HsmError):
    """The token refused the PIN; this process will not try again."""

    code = "wrong-pin"


class PinStopped(WrongPin):
    """An earlier PIN was wrong; the token was not asked again, so that it can't lock itself."""

    code = "pin-stopped"


class DeviceLost(HsmError):
    """The device or a session went away: the process has to be started anew."""

    code = "device-lost"


class DeviceFull(HsmError):
    """The device has no room for another key or session."""

    code = "device-full"


class ForkedProcess(HsmError):
    """A forked child tried to use the sessions of its parent."""

    code = "forked-process"


class KeyMissing(HsmError):
    """The token holds no key of this label."""

    code = "key-missing"


class KeyExists(HsmError):
    """The token already holds a key of this label."""

    code = "key-exists"


class KeyDiffers(HsmError):
    """The key under a label isn't the one it should be: another seal's, or exchanged on the device."""

    code = "key-differs"


class SignatureBad(HsmError):
    """The device returned a signature that its own public key does not verify."""

    code = "signature-bad"


class ShareTypo(HsmError):
    """A typed share has a typing error; which: "A" or "B"."""

    code = "share-typo"


class ShareWrong(HsmError):
    """A share is well typed but not the right one; which: "A", "B" or "AB"."""

    code = "share-wrong"


class SharesSwapped(ShareWrong):
    """Each share was entered in the place of the other."""

    code = "shares-swapped"


class SharesSame(ShareWrong):
    """One share was entered in both places; which: the place where it does not belong."""

    code = "shares-same"


class SettingsInvalid(HsmError):
    """The seal server's settings file can't be used; which: the key or file."""

    code = "settings-invalid"


class AlreadyInitialised(HsmError):
    """The device was initialised before; which: what was found."""

    code = "already-initialised"


class RequestInvalid(HsmError):
    """A request to the ceremony or the authority is not well formed; which: the field."""

    code = "request-invalid"


class TooManyOrphans(HsmError):
    """More unregistered seal keys than a broken ceremony can leave: the register itself may be damaged."""

    code = "too-many-orphans"


class RecordForged(HsmError):
    """A custody record or transcript is not signed by the pinned custody key."""

    code = "record-forged"


class UseDiffers(HsmError):
    """A seal's key was used before for something else under the same name."""

    code = "use-differs"


class RecordOld(HsmError):
    """A custody record was signed in a ceremony, but a later one signed another; which: the newest number seen."""

    code = "record-old"


class EnvelopeStrange(HsmError):
    """An encrypted share is not of this ceremony, seat and application; which: whose."""

    code = "envelope-strange"


class DeviceBusy(HsmError):
    """Another ceremony is being held on the device; which: the file whose lock it has."""

    code = "device-busy"


class CeremonyAborted(HsmError):
    """The ceremony process ended without a transcript."""

    code = "ceremony-aborted"


VENDOR_ERRORS: tuple[tuple[type[pkcs11.PKCS11Error], type[HsmError], str], ...] = (
    (pkcs11.PinIncorrect, WrongPin, "The device refused the PIN"),
    (pkcs11.PinInvalid, WrongPin, "The device refused the PIN"),
    (pkcs11.PinLenRange, WrongPin, "The device refused the PIN"),
    (pkcs11.PinExpired, WrongPin, "The PIN has expired"),
    (pkcs11.PinLocked, WrongPin, "The device has locked the PIN"),
    (pkcs11.UserAlreadyLoggedIn, TokenBusy, "This process has already opened the token"),
    (pkcs11.AnotherUserAlreadyLoggedIn, TokenBusy, "This process has already opened the token"),
    (pkcs11.NoSuchKey, KeyMissing, "The key is not on the device"),
    (pkcs11.KeyHandleInvalid, KeyMissing, "The key is no longer on the device"),
    (pkcs11.ObjectHandleInvalid, KeyMissing, "The key is no longer on the device"),
    (pkcs11.DeviceMemory, DeviceFull, "The device is full"),
    (pkcs11.SessionCount, DeviceFull, "The device has no free session"),
)


def wrap_vendor_error(error: pkcs11.PKCS11Error, doing: str, which: str = "") -> HsmError:
    """Our error for a vendor's; unknown ones mean that the device can't be relied on any more."""
    for vendor_type, our_type, sentence in VENDOR_ERRORS:
        if isinstance(error, vendor_type):
            return our_type(f"{sentence} ({doing}).", which)
    return DeviceLost(f"The device failed while {doing} ({type(error).__name__}).", which)


@contextmanager
def vendor_errors(doing: str, which: str = "") -> Iterator[None]:
    """Turn errors of the vendor's module within the block into ours, keeping the cause."""
    try:
        yield
    except pkcs11.PKCS11Error as error:
        raise wrap_vendor_error(error, doing, which) from error


def error_from_code(code: str, message: str, which: str) -> HsmError:
    """The error that another process reported by its code."""
    return _error_types().get(code, HsmError)(message, which)


def _error_types() -> dict[str, type[HsmError]]:
    found: dict[str, type[HsmError]] = {}
    waiting: list[type[HsmError]] = [HsmError]
    while waiting:
        error_type = waiting.pop()
        found[error_type.code] = error_type
        waiting.extend(error_type.__subclasses__())
    return found
