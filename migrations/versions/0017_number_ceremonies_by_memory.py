"""Number ceremonies by the seal server's memory, and keep for whom somebody decided

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STOOD_FOR = sa.text(
    """
    UPDATE seal_approval SET acting_for_id = (
        SELECT max(event.acting_for_id) FROM event
        WHERE event.subject_kind = 'seal-application' AND event.subject_id = seal_approval.application_id
        AND event.kind IN ('seal-application.agreed', 'seal-application.reviewed', 'seal-application.approved')
        AND event.actor_id = seal_approval.person_id
    )
    """
)


def upgrade() -> None:
    """Apply."""
    op.add_column("ceremony", sa.Column("sequence", sa.Integer(), nullable=True))
    op.add_column("ceremony", sa.Column("trouble_params", sa.JSON(), nullable=True))
    op.execute(sa.text("UPDATE ceremony SET sequence = id"))
    with op.batch_alter_table("seal_approval") as batch:
        batch.add_column(sa.Column("acting_for_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_seal_approval_acting_for_id"), "person", ["acting_for_id"], ["id"])
    op.execute(STOOD_FOR)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("seal_approval") as batch:
        batch.drop_constraint(op.f("fk_seal_approval_acting_for_id"), type_="foreignkey")
        batch.drop_column("acting_for_id")
    with op.batch_alter_table("ceremony") as batch:
        batch.drop_column("trouble_params")
        batch.drop_column("sequence")
