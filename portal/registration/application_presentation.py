"""How applications are shown: tones, the way they go, the course they took."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.core.text import N_
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.registration.application_lifecycle import IN_HAND, JOIN_LABELS, WAITING, JoinState
from portal.registration.application_models import UnitApplication
from portal.registration.evidence import EVIDENCE_LABELS, NEEDED, Evidence
from portal.units.models import UNIT_KIND_LABELS, Tier, UnitKind

TONES = {
    JoinState.ENTERED: "neutral",
    JoinState.SUBMITTED: "info",
    JoinState.FILED: "info",
    JoinState.RETURNED: "warn",
    JoinState.REGISTERED: "good",
    JoinState.REFUSED: "bad",
    JoinState.WITHDRAWN: "neutral",
}
TIERS = {Tier.CITY: N_("City's own"), Tier.DISTRICT: N_("District's")}
COURSE = {
    Event.UNIT_APPLICATION_ENTERED: (N_("Application entered"), "done"),
    Event.UNIT_APPLICATION_CHANGED: (N_("Application changed"), "done"),
    Event.UNIT_APPLICATION_SUBMITTED: (N_("Application submitted"), "done"),
    Event.UNIT_APPLICATION_FILED: (N_("Agreed and filed with the municipal office"), "done"),
    Event.UNIT_APPLICATION_RETURNED: (N_("Returned for completion"), "refused"),
    Event.UNIT_APPLICATION_REFUSED: (N_("Refused"), "refused"),
    Event.UNIT_APPLICATION_REGISTERED: (N_("Registered"), "done"),
    Event.UNIT_APPLICATION_WITHDRAWN: (N_("Withdrawn"), "refused"),
}


def badge(application: UnitApplication) -> tuple[str, str]:
    """Label (msgid) and tone of the state."""
    state = JoinState(application.state)
    return JOIN_LABELS[state], TONES[state]


def kind(application: UnitApplication) -> str:
    """The msgid of the unit's kind."""
    return UNIT_KIND_LABELS[UnitKind(application.kind)]


def tier(application: UnitApplication) -> str:
    """The msgid of the unit's tier."""
    return TIERS[Tier(application.tier)]


def in_hand(application: UnitApplication) -> bool:
    """Whether the applicant may still change it."""
    return application.state in IN_HAND


def in_review(application: UnitApplication) -> bool:
    """Whether an authority has it in hand."""
    return application.state in WAITING


def papers(application: UnitApplication) -> list[tuple[str, list[Any], bool]]:
    """Each kind of evidence: its msgid, the files brought, whether it is needed."""
    needed = NEEDED[UnitKind(application.kind)]
    rows = [(EVIDENCE_LABELS[kind], application.brought(kind), True) for kind in needed]
    others = [file for file in application.files if file.evidence not in needed]
    return [*rows, (EVIDENCE_LABELS[Evidence.OTHER], others, False)] if others else rows


def form_name(application: UnitApplication) -> str:
    """What the printed form is called when it is kept."""
    return f"业务申请表（{application.name}）.pdf"


def way(application: UnitApplication) -> list[tuple[str, str]]:
    """The steps of the whole way (msgid, state); a district's application has one more."""
    labels = [N_("Fill in"), N_("Submit with evidence"), N_("Examination by the municipal office"), N_("Registered")]
    if application.district_id is not None:
        labels.insert(2, N_("Examination by the district, filing"))
    state, last = JoinState(application.state), len(labels) - 1
    if state is JoinState.REGISTERED:
        return [(label, "done") for label in labels]
    at = {JoinState.FILED: last - 1, JoinState.SUBMITTED: 2, JoinState.REFUSED: last}.get(state, 1)
    stopped = state in (JoinState.REFUSED, JoinState.WITHDRAWN)
    return [
        (label, "done" if place < at else ("refused" if stopped else "current") if place == at else "waiting")
        for place, label in enumerate(labels)
    ]


def course(events: Iterable[LedgerEvent], people: dict[int, Any]) -> list[dict[str, Any]]:
    """The timeline from the ledger, oldest first; people are those of `people` by id."""
    lines = []
    for event in events:
        if Event(event.kind) not in COURSE:
            continue
        what, state = COURSE[Event(event.kind)]
        who, principal = people.get(event.actor_id or 0), people.get(event.acting_for_id or 0)
        lines.append(
            {
                "what": what,
                "state": state,
                "at": event.at,
                "who": who.name if who else "",
                "unit": who.unit.short_name if who else "",
                "acting_for": principal.name if principal else "",
                "opinion": event.facts.get("opinion"),
            }
        )
    return lines
