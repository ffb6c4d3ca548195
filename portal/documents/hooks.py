"""What the capabilities above tell of documents."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.hooks import Hook
from portal.people.models import Person

Way = tuple[str, dict[str, int]]

way_to: Hook[[Session, Person, int], Way | None] = Hook("documents.way_to")
"""The page, as endpoint and values, on which this person may see a document that isn't their unit's own; None: none."""
