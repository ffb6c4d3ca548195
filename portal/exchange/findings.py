"""The result of the automatic checks (X-4), as it is kept with the delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from portal.core.text import N_
from portal.exchange.models import Delivery


class Check(StrEnum):
    """What is looked at, in the order of the page (GZ34, LYG 三（七）)."""

    SENDER = "sender"
    INTEGRITY = "integrity"
    ATTACHMENTS = "attachments"
    SEAL = "seal"
    LAYOUT = "layout"


CHECK_LABELS = {
    Check.SENDER: N_("Sender"),
    Check.INTEGRITY: N_("Integrity"),
    Check.ATTACHMENTS: N_("Attachments"),
    Check.SEAL: N_("Seal"),
    Check.LAYOUT: N_("Layout"),
}


class Outcome(StrEnum):
    """Passed; passed, but the clerk should know something; not passed."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line: what a check found, as a msgid with its parameters."""

    check: Check
    outcome: Outcome
    detail: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """All lines, or the msgid of why the checks could not be finished."""

    items: tuple[Finding, ...] = ()
    error: str | None = None

    @property
    def good(self) -> bool:
        """Whether every check was made and none is bad."""
        checked = {item.check for item in self.items}
        bad = any(item.outcome is Outcome.BAD for item in self.items)
        return self.error is None and checked == set(Check) and not bad

    def as_json(self) -> dict[str, Any]:
        """For the column."""
        items = [
            {"check": item.check, "outcome": item.outcome, "detail": item.detail, "params": item.params}
            for item in self.items
        ]
        return {"items": items, "error": self.error}

    @classmethod
    def of(cls, delivery: Delivery) -> Self | None:
        """What is kept with a delivery; None while the checks run."""
        kept = delivery.findings
        if kept is None:
            return None
        items = tuple(
            Finding(Check(item["check"]), Outcome(item["outcome"]), item["detail"], item["params"])
            for item in kept["items"]
        )
        return cls(items, kept["error"])
