"""A Redis of the test's own, on a socket: nothing listens on a port, nothing is kept."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = "ready to accept connections"


@contextmanager
def redis_server() -> Iterator[str]:
    """Start a server, yield its URL, stop it. The folder is short: a socket's path may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="gongwen-redis-"))
    command = ["redis-server", "--port", "0", "--unixsocket", f"{folder}/socket", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said: list[str] = []
        while not any(READY in line for line in said[-1:]):
            line = process.stdout.readline()
            assert line, "redis-server ended: " + "".join(said)
            said.append(line)
        yield f"unix://{folder}/socket?db=0"
    finally:
        process.kill()
        process.communicate()
        shutil.rmtree(folder)
