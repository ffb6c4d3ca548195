"""New shares for old: the old ones are dead afterwards, and a renewal broken off anywhere can be ended."""

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from hsm.authority import load_certificate
from hsm.ceremony import run_child
from hsm.errors import CeremonyAborted, SharesSame, ShareTypo, ShareWrong, WrongPin
from hsm.orders import RenewCa, RotateShares, SignCrl
from hsm.rotation import Sheets
from hsm.settings import load
from hsm.shares import Holder, Purpose, format_share, split_new
from hsm.transcript import Transcript
from tests.hsm.device import Device, make_device
from tests.hsm.dying import LAST, dying

APPROVAL = "0f" * 32
NOTHING = SignCrl(APPROVAL, 1, ())
Sheet = dict[Holder, dict[Purpose, str]]


@pytest.fixture
def own_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Device:
    """A device whose PINs may be changed; only children use it."""
    made = make_device(tmp_path / "own")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.config_path))
    return made


def old_sheet(device: Device) -> Sheet:
    return {Holder.A: device.shares_a, Holder.B: device.shares_b}


def new_sheet() -> Sheet:
    made = {purpose: split_new() for purpose in Purpose}
    return {
        holder: {purpose: format_share(pair[place]) for purpose, pair in made.items()}
        for place, holder in enumerate(Holder)
    }


def rotate(device: Device, old: Sheet, new: Sheet) -> Transcript:
    return run_child(device.settings_path, "", "", RotateShares(APPROVAL), sheets=Sheets(old, new))


def opens(device: Device, sheet: Sheet) -> bool:
    """Whether a ceremony can be held with this sheet: a share of a PIN the device no longer has opens nothing."""
    pair = (sheet[Holder.A][Purpose.CEREMONY_PIN], sheet[Holder.B][Purpose.CEREMONY_PIN])
    try:
        run_child(device.settings_path, *pair, NOTHING)
    except (ShareWrong, WrongPin):
        return False
    return True


@pytest.mark.req("S-5")
def test_new_shares_open_the_device_and_old_ones_are_dead(own_device: Device) -> None:
    old, new = old_sheet(own_device), new_sheet()
    transcript = rotate(own_device, old, new)
    steps = [(step["step"], step["about"]) for step in transcript.facts["steps"]]
    assert steps[:3] == [("pin-proved", p) for p in ("seals_so_pin", "ceremony_so_pin", "ceremony_pin")]
    assert steps[3:6] == [("pin-changed", p) for p in ("seals_so_pin", "ceremony_so_pin", "ceremony_pin")]
    assert load(own_device.settings_path).next_verifiers is None
    assert opens(own_device, new)
    with pytest.raises(ShareWrong):
        run_child(own_device.settings_path, own_device.share_a, own_device.share_b, NOTHING)
    with pytest.raises(ShareWrong):
        rotate(own_device, old, new_sheet())
    rotate(own_device, new, new_sheet())


@pytest.mark.req("S-5")
def test_shares_that_are_not_new_or_not_right_change_nothing(own_device: Device) -> None:
    old, before = old_sheet(own_device), own_device.settings_path.read_bytes()
    same = {**new_sheet(), Holder.A: old[Holder.A]}
    with pytest.raises(SharesSame):
        rotate(own_device, old, same)
    typo = new_sheet()
    typo[Holder.B][Purpose.SEALS_SO_PIN] = typo[Holder.B][Purpose.SEALS_SO_PIN][:-1]
    with pytest.raises(ShareTypo) as caught:
        rotate(own_device, old, typo)
    assert caught.value.which == "B"
    mixed = {**old, Holder.A: {**old[Holder.A], Purpose.SEALS_SO_PIN: own_device.share_a}}
    with pytest.raises(ShareWrong) as wrong:
        rotate(own_device, mixed, new_sheet())
    assert wrong.value.which == "A"
    assert own_device.settings_path.read_bytes() == before
    assert opens(own_device, old)


@pytest.mark.req("S-5")
@pytest.mark.parametrize("step", [4, 6, LAST])
def test_a_renewal_killed_midway_can_be_ended(own_device: Device, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Whatever was reached, exactly one of the two sheets opens the device, and the renewal can be held again."""
    old, new = old_sheet(own_device), new_sheet()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", str(dying(own_device.folder, step)))
        with pytest.raises(CeremonyAborted):
            rotate(own_device, old, new)
    assert [opens(own_device, old), opens(own_device, new)] == [step < 6, step >= 6]
    # Each PIN that was changed already is named by the share of its new sheet.
    changed = list(PURPOSES)[: step - 3]
    mixed = {h: {p: (new if p in changed or step == LAST else old)[h][p] for p in Purpose} for h in Holder}
    last = new_sheet()
    rotate(own_device, mixed, last)
    assert opens(own_device, last)
    assert not opens(own_device, old)
    assert not opens(own_device, new)


PURPOSES = (Purpose.SEALS_SO_PIN, Purpose.CEREMONY_SO_PIN, Purpose.CEREMONY_PIN)


@pytest.mark.req("S-5", "S-12")
def test_the_seal_ca_gets_a_longer_life_over_the_same_key(device: Device) -> None:
    renewed = run_child(device.settings_path, device.share_a, device.share_b, RenewCa(APPROVAL, 25)).facts
    old = load_certificate(device.settings.pinned.ca_certificate_pem)
    new = load_certificate(renewed["ca_certificate_pem"])
    assert new.not_valid_after_utc > old.not_valid_after_utc
    assert (new.not_valid_before_utc, new.subject) == (old.not_valid_before_utc, old.subject)
    assert new.public_key() == old.public_key()
    for pem in (device.settings.pinned.tsa_certificate_pem, device.settings.pinned.ocsp_certificate_pem):
        load_certificate(pem).verify_directly_issued_by(new)


def test_settings_are_replaced_whole(device: Device, tmp_path: Path) -> None:
    from hsm import settings as settings_file

    path = tmp_path / "settings.toml"
    settings_file.write(device.settings, path)
    path.with_name("settings.toml.new").write_text("left by a process that was killed")
    known = dataclasses.replace(device.settings, next_verifiers=device.settings.share_verifiers)
    settings_file.replace(known, path)
    assert load(path) == known
    assert os.listdir(tmp_path) == ["settings.toml"]
    assert path.stat().st_mode & 0o077 == 0
