"""Publish journals

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    # -- journals --
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("subtitle", sa.String(length=80), nullable=False),
        sa.Column("licence", sa.String(length=60), nullable=False),
        sa.Column("numbering", sa.String(length=10), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("numbering IN ('yearly', 'running')", name=op.f("ck_journal_numbering")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_journal_unit_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_journal_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("unit_id", "name", name=op.f("uq_journal_unit_id_name")),
    )
    op.create_index("ix_journal_holder", "journal", ["holder_id"])
    op.create_table(
        "journal_editor",
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_journal_editor_journal_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_journal_editor_person_id")),
        sa.PrimaryKeyConstraint("journal_id", "person_id", name=op.f("pk_journal_editor")),
    )
    op.create_table(
        "journal_reader_key",
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_journal_reader_key_journal_id")),
        sa.PrimaryKeyConstraint("journal_id", "key", "excluded", name=op.f("pk_journal_reader_key")),
    )
    op.create_table(
        "journal_issue",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("proofed_at", MOMENT, nullable=True),
        sa.CheckConstraint("(number IS NULL) = (label = '')", name=op.f("ck_journal_issue_numbered")),
        sa.CheckConstraint("number IS NULL OR number > 0", name=op.f("ck_journal_issue_counts")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_journal_issue_item_id")),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_journal_issue_journal_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_journal_issue")),
        sa.UniqueConstraint("journal_id", "series", "number", name=op.f("uq_journal_issue_journal_id_series_number")),
    )
    op.create_table(
        "journal_article",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=40), nullable=False),
        sa.Column("byline", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_journal_article_item_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_journal_article")),
    )
    op.create_table(
        "journal_subscription",
        sa.Column("journal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_journal_subscription_journal_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_journal_subscription_person_id")),
        sa.PrimaryKeyConstraint("journal_id", "person_id", name=op.f("pk_journal_subscription")),
    )
    op.create_index("ix_journal_subscription_person", "journal_subscription", ["person_id"])


def downgrade() -> None:
    """Undo."""
    # -- journals --
    for table in (
        "journal_subscription",
        "journal_article",
        "journal_issue",
        "journal_reader_key",
        "journal_editor",
        "journal",
    ):
        op.drop_table(table)
