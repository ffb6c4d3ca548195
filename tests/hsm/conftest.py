"""One device and one login to its seals token for all tests of the package."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hsm.keys import SEAL_PREFIX, destroy_key, key_labels
from hsm.module import Module, load_module
from hsm.settings import SealServerSettings
from hsm.token import Token, open_token
from portal.seals import device as seal_server
from tests.hsm.device import Device, make_device, shared_device


@pytest.fixture(scope="session")
def device() -> Device:
    """The device of the test process."""
    return shared_device()


@pytest.fixture(scope="session")
def settings(device: Device) -> SealServerSettings:
    return device.settings


@pytest.fixture(scope="session")
def module(device: Device) -> Module:
    return load_module(device.settings.device.module_path)


@pytest.fixture(scope="module")
def session_token(module: Module, settings: SealServerSettings) -> Iterator[Token]:
    _release()
    known = settings.device
    with open_token(module, known.seals_label, known.seals_serial, settings.seals.pin, writable=True) as token:
        yield token


def _release() -> None:
    """Let go of the token if tests of the seal server hold it in this process: one login is all there is."""
    with suppress(RuntimeError):
        seal_server.current().close()


@pytest.fixture
def token(session_token: Token) -> Iterator[Token]:
    """The seals token, logged in and writable; the seal keys a test makes are destroyed after it."""
    before = set(key_labels(session_token, SEAL_PREFIX))
    yield session_token
    for label in set(key_labels(session_token, SEAL_PREFIX)) - before:
        destroy_key(session_token, label)


@pytest.fixture
def other_device(tmp_path: Path) -> Device:
    """A second device, for code in a process of its own."""
    return make_device(tmp_path / "other")
