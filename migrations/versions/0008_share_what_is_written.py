"""Share what is written

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KINDS = [
    "adopted-brief",
    "article",
    "brief",
    "circulation",
    "direct-delivery",
    "disclosure",
    "journal-issue",
    "notice",
    "report",
    "task",
    "work-status",
]
STATES = ["drafting", "submitted", "published", "withdrawn", "discarded"]
SHOWN = sa.text("published_at IS NOT NULL AND NOT excluded")
MOMENT = types.UtcDateTime(timezone=True)


def _one_of(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def upgrade() -> None:
    """Apply."""
    # -- content: items, their files, readers and readings --
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_for_id", sa.Integer(), nullable=True),
        sa.Column("approver_id", sa.Integer(), nullable=True),
        sa.Column("approver_for_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("pdf_digest", sa.String(length=64), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.CheckConstraint(_one_of("state", STATES), name=op.f("ck_item_item_state")),
        sa.CheckConstraint(_one_of("kind", KINDS), name=op.f("ck_item_kind")),
        sa.CheckConstraint(
            "state <> 'published' OR (published_at IS NOT NULL AND approver_id IS NOT NULL)",
            name=op.f("ck_item_answered"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_item_unit_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_item_holder_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_item_author_id")),
        sa.ForeignKeyConstraint(["author_for_id"], ["person.id"], name=op.f("fk_item_author_for_id")),
        sa.ForeignKeyConstraint(["approver_id"], ["person.id"], name=op.f("fk_item_approver_id")),
        sa.ForeignKeyConstraint(["approver_for_id"], ["person.id"], name=op.f("fk_item_approver_for_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["item.id"], name=op.f("fk_item_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
    )
    op.create_index("ix_item_holder", "item", ["holder_id", "kind", "state", "id"])
    op.create_index("ix_item_author", "item", ["author_id", "state", "id"])
    op.create_index("ix_item_parent", "item", ["parent_id", "position"])
    op.create_index("ix_item_published", "item", ["kind", "published_at", "id"])
    op.create_table(
        "item_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("text_excerpt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_file_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_file")),
        sa.UniqueConstraint("item_id", "digest", name=op.f("uq_item_file_item_id_digest")),
    )
    op.create_table(
        "item_reader_key",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_reader_key_item_id")),
        sa.PrimaryKeyConstraint("item_id", "key", "excluded", name=op.f("pk_item_reader_key")),
    )
    op.create_index(
        "ix_item_reader_key_feed",
        "item_reader_key",
        ["kind", "key", "published_at", "item_id"],
        sqlite_where=SHOWN,
        postgresql_where=SHOWN,
    )
    op.create_index("ix_item_reader_key_key", "item_reader_key", ["key"])
    op.create_table(
        "item_reading",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_reading_item_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_item_reading_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_item_reading_unit_id")),
        sa.PrimaryKeyConstraint("item_id", "person_id", name=op.f("pk_item_reading")),
    )
    op.create_index("ix_item_reading_unit", "item_reading", ["item_id", "unit_id"])
    op.create_table(
        "reader_set",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reader_set")),
    )
    op.create_table(
        "reader_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_reader_group_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_group")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_reader_group_unit_id_name")),
    )
    op.create_table(
        "reader_group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["reader_group.id"], name=op.f("fk_reader_group_member_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reader_group_member_person_id")),
        sa.PrimaryKeyConstraint("group_id", "person_id", name=op.f("pk_reader_group_member")),
    )
    op.create_index("ix_reader_group_member_person", "reader_group_member", ["person_id"])
    # -- notices --
    op.create_table(
        "notice",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("of_unit", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_notice_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_notice")),
    )


def downgrade() -> None:
    """Undo."""
    # -- notices --
    op.drop_table("notice")
    # -- content --
    for table in (
        "reader_group_member",
        "reader_group",
        "reader_set",
        "item_reading",
        "item_reader_key",
        "item_file",
        "item",
    ):
        op.drop_table(table)
