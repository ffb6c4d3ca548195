"""What the worker does for the exchange: checks deliveries, makes copies, judges files brought for verification.

Reading, verifying and drawing are prepared before anything is locked; what is kept is looked at anew under the lock.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from portal.core.errors import PortalError, Refused
from portal.core.jobs import job
from portal.core.runtime import Runtime, current
from portal.core.store import StoreDamaged, StoreMissing
from portal.core.text import both_names
from portal.exchange import checks, operations, queries, uploads
from portal.exchange.findings import Findings
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import Copy, CopyKind, Delivery, VerificationRequest
from portal.seals import codes, copies
from portal.seals import queries as seals
from portal.seals.judging import Judgement, judge, judge_file
from portal.seals.trusting import own_root, trust_of
from portal.seals.verifying import Verdict


def _tell_unchecked(session: Session, error: PortalError, *, delivery_id: int) -> None:
    operations.take_findings(session.get_one(Delivery, delivery_id), checks.unfinished(error))


def _run_checks(work: Runtime, session: Session, *, delivery_id: int) -> Findings | None:
    delivery = session.get_one(Delivery, delivery_id)
    if delivery.state != DeliveryState.OPENED or delivery.findings is not None:
        return None
    document = delivery.document
    with _folder(work) as folder:
        path = _fetched(work, document.sealed_digest, folder)
        verdict = _judged(work, session, path, document.sealed_digest) if path else None
        known = checks.register_of(session, verdict)
        return checks.run(checks.Evidence(document, work.store, path, verdict, known))


@job(on_failure=_tell_unchecked, prepare=_run_checks)
def check(work: Runtime, session: Session, findings: Findings | None, *, delivery_id: int) -> None:
    """Keep what the automatic checks of an opened delivery have found (X-4)."""
    if findings is not None:
        operations.take_findings(session.get_one(Delivery, delivery_id), findings)


def _tell_not_made(session: Session, error: PortalError, *, copy_id: int) -> None:
    operations.take_copy_failure(
        session.get_one(Copy, copy_id, with_for_update=True, populate_existing=True), str(error)
    )


@dataclass(frozen=True)
class Drawn:
    """The file of a copy, drawn before its row was locked, and for which `attempt` at it."""

    digest: str
    attempt: int


def _draw_copy(work: Runtime, session: Session, *, copy_id: int) -> Drawn | None:
    copy = session.get_one(Copy, copy_id)
    if copy.state not in queries.OPEN_COPIES:
        return None
    with _folder(work) as folder:
        source, target = folder / "sealed.pdf", folder / "copy.pdf"
        work.store.copy_to(copy.delivery.document.sealed_digest or "", source)
        copies.make_copy(source, target, _marks(work, session, copy), work.settings.fonts_dir)
        with target.open("rb") as file:
            return Drawn(work.store.put(file).digest, copy.attempt)


@job(on_failure=_tell_not_made, prepare=_draw_copy)
def make_copy(work: Runtime, session: Session, drawn: Drawn | None, *, copy_id: int) -> None:
    """Keep the marked copy of the sealed file; a second run finds it made and does nothing (X-5, X-6)."""
    copy = session.get_one(Copy, copy_id)
    queries.lock(copy.delivery)
    session.refresh(copy)
    # A copy that failed and was asked for anew bears another name, moment and code: what was drawn doesn't fit it.
    if drawn is not None and copy.state in queries.OPEN_COPIES and copy.attempt == drawn.attempt:
        operations.take_copy(copy, drawn.digest)


def _tell_not_judged(session: Session, error: PortalError, *, request_id: int) -> None:
    request = session.get_one(VerificationRequest, request_id)
    uploads.take_failure(request, error)
    uploads.discard(uploads.store_of(current(), request.token))


def _judge_upload(work: Runtime, session: Session, *, request_id: int) -> Judgement | None:
    request = session.get_one(VerificationRequest, request_id)
    if request.verdict is not None:
        return None
    with _folder(work) as folder:
        path = folder / "file.pdf"
        uploads.store_of(work, request.token).copy_to(request.digest, path)
        return judge(session, _judged(work, session, path, None))


@job(on_failure=_tell_not_judged, prepare=_judge_upload)
def verify_upload(work: Runtime, session: Session, judgement: Judgement | None, *, request_id: int) -> None:
    """Keep the judgement on a file brought to the verification page; afterwards the file is gone."""
    request = session.get_one(VerificationRequest, request_id, with_for_update=True, populate_existing=True)
    if judgement is None or request.verdict is not None:
        return
    uploads.take_verdict(session, request, judgement)
    uploads.discard(uploads.store_of(work, request.token))


def _judged(work: Runtime, session: Session, path: Path, expected: str | None) -> Verdict:
    return judge_file(path, trust_of(session, own_root(work.settings.seal_ca_file)), expected)


def _marks(work: Runtime, session: Session, copy: Copy) -> copies.CopyMarks:
    """What is drawn on the copy; a print bears its code and the unit's verification seal."""
    delivery = copy.delivery
    marks = copies.CopyMarks(
        kind=codes.CopyKind.DOWNLOAD,
        unit=delivery.holder.name,
        person=both_names(copy.asked_by.name, copy.asked_for.name if copy.asked_for else None),
        at=copy.asked_at,
        copy_id=copy.mark,
    )
    if copy.kind == CopyKind.DOWNLOAD:
        return marks
    if copy.code is None:
        raise Refused("The code of this copy isn't signed.")
    signed, _ = codes.decode(copy.code)
    seal = seals.by_certificate_serial(session, signed.serial)
    if seal is None:
        raise Refused("The code of this copy was signed by a seal that isn't in the register.")
    return replace(
        marks,
        kind=codes.CopyKind.PRINT,
        copy=signed.copy,
        copies=signed.copies,
        address=codes.address(work.settings.base_url, copy.code),
        face_pdf=b"".join(work.store.reader(seal.face_digest)),
    )


def _fetched(work: Runtime, digest: str | None, folder: Path) -> Path | None:
    """The stored file in `folder`; None when the store holds it no more or holds other bytes."""
    path = folder / "sealed.pdf"
    try:
        work.store.copy_to(digest or "", path)
    except (StoreDamaged, StoreMissing):
        return None
    return path


@contextmanager
def _folder(work: Runtime) -> Iterator[Path]:
    """A folder of this job alone, gone afterwards."""
    parent = work.settings.data_dir / "work"
    parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)
