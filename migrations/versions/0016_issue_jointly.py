"""Issue documents jointly

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    # -- documents: the units that issue one with the unit it belongs to; how many seals are on --
    op.create_table(
        "joint_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("red_head", sa.String(length=60), nullable=False),
        sa.Column("signature", sa.String(length=100), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.CheckConstraint("place >= 2", name=op.f("ck_joint_unit_place")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_joint_unit_document_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_joint_unit_unit_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_joint_unit_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_unit")),
        sa.UniqueConstraint("document_id", "unit_id", name=op.f("uq_joint_unit_document_id_unit_id")),
        sa.UniqueConstraint("document_id", "place", name=op.f("uq_joint_unit_document_id_place")),
    )
    op.create_index("ix_joint_unit_asked", "joint_unit", ["holder_id", "asked_at"])
    op.add_column("document", sa.Column("seals_on", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE document SET seals_on = 1 WHERE sealed_digest IS NOT NULL")


def downgrade() -> None:
    """Take back."""
    op.drop_column("document", "seals_on")
    op.drop_index("ix_joint_unit_asked", table_name="joint_unit")
    op.drop_table("joint_unit")
