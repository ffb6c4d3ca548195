"""What the capabilities above are told of items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Mapped, Session

from portal.content.models import Item
from portal.content.readers import Scope
from portal.core.hooks import Hook
from portal.people.models import Person


class Export(Protocol):
    """A file made by the worker for who asked: when that was, and where it lies."""

    asked_at: Mapped[datetime]
    digest: Mapped[str | None]


completing: Hook[[Session, Item], None] = Hook("content.completing")
"""Asked before an item is handed in or published: what its kind lacks is raised as Invalid or Refused."""

changing: Hook[[Session, Item, Person], None] = Hook("content.changing")
"""Asked before somebody changes a draft or publishes it alone: whom the rules of its kind bar is told by Denied."""

scoping: Hook[[Session, Item, Scope], None] = Hook("content.scoping")
"""Asked before a scope is set: readers that don't fit the kind are raised as Invalid."""

published: Hook[[Session, Item], None] = Hook("content.published")
"""An item has become visible to its readers."""

withdrawing: Hook[[Session, Item], None] = Hook("content.withdrawing")
"""Asked before those who answer for an item withdraw it: what its kind forbids is raised as Refused. Nothing forbids
that it is taken down."""

withdrawn: Hook[[Session, Item], None] = Hook("content.withdrawn")
"""An item was taken away from everybody, withdrawn or taken down."""

group_used: Hook[[Session, str], bool] = Hook("content.group_used")
"""Whether the capability's own rows name a group, by its key: such a group isn't removed."""

typeset: Hook[[Session, Item, int], None] = Hook("content.typeset")
"""The worker has set an item's pages: their number."""

exports: Hook[[], Sequence[type[Export]]] = Hook("content.exports")
"""Which tables hold files that were made for somebody who asked."""

paper: Hook[[Session, Item], tuple[str, dict[str, Any]] | None] = Hook("content.paper")
"""The template of an item's printed pages and what fills it; None for kinds that aren't the capability's."""
