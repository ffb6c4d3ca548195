"""Answer for what is out

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

WITHDRAWALS = "withdrawn_as IN ('unsaid', 'personal', 'mistake', 'replaced', 'ended')"


def upgrade() -> None:
    """Apply."""
    # -- content: who answers for an item in the author's place, who withdrew it, the form it was begun with --
    with op.batch_alter_table("item") as table:
        table.add_column(sa.Column("keeper_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("withdrawn_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("request_key", sa.String(length=40), nullable=True))
        table.create_foreign_key(op.f("fk_item_keeper_id"), "person", ["keeper_id"], ["id"])
        table.create_foreign_key(op.f("fk_item_withdrawn_by_id"), "person", ["withdrawn_by_id"], ["id"])
        table.create_unique_constraint(op.f("uq_item_author_id_request_key"), ["author_id", "request_key"])
    # -- disclosure: what the public reads of a withdrawal --
    with op.batch_alter_table("disclosure_item") as table:
        table.add_column(sa.Column("withdrawn_as", sa.String(length=10), nullable=False, server_default="unsaid"))
        table.create_check_constraint(op.f("ck_disclosure_item_withdrawn_as"), WITHDRAWALS)
    with op.batch_alter_table("disclosure_item") as table:
        table.alter_column(
            "withdrawn_as", existing_type=sa.String(length=10), existing_nullable=False, server_default=None
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("disclosure_item") as table:
        table.drop_constraint(op.f("ck_disclosure_item_withdrawn_as"), type_="check")
        table.drop_column("withdrawn_as")
    with op.batch_alter_table("item") as table:
        table.drop_constraint(op.f("uq_item_author_id_request_key"), type_="unique")
        table.drop_constraint(op.f("fk_item_withdrawn_by_id"), type_="foreignkey")
        table.drop_constraint(op.f("fk_item_keeper_id"), type_="foreignkey")
        table.drop_column("request_key")
        table.drop_column("withdrawn_by_id")
        table.drop_column("keeper_id")
