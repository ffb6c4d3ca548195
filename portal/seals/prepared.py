"""What the seal server keeps of the ceremonies it prepared, in memory alone: the key to which the shares are encrypted,
and what the device will be asked for.

Shares open the device for this order and for no other, and for some minutes by the seal server's own clock. While it
holds a key it also holds the lock of a file named after it, so that another seal server of the machine knows that the
key exists; a process that was killed holds no lock any more.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hsm.custody import canonical
from hsm.orders import Action, action_to_json
from portal.core.clock import now
from portal.core.errors import Refused
from portal.seals.models import Ceremony

TRANSPORT_BITS = 3072
# What may differ between preparing and running without another thing being done: keys that other ceremonies made
# meanwhile, the list's number, and the seals of others in it.
PASSING = frozenset({"known_labels", "crl_number", "revoked"})


@dataclass(frozen=True)
class Prepared:
    """One ceremony. order: the digest of what the device will be asked for; until: by the clock of this process."""

    private_key: rsa.RSAPrivateKey = field(repr=False)
    transport_key: str
    application_hash: str
    order: str
    until: datetime
    lock: int
    """Descriptor of the locked file."""


class PreparedCeremonies:
    """Those of one process. folder: the seal server's own, which the locks are in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[int, Prepared] = {}
        self._sweep()

    def add(self, ceremony: Ceremony, action: Action, good_for: timedelta) -> str:
        """Make the ceremony's key; only its public half (SPKI PEM) leaves this process's memory."""
        self.forget(ceremony.id)
        key = rsa.generate_private_key(65537, TRANSPORT_BITS)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        lock = _lock(self._file(public.decode()))
        if lock is None:
            raise RuntimeError("nobody else can have the lock of a new key")
        self._held[ceremony.id] = Prepared(
            key, public.decode(), action.approval, digest_of(action), now() + good_for, lock
        )
        return public.decode()

    def holds(self, ceremony: Ceremony) -> bool:
        """Whether this process made the ceremony's key."""
        held = self._held.get(ceremony.id)
        return held is not None and held.transport_key == ceremony.transport_key

    def is_elsewhere(self, ceremony: Ceremony) -> bool:
        """Whether another seal server of this machine, one that lives, made the ceremony's key."""
        if self.holds(ceremony) or ceremony.transport_key is None:
            return False
        path = self._file(ceremony.transport_key)
        if not path.exists():
            return False
        lock = _lock(path)
        if lock is None:
            return True
        _drop(lock, path)
        return False

    def require(self, ceremony: Ceremony) -> None:
        """The ceremony was prepared here, and lately. Raises Refused."""
        if not self.holds(ceremony):
            raise Refused("The seal server was restarted during the ceremony. Call a new one.")
        if now() >= self._held[ceremony.id].until:
            raise Refused("The time of this ceremony is over. Call a new one.")

    def require_order(self, ceremony: Ceremony, action: Action) -> None:
        """It was prepared for exactly this. Raises Refused."""
        if self._held[ceremony.id].order != digest_of(action):
            raise Refused(
                "What the device would be asked for now isn't what was prepared and shown when the ceremony was "
                "called. Nothing was done. Call a new ceremony, and compare what its room shows."
            )

    def opens_with(self, ceremony_id: int) -> tuple[str, str]:
        """The private key (PKCS #8 PEM) for the child, and the hash of the application that the room showed."""
        held = self._held[ceremony_id]
        pem = held.private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem.decode(), held.application_hash

    def keep(self, ceremony_ids: Iterable[int]) -> None:
        """Forget all other ceremonies, and those whose time is over."""
        kept, at = set(ceremony_ids), now()
        for number, held in list(self._held.items()):
            if number not in kept or at >= held.until:
                self.forget(number)

    def forget(self, ceremony_id: int) -> None:
        """The ceremony is over."""
        held = self._held.pop(ceremony_id, None)
        if held is not None:
            _drop(held.lock, self._file(held.transport_key))

    def forget_all(self) -> None:
        """This process ends."""
        self.keep(())

    def _file(self, transport_key: str) -> Path:
        return self._folder / f"transport-{hashlib.sha256(transport_key.encode()).hexdigest()[:24]}.lock"

    def _sweep(self) -> None:
        """Remove what killed processes left."""
        with suppress(OSError):
            for path in self._folder.glob("transport-*.lock"):
                lock = _lock(path)
                if lock is not None:
                    _drop(lock, path)


def digest_of(action: Action) -> str:
    """SHA-256 of an order, without what may pass."""
    fixed = {name: value for name, value in action_to_json(action).items() if name not in PASSING}
    return hashlib.sha256(canonical(fixed)).hexdigest()


def _lock(path: Path) -> int | None:
    """The file's lock; None while another process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _drop(lock: int, path: Path) -> None:
    path.unlink(missing_ok=True)
    os.close(lock)
