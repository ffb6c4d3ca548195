"""The seal server's part of a ceremony: check the room again, open the device by an exec'd child, keep the result."""

from __future__ import annotations

import hashlib
from typing import Any

import structlog
from sqlalchemy.orm import Session

from hsm import ceremony as ceremony_child
from hsm.errors import EnvelopeStrange, HsmError, SharesSame, SharesSwapped, ShareTypo, ShareWrong
from hsm.transcript import Transcript
from portal.core.clock import now
from portal.core.errors import PortalError, Refused
from portal.core.jobs import Elsewhere, Queue, enqueue
from portal.core.runtime import Runtime
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import accounts, aftermath, device, envelope, one_at_a_time, opening, order_words, queries, room_check
from portal.seals.ceremonies import MOST_WRONG_SHARES, end, time_for
from portal.seals.lifecycle import (
    APPLICATION,
    CEREMONY,
    ApplicationAct,
    CeremonyAct,
    CeremonyState,
)
from portal.seals.models import Ceremony
from portal.seals.operations import STATUS_JOB
from portal.seals.rites import Rite, ending, rite_of

log = structlog.get_logger(__name__)

_SHARE_TROUBLES: tuple[tuple[type[HsmError], str], ...] = (
    (SharesSame, N_("The same share was entered twice. Each office enters its own share.")),
    (SharesSwapped, N_("The two shares were entered in each other's place. Each office enters its own share.")),
)
_SHARE_TYPO = {
    "A": N_("The share of the secrecy office has a typing error. Compare it with the sheet group by group."),
    "B": N_("The share of the information centre has a typing error. Compare it with the sheet group by group."),
}
_SHARE_WRONG = {
    "A": N_("The share of the secrecy office is not the right one."),
    "B": N_("The share of the information centre is not the right one."),
    "AB": N_("Neither share is the right one."),
}


def prepare(runtime: Runtime, session: Session, ceremony_id: int) -> None:
    """Look at the device, build the order it will be given, and make the key to which the browsers encrypt the shares.

    From here on, shares typed in this room open the device for this order alone.
    """
    ceremony = queries.lock_ceremony(session, ceremony_id)
    held = device.current()
    # Ceremonies aborted or expired by others than us: with their keys, shares in a backup could be read.
    held.prepared.keep(queries.live_ceremony_ids(session))
    if ceremony.state not in queries.LIVE_CEREMONIES or ceremony.transport_key is not None:
        return
    room_check.require_application(ceremony)
    try:
        held.test_signature()
        ending.settle(session, ceremony)
        ceremony.device = held.describe() | _to_be_cleared(session, ceremony)
        _number(session, ceremony)
        action = rite_of(ceremony).order(runtime, session, ceremony)
    except HsmError as error:
        raise device.unavailable(error) from error
    ceremony.transport_key = held.prepared.add(ceremony, action, time_for(ceremony.application, runtime.rules))
    # The operators compare these lines with their pages (docs/operations.md).
    log.info(
        "ceremony prepared",
        ceremony=ceremony.id,
        fingerprint=envelope.fingerprint(ceremony.transport_key),
        application=envelope.grouped(action.approval),
        does=order_words.lines_of(action),
    )


def _to_be_cleared(session: Session, ceremony: Ceremony) -> dict[str, Any]:
    """The keys that this ceremony will destroy as left-overs, for all to see before a share is typed."""
    if ceremony.application.kind not in ending.CLEARING:
        return {}
    return {"left_overs": ending.left_overs(session)}


def _number(session: Session, ceremony: Ceremony) -> None:
    """Give the ceremony its number: a record signed under one that is remembered already would count as an old one.

    Its row's, but where an older database was restored, whose rows count from further below.
    """
    known = max(device.current().memory.newest(), queries.newest_number_before(session, ceremony.id))
    ceremony.sequence = max(ceremony.id, known + 1)
    if ceremony.sequence != ceremony.id:
        log.warning("the register is older than the seal server's memory", ceremony=ceremony.id, remembered=known)
        record(Event.CEREMONY_RENUMBERED, subject=ceremony, number=ceremony.sequence, remembered=known)


def fail(session: Session, ceremony_id: int, error: PortalError) -> None:
    """End a ceremony that the device or the checks refused."""
    ceremony = queries.lock_ceremony(session, ceremony_id)
    if CEREMONY.allows(ceremony.state, CeremonyAct.ABORT):
        ceremony.trouble, ceremony.trouble_params = error.message, {key: str(one) for key, one in error.params.items()}
        if ceremony.state == CeremonyState.OPEN:
            ceremony.aftermath = aftermath.look(session, ceremony)
        end(ceremony, CeremonyAct.ABORT, str(error))
    device.current().prepared.forget(ceremony_id)


def forget(session: Session, ceremony_id: int) -> None:
    """A ceremony ended without result: its key goes, and register and device are compared."""
    ceremony = queries.lock_ceremony(session, ceremony_id)
    if ceremony.state in queries.LIVE_CEREMONIES or ceremony.state == CeremonyState.DONE:
        return
    device.current().prepared.forget(ceremony_id)
    found = aftermath.look(session, ceremony)
    if found.get("ended") or found.get("left"):
        ceremony.aftermath = found


def run(runtime: Runtime, session: Session, ceremony_id: int) -> None:
    """Open the device for the approved application and keep what was made, in one transaction."""
    ceremony, held = queries.lock_ceremony(session, ceremony_id), device.current()
    if ceremony.state != CeremonyState.OPEN:
        return
    if held.prepared.is_elsewhere(ceremony):
        raise Elsewhere(f"another seal server prepared ceremony {ceremony_id}")
    one_at_a_time.hold_device(session, held.settings_path)
    held.prepared.require(ceremony)
    room_check.require_application(ceremony)
    room_check.require_room(ceremony)
    rite = rite_of(ceremony)
    try:
        action = rite.order(runtime, session, ceremony)
    except HsmError as error:
        raise device.unavailable(error) from error
    held.prepared.require_order(ceremony, action)
    try:
        transcript = ceremony_child.run_child(
            held.settings_path,
            "",
            "",
            action,
            room=accounts.room_of(ceremony),
            sealed=opening.sealed_shares(ceremony),
        )
    except (ShareTypo, ShareWrong) as error:
        _share_refused(ceremony, error)
        return
    except EnvelopeStrange as error:
        log.warning("a share could not be opened", ceremony=ceremony.id, holder=error.which)
        raise Refused("A share did not belong to this ceremony, or to what its room showed. Call a new one.") from error
    except HsmError as error:
        log.error("ceremony failed", error=error.code, ceremony=ceremony.id)
        raise device.unavailable(error) from error
    _keep(session, ceremony, transcript, rite)
    held.prepared.forget(ceremony.id)


def _share_refused(ceremony: Ceremony, error: HsmError) -> None:
    """A wrong share: the shares are forgotten, the people told which; after three the ceremony ends."""
    ceremony.trouble_params = None
    ceremony.trouble = next(
        (text for kind, text in _SHARE_TROUBLES if isinstance(error, kind)),
        (_SHARE_TYPO if isinstance(error, ShareTypo) else _SHARE_WRONG).get(error.which, _SHARE_WRONG["AB"]),
    )
    ceremony.wrong_shares += 1
    for row in ceremony.seats:
        row.share = None
    record(Event.CEREMONY_SHARE_REFUSED, subject=ceremony, seat=error.which, why=error.code)
    if ceremony.wrong_shares >= MOST_WRONG_SHARES:
        end(ceremony, CeremonyAct.ABORT, "wrong shares")
        device.current().prepared.forget(ceremony.id)
        return
    ceremony.state = CEREMONY.advance(ceremony.state, CeremonyAct.SHARE_REFUSED)


def _keep(session: Session, ceremony: Ceremony, transcript: Transcript, rite: Rite) -> None:
    """Enter what was done into the register; until this commits, new keys are orphans nobody can use."""
    application = ceremony.application
    for row in ceremony.seats:
        row.share = None
    ceremony.transcript = transcript.to_json()
    ceremony.state = CEREMONY.advance(ceremony.state, CeremonyAct.FINISH)
    ceremony.ended_at, ceremony.trouble, ceremony.trouble_params = now(), None, None
    application.state = APPLICATION.advance(application.state, ApplicationAct.FULFIL)
    seals = rite.keep(session, ceremony, transcript)
    session.flush()
    ending.require_made(seals, transcript)
    record(
        Event.CEREMONY_DONE,
        subject=ceremony,
        actor=ceremony.called_by,
        transcript_digest=hashlib.sha256(transcript.body).hexdigest(),
        seals=[seal.id for seal in seals],
    )
    enqueue(session, Queue.SEAL, STATUS_JOB)
