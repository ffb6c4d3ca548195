"""Marking of translatable texts outside Flask."""

from __future__ import annotations


def N_(message: str) -> str:
    """Return `message` unchanged; marks it as a msgid for the catalogue."""
    return message
