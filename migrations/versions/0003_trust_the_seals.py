"""Trust the seals

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

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
    # -- rites: revocation and destruction, remarks in the room --
    with op.batch_alter_table("seal") as batch_op:
        batch_op.add_column(sa.Column("revoked_reason", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("destroyed_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_seal_threshold"), "threshold >= 1")
    op.create_table(
        "revocation_list",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ceremony_id", sa.Integer(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("signed_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ceremony_id"], ["ceremony.id"], name=op.f("fk_revocation_list_ceremony_id_ceremony")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revocation_list")),
    )
    op.create_table(
        "ceremony_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ceremony_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_ceremony_remark_text")),
        sa.ForeignKeyConstraint(["ceremony_id"], ["ceremony.id"], name=op.f("fk_ceremony_remark_ceremony_id_ceremony")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ceremony_remark_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremony_remark")),
    )
    op.create_index("ix_ceremony_remark_ceremony", "ceremony_remark", ["ceremony_id", "id"])


def downgrade() -> None:
    """Undo."""
    # -- rites --
    op.drop_index("ix_ceremony_remark_ceremony", table_name="ceremony_remark")
    op.drop_table("ceremony_remark")
    op.drop_table("revocation_list")
    with op.batch_alter_table("seal") as batch_op:
        batch_op.drop_constraint(op.f("ck_seal_threshold"), type_="check")
        batch_op.drop_column("destroyed_at")
        batch_op.drop_column("revoked_reason")
    # -- seals --
    with op.batch_alter_table("seal") as batch_op:
        batch_op.drop_column("threshold")
        batch_op.drop_column("custody_sequence")
    with op.batch_alter_table("seal_application") as batch_op:
        batch_op.drop_constraint(op.f("ck_seal_application_kind"), type_="check")
        batch_op.drop_column("details")
        batch_op.drop_column("seal_ids")
        batch_op.drop_column("kind")
