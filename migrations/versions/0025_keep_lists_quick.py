"""Keep lists quick

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types
from portal.core.clock import now

revision = "0025"
down_revision = "0024"
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
    # -- work status: a column in the order it came out --
    op.drop_index("ix_work_entry_column", "work_entry")
    op.add_column("work_entry", sa.Column("published_at", MOMENT, nullable=True))
    op.execute(
        "UPDATE work_entry SET published_at = "
        "(SELECT published_at FROM item WHERE item.id = item_id AND state = 'published')"
    )
    _index("ix_work_entry_column", "work_entry", ["column_id", "published_at", "item_id"])
    # -- disclosure: what is on show stands on shelves, and is counted as it comes and goes --
    op.drop_index("ix_disclosure_item_category", "disclosure_item")
    op.create_table(
        "disclosure_shown",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("shelf", sa.String(length=20), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_disclosure_shown_item_id")),
        sa.PrimaryKeyConstraint("item_id", "shelf", name=op.f("pk_disclosure_shown")),
    )
    op.add_column("disclosure_category", sa.Column("shown", sa.Integer(), nullable=False, server_default="0"))
    _fill_shelves()
    with op.batch_alter_table("disclosure_category") as table:
        table.alter_column("shown", existing_type=sa.Integer(), existing_nullable=False, server_default=None)
    _index("ix_disclosure_shown_shelf", "disclosure_shown", ["shelf", "published_at", "item_id"])


def _fill_shelves() -> None:
    shown = (
        "FROM disclosure_item AS fact JOIN item ON item.id = fact.item_id "
        "JOIN disclosure_category AS category ON category.id = fact.category_id "
        "WHERE item.state = 'published' AND fact.index_number IS NOT NULL"
    )
    levels = range(2, 11, 2)
    shelves = [("'all'", ""), ("'by:' || item.holder_id", "")]
    shelves += [(f"'in:' || substr(category.code, 1, {end})", f" AND length(category.code) >= {end}") for end in levels]
    for shelf, deep in shelves:
        op.execute(f"INSERT INTO disclosure_shown SELECT item.id, {shelf}, item.published_at {shown}{deep}")
    op.execute(
        "UPDATE disclosure_category SET shown = "
        "(SELECT count(*) FROM disclosure_shown WHERE shelf = 'in:' || disclosure_category.code)"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("disclosure_shown")
    with op.batch_alter_table("disclosure_category") as table:
        table.drop_column("shown")
    _index("ix_disclosure_item_category", "disclosure_item", ["category_id", "item_id"])
    op.drop_index("ix_work_entry_column", "work_entry")
    with op.batch_alter_table("work_entry") as table:
        table.drop_column("published_at")
    _index("ix_work_entry_column", "work_entry", ["column_id", "item_id"])
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
