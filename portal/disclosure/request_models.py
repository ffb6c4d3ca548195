"""What citizens bring: requests for disclosure, complaints, opinions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base, same_as
from portal.disclosure.lifecycle import COMPLAINT, REQUEST, SURVEY
from portal.disclosure.words import AnswerKind, ApplicantKind, QuestionKind, Way, listed
from portal.people.models import Person
from portal.units.models import Unit


class DisclosureRequest(Base):
    """A request for disclosure 依申请公开. `first_id` was asked first and answers for it 首问负责 until a hand-over."""

    __tablename__ = "disclosure_request"
    __table_args__ = (
        REQUEST.check_constraint(),
        UniqueConstraint("token_hash"),
        UniqueConstraint("request_key"),
        UniqueConstraint("unit_id", "year", "serial"),
        CheckConstraint(f"applicant IN ({listed(ApplicantKind)})", name="applicant"),
        CheckConstraint(f"way IN ({listed(Way)})", name="way"),
        CheckConstraint(f"answer_kind IS NULL OR answer_kind IN ({listed(AnswerKind)})", name="answer_kind"),
        CheckConstraint(
            "state NOT IN ('answered', 'delivered') OR (answer_kind IS NOT NULL AND answered_at IS NOT NULL)",
            name="answered",
        ),
        CheckConstraint("state = 'received' OR state = 'withdrawn' OR responsible_id IS NOT NULL", name="responsible"),
        CheckConstraint(
            "extended_at IS NULL OR (extension_reason <> '' AND extended_by_id IS NOT NULL)", name="extended"
        ),
        Index("ix_disclosure_request_holder", "holder_id", "state", "due_at", "id"),  # serves a unit's lists
        Index("ix_disclosure_request_responsible", "responsible_id", "state"),  # serves the desk, and who leaves
        Index("ix_disclosure_request_received", "received_at", "holder_id"),  # serves yearly counts
        Index("ix_disclosure_request_personal", "personal_until"),  # serves forgetting
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the token in the applicant's link."""
    request_key: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    year: Mapped[int]
    serial: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=REQUEST.start)
    applicant: Mapped[str] = mapped_column(String(10))
    personal: Mapped[str | None] = mapped_column(Text)
    """Name, identity and contact of the applicant, sealed; None once the rule's time is over."""
    personal_until: Mapped[date | None]
    wanted: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text, default="")
    way: Mapped[str] = mapped_column(String(10))
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The clerk who took it in at the counter."""
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """Until when it must be answered; moves with a correction or an extension."""
    first_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    correction: Mapped[str] = mapped_column(Text, default="")
    """What the applicant must make clear; asked once only."""
    correction_asked_at: Mapped[datetime | None]
    correction_until: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    extension_reason: Mapped[str] = mapped_column(Text, default="")
    extension_days: Mapped[int | None]
    extension_asked_at: Mapped[datetime | None]
    """While a leader's consent is awaited."""
    extended_at: Mapped[datetime | None]
    extended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer_kind: Mapped[str | None] = mapped_column(String(20))
    answer_text: Mapped[str] = mapped_column(Text, default="")
    answer_basis: Mapped[str] = mapped_column(String(300), default="")
    answer_organ: Mapped[str] = mapped_column(String(200), default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_type: Mapped[str] = mapped_column(String(100), default="")
    file_digest: Mapped[str | None] = mapped_column(String(64))
    delivered_way: Mapped[str | None] = mapped_column(String(10))
    delivered_note: Mapped[str] = mapped_column(String(200), default="")
    delivered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    holder: Mapped[Unit] = relationship(foreign_keys=[holder_id])
    first: Mapped[Person | None] = relationship(foreign_keys=[first_id])
    responsible: Mapped[Person | None] = relationship(foreign_keys=[responsible_id])
    extended_by: Mapped[Person | None] = relationship(foreign_keys=[extended_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    steps: Mapped[list[DisclosureStep]] = relationship(order_by="DisclosureStep.id", back_populates="request")

    @property
    def number(self) -> str:
        """As written in letters: 〔2026〕第3号."""
        return f"〔{self.year}〕第{self.serial}号"


class DisclosureStep(Base):
    """A step of a request, as the applicant may read it too."""

    __tablename__ = "disclosure_step"
    __table_args__ = (Index("ix_disclosure_step_request", "request_id", "id"),)  # serves a request's page

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("disclosure_request.id"))
    what: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]

    request: Mapped[DisclosureRequest] = relationship(back_populates="steps")
    person: Mapped[Person | None] = relationship()


class DisclosureComplaint(Base):
    """A complaint 投诉 about a unit's disclosure, answered by the office."""

    __tablename__ = "disclosure_complaint"
    __table_args__ = (
        COMPLAINT.check_constraint(),
        UniqueConstraint("token_hash"),
        UniqueConstraint("request_key"),
        CheckConstraint("state <> 'answered' OR (answer <> '' AND justified IS NOT NULL)", name="answered"),
        Index("ix_disclosure_complaint_state", "state", "due_at", "id"),  # serves the office's list and desk
        Index("ix_disclosure_complaint_unit", "unit_id", "received_at"),  # serves yearly counts
        Index("ix_disclosure_complaint_personal", "personal_until"),  # serves forgetting
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    request_key: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("disclosure_request.id"))
    state: Mapped[str] = mapped_column(String(12), default=COMPLAINT.start)
    text: Mapped[str] = mapped_column(Text)
    personal: Mapped[str | None] = mapped_column(Text)
    personal_until: Mapped[date | None]
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    justified: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    request: Mapped[DisclosureRequest | None] = relationship()
    answered_by: Mapped[Person | None] = relationship()


class DisclosureSurvey(Base):
    """A questionnaire by which a unit gathers opinions 征求意见."""

    __tablename__ = "disclosure_survey"
    __table_args__ = (
        SURVEY.check_constraint(),
        CheckConstraint("closes_on >= opens_on", name="days"),
        Index("ix_disclosure_survey_holder", "holder_id", "id"),  # serves a unit's list
        Index("ix_disclosure_survey_state", "state", "closes_on"),  # serves the public list
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), default=same_as("unit_id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12), default=SURVEY.start)
    title: Mapped[str] = mapped_column(String(100))
    intro: Mapped[str] = mapped_column(Text, default="")
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    created_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    author: Mapped[Person] = relationship(foreign_keys=[author_id])
    published_by: Mapped[Person | None] = relationship(foreign_keys=[published_by_id])
    questions: Mapped[list[DisclosureQuestion]] = relationship(
        order_by="DisclosureQuestion.position", back_populates="survey", cascade="all, delete-orphan"
    )


class DisclosureQuestion(Base):
    """A question; `choices` are its answers to choose from."""

    __tablename__ = "disclosure_question"
    __table_args__ = (
        UniqueConstraint("survey_id", "position"),
        CheckConstraint(f"kind IN ({listed(QuestionKind)})", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("disclosure_survey.id"))
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(200))
    choices: Mapped[list[Any]]

    survey: Mapped[DisclosureSurvey] = relationship(back_populates="questions")


class DisclosureSheet(Base):
    """One browser's answers; the browser is known by a keyed hash of its token, nobody by anything."""

    __tablename__ = "disclosure_sheet"
    __table_args__ = (UniqueConstraint("survey_id", "browser_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("disclosure_survey.id"))
    browser_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

    replies: Mapped[list[DisclosureReply]] = relationship(cascade="all, delete-orphan")


class DisclosureReply(Base):
    """An answer to a question: a choice by its place, or words."""

    __tablename__ = "disclosure_reply"
    __table_args__ = (Index("ix_disclosure_reply_question", "question_id", "choice"),)  # serves the counts

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("disclosure_sheet.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("disclosure_question.id"))
    choice: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text, default="")
