"""Ask for matters to be dealt with

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)
STATES = "'planned', 'sent', 'accepted', 'replied', 'closed', 'cancelled'"
WHOLE_UNIT, NAMED = sa.text("person_id IS NULL"), sa.text("person_id IS NOT NULL")


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("leaders_matter", sa.Boolean(), nullable=False),
        sa.Column("instructed_by", sa.String(length=60), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("days > 0", name=op.f("ck_task_days")),
        sa.CheckConstraint("NOT leaders_matter OR length(instructed_by) > 0", name=op.f("ck_task_instructed")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_task_item_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_task_requester_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_task_document_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_task")),
    )
    op.create_index("ix_task_requester", "task", ["requester_id"])


def _assignment() -> None:
    table = "task_assignment"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("replied_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("asked_until", sa.Date(), nullable=True),
        sa.Column("asked_reason", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=True),
        sa.Column("delay_reason", sa.Text(), nullable=False),
        sa.Column("delayed_at", MOMENT, nullable=True),
        sa.Column("warned_for", sa.Date(), nullable=True),
        sa.Column("late_for", sa.Date(), nullable=True),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_task_assignment_assignment_state")),
        sa.CheckConstraint(
            "state = 'planned' OR (due_at IS NOT NULL AND due_on IS NOT NULL)", name=op.f("ck_task_assignment_limit")
        ),
        sa.CheckConstraint("(asked_until IS NULL) = (asked_at IS NULL)", name=op.f("ck_task_assignment_asked")),
        sa.CheckConstraint("state = 'accepted' OR asked_at IS NULL", name=op.f("ck_task_assignment_asked_while_open")),
        sa.CheckConstraint(
            "(state IN ('closed', 'cancelled')) = (ended_at IS NOT NULL)", name=op.f("ck_task_assignment_ended")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["task.item_id"], name=op.f("fk_task_assignment_item_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_task_assignment_unit_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_task_assignment_holder_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_task_assignment_person_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["person.id"], name=op.f("fk_task_assignment_assignee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_assignment")),
    )
    for name, column, where in (
        ("uq_task_assignment_unit", "unit_id", WHOLE_UNIT),
        ("uq_task_assignment_person", "person_id", NAMED),
    ):
        op.create_index(name, table, ["item_id", column], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_task_assignment_holder", table, ["holder_id", "state", "id"])
    op.create_index("ix_task_assignment_assignee", table, ["assignee_id", "state"])
    op.create_index("ix_task_assignment_due", table, ["state", "due_at"])


def _replies() -> None:
    op.create_table(
        "task_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("author_for_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.CheckConstraint("outcome IN ('', 'accepted', 'sent-back')", name=op.f("ck_task_reply_outcome")),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_task_reply_text")),
        sa.ForeignKeyConstraint(["assignment_id"], ["task_assignment.id"], name=op.f("fk_task_reply_assignment_id")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_task_reply_author_id")),
        sa.ForeignKeyConstraint(["author_for_id"], ["person.id"], name=op.f("fk_task_reply_author_for_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_reply")),
        sa.UniqueConstraint("assignment_id", "number", name=op.f("uq_task_reply_assignment_id_number")),
    )
    op.create_table(
        "task_reply_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reply_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["task_reply.id"], name=op.f("fk_task_reply_file_reply_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_reply_file")),
        sa.UniqueConstraint("reply_id", "digest", name=op.f("uq_task_reply_file_reply_id_digest")),
    )


def upgrade() -> None:
    """Apply."""
    # -- tasks --
    _task()
    _assignment()
    _replies()
    op.create_table(
        "task_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_task_export_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_export")),
    )


def downgrade() -> None:
    """Undo."""
    # -- tasks --
    for table in ("task_export", "task_reply_file", "task_reply", "task_assignment", "task"):
        op.drop_table(table)
