"""Preparing an installation: folders, keys, schema, the embedded device. Each step is done once and never again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from portal import migrate
from portal.core.crypto import StorageKeys
from portal.core.errors import Unavailable
from portal.core.keyfile import read_or_create_key
from portal.core.settings import Settings

SOFTHSM_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)


def softhsm_module() -> str:
    """Path of the SoftHSM module. Raises Unavailable when it isn't installed."""
    for path in SOFTHSM_MODULES:
        if Path(path).is_file():
            return path
    raise Unavailable("SoftHSM isn't installed (Debian package softhsm2).")


def shares_folder(settings: Settings) -> Path:
    """Where `portal hsm init` leaves the two sheets of shares to be handed over."""
    return settings.data_dir / "shares"


def prepare_data(settings: Settings) -> None:
    """Folders, storage keys and the newest schema."""
    for folder in (settings.data_dir, settings.store_dir, settings.data_dir / "work"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not settings.storage_keys_file.exists():
        StorageKeys.create(settings.storage_keys_file)
    read_or_create_key(settings.session_key_file)
    migrate.upgrade(settings.database)


def prepare_softhsm(settings: Settings) -> None:
    """Configuration and token folder of the embedded SoftHSM."""
    home = settings.softhsm_conf.parent
    tokens = home / "tokens"
    tokens.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    if not settings.softhsm_conf.exists():
        settings.softhsm_conf.write_text(
            f"directories.tokendir = {tokens.resolve()}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )


def run_apart(*arguments: str) -> None:
    """Run a portal command in a process of its own, so that this one never holds the HSM's modules."""
    subprocess.run([sys.executable, "-m", "portal.cli", *arguments], check=True)


def require_redis(settings: Settings) -> None:
    """Raise Unavailable when the embedded queue server can't be started."""
    if not settings.redis_url and shutil.which("redis-server") is None:
        raise Unavailable("Redis isn't installed (Debian package redis-server).")
