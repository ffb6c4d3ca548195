"""The life of a dispute between two units (GZ7)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    ESCALATED = "escalated"
    SETTLED = "settled"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class DisputeAct(StrEnum):
    """What moves it: the two units, and after escalation the office."""

    ANSWER = "answer"
    PROPOSE = "propose"
    ACCEPT = "accept"
    ESCALATE = "escalate"
    COORDINATE = "coordinate"
    CLOSE = "close"
    WITHDRAW = "withdraw"


S, A = DisputeState, DisputeAct

DISPUTE: Lifecycle[DisputeState, DisputeAct] = Lifecycle(
    name="dispute",
    states=S,
    acts=A,
    moves={
        (S.OPEN, A.ANSWER): S.OPEN,
        (S.OPEN, A.PROPOSE): S.PROPOSED,
        (S.OPEN, A.ESCALATE): S.ESCALATED,
        (S.OPEN, A.WITHDRAW): S.WITHDRAWN,
        (S.PROPOSED, A.ANSWER): S.OPEN,
        (S.PROPOSED, A.ACCEPT): S.SETTLED,
        (S.PROPOSED, A.ESCALATE): S.ESCALATED,
        (S.PROPOSED, A.WITHDRAW): S.WITHDRAWN,
        (S.ESCALATED, A.ANSWER): S.ESCALATED,
        (S.ESCALATED, A.COORDINATE): S.ESCALATED,
        (S.ESCALATED, A.CLOSE): S.DECIDED,
        (S.ESCALATED, A.WITHDRAW): S.WITHDRAWN,
    },
    start=S.OPEN,
)

BETWEEN_UNITS = (S.OPEN, S.PROPOSED)
LIVE = (*BETWEEN_UNITS, S.ESCALATED)

DISPUTE_LABELS = {
    S.OPEN: N_("Between the two units"),
    S.PROPOSED: N_("Settlement proposed"),
    S.ESCALATED: N_("Before the office"),
    S.SETTLED: N_("Settled"),
    S.DECIDED: N_("Closed by the office"),
    S.WITHDRAWN: N_("Withdrawn"),
}
