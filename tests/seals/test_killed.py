"""A ceremony killed where it hurts most; `make faults` walks every step of every kind."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.seals.models import ApplicationKind
from tests.city import City
from tests.seals.killing import Kill, walk

pytestmark = pytest.mark.req("S-5", "S-9")


@pytest.mark.parametrize(
    ("kind", "kill"),
    [
        pytest.param(ApplicationKind.MAKE, Kill(step=5), id="second key made"),
        pytest.param(ApplicationKind.REPLACE, Kill(step=6), id="old key destroyed, no answer"),
        pytest.param(ApplicationKind.REPLACE, Kill(moment="before-commit"), id="all done, nothing entered"),
    ],
)
def test_register_and_device_agree_after_a_kill(
    runtime: Runtime,
    session: Session,
    city: City,
    monkeypatch: pytest.MonkeyPatch,
    kind: ApplicationKind,
    kill: Kill,
) -> None:
    """No record without key, no usable key without record; the next ceremony clears up and comes to its end."""
    walk(runtime, session, city, monkeypatch, kind, kill)
