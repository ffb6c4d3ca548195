"""Marking of translatable texts outside Flask."""

from __future__ import annotations


def N_(message: str) -> str:
    """Return `message` unchanged; marks it as a msgid for the catalogue."""
    return message


def both_names(name: str, stood_for: str | None) -> str:
    """The name of who did something, with the one they acted for (A-6); as papers of the city write it."""
    return f"{name}（代{stood_for}）" if stood_for else name
