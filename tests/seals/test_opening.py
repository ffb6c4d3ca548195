"""The process that lives for months passes shares on as ciphertext; only the child, which ends, reads them."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from tests.city import City
from tests.seals import ceremony as room

pytestmark = pytest.mark.req("S-5")


def test_the_seal_server_never_holds_a_share(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = room.install_device()
    handed: list[bytes] = []
    real = subprocess.run

    def run(arguments: list[str], **options: Any) -> Any:
        handed.append(options.get("input", b""))
        return real(arguments, **options)

    application = room.approved_application(session, city, "finance")
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", run)
        ceremony = room.hold(runtime, session, city, application)
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    assert len(handed) == 1
    for share in (shared.share_a, shared.share_b):
        group, text = share.split("-")[0], handed[0].decode()
        assert share not in text
        assert f"{group}-" not in text
