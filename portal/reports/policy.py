"""Who is a leader."""

from __future__ import annotations

from portal.people.models import Person
from portal.people.roles import LEADERS


def is_leader(person: Person) -> bool:
    """Whether special reports may go to the person, and instructions come from them."""
    return bool(person.roles & LEADERS)
