"""What each kind of application is for and what it demands: one table for the pages, the guards and the paper form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.seals import queries
from portal.seals.lifecycle import SealState
from portal.seals.models import ApplicationKind, UnitSeal

K, S = ApplicationKind, SealState


class Cause(StrEnum):
    """Why seals are replaced or destroyed; for destroying, the words of RFC 5280 that the revocation list uses."""

    LOSS = "loss"
    DAMAGE = "damage"
    EXPIRY = "expiry"
    KEY_COMPROMISE = "key-compromise"
    CESSATION = "cessation"
    SUPERSEDED = "superseded"
    AFFILIATION_CHANGED = "affiliation-changed"


CAUSE_LABELS = {
    Cause.LOSS: N_("Seal lost"),
    Cause.DAMAGE: N_("Damaged"),
    Cause.EXPIRY: N_("Certificate expires: renewal"),
    Cause.KEY_COMPROMISE: N_("Misused, or in wrong hands"),
    Cause.CESSATION: N_("Not needed any more"),
    Cause.SUPERSEDED: N_("Another seal takes its place"),
    Cause.AFFILIATION_CHANGED: N_("The unit's name or place has changed"),
}
WITH_EVIDENCE = frozenset({Cause.LOSS, Cause.DAMAGE})
"""These need a written statement of the unit (GZ25)."""


@dataclass(frozen=True)
class Facts:
    """One kind. `when` says in plain words when to take it; `states`: those of the seals it can concern."""

    when: str
    done: str
    icon: str
    article: str
    states: frozenset[SealState] = frozenset()
    names_keepers: bool = False
    causes: tuple[Cause, ...] = ()
    hands_in: bool = False
    """The old seals are handed in before the ceremony, whatever the cause (GZ25)."""


_LIVE = frozenset({S.IN_CUSTODY, S.SUSPENDED})
_MAKES = N_("Ceremony makes the seals")
_GZ21, _GZ25 = "《广州办法》第二十一条", "《广州办法》第二十五条"
FACTS: dict[ApplicationKind, Facts] = {
    K.MAKE: Facts(
        N_("The unit has no seals yet: the signature seal and the verification seal are made."),
        *(_MAKES, "plus", _GZ21),
        names_keepers=True,
    ),
    K.REPLACE: Facts(
        N_("A seal is lost or damaged, or its certificate ends soon: it ends and a new one like it is made."),
        *(N_("Ceremony makes new seals and destroys the old"), "refresh", _GZ25),
        states=_LIVE,
        names_keepers=True,
        causes=(Cause.LOSS, Cause.DAMAGE, Cause.EXPIRY),
    ),
    K.CHANGE: Facts(
        N_("The unit's name or kind has changed: the old seals are handed in and new ones are made with the new face."),
        *(N_("Ceremony makes new seals and destroys the old"), "edit", _GZ25),
        states=_LIVE | {S.REVOKED},
        names_keepers=True,
        hands_in=True,
    ),
    K.CHANGE_CUSTODY: Facts(
        N_("Other people are to keep a seal, or more of them together. The seal itself stays as it is."),
        *(N_("Ceremony signs the new custody record"), "users", "《广州办法》第二十四条"),
        states=_LIVE,
        names_keepers=True,
    ),
    K.UNFREEZE: Facts(
        N_("A seal was suspended and the reason is gone, for example because it was found again."),
        *(N_("Ceremony lifts the suspension"), "player-play", "《广州办法》第二十条"),
        states=frozenset({S.SUSPENDED}),
    ),
    K.DESTROY: Facts(
        N_("A seal is not to be used any more, and none takes its place now."),
        *(N_("Ceremony revokes and destroys the seals"), "trash", _GZ21),
        states=_LIVE | {S.REVOKED},
        causes=(Cause.KEY_COMPROMISE, Cause.CESSATION, Cause.SUPERSEDED, Cause.AFFILIATION_CHANGED),
    ),
    K.ROTATE_SHARES: Facts(
        N_("An operator changes, or a share may have been seen: both shares of the device are made anew."),
        *(N_("Ceremony makes new shares"), "key", "《广州办法》第二十二条"),
    ),
    K.RENEW_CA: Facts(
        N_("The certificate of the Seal CA ends soon, or its algorithm is to change."),
        *(N_("Ceremony renews the Seal CA's certificate"), "certificate", "《广州办法》第二十二条"),
    ),
    K.CLEAR_ORPHANS: Facts(
        N_("The device holds keys without a seal, left behind by ceremonies that ended midway."),
        *(N_("Ceremony clears the keys left behind"), "circle-x", "《广州办法》第二十二条"),
    ),
}


def cause_label(cause: str | None) -> str | None:
    """The msgid of the cause an application names."""
    return CAUSE_LABELS[Cause(cause)] if cause else None


def concerned(session: Session, unit_id: int, kind: ApplicationKind) -> Sequence[UnitSeal]:
    """The seals of a unit that an application of this kind can name; of revoked ones those nothing has replaced."""
    states = FACTS[kind].states
    if not states:
        return ()
    rows = session.scalars(
        select(UnitSeal)
        .where(UnitSeal.unit_id == unit_id, UnitSeal.state.in_({*states, *queries.LIVE_SEALS}))
        .order_by(UnitSeal.id.desc())
    ).all()
    live = {seal.seal_class for seal in rows if seal.state in queries.LIVE_SEALS}
    found: dict[object, UnitSeal] = {}
    for seal in rows:
        if seal.state not in states or (kind is K.UNFREEZE and seal.returned_at is not None):
            continue
        if kind is K.CHANGE and seal.state == S.REVOKED:
            if seal.seal_class not in live:
                found.setdefault(seal.seal_class, seal)
        else:
            found[seal.id] = seal
    return sorted(found.values(), key=lambda seal: seal.id)
