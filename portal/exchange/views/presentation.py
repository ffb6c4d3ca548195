"""What the pages of the exchange show: tones, timelines, findings in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.exchange import counting, history, queries
from portal.exchange.findings import CHECK_LABELS, Check, Findings
from portal.exchange.lifecycle import CopyState, DeliveryState
from portal.exchange.models import Delivery

TONES = {
    DeliveryState.DELIVERED: "info",
    DeliveryState.OPENED: "active",
    DeliveryState.CHECKED: "active",
    DeliveryState.RECEIVED: "good",
    DeliveryState.RETURNED: "bad",
    DeliveryState.RECALLED: "neutral",
}
COPY_TONES = {
    CopyState.ASKED: "active",
    CopyState.SIGNED: "active",
    CopyState.READY: "good",
    CopyState.FAILED: "bad",
}
MARKS = {"特急": "urgent", "加急": "priority"}


def is_late(delivery: Delivery) -> bool:
    """Whether the recipient should have received it by now (X-9)."""
    return delivery.state in queries.WAITING and delivery.delivered_at < counting.overdue_since()


def due(delivery: Delivery) -> datetime | None:
    """By when it is to be received; None when it is."""
    return delivery.delivered_at + counting.reception_time() if delivery.state in queries.WAITING else None


def timeline(session: Session, delivery: Delivery) -> list[dict[str, Any]]:
    """What happened, newest first, for the macro."""
    return [_entry(item) for item in reversed(history.of(session, delivery))]


def _entry(item: history.Happening) -> dict[str, Any]:
    params = {key: gettext(value) if key == "how" else value for key, value in item.params.items()}
    return {
        "what": gettext(item.what),
        "who": item.who or gettext("The system"),
        "acting_for": item.acting_for,
        "unit": item.unit,
        "at": item.at,
        "opinion": item.opinion,
        "detail": gettext(item.detail) % params if item.detail else "",
        "state": "refused" if item.refused else "done",
    }


def checks(findings: Findings | None) -> list[dict[str, Any]]:
    """Every check with its lines, in the order of the page; without lines while it runs."""
    lines: dict[Check, list[dict[str, str]]] = {check: [] for check in Check}
    for item in findings.items if findings else ():
        lines[item.check].append({"outcome": item.outcome, "text": filled(item.detail, item.params)})
    return [{"label": gettext(CHECK_LABELS[check]), "lines": lines[check]} for check in Check]


def said(stored: str) -> str:
    """A stored sentence in the reader's language; plain text, where `_` in a template would trust it as markup."""
    return str(gettext(stored))


def filled(message: str, params: dict[str, Any]) -> str:
    """A msgid in the reader's language, with its parameters."""
    text = gettext(message)
    return text % params if params else text


def counts_as(moment: datetime | None = None) -> dict[str, Any]:
    """The day a sending now would count as, and whether that is today."""
    at = moment or now()
    day = counting.counted_day(at)
    return {"day": day, "today": day == counting.city_day(at)}
