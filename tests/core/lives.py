"""Every lifecycle of the portal, found where they are written, with the column that holds its state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from sqlalchemy import CheckConstraint, Table

from portal.core.lifecycle import Lifecycle
from portal.schema import METADATA

LISTED = re.compile(r"^(\w+) IN \(([^)]*)\)$")
PORTAL = Path(__file__).resolve().parents[2] / "portal"


def lifecycles() -> dict[str, Lifecycle[StrEnum, StrEnum]]:
    """All lifecycles by name."""
    found = [
        value
        for path in sorted(PORTAL.glob("*/*lifecycle.py"))
        if path.parent.name != "core"
        for value in vars(import_module(f"portal.{path.parent.name}.{path.stem}")).values()
        if isinstance(value, Lifecycle)
    ]
    return {lifecycle.name: lifecycle for lifecycle in found}


def columns() -> Iterator[tuple[str, Table, str]]:
    """Lifecycle, table and column of every CHECK that was built from a lifecycle."""
    for table in METADATA.sorted_tables:
        for column, values in choices(table).items():
            for name, lifecycle in lifecycles().items():
                if values == [state.value for state in lifecycle.states]:
                    yield name, table, column


def choices(table: Table) -> dict[str, list[str]]:
    """The columns whose values a CHECK lists, with these values."""
    found = {}
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and (match := LISTED.match(str(constraint.sqltext))):
            found[match[1]] = re.findall(r"'([^']*)'", match[2])
    return found
