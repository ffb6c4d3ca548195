"""Each kind of ceremony killed at each step of the child and at each moment of the seal server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy.orm import Session

from hsm import settings as settings_file
from portal.core.runtime import Runtime
from portal.seals.models import ApplicationKind
from portal.seals.rites import RITES
from tests.city import City
from tests.hsm.dying import LAST
from tests.seals import ceremony as room
from tests.seals.killing import MOMENTS, Kill, walk
from tests.seals.killing_rotation import walk_rotation

KIND = ApplicationKind
# How many steps the child notes for each kind, over one seal; making makes two. How the child that renews shares is
# killed at each step stands in tests/hsm/test_rotation.py.
STEPS = {
    KIND.MAKE: 7,
    KIND.REPLACE: 6,
    KIND.CHANGE: 6,
    KIND.CHANGE_CUSTODY: 2,
    KIND.UNFREEZE: 2,
    KIND.DESTROY: 3,
    KIND.ROTATE_SHARES: 0,
    KIND.RENEW_CA: 2,
    KIND.CLEAR_ORPHANS: 2,
}
KILLS = [(kind, Kill(step=step)) for kind, last in STEPS.items() for step in (*range(1, last + 1), LAST)]
KILLS += [(kind, Kill(moment=moment)) for kind in STEPS for moment in MOMENTS]

pytestmark = [pytest.mark.req("S-5", "S-9"), pytest.mark.timeout(120)]


@pytest.mark.parametrize(("kind", "kill"), KILLS, ids=[f"{kind}-{kill.step or kill.moment}" for kind, kill in KILLS])
def test_register_and_device_agree_after_every_kill(
    runtime: Runtime,
    session: Session,
    city: City,
    monkeypatch: pytest.MonkeyPatch,
    kind: ApplicationKind,
    kill: Kill,
) -> None:
    """As in `tests/seals/test_killed.py`."""
    if kind == KIND.ROTATE_SHARES:
        walk_rotation(runtime, session, city, monkeypatch, kill)
    else:
        walk(runtime, session, city, monkeypatch, kind, kill)


def test_every_kind_of_ceremony_is_killed() -> None:
    assert set(STEPS) == set(RITES)


@pytest.fixture(autouse=True)
def settings_restored(runtime: Runtime) -> Iterator[None]:
    """The shared device's settings as they were: renewing the Seal CA pins another certificate in them."""
    path = room.install_device().settings_path
    before = settings_file.load(path)
    yield
    settings_file.replace(before, path)
    with suppress(RuntimeError):  # stopped already
        room.stop_seal_server()
