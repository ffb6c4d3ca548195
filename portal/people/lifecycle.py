"""The lives of a password slip, a short message and a filing about the head of a unit."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class SlipState(StrEnum):
    """Where a sheet of password slips stands."""

    ASKED = "asked"
    READY = "ready"
    FETCHED = "fetched"
    VOID = "void"
    FAILED = "failed"


class SlipAct(StrEnum):
    """What moves it. A sheet is fetched once or becomes void."""

    MAKE = "make"
    FETCH = "fetch"
    EXPIRE = "expire"
    FAIL = "fail"


SLIP = Lifecycle(
    name="slip",
    states=SlipState,
    acts=SlipAct,
    start=SlipState.ASKED,
    moves={
        (SlipState.ASKED, SlipAct.MAKE): SlipState.READY,
        (SlipState.ASKED, SlipAct.FAIL): SlipState.FAILED,
        (SlipState.READY, SlipAct.FETCH): SlipState.FETCHED,
        (SlipState.READY, SlipAct.EXPIRE): SlipState.VOID,
    },
)
SLIP_LABELS = {
    SlipState.ASKED: N_("Being printed"),
    SlipState.READY: N_("Ready to be fetched"),
    SlipState.FETCHED: N_("Fetched"),
    SlipState.VOID: N_("Void: not fetched in time"),
    SlipState.FAILED: N_("Could not be made"),
}


class MessageState(StrEnum):
    """Where a short message stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class MessageAct(StrEnum):
    """What moves it."""

    SEND = "send"
    FAIL = "fail"


MESSAGE = Lifecycle(
    name="message",
    states=MessageState,
    acts=MessageAct,
    start=MessageState.WAITING,
    moves={
        (MessageState.WAITING, MessageAct.SEND): MessageState.SENT,
        (MessageState.WAITING, MessageAct.FAIL): MessageState.FAILED,
    },
)


class HeadshipState(StrEnum):
    """Where a filing about the head of a unit stands."""

    FILED = "filed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class HeadshipAct(StrEnum):
    """What moves it."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


HEADSHIP = Lifecycle(
    name="headship_filing",
    states=HeadshipState,
    acts=HeadshipAct,
    start=HeadshipState.FILED,
    moves={
        (HeadshipState.FILED, HeadshipAct.CONFIRM): HeadshipState.CONFIRMED,
        (HeadshipState.FILED, HeadshipAct.REFUSE): HeadshipState.REFUSED,
        (HeadshipState.FILED, HeadshipAct.WITHDRAW): HeadshipState.WITHDRAWN,
    },
)
HEADSHIP_LABELS = {
    HeadshipState.FILED: N_("Waiting for the office"),
    HeadshipState.CONFIRMED: N_("Confirmed by the office"),
    HeadshipState.REFUSED: N_("Refused by the office"),
    HeadshipState.WITHDRAWN: N_("Taken back"),
}
