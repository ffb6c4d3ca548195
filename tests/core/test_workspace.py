"""What killed jobs leave in the clear is removed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from portal import sealserver, worker
from portal.core import clock
from portal.core.settings import Settings
from portal.core.workspace import sweep, work_folder


def test_only_old_folders_are_swept(tmp_path: Path) -> None:
    """A job that still runs keeps its folder; what a link points at is none of ours."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = work_folder(tmp_path)
    (folder / "link").symlink_to(elsewhere)
    old, young = folder / "old", folder / "young"
    for one, age in ((old, 61), (young, 59), (elsewhere, 61)):
        one.mkdir(exist_ok=True)
        (one / "sealed.pdf").write_bytes(b"%PDF")
        moment = (clock.now() - timedelta(minutes=age)).timestamp()
        os.utime(one, (moment, moment))
    sweep(tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["link", "young"]
    assert (young / "sealed.pdf").exists() and (elsewhere / "sealed.pdf").exists()


class Swept(Exception):
    """The process came as far as sweeping."""


@pytest.mark.parametrize("process", [worker, sealserver])
def test_worker_and_seal_server_sweep_first(process: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before either takes work."""

    def swept(data_dir: Path) -> None:
        raise Swept(data_dir)

    monkeypatch.setattr(process, "sweep", swept)
    monkeypatch.setattr(worker, "forbid_hsm", lambda: None)
    monkeypatch.setattr("portal.core.logs.configure", lambda _format: None)
    with pytest.raises(Swept) as stopped:
        process.main(Settings(data_dir=tmp_path))  # type: ignore[attr-defined]  # a module
    assert stopped.value.args == (tmp_path,)
