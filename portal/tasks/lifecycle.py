"""The life of a request at one receiver: sent, accepted, replied to, closed (GZ42)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class AssignmentState(StrEnum):
    """Where the matter stands at one receiver. That it is overdue is no state: it follows from the limit."""

    PLANNED = "planned"
    SENT = "sent"
    ACCEPTED = "accepted"
    REPLIED = "replied"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class AssignmentAct(StrEnum):
    """What moves it."""

    SEND = "send"
    ACCEPT = "accept"
    ASSIGN = "assign"
    EXPLAIN = "explain"
    ASK_EXTENSION = "ask-extension"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse-extension"
    REPLY = "reply"
    SEND_BACK = "send-back"
    CLOSE = "close"
    CANCEL = "cancel"


S, A = AssignmentState, AssignmentAct
ASSIGNMENT = Lifecycle(
    name="assignment",
    states=AssignmentState,
    acts=AssignmentAct,
    start=S.PLANNED,
    moves={
        (S.PLANNED, A.SEND): S.SENT,
        (S.SENT, A.ACCEPT): S.ACCEPTED,
        (S.SENT, A.ASSIGN): S.SENT,
        (S.SENT, A.EXPLAIN): S.SENT,
        (S.SENT, A.CANCEL): S.CANCELLED,
        (S.ACCEPTED, A.ASSIGN): S.ACCEPTED,
        (S.ACCEPTED, A.EXPLAIN): S.ACCEPTED,
        (S.ACCEPTED, A.ASK_EXTENSION): S.ACCEPTED,
        (S.ACCEPTED, A.EXTEND): S.ACCEPTED,
        (S.ACCEPTED, A.REFUSE_EXTENSION): S.ACCEPTED,
        (S.ACCEPTED, A.REPLY): S.REPLIED,
        (S.ACCEPTED, A.CANCEL): S.CANCELLED,
        (S.REPLIED, A.SEND_BACK): S.ACCEPTED,
        (S.REPLIED, A.CLOSE): S.CLOSED,
        (S.REPLIED, A.CANCEL): S.CANCELLED,
    },
)
RUNNING = (S.SENT, S.ACCEPTED)
"""While the receiver has to do something, by the limit."""
OPEN = (*RUNNING, S.REPLIED)
"""Without a result yet."""
ASSIGNMENT_LABELS = {
    S.PLANNED: N_("Not sent yet"),
    S.SENT: N_("To be signed for"),
    S.ACCEPTED: N_("Being dealt with"),
    S.REPLIED: N_("Replied, to be judged"),
    S.CLOSED: N_("Has its result"),
    S.CANCELLED: N_("Called off"),
}
ASSIGNMENT_TONES = {
    S.PLANNED: "neutral",
    S.SENT: "info",
    S.ACCEPTED: "active",
    S.REPLIED: "info",
    S.CLOSED: "good",
    S.CANCELLED: "neutral",
}
