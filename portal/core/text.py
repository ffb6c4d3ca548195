"""Texts outside Flask: marking them for the catalogue, making them fit to be kept."""

from __future__ import annotations

import re

# Neither databases nor spreadsheets take control characters; line breaks and tabs are the exception.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def N_(message: str) -> str:
    """Return `message` unchanged; marks it as a msgid for the catalogue."""
    return message


def both_names(name: str, stood_for: str | None) -> str:
    """The name of who did something, with the one they acted for (A-6); as papers of the city write it."""
    return f"{name}（代{stood_for}）" if stood_for else name


def storable(value: str) -> str:
    """The text with one kind of line break and without the characters that no database takes."""
    return without_control(value.replace("\r\n", "\n").replace("\r", "\n"))


def without_control(value: str) -> str:
    """The text without the characters that nothing takes, its line breaks as they were."""
    return _CONTROL.sub("", value)
