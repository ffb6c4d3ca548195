"""One token of the device, found by label and serial number, opened once for the life of the process.

One session holds the login and is touched by nobody; work runs in a small pool of sessions without a login of
their own, each with its cache of key handles (a lookup costs milliseconds per thousand keys). A session that
saw any error is closed, never pooled again.
"""

import queue
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pkcs11

from hsm.errors import (
    DeviceLost,
    KeyExists,
    KeyMissing,
    PinStopped,
    TokenMissing,
    TokenReplaced,
    WrongPin,
    vendor_errors,
)
from hsm.module import Module, TokenInfo

IDLE_SESSIONS = 8
USER, OFFICER = "user", "officer"
"""Whose PIN it is."""


def list_tokens(module: Module) -> list[TokenInfo]:
    """The initialised tokens of the device, for the device page."""
    return [info for info in _describe_all(module) if info.initialised]


def blank_tokens(module: Module) -> list[TokenInfo]:
    """The tokens that wait for their initialisation."""
    return [info for info in _describe_all(module) if not info.initialised]


def find_token(module: Module, label: str, serial: str) -> TokenInfo:
    """The token with this label and serial number (S-4). Raises TokenMissing or TokenReplaced."""
    named = [info for info in list_tokens(module) if info.label == label]
    for info in named:
        if info.serial == serial:
            return info
    if named:
        raise TokenReplaced(f"The token “{label}” has another serial number than the registered {serial}.", label)
    raise TokenMissing(f"The token “{label}” with serial number {serial} is not connected.", label)


class WorkSession:
    """A pooled session and the key handles it has looked up.

    python-pkcs11 makes a class for each key from what the key may do, so keys have no static type.
    """

    def __init__(self, session: pkcs11.Session) -> None:
        self.session = session
        self._handles: dict[str, Any] = {}

    def private_key(self, label: str) -> Any:
        """The only private key of this label. Raises KeyMissing, KeyExists (when the label is not unique)."""
        if label not in self._handles:
            self._handles[label] = self._find(pkcs11.ObjectClass.PRIVATE_KEY, label)
        return self._handles[label]

    def public_key(self, label: str) -> Any:
        """The only public key of this label."""
        return self._find(pkcs11.ObjectClass.PUBLIC_KEY, label)

    def _find(self, object_class: pkcs11.ObjectClass, label: str) -> Any:
        wanted = {pkcs11.Attribute.CLASS: object_class, pkcs11.Attribute.LABEL: label}
        found = list(self.session.get_objects(wanted))
        if not found:
            raise KeyMissing(f"The device holds no key “{label}”.", label)
        if len(found) > 1:
            raise KeyExists(f"The device holds more than one key “{label}”.", label)
        return found[0]

    def close(self) -> None:
        # The session may be broken already, which is why it is being closed.
        with suppress(pkcs11.PKCS11Error):
            self.session.close()


class Token:
    """A token this process is logged in to.

    Made by `open_token`; use it as a context manager or call `close`.
    Safe for threads. Not for forked children: every use checks the process (ForkedProcess).
    """

    def __init__(self, module: Module, info: TokenInfo, pin: str, writable: bool) -> None:
        self.module = module
        self.info = info
        self._writable = writable
        self._token = _slot(module, info.slot_id).get_token()
        self._idle: queue.LifoQueue[WorkSession] = queue.LifoQueue(IDLE_SESSIONS)
        self._login: pkcs11.Session = self._log_in(pin)

    def _log_in(self, pin: str) -> pkcs11.Session:
        serial = self.info.serial
        if serial in self.module.stopped_tokens:
            raise PinStopped("An earlier PIN was wrong; the device is not asked again.", self.info.label)
        try:
            refusals = self.module.refusals
            with refusals.one_try(serial, USER, pin), vendor_errors("opening the token", self.info.label):
                return self._token.open(rw=self._writable, user_pin=pin)
        except WrongPin:
            # Real devices lock after a few attempts: one is all this process gets, and this PIN gets no other.
            self.module.stopped_tokens.add(serial)
            self.module.close_all_sessions(self.info.slot_id)
            raise

    @contextmanager
    def session(self) -> Iterator[WorkSession]:
        """A work session; given back to the pool only when the block ends without an exception."""
        self.module.require_own_process()
        work = self._take()
        try:
            with vendor_errors("working with a key", self.info.label):
                yield work
        except BaseException:
            work.close()
            raise
        self._give_back(work)

    def sign_digest(self, label: str, digest: bytes) -> bytes:
        """The raw r‖s of ECDSA over a digest. Raises KeyMissing, DeviceLost."""
        try:
            return self._sign_once(label, digest)
        except KeyMissing:
            # The cached handle may be stale because the key was made anew: look it up in a new session.
            self._drop_idle_sessions()
        try:
            return self._sign_once(label, digest)
        except KeyMissing as error:
            self._require_any_key(error)
            raise

    def close(self) -> None:
        """Close every session and log out."""
        self.module.require_own_process()
        self._drop_idle_sessions()
        with suppress(pkcs11.PKCS11Error):
            self._login.close()
        self.module.close_all_sessions(self.info.slot_id)

    def __enter__(self) -> "Token":
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def _sign_once(self, label: str, digest: bytes) -> bytes:
        with self.session() as work:
            signature: bytes = work.private_key(label).sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
            return signature

    def _require_any_key(self, error: KeyMissing) -> None:
        # A device that was taken away, or a lost login, shows itself as a token without any key.
        anything = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
        with self.session() as work:
            if not any(True for _ in work.session.get_objects(anything)):
                raise DeviceLost("The token shows no keys any more.", self.info.label) from error

    def _take(self) -> WorkSession:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with vendor_errors("opening a session", self.info.label):
                return WorkSession(self._token.open(rw=self._writable))

    def _give_back(self, work: WorkSession) -> None:
        try:
            self._idle.put_nowait(work)
        except queue.Full:
            work.close()

    def _drop_idle_sessions(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()


def open_token(module: Module, label: str, serial: str, pin: str, *, writable: bool = False) -> Token:
    """Log in to the token with this label and serial number.

    writable: keys can be made and destroyed (initialisation and ceremony only; the seal server only signs).
    Raises TokenMissing, TokenReplaced, WrongPin, PinStopped, TokenBusy, DeviceLost.
    """
    return Token(module, find_token(module, label, serial), pin, writable)


def set_user_pin(module: Module, info: TokenInfo, so_pin: str, user_pin: str) -> None:
    """Give a token its user PIN as its security officer (C_InitPIN). Raises WrongPin."""
    with vendor_errors("setting the PIN", info.label):
        session = _slot(module, info.slot_id).get_token().open(rw=True, so_pin=so_pin)
        try:
            session.init_pin(user_pin)
        finally:
            session.close()


def require_officer_pin(module: Module, info: TokenInfo, so_pin: str) -> None:
    """Prove a security officer PIN by one login. Raises WrongPin."""
    one_try = module.refusals.one_try(info.serial, OFFICER, so_pin)
    with one_try, vendor_errors("opening the token as its officer", info.label):
        _slot(module, info.slot_id).get_token().open(rw=True, so_pin=so_pin).close()


def change_pin(module: Module, info: TokenInfo, old: str, new: str, *, officer: bool) -> None:
    """Exchange the user PIN, or the security officer's, for a new one (C_SetPIN). Raises WrongPin."""
    whose = OFFICER if officer else USER
    with module.refusals.one_try(info.serial, whose, old), vendor_errors("changing the PIN", info.label):
        token = _slot(module, info.slot_id).get_token()
        session = token.open(rw=True, so_pin=old) if officer else token.open(rw=True, user_pin=old)
        try:
            session.set_pin(old, new)
        finally:
            session.close()
    module.refusals.forget(info.serial, whose, new)


def _describe_all(module: Module) -> list[TokenInfo]:
    return [module.token_info(slot.slot_id) for slot in module.slots()]


def _slot(module: Module, slot_id: int) -> pkcs11.Slot:
    for slot in module.slots():
        if slot.slot_id == slot_id:
            return slot
    raise TokenMissing("The token was taken away.", str(slot_id))
