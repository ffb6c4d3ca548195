"""Lives of a seal application, a seal, a ceremony and a stamp request.

The application's steps and the seal's life are two tables: later applications change or destroy a seal that exists
already, so its life can't begin with one application's steps. See docs/decisions/0003.
"""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class ApplicationState(StrEnum):
    """Where an application stands (GZ21)."""

    APPLIED = "applied"
    AGREED = "agreed"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApplicationAct(StrEnum):
    """What moves it."""

    AGREE = "agree"
    REVIEW = "review"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    FULFIL = "fulfil"


AS, AA = ApplicationState, ApplicationAct
APPLICATION = Lifecycle(
    name="seal_application",
    states=ApplicationState,
    acts=ApplicationAct,
    start=AS.APPLIED,
    moves={
        (AS.APPLIED, AA.AGREE): AS.AGREED,
        (AS.AGREED, AA.REVIEW): AS.REVIEWED,
        (AS.REVIEWED, AA.APPROVE): AS.APPROVED,
        (AS.APPROVED, AA.FULFIL): AS.FULFILLED,
        (AS.APPLIED, AA.REFUSE): AS.REFUSED,
        (AS.AGREED, AA.REFUSE): AS.REFUSED,
        (AS.REVIEWED, AA.REFUSE): AS.REFUSED,
        (AS.APPLIED, AA.WITHDRAW): AS.WITHDRAWN,
        (AS.AGREED, AA.WITHDRAW): AS.WITHDRAWN,
        (AS.REVIEWED, AA.WITHDRAW): AS.WITHDRAWN,
        (AS.APPROVED, AA.WITHDRAW): AS.WITHDRAWN,
    },
)
APPLICATION_LABELS = {
    AS.APPLIED: N_("Applied, unit head to agree"),
    AS.AGREED: N_("Agreed, secretariat to review"),
    AS.REVIEWED: N_("Reviewed, office leader to approve"),
    AS.APPROVED: N_("Approved, ceremony to be held"),
    AS.FULFILLED: N_("Seals made"),
    AS.REFUSED: N_("Refused"),
    AS.WITHDRAWN: N_("Withdrawn"),
}


class SealState(StrEnum):
    """Where a seal stands (S-12)."""

    IN_CUSTODY = "in-custody"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    DESTROYED = "destroyed"


class SealAct(StrEnum):
    """What moves it. Only a ceremony unfreezes."""

    SUSPEND = "suspend"
    UNFREEZE = "unfreeze"
    REVOKE = "revoke"
    DESTROY = "destroy"


SS, SA = SealState, SealAct
SEAL = Lifecycle(
    name="seal",
    states=SealState,
    acts=SealAct,
    start=SS.IN_CUSTODY,
    moves={
        (SS.IN_CUSTODY, SA.SUSPEND): SS.SUSPENDED,
        (SS.SUSPENDED, SA.UNFREEZE): SS.IN_CUSTODY,
        (SS.IN_CUSTODY, SA.REVOKE): SS.REVOKED,
        (SS.SUSPENDED, SA.REVOKE): SS.REVOKED,
        (SS.REVOKED, SA.DESTROY): SS.DESTROYED,
    },
)
SEAL_LABELS = {
    SS.IN_CUSTODY: N_("In custody"),
    SS.SUSPENDED: N_("Suspended"),
    SS.REVOKED: N_("Revoked"),
    SS.DESTROYED: N_("Destroyed"),
}


class CeremonyState(StrEnum):
    """Where a ceremony stands (S-5)."""

    CALLED = "called"
    SEATED = "seated"
    OPEN = "open"
    DONE = "done"
    ABORTED = "aborted"
    EXPIRED = "expired"


class CeremonyAct(StrEnum):
    """What moves it."""

    SEAT_ALL = "seat-all"
    OPEN = "open"
    SHARE_REFUSED = "share-refused"
    FINISH = "finish"
    ABORT = "abort"
    EXPIRE = "expire"


CS, CA = CeremonyState, CeremonyAct
CEREMONY = Lifecycle(
    name="ceremony",
    states=CeremonyState,
    acts=CeremonyAct,
    start=CS.CALLED,
    moves={
        (CS.CALLED, CA.SEAT_ALL): CS.SEATED,
        (CS.SEATED, CA.OPEN): CS.OPEN,
        (CS.OPEN, CA.SHARE_REFUSED): CS.SEATED,
        (CS.OPEN, CA.FINISH): CS.DONE,
        (CS.CALLED, CA.ABORT): CS.ABORTED,
        (CS.SEATED, CA.ABORT): CS.ABORTED,
        (CS.OPEN, CA.ABORT): CS.ABORTED,
        (CS.CALLED, CA.EXPIRE): CS.EXPIRED,
        (CS.SEATED, CA.EXPIRE): CS.EXPIRED,
        (CS.OPEN, CA.EXPIRE): CS.EXPIRED,
    },
)
CEREMONY_LABELS = {
    CS.CALLED: N_("Called, seats to be taken"),
    CS.SEATED: N_("All present, shares to be given"),
    CS.OPEN: N_("Device open, working"),
    CS.DONE: N_("Done"),
    CS.ABORTED: N_("Aborted"),
    CS.EXPIRED: N_("Expired"),
}


class StampState(StrEnum):
    """Where a stamp request stands."""

    ASKED = "asked"
    STAMPED = "stamped"
    FAILED = "failed"


class StampAct(StrEnum):
    """What moves it."""

    STAMP = "stamp"
    FAIL = "fail"


STAMP = Lifecycle(
    name="stamp_request",
    states=StampState,
    acts=StampAct,
    start=StampState.ASKED,
    moves={
        (StampState.ASKED, StampAct.STAMP): StampState.STAMPED,
        (StampState.ASKED, StampAct.FAIL): StampState.FAILED,
    },
)
