"""The seal server's settings file refuses whatever is not exactly right."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hsm.errors import SettingsInvalid
from hsm.settings import SealServerSettings, load, write


@pytest.fixture
def path(tmp_path: Path, settings: SealServerSettings) -> Path:
    path = tmp_path / "settings.toml"
    write(settings, path)
    return path


def test_what_is_written_is_read_back(path: Path, settings: SealServerSettings) -> None:
    assert load(path) == settings
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_is_never_overwritten(path: Path, settings: SealServerSettings) -> None:
    with pytest.raises(SettingsInvalid):
        write(settings, path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610])
def test_a_file_others_can_reach_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(SettingsInvalid, match="chmod 600"):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        load(tmp_path / "none.toml")


CHANGES: list[tuple[str, Callable[[str], str]]] = [
    ("device.slot", lambda text: text.replace("[device]", '[device]\nslot = "1"')),
    ("database", lambda text: text + '\n[database]\nurl = "x"\n'),
    ("seals.pin", lambda text: text.replace("pin = ", "# pin = ", 1)),
    ("share_verifiers", lambda text: text.partition("[share_verifiers]")[0]),
    ("device.seals_label", lambda text: text.replace('seals_label = "seals"', "seals_label = 7")),
    ("device.seals_label", lambda text: text.replace('seals_label = "seals"', 'seals_label = ""')),
]


@pytest.mark.parametrize(("key", "change"), CHANGES)
def test_unknown_missing_and_empty_keys_are_named(path: Path, key: str, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))
    with pytest.raises(SettingsInvalid) as caught:
        load(path)
    assert caught.value.which == key


def test_broken_toml_is_refused_without_quoting_it(path: Path, settings: SealServerSettings) -> None:
    path.write_text(path.read_text().replace("[pinned]", "[pinned"))
    with pytest.raises(SettingsInvalid) as caught:
        load(path)
    assert caught.value.__cause__ is None
    assert settings.seals.pin not in str(caught.value)


def test_the_pin_is_never_shown(settings: SealServerSettings) -> None:
    assert settings.seals.pin not in repr(settings)
