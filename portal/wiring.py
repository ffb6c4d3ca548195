"""Connects the hooks of lower capabilities to the functions upper ones offer; called by every process."""

from __future__ import annotations

from portal.documents import operations as documents
from portal.exchange import claiming
from portal.exchange import operations as exchange
from portal.people import delegations
from portal.people import hooks as people
from portal.seals import hooks as seals


def wire() -> None:
    """Connect everything; calling it again is harmless."""
    seals.stamped.connect(documents.take_stamped)
    seals.stamp_failed.connect(documents.take_stamp_failure)
    seals.code_signed.connect(exchange.take_signed_code)
    seals.code_failed.connect(exchange.take_code_failure)
    people.open_work.connect(claiming.open_work)
    people.open_work.connect(delegations.open_work)
    people.hand_over.connect(claiming.hand_over)
    people.hand_over.connect(delegations.hand_over)
