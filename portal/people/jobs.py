"""Work of the people capability outside requests: password slips, short messages."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.people import gateway, mobile, slips
from portal.people.account_models import Message, PasswordSlip
from portal.people.lifecycle import MESSAGE, MessageAct, MessageState, SlipState


def _prepare_slip(work: Runtime, session: Session, slip_id: int) -> slips.Made | None:
    slip = session.get_one(PasswordSlip, slip_id)
    return slips.make(work, session, slip) if slip.state == SlipState.ASKED else None


def _slip_failed(session: Session, error: PortalError, slip_id: int) -> None:
    slips.take_failure(session.get_one(PasswordSlip, slip_id), error)


@job(on_failure=_slip_failed, prepare=_prepare_slip)
def make_slip(work: Runtime, session: Session, made: slips.Made | None = None, *, slip_id: int) -> None:
    """Make the passwords of a sheet and print it (A-1)."""
    slip = session.get_one(PasswordSlip, slip_id, with_for_update={"of": PasswordSlip}, populate_existing=True)
    if made is not None and slip.state == SlipState.ASKED:
        slips.take_made(work, session, slip, made)


@job()
def void_slips(work: Runtime, session: Session) -> None:
    """Void the sheets nobody fetched."""
    slips.void_old(work, session)


def _message_failed(session: Session, error: PortalError, message_id: int) -> None:
    message = session.get_one(Message, message_id)
    message.state, message.error, message.sealed = MESSAGE.advance(message.state, MessageAct.FAIL), str(error), None


@job(on_failure=_message_failed)
def send_message(work: Runtime, session: Session, message_id: int) -> None:
    """Hand a message to the gateway; afterwards its text is gone."""
    message = session.get_one(Message, message_id, with_for_update={"of": Message}, populate_existing=True)
    if message.state != MessageState.WAITING:
        return
    carrier = gateway.gateway_of(work)
    carrier.send(message.recipient, mobile.text_of(message))
    message.state, message.sent_at = MESSAGE.advance(message.state, MessageAct.SEND), now()
    if not carrier.keeps:
        message.sealed = None
