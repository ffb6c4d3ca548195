"""Pass on what is written

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    # -- notices: reminders; direct deliveries and circulations with their trail --
    op.create_table(
        "notice_reminder",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_notice_reminder_item_id")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_notice_reminder_by_id")),
        sa.PrimaryKeyConstraint("item_id", "day", name=op.f("pk_notice_reminder")),
    )
    op.create_table(
        "circulation",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("in_turn", sa.Boolean(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_circulation_item_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_circulation_document_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_circulation")),
    )
    op.create_table(
        "circulation_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("giver_id", sa.Integer(), nullable=False),
        sa.Column("giver_for_id", sa.Integer(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("done_for_id", sa.Integer(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name=op.f("ck_circulation_step_done")),
        sa.CheckConstraint("done_at IS NULL OR begun_at IS NOT NULL", name=op.f("ck_circulation_step_begun")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_circulation_step_item_id")),
        sa.ForeignKeyConstraint(["giver_id"], ["person.id"], name=op.f("fk_circulation_step_giver_id")),
        sa.ForeignKeyConstraint(["giver_for_id"], ["person.id"], name=op.f("fk_circulation_step_giver_for_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["person.id"], name=op.f("fk_circulation_step_done_by_id")),
        sa.ForeignKeyConstraint(["done_for_id"], ["person.id"], name=op.f("fk_circulation_step_done_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circulation_step")),
        sa.UniqueConstraint("item_id", "key", name=op.f("uq_circulation_step_item_id_key")),
    )
    op.create_index("ix_circulation_step_key", "circulation_step", ["key", "done_at"])


def downgrade() -> None:
    """Undo."""
    for table in ("circulation_step", "circulation", "notice_reminder"):
        op.drop_table(table)
