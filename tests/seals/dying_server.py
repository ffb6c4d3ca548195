"""A seal server of its own process that dies (kill -9) at one moment of a stamping or of the signing of a code."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from pathlib import Path

from portal.core.runtime import Runtime
from portal.seals import device

ROOT = Path(__file__).resolve().parents[2]
STAMPING = ("reserved", "signed", "kept", "finished", "stored", "before-commit", "after-commit")
SIGNING = ("reserved", "signed", "finished", "before-commit", "after-commit")
SERVER = """
import os, pickle, signal, sys
from sqlalchemy import event
from sqlalchemy.orm import Session
from hsm.uses import Uses
from portal import wiring
from portal.core import runtime as runtimes
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.seals import code_signing, device, pressing
from portal.sealserver import ALLOWED
settings, settings_path, moment = pickle.load(sys.stdin.buffer)
runtime = Runtime(settings)
runtimes.install(runtime)
device.install(device.Device(settings_path))
wiring.wire()
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
def dying(owner, name):
    real = getattr(owner, name)
    def act(*given, **named):
        done = real(*given, **named)
        die()
    setattr(owner, name, act)
after = {"reserved": [(Uses, "reserve")], "signed": [(pressing, "_press"), (code_signing, "_sign")],
         "kept": [(pressing, "_keep")], "finished": [(Uses, "finish")], "stored": [(pressing, "_hand_out")]}
for owner, name in after.get(moment, ()):
    dying(owner, name)
if moment in ("before-commit", "after-commit"):
    real = Uses.finish
    def finish(*given):
        event.listen(Session, moment.replace("-", "_"), die)
        return real(*given)
    Uses.finish = finish
run_inline(runtime, ALLOWED)
"""


def work_and_die(runtime: Runtime, moment: str) -> None:
    """Let such a seal server do what waits."""
    held = device.current()
    held.close()
    ended = subprocess.run(
        [sys.executable, "-c", SERVER],
        input=pickle.dumps((runtime.settings, held.settings_path, moment)),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
