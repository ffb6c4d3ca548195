"""The seal server's part of a ceremony: check the room again, open the device by an exec'd child, keep the result."""

from __future__ import annotations

import hashlib
from typing import Any

import structlog
from sqlalchemy.orm import Session

from hsm import ceremony as ceremony_child
from hsm.errors import HsmError, SharesSame, SharesSwapped, ShareTypo, ShareWrong
from hsm.transcript import Transcript
from portal.core.clock import now
from portal.core.errors import PortalError, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import aftermath, device, envelope, one_at_a_time, opening, queries
from portal.seals.applications import lock, require_head, require_untouched
from portal.seals.ceremonies import MOST_WRONG_SHARES, PRESENCE, SEAT_ROLES, end
from portal.seals.lifecycle import (
    APPLICATION,
    CEREMONY,
    ApplicationAct,
    ApplicationState,
    CeremonyAct,
    CeremonyState,
)
from portal.seals.losses import require_reported
from portal.seals.models import Ceremony, Seat
from portal.seals.operations import STATUS_JOB
from portal.seals.rites import Rite, ending, rite_of

log = structlog.get_logger(__name__)

# What three people other than the applicant must have decided (GZ21).
DECISIONS = frozenset({ApplicationAct.AGREE, ApplicationAct.REVIEW, ApplicationAct.APPROVE})
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


def prepare(session: Session, ceremony_id: int) -> None:
    """Look at the device and make the key to which the browsers encrypt the shares."""
    ceremony = queries.lock_ceremony(session, ceremony_id)
    held = device.current()
    # Ceremonies aborted or expired by others than us: with their keys, shares in a backup could be read.
    held.keep_transport_keys(queries.live_ceremony_ids(session))
    if ceremony.state not in queries.LIVE_CEREMONIES or ceremony.transport_key is not None:
        return
    try:
        held.test_signature()
        ending.settle(session, ceremony)
        ceremony.device = held.describe() | _to_be_cleared(session, ceremony)
    except HsmError as error:
        raise device.unavailable(error) from error
    _number(session, ceremony)
    ceremony.transport_key = held.new_transport_key(ceremony.id)
    # The operators compare this line with their pages (docs/operations.md).
    log.info("ceremony prepared", ceremony=ceremony.id, fingerprint=envelope.fingerprint(ceremony.transport_key))


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
    device.current().forget_transport_key(ceremony_id)


def run(runtime: Runtime, session: Session, ceremony_id: int) -> None:
    """Open the device for the approved application and keep what was made, in one transaction."""
    ceremony = queries.lock_ceremony(session, ceremony_id)
    if ceremony.state != CeremonyState.OPEN:
        return
    one_at_a_time.hold_device(session, device.current().settings_path)
    _require_room(ceremony)
    rite = rite_of(ceremony)
    try:
        action = rite.order(runtime, session, ceremony)
    except HsmError as error:
        raise device.unavailable(error) from error
    secrets = opening.secrets_of(ceremony)
    try:
        transcript = ceremony_child.run_child(
            device.current().settings_path, secrets.share_a, secrets.share_b, action, sheets=secrets.sheets
        )
    except (ShareTypo, ShareWrong) as error:
        _share_refused(ceremony, error)
        return
    except HsmError as error:
        log.error("ceremony failed", error=error.code, ceremony=ceremony.id)
        raise device.unavailable(error) from error
    finally:
        del secrets
    _keep(session, ceremony, transcript, rite)
    device.current().forget_transport_key(ceremony.id)


def _require_room(ceremony: Ceremony) -> None:
    """Three different people in their three seats, present, each with their role, the application as approved."""
    application = ceremony.application
    session = lock(application)  # what is looked at here is what is carried out
    require_untouched(application)
    require_head(application)
    require_reported(session, application)
    if ceremony.application_hash != application.content_hash or application.state != ApplicationState.APPROVED:
        raise Refused("The application was changed after it was approved; the approvals are void.")
    decided = {approval.act: approval.person_id for approval in application.approvals}
    if not decided.keys() >= DECISIONS or len({application.applicant_id, *decided.values()}) <= len(DECISIONS):
        raise Refused("A ceremony needs an application approved by the leader of the office.")
    seats = {Seat(row.seat): row for row in ceremony.seats}
    people = {row.person_id for row in ceremony.seats}
    if set(seats) != set(Seat) or len(people) != len(Seat) or application.applicant_id in people:
        raise Refused("The ceremony needs three different people in their three seats.")
    for seat, row in seats.items():
        if SEAT_ROLES[seat] not in row.person.own_roles or row.person.closed_at is not None:
            raise Refused("A person in the room doesn't hold the role of the seat any more.")
        # The job may start a little after the second share came in.
        if now() - row.present_at > 3 * PRESENCE:
            raise Refused("All three people must be present at the same time.")


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
        device.current().forget_transport_key(ceremony.id)
        return
    ceremony.state = CEREMONY.advance(ceremony.state, CeremonyAct.SHARE_REFUSED)


def _keep(session: Session, ceremony: Ceremony, transcript: Transcript, rite: Rite) -> None:
    """Enter what was done into the register; until this commits, new keys are orphans nobody can use."""
    application = ceremony.application
    for row in ceremony.seats:
        row.share = None
    ceremony.transcript = {
        **transcript.to_json(),
        "people": {row.seat: row.person.name for row in ceremony.seats},
    }
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
