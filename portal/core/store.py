"""The file store: a folder of encrypted files, each named by the SHA-256 of its plain text (X-6).

A file is a header and AES-256-GCM messages of 1 MiB. Each file has a random key of its own, wrapped by the
storage key and bound to the plain text's size and digest; each message is bound to its position and to
whether it is the last. So nothing can be cut off, swapped, taken from another file or renamed unnoticed.

A file is written under a temporary name, made durable, then linked to its final name if that is free: readers
see it whole or not at all, and a second put of the same bytes changes nothing.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import struct
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.core.crypto import KEY_BYTES, TAG_BYTES, WRAPPED_BYTES, SecretDamaged, StorageKeys
from portal.core.errors import Refused, Unavailable
from portal.core.text import N_

MESSAGE_BYTES = 1024 * 1024

_MAGIC = b"GWF1"
_FACTS = struct.Struct(">4sQ32s")  # magic, plain size, digest
_VERSION = struct.Struct(">I")
_HEADER_BYTES = _FACTS.size + _VERSION.size + WRAPPED_BYTES
_POSITION = struct.Struct(">Q?3x")  # message number, last of the file: 12 bytes, also the nonce
_DIGEST = re.compile(r"[0-9a-f]{64}")


class StoreDamaged(Unavailable):
    """The stored bytes aren't what was put."""


class StoreMissing(Unavailable):
    """No file with this digest is in the store."""


class Readable(Protocol):
    """Whatever gives bytes: a file, an upload, a pipe."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store: hex SHA-256 of its plain text, and its plain size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands before the messages; `wrapped` opens only by that key version for that size and digest."""

    size: int
    digest: bytes
    version: int
    wrapped: bytes

    @classmethod
    def sealed(cls, keys: StorageKeys, file_key: bytes, size: int, digest: bytes) -> Self:
        """Wrap the file key under the newest storage key, bound to the facts."""
        return cls(size, digest, *keys.wrap(file_key, bound_to=_FACTS.pack(_MAGIC, size, digest)))

    @classmethod
    def read(cls, file: Readable) -> Self:
        """Read a header. Raises ValueError when it isn't one."""
        raw = file.read(_HEADER_BYTES)
        if len(raw) != _HEADER_BYTES or raw[: len(_MAGIC)] != _MAGIC:
            raise ValueError("not a stored file")
        _, size, digest = _FACTS.unpack_from(raw)
        (version,) = _VERSION.unpack_from(raw, _FACTS.size)
        return cls(size, digest, version, raw[_FACTS.size + _VERSION.size :])

    def write(self, file: IO[bytes]) -> None:
        """Write the header where `file` stands."""
        file.write(self._facts + _VERSION.pack(self.version) + self.wrapped)

    def file_key(self, keys: StorageKeys) -> bytes:
        """Unwrap the key of the file. Raises SecretDamaged."""
        return keys.unwrap(self.version, self.wrapped, bound_to=self._facts)

    @property
    def _facts(self) -> bytes:
        return _FACTS.pack(_MAGIC, self.size, self.digest)


class FileStore:
    """Files in the folder `root`, encrypted under `keys`."""

    def __init__(self, root: Path, keys: StorageKeys) -> None:
        self.root = root
        self._keys = keys

    def put(self, stream: Readable, limit: int | None = None) -> StoredFile:
        """Keep everything `stream` still gives and return its digest and size; once returned, it is on disk.

        Raises Refused when there are more than `limit` bytes, Unavailable when the folder can't be written.
        """
        with _folder_errors(), self._temporary() as (path, file):
            stored = self._encrypt(stream, file, limit)
            self._publish(path, self.path_of(stored.digest))
        return stored

    def path_of(self, digest: str) -> Path:
        """Return where the file is or would be. Raises StoreMissing for what can't be a digest."""
        if not _DIGEST.fullmatch(digest):
            raise _missing(digest)
        return self.root / digest[:2] / digest[2:]

    def exists(self, digest: str) -> bool:
        """Return whether the file is in the store."""
        return self.path_of(digest).is_file()

    def size(self, digest: str) -> int:
        """Return the plain size in bytes. Raises StoreMissing, StoreDamaged."""
        with self._opened(digest) as (_, header, _):
            return header.size

    def open(self, digest: str) -> BinaryIO:
        """Return a readable, unseekable stream of the plain text; see `reader` for its errors."""
        return io.BufferedReader(_PlainStream(self.reader(digest)), MESSAGE_BYTES)

    def reader(self, digest: str) -> Generator[bytes, None, None]:
        """Give the plain text in pieces of at most 1 MiB, each proven, the last only if the whole is right.

        Raises StoreMissing or StoreDamaged, the latter possibly midway: whoever delivers then must cut off.
        A missing file and a bad header are told at once, before the first piece.
        """
        messages = self._decrypted(digest)
        next(messages)
        return messages

    def copy_to(self, digest: str, path: Path) -> None:
        """Write the plain text to `path` (0600), which is replaced whole or not touched."""
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with _folder_errors(), _new_file(temporary) as file:
                for piece in self.reader(digest):
                    file.write(piece)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def remove(self, digest: str, unused_since: datetime) -> bool:
        """Take a file away unless it was put since that moment; whether it is gone. Safe to repeat after any end.

        It is moved aside first: whoever puts the same bytes meanwhile either finds nothing and puts them anew, or has
        left a mark on the file, which then comes back.
        """
        final, aside = self.path_of(digest), self.root / f"aside.{digest}"
        with _folder_errors():
            if aside.exists():  # somebody was stopped midway
                _put_back(aside, final)
            try:
                os.rename(final, aside)
            except FileNotFoundError:
                return True
            if aside.stat().st_mtime > unused_since.timestamp():
                _put_back(aside, final)
                return False
            aside.unlink()
            _sync_folder(final.parent)
        return True

    def digests(self) -> Iterator[str]:
        """Give the digest of every stored file."""
        for path in sorted(self.root.glob("[0-9a-f][0-9a-f]/*")):
            if _DIGEST.fullmatch(path.parent.name + path.name):
                yield path.parent.name + path.name

    def rewrap(self, digest: str) -> bool:
        """Move the file to the newest storage key; return whether it was under an older one."""
        with self._opened(digest) as (source, header, file_key), _folder_errors():
            if header.version == self._keys.newest:
                return False
            with self._temporary() as (path, file):
                _Header.sealed(self._keys, file_key, header.size, header.digest).write(file)
                while block := source.read(MESSAGE_BYTES):
                    file.write(block)
                _make_durable(file)
                os.replace(path, self.path_of(digest))
                _sync_folder(self.path_of(digest).parent)
        return True

    def _encrypt(self, stream: Readable, file: IO[bytes], limit: int | None) -> StoredFile:
        file_key, hasher, size = secrets.token_bytes(KEY_BYTES), sha256(), 0
        cipher = AESGCM(file_key)
        file.seek(_HEADER_BYTES)
        for number, (message, last) in enumerate(_messages(stream)):
            size += len(message)
            if limit is not None and size > limit:
                raise Refused("The file is larger than %(limit)s MB.", limit=f"{limit / MESSAGE_BYTES:g}")
            hasher.update(message)
            position = _POSITION.pack(number, last)
            file.write(cipher.encrypt(position, message, position))
        file.seek(0)
        _Header.sealed(self._keys, file_key, size, hasher.digest()).write(file)
        _make_durable(file)
        return StoredFile(hasher.hexdigest(), size)

    def _decrypted(self, digest: str) -> Generator[bytes, None, None]:
        """Give first an empty piece, once the header is proven, then the plain text."""
        with self._opened(digest) as (file, header, file_key), _damage_of(digest):
            yield b""
            cipher, hasher, size = AESGCM(file_key), sha256(), 0
            for number, (message, last) in enumerate(_messages(file, MESSAGE_BYTES + TAG_BYTES)):
                position = _POSITION.pack(number, last)
                piece = cipher.decrypt(position, message, position)
                hasher.update(piece)
                size += len(piece)
                if last and (hasher.digest(), size) != (header.digest, header.size):
                    raise ValueError("the plain text isn't the one in the header")
                yield piece

    @contextmanager
    def _opened(self, digest: str) -> Iterator[tuple[IO[bytes], _Header, bytes]]:
        """Open a stored file behind its header, whose key has been unwrapped for this very digest."""
        try:
            file = self.path_of(digest).open("rb")
        except FileNotFoundError as error:
            raise _missing(digest) from error
        with file:
            with _damage_of(digest):
                header = _Header.read(file)
                if header.digest.hex() != digest:
                    raise ValueError("another file's header")
                file_key = header.file_key(self._keys)
            yield file, header, file_key

    @contextmanager
    def _temporary(self) -> Iterator[tuple[Path, IO[bytes]]]:
        """Give a new file in the store's folder, gone afterwards unless it was moved."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.root / f"new.{secrets.token_hex(16)}"
        try:
            with _new_file(path) as file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)

    def _publish(self, temporary: Path, final: Path) -> None:
        if not final.parent.is_dir():
            final.parent.mkdir(exist_ok=True, mode=0o700)
            _sync_folder(self.root)
        while True:
            try:
                os.link(temporary, final)
            except FileExistsError:
                try:
                    os.utime(final)  # `remove` sees that somebody counts on it
                except FileNotFoundError:
                    continue  # taken away this moment
                return
            _sync_folder(final.parent)
            return


class _PlainStream(io.RawIOBase):
    """The pieces of `reader` as a stream."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._pieces.close()
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase types it wider
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _messages(stream: Readable, length: int = MESSAGE_BYTES) -> Iterator[tuple[bytes, bool]]:
    """Cut a stream into messages, each with whether it is the last; an empty stream is one empty message."""
    message = _read_whole(stream, length)
    while True:
        following = _read_whole(stream, length) if len(message) == length else b""
        yield message, not following
        if not following:
            return
        message = following


def _read_whole(stream: Readable, length: int) -> bytes:
    """Read `length` bytes though the stream may give fewer at a time; fewer only at its end."""
    block = stream.read(length)
    if len(block) in (0, length):
        return block
    parts, have = [block], len(block)
    while have < length and (block := stream.read(length - have)):
        parts.append(block)
        have += len(block)
    return b"".join(parts)


def _new_file(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _put_back(aside: Path, final: Path) -> None:
    with suppress(FileExistsError):  # put anew meanwhile: the same bytes
        os.link(aside, final)
    aside.unlink()
    _sync_folder(final.parent)


def _make_durable(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _folder_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "Files can't be kept just now and nothing was changed. Try again later or tell the administrator."
        ) from error


@contextmanager
def _damage_of(digest: str) -> Iterator[None]:
    try:
        yield
    except (InvalidTag, SecretDamaged, ValueError, OSError) as error:
        raise StoreDamaged(
            N_("The stored file %(digest)s is damaged and is not given out. Tell the administrator."),
            digest=digest[:12],
        ) from error


def _missing(digest: str) -> StoreMissing:
    return StoreMissing(N_("The file %(digest)s is not in the store. Tell the administrator."), digest=digest[:12])
