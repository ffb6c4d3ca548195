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
ROLES = [
    "unit-administrator",
    "drafter",
    "department-head",
    "office-head",
    "leader",
    "unit-head",
    "registrar",
    "exchange-clerk",
    "seal-custodian",
    "seal-password-holder",
    "verification-holder",
    "handler",
    "archivist",
    "publisher",
    "secretariat",
    "secrecy-office",
    "information-centre",
    "office-leader",
    "district-manager",
    "system-administrator",
    "security-administrator",
    "auditor",
]
ANSWER = ["nonce", "credential_id", "authenticator_data", "client_data", "signature"]


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
        batch_op.add_column(sa.Column("revoked_reason", sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column("destroyed_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_seal_threshold"), "threshold >= 1")
    op.create_table(
        "ceremony_list",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ceremony_id", sa.Integer(), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("signed_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ceremony_id"], ["ceremony.id"], name=op.f("fk_ceremony_list_ceremony_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ceremony_list")),
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

    # -- custody: hardware keys that the seal server checks by itself, password holders, counted uses --
    with op.batch_alter_table("role_assignment") as batch_op:
        batch_op.drop_constraint(op.f("ck_role_assignment_role"), type_="check")
        batch_op.create_check_constraint(op.f("ck_role_assignment_role"), _among(ROLES))
    with op.batch_alter_table("stamp_approval") as batch_op:
        for column in ANSWER:
            batch_op.add_column(sa.Column(column, sa.LargeBinary(), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_stamp_approval_nonce"), ["nonce"])
        batch_op.create_check_constraint(
            op.f("ck_stamp_approval_answer"),
            "(nonce IS NULL) = (signature IS NULL) AND (nonce IS NULL) = (credential_id IS NULL) "
            "AND (nonce IS NULL) = (authenticator_data IS NULL) AND (nonce IS NULL) = (client_data IS NULL)",
        )
    with op.batch_alter_table("seal") as batch_op:
        batch_op.add_column(sa.Column("counted", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("counted_booked", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("counted_at", types.UtcDateTime(timezone=True), nullable=True))


def _among(roles: list[str]) -> str:
    return "role IN ({})".format(", ".join(f"'{role}'" for role in roles))


def downgrade() -> None:
    """Undo."""
    # -- custody --
    with op.batch_alter_table("seal") as batch_op:
        for column in ("counted_at", "counted_booked", "counted"):
            batch_op.drop_column(column)
    with op.batch_alter_table("stamp_approval") as batch_op:
        batch_op.drop_constraint(op.f("ck_stamp_approval_answer"), type_="check")
        batch_op.drop_constraint(op.f("uq_stamp_approval_nonce"), type_="unique")
        for column in reversed(ANSWER):
            batch_op.drop_column(column)
    op.execute("DELETE FROM role_assignment WHERE role = 'seal-password-holder'")
    with op.batch_alter_table("role_assignment") as batch_op:
        batch_op.drop_constraint(op.f("ck_role_assignment_role"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_role_assignment_role"), _among([role for role in ROLES if role != "seal-password-holder"])
        )
    # -- rites --
    op.drop_index("ix_ceremony_remark_ceremony", table_name="ceremony_remark")
    op.drop_table("ceremony_remark")
    op.drop_table("ceremony_list")
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
