"""The life of an application to join the exchange 业务申请 (GZ8), tiered by who administers the unit (EE4, EE6)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class JoinState(StrEnum):
    """Where an application stands. `filed`: a district agreed and filed it 备案 with the municipal office."""

    ENTERED = "entered"
    SUBMITTED = "submitted"
    FILED = "filed"
    RETURNED = "returned"
    REGISTERED = "registered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class JoinAct(StrEnum):
    """What moves it."""

    SUBMIT = "submit"
    FILE = "file"
    REGISTER = "register"
    RETURN = "return"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


JS, JA = JoinState, JoinAct
JOINING = Lifecycle(
    name="unit_application",
    states=JoinState,
    acts=JoinAct,
    start=JS.ENTERED,
    moves={
        (JS.ENTERED, JA.SUBMIT): JS.SUBMITTED,
        (JS.RETURNED, JA.SUBMIT): JS.SUBMITTED,
        (JS.SUBMITTED, JA.FILE): JS.FILED,
        (JS.SUBMITTED, JA.REGISTER): JS.REGISTERED,
        (JS.FILED, JA.REGISTER): JS.REGISTERED,
        (JS.SUBMITTED, JA.RETURN): JS.RETURNED,
        (JS.FILED, JA.RETURN): JS.RETURNED,
        (JS.SUBMITTED, JA.REFUSE): JS.REFUSED,
        (JS.FILED, JA.REFUSE): JS.REFUSED,
        (JS.ENTERED, JA.WITHDRAW): JS.WITHDRAWN,
        (JS.SUBMITTED, JA.WITHDRAW): JS.WITHDRAWN,
        (JS.FILED, JA.WITHDRAW): JS.WITHDRAWN,
        (JS.RETURNED, JA.WITHDRAW): JS.WITHDRAWN,
    },
)
JOIN_LABELS = {
    JS.ENTERED: N_("Entered, not submitted yet"),
    JS.SUBMITTED: N_("Submitted, to be examined"),
    JS.FILED: N_("Agreed by the district, filed with the municipal office"),
    JS.RETURNED: N_("Returned for completion"),
    JS.REGISTERED: N_("Registered"),
    JS.REFUSED: N_("Refused"),
    JS.WITHDRAWN: N_("Withdrawn"),
}
IN_HAND = (JS.ENTERED, JS.RETURNED)
"""The applicant has it in hand: may change it and bring files."""
WAITING = (JS.SUBMITTED, JS.FILED)
"""An authority has it in hand."""
