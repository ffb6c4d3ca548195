"""Applications and seals as pages show them: tones, the steps of GZ21, the custody record in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.text import N_
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.seals import accounts, certificates, custody
from portal.seals.kinds import FACTS
from portal.seals.lifecycle import (
    APPLICATION_LABELS,
    CEREMONY_LABELS,
    SEAL_LABELS,
    ApplicationAct,
    ApplicationState,
    CeremonyState,
    SealState,
    StampState,
)
from portal.seals.models import MAKING, ApplicationKind, Ceremony, SealApplication, UnitSeal
from portal.seals.use_models import CodeRequest, StampRequest

A = ApplicationState
APPLICATION_TONES = {
    A.APPLIED: "info",
    A.AGREED: "info",
    A.REVIEWED: "info",
    A.APPROVED: "active",
    A.FULFILLED: "good",
    A.REFUSED: "bad",
    A.WITHDRAWN: "neutral",
}
SEAL_TONES = {
    SealState.IN_CUSTODY: "good",
    SealState.SUSPENDED: "warn",
    SealState.REVOKED: "bad",
    SealState.DESTROYED: "neutral",
}
CEREMONY_TONES = {
    CeremonyState.CALLED: "info",
    CeremonyState.SEATED: "active",
    CeremonyState.OPEN: "active",
    CeremonyState.DONE: "good",
    CeremonyState.ABORTED: "bad",
    CeremonyState.EXPIRED: "neutral",
}
USE_LABELS = {
    StampState.ASKED: (N_("Waiting"), "info"),
    StampState.STAMPED: (N_("Stamped"), "good"),
    StampState.FAILED: (N_("Not stamped"), "bad"),
}
DECISION_LABELS = {
    ApplicationAct.AGREE: N_("Unit head agrees"),
    ApplicationAct.REVIEW: N_("Secretariat reviews"),
    ApplicationAct.APPROVE: N_("Office leader approves"),
}
_DECIDED = {
    ApplicationAct.AGREE: Event.SEAL_APPLICATION_AGREED,
    ApplicationAct.REVIEW: Event.SEAL_APPLICATION_REVIEWED,
    ApplicationAct.APPROVE: Event.SEAL_APPLICATION_APPROVED,
}
_STOPPED = {
    Event.SEAL_APPLICATION_REFUSED: N_("Application refused"),
    Event.SEAL_APPLICATION_WITHDRAWN: N_("Application withdrawn"),
}
# The way of an application (GZ21, GZ23); a step is done from the state in which it is listed on.
_WAY: tuple[tuple[str, ApplicationState | None], ...] = (
    (N_("Unit applies"), A.APPLIED),
    (DECISION_LABELS[ApplicationAct.AGREE], A.AGREED),
    (DECISION_LABELS[ApplicationAct.REVIEW], A.REVIEWED),
    (DECISION_LABELS[ApplicationAct.APPROVE], A.APPROVED),
    (N_("Ceremony makes the seals"), A.FULFILLED),
)
_ORDER = (A.APPLIED, A.AGREED, A.REVIEWED, A.APPROVED, A.FULFILLED)


def application_badge(application: SealApplication) -> tuple[str, str]:
    """Msgid and tone of its state."""
    state = ApplicationState(application.state)
    if state is A.FULFILLED and application.kind not in MAKING:
        return N_("Carried out"), APPLICATION_TONES[state]
    return APPLICATION_LABELS[state], APPLICATION_TONES[state]


def seal_badge(seal: UnitSeal) -> tuple[str, str]:
    """Msgid and tone of its state."""
    state = SealState(seal.state)
    return SEAL_LABELS[state], SEAL_TONES[state]


def ceremony_badge(ceremony: Ceremony) -> tuple[str, str]:
    """Msgid and tone of its state."""
    state = CeremonyState(ceremony.state)
    return CEREMONY_LABELS[state], CEREMONY_TONES[state]


def way_of(application: SealApplication) -> list[dict[str, str]]:
    """The steps of the application for the `steps` macro; labels are msgids."""
    state = ApplicationState(application.state)
    stopped = state not in _ORDER
    reached = len(application.approvals) if stopped else _ORDER.index(state)
    next_state = "refused" if state is A.REFUSED else "skipped" if stopped else "current"
    items = []
    last = FACTS[ApplicationKind(application.kind)].done
    labels = [*(label for label, _ in _WAY[:-1]), last]
    for place, label in enumerate(labels):
        after = "done" if place <= reached else next_state if place == reached + 1 else "waiting"
        items.append({"label": label, "state": "skipped" if stopped and place > reached + 1 else after})
    return items


@dataclass(frozen=True)
class Use:
    """One line of a use book; `label` and `error` are msgids, `copy` is the number of a printed copy."""

    purpose: str
    digest: str
    copy: str
    who: str
    at: datetime
    page: int | None
    label: str
    tone: str
    error: str | None


def use_of(request: StampRequest | CodeRequest) -> Use:
    """A stamping, or the signing of a copy's code, as a line of the book."""
    if isinstance(request, StampRequest):
        label, tone = USE_LABELS[StampState(request.state)]
        at = request.stamped_at or request.asked_at
        who, error = request.asked_by.name, request.error
        return Use(request.purpose, request.digest, "", who, at, request.page, label, tone, error)
    label, tone = (N_("Signed"), "good") if request.signed_at else (N_("Waiting for the signature"), "info")
    if request.error:
        label, tone = N_("Not signed"), "bad"
    facts, at = request.facts, request.signed_at or request.asked_at
    copy, who = f"{facts['copy']}/{facts['copies']}", request.asked_by.name
    return Use(facts["title"], facts["digest"], copy, who, at, None, label, tone, request.error)


@dataclass(frozen=True)
class Happening:
    """One line of an application's course; `what` is a msgid."""

    what: str
    person_id: int | None
    at: datetime
    opinion: str
    state: str = "done"
    acting_for_id: int | None = None


def course_of(application: SealApplication, history: Sequence[LedgerEvent]) -> list[Happening]:
    """Who applied, decided, refused or withdrew, in order."""
    course = [Happening(N_("Unit applies"), application.applicant_id, application.applied_at, application.reason)]
    acted = {event.kind: event.acting_for_id for event in history}
    for approval in application.approvals:
        label = DECISION_LABELS[ApplicationAct(approval.act)]
        stood_for = acted.get(_DECIDED[ApplicationAct(approval.act)])
        course.append(Happening(label, approval.person_id, approval.at, approval.opinion, acting_for_id=stood_for))
    for event in history:
        if (kind := Event(event.kind)) in _STOPPED:
            opinion = str(event.facts.get("opinion", ""))
            course.append(Happening(_STOPPED[kind], event.actor_id, event.at, opinion, "refused", event.acting_for_id))
    return course


def certificate_of(seal: UnitSeal) -> certificates.Description:
    """What the seal's certificate says."""
    return certificates.describe(certificates.load(seal.certificate.encode()))


def sides_of(application: SealApplication) -> dict[int, str]:
    """Where carrier and password are kept apart: which of both each keeper has, a msgid by person."""
    return {
        member: custody.GROUP_LABELS[group["name"]]
        for group in (application.details or {}).get("groups", ())
        for member in group["members"]
    }


CEREMONY_STEPS = {
    Event.CEREMONY_CALLED: N_("Ceremony called"),
    Event.CEREMONY_SEAT_TAKEN: N_("Seat taken, second factor given"),
    Event.CEREMONY_SHARE_GIVEN: N_("Share entered"),
    Event.CEREMONY_SHARE_REFUSED: N_("Share refused"),
    Event.CEREMONY_OPENED: N_("Both shares given, device to be opened"),
    Event.CEREMONY_CA_RENEWED: N_("New certificate of the Seal CA pinned"),
    Event.CEREMONY_ORPHANS_CLEARED: N_("Left-over keys destroyed"),
    Event.CEREMONY_REMARKED: N_("Remark written down"),
    Event.CEREMONY_RENUMBERED: N_("Counted under a higher number: the database is older than the seal server's memory"),
    Event.CEREMONY_SHARES_ROTATED: N_("New shares are in force"),
    Event.CEREMONY_DONE: N_("Result entered into the register"),
    Event.CEREMONY_ABORTED: N_("Ceremony ended without result"),
}
# The device's own words (`hsm.acts`) for what it did.
DEVICE_STEPS = {
    "opened": N_("Device opened under both shares"),
    "orphan-destroyed": N_("Left-over key destroyed"),
    "key-made": N_("Key made on the device"),
    "certificate-issued": N_("Certificate issued"),
    "custody-signed": N_("Custody record signed"),
    "crl-signed": N_("Revocation list signed"),
    "key-destroyed": N_("Key destroyed"),
    "key-absent": N_("Key was gone already"),
    "pin-proved": N_("Old shares proved"),
    "pin-changed": N_("PIN changed to the new shares"),
    "ca-renewed": N_("New certificate of the Seal CA issued"),
}
# What a PIN is for, under the names of `hsm.shares.Purpose`.
PIN_LABELS = {
    "ceremony_pin": N_("Ceremony PIN, entered at each ceremony"),
    "ceremony_so_pin": N_("PIN of the ceremony token's officer"),
    "seals_so_pin": N_("PIN of the seals token's officer"),
}


def device_course(ceremony: Ceremony) -> list[dict[str, Any]]:
    """What the device did, when, to which key; `what` and `about` are msgids."""
    return [
        {
            "what": DEVICE_STEPS.get(step["step"], step["step"]),
            "about": PIN_LABELS.get(step["about"], step["about"]),
            "at": datetime.fromisoformat(step["at"]),
        }
        for step in accounts.facts_of(ceremony).get("steps", ())
    ]
