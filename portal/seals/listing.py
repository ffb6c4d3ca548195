"""Lists of seals and applications: filters, keyset pages, and how much waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.db import at_most
from portal.people.models import Person
from portal.seals import queries
from portal.seals.models import Ceremony, SealApplication, SealClass, SealKeeper, UnitSeal
from portal.seals.use_models import CodeRequest, StampRequest
from portal.units.models import Unit

PAGE_ROWS = 20
COUNT_LIMIT = 99


@dataclass(frozen=True)
class Filter:
    """What the reader looks for; `before` is the id the page before this one ended with."""

    state: str = ""
    unit_id: int | None = None
    before: int | None = None


def applications(session: Session, person: Person, wanted: Filter) -> tuple[Sequence[SealApplication], bool]:
    """One page of applications, newest first, and whether older ones follow."""
    statement = _narrowed(queries.visible_applications(person), SealApplication, wanted)
    statement = statement.options(joinedload(SealApplication.unit), joinedload(SealApplication.applicant))
    rows = session.scalars(statement).unique().all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def seals(session: Session, person: Person, wanted: Filter) -> tuple[Sequence[UnitSeal], bool]:
    """One page of seals, newest first, and whether older ones follow."""
    statement = _narrowed(queries.visible_seals(person), UnitSeal, wanted)
    keepers = selectinload(UnitSeal.keepers).joinedload(SealKeeper.person)
    rows = session.scalars(statement.options(joinedload(UnitSeal.unit), keepers)).unique().all()
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def _narrowed(statement: Select[Any], model: type[Any], wanted: Filter) -> Select[Any]:
    if wanted.state:
        statement = statement.where(model.state == wanted.state)
    if wanted.unit_id is not None:
        statement = statement.where(model.unit_id == wanted.unit_id)
    if wanted.before is not None:
        statement = statement.where(model.id < wanted.before)
    return statement.order_by(model.id.desc()).limit(PAGE_ROWS + 1)


def waiting(session: Session, person: Person) -> Sequence[SealApplication]:
    """Applications whose next step is the person's, oldest first."""
    statement = queries.waiting_applications(person).options(joinedload(SealApplication.unit))
    return session.scalars(statement.order_by(SealApplication.id).limit(PAGE_ROWS)).unique().all()


def called(session: Session, person: Person) -> Sequence[Ceremony]:
    """Ceremonies going on with a seat for the person, the one that ends first on top."""
    statement = queries.called_ceremonies(person).options(joinedload(Ceremony.application))
    return session.scalars(statement.order_by(Ceremony.expires_at).limit(PAGE_ROWS)).unique().all()


def waiting_count(person: Person) -> ColumnElement[int]:
    """How much waits for the person, for the navigation; each kind counted up to one above COUNT_LIMIT."""
    applications_ = queries.waiting_applications(person).with_only_columns(SealApplication.id)
    ceremonies = queries.called_ceremonies(person).with_only_columns(Ceremony.id)
    return at_most(COUNT_LIMIT + 1, applications_) + at_most(COUNT_LIMIT + 1, ceremonies)


def ceremonies_of(session: Session, application: SealApplication) -> Sequence[Ceremony]:
    """The ceremonies of an application, newest first."""
    return session.scalars(
        select(Ceremony).where(Ceremony.application_id == application.id).order_by(Ceremony.id.desc())
    ).all()


def seals_of(session: Session, application: SealApplication) -> Sequence[UnitSeal]:
    """The seals made for an application."""
    statement = select(UnitSeal).join(UnitSeal.ceremony).where(Ceremony.application_id == application.id)
    return session.scalars(statement.order_by(UnitSeal.id)).all()


def units_with_seals(session: Session) -> Sequence[Unit]:
    """Units that ever applied, for the filters of the office."""
    applied = select(SealApplication.unit_id).distinct()
    return session.scalars(select(Unit).where(Unit.id.in_(applied)).order_by(Unit.sort_key, Unit.id)).all()


def people_named(session: Session, ids: Sequence[int]) -> Sequence[Person]:
    """The people an application names, in its order."""
    found = {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [found[person_id] for person_id in ids if person_id in found]


def use_book(
    session: Session, seal: UnitSeal, before: int | None
) -> tuple[Sequence[StampRequest] | Sequence[CodeRequest], bool]:
    """One page of a seal's use book (S-10), newest first, and whether older uses follow."""
    read = queries.uses if seal.seal_class == SealClass.SIGNATURE else queries.code_uses
    rows = read(session, seal, before, PAGE_ROWS + 1)
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS
