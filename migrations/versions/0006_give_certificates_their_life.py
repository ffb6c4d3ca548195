"""Give certificates their life

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # -- certificates: register, applications, carriers, lists, what the service publishes --
    op.create_table(
        "revocation_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(length=8), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("covers", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("signed_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("signer_pem", sa.Text(), nullable=False),
        sa.Column("issuer_pem", sa.Text(), nullable=False),
        sa.CheckConstraint("authority IN ('seal', 'people')", name=op.f("ck_revocation_list_authority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revocation_list")),
        sa.UniqueConstraint("authority", "number", name=op.f("uq_revocation_list_authority_number")),
    )
    op.create_table(
        "certificate_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("asked_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("(kind = 'report') = (year IS NOT NULL)", name=op.f("ck_certificate_file_year")),
        sa.CheckConstraint("kind IN ('register', 'report', 'handover')", name=op.f("ck_certificate_file_kind")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_certificate_file_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_file")),
    )
    op.create_index("ix_certificate_file_kind", "certificate_file", ["kind", "id"], unique=False)
    op.create_table(
        "continuity_drill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("scenario", sa.String(length=120), nullable=False),
        sa.Column("participants", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("lessons", sa.Text(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_continuity_drill_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_continuity_drill")),
        sa.UniqueConstraint("held_on", "scenario", name=op.f("uq_continuity_drill_held_on_scenario")),
    )
    op.create_table(
        "external_issuer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("valid_until", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_external_issuer_added_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_issuer")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_external_issuer_fingerprint")),
    )
    op.create_table(
        "published_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("service_kept", sa.Boolean(), nullable=False),
        sa.Column("published_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('practice', 'continuity')", name=op.f("ck_published_text_kind")),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_published_text_text")),
        sa.CheckConstraint(
            "number = 1 OR (service_kept AND length(change) > 0)", name=op.f("ck_published_text_service_kept")
        ),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_published_text_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_text")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_published_text_kind_number")),
    )
    op.create_table(
        "certificate_application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject_kind", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("seal_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("csr", sa.Text(), nullable=True),
        sa.Column("applied_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(subject_kind = 'person' AND person_id IS NOT NULL AND seal_id IS NULL) OR (subject_kind = 'seal' AND seal_id IS NOT NULL AND person_id IS NULL)",
            name=op.f("ck_certificate_application_one_subject"),
        ),
        sa.CheckConstraint(
            "kind IN ('issue', 'renew', 'extend', 'change', 'reissue', 'recover', 'revoke')",
            name=op.f("ck_certificate_application_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('applied', 'agreed', 'approved', 'done', 'refused', 'withdrawn')",
            name=op.f("ck_certificate_application_certificate_application_state"),
        ),
        sa.CheckConstraint("subject_kind IN ('person', 'seal')", name=op.f("ck_certificate_application_subject_kind")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_certificate_application_reason")),
        sa.ForeignKeyConstraint(["applicant_id"], ["person.id"], name=op.f("fk_certificate_application_applicant_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_application_person_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_certificate_application_seal_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_certificate_application_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_application")),
    )
    op.create_index("ix_certificate_application_state", "certificate_application", ["state", "id"], unique=False)
    op.create_index("ix_certificate_application_unit", "certificate_application", ["unit_id", "id"], unique=False)
    op.create_index(
        "uq_certificate_application_person",
        "certificate_application",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
        postgresql_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
    )
    op.create_index(
        "uq_certificate_application_seal",
        "certificate_application",
        ["seal_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
        postgresql_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("seal_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("serial", sa.String(length=50), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("valid_from", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("valid_until", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("entered_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("held_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=30), nullable=True),
        sa.Column("reported_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(subject_kind = 'person' AND person_id IS NOT NULL AND seal_id IS NULL) OR (subject_kind = 'seal' AND seal_id IS NOT NULL AND person_id IS NULL)",
            name=op.f("ck_certificate_one_subject"),
        ),
        sa.CheckConstraint("state <> 'held' OR held_at IS NOT NULL", name=op.f("ck_certificate_held")),
        sa.CheckConstraint(
            "state IN ('valid', 'held', 'replaced', 'revoked')", name=op.f("ck_certificate_certificate_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('revoked', 'replaced') OR revoked_at IS NOT NULL", name=op.f("ck_certificate_revoked")
        ),
        sa.CheckConstraint("subject_kind IN ('person', 'seal')", name=op.f("ck_certificate_subject_kind")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["certificate_application.id"], name=op.f("fk_certificate_application_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_person_id")),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_certificate_seal_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_certificate_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_certificate_fingerprint")),
    )
    op.create_index("ix_certificate_ends", "certificate", ["state", "valid_until"], unique=False)
    op.create_index("ix_certificate_seal", "certificate", ["seal_id", "id"], unique=False)
    op.create_index("ix_certificate_serial", "certificate", ["serial"], unique=False)
    op.create_index("ix_certificate_unit", "certificate", ["unit_id", "id"], unique=False)
    op.create_index(
        "uq_certificate_person",
        "certificate",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('valid', 'held') AND subject_kind = 'person'"),
        postgresql_where=sa.text("state IN ('valid', 'held') AND subject_kind = 'person'"),
    )
    op.create_table(
        "certificate_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(opinion) > 0", name=op.f("ck_certificate_decision_opinion")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["certificate_application.id"], name=op.f("fk_certificate_decision_application_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_decision_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_decision")),
        sa.UniqueConstraint("application_id", "act", name=op.f("uq_certificate_decision_application_id_act")),
        sa.UniqueConstraint(
            "application_id", "person_id", name=op.f("uq_certificate_decision_application_id_person_id")
        ),
    )
    op.create_table(
        "certificate_carrier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("handed_out_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("handed_out_by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_how", sa.String(length=10), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "ended_how IS NULL OR ended_how IN ('returned', 'lost')", name=op.f("ck_certificate_carrier_ended_how")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name=op.f("ck_certificate_carrier_ended")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_carrier_certificate_id")
        ),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_certificate_carrier_ended_by_id")),
        sa.ForeignKeyConstraint(
            ["handed_out_by_id"], ["person.id"], name=op.f("fk_certificate_carrier_handed_out_by_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_carrier_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_carrier")),
    )
    op.create_index("ix_certificate_carrier_certificate", "certificate_carrier", ["certificate_id", "id"], unique=False)
    op.create_index(
        "uq_certificate_carrier_number",
        "certificate_carrier",
        ["number"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "certificate_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("days IN (90, 30, 7)", name=op.f("ck_certificate_warning_days")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_warning_certificate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_warning")),
        sa.UniqueConstraint("certificate_id", "days", name=op.f("uq_certificate_warning_certificate_id_days")),
    )


def downgrade() -> None:
    """Undo."""
    # -- certificates --
    op.drop_table("certificate_warning")
    op.drop_index(
        "uq_certificate_carrier_number",
        table_name="certificate_carrier",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_certificate_carrier_certificate", table_name="certificate_carrier")
    op.drop_table("certificate_carrier")
    op.drop_table("certificate_decision")
    op.drop_index(
        "uq_certificate_person",
        table_name="certificate",
        sqlite_where=sa.text("state IN ('valid', 'held') AND subject_kind = 'person'"),
        postgresql_where=sa.text("state IN ('valid', 'held') AND subject_kind = 'person'"),
    )
    op.drop_index("ix_certificate_unit", table_name="certificate")
    op.drop_index("ix_certificate_serial", table_name="certificate")
    op.drop_index("ix_certificate_seal", table_name="certificate")
    op.drop_index("ix_certificate_ends", table_name="certificate")
    op.drop_table("certificate")
    op.drop_index(
        "uq_certificate_application_seal",
        table_name="certificate_application",
        sqlite_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
        postgresql_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
    )
    op.drop_index(
        "uq_certificate_application_person",
        table_name="certificate_application",
        sqlite_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
        postgresql_where=sa.text("state IN ('applied', 'agreed', 'approved')"),
    )
    op.drop_index("ix_certificate_application_unit", table_name="certificate_application")
    op.drop_index("ix_certificate_application_state", table_name="certificate_application")
    op.drop_table("certificate_application")
    op.drop_table("published_text")
    op.drop_table("external_issuer")
    op.drop_table("continuity_drill")
    op.drop_index("ix_certificate_file_kind", table_name="certificate_file")
    op.drop_table("certificate_file")
    op.drop_table("revocation_list")
