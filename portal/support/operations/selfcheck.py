"""The self-check of a computer (IG6, GZ10, U-9): what its page found, kept as the unit's record."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Invalid
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.support import words
from portal.support.models import SelfCheck
from portal.support.queries import selfcheck as queries


class Light(StrEnum):
    """Ready, ready with a reservation, not ready, or not found out (without script)."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


CHECKS: dict[str, str] = {
    "connection": N_("Encrypted connection"),
    "address": N_("Address seen by the server"),
    "cookies": N_("Cookies"),
    "javascript": N_("JavaScript"),
    "browser": N_("Browser"),
    "crypto": N_("Encryption in the browser"),
    "key": N_("Hardware key"),
    "fonts": N_("Chinese fonts"),
    "screen": N_("Screen"),
    "clock": N_("Clock"),
    "printer": N_("Printer"),
}
SERVER_CHECKS = frozenset({"connection", "address", "cookies"})
"""What the server sees by itself; the browser isn't asked about these."""


def keep(
    session: Session,
    person: Person,
    *,
    computer: str,
    seen: Mapping[str, Light],
    told: Mapping[str, str],
    address: str,
    agent: str,
) -> SelfCheck:
    """Keep the newest findings of one computer: `seen` by the server, `told` by the browser. Raises Invalid."""
    name = words.line(computer, "computer", longest=60)
    findings = {key: str(seen.get(key) or _light(told.get(key, ""))) for key in CHECKS}
    words.one_at_a_time(session, person.unit)
    check = queries.of_computer(session, person.unit_id, name) or SelfCheck(unit_id=person.unit_id, computer=name)
    check.person_id, check.at, check.findings = person.id, now(), findings
    check.worst = worst(findings)
    check.address, check.agent = address[:60], agent[:200]
    session.add(check)
    session.flush()
    record(Event.SELF_CHECK_KEPT, subject=check, actor=person, computer=name, worst=check.worst)
    return check


def worst(findings: Mapping[str, str]) -> Light:
    """The worst light; what wasn't found out counts as a reservation."""
    lights = set(findings.values())
    if Light.BAD in lights:
        return Light.BAD
    return Light.WARN if lights & {Light.WARN, Light.UNKNOWN} else Light.GOOD


def _light(value: str) -> Light:
    try:
        return Light(value or Light.UNKNOWN)
    except ValueError:
        raise Invalid("The findings could not be read: check again, then send them.") from None
