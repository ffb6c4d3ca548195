"""Each kind of ceremony killed at each step of the child and at each moment of the seal server."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.seals.models import ApplicationKind
from tests.city import City
from tests.hsm.dying import LAST
from tests.seals.killing import MOMENTS, Kill, walk

KIND = ApplicationKind
# How many steps the child notes for each kind, over one seal; making makes two.
STEPS = {KIND.MAKE: 7, KIND.REPLACE: 6, KIND.CHANGE_CUSTODY: 2, KIND.DESTROY: 3}
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
    walk(runtime, session, city, monkeypatch, kind, kill)
