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
    # -- registration: applications --
    # -- registration: changes of units --
    # -- registration: imports --
    # -- people: accounts --
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
    # -- exchange --
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


def downgrade() -> None:
    """Undo."""
    # -- support --
    # -- exchange --
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
    # -- registration: imports --
    # -- registration: changes of units --
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
