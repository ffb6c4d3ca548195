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
    # -- registration: applications --
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
    # -- people: accounts --
    # -- people: delegation --
    # -- people: access --
    # -- exchange --
    # -- support --


def downgrade() -> None:
    """Undo."""
    # -- support --
    # -- exchange --
    # -- people: access --
    # -- people: delegation --
    # -- people: accounts --
    # -- registration: imports --
    # -- registration: changes of units --
    with op.batch_alter_table("seal") as batch_op:
        batch_op.drop_constraint(op.f("fk_seal_returned_by_id"), type_="foreignkey")
        for column in ("revoked_at", "returned_note", "returned_by_id", "returned_at"):
            batch_op.drop_column(column)
    op.drop_table("unit_change_member")
    op.drop_table("unit_change")
    # -- registration: applications --
    # -- units: the register --
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
