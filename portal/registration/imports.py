"""Importing units and people in four acts: bring a file, have it checked, confirm what it would do, have it written.

Nothing of the file reaches the register before it is confirmed. The file, which holds identity numbers, is encrypted
in a folder of its own and removed as soon as it is checked; the checked lines go when they are written, or after a day.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, PortalError, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.core.store import FileStore, Readable
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Acting, Person
from portal.registration import import_scope, import_tables
from portal.registration.import_checks import SQL_MOST, Checked, Problem
from portal.registration.import_lifecycle import IMPORT, ImportAct, ImportState
from portal.registration.import_models import ImportProblem, ImportRun, PeopleList, What
from portal.registration.import_people import PeopleCheck
from portal.registration.import_people_writing import write_people
from portal.registration.import_units import UnitsCheck, write_units

CHECK_JOB = "portal.registration.import_jobs.check"
WRITE_JOB = "portal.registration.import_jobs.write_lines"
FORGET_JOB = "portal.registration.import_jobs.forget_files"
LIST_JOB = "portal.registration.import_jobs.make_list"
FOLDER = "imports"
KEPT = timedelta(days=1)
MOST_PROBLEMS = 2000
"""Kept of a file's problems: who has more corrects these first."""


def bring_file(
    work: Runtime, session: Session, person: Person, *, what: What, filename: str, stream: Readable
) -> ImportRun:
    """Take a file in and promise its check (U-7, A-1). Raises Invalid for no table, Denied for what isn't theirs.

    The file comes before the database, which nobody else could write to meanwhile on SQLite.
    """
    if what not in import_scope.kinds_for(person):
        raise Denied("Units are entered into the register by the information centre.")
    token = secrets.token_urlsafe(24)
    name, digest = _take_in(store_of(work, token), filename, stream)
    run = _begun(person, what, token, name, digest)
    session.add(run)
    session.flush()
    enqueue(session, Queue.WORK, CHECK_JOB, run_id=run.id)
    record(Event.IMPORT_ASKED, subject=run, actor=person, what=what, name=name, digest=digest)
    return run


def _begun(person: Person, what: What, token: str, name: str, digest: str) -> ImportRun:
    return ImportRun(
        token=token,
        what=what,
        scope=import_scope.scope_of(person),
        state=ImportState.CHECKING,
        unit_id=person.unit_id,
        person=person,
        acting_for=person.acting_for,
        name=name,
        upload_digest=digest,
        asked_at=now(),
    )


def _take_in(kept: FileStore, filename: str, stream: Readable) -> tuple[str, str]:
    try:
        name = import_tables.usable_name(filename)
        stored = kept.put(stream, import_tables.LARGEST)
        if not stored.size:
            raise Invalid("The file is empty.")
    except (Invalid, Refused) as error:
        discard_folder(kept)
        raise Invalid(error.message, field="file", **error.params) from error
    return name, stored.digest


def check_file(work: Runtime, session: Session, run: ImportRun, tick: Any) -> tuple[Checked, int, str]:
    """Check every line and keep the plan in the store: what was found, how many lines, the plan's digest.

    Raises Refused when the file as a whole can't be read.
    """
    kept = store_of(work, run.token)
    with kept.open(run.upload_digest) as file:
        rows = import_tables.read_table(BytesIO(file.read()), run.name, What(run.what))
    tick(0, len(rows))
    check: PeopleCheck | UnitsCheck
    if run.what == What.PEOPLE:
        unit = run.person.unit
        check = PeopleCheck(session, rows, scope=run.scope, unit=unit, keys=work.storage_keys, rules=work.rules)
    else:
        check = UnitsCheck(session, rows, work.rules)
    checked = check.run(lambda done: tick(done, len(rows)))
    plan = kept.put(BytesIO(json.dumps(checked.plan, ensure_ascii=False).encode()))
    return checked, len(rows), plan.digest


def take_check(run: ImportRun, checked: Checked, lines: int, plan: str) -> None:
    """Keep what the check has found; the file itself isn't needed any more."""
    session = session_of(run)
    run.state = IMPORT.advance(run.state, ImportAct.CHECK)
    run.plan_digest, run.checked_at, run.lines, run.done = plan, now(), lines, lines
    run.changed = sum("person_id" in line for line in checked.plan)
    run.fresh = len(checked.plan) - run.changed
    run.same, run.wrong = checked.same, len(checked.wrong_lines)
    _keep(run, sorted(checked.problems, key=lambda problem: problem.line))
    enqueue(session, Queue.WORK, FORGET_JOB, run_id=run.id)


def take_refusal(run: ImportRun, error: PortalError) -> None:
    """The file as a whole can't be read."""
    run.state = IMPORT.advance(run.state, ImportAct.REFUSE)
    run.error, run.error_params = error.message, {key: str(value) for key, value in error.params.items()}
    enqueue(session_of(run), Queue.WORK, FORGET_JOB, run_id=run.id)


def confirm_import(run: ImportRun, person: Person, *, good_only: bool) -> None:
    """Have the checked lines written. The row must be locked.

    Raises AlreadyDone for a second click, Refused when lines are wrong and it wasn't chosen to leave them out, or when
    the check is older than a day.
    """
    if run.state in (ImportState.WRITING, ImportState.DONE):
        raise AlreadyDone("This import was confirmed before.")
    IMPORT.advance(run.state, ImportAct.CONFIRM)
    if run.asked_at < now() - KEPT:
        raise Refused("The check is more than a day old: upload the file again.")
    if run.wrong and not good_only:
        raise Refused("Some lines are wrong: correct the file and upload it again, or choose to leave them out.")
    if not run.planned:
        raise Refused("There is nothing to import in this file.")
    run.state = IMPORT.advance(run.state, ImportAct.CONFIRM)
    run.good_only, run.confirmed_at = good_only, now()
    # What is written is on record as done by who confirmed it, who needn't be the one who brought the file.
    run.person, run.acting_for = person, person.acting_for
    enqueue(session_of(run), Queue.WORK, WRITE_JOB, run_id=run.id)
    record(Event.IMPORT_CONFIRMED, subject=run, actor=person, fresh=run.fresh, changed=run.changed, left_out=run.wrong)


def discard_import(run: ImportRun, person: Person) -> None:
    """Give the import up before it is confirmed. Raises AlreadyDone for a second click."""
    if run.state == ImportState.DISCARDED:
        raise AlreadyDone("This import was discarded before.")
    run.state = IMPORT.advance(run.state, ImportAct.DISCARD)
    enqueue(session_of(run), Queue.WORK, FORGET_JOB, run_id=run.id)
    record(Event.IMPORT_DISCARDED, subject=run, actor=person)


def write_piece(work: Runtime, run: ImportRun) -> None:
    """Write the next lines of the plan and move the cursor, in one transaction; promise the rest (decision 13)."""
    session = session_of(run)
    if run.state != ImportState.WRITING or run.plan_digest is None:
        return
    with store_of(work, run.token).open(run.plan_digest) as file:
        plan: list[dict[str, Any]] = json.loads(file.read())
    lines = plan[run.cursor : run.cursor + SQL_MOST]
    actor = _writer(run)
    problems = write_people(session, lines, actor) if run.what == What.PEOPLE else write_units(session, lines)
    run.cursor += len(lines)
    run.written += len(lines) - len(problems)
    run.wrong += len(problems)
    _keep(run, problems)
    if run.cursor < len(plan):
        enqueue(session, Queue.WORK, WRITE_JOB, run_id=run.id)
        return
    run.state, run.done_at = IMPORT.advance(run.state, ImportAct.FINISH), now()
    enqueue(session, Queue.WORK, FORGET_JOB, run_id=run.id)
    record(Event.IMPORT_DONE, subject=run, actor=actor, written=run.written, left_out=run.wrong)


def take_failure(run: ImportRun, error: PortalError) -> None:
    """Writing can't go on: what is written stays, and the same file brought again writes the rest."""
    run.state, run.done_at = IMPORT.advance(run.state, ImportAct.FAIL), now()
    run.error, run.error_params = error.message, {key: str(value) for key, value in error.params.items()}
    enqueue(session_of(run), Queue.WORK, FORGET_JOB, run_id=run.id)
    record(Event.IMPORT_FAILED, subject=run, actor=_writer(run), written=run.written, why=str(error))


def _writer(run: ImportRun) -> Person:
    """Who confirmed the import: both names stand in the ledger, though no request is there any more to say so (A-6)."""
    run.person.acting = Acting(0, run.acting_for, frozenset()) if run.acting_for else None
    return run.person


def _keep(run: ImportRun, problems: Sequence[Problem]) -> None:
    room = max(0, MOST_PROBLEMS - run.problems)
    rows = [
        {
            "run_id": run.id,
            "line": found.line,
            "heading": found.heading,
            "message": found.message,
            "params": found.params,
        }
        for found in problems[:room]
    ]
    run.problems += len(problems)
    if rows:
        session_of(run).execute(insert(ImportProblem), rows)


def ask_list(session: Session, person: Person, kind: str) -> PeopleList:
    """Ask for the list of the people one looks after (GZ13). Raises Invalid for another kind of file."""
    if kind not in ("csv", "xlsx"):
        raise Invalid("The form is broken. Reload the page and try again.")
    wanted = PeopleList(
        token=secrets.token_urlsafe(24),
        scope=import_scope.scope_of(person),
        unit_id=person.unit_id,
        person_id=person.id,
        kind=kind,
        asked_at=now(),
    )
    session.add(wanted)
    session.flush()
    enqueue(session, Queue.WORK, LIST_JOB, list_id=wanted.id)
    record(Event.PEOPLE_LIST_ASKED, subject=wanted, actor=person, scope=wanted.scope)
    return wanted


# -- files ------------------------------------------------------------------------------------------------------------


def store_of(work: Runtime, token: str) -> FileStore:
    """A store of this import alone: the same bytes in the real store are never touched."""
    return FileStore(work.settings.store_dir / FOLDER / token, work.storage_keys)


def discard_folder(kept: FileStore) -> None:
    """Remove the files of an import."""
    shutil.rmtree(kept.root, ignore_errors=True)


def forget(work: Runtime, run: ImportRun) -> None:
    """Remove what the import needs no more: the file once it is checked, all of it at the end."""
    kept = store_of(work, run.token)
    if run.state == ImportState.CHECKED:
        kept.path_of(run.upload_digest).unlink(missing_ok=True)
    elif run.state not in (ImportState.CHECKING, ImportState.WRITING):
        discard_folder(kept)


def forget_old(work: Runtime, session: Session) -> None:
    """Discard checks nobody confirmed for a day, and lists of yesterday."""
    before = now() - KEPT
    left = (ImportState.CHECKED,)
    old = select(ImportRun).where(ImportRun.state.in_(left), ImportRun.asked_at < before).with_for_update(of=ImportRun)
    for run in session.scalars(old):
        run.state = IMPORT.advance(run.state, ImportAct.DISCARD)
        record(Event.IMPORT_DISCARDED, subject=run)
        forget(work, run)
    for wanted in session.scalars(select(PeopleList).where(PeopleList.asked_at < before).limit(500)):
        discard_folder(store_of(work, wanted.token))
        session.delete(wanted)
