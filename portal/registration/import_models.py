"""Imports of units and people, what was wrong in their files, and lists of people asked for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.text import N_
from portal.people.models import Person
from portal.registration.import_lifecycle import IMPORT, ImportState
from portal.units.policy import Scope


class What(StrEnum):
    """What a file holds."""

    PEOPLE = "people"
    UNITS = "units"


WHAT_LABELS = {What.PEOPLE: N_("People"), What.UNITS: N_("Units")}


def _one_of(column: str, kinds: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint("{} IN ({})".format(column, ", ".join(f"'{kind}'" for kind in kinds)), name=column)


class ImportRun(Base):
    """One file brought for import. `cursor` counts the lines of the plan that are written: work goes on from there."""

    __tablename__ = "import_run"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("ix_import_run_unit", "unit_id", "id"),  # serves the list of a unit's or district's imports
        Index("ix_import_run_state", "state", "asked_at"),  # serves the daily removal of what was left lying
        IMPORT.check_constraint(),
        _one_of("what", What),
        _one_of("scope", Scope),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64))
    """Names the folder of this import alone in the store."""
    what: Mapped[str] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default=ImportState.CHECKING)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acting_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(255))
    upload_digest: Mapped[str] = mapped_column(String(64))
    plan_digest: Mapped[str | None] = mapped_column(String(64))
    """The checked lines, encrypted in the store: no identity number is in them."""
    good_only: Mapped[bool] = mapped_column(default=False)
    lines: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    """Lines checked so far; how far the check has come."""
    fresh: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    problems: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(default=0)
    written: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    error_params: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    asked_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    acting_for: Mapped[Person | None] = relationship(foreign_keys=[acting_for_id])

    @property
    def planned(self) -> int:
        """How many lines the confirmed import writes."""
        return self.fresh + self.changed


class ImportProblem(Base):
    """Something wrong in a line: the msgid of what it is and what to do, with its parameters."""

    __tablename__ = "import_problem"
    __table_args__ = (Index("ix_import_problem_run", "run_id", "line", "id"),)  # serves the page and the download

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    line: Mapped[int]
    heading: Mapped[str] = mapped_column(String(40))
    message: Mapped[str] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(JSON)


class PeopleList(Base):
    """A list of the people of a unit, district or the city, made by the worker and kept for a day."""

    __tablename__ = "people_list"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("ix_people_list_person", "person_id", "id"),  # serves the lists of who asked
        CheckConstraint("kind IN ('csv', 'xlsx')", name="kind"),
        _one_of("scope", Scope),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(10))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(4))
    digest: Mapped[str | None] = mapped_column(String(64))
    people: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
