"""Tokens: found by label and serial, opened once, used by threads, never by forked children."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from hsm.errors import (
    ForkedProcess,
    KeyMissing,
    ModuleMissing,
    PinStopped,
    TokenBusy,
    TokenMissing,
    TokenReplaced,
    WrongPin,
)
from hsm.keys import HEALTH_KEY, HsmEcKey, destroy_key, generate_key
from hsm.module import Module, load_module
from hsm.settings import SealServerSettings
from hsm.shares import Purpose, combine, parse_share
from hsm.token import Token, find_token, list_tokens, open_token
from tests.hsm.device import Device, has_sessions, run_python

MOVE_SLOTS = """
import json, sys
from pathlib import Path
from hsm.module import load_module
from hsm.settings import load
from hsm.signers import open_signer
from hsm.token import blank_tokens, list_tokens, open_token
settings = load(Path(sys.argv[1]))
module = load_module(settings.device.module_path)
module.initialise_token(blank_tokens(module)[0].slot_id, "officer-pin", "seals")
known = settings.device
with open_token(module, known.seals_label, known.seals_serial, settings.seals.pin) as token:
    open_signer(token, "health")
print(json.dumps([[info.label, info.serial, info.slot_id] for info in list_tokens(module)]))
"""
LOSE_DEVICE = """
import json, sys
from pathlib import Path
from hsm.errors import HsmError
from hsm.keys import HsmEcKey
from hsm.module import load_module
from hsm.settings import load
from hsm.token import open_token
settings = load(Path(sys.argv[1]))
known = settings.device
token = open_token(load_module(known.module_path), known.seals_label, known.seals_serial, settings.seals.pin)
token.sign_digest("health", bytes(32))
tokens = Path(sys.argv[1]).parent / "tokens"
tokens.rename(tokens.with_name("taken-away"))
try:
    token.sign_digest("health", bytes(32))
    print(json.dumps("signed"))
except HsmError as error:
    print(json.dumps([error.code, error.__cause__ is not None]))
"""


@pytest.mark.req("S-4")
def test_both_tokens_are_found_by_label_and_serial(module: Module, settings: SealServerSettings) -> None:
    known = settings.device
    assert find_token(module, known.seals_label, known.seals_serial).serial == known.seals_serial
    assert find_token(module, known.ceremony_label, known.ceremony_serial).label == "ceremony"


@pytest.mark.req("S-4")
def test_the_device_page_learns_what_the_device_tells(module: Module) -> None:
    tokens = {info.label: info for info in list_tokens(module)}
    assert tokens.keys() == {"ceremony", "seals"}
    assert tokens["seals"].manufacturer == "SoftHSM project"
    assert tokens["seals"].model == "SoftHSM v2"
    assert tokens["seals"].firmware == "2.6"
    # What SoftHSM does not tell is not made up.
    assert (tokens["seals"].sessions, tokens["seals"].free_bytes) == (None, None)


@pytest.mark.req("S-4")
def test_a_missing_token_and_another_serial_are_told_apart(module: Module, settings: SealServerSettings) -> None:
    with pytest.raises(TokenMissing) as missing:
        find_token(module, "absent", settings.device.seals_serial)
    assert missing.value.code == "token-missing"
    with pytest.raises(TokenReplaced):
        find_token(module, "seals", settings.device.ceremony_serial)


def test_a_missing_module_is_told() -> None:
    with pytest.raises(ModuleMissing) as caught:
        load_module("/nowhere/libnone.so")
    assert caught.value.__cause__ is not None


@pytest.mark.req("S-4")
def test_another_token_of_the_same_label_is_never_taken_for_ours(other_device: Device) -> None:
    """Initialising a token moves slots; the serial still finds the right one, now and after a restart."""
    known = other_device.settings.device
    tokens = run_python(other_device.config_path, MOVE_SLOTS, str(other_device.settings_path))
    named = [serial for label, serial, _ in tokens if label == "seals"]
    assert len(named) == 2
    assert known.seals_serial in named
    again = run_python(other_device.config_path, MOVE_SLOTS, str(other_device.settings_path))
    slots = {serial: slot for _, serial, slot in tokens}
    assert any(slots[serial] != slot for _, serial, slot in again if serial in slots)


@pytest.mark.req("S-4")
def test_a_device_taken_away_is_an_error_with_its_cause(other_device: Device) -> None:
    outcome = run_python(other_device.config_path, LOSE_DEVICE, str(other_device.settings_path))
    assert outcome == ["device-lost", True]


@pytest.mark.req("S-4")
def test_one_wrong_pin_and_the_device_is_asked_no_more(
    module: Module, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "stopped_tokens", set())
    known = device.settings.device
    pin = combine(parse_share(device.share_a), parse_share(device.share_b))
    with pytest.raises(WrongPin) as caught:
        open_token(module, known.ceremony_label, known.ceremony_serial, pin[::-1])
    assert caught.value.__cause__ is not None
    assert pin[::-1] not in str(caught.value)
    with pytest.raises(PinStopped):
        open_token(module, known.ceremony_label, known.ceremony_serial, pin)
    assert not has_sessions(module, find_token(module, known.ceremony_label, known.ceremony_serial))
    module.stopped_tokens.clear()  # as a new process would
    open_token(module, known.ceremony_label, known.ceremony_serial, pin).close()


def test_a_closed_token_leaves_no_session(module: Module, device: Device) -> None:
    known = device.settings.device
    pin = combine(parse_share(device.share_a), parse_share(device.share_b))
    with open_token(module, known.ceremony_label, known.ceremony_serial, pin) as ceremony:
        ceremony.sign_digest("ca", bytes(32))
        assert has_sessions(module, ceremony.info)
    assert not has_sessions(module, ceremony.info)


def test_a_token_is_opened_once_per_process(token: Token, module: Module, settings: SealServerSettings) -> None:
    with pytest.raises(TokenBusy):
        open_token(module, token.info.label, token.info.serial, settings.seals.pin)
    token.sign_digest(HEALTH_KEY, bytes(32))


def test_four_threads_sign_side_by_side(token: Token) -> None:
    """Without locking by the operating system this ends the process (SIGSEGV)."""
    key = HsmEcKey(token, HEALTH_KEY)

    def work(thread: int) -> int:
        for number in range(250):
            message = f"{thread} {number}".encode()
            # HsmEcKey verifies each signature itself; checked once more here with the plain public key.
            signature = key.sign(message, ec.ECDSA(hashes.SHA256()))
            key.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256()))
        return number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [249] * 4


def test_a_session_that_saw_an_error_is_dropped(token: Token) -> None:
    with token.session() as first:
        kept = first
    with pytest.raises(ZeroDivisionError), token.session() as second:
        assert second is kept
        _ = 1 / 0
    with token.session() as third:
        assert third is not kept


def test_a_stale_handle_is_looked_up_again_or_told(token: Token) -> None:
    digest = hashlib.sha256(b"message").digest()
    generate_key(token, "seal-stale")
    with token.session() as holder:  # fills one session's cache, kept apart while the key is made anew
        holder.private_key("seal-stale")
        destroy_key(token, "seal-stale")
        renewed = generate_key(token, "seal-stale")
    signature = token.sign_digest("seal-stale", digest)
    assert len(signature) == 64
    assert renewed.sign(b"message", ec.ECDSA(hashes.SHA256()))
    destroy_key(token, "seal-stale")
    with pytest.raises(KeyMissing) as caught:
        token.sign_digest("seal-stale", digest)
    assert caught.value.which == "seal-stale"


def test_a_forked_child_can_not_use_the_login(token: Token) -> None:
    child = os.fork()
    if child == 0:
        try:
            token.sign_digest(HEALTH_KEY, bytes(32))
        except ForkedProcess:
            os._exit(42)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42


def test_the_so_pins_belong_to_two_shares_each(device: Device) -> None:
    for purpose in Purpose:
        assert len(combine(parse_share(device.shares_a[purpose]), parse_share(device.shares_b[purpose]))) == 43
