"""A ceremony child that is killed (kill -9) as soon as it has done its n-th step."""

from __future__ import annotations

import sys
from pathlib import Path

LAST = 99
"""Killed with everything done, before the answer goes out."""
ROOT = Path(__file__).resolve().parents[2]
CHILD = """#!{python}
import os, signal, sys
sys.path.insert(0, {root!r})
from hsm import acts, ceremony, rotation
from hsm.transcript import Transcript
done = 0
def count(*_):
    global done
    done += 1
    if done == {step}:
        os.kill(os.getpid(), signal.SIGKILL)
def after(owner, name):
    real = getattr(owner, name)
    def wrapped(*given):
        answer = real(*given)
        count()
        return answer
    setattr(owner, name, wrapped)
after(acts.OpenCeremony, "_note")
after(rotation, "_step")
Transcript.to_json = lambda self: os.kill(os.getpid(), signal.SIGKILL)
sys.exit(ceremony.main())
"""


def dying(folder: Path, step: int) -> Path:
    """A stand-in for the interpreter, to be put in the place of `sys.executable`."""
    script = folder / f"dying-{step}.py"
    script.write_text(CHILD.format(python=sys.executable, root=str(ROOT), step=step))
    script.chmod(0o700)
    return script
