"""Items of information exchange 信息交换: what the seven capabilities have in common, stored once.

An item is a text with files that somebody of a unit wrote, somebody approved, and certain readers may see (M-1). What
is particular to a kind stands in that capability's own table, whose primary key is the item's.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.content.kinds import ItemKind
from portal.content.lifecycle import ITEM
from portal.core.db import Base, same_as
from portal.people.models import Person
from portal.units.models import Unit

KEY_LENGTH = 60
_SHOWN = text("published_at IS NOT NULL AND NOT excluded")
_PINNED = text("published_at IS NOT NULL AND NOT excluded AND pinned")
_ENDING = text("published_at IS NOT NULL AND expires_at IS NOT NULL")


class Item(Base):
    """One item. `holder_id` answers for it now: the unit it came from, or that unit's heir (GZ9)."""

    __tablename__ = "item"
    __table_args__ = (
        ITEM.check_constraint(),
        CheckConstraint(f"kind IN ({', '.join(repr(kind.value) for kind in ItemKind)})", name="kind"),
        CheckConstraint(
            "state <> 'published' OR (published_at IS NOT NULL AND approver_id IS NOT NULL)", name="answered"
        ),
        UniqueConstraint("author_id", "request_key"),
        Index("ix_item_holder", "holder_id", "kind", "state", "id"),  # serves a unit's own lists
        Index("ix_item_author", "author_id", "state", "id"),  # serves what somebody is writing
        Index("ix_item_parent", "parent_id", "position"),  # serves the articles of an issue
        Index("ix_item_published", "kind", "published_at", "id"),  # serves archives by year and statistics
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), default=ITEM.start)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """The unit it came from; its name is that of the day (`Unit.name_at`)."""
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    author_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approver_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who answers for it once it is out, in place of an author who has left the unit; the author stays named."""
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    """The issue of an article; whoever may read the parent may read it."""
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text, default="", deferred=True)
    """As written: plain text with the marks of `portal.content.texts`; lists, which show titles, don't load it."""
    urgency: Mapped[str] = mapped_column(String(10), default="")
    pinned: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes, so that two people who write at once don't lose each other's words."""
    request_key: Mapped[str | None] = mapped_column(String(40))
    """Of the form it was begun with: the same form sent twice begins one item."""
    note: Mapped[str] = mapped_column(Text, default="")
    """Why it was returned or withdrawn."""
    pdf_digest: Mapped[str | None] = mapped_column(String(64))
    """Its pages as a PDF in the file store, once the worker has set them."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    holder: Mapped[Unit] = relationship(foreign_keys=[holder_id])
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    author_for: Mapped[Person | None] = relationship(foreign_keys=[author_for_id])
    approver: Mapped[Person | None] = relationship(foreign_keys=[approver_id])
    approver_for: Mapped[Person | None] = relationship(foreign_keys=[approver_for_id])
    keeper: Mapped[Person | None] = relationship(foreign_keys=[keeper_id])
    withdrawn_by: Mapped[Person | None] = relationship(foreign_keys=[withdrawn_by_id])
    parent: Mapped[Item | None] = relationship(remote_side=[id], back_populates="parts")
    parts: Mapped[list[Item]] = relationship(order_by="Item.position", back_populates="parent")
    files: Mapped[list[ItemFile]] = relationship(order_by="ItemFile.position", back_populates="item")
    reader_keys: Mapped[list[ReaderKey]] = relationship(
        order_by="ReaderKey.excluded, ReaderKey.key", cascade="all, delete-orphan"
    )


class CleanedFile:
    """What is kept of a file that goes with a text, once it is checked and cleaned (GZ28)."""

    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]
    text_excerpt: Mapped[str] = mapped_column(Text, default="")
    """What the content gate read in the file, kept so that the gate can be asked again."""


class ItemFile(CleanedFile, Base):
    """A file of an item."""

    __tablename__ = "item_file"
    __table_args__ = (UniqueConstraint("item_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    text_excerpt: Mapped[str] = mapped_column(Text, default="", deferred=True)
    """Pages name the files and don't load this."""

    item: Mapped[Item] = relationship(back_populates="files")


class ReaderKey(Base):
    """A line of an item's reader scope: whom it includes or excludes (`portal.content.readers`).

    A reader has some thirty keys; an item is theirs when one of them includes it and none excludes it. The rule is
    kept, not the people: 25,000 readers are one row. `kind` and what `show` sets repeat the item's, for the indexes.
    """

    __tablename__ = "item_reader_key"
    __table_args__ = (
        # Serves the feeds: the newest of one kind under one key.
        Index(
            "ix_item_reader_key_feed",
            "kind",
            "key",
            "published_at",
            "item_id",
            "expires_at",
            sqlite_where=_SHOWN,
            postgresql_where=_SHOWN,
        ),
        # Serves what is kept at the top, however much came after it.
        Index(
            "ix_item_reader_key_pinned",
            "kind",
            "key",
            "published_at",
            "item_id",
            "expires_at",
            sqlite_where=_PINNED,
            postgresql_where=_PINNED,
        ),
        # Serves the job that takes what has run out from the feeds.
        Index("ix_item_reader_key_ending", "expires_at", sqlite_where=_ENDING, postgresql_where=_ENDING),
        Index("ix_item_reader_key_key", "key"),  # serves changes of units and groups
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    excluded: Mapped[bool] = mapped_column(primary_key=True, default=False)
    kind: Mapped[str] = mapped_column(String(20))
    published_at: Mapped[datetime | None]
    """Its place in the feeds; None when it stands in none: not out yet, withdrawn, or its time over."""
    expires_at: Mapped[datetime | None]
    pinned: Mapped[bool] = mapped_column(default=False)

    def show(self, item: Item) -> None:
        """Give the item, which is out, its place in the feeds."""
        self.published_at, self.expires_at, self.pinned = item.published_at, item.expires_at, item.pinned


class ReaderSet(Base):
    """A key some item is or was read by. A reader's keys are looked up here first: of a hundred, few are in use."""

    __tablename__ = "reader_set"

    key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)


class ItemReading(Base):
    """That somebody opened an item, first (readership M-6, read receipts M-7)."""

    __tablename__ = "item_reading"
    __table_args__ = (Index("ix_item_reading_unit", "item_id", "unit_id"),)  # serves readership by unit

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """The reader's unit on that day."""
    person_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """For whom an acting person read it."""
    read_at: Mapped[datetime]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    person_for: Mapped[Person | None] = relationship(foreign_keys=[person_for_id])
    unit: Mapped[Unit] = relationship()


class ReaderGroup(Base):
    """A named group of people that a unit keeps for its reader scopes."""

    __tablename__ = "reader_group"
    __table_args__ = (UniqueConstraint("unit_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(60))
    changed_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()
    members: Mapped[list[ReaderGroupMember]] = relationship(cascade="all, delete-orphan")


class ReaderGroupMember(Base):
    """Somebody in a group."""

    __tablename__ = "reader_group_member"
    __table_args__ = (Index("ix_reader_group_member_person", "person_id"),)  # serves a reader's keys

    group_id: Mapped[int] = mapped_column(ForeignKey("reader_group.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)

    person: Mapped[Person] = relationship()
