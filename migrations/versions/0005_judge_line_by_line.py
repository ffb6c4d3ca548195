"""Judge line by line

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # -- stamping: joint and straddling seals, authorities of other places --
    with op.batch_alter_table("stamp_request") as batch_op:
        batch_op.add_column(sa.Column("place", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch_op.add_column(sa.Column("straddling", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_check_constraint(op.f("ck_stamp_request_place"), "place >= 1")
        batch_op.create_check_constraint(op.f("ck_stamp_request_straddling"), "place = 1 OR NOT straddling")
    op.create_index("ix_stamp_request_sealed", "stamp_request", ["sealed_digest"])
    op.create_index("ix_stamp_request_digest", "stamp_request", ["digest"])
    op.create_table(
        "trusted_authority",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("trusted_for", sa.String(length=12), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("valid_until", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("imported_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("trusted_for IN ('seals', 'time-stamps')", name=op.f("ck_trusted_authority_trusted_for")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_trusted_authority_reason")),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL) "
            "AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
            name=op.f("ck_trusted_authority_withdrawn"),
        ),
        sa.ForeignKeyConstraint(["imported_by_id"], ["person.id"], name=op.f("fk_trusted_authority_imported_by_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["person.id"], name=op.f("fk_trusted_authority_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_authority")),
    )
    op.create_index(
        "uq_trusted_authority_live",
        "trusted_authority",
        ["fingerprint", "trusted_for"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    """Undo."""
    # -- stamping --
    op.drop_table("trusted_authority")
    op.drop_index("ix_stamp_request_digest", "stamp_request")
    op.drop_index("ix_stamp_request_sealed", "stamp_request")
    with op.batch_alter_table("stamp_request") as batch_op:
        batch_op.drop_constraint(op.f("ck_stamp_request_straddling"), type_="check")
        batch_op.drop_constraint(op.f("ck_stamp_request_place"), type_="check")
        batch_op.drop_column("straddling")
        batch_op.drop_column("place")
