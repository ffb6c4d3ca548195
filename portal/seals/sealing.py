"""What the seal server does: jobs that name a row, re-read and re-check everything, and only then use a key.

The database, Redis, the web and the workers may all be in foreign hands: what decides here are the custody record
signed in the ceremony, the pinned keys in the seal server's own settings, and the digest of the bytes it reads.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hsm.errors import HsmError
from portal.core.clock import now
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.core.vitals import Process, SignOfLife, give_sign
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import (
    ca_pinning,
    code_signing,
    custody_check,
    device,
    hooks,
    lost_keys,
    pressing,
    queries,
    spending,
    standings,
)
from portal.seals import ceremony_work as ceremonies
from portal.seals.lifecycle import STAMP, StampAct, StampState
from portal.seals.models import CertificateStatus, UnitSeal
from portal.seals.operations import lock_seal
from portal.seals.standings import Standing
from portal.seals.use_models import CodeRequest, StampRequest

log = structlog.get_logger(__name__)

ANSWERED_ANEW = timedelta(hours=1)
"""Answers older than this are signed again though nothing changed."""


def _stamp_refused(session: Session, error: PortalError, *, request_id: int) -> None:
    request = session.get_one(StampRequest, request_id, with_for_update=True, populate_existing=True)
    if request.state != StampState.ASKED:
        return
    request.state = STAMP.advance(request.state, StampAct.FAIL)
    request.error = str(error)
    spending.spend(request)
    hooks.stamp_failed.call(session, request)


@job(on_failure=_stamp_refused)
def stamp(runtime: Runtime, session: Session, *, request_id: int) -> None:
    """Stamp the file of a request with its seal, once (S-6, S-10, S-11)."""
    request = session.get_one(StampRequest, request_id, with_for_update=True, populate_existing=True)
    if request.state != StampState.ASKED:
        return
    seal = request.seal
    lock_seal(session, seal)
    checked = custody_check.require_custody(seal)
    what = custody_check.require_consents(request, checked, runtime.rules)
    made = pressing.press_once(runtime, request, checked, what)
    request.state = STAMP.advance(request.state, StampAct.STAMP)
    # Impressions of before the memory kept facts have no moment there.
    request.stamped_at = datetime.fromisoformat(made["at"]) if "at" in made else now()
    request.sealed_digest, request.page = made["sealed_digest"], made["page"]
    request.signer = made.get("signer", seal.signer)
    seal.uses = UnitSeal.uses + 1  # counted by the database: seal servers may work side by side
    record(
        Event.SEAL_USED,
        subject=seal,
        actor=request.asked_by,
        reference=request.reference,
        digest_before=request.digest,
        digest_after=request.sealed_digest,
        page=request.page,
        signer=request.signer,
    )
    hooks.stamped.call(session, request)


@job()
def forget_request(_runtime: Runtime, session: Session, *, request_id: int) -> None:
    """A request was called off: what its keepers consented to is good for nothing from now on."""
    request = session.get(StampRequest, request_id)
    if request is not None and request.state == StampState.FAILED:
        spending.spend(request)


@job()
def learn_lost_keys(_runtime: Runtime, session: Session) -> None:
    """Hardware keys were reported lost or revoked."""
    lost_keys.learn(session)


def _code_refused(session: Session, error: PortalError, *, request_id: int) -> None:
    request = session.get_one(CodeRequest, request_id, with_for_update=True, populate_existing=True)
    if request.code is None:
        request.error = str(error)
        hooks.code_failed.call(session, request)


@job(on_failure=_code_refused)
def sign_code(runtime: Runtime, session: Session, *, request_id: int) -> None:
    """Sign the facts of one copy with the unit's verification seal (S-1, X-5)."""
    request = session.get_one(CodeRequest, request_id, with_for_update=True, populate_existing=True)
    if request.code is not None:
        return
    seal = request.seal
    lock_seal(session, seal)
    checked = custody_check.require_custody(seal)
    custody_check.require_holder(request, checked)
    request.code, request.signed_at = code_signing.sign_once(runtime, request, checked)
    seal.uses = UnitSeal.uses + 1
    hooks.code_signed.call(session, request)


def _ceremony_failed(session: Session, error: PortalError, *, ceremony_id: int) -> None:
    ceremonies.fail(session, ceremony_id, error)


@job(on_failure=_ceremony_failed)
def prepare_ceremony(runtime: Runtime, session: Session, *, ceremony_id: int) -> None:
    """Look at the device, build the order and make the ceremony's transport key (S-4, S-5)."""
    ceremonies.prepare(runtime, session, ceremony_id)


@job(on_failure=_ceremony_failed)
def run_ceremony(runtime: Runtime, session: Session, *, ceremony_id: int) -> None:
    """Open the device under two shares, do the approved action, close it (S-5)."""
    ceremonies.run(runtime, session, ceremony_id)


@job()
def forget_ceremony(runtime: Runtime, session: Session, *, ceremony_id: int) -> None:
    """Forget the key of a ceremony that ended without result."""
    ceremonies.forget(session, ceremony_id)


@job()
def test_signature(runtime: Runtime, session: Session) -> None:
    """Sign a known message with the HSM: the readiness page wants one of the last minute."""
    held = device.current()
    held.prepared.keep(queries.live_ceremony_ids(session))  # another seal server may have been told of their end
    try:
        held.test_signature()
    except HsmError as error:
        log.error("test signature failed", error=error.code)
        device.unavailable(error)
        session.execute(delete(SignOfLife).where(SignOfLife.name == Process.SEAL_SERVER))
        return
    give_sign(session, Process.SEAL_SERVER, device_serial=held.settings.device.seals_serial)


@job()
def renew_statuses(runtime: Runtime, session: Session) -> None:
    """Sign fresh answers about every certificate of the Seal CA that may be asked for (K-2).

    Also of seals long destroyed: what they sealed is still being verified.
    """
    ca_pinning.bring_in(runtime, session)
    learn_refusals(runtime, session)
    _wait_for_acts(session)
    _sign_answers(session, _standings(session))


def learn_refusals(runtime: Runtime, session: Session) -> None:
    """See which hardware keys and which consents are good for nothing any more, should the job that tells be lost."""
    lost_keys.learn(session)
    spending.learn(session, runtime.rules)


def keep_statuses(session: Session) -> None:
    """Sign the answers that are stale. The seal server does so by its own clock, whoever takes promised work away."""
    if stale_statuses(session):
        _wait_for_acts(session)
        _sign_answers(session, stale_statuses(session))


def stale_statuses(session: Session) -> list[Standing]:
    """Learn what became of each seal; of which the answer changed, grew old, or isn't the last one signed."""
    given = {row.serial: row.response for row in session.scalars(select(CertificateStatus))}
    signed_since = now() - ANSWERED_ANEW
    return [one for one in _standings(session) if not one.is_said_by(given.get(one.serial), signed_since)]


def _wait_for_acts(session: Session) -> None:
    """An act under way is waited for, so that no answer of before is signed after it; the seals are read anew."""
    held = select(UnitSeal).order_by(UnitSeal.id).with_for_update(of=UnitSeal, read=True, key_share=True)
    session.scalars(held.execution_options(populate_existing=True)).all()


def _standings(session: Session) -> list[Standing]:
    return [Standing(device.current().time_stamping_certificate), *standings.of_seals(session)]


def _sign_answers(session: Session, wanted: list[Standing]) -> None:
    held = device.current()
    try:
        for one in wanted:
            answer = held.status(one.certificate, one.held_since, one.revoked_at, one.reason)
            session.merge(CertificateStatus(serial=one.serial, response=answer, signed_at=now()))
    except HsmError as error:
        log.error("device refused to sign statuses", error=error.code)
        raise device.unavailable(error) from error
