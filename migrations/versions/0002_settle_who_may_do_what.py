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
FILED = sa.text(
    "kind IN ('person.changed', 'person.closed', 'person.moved', 'person.opened', 'person.reopened', "
    "'role.given', 'role.taken')"
)
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
    for table in ("mobile_code", "message", "slip_line", "password_slip"):
        op.drop_table(table)
    op.drop_index("ix_event_filed_unit", "event")
    op.drop_index("ix_event_filed", "event")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_constraint(op.f("ck_person_mobile_confirmed"), type_="check")
        batch_op.drop_column("mobile_confirmed_at")
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
