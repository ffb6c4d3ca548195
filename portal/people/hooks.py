"""What the capabilities above know of a person: the work that lies on their desk, and handing it over (A-7)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core.hooks import Hook
from portal.people.access_models import SecurityKey
from portal.people.models import Person
from portal.people.roles import Role


@dataclass(frozen=True)
class OpenWork:
    """Things of one kind that wait for a person. `label` is a msgid; `handed_over`: a successor can take them.

    What can't be handed over ends with the person: custody of a seal, a seat, a delegation.
    """

    key: str
    label: str
    count: int
    examples: tuple[str, ...] = ()
    handed_over: bool = True
    roles: frozenset[Role] = frozenset()
    """A successor holds one of these."""


open_work: Hook[[Session, Person], list[OpenWork]] = Hook("people.open_work")
"""Ask every capability what lies on this person's desk."""

hand_over: Hook[[Session, Person, str, Person | None, Person], int] = Hook("people.hand_over")
"""Give the work of one key to the named successor (None: it ends with the person), by the acting person; each
capability answers how many things it moved, 0 for a key that isn't its own."""

key_ended: Hook[[SecurityKey], None] = Hook("people.key_ended")
"""A hardware key was reported lost or revoked: tell every capability that takes its answers."""
