"""Connects the hooks of lower capabilities to the functions upper ones offer; called by every process."""

from __future__ import annotations

from portal.documents import operations as documents
from portal.exchange import operations as exchange
from portal.people import gaps
from portal.seals import hooks as seals
from portal.seals import unit_facts
from portal.units import hooks as units


def wire() -> None:
    """Connect everything; calling it again is harmless."""
    seals.stamped.connect(documents.take_stamped)
    seals.stamp_failed.connect(documents.take_stamp_failure)
    seals.code_signed.connect(exchange.take_signed_code)
    seals.code_failed.connect(exchange.take_code_failure)
    units.unit_facts.connect(unit_facts.seals_of)
    units.unit_gaps.connect(gaps.no_exchange_clerk)
