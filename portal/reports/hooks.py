"""What the capabilities beside reports are told."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.content.models import Item
from portal.core.hooks import Hook
from portal.people.models import Person

instructed: Hook[[Session, Item, Person, str, int], None] = Hook("reports.instructed")
"""A leader has given an instruction on a report: the report, the leader, the text, the working days for an answer."""
