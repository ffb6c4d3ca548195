"""What the worker does for imports: checks files, writes checked lines piece by piece, makes lists, forgets files."""

from __future__ import annotations

from io import BytesIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.registration import import_scope, import_tables, imports
from portal.registration.import_checks import Checked
from portal.registration.import_lifecycle import ImportState
from portal.registration.import_models import ImportRun, PeopleList
from portal.registration.import_words import PEOPLE, ROLE_WORD
from portal.units.models import Unit

Found = tuple[Checked, int, str]


def _locked(session: Session, run_id: int) -> ImportRun:
    return session.get_one(ImportRun, run_id, with_for_update={"of": ImportRun}, populate_existing=True)


def _check(work: Runtime, session: Session, *, run_id: int) -> Found | None:
    run = session.get_one(ImportRun, run_id)
    if run.state != ImportState.CHECKING:
        return None

    def tick(done: int, lines: int) -> None:
        # For the page alone, hence apart from the transaction that keeps the result.
        with unit_of_work(work.engine) as telling:
            telling.execute(update(ImportRun).where(ImportRun.id == run_id).values(done=done, lines=lines))

    return imports.check_file(work, session, run, tick)


def _refuse(session: Session, error: PortalError, *, run_id: int) -> None:
    imports.take_refusal(_locked(session, run_id), error)


@job(on_failure=_refuse, prepare=_check)
def check(work: Runtime, session: Session, found: Found | None, *, run_id: int) -> None:
    """Keep what is right and wrong in a file."""
    run = _locked(session, run_id)
    if found is not None and run.state == ImportState.CHECKING:
        imports.take_check(run, *found)


def _stop(session: Session, error: PortalError, *, run_id: int) -> None:
    imports.take_failure(_locked(session, run_id), error)


@job(on_failure=_stop)
def write_lines(work: Runtime, session: Session, *, run_id: int) -> None:
    """Write the next piece of a confirmed import; it promises the next one itself."""
    imports.write_piece(work, _locked(session, run_id))


@job()
def forget_files(work: Runtime, session: Session, *, run_id: int) -> None:
    """Remove files that are needed no more."""
    imports.forget(work, _locked(session, run_id))


@job()
def forget_old(work: Runtime, session: Session) -> None:
    """Remove what was left lying for a day."""
    imports.forget_old(work, session)


def _write_list(work: Runtime, session: Session, *, list_id: int) -> tuple[str, int]:
    wanted = session.get_one(PeopleList, list_id)
    unit = session.get_one(Unit, wanted.unit_id)
    rows = [[column.heading for column in PEOPLE if column.key != "identity"]]
    people = session.scalars(
        select(Person)
        .join(Person.unit)
        .where(Person.closed_at.is_(None), import_scope.units_in(wanted.scope, unit))
        .order_by(Unit.sort_key, Unit.id, Person.id)
    )
    rows += [_line(person) for person in people]
    content = import_tables.table_bytes(rows, wanted.kind, sheet="使用人员")
    return imports.store_of(work, wanted.token).put(BytesIO(content)).digest, len(rows) - 1


def _line(person: Person) -> list[str]:
    roles = "、".join(ROLE_WORD[role] for role in sorted(person.own_roles))
    return [person.account, person.name, person.unit.name, person.division, person.title, person.mobile or "", roles]


@job(prepare=_write_list)
def make_list(work: Runtime, session: Session, made: tuple[str, int], *, list_id: int) -> None:
    """Keep a list of people that is made."""
    wanted = session.get_one(PeopleList, list_id)
    wanted.digest, wanted.people = made
    wanted.made_at = now()
