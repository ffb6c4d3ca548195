"""Storage keys: made once, kept private, and what they protect opens only in its place."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.crypto import SecretDamaged, StorageKeys
from portal.core.errors import Unavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "storage.keys"


@pytest.fixture
def keys(path: Path) -> StorageKeys:
    return StorageKeys.create(path)


def test_the_key_file_is_private_and_never_replaced(path: Path, keys: StorageKeys) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        StorageKeys.create(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_keys_never_show_in_text(path: Path, keys: StorageKeys) -> None:
    content = json.loads(path.read_text())
    shown = repr(keys) + str(keys)
    assert content["hash"] not in shown
    assert content["versions"]["1"] not in shown


def test_a_key_file_open_to_others_is_refused(path: Path, keys: StorageKeys) -> None:
    path.chmod(0o640)
    with pytest.raises(Unavailable, match="readable by others"):
        StorageKeys.load(path)


@pytest.mark.parametrize("content", ["", "{}", '{"versions": {"1": "AAAA"}, "hash": "AAAA"}'])
def test_a_spoilt_key_file_is_told(path: Path, keys: StorageKeys, content: str) -> None:
    path.write_text(content)
    with pytest.raises(Unavailable, match="can't be read"):
        StorageKeys.load(path)


def test_a_missing_key_file_is_told(path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be read"):
        StorageKeys.load(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), purpose=st.text(max_size=8), row=st.one_of(st.integers(), st.text(max_size=8)))
def test_a_sealed_text_opens_in_its_place(keys: StorageKeys, text: str, purpose: str, row: str | int) -> None:
    sealed = keys.seal_text(text, purpose=purpose, row=row)
    assert keys.unseal_text(sealed, purpose=purpose, row=row) == text


def test_a_sealed_text_opens_in_no_other_place_and_under_no_other_key(keys: StorageKeys, tmp_path: Path) -> None:
    sealed = keys.seal_text("JBSWY3DP", purpose="totp", row=7)
    assert "JBSWY3DP" not in sealed
    for purpose, row in (("totp", 8), ("phone", 7)):
        with pytest.raises(SecretDamaged):
            keys.unseal_text(sealed, purpose=purpose, row=row)
    with pytest.raises(SecretDamaged):
        StorageKeys.create(tmp_path / "other.keys").unseal_text(sealed, purpose="totp", row=7)


def test_a_changed_sealed_text_never_opens(keys: StorageKeys) -> None:
    sealed = keys.seal_text("JBSWY3DP", purpose="totp", row=7)
    for place in range(len(sealed)):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(SecretDamaged):
            keys.unseal_text(changed, purpose="totp", row=7)
    for broken in ("", "1.", "1.!!", "9." + sealed[2:]):
        with pytest.raises(SecretDamaged):
            keys.unseal_text(broken, purpose="totp", row=7)


def test_after_rotation_old_secrets_open_and_new_ones_use_the_new_version(path: Path, keys: StorageKeys) -> None:
    running = StorageKeys.load(path)
    old = keys.seal_text("old", purpose="totp", row=1)
    assert keys.rotate() == 2
    new = keys.seal_text("new", purpose="totp", row=1)
    assert new.startswith("2.")
    assert keys.unseal_text(old, purpose="totp", row=1) == "old"
    assert StorageKeys.load(path).unseal_text(new, purpose="totp", row=1) == "new"
    assert running.unseal_text(new, purpose="totp", row=1) == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.req("A-2")
def test_a_keyed_hash_depends_on_key_purpose_and_text_but_not_on_rotation(
    path: Path, keys: StorageKeys, tmp_path: Path
) -> None:
    before = keys.keyed_hash("identity", "440100199001010011")
    keys.rotate()
    assert StorageKeys.load(path).keyed_hash("identity", "440100199001010011") == before
    others = {
        keys.keyed_hash("phone", "440100199001010011"),
        keys.keyed_hash("identity", "440100199001010012"),
        StorageKeys.create(tmp_path / "other.keys").keyed_hash("identity", "440100199001010011"),
    }
    assert before not in others
    assert len(others) == 3
