"""Error types every capability raises; one table in `portal.web.errors` turns them into pages.

Each carries an English msgid with named parameters, so that the edge can say it in the reader's language.
"""

from __future__ import annotations


class PortalError(Exception):
    """Something a user is told about in plain words: `message` is a msgid, `params` fill its %(names)s."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class Refused(PortalError):
    """The act isn't possible in the present state or by this person; nothing was changed."""


class Invalid(PortalError):
    """What was entered can't be accepted; `field` names the form field it belongs to, if any."""

    def __init__(self, message: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class Denied(PortalError):
    """The person lacks the permission the act needs."""


class NotFound(PortalError):
    """There is no such thing, or the person may not know that there is."""


class AlreadyDone(PortalError):
    """The act was done before (a double click, or somebody was quicker): told, but nothing is wrong."""


class Unavailable(PortalError):
    """A service the act needs (store, queue, device) can't be reached now; nothing was changed."""
