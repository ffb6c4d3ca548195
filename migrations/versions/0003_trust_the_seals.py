"""Trust the seals

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KINDS = [
    "make",
    "replace",
    "change",
    "change-custody",
    "unfreeze",
    "destroy",
    "rotate-shares",
    "renew-ca",
    "clear-orphans",
]


def upgrade() -> None:
    """Apply."""
    # -- seals: applications of every kind, custody that can change --
    with op.batch_alter_table("seal_application") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("seal_ids", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("details", sa.JSON(), nullable=True))
    op.execute("UPDATE seal_application SET kind = 'make', seal_ids = '[]', details = '{}'")
    with op.batch_alter_table("seal_application") as batch_op:
        batch_op.alter_column("kind", existing_type=sa.String(length=16), nullable=False)
        batch_op.alter_column("seal_ids", existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column("details", existing_type=sa.JSON(), nullable=False)
        batch_op.create_check_constraint(
            op.f("ck_seal_application_kind"), "kind IN ({})".format(", ".join(f"'{kind}'" for kind in KINDS))
        )
    with op.batch_alter_table("seal") as batch_op:
        batch_op.add_column(sa.Column("custody_sequence", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("threshold", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE seal SET custody_sequence = ceremony_id, threshold = (SELECT CASE WHEN seal.seal_class = 'signature' "
        "THEN a.threshold ELSE 1 END FROM ceremony c JOIN seal_application a ON a.id = c.application_id "
        "WHERE c.id = seal.ceremony_id)"
    )
    with op.batch_alter_table("seal") as batch_op:
        batch_op.alter_column("custody_sequence", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("threshold", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    """Undo."""
    # -- seals --
    with op.batch_alter_table("seal") as batch_op:
        batch_op.drop_column("threshold")
        batch_op.drop_column("custody_sequence")
    with op.batch_alter_table("seal_application") as batch_op:
        batch_op.drop_constraint(op.f("ck_seal_application_kind"), type_="check")
        batch_op.drop_column("details")
        batch_op.drop_column("seal_ids")
        batch_op.drop_column("kind")
