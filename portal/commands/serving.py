"""`portal run`: every process of the embedded installation, watched and started anew when one dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import FrameType

import structlog

from portal.core.settings import Settings

log = structlog.get_logger(__name__)

WATCH_SECONDS = 0.5
STOP_SECONDS = 10
READY_SECONDS = 90
QUICK_DEATH_SECONDS = 5.0
LONGEST_PAUSE = 30.0


@dataclass
class Watched:
    """One process and how it has fared."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    not_before: float = 0.0

    def start(self, environment: dict[str, str]) -> None:
        """Start it in a group of its own, so that Ctrl-C reaches only the supervisor."""
        self.process = subprocess.Popen(self.command, env=environment, start_new_session=True)
        self.started = time.monotonic()

    def watch(self, environment: dict[str, str]) -> None:
        """Start it anew if it died; pause longer and longer while it dies at once."""
        if self.process is not None and self.process.poll() is not None:
            lived = time.monotonic() - self.started
            log.warning("process ended; starting it again", process=self.name, status=self.process.returncode)
            self.deaths = self.deaths + 1 if lived < QUICK_DEATH_SECONDS else 0
            self.not_before = time.monotonic() + min(LONGEST_PAUSE, 2**self.deaths - 1)
            self.process = None
        if self.process is None and time.monotonic() >= self.not_before:
            self.start(environment)

    def stop(self) -> None:
        """Ask it to end, then end it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@dataclass
class Supervisor:
    """The processes of an installation, in the order they start."""

    settings: Settings
    processes: list[Watched] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.environment = dict(os.environ) | environment_of(self.settings)
        self.processes = [*self._queue_server(), *self._own_processes()]

    def _queue_server(self) -> list[Watched]:
        if self.settings.redis_url:
            return []
        folder = self.settings.data_dir.resolve()
        options = ["--port", "0", "--unixsocket", f"{folder}/redis.sock", "--unixsocketperm", "700"]
        options += ["--dir", str(folder), "--save", "", "--appendonly", "no"]
        options += ["--loglevel", "warning", "--logfile", f"{folder}/redis.log"]
        return [Watched("redis", ["redis-server", *options])]

    def _own_processes(self) -> list[Watched]:
        own = [sys.executable, "-m", "portal.cli"]
        settings = self.settings
        web = [sys.executable, "-m", "gunicorn", "wsgi:app", "--worker-class", "gthread"]
        web += ["--workers", str(settings.web_processes), "--threads", str(settings.web_threads)]
        web += ["--bind", f"{settings.host}:{settings.port}", "--log-level", "warning", "--no-control-socket"]
        web += ["--chdir", str(Path(__file__).parent.parent.parent)]
        workers = [Watched(f"worker-{n + 1}", [*own, "worker"]) for n in range(settings.workers)]
        return [
            Watched("seal-server", [*own, "seal-server"]),
            *workers,
            Watched("scheduler", [*own, "scheduler"]),
            Watched("web", web),
        ]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything started; stopped again in reverse order, whatever happens and at whatever moment."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._end)
        try:
            for watched in self.processes:
                watched.start(self.environment)
            yield
        finally:
            for watched in reversed(self.processes):
                watched.stop()

    def watch(self) -> None:
        """Keep everything alive until told to stop."""
        while not self.stopping.wait(WATCH_SECONDS):
            for watched in self.processes:
                watched.watch(self.environment)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def wait_until_ready(self) -> dict[str, bool]:
        """Wait for the readiness page; returns its checks, all True when ready in time."""
        address = f"http://{self.settings.host}:{self.settings.port}/health/ready"
        deadline = time.monotonic() + READY_SECONDS
        checks: dict[str, bool] = {"web": False}
        while time.monotonic() < deadline and not self.stopping.is_set():
            checks = _ask(address) or checks
            if all(checks.values()):
                return checks
            for watched in self.processes:
                watched.watch(self.environment)
            self.stopping.wait(WATCH_SECONDS)
        return checks


def environment_of(settings: Settings) -> dict[str, str]:
    """Environment variables that give another process the same settings."""
    values = {item.name: getattr(settings, item.name) for item in fields(settings)}
    return {f"GONGWEN_{name.upper()}": str(value) for name, value in values.items() if value not in (None, "")}


def _ask(address: str) -> dict[str, bool] | None:
    try:
        with urllib.request.urlopen(address, timeout=3) as answer:
            body = answer.read()
    except urllib.error.HTTPError as refused:
        body = refused.read()
    except OSError:
        return None
    checks: dict[str, bool] = json.loads(body)["checks"]
    return checks
