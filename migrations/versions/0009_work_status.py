"""Publish work status

Revision ID: 0009
Revises: 0008
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)
KINDS = "'year-summary', 'year-plan', 'month-report', 'month-plan'"
# What every city needs to begin with (GZ41); the office renames, orders and closes them.
COLUMNS = (
    ("年度工作总结", "year-summary"),
    ("年度工作计划", "year-plan"),
    ("月度工作完成情况", "month-report"),
    ("月度工作安排", "month-plan"),
    ("日常工作动态", ""),
)
TABLES = ("work_export", "work_exemption", "work_reminder", "work_fulfilment", "work_entry", "work_due", "work_column")


def upgrade() -> None:
    """Apply."""
    columns = op.create_table(
        "work_column",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("writers", sa.String(length=10), nullable=False),
        sa.Column("takes", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("writers IN ('all', 'owner', 'below')", name=op.f("ck_work_column_writers")),
        sa.CheckConstraint("owner_id IS NOT NULL OR writers <> 'below'", name=op.f("ck_work_column_below_a_unit")),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name=op.f("fk_work_column_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_column")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_work_column_owner_id_name")),
    )
    of_the_city = sa.text("owner_id IS NULL")
    op.create_index(
        "uq_work_column_of_the_city",
        "work_column",
        ["name"],
        unique=True,
        sqlite_where=of_the_city,
        postgresql_where=of_the_city,
    )
    op.create_table(
        "work_due",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("announced_at", MOMENT, nullable=False),
        sa.Column("reminded_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_work_due_kind")),
        sa.CheckConstraint("month BETWEEN 0 AND 12", name=op.f("ck_work_due_month")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_due")),
        sa.UniqueConstraint("kind", "year", "month", name=op.f("uq_work_due_kind_year_month")),
    )
    op.create_index("ix_work_due_year", "work_due", ["year", "month"])
    op.create_table(
        "work_entry",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("column_id", sa.Integer(), nullable=False),
        sa.Column("due_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_work_entry_item_id")),
        sa.ForeignKeyConstraint(["column_id"], ["work_column.id"], name=op.f("fk_work_entry_column_id")),
        sa.ForeignKeyConstraint(["due_id"], ["work_due.id"], name=op.f("fk_work_entry_due_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_work_entry")),
    )
    op.create_index("ix_work_entry_column", "work_entry", ["column_id", "item_id"])
    op.create_index("ix_work_entry_due", "work_entry", ["due_id", "item_id"])
    op.create_table(
        "work_fulfilment",
        sa.Column("due_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["due_id"], ["work_due.id"], name=op.f("fk_work_fulfilment_due_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_work_fulfilment_unit_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_work_fulfilment_item_id")),
        sa.PrimaryKeyConstraint("due_id", "unit_id", name=op.f("pk_work_fulfilment")),
    )
    op.create_index("ix_work_fulfilment_unit", "work_fulfilment", ["unit_id", "due_id"])
    op.create_table(
        "work_reminder",
        sa.Column("due_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["due_id"], ["work_due.id"], name=op.f("fk_work_reminder_due_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_work_reminder_unit_id")),
        sa.PrimaryKeyConstraint("due_id", "unit_id", name=op.f("pk_work_reminder")),
    )
    op.create_table(
        "work_exemption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_work_exemption_period")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_work_exemption_unit_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_work_exemption_granted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_exemption")),
    )
    op.create_index("ix_work_exemption_unit", "work_exemption", ["unit_id", "first_on"])
    op.create_table(
        "work_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=4), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("fetched_at", MOMENT, nullable=True),
        sa.CheckConstraint("form IN ('csv', 'xlsx')", name=op.f("ck_work_export_form")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_work_export_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_export")),
    )
    at = datetime.now(UTC)
    op.bulk_insert(
        columns,
        [
            {"name": name, "writers": "all", "takes": takes, "position": place, "created_at": at}
            for place, (name, takes) in enumerate(COLUMNS, start=1)
        ],
    )


def downgrade() -> None:
    """Undo."""
    for table in TABLES:
        op.drop_table(table)
