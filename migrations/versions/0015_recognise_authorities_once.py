"""Recognise authorities once

The certification service's own list of authorities joins the one by which files are judged.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)
JOINED = "由原“其他证书认证机构”名单并入"
WITHDRAWN = "并入前已在原名单中撤销认可"

OLD = sa.table(
    "external_issuer",
    sa.column("id", sa.Integer()),
    sa.column("name", sa.String()),
    sa.column("fingerprint", sa.String()),
    sa.column("pem", sa.Text()),
    sa.column("valid_until", MOMENT),
    sa.column("added_by_id", sa.Integer()),
    sa.column("added_at", MOMENT),
    sa.column("withdrawn_at", MOMENT),
)
NEW = sa.table(
    "trusted_authority",
    sa.column("name", sa.String()),
    sa.column("trusted_for", sa.String()),
    sa.column("chain", sa.Text()),
    sa.column("fingerprint", sa.String()),
    sa.column("valid_until", MOMENT),
    sa.column("reason", sa.String()),
    sa.column("imported_at", MOMENT),
    sa.column("imported_by_id", sa.Integer()),
    sa.column("withdrawn_at", MOMENT),
    sa.column("withdrawn_by_id", sa.Integer()),
    sa.column("withdrawn_reason", sa.String()),
    sa.column("past_stands", sa.Boolean()),
)
EVENT = sa.table(
    "event",
    sa.column("id", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("subject_id", sa.Integer()),
    sa.column("actor_id", sa.Integer()),
)


def upgrade() -> None:
    """Apply."""
    # -- seals --
    with op.batch_alter_table("trusted_authority") as batch_op:
        batch_op.add_column(sa.Column("past_stands", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_trusted_authority_past_stands"), "NOT past_stands OR withdrawn_at IS NOT NULL"
        )
    _join_lists()
    # -- certificates --
    op.drop_table("external_issuer")


def _join_lists() -> None:
    """Copy what the other list has and this one hasn't; its events keep their kinds and stay in the ledger."""
    connection = op.get_bind()
    live = sa.select(NEW.c.fingerprint).where(NEW.c.trusted_for == "seals", NEW.c.withdrawn_at.is_(None))
    known = set(connection.execute(live).scalars())
    for row in connection.execute(sa.select(OLD).order_by(OLD.c.id)).mappings().all():
        withdrawn = row["withdrawn_at"]
        if withdrawn is None and row["fingerprint"] in known:
            continue
        by = _who_withdrew(connection, row["id"]) or row["added_by_id"] if withdrawn else None
        connection.execute(
            sa.insert(NEW).values(
                name=row["name"][:120],
                trusted_for="seals",
                chain=row["pem"],
                fingerprint=row["fingerprint"],
                valid_until=row["valid_until"],
                reason=JOINED,
                imported_at=row["added_at"],
                imported_by_id=row["added_by_id"],
                withdrawn_at=withdrawn,
                withdrawn_by_id=by,
                withdrawn_reason=WITHDRAWN if withdrawn else None,
                past_stands=False,
            )
        )


def _who_withdrew(connection: sa.Connection, issuer_id: int) -> int | None:
    statement = sa.select(EVENT.c.actor_id).where(
        EVENT.c.kind == "external-issuer.withdrawn", EVENT.c.subject_id == issuer_id
    )
    return connection.execute(statement.order_by(EVENT.c.id.desc()).limit(1)).scalar()


def downgrade() -> None:
    """Undo: the lists part again, and what was joined stays where files are judged by it."""
    # -- certificates --
    op.create_table(
        "external_issuer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("valid_until", MOMENT, nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_external_issuer_added_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_issuer")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_external_issuer_fingerprint")),
    )
    # -- seals --
    with op.batch_alter_table("trusted_authority") as batch_op:
        batch_op.drop_constraint(op.f("ck_trusted_authority_past_stands"), type_="check")
        batch_op.drop_column("past_stands")
