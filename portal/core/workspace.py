"""The folder `work`: where a job keeps plain files while it runs, and what a killed one leaves there."""

from __future__ import annotations

import shutil
from pathlib import Path

import structlog

from portal.core.clock import now

log = structlog.get_logger(__name__)

# Far longer than any job may take.
LEFT_OVER_AFTER = 3600


def work_folder(data_dir: Path) -> Path:
    """The folder in which jobs make theirs, for this account's eyes alone."""
    folder = data_dir / "work"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def sweep(data_dir: Path) -> None:
    """Remove what killed jobs left: documents in the clear, which nobody would ever ask for again."""
    for folder in work_folder(data_dir).iterdir():
        if folder.is_symlink() or not folder.is_dir():
            continue
        if now().timestamp() - folder.stat().st_mtime > LEFT_OVER_AFTER:
            shutil.rmtree(folder, ignore_errors=True)
            log.warning("folder of a killed job removed", folder=folder.name)
