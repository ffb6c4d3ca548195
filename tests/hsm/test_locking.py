"""The device's lock: one has it, and whoever ends gives it back."""

import subprocess
import sys
from pathlib import Path

import pytest

from hsm.errors import DeviceBusy
from hsm.locking import FILE_NAME, lock_device
from tests.hsm.device import ROOT

HOLD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from hsm.locking import lock_device
lock_device(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.req("S-5")
def test_one_ceremony_at_a_time_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    settings = tmp_path / "seal-server.toml"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_AND_DIE, str(settings)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(DeviceBusy):
            lock_device(settings, patience=0)
        other.communicate()
    give_back = lock_device(settings, patience=0)
    give_back()
    give_back()
    lock_device(settings, patience=0)()
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o077 == 0
