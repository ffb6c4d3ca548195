"""No process but the seal server holds the HSM's modules, nor can it import them later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.commands.preparation import prepare_data
from portal.core.isolation import FORBIDDEN
from portal.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.req("S-5")

# How each process starts, up to the point where it would serve.
STARTS = {
    "web": "import wsgi",
    "worker": "from portal import worker; worker.ListedWorker = serve; worker.main(load())",
    "scheduler": "from portal import scheduler; scheduler.TICK_SECONDS = 0; scheduler.tick = serve; "
    "scheduler.main(load())",
}
CHECK = """
import sys
from portal.core.settings import load

class Reached(Exception): pass

def serve(*args, **kwargs): raise Reached

try:
    {start}
except Reached:
    pass
loaded = [name for name in sys.modules if name.split(".")[0] in ("hsm", "pkcs11") or name == "portal.sealserver"]
assert not loaded, loaded
assert "portal.core.db" in sys.modules, "the process has not started"
from portal.core.isolation import HsmForbidden
import importlib
for name in {names!r}:
    try:
        importlib.import_module(name)
    except HsmForbidden:
        continue
    raise AssertionError(name + " could be imported")
print("closed")
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as `portal run` prepares it."""
    folder = tmp_path_factory.mktemp("data")
    prepare_data(Settings(data_dir=folder))
    return folder


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GONGWEN_")}
    environment["GONGWEN_DATA_DIR"] = str(folder)
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("process", STARTS)
def test_the_process_is_closed_to_the_hsm(process: str, prepared: Path) -> None:
    names = (*FORBIDDEN, "hsm.keys", "hsm.module", "pkcs11.attributes")
    done = run(CHECK.format(start=STARTS[process], names=names), prepared)
    assert done.stdout == "closed\n", done.stderr


def test_a_process_that_holds_the_hsm_already_cannot_be_closed(prepared: Path) -> None:
    done = run("import hsm\nfrom portal.core.isolation import forbid_hsm\nforbid_hsm()", prepared)
    assert "HsmForbidden: hsm was imported before" in done.stderr
    assert done.returncode == 1


def test_the_seal_server_does_hold_it(prepared: Path) -> None:
    done = run("import sys\nimport portal.sealserver\nprint('hsm' in sys.modules)", prepared)
    assert done.stdout == "True\n", done.stderr
