"""Life of a brief once its unit has approved it: what the office makes of it."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class BriefState(StrEnum):
    """Where a brief stands with the office."""

    WRITING = "writing"
    WAITING = "waiting"
    RETURNED = "returned"
    NOT_USED = "not-used"
    ADOPTED = "adopted"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class BriefAct(StrEnum):
    """What moves it."""

    SEND = "send"
    RETURN = "return"
    PASS_OVER = "pass-over"
    ADOPT = "adopt"
    RELEASE = "release"
    REPLACE = "replace"
    WITHDRAW = "withdraw"


S, A = BriefState, BriefAct
_OPEN = (S.WAITING, S.RETURNED, S.NOT_USED)
BRIEF = Lifecycle(
    name="brief",
    states=BriefState,
    acts=BriefAct,
    start=S.WRITING,
    moves={
        (S.WRITING, A.SEND): S.WAITING,
        (S.WAITING, A.RETURN): S.RETURNED,
        (S.WAITING, A.PASS_OVER): S.NOT_USED,
        (S.WAITING, A.ADOPT): S.ADOPTED,
        (S.NOT_USED, A.ADOPT): S.ADOPTED,
        (S.ADOPTED, A.RELEASE): S.WAITING,
        **{(state, A.REPLACE): S.REPLACED for state in _OPEN},
        **{(state, A.WITHDRAW): S.WITHDRAWN for state in _OPEN},
    },
)
BRIEF_LABELS = {
    S.WRITING: N_("Being written"),
    S.WAITING: N_("With the office"),
    S.RETURNED: N_("Returned by the office"),
    S.NOT_USED: N_("Not used"),
    S.ADOPTED: N_("Adopted"),
    S.REPLACED: N_("Replaced by a revised draft"),
    S.WITHDRAWN: N_("Withdrawn"),
}
BRIEF_TONES = {
    S.WRITING: "neutral",
    S.WAITING: "info",
    S.RETURNED: "warn",
    S.NOT_USED: "neutral",
    S.ADOPTED: "good",
    S.REPLACED: "neutral",
    S.WITHDRAWN: "bad",
}
