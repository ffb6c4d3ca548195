"""What the applicant does: enter, change, bring files, submit, withdraw (U-1, GZ8). Nobody here has an account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from portal.content import uploads
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, NotFound, PortalError, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.releasing import release
from portal.core.runtime import Runtime, current
from portal.core.store import Readable
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.identity import hash_of
from portal.people.models import Person
from portal.registration.application_lifecycle import IN_HAND, JOINING, WAITING, JoinAct, JoinState
from portal.registration.application_models import ApplicationFile, UnitApplication
from portal.registration.applications_content import Content, problems, taken, tidied
from portal.registration.applications_queries import lock, rival_of, token_hash
from portal.registration.evidence import MISSING, NEEDED, Evidence
from portal.units.models import UnitKind

FORM_JOB = "portal.registration.application_jobs.make_form"
LARGEST = 10 * 1024 * 1024
MOST_FILES = 12
RIVAL = N_("An application of this unit is being examined already.")
ACCEPTED = (uploads.PDF, uploads.PNG, uploads.JPEG)
FORGOTTEN_AT_ONCE = 200
KEPT = timedelta(days=60)
"""How long an application is kept that nobody submits: it names people."""


@dataclass(frozen=True)
class Brought:
    """A file from outside, judged, cleaned and in the store, not yet of any application."""

    name: str
    media_type: str
    size: int
    digest: str


def enter_application(
    session: Session, content: Content, entered_by: Person | None = None
) -> tuple[UnitApplication, str]:
    """Keep an application; returns it and the token of the link by which the applicant comes back.

    Raises Invalid naming the field. The form to be signed and sealed is promised.
    """
    content = tidied(content)
    for problem in problems(session, content):
        raise problem
    token = secrets.token_urlsafe(32)
    application = UnitApplication(
        **content.values(),
        identity_hash=hash_of(content.identity, current().storage_keys),
        token_hash=token_hash(token),
        reason="",
        entered_by_id=entered_by.id if entered_by else None,
        entered_at=now(),
    )
    session.add(application)
    session.flush()
    record(
        Event.UNIT_APPLICATION_ENTERED,
        subject=application,
        actor=entered_by,
        name=application.name,
        code=application.code,
    )
    enqueue(session, Queue.WORK, FORM_JOB, application_id=application.id)
    return application, token


def change_application(application: UnitApplication, content: Content) -> None:
    """Write the application anew. The form printed before, and its scan, don't fit any more and go.

    An empty identity number leaves the known one. Raises Invalid naming the field, Refused once it is submitted.
    """
    session = _in_hand(application)
    content = tidied(content)
    for problem in problems(session, content, identity_known=True):
        raise problem
    values = content.values()
    if content.identity:
        values["identity_hash"] = hash_of(content.identity, current().storage_keys)
    changed = sorted(key for key, value in values.items() if getattr(application, key) != value)
    if not changed:
        return
    for key in changed:
        setattr(application, key, values[key])
    application.version += 1
    for file in application.brought(Evidence.SIGNED_FORM):
        _take_away(application, file)
    record(Event.UNIT_APPLICATION_CHANGED, subject=application, fields=changed)
    _promise_form(session, application)


def remake_form(application: UnitApplication) -> None:
    """Ask once more for the printed form that couldn't be made. Raises AlreadyDone."""
    session = _in_hand(application)
    if application.form_error is None:
        raise AlreadyDone("The form is being made already.")
    _promise_form(session, application)


def receive_file(work: Runtime, stream: Readable, filename: str) -> Brought:
    """Judge, clean and store a file. Before the database is touched: it takes as long as the file is large.

    Raises Invalid (field `file`) for anything but a harmless PDF, PNG or JPEG of at most 10 MB.
    """
    try:
        with uploads.accept(stream, filename, LARGEST) as upload:
            if upload.media_type not in {kind.media_type for kind in ACCEPTED}:
                raise Invalid("Only PDF, PNG and JPEG files can be brought.", field="file")
            stored = work.store.put(upload.file)
    except Refused as error:
        raise Invalid(error.message, field="file", **error.params) from error
    return Brought(upload.filename, upload.media_type, stored.size, stored.digest)


def attach_file(application: UnitApplication, brought: Brought, evidence: Evidence) -> ApplicationFile:
    """Lay a file to the application as evidence of a kind (GZ8). Raises AlreadyDone, Refused, Invalid."""
    session = _in_hand(application)
    if any(file.digest == brought.digest for file in application.brought(evidence)):
        raise AlreadyDone("This file is there already.")
    if len(application.files) >= MOST_FILES:
        raise Invalid("An application takes %(most)s files at most.", field="file", most=MOST_FILES)
    file = ApplicationFile(
        evidence=evidence,
        name=brought.name,
        media_type=brought.media_type,
        size=brought.size,
        digest=brought.digest,
        at=now(),
    )
    application.files.append(file)
    session.flush()
    record(
        Event.UNIT_APPLICATION_ATTACHED,
        subject=application,
        name=file.name,
        digest=file.digest,
        evidence=file.evidence,
    )
    return file


def detach_file(application: UnitApplication, file_id: int) -> None:
    """Take a file back. Raises AlreadyDone when it's gone, Refused once the application is submitted."""
    _in_hand(application)
    for file in application.files:
        if file.id == file_id:
            return _take_away(application, file)
    raise AlreadyDone("This file was removed before.")


def submit_application(application: UnitApplication) -> None:
    """Hand the application in: to the district's office, or to the municipal one for the city's own units (EE4).

    Raises Refused for missing evidence (GZ8), a name or code that was taken meanwhile or is being examined already.
    """
    session = lock(application)
    if application.state in WAITING or application.state == JoinState.REGISTERED:
        raise AlreadyDone("The application is submitted already.")
    state = JOINING.advance(application.state, JoinAct.SUBMIT)
    for problem in (*taken(session, application), *lacking(application)):
        raise Refused(problem.message)
    if rival_of(session, application) is not None:
        raise Refused(RIVAL)
    application.state, application.submitted_at = state, now()
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise Refused(RIVAL) from error
    record(Event.UNIT_APPLICATION_SUBMITTED, subject=application, files=[file.digest for file in application.files])


def withdraw_application(application: UnitApplication) -> None:
    """The applicant takes the application back. Raises AlreadyDone, Refused once it is decided."""
    lock(application)
    if application.state == JoinState.WITHDRAWN:
        raise AlreadyDone("This application was already withdrawn.")
    application.state = JOINING.advance(application.state, JoinAct.WITHDRAW)
    application.decided_at = now()
    record(Event.UNIT_APPLICATION_WITHDRAWN, subject=application)


def lacking(application: UnitApplication) -> list[PortalError]:
    """The evidence a unit of this kind still owes (GZ8)."""
    owed = [kind for kind in NEEDED[UnitKind(application.kind)] if not application.brought(kind)]
    return [Refused(MISSING[kind]) for kind in owed]


def file_of(application: UnitApplication, file_id: int) -> ApplicationFile:
    """A file of the application. Raises NotFound."""
    for file in application.files:
        if file.id == file_id:
            return file
    raise NotFound("There is no such file.")


def take_form(application: UnitApplication, version: int, digest: str) -> None:
    """The worker has made the form; one of an older version doesn't count."""
    lock(application)
    if application.version == version:
        application.form_digest, application.form_error = digest, None


def take_form_failure(application: UnitApplication, error: PortalError) -> None:
    """Keep why the form couldn't be made, for the page that offers to try again."""
    application.form_error = str(error)


def _in_hand(application: UnitApplication) -> Session:
    session = lock(application)
    if application.state not in IN_HAND:
        raise Refused("The application is out of your hands: it can be changed only before it is submitted.")
    return session


def _promise_form(session: Session, application: UnitApplication) -> None:
    release(session, [application.form_digest])
    application.form_digest = application.form_error = None
    enqueue(session, Queue.WORK, FORM_JOB, application_id=application.id)


def _take_away(application: UnitApplication, file: ApplicationFile) -> None:
    application.files.remove(file)
    release(session_of(application), [file.digest])
    record(Event.UNIT_APPLICATION_DETACHED, subject=application, name=file.name, digest=file.digest)


def forget_old(session: Session) -> None:
    """Remove what was entered and never submitted for long: anybody may enter something, and it names people.

    What is being worked on this moment is left for the next time; its files are let go with it.
    """
    old = (
        select(UnitApplication)
        .where(UnitApplication.submitted_at.is_(None), UnitApplication.entered_at < now() - KEPT)
        .order_by(UnitApplication.id)
        .limit(FORGOTTEN_AT_ONCE)
        .options(selectinload(UnitApplication.files))
        .with_for_update(skip_locked=True, of=UnitApplication)
    )
    for application in session.scalars(old).all():
        release(session, [application.form_digest, *(file.digest for file in application.files)])
        session.delete(application)
