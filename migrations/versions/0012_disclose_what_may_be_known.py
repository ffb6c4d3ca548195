"""Disclose what the public may know

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from portal.core import db as types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = types.UtcDateTime(timezone=True)


def upgrade() -> None:
    """Catalogue, guides, items, reports; requests, complaints, questionnaires."""
    op.create_table(
        "disclosure_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint("unit_id IS NULL OR parent_id IS NOT NULL", name=op.f("ck_disclosure_category_own_below")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["disclosure_category.id"], name=op.f("fk_disclosure_category_parent_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_disclosure_category_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_category")),
        sa.UniqueConstraint("code", name=op.f("uq_disclosure_category_code")),
    )
    op.create_table(
        "disclosure_guide",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=100), nullable=False),
        sa.Column("hours", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_disclosure_guide_author_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_disclosure_guide_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_guide")),
        sa.UniqueConstraint("unit_id", "version", name=op.f("uq_disclosure_guide_unit_id_version")),
    )
    op.create_table(
        "disclosure_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_disclosure_report_author_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_disclosure_report_published_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_disclosure_report_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_report")),
        sa.UniqueConstraint("unit_id", "year", name=op.f("uq_disclosure_report_unit_id_year")),
    )
    op.create_table(
        "disclosure_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("request_key", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("applicant", sa.String(length=10), nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("personal_until", sa.Date(), nullable=True),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=True),
        sa.Column("responsible_id", sa.Integer(), nullable=True),
        sa.Column("correction", sa.Text(), nullable=False),
        sa.Column("correction_asked_at", MOMENT, nullable=True),
        sa.Column("correction_until", MOMENT, nullable=True),
        sa.Column("corrected_at", MOMENT, nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=False),
        sa.Column("extension_days", sa.Integer(), nullable=True),
        sa.Column("extension_asked_at", MOMENT, nullable=True),
        sa.Column("extended_at", MOMENT, nullable=True),
        sa.Column("extended_by_id", sa.Integer(), nullable=True),
        sa.Column("answer_kind", sa.String(length=20), nullable=True),
        sa.Column("answer_text", sa.Text(), nullable=False),
        sa.Column("answer_basis", sa.String(length=300), nullable=False),
        sa.Column("answer_organ", sa.String(length=200), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_type", sa.String(length=100), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=True),
        sa.Column("delivered_way", sa.String(length=10), nullable=True),
        sa.Column("delivered_note", sa.String(length=200), nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "answer_kind IS NULL OR answer_kind IN ('given', 'partly', 'public', 'refused', 'not-held', 'other-organ', 'repeated')",
            name=op.f("ck_disclosure_request_answer_kind"),
        ),
        sa.CheckConstraint(
            "applicant IN ('citizen', 'company', 'other')", name=op.f("ck_disclosure_request_applicant")
        ),
        sa.CheckConstraint(
            "extended_at IS NULL OR (extension_reason <> '' AND extended_by_id IS NOT NULL)",
            name=op.f("ck_disclosure_request_extended"),
        ),
        sa.CheckConstraint(
            "state = 'received' OR state = 'withdrawn' OR responsible_id IS NOT NULL",
            name=op.f("ck_disclosure_request_responsible"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'in-hand', 'correction', 'answered', 'delivered', 'withdrawn', 'lapsed')",
            name=op.f("ck_disclosure_request_disclosure_request_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('answered', 'delivered') OR (answer_kind IS NOT NULL AND answered_at IS NOT NULL)",
            name=op.f("ck_disclosure_request_answered"),
        ),
        sa.CheckConstraint("way IN ('page', 'email', 'post', 'counter')", name=op.f("ck_disclosure_request_way")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_disclosure_request_answered_by_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["person.id"], name=op.f("fk_disclosure_request_entered_by_id")),
        sa.ForeignKeyConstraint(["extended_by_id"], ["person.id"], name=op.f("fk_disclosure_request_extended_by_id")),
        sa.ForeignKeyConstraint(["first_id"], ["person.id"], name=op.f("fk_disclosure_request_first_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_disclosure_request_holder_id")),
        sa.ForeignKeyConstraint(["responsible_id"], ["person.id"], name=op.f("fk_disclosure_request_responsible_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_disclosure_request_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_request")),
        sa.UniqueConstraint("request_key", name=op.f("uq_disclosure_request_request_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_disclosure_request_token_hash")),
        sa.UniqueConstraint("unit_id", "year", "serial", name=op.f("uq_disclosure_request_unit_id_year_serial")),
    )
    op.create_index(
        "ix_disclosure_request_holder", "disclosure_request", ["holder_id", "state", "due_at", "id"], unique=False
    )
    op.create_index("ix_disclosure_request_personal", "disclosure_request", ["personal_until"], unique=False)
    op.create_index("ix_disclosure_request_received", "disclosure_request", ["received_at", "holder_id"], unique=False)
    op.create_index(
        "ix_disclosure_request_responsible", "disclosure_request", ["responsible_id", "state"], unique=False
    )
    op.create_table(
        "disclosure_survey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("intro", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('drafting', 'published', 'closed')", name=op.f("ck_disclosure_survey_disclosure_survey_state")
        ),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_disclosure_survey_days")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_disclosure_survey_author_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["unit.id"], name=op.f("fk_disclosure_survey_holder_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"], name=op.f("fk_disclosure_survey_published_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_disclosure_survey_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_survey")),
    )
    op.create_index("ix_disclosure_survey_holder", "disclosure_survey", ["holder_id", "id"], unique=False)
    op.create_index("ix_disclosure_survey_state", "disclosure_survey", ["state", "closes_on"], unique=False)
    op.create_table(
        "disclosure_complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("request_key", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("personal", sa.Text(), nullable=True),
        sa.Column("personal_until", sa.Date(), nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("justified", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state <> 'answered' OR (answer <> '' AND justified IS NOT NULL)",
            name=op.f("ck_disclosure_complaint_answered"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'answered')", name=op.f("ck_disclosure_complaint_disclosure_complaint_state")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_disclosure_complaint_answered_by_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["disclosure_request.id"], name=op.f("fk_disclosure_complaint_request_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_disclosure_complaint_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_complaint")),
        sa.UniqueConstraint("request_key", name=op.f("uq_disclosure_complaint_request_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_disclosure_complaint_token_hash")),
    )
    op.create_index("ix_disclosure_complaint_personal", "disclosure_complaint", ["personal_until"], unique=False)
    op.create_index("ix_disclosure_complaint_state", "disclosure_complaint", ["state", "due_at", "id"], unique=False)
    op.create_index("ix_disclosure_complaint_unit", "disclosure_complaint", ["unit_id", "received_at"], unique=False)
    op.create_table(
        "disclosure_item",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("index_number", sa.String(length=40), nullable=True),
        sa.Column("ground", sa.String(length=20), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("reviewed_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "ground IS NULL OR ground IN ('duty', 'public-interest', 'agreed', 'part')",
            name=op.f("ck_disclosure_item_ground"),
        ),
        sa.CheckConstraint(
            "index_number IS NULL OR (ground IS NOT NULL AND reviewer_id IS NOT NULL AND serial IS NOT NULL)",
            name=op.f("ck_disclosure_item_reviewed"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["disclosure_category.id"], name=op.f("fk_disclosure_item_category_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_disclosure_item_item_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_disclosure_item_reviewer_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_disclosure_item_unit_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_disclosure_item")),
        sa.UniqueConstraint("index_number", name=op.f("uq_disclosure_item_index_number")),
        sa.UniqueConstraint("unit_id", "year", "serial", name=op.f("uq_disclosure_item_unit_id_year_serial")),
    )
    op.create_index("ix_disclosure_item_category", "disclosure_item", ["category_id", "item_id"], unique=False)
    op.create_table(
        "disclosure_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('single', 'multiple', 'text')", name=op.f("ck_disclosure_question_kind")),
        sa.ForeignKeyConstraint(["survey_id"], ["disclosure_survey.id"], name=op.f("fk_disclosure_question_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_question")),
        sa.UniqueConstraint("survey_id", "position", name=op.f("uq_disclosure_question_survey_id_position")),
    )
    op.create_table(
        "disclosure_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["disclosure_survey.id"], name=op.f("fk_disclosure_sheet_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_sheet")),
        sa.UniqueConstraint("survey_id", "browser_hash", name=op.f("uq_disclosure_sheet_survey_id_browser_hash")),
    )
    op.create_table(
        "disclosure_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_disclosure_step_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["disclosure_request.id"], name=op.f("fk_disclosure_step_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_step")),
    )
    op.create_index("ix_disclosure_step_request", "disclosure_step", ["request_id", "id"], unique=False)
    op.create_table(
        "disclosure_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["disclosure_question.id"], name=op.f("fk_disclosure_reply_question_id")
        ),
        sa.ForeignKeyConstraint(["sheet_id"], ["disclosure_sheet.id"], name=op.f("fk_disclosure_reply_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_reply")),
    )
    op.create_index("ix_disclosure_reply_question", "disclosure_reply", ["question_id", "choice"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("disclosure_reply")
    op.drop_table("disclosure_step")
    op.drop_table("disclosure_sheet")
    op.drop_table("disclosure_question")
    op.drop_table("disclosure_item")
    op.drop_table("disclosure_complaint")
    op.drop_table("disclosure_survey")
    op.drop_table("disclosure_request")
    op.drop_table("disclosure_report")
    op.drop_table("disclosure_guide")
    op.drop_table("disclosure_category")
