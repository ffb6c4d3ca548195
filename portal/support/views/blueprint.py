"""The blueprint all pages of help belong to."""

from __future__ import annotations

from flask import Blueprint, request, url_for

blueprint = Blueprint("support", __name__, url_prefix="/support")


def before() -> int | None:
    """The id the page before this one ended with."""
    return request.args.get("before", type=int)


def pages(endpoint: str, last: int | None, more: bool, **kept: object) -> dict[str, str | None]:
    """Addresses of a keyset pager: back to the newest, on to older ones."""
    values = {key: str(value) for key, value in kept.items() if value}
    return {
        "newest": url_for(endpoint, **values) if before() else None,  # type: ignore[arg-type]
        "older": url_for(endpoint, before=last, **values) if more else None,  # type: ignore[arg-type]
    }
