"""Initialisation happens once and hands each office its own sheet."""

from pathlib import Path

import pytest

from hsm.ceremony import run_child
from hsm.errors import AlreadyInitialised, SettingsInvalid, TokenMissing
from hsm.initialise import initialise_device, read_sheet
from hsm.module import Module
from hsm.orders import SignCrl
from hsm.settings import SealServerSettings
from hsm.shares import Purpose, combine, parse_share
from hsm.token import list_tokens
from tests.hsm.device import MODULE_PATH, ORGANISATION, Device, make_blank, run_python

RESET_PIN = """
import sys
from hsm.module import load_module
from hsm.token import find_token, open_token, set_user_pin
module = load_module(sys.argv[1])
info = find_token(module, "seals", sys.argv[2])
set_user_pin(module, info, sys.argv[3], "a-new-user-pin")
open_token(module, "seals", sys.argv[2], "a-new-user-pin").close()
"""


def initialise(folder: Path) -> None:
    initialise_device(
        module_path=MODULE_PATH,
        settings_path=folder / "settings.toml",
        shares_folder=folder,
        organisation=ORGANISATION,
        authority_name="再来一次",
    )


@pytest.mark.req("S-4")
def test_a_device_is_initialised_once(module: Module, tmp_path: Path) -> None:
    before = [(info.label, info.serial) for info in list_tokens(module)]
    with pytest.raises(AlreadyInitialised) as caught:
        initialise(tmp_path)
    assert caught.value.which in ("ceremony", "seals")
    assert list(tmp_path.iterdir()) == []
    assert [(info.label, info.serial) for info in list_tokens(module)] == before


def test_existing_files_are_never_overwritten(module: Module, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("kept")
    with pytest.raises(AlreadyInitialised) as caught:
        initialise(tmp_path)
    assert caught.value.which.endswith("settings.toml")
    assert (tmp_path / "settings.toml").read_text() == "kept"


def test_a_folder_that_is_not_there_is_told_before_anything_happens(module: Module, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        initialise(tmp_path / "none")


@pytest.mark.req("S-5")
def test_each_office_gets_a_sheet_of_its_own(device: Device) -> None:
    for purpose in Purpose:
        assert parse_share(device.shares_a[purpose]) != parse_share(device.shares_b[purpose])
    sheets = sorted(device.folder.glob("share-*.txt"))
    assert len(sheets) == 2
    for sheet in sheets:
        assert sheet.stat().st_mode & 0o777 == 0o600
    assert "保密室" in sheets[0].read_text()
    assert not any(share in sheets[0].read_text() for share in device.shares_b.values())


@pytest.mark.req("S-5")
def test_the_settings_hold_no_share_and_no_split_pin(device: Device) -> None:
    text = device.settings_path.read_text()
    for purpose in Purpose:
        pair = parse_share(device.shares_a[purpose]), parse_share(device.shares_b[purpose])
        assert combine(*pair) not in text
        assert not any(share.hex() in text for share in pair)


def test_a_sheet_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no share here")
    for path in (tmp_path / "note.txt", tmp_path / "none.txt"):
        with pytest.raises(SettingsInvalid):
            read_sheet(path)


def test_the_so_pin_of_two_shares_resets_a_lost_pin(other_device: Device) -> None:
    pin = combine(
        parse_share(other_device.shares_a[Purpose.SEALS_SO_PIN]),
        parse_share(other_device.shares_b[Purpose.SEALS_SO_PIN]),
    )
    serial = other_device.settings.device.seals_serial
    run_python(other_device.config_path, RESET_PIN, MODULE_PATH, serial, pin)


@pytest.mark.req("S-4")
def test_without_its_device_the_settings_open_nothing(
    device: Device, settings: SealServerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(make_blank(tmp_path / "blank")))
    with pytest.raises(TokenMissing) as caught:
        run_child(device.settings_path, device.share_a, device.share_b, SignCrl("approval", 1, ()))
    assert caught.value.which == settings.device.ceremony_label
