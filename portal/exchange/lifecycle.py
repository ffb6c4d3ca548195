"""The life of a delivery: one per recipient unit (architecture §3)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    DELIVERED = "delivered"
    OPENED = "opened"
    CHECKED = "checked"
    RECEIVED = "received"
    RETURNED = "returned"
    RECALLED = "recalled"


class DeliveryAct(StrEnum):
    """What moves it. *Received* happens by the first print, download or interface read (GZ37), never by a click."""

    OPEN = "open"
    CONFIRM = "confirm"
    RETURN = "return"
    RECEIVE = "receive"
    RECALL = "recall"


S, A = DeliveryState, DeliveryAct
DELIVERY = Lifecycle(
    name="delivery",
    states=DeliveryState,
    acts=DeliveryAct,
    start=S.DELIVERED,
    moves={
        (S.DELIVERED, A.OPEN): S.OPENED,
        (S.OPENED, A.CONFIRM): S.CHECKED,
        (S.OPENED, A.RETURN): S.RETURNED,
        (S.CHECKED, A.RETURN): S.RETURNED,
        (S.CHECKED, A.RECEIVE): S.RECEIVED,
        (S.DELIVERED, A.RECALL): S.RECALLED,
    },
)
STATE_LABELS = {
    S.DELIVERED: N_("Delivered"),
    S.OPENED: N_("Opened"),
    S.CHECKED: N_("Checked"),
    S.RECEIVED: N_("Received"),
    S.RETURNED: N_("Returned"),
    S.RECALLED: N_("Recalled"),
}


class CopyState(StrEnum):
    """Where a copy stands."""

    ASKED = "asked"
    SIGNED = "signed"
    READY = "ready"
    FAILED = "failed"


class CopyAct(StrEnum):
    """What moves it."""

    SIGN = "sign"
    MAKE = "make"
    FAIL = "fail"
    RETRY = "retry"


C, CA = CopyState, CopyAct
COPY = Lifecycle(
    name="copy",
    states=CopyState,
    acts=CopyAct,
    start=C.ASKED,
    moves={
        (C.ASKED, CA.SIGN): C.SIGNED,
        (C.ASKED, CA.MAKE): C.READY,  # a download carries no code
        (C.SIGNED, CA.MAKE): C.READY,
        (C.ASKED, CA.FAIL): C.FAILED,
        (C.SIGNED, CA.FAIL): C.FAILED,
        (C.FAILED, CA.RETRY): C.ASKED,
    },
)
