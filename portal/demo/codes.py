"""Codes of the demo accounts' second factors, for whoever tries the portal without a phone. In the demo only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import NotFound, Refused
from portal.core.runtime import current
from portal.people import queries, second_factor
from portal.people.second_factor import STEP_SECONDS, WINDOW


@dataclass(frozen=True)
class DemoCode:
    """A code that hasn't been used: acceptable after `wait` seconds (mostly 0) and then for `lasts` seconds."""

    code: str
    wait: int
    lasts: int


def code(session: Session, account: str) -> DemoCode:
    """The next usable code of an account. Raises Refused outside the demo or without second factor, NotFound."""
    if not current().settings.demo:
        raise Refused("Codes are shown in the demo only.")
    person = queries.by_account(session, account)
    if person is None:
        raise NotFound("There is no account %(account)s.", account=account)
    if person.totp_seed is None:
        raise Refused("The account %(account)s has no second factor.", account=account)
    used = person.totp_last_step
    step = second_factor.step_now() if used is None else max(second_factor.step_now(), used + 1)
    seconds = int(now().timestamp())
    wait = max(0, (step - WINDOW) * STEP_SECONDS - seconds)
    lasts = (step + WINDOW + 1) * STEP_SECONDS - seconds - wait
    return DemoCode(second_factor.code_of(second_factor.seed_of(person), step), wait, lasts)
