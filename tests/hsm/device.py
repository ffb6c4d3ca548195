"""A real device for tests: SoftHSM in a folder of its own, initialised the way an installation is.

SoftHSM reads its configuration once per process. Tests that use the device within the test process therefore
share one (`shared_device`); any number of others can be made (`make_device`) for code that runs in a process
of its own.
"""

import atexit
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest

from hsm.errors import DeviceLost
from hsm.initialise import read_sheet
from hsm.module import Module, TokenInfo
from hsm.settings import SealServerSettings, load
from hsm.shares import Purpose

MODULE_PATH = "/usr/lib/softhsm/libsofthsm2.so"
ROOT = Path(__file__).resolve().parents[2]
ORGANISATION = "南澄市人民政府办公室"
INITIALISE = """
import sys
from pathlib import Path
from hsm.initialise import initialise_device
from hsm.settings import AddressSettings, ConsentSettings
folder = Path(sys.argv[1])
initialise_device(module_path=sys.argv[2], settings_path=folder / "seal-server.toml", shares_folder=folder,
                  organisation=sys.argv[3], authority_name="南澄市电子印章认证机构",
                  addresses=AddressSettings(ocsp_url="http://127.0.0.1:8000/pki/ocsp"),
                  consent=ConsentSettings("localhost", "http://localhost:8000"))
"""


@dataclass(frozen=True)
class Device:
    """An initialised device. shares: the typed texts on the sheets, by purpose."""

    folder: Path
    shares_a: dict[Purpose, str]
    shares_b: dict[Purpose, str]

    @property
    def config_path(self) -> Path:
        """What SOFTHSM2_CONF must name."""
        return self.folder / "softhsm2.conf"

    @property
    def settings_path(self) -> Path:
        """The seal server's settings file."""
        return self.folder / "seal-server.toml"

    @property
    def settings(self) -> SealServerSettings:
        """The seal server's settings."""
        return load(self.settings_path)

    @property
    def share_a(self) -> str:
        """What the secrecy office types in a ceremony."""
        return self.shares_a[Purpose.CEREMONY_PIN]

    @property
    def share_b(self) -> str:
        """What the information centre types in a ceremony."""
        return self.shares_b[Purpose.CEREMONY_PIN]


def make_blank(folder: Path) -> Path:
    """A device without tokens; returns its configuration file."""
    (folder / "tokens").mkdir(parents=True)
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    return config


def make_device(folder: Path) -> Device:
    """A freshly initialised device in this folder."""
    config = make_blank(folder)
    run_python(config, INITIALISE, str(folder), MODULE_PATH, ORGANISATION)
    return Device(
        folder,
        read_sheet(folder / "share-a-secrecy-office.txt"),
        read_sheet(folder / "share-b-information-centre.txt"),
    )


@cache
def shared_device() -> Device:
    """The one device that the test process itself may load."""
    folder = Path(mkdtemp(prefix="device-"))
    atexit.register(rmtree, folder)
    device = make_device(folder / "device")
    os.environ["SOFTHSM2_CONF"] = str(device.config_path)
    return device


def has_sessions(module: Module, info: TokenInfo) -> bool:
    """Whether this process has a session open on the token, which SoftHSM does not tell when asked.

    It refuses to initialise a token with open sessions before it looks at the PIN, which is a wrong one here.
    """
    with pytest.raises(DeviceLost, match=r"0xa0|0xb6") as refused:  # PIN incorrect, session exists
        module.initialise_token(info.slot_id, "a wrong PIN", info.label)
    return "0xb6" in refused.value.message


def run_python(config: Path, code: str, *arguments: str) -> Any:
    """Run code in a fresh process that uses this configuration; returns the JSON it prints, if any."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "SOFTHSM2_CONF": str(config), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout else None
