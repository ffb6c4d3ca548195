"""The file store gives back exactly what was put, or says that it can't."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.crypto import TAG_BYTES, StorageKeys
from portal.core.errors import Refused, Unavailable
from portal.core.store import MESSAGE_BYTES, FileStore, StoreDamaged, StoreMissing

pytestmark = pytest.mark.req("X-6")

SEALED_MESSAGE = MESSAGE_BYTES + TAG_BYTES
LENGTHS = (0, 1, MESSAGE_BYTES - 1, MESSAGE_BYTES, MESSAGE_BYTES + 1, 3 * MESSAGE_BYTES)


class Dripping:
    """A stream that gives a few bytes at a time, as sockets do."""

    def __init__(self, content: bytes, most: int) -> None:
        self._file, self._most = io.BytesIO(content), most

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._most))


@pytest.fixture
def keys(tmp_path: Path) -> StorageKeys:
    return StorageKeys.create(tmp_path / "storage.keys")


@pytest.fixture
def store(tmp_path: Path, keys: StorageKeys) -> FileStore:
    return FileStore(tmp_path / "store", keys)


def put(store: FileStore, content: bytes) -> str:
    return store.put(io.BytesIO(content)).digest


def whole(store: FileStore, digest: str) -> bytes:
    return b"".join(store.reader(digest))


def content_of(length: int) -> bytes:
    # A period that doesn't divide the message length, so that no two messages are equal.
    return (b"0123456789abcdefg" * (length // 17 + 1))[:length]


@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_put_comes_back_in_every_way(store: FileStore, tmp_path: Path, length: int) -> None:
    content = content_of(length)
    stored = store.put(Dripping(content, 300_000))
    assert (stored.digest, stored.size) == (sha256(content).hexdigest(), length)
    assert store.exists(stored.digest)
    assert store.size(stored.digest) == length
    assert whole(store, stored.digest) == content
    with store.open(stored.digest) as stream:
        assert stream.read(5) + stream.read() == content
    store.copy_to(stored.digest, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == content
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=4000), most=st.integers(1, 5000))
def test_any_bytes_in_any_portions_come_back(store: FileStore, content: bytes, most: int) -> None:
    assert whole(store, store.put(Dripping(content, most)).digest) == content


def test_the_plain_text_isnt_on_disk_and_files_are_private(store: FileStore) -> None:
    digest = put(store, "关于做好防汛工作的通知".encode() * 50)
    path = store.path_of(digest)
    assert "防汛".encode() not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_bytes_again_change_nothing(store: FileStore) -> None:
    digest = put(store, b"once")
    before = store.path_of(digest).read_bytes()
    assert put(store, b"once") == digest
    assert store.path_of(digest).read_bytes() == before
    assert list(store.digests()) == [digest]


def test_equal_files_of_two_stores_look_different(store: FileStore, tmp_path: Path, keys: StorageKeys) -> None:
    other = FileStore(tmp_path / "second", keys)
    digest = put(store, b"equal" * 20)
    assert put(other, b"equal" * 20) == digest
    assert store.path_of(digest).read_bytes() != other.path_of(digest).read_bytes()


@pytest.mark.req("X-11")
def test_more_than_the_limit_is_refused_and_leaves_nothing(store: FileStore) -> None:
    content = content_of(2 * MESSAGE_BYTES)
    assert store.put(io.BytesIO(content), limit=len(content)).size == len(content)
    with pytest.raises(Refused, match="larger than 2 MB"):
        store.put(io.BytesIO(content + b"+"), limit=len(content))
    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 1


def test_a_stream_that_breaks_off_leaves_nothing(store: FileStore) -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise RuntimeError("the client went away")

    with pytest.raises(RuntimeError):
        store.put(Broken())
    assert list(store.root.iterdir()) == []


def test_a_folder_that_cant_be_written_is_told_in_plain_words(tmp_path: Path, keys: StorageKeys) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="nothing was changed"):
        FileStore(tmp_path / "file", keys).put(io.BytesIO(b"text"))


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "", "A" * 64, "0" * 63 + "\n"])
def test_a_file_that_isnt_there_is_missing(store: FileStore, digest: str) -> None:
    with pytest.raises(StoreMissing):
        store.reader(digest)
    with pytest.raises(StoreMissing):
        store.open(digest)


def _swap_messages(raw: bytes) -> bytes:
    start = len(raw) - 2 * SEALED_MESSAGE - (TAG_BYTES + 1)
    first, second = (
        raw[start : start + SEALED_MESSAGE],
        raw[start + SEALED_MESSAGE : start + 2 * SEALED_MESSAGE],
    )
    return raw[:start] + second + first + raw[start + 2 * SEALED_MESSAGE :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda raw: b"",
    "header cut": lambda raw: raw[:50],
    "all messages cut off": lambda raw: raw[: len(raw) - 2 * SEALED_MESSAGE - TAG_BYTES - 1],
    "last message cut off": lambda raw: raw[: -(TAG_BYTES + 1)],
    "last byte cut off": lambda raw: raw[:-1],
    "a byte added": lambda raw: raw + b"\0",
    "first message dropped": lambda raw: raw[: -2 * SEALED_MESSAGE - 17] + raw[-SEALED_MESSAGE - 17 :],
    "messages swapped": _swap_messages,
    "last message doubled": lambda raw: raw + raw[-(TAG_BYTES + 1) :],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_told_and_nothing_false_is_kept(
    store: FileStore, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    content = content_of(2 * MESSAGE_BYTES + 1)
    digest = put(store, content)
    path = store.path_of(digest)
    raw = path.read_bytes()
    assert damage(raw) != raw
    path.write_bytes(damage(raw))
    with pytest.raises(StoreDamaged):
        whole(store, digest)
    with pytest.raises(StoreDamaged):
        store.copy_to(digest, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.data())
def test_any_flipped_bit_is_told(store: FileStore, data: st.DataObject) -> None:
    digest = put(store, b"flip me")
    path = store.path_of(digest)
    sound = path.read_bytes()
    place, bit = data.draw(st.integers(0, len(sound) - 1)), data.draw(st.integers(0, 7))
    raw = bytearray(sound)
    raw[place] ^= 1 << bit
    try:
        path.write_bytes(raw)
        with pytest.raises(StoreDamaged):
            whole(store, digest)
    finally:
        path.write_bytes(sound)


def test_a_file_under_another_name_is_told(store: FileStore) -> None:
    one, two = put(store, b"one"), put(store, b"two")
    os.replace(store.path_of(one), store.path_of(two))
    with pytest.raises(StoreDamaged):
        store.reader(two)


def test_a_message_of_another_file_is_told(store: FileStore) -> None:
    one, two = put(store, b"pay 1000"), put(store, b"pay 9999")
    mine, other = store.path_of(one).read_bytes(), store.path_of(two).read_bytes()
    tail = len(b"pay 1000") + TAG_BYTES
    store.path_of(one).write_bytes(mine[:-tail] + other[-tail:])
    with pytest.raises(StoreDamaged):
        whole(store, one)


def test_the_wrong_key_opens_nothing(store: FileStore, tmp_path: Path) -> None:
    digest = put(store, b"text")
    stranger = FileStore(store.root, StorageKeys.create(tmp_path / "other.keys"))
    with pytest.raises(StoreDamaged):
        stranger.size(digest)


def _forget_version(keys_file: Path, version: str) -> None:
    content = json.loads(keys_file.read_text())
    del content["versions"][version]
    keys_file.write_text(json.dumps(content))


def test_rotation_rewraps_each_file_once_and_then_the_old_key_isnt_needed(
    store: FileStore, keys: StorageKeys, tmp_path: Path
) -> None:
    keys_file, content = tmp_path / "storage.keys", content_of(MESSAGE_BYTES + 5)
    digest = put(store, content)
    assert not store.rewrap(digest)
    keys.rotate()
    before = store.path_of(digest).read_bytes()
    with store.open(digest) as reading_meanwhile:
        assert store.rewrap(digest)
        assert reading_meanwhile.read() == content
    assert not store.rewrap(digest)
    after = store.path_of(digest).read_bytes()
    assert after != before
    assert after[-MESSAGE_BYTES:] == before[-MESSAGE_BYTES:]
    _forget_version(keys_file, "1")
    assert whole(FileStore(store.root, StorageKeys.load(keys_file)), digest) == content
    assert [path.name for path in store.root.iterdir()] == [digest[:2]]
