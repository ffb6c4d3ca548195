"""Texts outside Flask: marking them for the catalogue, making them fit to be kept."""

from __future__ import annotations

import re

# Databases take no control characters; line breaks and tabs are the exception.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def N_(message: str) -> str:
    """Return `message` unchanged; marks it as a msgid for the catalogue."""
    return message


def both_names(name: str, stood_for: str | None) -> str:
    """The name of who did something, with the one they acted for (A-6); as papers of the city write it."""
    return f"{name}（代{stood_for}）" if stood_for else name


def storable(value: str) -> str:
    """The text with one kind of line break and without the characters that no database takes."""
    return _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
