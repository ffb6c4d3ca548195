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
    # -- applications: carriers, losses, rules of units, unusual use, papers --
    op.create_table(
        "seal_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_seal_rules_version")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_seal_rules_unit_id")),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["person.id"], name=op.f("fk_seal_rules_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_rules")),
        sa.UniqueConstraint("unit_id", "version", name=op.f("uq_seal_rules_unit_id_version")),
    )
    op.create_table(
        "seal_rules_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rules_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("read_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seal_rules_reading_person_id")),
        sa.ForeignKeyConstraint(["rules_id"], ["seal_rules.id"], name=op.f("fk_seal_rules_reading_rules_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_rules_reading")),
        sa.UniqueConstraint("rules_id", "person_id", name=op.f("uq_seal_rules_reading_rules_id_person_id")),
    )
    op.create_table(
        "seal_carrier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("handed_out_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("handed_out_by_id", sa.Integer(), nullable=False),
        sa.Column("handed_in_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("received_by_id", sa.Integer(), nullable=True),
        sa.Column("condition", sa.String(length=10), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("condition IN ('whole', 'damaged')", name=op.f("ck_seal_carrier_condition")),
        sa.CheckConstraint(
            "state IN ('out', 'in', 'lost', 'destroyed')", name=op.f("ck_seal_carrier_seal_carrier_state")
        ),
        sa.ForeignKeyConstraint(["handed_out_by_id"], ["person.id"], name=op.f("fk_seal_carrier_handed_out_by_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["person.id"], name=op.f("fk_seal_carrier_holder_id")),
        sa.ForeignKeyConstraint(["received_by_id"], ["person.id"], name=op.f("fk_seal_carrier_received_by_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_carrier_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_carrier")),
        sa.UniqueConstraint("number", name=op.f("uq_seal_carrier_number")),
    )
    op.create_index("ix_seal_carrier_seal", "seal_carrier", ["seal_id", "id"])
    op.create_table(
        "seal_loss",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=False),
        sa.Column("reported_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("circumstances", sa.Text(), nullable=False),
        sa.Column("carrier_number", sa.String(length=40), nullable=False),
        sa.CheckConstraint("length(circumstances) > 0", name=op.f("ck_seal_loss_circumstances")),
        sa.ForeignKeyConstraint(["reported_by_id"], ["person.id"], name=op.f("fk_seal_loss_reported_by_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_loss_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_loss")),
    )
    op.create_index("ix_seal_loss_seal", "seal_loss", ["seal_id", "id"])
    op.create_table(
        "seal_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("seal_id", sa.Integer(), nullable=True),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("(what = 'form') = (application_id IS NOT NULL)", name=op.f("ck_seal_paper_application")),
        sa.CheckConstraint("(what = 'uses') = (seal_id IS NOT NULL)", name=op.f("ck_seal_paper_seal")),
        sa.CheckConstraint("format IN ('pdf', 'csv', 'xlsx')", name=op.f("ck_seal_paper_format")),
        sa.CheckConstraint("what IN ('form', 'uses', 'register')", name=op.f("ck_seal_paper_what")),
        sa.ForeignKeyConstraint(["application_id"], ["seal_application.id"], name=op.f("fk_seal_paper_application_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_seal_paper_asked_by_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_paper_seal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_paper")),
    )
    op.create_index("ix_seal_paper_asked_by", "seal_paper", ["asked_by_id", "id"])
    op.create_table(
        "unusual_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("sign", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("used_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sign IN ('night', 'holiday', 'burst', 'again')", name=op.f("ck_unusual_use_sign")),
        sa.ForeignKeyConstraint(["request_id"], ["stamp_request.id"], name=op.f("fk_unusual_use_request_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_unusual_use_seal_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unusual_use_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unusual_use")),
        sa.UniqueConstraint("request_id", "sign", name=op.f("uq_unusual_use_request_id_sign")),
    )
    op.create_index("ix_unusual_use_unit", "unusual_use", ["unit_id", "id"])
    op.create_table(
        "unusual_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("use_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=6), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('unit', 'audit')", name=op.f("ck_unusual_remark_side")),
        sa.CheckConstraint("length(remark) > 0", name=op.f("ck_unusual_remark_remark")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unusual_remark_person_id")),
        sa.ForeignKeyConstraint(["use_id"], ["unusual_use.id"], name=op.f("fk_unusual_remark_use_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unusual_remark")),
        sa.UniqueConstraint("use_id", "side", name=op.f("uq_unusual_remark_use_id_side")),
    )


def _among(roles: list[str]) -> str:
    return "role IN ({})".format(", ".join(f"'{role}'" for role in roles))


def downgrade() -> None:
    """Undo."""
    # -- applications --
    op.drop_table("unusual_remark")
    op.drop_index("ix_unusual_use_unit", table_name="unusual_use")
    op.drop_table("unusual_use")
    op.drop_index("ix_seal_paper_asked_by", table_name="seal_paper")
    op.drop_table("seal_paper")
    op.drop_index("ix_seal_loss_seal", table_name="seal_loss")
    op.drop_table("seal_loss")
    op.drop_index("ix_seal_carrier_seal", table_name="seal_carrier")
    op.drop_table("seal_carrier")
    op.drop_table("seal_rules_reading")
    op.drop_table("seal_rules")
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
