"""Settle who may do what

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


HERE = sa.text("left_at IS NULL")
IN_REVIEW = sa.text("state IN ('submitted', 'filed')")
FILED = sa.text(
    "kind IN ('person.changed', 'person.closed', 'person.moved', 'person.opened', 'person.reopened', "
    "'role.given', 'role.taken')"
)
# For whom somebody acted, beside the column of who did it.
ACTED_FOR = {
    "document": ["drafted_for_id"],
    "text_version": ["for_id"],
    "review_step": ["done_for_id"],
    "delivery": ["checked_for_id"],
    "copy": ["asked_for_id"],
}
CLAIM = ["claimed_by_id", "claimed_for_id", "taken_from_id"]
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


def upgrade() -> None:
    """Apply."""
    # -- shared: units have histories and successors, documents and deliveries somebody who answers for them now --
    op.create_table(
        "unit_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("until", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_name_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_name")),
    )
    op.create_index("ix_unit_name_unit", "unit_name", ["unit_id", "until"])
    for table in ("delivery", "document"):
        op.add_column(table, sa.Column("holder_id", sa.Integer(), nullable=True))
        op.execute(f"UPDATE {table} SET holder_id = unit_id")
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("holder_id", existing_type=sa.Integer(), nullable=False)
            batch_op.create_foreign_key(op.f(f"fk_{table}_holder_id"), "unit", ["holder_id"], ["id"])
    op.drop_index("ix_delivery_inbox", "delivery")
    op.create_index("ix_delivery_inbox", "delivery", ["holder_id", "id"])
    op.drop_index("ix_delivery_state", "delivery")
    op.create_index("ix_delivery_state", "delivery", ["holder_id", "state", "id"])
    op.drop_index("ix_document_unit", "document")
    op.create_index("ix_document_holder", "document", ["holder_id", "state", "id"])
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.add_column(sa.Column("proved_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("acting_delegation_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("identity_hash", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(op.f("uq_person_identity_hash"), ["identity_hash"])
    op.create_index("ix_person_name", "person", ["name", "id"])
    with op.batch_alter_table("role_assignment") as batch_op:
        batch_op.drop_constraint(op.f("ck_role_assignment_role"), type_="check")
        batch_op.add_column(sa.Column("in_district_office", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_check_constraint(
            op.f("ck_role_assignment_role"), "role IN ({})".format(", ".join(f"'{role}'" for role in ROLES))
        )
        batch_op.create_check_constraint(
            op.f("ck_role_assignment_district_role"), "in_district_office OR role NOT IN ('district-manager')"
        )
    with op.batch_alter_table("unit") as batch_op:
        batch_op.add_column(sa.Column("district_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("renamed_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("successor_id", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("uq_unit_code"), type_="unique")
        batch_op.drop_constraint(op.f("uq_unit_name"), type_="unique")
        batch_op.create_foreign_key(op.f("fk_unit_district_id"), "unit", ["district_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_unit_successor_id"), "unit", ["successor_id"], ["id"])
    for column in ("code", "name", "document_code"):
        op.create_index(f"uq_unit_{column}", "unit", [column], unique=True, sqlite_where=HERE, postgresql_where=HERE)
    op.drop_index("ix_unit_parent", "unit")
    op.create_index("ix_unit_parent", "unit", ["parent_id", "sort_key", "id"])
    op.create_index("ix_unit_district", "unit", ["district_id", "sort_key", "id"])
    op.execute("UPDATE unit SET district_id = id WHERE tier = 'district' AND kind = 'government'")
    op.execute(
        "UPDATE unit SET district_id = parent_id WHERE district_id IS NULL AND parent_id IN "
        "(SELECT id FROM unit WHERE tier = 'district' AND kind = 'government')"
    )
    # -- units: the register --
    op.create_index("ix_unit_register", "unit", ["sort_key", "id"])
    with op.batch_alter_table("unit") as batch_op:
        batch_op.add_column(sa.Column("phone", sa.String(length=40), server_default=sa.text("''"), nullable=False))
        batch_op.add_column(sa.Column("address", sa.String(length=120), server_default=sa.text("''"), nullable=False))
    op.create_table(
        "unit_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("post", sa.String(length=60), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.CheckConstraint("kind IN ('leader', 'clerk', 'technical')", name=op.f("ck_unit_contact_kind")),
        sa.CheckConstraint("kind <> 'leader' OR position = 1", name=op.f("ck_unit_contact_one_leader")),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_unit_contact_name")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_contact_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_contact")),
        sa.UniqueConstraint("unit_id", "kind", "position", name=op.f("uq_unit_contact_unit_id_kind_position")),
    )
    op.create_table(
        "address_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("created_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name=op.f("fk_address_group_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_group")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_address_group_owner_id_name")),
    )
    nobodys = sa.text("owner_id IS NULL")
    op.create_index(
        "uq_address_group_of_the_city",
        "address_group",
        ["name"],
        unique=True,
        sqlite_where=nobodys,
        postgresql_where=nobodys,
    )
    op.create_table(
        "address_group_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["address_group.id"], name=op.f("fk_address_group_member_group_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_address_group_member_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_group_member")),
        sa.UniqueConstraint("group_id", "unit_id", name=op.f("uq_address_group_member_group_id_unit_id")),
    )
    op.create_table(
        "transmission_scope",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("document_class", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("before", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "document_class IN ('request', 'general', 'other')", name=op.f("ck_transmission_scope_document_class")
        ),
        sa.CheckConstraint("mode IN ('paper', 'parallel', 'electronic')", name=op.f("ck_transmission_scope_mode")),
        sa.CheckConstraint("before IN ('paper', 'parallel', 'electronic')", name=op.f("ck_transmission_scope_before")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_transmission_scope_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmission_scope")),
        sa.UniqueConstraint("unit_id", "document_class", name=op.f("uq_transmission_scope_unit_id_document_class")),
    )
    op.create_table(
        "register_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("fetched_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_register_export_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_export")),
    )
    # -- registration: applications --
    op.create_table(
        "unit_application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=18), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("document_code", sa.String(length=20), nullable=False),
        sa.Column("red_head", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=40), nullable=False),
        sa.Column("contact_phone", sa.String(length=30), nullable=False),
        sa.Column("head_name", sa.String(length=40), nullable=False),
        sa.Column("head_title", sa.String(length=60), nullable=False),
        sa.Column("admin_name", sa.String(length=40), nullable=False),
        sa.Column("admin_title", sa.String(length=60), nullable=False),
        sa.Column("admin_mobile", sa.String(length=20), nullable=False),
        sa.Column("admin_account", sa.String(length=40), nullable=False),
        sa.Column("identity_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("form_digest", sa.String(length=64), nullable=True),
        sa.Column("form_error", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("administrator_id", sa.Integer(), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('entered', 'submitted', 'filed', 'returned', 'registered', 'refused', 'withdrawn')",
            name=op.f("ck_unit_application_unit_application_state"),
        ),
        sa.CheckConstraint(
            "kind IN ('government', 'government-office', 'department', 'institution', 'township', 'enterprise')",
            name=op.f("ck_unit_application_kind"),
        ),
        sa.CheckConstraint("tier IN ('city', 'district')", name=op.f("ck_unit_application_tier")),
        sa.CheckConstraint(
            "reason <> '' OR state NOT IN ('returned', 'refused')", name=op.f("ck_unit_application_reason")
        ),
        sa.CheckConstraint("unit_id IS NULL OR state = 'registered'", name=op.f("ck_unit_application_unit")),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_unit_application_district_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_application_unit_id")),
        sa.ForeignKeyConstraint(["administrator_id"], ["person.id"], name=op.f("fk_unit_application_administrator_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_unit_application_entered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_application")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_unit_application_token_hash")),
        sa.UniqueConstraint("unit_id", name=op.f("uq_unit_application_unit_id")),
    )
    op.create_index(
        "uq_unit_application_code",
        "unit_application",
        ["code"],
        unique=True,
        sqlite_where=IN_REVIEW,
        postgresql_where=IN_REVIEW,
    )
    op.create_index("ix_unit_application_state", "unit_application", ["state", "id"])
    op.create_index("ix_unit_application_district", "unit_application", ["district_id", "state", "id"])
    op.create_table(
        "unit_application_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "evidence IN ('signed-form', 'establishment', 'superior-opinion', 'other')",
            name=op.f("ck_unit_application_file_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["unit_application.id"], name=op.f("fk_unit_application_file_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_application_file")),
        sa.UniqueConstraint(
            "application_id",
            "evidence",
            "digest",
            name=op.f("uq_unit_application_file_application_id_evidence_digest"),
        ),
    )
    # -- registration: changes of units --
    op.create_table(
        "unit_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("merge_form", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("heir_id", sa.Integer(), nullable=True),
        sa.Column("disposal", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("red_head", sa.String(length=60), nullable=False),
        sa.Column("document_code", sa.String(length=20), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=True),
        sa.Column("receiver_id", sa.Integer(), nullable=True),
        sa.Column("evidence_name", sa.String(length=255), nullable=True),
        sa.Column("evidence_type", sa.String(length=100), nullable=True),
        sa.Column("evidence_digest", sa.String(length=64), nullable=True),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("filed_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("confirmed", sa.JSON(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("done_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('rename', 'dissolve', 'merge')", name=op.f("ck_unit_change_kind")),
        sa.CheckConstraint(
            "disposal IS NULL OR disposal IN ('hand-over', 'archive', 'destroy')", name=op.f("ck_unit_change_disposal")
        ),
        sa.CheckConstraint("(kind = 'merge') = (merge_form IS NOT NULL)", name=op.f("ck_unit_change_merge_form")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_unit_change_reason")),
        sa.CheckConstraint(
            "state <> 'done' OR (heir_id IS NOT NULL AND disposal IS NOT NULL AND confirmed_at IS NOT NULL)",
            name=op.f("ck_unit_change_done"),
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'agreed', 'reviewed', 'done', 'refused', 'withdrawn')",
            name=op.f("ck_unit_change_unit_change_state"),
        ),
        *(
            sa.ForeignKeyConstraint([f"{name}_id"], ["unit.id"], name=op.f(f"fk_unit_change_{name}_id"))
            for name in ("unit", "heir")
        ),
        *(
            sa.ForeignKeyConstraint([f"{name}_id"], ["person.id"], name=op.f(f"fk_unit_change_{name}_id"))
            for name in ("administrator", "receiver", "applicant", "confirmed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change")),
    )
    op.create_index("ix_unit_change_state", "unit_change", ["state", "id"])
    op.create_index("ix_unit_change_unit", "unit_change", ["unit_id", "id"])
    op.create_table(
        "unit_change_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("staying_ids", sa.JSON(), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=True),
        sa.Column("named_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["unit_change.id"], name=op.f("fk_unit_change_member_change_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_change_member_unit_id")),
        sa.ForeignKeyConstraint(["named_by_id"], ["person.id"], name=op.f("fk_unit_change_member_named_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_change_member")),
        sa.UniqueConstraint("change_id", "unit_id", name=op.f("uq_unit_change_member_change_id_unit_id")),
    )
    op.create_index(
        "uq_unit_change_member_open",
        "unit_change_member",
        ["unit_id"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    with op.batch_alter_table("seal") as batch_op:
        batch_op.add_column(sa.Column("returned_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("returned_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("returned_note", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("revoked_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f("fk_seal_returned_by_id"), "person", ["returned_by_id"], ["id"])
    # -- registration: imports --
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting_for_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("upload_digest", sa.String(length=64), nullable=False),
        sa.Column("plan_digest", sa.String(length=64), nullable=True),
        sa.Column("good_only", sa.Boolean(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_params", sa.JSON(), nullable=True),
        sa.Column("asked_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("checked_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('checking', 'checked', 'writing', 'done', 'refused', 'discarded')",
            name=op.f("ck_import_run_import_run_state"),
        ),
        sa.CheckConstraint("what IN ('people', 'units')", name=op.f("ck_import_run_what")),
        sa.CheckConstraint("scope IN ('city', 'district', 'unit')", name=op.f("ck_import_run_scope")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_import_run_unit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_run_person_id")),
        sa.ForeignKeyConstraint(["acting_for_id"], ["person.id"], name=op.f("fk_import_run_acting_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("token", name=op.f("uq_import_run_token")),
    )
    op.create_index("ix_import_run_unit", "import_run", ["unit_id", "id"])
    op.create_index("ix_import_run_state", "import_run", ["state", "asked_at"])
    op.create_table(
        "import_problem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_problem_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
    )
    op.create_index("ix_import_problem_run", "import_problem", ["run_id", "line", "id"])
    op.create_table(
        "people_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('csv', 'xlsx')", name=op.f("ck_people_list_kind")),
        sa.CheckConstraint("scope IN ('city', 'district', 'unit')", name=op.f("ck_people_list_scope")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_people_list_unit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_people_list_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_list")),
        sa.UniqueConstraint("token", name=op.f("uq_people_list_token")),
    )
    op.create_index("ix_people_list_person", "people_list", ["person_id", "id"])
    # -- people: accounts --
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("mobile_confirmed_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_person_mobile_confirmed"), "mobile_confirmed_at IS NULL OR mobile IS NOT NULL"
        )
    op.create_index("ix_event_filed", "event", ["id"], sqlite_where=FILED, postgresql_where=FILED)
    op.create_index("ix_event_filed_unit", "event", ["unit_id", "id"], sqlite_where=FILED, postgresql_where=FILED)
    op.create_table(
        "password_slip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("asked_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ready_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'ready', 'fetched', 'void', 'failed')", name=op.f("ck_password_slip_slip_state")
        ),
        sa.CheckConstraint("state <> 'ready' OR digest IS NOT NULL", name=op.f("ck_password_slip_file")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_password_slip_asked_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_password_slip_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_slip")),
    )
    op.create_index("ix_password_slip_due", "password_slip", ["state", "ready_at"])
    op.create_index("ix_password_slip_asker", "password_slip", ["asked_by_id", "id"])
    op.create_table(
        "slip_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slip_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("set_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_slip_line_person_id")),
        sa.ForeignKeyConstraint(["slip_id"], ["password_slip.id"], name=op.f("fk_slip_line_slip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip_line")),
        sa.UniqueConstraint("slip_id", "person_id", name=op.f("uq_slip_line_slip_id_person_id")),
    )
    open_line = sa.text("open")
    op.create_index(
        "uq_slip_line_open", "slip_line", ["person_id"], unique=True, sqlite_where=open_line, postgresql_where=open_line
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed')", name=op.f("ck_message_message_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_person", "message", ["person_id", "id"])
    op.create_table(
        "mobile_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_mobile_code_tries")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mobile_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mobile_code")),
        sa.UniqueConstraint("person_id", name=op.f("uq_mobile_code_person_id")),
    )
    # -- people: delegation --
    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("starts_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("named_by_id", sa.Integer(), nullable=False),
        sa.Column("named_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=30), nullable=True),
        sa.CheckConstraint("principal_id <> delegate_id", name=op.f("ck_delegation_two_people")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_delegation_period")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_delegation_reason")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_delegation_ended")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_delegation_unit_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["person.id"], name=op.f("fk_delegation_principal_id")),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_delegation_delegate_id")),
        sa.ForeignKeyConstraint(["named_by_id"], ["person.id"], name=op.f("fk_delegation_named_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index("ix_delegation_principal", "delegation", ["principal_id", "ends_at"])
    op.create_index("ix_delegation_delegate", "delegation", ["delegate_id", "ends_at"])
    op.create_index("ix_delegation_unit", "delegation", ["unit_id", "id"])
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.create_foreign_key(
            op.f("fk_login_session_acting_delegation_id"), "delegation", ["acting_delegation_id"], ["id"]
        )
    for table, columns in ACTED_FOR.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
                batch_op.create_foreign_key(op.f(f"fk_{table}_{column}"), "person", [column], ["id"])
    # -- people: access --
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(sa.Column("keys_allowed_at", types.UtcDateTime(timezone=True), nullable=True))
    op.create_table(
        "security_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("transports", sa.String(length=80), nullable=False),
        sa.Column("registered_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_why", sa.String(length=20), nullable=True),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_why IS NULL)", name=op.f("ck_security_key_revoked")),
        sa.CheckConstraint("revoked_why IN ('lost', 'revoked', 'count')", name=op.f("ck_security_key_revoked_why")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_security_key_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_key")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_security_key_credential_id")),
    )
    op.create_index("ix_security_key_person", "security_key", ["person_id", "id"])
    op.create_table(
        "key_challenge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login_session_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=100), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["login_session_id"], ["login_session.id"], name=op.f("fk_key_challenge_login_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_challenge")),
        sa.UniqueConstraint("login_session_id", "purpose", name=op.f("uq_key_challenge_login_session_id_purpose")),
    )
    op.create_table(
        "computer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("registered_by_id", sa.Integer(), nullable=False),
        sa.Column("registered_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("removed_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('address', 'certificate')", name=op.f("ck_computer_kind")),
        sa.ForeignKeyConstraint(["registered_by_id"], ["person.id"], name=op.f("fk_computer_registered_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_computer_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_computer")),
    )
    op.create_index(
        "uq_computer_live",
        "computer",
        ["unit_id", "kind", "value"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    # -- exchange --
    op.create_table(
        "paper_arrival",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("sender_id", sa.Integer(), nullable=False),
        sa.Column("document_class", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_how", sa.String(length=200), nullable=False),
        sa.CheckConstraint("length(title) > 0", name=op.f("ck_paper_arrival_title")),
        sa.CheckConstraint(
            "document_class IN ('request', 'general', 'other')", name=op.f("ck_paper_arrival_document_class")
        ),
        sa.CheckConstraint("settled_at IS NULL OR length(settled_how) > 0", name=op.f("ck_paper_arrival_settled")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_paper_arrival_delivery_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name=op.f("fk_paper_arrival_recorded_by_id")),
        sa.ForeignKeyConstraint(["sender_id"], ["unit.id"], name=op.f("fk_paper_arrival_sender_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_paper_arrival_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_arrival")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_paper_arrival_delivery_id")),
    )
    op.create_index("ix_paper_arrival_unit", "paper_arrival", ["unit_id", "id"])
    with op.batch_alter_table("delivery") as batch_op:
        for column in CLAIM:
            batch_op.add_column(sa.Column(column, sa.Integer(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_delivery_{column}"), "person", [column], ["id"])
        batch_op.add_column(sa.Column("claimed_at", types.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f("ck_delivery_claimed"), "(claimed_by_id IS NULL) = (claimed_at IS NULL)")
        batch_op.create_check_constraint(
            op.f("ck_delivery_claimed_for"), "claimed_for_id IS NULL OR claimed_by_id IS NOT NULL"
        )
    op.create_index("ix_delivery_taken_from", "delivery", ["taken_from_id", "claimed_at"])
    op.execute(
        "UPDATE delivery SET claimed_by_id = opened_by_id, claimed_at = opened_at "
        "WHERE opened_by_id IS NOT NULL AND opened_at IS NOT NULL"
    )
    op.create_table(
        "inbox_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("for_id", sa.Integer(), nullable=True),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("half IN ('morning', 'afternoon')", name=op.f("ck_inbox_check_half")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_inbox_check_unit_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_inbox_check_person_id")),
        sa.ForeignKeyConstraint(["for_id"], ["person.id"], name=op.f("fk_inbox_check_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_check")),
        sa.UniqueConstraint("unit_id", "day", "half", name=op.f("uq_inbox_check_unit_id_day_half")),
    )
    op.create_index("ix_inbox_check_day", "inbox_check", ["day", "unit_id"])
    # -- support --
    op.create_table(
        "material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=15), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.CheckConstraint("category IN ('specification', 'software', 'training')", name=op.f("ck_material_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
        sa.UniqueConstraint("title", name=op.f("uq_material_title")),
    )
    op.create_index("ix_material_category", "material", ["category", "id"])
    op.create_table(
        "consultation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("concluded_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("request_key", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(concluded_at IS NULL AND summary IS NULL) OR (concluded_at IS NOT NULL AND length(summary) > 0)",
            name=op.f("ck_consultation_concluded"),
        ),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_consultation_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
        sa.UniqueConstraint("request_key", name=op.f("uq_consultation_request_key")),
    )
    op.create_table(
        "material_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["material_id"], ["material.id"], name=op.f("fk_material_version_material_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_material_version_published_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_version")),
        sa.UniqueConstraint("material_id", "digest", name=op.f("uq_material_version_material_id_digest")),
        sa.UniqueConstraint("material_id", "label", name=op.f("uq_material_version_material_id_label")),
        sa.UniqueConstraint("material_id", "number", name=op.f("uq_material_version_material_id_number")),
    )
    op.create_table(
        "self_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("computer", sa.String(length=60), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("worst", sa.String(length=4), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.CheckConstraint("worst IN ('good', 'warn', 'bad')", name=op.f("ck_self_check_worst")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_self_check_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_self_check_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_check")),
        sa.UniqueConstraint("unit_id", "computer", name=op.f("uq_self_check_unit_id_computer")),
    )
    op.create_table(
        "training",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("starts_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("enrol_until", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("organiser_id", sa.Integer(), nullable=False),
        sa.Column("announced_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("attendance_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("list_asked_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("list_made_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("list_digest", sa.String(length=64), nullable=True),
        sa.Column("list_error", sa.Text(), nullable=True),
        sa.Column("request_key", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(cancelled_at IS NULL AND cancel_reason IS NULL) OR (cancelled_at IS NOT NULL AND length(cancel_reason) > 0)",
            name=op.f("ck_training_cancelled"),
        ),
        sa.CheckConstraint("ends_at > starts_at AND enrol_until <= starts_at", name=op.f("ck_training_times")),
        sa.CheckConstraint("places > 0", name=op.f("ck_training_places")),
        sa.ForeignKeyConstraint(["district_id"], ["unit.id"], name=op.f("fk_training_district_id")),
        sa.ForeignKeyConstraint(["organiser_id"], ["person.id"], name=op.f("fk_training_organiser_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
        sa.UniqueConstraint("request_key", name=op.f("uq_training_request_key")),
    )
    op.create_index("ix_training_district", "training", ["district_id", "id"])
    op.create_index("ix_training_enrol_until", "training", ["enrol_until"])
    op.create_table(
        "consultation_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(answered_at IS NULL AND text IS NULL) OR (answered_at IS NOT NULL AND length(text) > 0)",
            name=op.f("ck_consultation_unit_answer"),
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_consultation_unit_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_consultation_unit_consultation_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_consultation_unit_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_unit")),
        sa.UniqueConstraint("consultation_id", "unit_id", name=op.f("uq_consultation_unit_consultation_id_unit_id")),
    )
    op.create_index("ix_consultation_unit_unit", "consultation_unit", ["unit_id", "consultation_id"])
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=True),
        sa.Column("enrolled_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("enrolled_by_id", sa.Integer(), nullable=False),
        sa.Column("left_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attended", sa.Boolean(), nullable=True),
        sa.CheckConstraint("attended IS NULL OR seat IS NOT NULL", name=op.f("ck_enrolment_attended")),
        sa.CheckConstraint("seat IS NULL OR (seat > 0 AND left_at IS NULL)", name=op.f("ck_enrolment_seat")),
        sa.ForeignKeyConstraint(["enrolled_by_id"], ["person.id"], name=op.f("fk_enrolment_enrolled_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id")),
        sa.ForeignKeyConstraint(["training_id"], ["training.id"], name=op.f("fk_enrolment_training_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_enrolment_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("training_id", "person_id", name=op.f("uq_enrolment_training_id_person_id")),
        sa.UniqueConstraint("training_id", "seat", name=op.f("uq_enrolment_training_id_seat")),
    )
    op.create_index("ix_enrolment_person", "enrolment", ["person_id", "id"])
    op.create_index("ix_enrolment_unit", "enrolment", ["unit_id", "id"])
    op.create_table(
        "dispute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("opener_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("turn_id", sa.Integer(), nullable=True),
        sa.Column("turn_since", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("escalated_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", types.UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('settled', 'decided', 'withdrawn') AND closed_at IS NOT NULL) OR (state IN ('open', 'proposed', 'escalated') AND closed_at IS NULL)",
            name=op.f("ck_dispute_closed"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'proposed', 'escalated', 'settled', 'decided', 'withdrawn')",
            name=op.f("ck_dispute_dispute_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('escalated', 'decided') OR escalated_at IS NOT NULL", name=op.f("ck_dispute_escalated")
        ),
        sa.CheckConstraint("opener_id <> other_id", name=op.f("ck_dispute_two_units")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_dispute_delivery_id")),
        sa.ForeignKeyConstraint(["opener_id"], ["unit.id"], name=op.f("fk_dispute_opener_id")),
        sa.ForeignKeyConstraint(["other_id"], ["unit.id"], name=op.f("fk_dispute_other_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["unit.id"], name=op.f("fk_dispute_proposed_by_id")),
        sa.ForeignKeyConstraint(["turn_id"], ["unit.id"], name=op.f("fk_dispute_turn_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index("ix_dispute_escalated", "dispute", ["escalated_at", "id"])
    op.create_index("ix_dispute_opener", "dispute", ["opener_id", "id"])
    op.create_index("ix_dispute_other", "dispute", ["other_id", "id"])
    op.create_index("ix_dispute_turn", "dispute", ["turn_id", "state", "id"])
    op.create_table(
        "dispute_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispute_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("request_key", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opening', 'answer', 'proposal', 'acceptance', 'escalation', 'coordination', 'decision', 'withdrawal')",
            name=op.f("ck_dispute_entry_kind"),
        ),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_dispute_entry_text")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_entry_dispute_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispute_entry_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_dispute_entry_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_entry")),
        sa.UniqueConstraint("request_key", name=op.f("uq_dispute_entry_request_key")),
    )
    op.create_index("ix_dispute_entry_dispute", "dispute_entry", ["dispute_id", "id"])
    op.create_table(
        "support_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("consultation_id", sa.Integer(), nullable=True),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN entry_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN consultation_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN answer_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_support_file_one_place"),
        ),
        sa.ForeignKeyConstraint(["answer_id"], ["consultation_unit.id"], name=op.f("fk_support_file_answer_id")),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name=op.f("fk_support_file_consultation_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["dispute_entry.id"], name=op.f("fk_support_file_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_file")),
    )
    op.create_index("ix_support_file_answer", "support_file", ["answer_id"])
    op.create_index("ix_support_file_consultation", "support_file", ["consultation_id"])
    op.create_index("ix_support_file_entry", "support_file", ["entry_id"])


def downgrade() -> None:
    """Undo."""
    # -- support --
    op.drop_table("support_file")
    op.drop_table("dispute_entry")
    op.drop_table("dispute")
    op.drop_table("enrolment")
    op.drop_table("consultation_unit")
    op.drop_table("training")
    op.drop_table("self_check")
    op.drop_table("material_version")
    op.drop_table("consultation")
    op.drop_table("material")
    # -- exchange --
    op.drop_index("ix_paper_arrival_unit", "paper_arrival")
    op.drop_table("paper_arrival")
    op.drop_table("inbox_check")
    op.drop_index("ix_delivery_taken_from", "delivery")
    with op.batch_alter_table("delivery") as batch_op:
        batch_op.drop_constraint(op.f("ck_delivery_claimed_for"), type_="check")
        batch_op.drop_constraint(op.f("ck_delivery_claimed"), type_="check")
        batch_op.drop_column("claimed_at")
        for column in CLAIM:
            batch_op.drop_constraint(op.f(f"fk_delivery_{column}"), type_="foreignkey")
            batch_op.drop_column(column)
    # -- people: access --
    for table in ("computer", "key_challenge", "security_key"):
        op.drop_table(table)
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("keys_allowed_at")
    # -- people: delegation --
    for table, columns in ACTED_FOR.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
                batch_op.drop_column(column)
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.drop_constraint(op.f("fk_login_session_acting_delegation_id"), type_="foreignkey")
    op.drop_table("delegation")
    # -- people: accounts --
    for table in ("mobile_code", "message", "slip_line", "password_slip"):
        op.drop_table(table)
    op.drop_index("ix_event_filed_unit", "event")
    op.drop_index("ix_event_filed", "event")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_constraint(op.f("ck_person_mobile_confirmed"), type_="check")
        batch_op.drop_column("mobile_confirmed_at")
    # -- registration: imports --
    op.drop_table("people_list")
    op.drop_table("import_problem")
    op.drop_table("import_run")
    # -- registration: changes of units --
    with op.batch_alter_table("seal") as batch_op:
        batch_op.drop_constraint(op.f("fk_seal_returned_by_id"), type_="foreignkey")
        for column in ("revoked_at", "returned_note", "returned_by_id", "returned_at"):
            batch_op.drop_column(column)
    op.drop_table("unit_change_member")
    op.drop_table("unit_change")
    # -- registration: applications --
    op.drop_table("unit_application_file")
    op.drop_table("unit_application")
    # -- units: the register --
    for table in ("register_export", "transmission_scope", "address_group_member"):
        op.drop_table(table)
    op.drop_index("uq_address_group_of_the_city", "address_group")
    op.drop_table("address_group")
    op.drop_table("unit_contact")
    with op.batch_alter_table("unit") as batch_op:
        batch_op.drop_column("address")
        batch_op.drop_column("phone")
    op.drop_index("ix_unit_register", "unit")
    # -- shared --
    op.drop_index("ix_unit_district", "unit")
    op.drop_index("ix_unit_parent", "unit")
    op.create_index("ix_unit_parent", "unit", ["parent_id", "sort_key"])
    for column in ("code", "name", "document_code"):
        op.drop_index(f"uq_unit_{column}", "unit")
    with op.batch_alter_table("unit") as batch_op:
        batch_op.drop_constraint(op.f("fk_unit_successor_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_unit_district_id"), type_="foreignkey")
        batch_op.drop_column("successor_id")
        batch_op.drop_column("renamed_at")
        batch_op.drop_column("district_id")
        batch_op.create_unique_constraint(op.f("uq_unit_code"), ["code"])
        batch_op.create_unique_constraint(op.f("uq_unit_name"), ["name"])
    with op.batch_alter_table("role_assignment") as batch_op:
        batch_op.drop_constraint(op.f("ck_role_assignment_role"), type_="check")
        batch_op.drop_constraint(op.f("ck_role_assignment_district_role"), type_="check")
        batch_op.drop_column("in_district_office")
        batch_op.create_check_constraint(
            op.f("ck_role_assignment_role"),
            "role IN ({})".format(", ".join(f"'{role}'" for role in ROLES if role != "district-manager")),
        )
    op.drop_index("ix_person_name", "person")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_constraint(op.f("uq_person_identity_hash"), type_="unique")
        batch_op.drop_column("identity_hash")
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.drop_column("acting_delegation_id")
        batch_op.drop_column("proved_at")
    op.drop_index("ix_document_holder", "document")
    op.create_index("ix_document_unit", "document", ["unit_id", "state", "id"])
    op.drop_index("ix_delivery_state", "delivery")
    op.create_index("ix_delivery_state", "delivery", ["unit_id", "state", "id"])
    op.drop_index("ix_delivery_inbox", "delivery")
    op.create_index("ix_delivery_inbox", "delivery", ["unit_id", "id"])
    for table in ("document", "delivery"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(f"fk_{table}_holder_id", type_="foreignkey")
            batch_op.drop_column("holder_id")
    op.drop_table("unit_name")
