"""Keep lists quick

Revision ID: 0025
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types
from portal.core.clock import now

revision = "0025"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)
KEY = "item_reader_key"
SHOWN = sa.text("published_at IS NOT NULL AND NOT excluded")
PINNED = sa.text("published_at IS NOT NULL AND NOT excluded AND pinned")
ENDING = sa.text("published_at IS NOT NULL AND expires_at IS NOT NULL")
PLACE = ["kind", "key", "published_at", "item_id"]


def _index(name: str, table: str, columns: list[str], where: sa.TextClause | None = None) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    """Apply."""
    # -- content: what a feed asks stands in its index; what has run out leaves it --
    op.drop_index("ix_item_reader_key_feed", KEY)
    op.add_column(KEY, sa.Column("expires_at", MOMENT, nullable=True))
    op.add_column(KEY, sa.Column("pinned", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE item_reader_key SET expires_at = (SELECT expires_at FROM item WHERE item.id = item_id), "
        "pinned = (SELECT pinned FROM item WHERE item.id = item_id)"
    )
    over = sa.text("UPDATE item_reader_key SET published_at = NULL WHERE expires_at <= :now")
    op.get_bind().execute(over.bindparams(sa.bindparam("now", now(), type_=MOMENT)))
    with op.batch_alter_table(KEY) as table:
        table.alter_column("pinned", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    _index("ix_item_reader_key_feed", KEY, [*PLACE, "expires_at"], SHOWN)
    _index("ix_item_reader_key_pinned", KEY, [*PLACE, "expires_at"], PINNED)
    _index("ix_item_reader_key_ending", KEY, ["expires_at"], ENDING)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_item_reader_key_ending", KEY)
    op.drop_index("ix_item_reader_key_pinned", KEY)
    op.drop_index("ix_item_reader_key_feed", KEY)
    op.execute(
        "UPDATE item_reader_key SET published_at = (SELECT published_at FROM item WHERE item.id = item_id) "
        "WHERE expires_at IS NOT NULL AND item_id IN (SELECT id FROM item WHERE state = 'published')"
    )
    with op.batch_alter_table(KEY) as table:
        table.drop_column("pinned")
        table.drop_column("expires_at")
    _index("ix_item_reader_key_feed", KEY, PLACE, SHOWN)
