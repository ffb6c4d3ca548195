"""Settings of the portal's processes: read once, frozen, unknown keys refused.

Order: defaults, then the TOML file named by `GONGWEN_SETTINGS` (if any), then `GONGWEN_<KEY>` variables. The seal
server's own secrets are not here but in a file only it can read (`hsm.settings`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from portal.core.errors import Invalid

PREFIX = "GONGWEN_"
# Variables with our prefix that aren't settings of the portal.
NOT_SETTINGS = frozenset({"GONGWEN_SETTINGS"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an installation can choose; see docs/configuration.md."""

    data_dir: Path = Path("var")
    database_url: str = ""
    redis_url: str = ""
    fonts_dir: Path = Path("/usr/local/share/fonts/gongwen")
    base_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    web_processes: int = 2
    web_threads: int = 8
    workers: int = 1
    city_name: str = "南澄市"
    system_name: str = "公文交换平台"
    exchange_rules: str = "guangzhou"
    exchange_rules_file: Path | None = None
    second_factor_issuer: str = "南澄市公文交换平台"
    secure_cookies: bool = False
    trusted_proxies: int = 0
    proxy_addresses: tuple[str, ...] = ()
    client_certificate_header: str = ""
    demo: bool = False
    log_format: str = "text"

    @property
    def database(self) -> str:
        """SQLAlchemy URL; the embedded default is SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/portal.db"

    @property
    def redis(self) -> str:
        """Redis URL; the embedded default is a socket in the data folder, so nothing listens on a port."""
        return self.redis_url or f"unix://{self.data_dir.resolve()}/redis.sock?db=0"

    @property
    def store_dir(self) -> Path:
        """The encrypted file store."""
        return self.data_dir / "store"

    @property
    def storage_keys_file(self) -> Path:
        """Keys that wrap the file keys (0600)."""
        return self.data_dir / "keys" / "storage.keys"

    @property
    def session_key_file(self) -> Path:
        """Key that signs cookies (0600)."""
        return self.data_dir / "keys" / "session.key"

    @property
    def seal_server_file(self) -> Path:
        """The seal server's own settings, readable by it alone."""
        return self.data_dir / "seal-server" / "settings.toml"

    @property
    def seal_ca_file(self) -> Path:
        """Certificate of the Seal CA (PEM): what the portal and everybody else trusts when verifying."""
        return self.data_dir / "seal-ca.pem"

    @property
    def custody_key_file(self) -> Path:
        """Public key of the ceremonies (PEM), for showing whether a custody record is genuine."""
        return self.data_dir / "custody-key.pem"

    @property
    def softhsm_conf(self) -> Path:
        """SoftHSM's configuration of the embedded default."""
        return self.data_dir / "seal-server" / "softhsm2.conf"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises Invalid for an unknown key or a value of the wrong kind, naming it."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    if named := environ.get("GONGWEN_SETTINGS"):
        values.update(tomllib.loads(Path(named).read_text(encoding="utf-8")))
    for name, value in environ.items():
        if name.startswith(PREFIX) and name not in NOT_SETTINGS:
            values[name.removeprefix(PREFIX).lower()] = value
    return build(values)


def build(values: Mapping[str, Any]) -> Settings:
    """Settings from plain values. Raises Invalid as `load` does."""
    kinds = {field.name: str(field.type) for field in fields(Settings)}
    for key in values:
        if key not in kinds:
            raise Invalid("There is no setting named %(key)s.", key=key)
    return Settings(**{key: _convert(key, value, kinds[key]) for key, value in values.items()})


def _convert(key: str, value: object, kind: str) -> Any:
    try:
        if kind.startswith("Path"):
            return Path(str(value))
        if kind == "int":
            return int(str(value))
        if kind.startswith("tuple"):
            items = value if isinstance(value, list | tuple) else str(value).split(",")
            return tuple(str(item).strip() for item in items if str(item).strip())
        if kind == "bool":
            return {"true": True, "1": True, "false": False, "0": False}[str(value).lower()]
        return str(value)
    except (KeyError, ValueError):
        raise Invalid("The setting %(key)s can't be %(value)s.", key=key, value=value) from None
