"""Lives of a request for disclosure 依申请公开, a complaint about one, and a questionnaire."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class RequestState(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    IN_HAND = "in-hand"
    CORRECTION = "correction"
    ANSWERED = "answered"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class RequestAct(StrEnum):
    """What moves it."""

    ACCEPT = "accept"
    HAND_OVER = "hand-over"
    ASK_CORRECTION = "ask-correction"
    CORRECT = "correct"
    LAPSE = "lapse"
    ANSWER = "answer"
    DELIVER = "deliver"
    WITHDRAW = "withdraw"


S, A = RequestState, RequestAct
REQUEST = Lifecycle(
    name="disclosure_request",
    states=RequestState,
    acts=RequestAct,
    start=S.RECEIVED,
    moves={
        (S.RECEIVED, A.ACCEPT): S.IN_HAND,
        (S.IN_HAND, A.HAND_OVER): S.IN_HAND,
        (S.CORRECTION, A.HAND_OVER): S.CORRECTION,
        (S.ANSWERED, A.HAND_OVER): S.ANSWERED,
        (S.IN_HAND, A.ASK_CORRECTION): S.CORRECTION,
        (S.CORRECTION, A.CORRECT): S.IN_HAND,
        (S.CORRECTION, A.LAPSE): S.LAPSED,
        (S.IN_HAND, A.ANSWER): S.ANSWERED,
        (S.ANSWERED, A.DELIVER): S.DELIVERED,
        (S.RECEIVED, A.WITHDRAW): S.WITHDRAWN,
        (S.IN_HAND, A.WITHDRAW): S.WITHDRAWN,
        (S.CORRECTION, A.WITHDRAW): S.WITHDRAWN,
    },
)
REQUEST_LABELS = {
    S.RECEIVED: N_("To be accepted"),
    S.IN_HAND: N_("In hand"),
    S.CORRECTION: N_("Applicant must correct"),
    S.ANSWERED: N_("Answered, to be delivered"),
    S.DELIVERED: N_("Answered and delivered"),
    S.WITHDRAWN: N_("Withdrawn by the applicant"),
    S.LAPSED: N_("Lapsed without correction"),
}
REQUEST_TONES = {
    S.RECEIVED: "info",
    S.IN_HAND: "active",
    S.CORRECTION: "warn",
    S.ANSWERED: "info",
    S.DELIVERED: "good",
    S.WITHDRAWN: "neutral",
    S.LAPSED: "neutral",
}
RUNNING = (S.RECEIVED, S.IN_HAND)
"""Its time limit runs."""
LIVE = (S.RECEIVED, S.IN_HAND, S.CORRECTION, S.ANSWERED)
"""Somebody must still do something."""


class ComplaintState(StrEnum):
    """Where a complaint stands."""

    RECEIVED = "received"
    ANSWERED = "answered"


class ComplaintAct(StrEnum):
    """What moves it."""

    ANSWER = "answer"


COMPLAINT = Lifecycle(
    name="disclosure_complaint",
    states=ComplaintState,
    acts=ComplaintAct,
    start=ComplaintState.RECEIVED,
    moves={(ComplaintState.RECEIVED, ComplaintAct.ANSWER): ComplaintState.ANSWERED},
)
COMPLAINT_LABELS = {ComplaintState.RECEIVED: N_("To be answered"), ComplaintState.ANSWERED: N_("Answer given")}
COMPLAINT_TONES = {ComplaintState.RECEIVED: "info", ComplaintState.ANSWERED: "good"}


class SurveyState(StrEnum):
    """Where a questionnaire stands; it takes answers when it is published and its days have come."""

    DRAFTING = "drafting"
    PUBLISHED = "published"
    CLOSED = "closed"


class SurveyAct(StrEnum):
    """What moves it."""

    PUBLISH = "publish"
    CLOSE = "close"


SURVEY = Lifecycle(
    name="disclosure_survey",
    states=SurveyState,
    acts=SurveyAct,
    start=SurveyState.DRAFTING,
    moves={
        (SurveyState.DRAFTING, SurveyAct.PUBLISH): SurveyState.PUBLISHED,
        (SurveyState.PUBLISHED, SurveyAct.CLOSE): SurveyState.CLOSED,
    },
)
SURVEY_LABELS = {
    SurveyState.DRAFTING: N_("Draft"),
    SurveyState.PUBLISHED: N_("Published"),
    SurveyState.CLOSED: N_("Closed"),
}
SURVEY_TONES = {SurveyState.DRAFTING: "neutral", SurveyState.PUBLISHED: "good", SurveyState.CLOSED: "neutral"}
