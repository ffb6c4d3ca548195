"""The life of a carrier: the thing a keeper holds in the hand, from handing out to its destruction (GZ24, GZ25)."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class CarrierState(StrEnum):
    """Where a carrier is."""

    OUT = "out"
    IN = "in"
    LOST = "lost"
    DESTROYED = "destroyed"


class CarrierAct(StrEnum):
    """What moves it."""

    HAND_IN = "hand-in"
    REPORT_LOST = "report-lost"
    DESTROY = "destroy"


CARRIER = Lifecycle(
    name="seal_carrier",
    states=CarrierState,
    acts=CarrierAct,
    start=CarrierState.OUT,
    moves={
        (CarrierState.OUT, CarrierAct.HAND_IN): CarrierState.IN,
        (CarrierState.OUT, CarrierAct.REPORT_LOST): CarrierState.LOST,
        (CarrierState.LOST, CarrierAct.HAND_IN): CarrierState.IN,  # found again
        (CarrierState.IN, CarrierAct.DESTROY): CarrierState.DESTROYED,
    },
)
CARRIER_LABELS = {
    CarrierState.OUT: N_("Handed out to a keeper"),
    CarrierState.IN: N_("Handed in"),
    CarrierState.LOST: N_("Reported lost"),
    CarrierState.DESTROYED: N_("Destroyed"),
}
