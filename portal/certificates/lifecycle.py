"""Lives of an application about a certificate and of a certificate (《认证办法》第二十一条, 《衡水办法》第八条)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class ApplicationState(StrEnum):
    """Where an application about a certificate stands."""

    APPLIED = "applied"
    AGREED = "agreed"
    APPROVED = "approved"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ApplicationAct(StrEnum):
    """What moves it: the unit's head agrees, then the office approves."""

    AGREE = "agree"
    APPROVE = "approve"
    CARRY_OUT = "carry-out"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


AS, AA = ApplicationState, ApplicationAct
APPLICATION: Lifecycle[ApplicationState, ApplicationAct] = Lifecycle(
    name="certificate_application",
    states=AS,
    acts=AA,
    start=AS.APPLIED,
    moves={
        (AS.APPLIED, AA.AGREE): AS.AGREED,
        (AS.AGREED, AA.APPROVE): AS.APPROVED,
        (AS.APPROVED, AA.CARRY_OUT): AS.DONE,
        (AS.APPLIED, AA.REFUSE): AS.REFUSED,
        (AS.AGREED, AA.REFUSE): AS.REFUSED,
        (AS.APPROVED, AA.REFUSE): AS.REFUSED,
        (AS.APPLIED, AA.WITHDRAW): AS.WITHDRAWN,
        (AS.AGREED, AA.WITHDRAW): AS.WITHDRAWN,
        (AS.APPROVED, AA.WITHDRAW): AS.WITHDRAWN,
    },
)
UNDER_WAY = (AS.APPLIED, AS.AGREED, AS.APPROVED)
APPLICATION_LABELS = {
    AS.APPLIED: N_("Applied, the unit's head to agree"),
    AS.AGREED: N_("Agreed, the office to approve"),
    AS.APPROVED: N_("Approved, being carried out"),
    AS.DONE: N_("Carried out"),
    AS.REFUSED: N_("Refused"),
    AS.WITHDRAWN: N_("Withdrawn"),
}


class CertificateState(StrEnum):
    """Where a certificate stands; that it expired is computed, never stored."""

    VALID = "valid"
    HELD = "held"
    REPLACED = "replaced"
    REVOKED = "revoked"


class CertificateAct(StrEnum):
    """What moves it."""

    HOLD = "hold"
    RECOVER = "recover"
    REPLACE = "replace"
    REVOKE = "revoke"


CS, CA = CertificateState, CertificateAct
CERTIFICATE: Lifecycle[CertificateState, CertificateAct] = Lifecycle(
    name="certificate",
    states=CS,
    acts=CA,
    start=CS.VALID,
    moves={
        (CS.VALID, CA.HOLD): CS.HELD,
        (CS.HELD, CA.RECOVER): CS.VALID,
        (CS.VALID, CA.REPLACE): CS.REPLACED,
        (CS.HELD, CA.REPLACE): CS.REPLACED,
        (CS.VALID, CA.REVOKE): CS.REVOKED,
        (CS.HELD, CA.REVOKE): CS.REVOKED,
    },
)
LIVE = (CS.VALID, CS.HELD)
CERTIFICATE_LABELS = {
    CS.VALID: N_("Holds"),
    CS.HELD: N_("On hold"),
    CS.REPLACED: N_("Replaced"),
    CS.REVOKED: N_("Revoked certificate"),
}
