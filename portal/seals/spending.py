"""Requests that failed or were called off: the seal server remembers that what was consented to is spent (S-6).

Their rows could be put back as if they waited still, with consents that were honest once. Only the seal server imports
this module.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.rules import ExchangeRules
from portal.seals import consent, custody, custody_check, device
from portal.seals.lifecycle import StampState
from portal.seals.use_models import StampRequest


def spend(request: StampRequest) -> None:
    """The request ended without a stamp: nothing is stamped on its consents any more."""
    if (identity := _identity(request)) is not None:
        device.current().memory.refusals.spend([identity])


def learn(session: Session, rules: ExchangeRules) -> None:
    """See what failed lately, should the job that tells have been lost; older consents are refused for their age."""
    since = now() - 2 * timedelta(hours=rules.consent_hours)
    failed = (StampRequest.state == StampState.FAILED, StampRequest.asked_at > since)
    found = [_identity(request) for request in session.scalars(select(StampRequest).where(*failed))]
    device.current().memory.refusals.spend(identity for identity in found if identity is not None)


def _identity(request: StampRequest) -> str | None:
    """What was to be stamped, under the certificate that a ceremony signed for; None where none did."""
    try:
        facts, _certificate = custody_check.genuine_record(request.seal)
    except (Refused, ValueError):
        return None
    return consent.matter_of(request, custody.read(facts)).identity
