"""The life of an outgoing document (architecture §3)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class DocumentState(StrEnum):
    """Where a document stands."""

    DRAFTING = "drafting"
    REVIEWING = "reviewing"
    ISSUED = "issued"
    NUMBERED = "numbered"
    FROZEN = "frozen"
    SEALING = "sealing"
    SEALED = "sealed"
    SENT = "sent"
    CANCELLED = "cancelled"


class DocumentAct(StrEnum):
    """What moves it."""

    SUBMIT = "submit"
    PASS = "pass"
    RETURN = "return"
    ISSUE = "issue"
    NUMBER = "number"
    FREEZE = "freeze"
    ASK_STAMP = "ask-stamp"
    STAMP_FAILED = "stamp-failed"
    PRESS = "press"
    SEAL = "seal"
    SEND = "send"
    CANCEL = "cancel"
    VOID = "void"
    HAND_OVER = "hand-over"
    CLOSE = "close"


S, A = DocumentState, DocumentAct

DOCUMENT = Lifecycle(
    name="document",
    states=DocumentState,
    acts=DocumentAct,
    start=S.DRAFTING,
    moves={
        (S.DRAFTING, A.SUBMIT): S.REVIEWING,
        (S.REVIEWING, A.PASS): S.REVIEWING,
        (S.REVIEWING, A.RETURN): S.DRAFTING,
        (S.REVIEWING, A.ISSUE): S.ISSUED,
        (S.ISSUED, A.NUMBER): S.NUMBERED,
        (S.NUMBERED, A.FREEZE): S.FROZEN,
        (S.FROZEN, A.ASK_STAMP): S.SEALING,
        (S.SEALING, A.STAMP_FAILED): S.FROZEN,
        # Of a joint document: a further unit's seal is still to come.
        (S.SEALING, A.PRESS): S.FROZEN,
        (S.SEALING, A.SEAL): S.SEALED,
        (S.SEALED, A.SEND): S.SENT,
        (S.DRAFTING, A.CANCEL): S.CANCELLED,
        # 作废: what a leader has issued and nobody has received yet; its number stays used.
        (S.ISSUED, A.VOID): S.CANCELLED,
        (S.NUMBERED, A.VOID): S.CANCELLED,
        (S.FROZEN, A.VOID): S.CANCELLED,
        (S.SEALING, A.VOID): S.CANCELLED,
        (S.SEALED, A.VOID): S.CANCELLED,
        # The unit goes (GZ9): what has no number yet becomes a draft of the heir, or ends with the unit.
        (S.DRAFTING, A.HAND_OVER): S.DRAFTING,
        (S.REVIEWING, A.HAND_OVER): S.DRAFTING,
        (S.ISSUED, A.HAND_OVER): S.DRAFTING,
        (S.DRAFTING, A.CLOSE): S.CANCELLED,
        (S.REVIEWING, A.CLOSE): S.CANCELLED,
        (S.ISSUED, A.CLOSE): S.CANCELLED,
    },
)

STATE_LABELS = {
    S.DRAFTING: N_("Drafting"),
    S.REVIEWING: N_("In review"),
    S.ISSUED: N_("Issued, to be numbered"),
    S.NUMBERED: N_("Numbered, being typeset"),
    S.FROZEN: N_("Frozen, to be stamped"),
    S.SEALING: N_("Being stamped"),
    S.SEALED: N_("Stamped, to be sent"),
    S.SENT: N_("Sent"),
    S.CANCELLED: N_("Cancelled"),
}
