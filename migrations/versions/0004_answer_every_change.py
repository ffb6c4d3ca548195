"""Answer every change of a unit

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


IMPORT_STATES = "'checking', 'checked', 'writing', 'done', 'refused', 'discarded'"


def upgrade() -> None:
    """Apply."""
    # -- units: what a change of a unit reaches, and files that no row needs any more --
    op.create_table(
        "released_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_released_file")),
    )
    op.create_table(
        "unit_change_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["unit_change.id"], name=op.f("fk_unit_change_agreement_change_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unit_change_agreement_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_change_agreement_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change_agreement")),
        sa.UniqueConstraint("change_id", "unit_id", name=op.f("uq_unit_change_agreement_change_id_unit_id")),
    )
    op.add_column("paper_arrival", sa.Column("holder_id", sa.Integer(), nullable=True))
    op.execute("UPDATE paper_arrival SET holder_id = unit_id")
    with op.batch_alter_table("paper_arrival") as batch:
        batch.alter_column("holder_id", existing_type=sa.Integer(), nullable=False)
        batch.create_foreign_key(op.f("fk_paper_arrival_holder_id"), "unit", ["holder_id"], ["id"])
        batch.drop_index("ix_paper_arrival_unit")
        batch.create_index("ix_paper_arrival_holder", ["holder_id", "id"])
    with op.batch_alter_table("more_copies_request") as batch:
        batch.add_column(sa.Column("asked_for_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_more_copies_request_asked_for_id"), "person", ["asked_for_id"], ["id"])
    with op.batch_alter_table("import_run") as batch:
        batch.drop_constraint(op.f("ck_import_run_import_run_state"), type_="check")
        batch.create_check_constraint(op.f("ck_import_run_import_run_state"), f"state IN ({IMPORT_STATES}, 'failed')")


def downgrade() -> None:
    """Take back."""
    # -- units --
    op.execute("UPDATE import_run SET state = 'done' WHERE state = 'failed'")
    with op.batch_alter_table("import_run") as batch:
        batch.drop_constraint(op.f("ck_import_run_import_run_state"), type_="check")
        batch.create_check_constraint(op.f("ck_import_run_import_run_state"), f"state IN ({IMPORT_STATES})")
    with op.batch_alter_table("more_copies_request") as batch:
        batch.drop_constraint(op.f("fk_more_copies_request_asked_for_id"), type_="foreignkey")
        batch.drop_column("asked_for_id")
    with op.batch_alter_table("paper_arrival") as batch:
        batch.drop_index("ix_paper_arrival_holder")
        batch.create_index("ix_paper_arrival_unit", ["unit_id", "id"])
        batch.drop_constraint(op.f("fk_paper_arrival_holder_id"), type_="foreignkey")
        batch.drop_column("holder_id")
    op.drop_table("unit_change_agreement")
    op.drop_table("released_file")
