"""Keep what the device answered after a ceremony was broken off

Revision ID: 0027
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("ceremony", sa.Column("aftermath", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("ceremony") as batch:
        batch.drop_column("aftermath")
