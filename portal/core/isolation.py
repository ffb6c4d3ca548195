"""Keeps the HSM out of every process but the seal server: there, its modules can't be imported (architecture §1)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

FORBIDDEN = ("hsm", "pkcs11", "portal.sealserver")


class HsmForbidden(ImportError):
    """This process must not touch the HSM."""


class _Refuser(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if any(fullname == name or fullname.startswith(name + ".") for name in FORBIDDEN):
            raise HsmForbidden(f"{fullname} belongs to the seal server; this process must not import it")
        return None


def forbid_hsm() -> None:
    """Refuse the HSM's modules in this process from now on. Raises HsmForbidden if one is loaded already."""
    loaded = [name for name in FORBIDDEN if name in sys.modules]
    if loaded:
        raise HsmForbidden(f"{loaded[0]} was imported before this process was closed to the HSM")
    if not any(isinstance(finder, _Refuser) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Refuser())
