"""The supervisor: every process is stopped again, at whatever moment the end is asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from portal.commands.serving import Watched

PROGRAM = """
import os, signal, sys, threading
from pathlib import Path
from portal.commands.serving import Supervisor, Watched
from portal.core.settings import Settings

supervisor = Supervisor(Settings(data_dir=Path(sys.argv[1])))
sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
supervisor.processes = [Watched("one", sleeper), Watched("two", sleeper)]
with supervisor.running():
    print(*[watched.process.pid for watched in supervisor.processes], flush=True)
    supervisor.watch()
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_no_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and a plain kill both end every child."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM), str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        children = [int(pid) for pid in supervisor.stdout.readline().split()]
        assert all(map(_alive, children)) and len(children) == 2
        supervisor.send_signal(number)
        assert supervisor.wait(timeout=30) == 0
    assert not any(map(_alive, children))


def test_a_process_that_dies_is_started_again_after_a_growing_pause() -> None:
    """One that dies at once isn't started in a busy loop."""
    watched = Watched("short", [sys.executable, "-c", "pass"])
    watched.start(dict(os.environ))
    assert watched.process is not None
    watched.process.wait()
    watched.watch(dict(os.environ))
    assert watched.deaths == 1
    assert watched.process is None
    first = watched.not_before - watched.started
    watched.not_before = 0.0
    watched.watch(dict(os.environ))
    assert watched.process is not None
    watched.process.wait()
    watched.watch(dict(os.environ))
    assert watched.deaths == 2
    assert watched.not_before - watched.started > first
