"""Processes that hold secrets write none of them to disk when they crash."""

import pytest

from tests.hsm.device import Device, run_python

STATE = "[ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)]"
# Each stops at the first thing it does after its beginning, where nothing secret was read yet.
BEGINNINGS = {
    "seal server": """
import ctypes, json, resource
from portal import sealserver
class Stop(Exception): pass
def stop(*_): raise Stop
sealserver.require_rules = stop
try: sealserver.start(None)
except Stop: print(json.dumps({state}))
""",
    "hsm init": """
import ctypes, json, resource
from portal.commands import device_init
try: device_init.initialise(None, None)
except AttributeError: print(json.dumps({state}))
""",
    "ceremony": """
import ctypes, json, resource, sys
from hsm import ceremony
class Stop(Exception): pass
def stop(*_): raise Stop
ceremony._private_output = stop
try: ceremony.main()
except Stop: print(json.dumps({state}))
""",
}


@pytest.mark.req("S-5")
@pytest.mark.parametrize("process", BEGINNINGS)
def test_a_process_with_secrets_can_not_be_dumped(device: Device, process: str) -> None:
    """Neither by crashing nor by a debugger of the same user."""
    assert run_python(device.config_path, BEGINNINGS[process].replace("{state}", STATE)) == [0, [0, 0]]
