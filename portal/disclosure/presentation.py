"""What pages say of a request, inside and on the applicant's own page."""

from __future__ import annotations

from typing import Any

from portal.core.clock import now
from portal.core.text import N_
from portal.disclosure.lifecycle import REQUEST_LABELS, REQUEST_TONES, RUNNING, RequestState
from portal.disclosure.request_models import DisclosureRequest
from portal.disclosure.words import ANSWER_LABELS, APPLICANT_LABELS, WAY_LABELS, AnswerKind, ApplicantKind, Way

STEP_LABELS = {
    "received": N_("Request received"),
    "accepted": N_("Accepted"),
    "handed-over": N_("Handed over within the unit"),
    "correction-asked": N_("Correction asked for"),
    "corrected": N_("Corrected"),
    "extended": N_("Time extended"),
    "answered": N_("Answer given"),
    "delivered": N_("Answer delivered"),
    "withdrawn": N_("Withdrawn by the applicant"),
    "lapsed": N_("Lapsed without correction"),
}
_ORDER = (RequestState.RECEIVED, RequestState.IN_HAND, RequestState.ANSWERED, RequestState.DELIVERED)
_WAY = (N_("Request received"), N_("In hand"), N_("Answer given"), N_("Answer delivered"))


def request_values(request: DisclosureRequest) -> dict[str, Any]:
    """The words and marks of a request's page; labels are msgids."""
    state = RequestState(request.state)
    return {
        "asked": request,
        "state": (REQUEST_LABELS[state], REQUEST_TONES[state]),
        "late": state in RUNNING and request.due_at < now(),
        "running": state in RUNNING,
        "kind": APPLICANT_LABELS[ApplicantKind(request.applicant)],
        "way": WAY_LABELS[Way(request.way)],
        "delivered": WAY_LABELS[Way(request.delivered_way)] if request.delivered_way else None,
        "answer": ANSWER_LABELS[AnswerKind(request.answer_kind)] if request.answer_kind else None,
        "stages": _stages(state),
        "step_labels": STEP_LABELS,
    }


def _stages(state: RequestState) -> list[tuple[str, str]]:
    if state in (RequestState.WITHDRAWN, RequestState.LAPSED):
        return [(_WAY[0], "done"), (REQUEST_LABELS[state], "refused")]
    place = 1 if state == RequestState.CORRECTION else _ORDER.index(state)
    marks = ["done"] * place + ["current"] + ["waiting"] * (3 - place)
    if state == RequestState.DELIVERED:
        marks = ["done"] * len(_WAY)
    return list(zip(_WAY, marks, strict=True))
