"""A real installation for the browser tests: `portal run --demo` in a folder of its own, as a newcomer starts it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TypeVar

from hsm.initialise import read_sheet
from hsm.shares import Purpose
from portal.commands.preparation import shares_folder
from portal.core import runtime as runtimes
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.demo import codes
from portal.people import queries as people
from portal.people import second_factor
from portal.seals.models import Seat

ROOT = Path(__file__).resolve().parents[2]
SHEETS = {
    Seat.SECRECY_OFFICE: "share-a-secrecy-office.txt",
    Seat.INFORMATION_CENTRE: "share-b-information-centre.txt",
}
# The ten ceremonies of the demo city, on a busy machine.
START_SECONDS = 300
STOP_SECONDS = 60
LOOK_EVERY = 0.2

T = TypeVar("T")


def eventually(ask: Callable[[], T | None], what: str, seconds: float = 60) -> T:
    """The first true answer of `ask`. Fails, saying what was awaited, when there is none in time."""
    deadline, pause = time.monotonic() + seconds, Event()
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause.wait(LOOK_EVERY)
    return answer


@dataclass
class Installation:
    """A running portal with all its processes, and what a test needs beside its pages."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def settings(self) -> Settings:
        """The settings its processes run with."""
        return Settings(data_dir=self.folder, port=self.port, base_url=self.address, demo=True)

    @cached_property
    def runtime(self) -> Runtime:
        """Its database and store, seen from the test."""
        return Runtime(self.settings)

    @cached_property
    def password(self) -> str:
        """The one password of all demo accounts."""
        return str(json.loads((self.folder / "demo.json").read_text("utf-8"))["password"])

    @property
    def environment(self) -> dict[str, str]:
        """What a `portal` command needs to work on this installation."""
        own = {"DATA_DIR": str(self.folder), "PORT": str(self.port), "BASE_URL": self.address, "DEMO": "true"}
        return dict(os.environ) | {f"GONGWEN_{name}": value for name, value in own.items()}

    def start(self) -> None:
        """Start it and wait until it is ready. Fails with the end of its log when it doesn't get so far."""
        with (self.folder / "run.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.cli", "run", "--demo"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._ready_or_dead, "the installation is ready", START_SECONDS)
        assert self.process.poll() is None, self.log()[-4000:]

    def stop(self) -> None:
        """Stop it as Ctrl-C does; nothing of it may be left."""
        assert self.process is not None
        children = self._children()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(STOP_SECONDS)
        self.runtime.engine.dispose()
        left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
        assert left == [], self.log()[-4000:]

    def is_ready(self) -> bool:
        """Whether the readiness page says so."""
        try:
            with urllib.request.urlopen(f"{self.address}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def log(self) -> str:
        """What its processes have written."""
        return (self.folder / "run.log").read_text("utf-8", errors="replace")

    def command(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a `portal` command on it."""
        line = [sys.executable, "-m", "portal.cli", *map(str, arguments)]
        return subprocess.run(line, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60)

    def code(self, account: str) -> str:
        """The account's next unused code, once it is good."""

        def usable() -> str | None:
            runtimes.install(self.runtime)
            with unit_of_work(self.runtime.engine, writes=False) as session:
                found = codes.code(session, account)
            return None if found.wait else found.code

        return eventually(usable, f"a fresh code of {account}", 2 * 30 + 5)

    def share(self, seat: Seat) -> str:
        """An operator's share of the ceremony PIN, as it stands on the sheet."""
        return read_sheet(shares_folder(self.settings) / SHEETS[seat])[Purpose.CEREMONY_PIN]

    def kill(self, name: str) -> None:
        """End a process of the installation without warning; `name` is a word of its command line."""
        os.kill(self._pid(name), signal.SIGKILL)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold a process still, or the one that watches all others ("supervisor")."""
        assert self.process is not None
        pid = self.process.pid if name == "supervisor" else self._pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def without_device(self) -> Iterator[None]:
        """The device is unplugged: SoftHSM's tokens are out of sight, and the seal server notices."""
        tokens = self.settings.softhsm_conf.parent / "tokens"
        away = tokens.rename(tokens.with_name("unplugged"))
        try:
            yield
        finally:
            away.rename(tokens)

    def expired_code(self, account: str) -> str:
        """A code of the account that was good some minutes ago."""
        runtimes.install(self.runtime)
        with unit_of_work(self.runtime.engine, writes=False) as session:
            person = people.by_account(session, account)
            assert person is not None
            return second_factor.code_of(second_factor.seed_of(person), second_factor.step_now() - 5)

    def _pid(self, name: str) -> int:
        return eventually(lambda: next((pid for pid in self._children() if name in _words(pid)), None), name)

    def _children(self) -> list[int]:
        assert self.process is not None
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def _ready_or_dead(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None or self.is_ready()


def _words(pid: int) -> list[str]:
    """The words of a process's command line; none when it has just ended."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return []
    return [word for part in line.decode().split("\0") for word in part.split()]


@contextmanager
def running_installation() -> Iterator[Installation]:
    """Start an installation, stop it, remove it. The folder's name is short: a socket's path may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="gongwen-"))
    installation = Installation(folder, _free_port())
    try:
        installation.start()
        yield installation
    finally:
        if installation.process is not None and installation.process.poll() is None:
            installation.stop()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
