"""The life of an import: checked first, written only after somebody has looked at it and confirmed."""

from __future__ import annotations

from enum import StrEnum

from portal.core.lifecycle import Lifecycle
from portal.core.text import N_


class ImportState(StrEnum):
    """Where an import stands."""

    CHECKING = "checking"
    CHECKED = "checked"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"
    DISCARDED = "discarded"
    FAILED = "failed"


class ImportAct(StrEnum):
    """What moves it."""

    CHECK = "check"
    REFUSE = "refuse"
    CONFIRM = "confirm"
    FINISH = "finish"
    DISCARD = "discard"
    FAIL = "fail"


IMPORT = Lifecycle(
    name="import_run",
    states=ImportState,
    acts=ImportAct,
    moves={
        (ImportState.CHECKING, ImportAct.CHECK): ImportState.CHECKED,
        (ImportState.CHECKING, ImportAct.REFUSE): ImportState.REFUSED,
        (ImportState.CHECKED, ImportAct.CONFIRM): ImportState.WRITING,
        (ImportState.CHECKED, ImportAct.DISCARD): ImportState.DISCARDED,
        (ImportState.WRITING, ImportAct.FINISH): ImportState.DONE,
        (ImportState.WRITING, ImportAct.FAIL): ImportState.FAILED,
    },
    start=ImportState.CHECKING,
)

STATE_LABELS = {
    ImportState.CHECKING: N_("Being checked"),
    ImportState.CHECKED: N_("Waits for confirmation"),
    ImportState.WRITING: N_("Being imported"),
    ImportState.DONE: N_("Imported"),
    ImportState.REFUSED: N_("File refused"),
    ImportState.DISCARDED: N_("Discarded"),
    ImportState.FAILED: N_("Stopped midway"),
}
STATE_TONES = {
    ImportState.CHECKING: "active",
    ImportState.CHECKED: "info",
    ImportState.WRITING: "active",
    ImportState.DONE: "good",
    ImportState.REFUSED: "bad",
    ImportState.DISCARDED: "neutral",
    ImportState.FAILED: "bad",
}
UNDER_WAY = frozenset({ImportState.CHECKING, ImportState.WRITING})
