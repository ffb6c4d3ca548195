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
    # -- registration: changes of units --
    # -- registration: imports --
    # -- people: accounts --
    # -- people: delegation --
    # -- people: access --
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
    # -- support --


def downgrade() -> None:
    """Undo."""
    # -- support --
    # -- exchange --
    op.drop_index("ix_paper_arrival_unit", "paper_arrival")
    op.drop_table("paper_arrival")
    # -- people: access --
    # -- people: delegation --
    # -- people: accounts --
    # -- registration: imports --
    # -- registration: changes of units --
    # -- registration: applications --
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
