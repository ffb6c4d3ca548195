"""Life of an item of information exchange: written, handed in, published, perhaps withdrawn."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class ItemState(StrEnum):
    """Where an item stands."""

    DRAFTING = "drafting"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"


class ItemAct(StrEnum):
    """What moves it."""

    SUBMIT = "submit"
    TAKE_BACK = "take-back"
    RETURN = "return"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    DISCARD = "discard"


S, A = ItemState, ItemAct
ITEM = Lifecycle(
    name="item",
    states=ItemState,
    acts=ItemAct,
    start=S.DRAFTING,
    moves={
        (S.DRAFTING, A.SUBMIT): S.SUBMITTED,
        (S.SUBMITTED, A.TAKE_BACK): S.DRAFTING,
        (S.SUBMITTED, A.RETURN): S.DRAFTING,
        (S.SUBMITTED, A.PUBLISH): S.PUBLISHED,
        (S.DRAFTING, A.PUBLISH): S.PUBLISHED,
        (S.PUBLISHED, A.WITHDRAW): S.WITHDRAWN,
        (S.DRAFTING, A.DISCARD): S.DISCARDED,
    },
)
ITEM_LABELS = {
    S.DRAFTING: N_("Draft"),
    S.SUBMITTED: N_("To be approved"),
    S.PUBLISHED: N_("Released"),
    S.WITHDRAWN: N_("Withdrawn"),
    S.DISCARDED: N_("Discarded"),
}
ITEM_TONES = {
    S.DRAFTING: "neutral",
    S.SUBMITTED: "info",
    S.PUBLISHED: "good",
    S.WITHDRAWN: "bad",
    S.DISCARDED: "bad",
}
