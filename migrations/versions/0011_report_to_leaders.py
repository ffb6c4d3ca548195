"""Report to leaders, and to the office

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)
AWARDS = "award IN ('submission', 'adoption', 'joint', 'province', 'state', 'instruction')"
TABLES = (
    "brief_export",
    "brief_score",
    "brief_points",
    "brief_source",
    "brief_comment",
    "brief_unit",
    "brief",
    "brief_topic_unit",
    "brief_topic",
    "report_instruction",
    "special_report",
)


def upgrade() -> None:
    """Apply."""
    _reports()
    _topics()
    _briefs()
    _points()


def downgrade() -> None:
    """Undo."""
    for table in TABLES:
        op.drop_table(table)


def _reference(table: str, column: str, to: str = "item.id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _reports() -> None:
    op.create_table(
        "special_report",
        _number("item_id"),
        sa.Column("shown_from", MOMENT, nullable=True),
        sa.Column("shown_until", MOMENT, nullable=True),
        sa.CheckConstraint(
            "shown_from IS NULL OR shown_until IS NULL OR shown_from < shown_until", name=op.f("ck_special_report_time")
        ),
        _reference("special_report", "item_id"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_special_report")),
    )
    op.create_table(
        "report_instruction",
        _number("id"),
        _number("item_id"),
        _number("person_id"),
        _number("person_for_id", nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        _number("answered_by_id", nullable=True),
        _number("answered_for_id", nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "answered_at IS NULL OR (answer <> '' AND answered_by_id IS NOT NULL)",
            name=op.f("ck_report_instruction_answered"),
        ),
        _reference("report_instruction", "item_id"),
        *(
            _reference("report_instruction", column, "person.id")
            for column in ("person_id", "person_for_id", "answered_by_id", "answered_for_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_instruction")),
        sa.UniqueConstraint(
            "item_id", "person_id", "text_digest", name=op.f("uq_report_instruction_item_id_person_id_text_digest")
        ),
    )
    op.create_index("ix_report_instruction_person", "report_instruction", ["person_id", "answered_at"])
    op.create_index("ix_report_instruction_open", "report_instruction", ["answered_at", "item_id"])


def _topics() -> None:
    op.create_table(
        "brief_topic",
        _number("id"),
        sa.Column("title", sa.String(length=180), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        _number("asked_by_id"),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        _reference("brief_topic", "asked_by_id", "person.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_topic")),
    )
    op.create_index("ix_brief_topic_due", "brief_topic", ["closed_at", "due_on"])
    op.create_table(
        "brief_topic_unit",
        _number("id"),
        _number("topic_id"),
        _number("unit_id"),
        _number("brief_id", nullable=True),
        sa.Column("fulfilled_at", MOMENT, nullable=True),
        sa.CheckConstraint("(brief_id IS NULL) = (fulfilled_at IS NULL)", name=op.f("ck_brief_topic_unit_fulfilled")),
        _reference("brief_topic_unit", "topic_id", "brief_topic.id"),
        _reference("brief_topic_unit", "unit_id", "unit.id"),
        _reference("brief_topic_unit", "brief_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_topic_unit")),
        sa.UniqueConstraint("topic_id", "unit_id", name=op.f("uq_brief_topic_unit_topic_id_unit_id")),
    )
    op.create_index("ix_brief_topic_unit_unit", "brief_topic_unit", ["unit_id", "fulfilled_at"])


def _briefs() -> None:
    states = "state IN ('writing', 'waiting', 'returned', 'not-used', 'adopted', 'replaced', 'withdrawn')"
    op.create_table(
        "brief",
        _number("item_id"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.String(length=12), nullable=False),
        _number("topic_id", nullable=True),
        _number("revises_id", nullable=True),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.CheckConstraint(states, name=op.f("ck_brief_brief_state")),
        sa.CheckConstraint("mark IN ('none', 'commissioned', 'revised')", name=op.f("ck_brief_mark")),
        sa.CheckConstraint("(mark = 'revised') = (revises_id IS NOT NULL)", name=op.f("ck_brief_revised")),
        sa.CheckConstraint("state <> 'returned' OR note <> ''", name=op.f("ck_brief_reason")),
        _reference("brief", "item_id"),
        _reference("brief", "topic_id", "brief_topic.id"),
        _reference("brief", "revises_id"),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_brief")),
    )
    op.create_index("ix_brief_state", "brief", ["state", "sent_at", "item_id"])
    op.create_index("ix_brief_revises", "brief", ["revises_id"])
    op.create_table(
        "brief_unit",
        _number("item_id"),
        _number("unit_id"),
        _number("position"),
        sa.Column("authors", sa.String(length=200), nullable=False),
        _reference("brief_unit", "item_id", "brief.item_id"),
        _reference("brief_unit", "unit_id", "unit.id"),
        sa.PrimaryKeyConstraint("item_id", "unit_id", name=op.f("pk_brief_unit")),
    )
    op.create_index("ix_brief_unit_unit", "brief_unit", ["unit_id"])
    op.create_table(
        "brief_comment",
        _number("id"),
        _number("item_id"),
        _number("person_id"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _reference("brief_comment", "item_id"),
        _reference("brief_comment", "person_id", "person.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_comment")),
    )
    op.create_index("ix_brief_comment_item", "brief_comment", ["item_id", "id"])
    op.create_table(
        "brief_source",
        _number("adopted_id"),
        _number("brief_id"),
        _reference("brief_source", "adopted_id"),
        _reference("brief_source", "brief_id", "brief.item_id"),
        sa.PrimaryKeyConstraint("adopted_id", "brief_id", name=op.f("pk_brief_source")),
    )
    op.create_index("ix_brief_source_brief", "brief_source", ["brief_id"])


def _points() -> None:
    op.create_table(
        "brief_points",
        _number("id"),
        sa.Column("award", sa.String(length=12), nullable=False),
        _number("points"),
        sa.Column("note", sa.String(length=200), nullable=False),
        _number("set_by_id"),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.CheckConstraint(AWARDS, name=op.f("ck_brief_points_award")),
        sa.CheckConstraint("points BETWEEN 0 AND 1000", name=op.f("ck_brief_points_points")),
        _reference("brief_points", "set_by_id", "person.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_points")),
    )
    op.create_table(
        "brief_score",
        _number("id"),
        _number("brief_id"),
        _number("unit_id"),
        sa.Column("award", sa.String(length=12), nullable=False),
        _number("points"),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        _number("adopted_id", nullable=True),
        _number("given_by_id", nullable=True),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.CheckConstraint(AWARDS, name=op.f("ck_brief_score_award")),
        _reference("brief_score", "brief_id", "brief.item_id"),
        _reference("brief_score", "unit_id", "unit.id"),
        _reference("brief_score", "adopted_id"),
        _reference("brief_score", "given_by_id", "person.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_score")),
        sa.UniqueConstraint(
            "brief_id", "unit_id", "award", "note", name=op.f("uq_brief_score_brief_id_unit_id_award_note")
        ),
    )
    op.create_index("ix_brief_score_month", "brief_score", ["month", "unit_id"])
    op.create_index("ix_brief_score_unit", "brief_score", ["unit_id", "month"])
    op.create_table(
        "brief_export",
        _number("id"),
        sa.Column("month", sa.String(length=7), nullable=False),
        _number("asked_by_id"),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=False),
        _reference("brief_export", "asked_by_id", "person.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_export")),
    )
