"""Turn instructions into requests, and name for whom an item was read

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)
TABLE = "report_instruction"


def upgrade() -> None:
    """Apply."""
    # Without a request an instruction asks nothing of anybody. No version with those before was ever released.
    op.execute(f"DELETE FROM {TABLE}")
    op.drop_index("ix_report_instruction_open", table_name=TABLE)
    op.drop_index("ix_report_instruction_person", table_name=TABLE)
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f("ck_report_instruction_answered"), type_="check")
        for column in ("answered_by_id", "answered_for_id"):
            table.drop_constraint(op.f(f"fk_report_instruction_{column}"), type_="foreignkey")
        for column in ("due_on", "answer", "answered_by_id", "answered_for_id", "answered_at"):
            table.drop_column(column)
        table.add_column(sa.Column("task_id", sa.Integer(), nullable=False))
        table.create_foreign_key(op.f("fk_report_instruction_task_id"), "item", ["task_id"], ["id"])
        table.create_unique_constraint(op.f("uq_report_instruction_task_id"), ["task_id"])
    with op.batch_alter_table("item_reading") as table:
        table.add_column(sa.Column("person_for_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_item_reading_person_for_id"), "person", ["person_for_id"], ["id"])


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("item_reading") as table:
        table.drop_constraint(op.f("fk_item_reading_person_for_id"), type_="foreignkey")
        table.drop_column("person_for_id")
    op.execute(f"DELETE FROM {TABLE}")
    with op.batch_alter_table(TABLE) as table:
        table.drop_constraint(op.f("uq_report_instruction_task_id"), type_="unique")
        table.drop_constraint(op.f("fk_report_instruction_task_id"), type_="foreignkey")
        table.drop_column("task_id")
        table.add_column(sa.Column("due_on", sa.Date(), nullable=False))
        table.add_column(sa.Column("answer", sa.Text(), nullable=False))
        table.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("answered_for_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("answered_at", MOMENT, nullable=True))
        for column in ("answered_by_id", "answered_for_id"):
            table.create_foreign_key(op.f(f"fk_report_instruction_{column}"), "person", [column], ["id"])
        table.create_check_constraint(
            op.f("ck_report_instruction_answered"),
            "answered_at IS NULL OR (answer <> '' AND answered_by_id IS NOT NULL)",
        )
    op.create_index("ix_report_instruction_open", TABLE, ["answered_at", "item_id"])
    op.create_index("ix_report_instruction_person", TABLE, ["person_id", "answered_at"])
