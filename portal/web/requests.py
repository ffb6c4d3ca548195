"""What a browser sends, before anything looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

from portal.core.text import without_control


class Fields(ImmutableMultiDict[str, Any]):
    """Fields of a form or an address, without the characters that no database and no spreadsheet takes."""

    def __init__(self, mapping: Iterable[tuple[str, Any]] | None = None) -> None:
        if mapping is not None and not isinstance(mapping, dict):
            mapping = [(key, without_control(value) if isinstance(value, str) else value) for key, value in mapping]
        super().__init__(mapping)


class PortalRequest(Request):
    """A request whose form and query hold nothing that can't be kept."""

    parameter_storage_class = Fields
