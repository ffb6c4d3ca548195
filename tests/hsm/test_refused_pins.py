"""A PIN that a token refused is not tried again by the next process: each restart and each new ceremony is one."""

import dataclasses
from pathlib import Path

import pytest

from hsm.ceremony import run_child
from hsm.errors import PinStopped, WrongPin
from hsm.orders import RenewCa
from hsm.refused_pins import FILE_NAME, Refusals
from hsm.settings import replace, write
from tests.hsm.device import Device

NOTHING = RenewCa("0f" * 32, 1)


@pytest.mark.req("S-4")
def test_a_refused_pin_is_remembered_by_the_next_process(device: Device, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    right = device.settings
    write(dataclasses.replace(right, seals=dataclasses.replace(right.seals, pin="not-the-pin")), path)
    for error in (WrongPin, PinStopped, PinStopped):
        with pytest.raises(WrongPin) as caught:
            run_child(path, device.share_a, device.share_b, NOTHING)
        assert type(caught.value) is error
    kept = tmp_path / FILE_NAME
    assert kept.stat().st_mode & 0o077 == 0
    assert "not-the-pin" not in kept.read_text()
    replace(right, path)  # a corrected setting is tried
    run_child(path, device.share_a, device.share_b, NOTHING)


def test_only_this_pin_of_this_token_is_stopped_and_a_new_one_is_forgotten(tmp_path: Path) -> None:
    for whose, pin in (("user", "1"), ("user", "2"), ("officer", "1")):
        with pytest.raises(WrongPin), Refusals(tmp_path / "refused").one_try("A", whose, pin):
            raise WrongPin("no")
    again = Refusals(tmp_path / "refused")
    with pytest.raises(PinStopped), again.one_try("A", "user", "1"):
        pass
    with again.one_try("B", "user", "1"), again.one_try("A", "officer", "2"):
        pass
    again.forget("A", "user", "1")  # a renewal of shares gave the token this PIN
    with Refusals(tmp_path / "refused").one_try("A", "user", "1"):
        pass
    with pytest.raises(PinStopped), Refusals(tmp_path / "refused").one_try("A", "user", "2"):
        pass
