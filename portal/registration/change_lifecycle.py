"""The life of a case in which a unit is renamed, dissolved or merged (GZ9)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class ChangeState(StrEnum):
    """Where a case stands."""

    FILED = "filed"
    AGREED = "agreed"
    REVIEWED = "reviewed"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ChangeAct(StrEnum):
    """What moves it."""

    AGREE = "agree"
    REVIEW = "review"
    CARRY_OUT = "carry-out"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


S, A = ChangeState, ChangeAct
CHANGE = Lifecycle(
    name="unit_change",
    states=ChangeState,
    acts=ChangeAct,
    start=S.FILED,
    moves={
        (S.FILED, A.AGREE): S.AGREED,
        (S.AGREED, A.REVIEW): S.REVIEWED,
        (S.REVIEWED, A.CARRY_OUT): S.DONE,
        (S.FILED, A.REFUSE): S.REFUSED,
        (S.AGREED, A.REFUSE): S.REFUSED,
        (S.REVIEWED, A.REFUSE): S.REFUSED,
        (S.FILED, A.WITHDRAW): S.WITHDRAWN,
        (S.AGREED, A.WITHDRAW): S.WITHDRAWN,
        (S.REVIEWED, A.WITHDRAW): S.WITHDRAWN,
    },
)
CHANGE_LABELS = {
    S.FILED: N_("Filed, unit head to agree"),
    S.AGREED: N_("Agreed, office to review"),
    S.REVIEWED: N_("Reviewed, to be carried out"),
    S.DONE: N_("Carried out"),
    S.REFUSED: N_("Refused"),
    S.WITHDRAWN: N_("Withdrawn"),
}
OPEN = (S.FILED, S.AGREED, S.REVIEWED)
