"""Keep former certificates

What a seal's certificate was used for is verified when another authority's has taken its place too. And which of a
recognised authority's certificates are seals' can be said.

Revision ID: 0024
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    # -- seals --
    op.create_table(
        "former_certificate",
        sa.Column("serial", sa.String(length=50), nullable=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_former_certificate_seal_id")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_former_certificate")),
    )
    op.create_index("ix_former_certificate_seal", "former_certificate", ["seal_id"])
    _find_again()
    policies = sa.Column("seal_policies", sa.String(length=300), server_default=sa.text("''"), nullable=False)
    op.add_column("trusted_authority", policies)


def _find_again() -> None:
    """The register of certificates still has those that were overwritten in the seals' rows until now."""
    op.execute(
        sa.text(
            "INSERT INTO former_certificate (serial, seal_id, certificate, replaced_at) "
            "SELECT certificate.serial, min(certificate.seal_id), min(certificate.pem), max(certificate.changed_at) "
            "FROM certificate JOIN seal ON seal.id = certificate.seal_id "
            "WHERE certificate.serial <> seal.certificate_serial "
            "AND certificate.pem <> coalesce(seal.imported_certificate, '') GROUP BY certificate.serial"
        )
    )


def downgrade() -> None:
    """Undo: the register of certificates keeps them."""
    # -- seals --
    with op.batch_alter_table("trusted_authority") as batch_op:
        batch_op.drop_column("seal_policies")
    op.drop_index("ix_former_certificate_seal", table_name="former_certificate")
    op.drop_table("former_certificate")
