"""Storage keys: they wrap the keys of stored files, seal small secrets for the database, hash identifiers.

The key file is made once with mode 0600 and never logged. It holds one secret per version: the newest wraps
and seals, older ones only open. Each use derives a key of its own (HKDF), so that no two uses share one.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.core.errors import Unavailable
from portal.core.text import N_

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES

_WRAPPING = b"gongwen file key"
_SEALING = b"gongwen text"
_OWNER_ONLY = 0o600


class SecretDamaged(Unavailable):
    """A wrapped key or sealed text doesn't open: it was altered, moved, or belongs to another key."""


class StorageKeys:
    """The versions of the storage key in one file, and everything done with them."""

    def __init__(self, path: Path, secret_of: Mapping[int, bytes], hash_key: bytes) -> None:
        self._path = path
        self._secret_of = dict(secret_of)
        self._hash_key = hash_key

    def __repr__(self) -> str:
        return f"<StorageKeys versions {sorted(self._secret_of)}>"

    @classmethod
    def create(cls, path: Path) -> StorageKeys:
        """Make the key file with its first version. Raises FileExistsError rather than replace one."""
        keys = cls(path, {1: secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = keys._write_beside()
        try:
            os.link(temporary, path)
        finally:
            temporary.unlink()
        return keys

    @classmethod
    def load(cls, path: Path) -> StorageKeys:
        """Read the key file. Raises Unavailable when it is missing, unreadable or open to others."""
        try:
            with path.open("rb") as file:
                if os.fstat(file.fileno()).st_mode & 0o077:
                    raise Unavailable("The storage key file %(path)s is readable by others: chmod 600 it.", path=path)
                content = json.load(file)
            secret_of = {int(version): _decode(text) for version, text in content["versions"].items()}
            return cls(path, secret_of, _decode(content["hash"]))
        except (OSError, ValueError, KeyError) as error:
            raise Unavailable("The storage key file %(path)s can't be read.", path=path) from error

    @property
    def newest(self) -> int:
        """The version that wraps and seals."""
        return max(self._secret_of)

    def rotate(self) -> int:
        """Add a version and return it. Files keep opening; `FileStore.rewrap` moves each to the new one."""
        self._refresh()
        self._secret_of[self.newest + 1] = secrets.token_bytes(KEY_BYTES)
        os.replace(self._write_beside(), self._path)
        return self.newest

    def wrap(self, file_key: bytes, *, bound_to: bytes) -> tuple[int, bytes]:
        """Wrap a 32-byte file key: the version used and 60 bytes that open only with the same `bound_to`."""
        return self.newest, _encrypt(self._derived(self.newest, _WRAPPING), file_key, bound_to)

    def unwrap(self, version: int, wrapped: bytes, *, bound_to: bytes) -> bytes:
        """Return the file key. Raises SecretDamaged when anything differs."""
        return _decrypt(self._derived(version, _WRAPPING), wrapped, bound_to)

    def seal_text(self, text: str, *, purpose: str, row: str | int) -> str:
        """Encrypt a small secret for a column; it opens only for the same purpose and row id."""
        version = self.newest
        sealed = _encrypt(self._derived(version, _SEALING), text.encode(), _place(purpose, row))
        return f"{version}.{base64.urlsafe_b64encode(sealed).decode()}"

    def unseal_text(self, sealed: str, *, purpose: str, row: str | int) -> str:
        """Return the secret `seal_text` encrypted. Raises SecretDamaged when anything differs."""
        version, _, body = sealed.partition(".")
        try:
            number, raw = int(version), base64.b64decode(body, altchars=b"-_", validate=True)
        except ValueError as error:
            raise _damaged() from error
        return _decrypt(self._derived(number, _SEALING), raw, _place(purpose, row)).decode()

    def keyed_hash(self, purpose: str, text: str) -> str:
        """Return the hex HMAC-SHA-256 of an identifier (A-2); it stays the same when keys rotate."""
        return hmac.new(self._hash_key, _place(purpose, text), sha256).hexdigest()

    def _derived(self, version: int, use: bytes) -> AESGCM:
        if version not in self._secret_of:
            # Another process rotated the keys while this one was running.
            self._refresh()
        if version not in self._secret_of:
            raise _damaged()
        return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=None, info=use).derive(self._secret_of[version]))

    def _refresh(self) -> None:
        self._secret_of.update(StorageKeys.load(self._path)._secret_of)

    def _write_beside(self) -> Path:
        """Write the keys to a new file beside the key file, durably; return its path."""
        content = {
            "versions": {str(version): _encode(secret) for version, secret in self._secret_of.items()},
            "hash": _encode(self._hash_key),
        }
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        return temporary


def _encrypt(cipher: AESGCM, plain: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound_to)


def _decrypt(cipher: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise _damaged() from error


def _place(purpose: str, row: str | int) -> bytes:
    """Name a place unambiguously: no two (purpose, row) pairs give the same bytes."""
    return json.dumps([purpose, str(row)]).encode()


def _damaged() -> SecretDamaged:
    return SecretDamaged(N_("A protected value can't be opened: it was altered or its storage key is missing."))


def _encode(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def _decode(text: str) -> bytes:
    secret = base64.b64decode(text, validate=True)
    if len(secret) != KEY_BYTES:
        raise ValueError("a storage key of the wrong length")
    return secret
