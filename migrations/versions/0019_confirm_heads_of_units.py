"""Confirm heads of units

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "headship_filing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("wish", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "state IN ('filed', 'confirmed', 'refused', 'withdrawn')",
            name=op.f("ck_headship_filing_headship_filing_state"),
        ),
        sa.CheckConstraint("wish IN ('name', 'end')", name=op.f("ck_headship_filing_wish")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_headship_filing_reason")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'refused') OR (decided_by_id IS NOT NULL AND decided_by_id <> filed_by_id)",
            name=op.f("ck_headship_filing_decided_by_another"),
        ),
        sa.CheckConstraint("state <> 'refused' OR length(answer) > 0", name=op.f("ck_headship_filing_answer")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_headship_filing_unit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_headship_filing_person_id")),
        sa.ForeignKeyConstraint(["filed_by_id"], ["person.id"], name=op.f("fk_headship_filing_filed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_headship_filing_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headship_filing")),
    )
    filed = sa.text("state = 'filed'")
    op.create_index(
        "uq_headship_filing_open",
        "headship_filing",
        ["person_id"],
        unique=True,
        sqlite_where=filed,
        postgresql_where=filed,
    )
    op.create_index("ix_headship_filing_unit", "headship_filing", ["unit_id", "id"])
    op.create_index("ix_headship_filing_state", "headship_filing", ["state", "id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("headship_filing")
