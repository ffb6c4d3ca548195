"""Changes of units 变更: what they touch is known to the capabilities above, which offer themselves here (GZ9, GZ25).

Each capability answers twice with the same rows: before, as a dry run that changes nothing; then, when the change is
carried out, inside its one transaction. `portal.wiring` connects them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from portal.core.hooks import Hook
from portal.core.text import N_
from portal.ledger.operations import Actor
from portal.units.models import Unit


class ChangeKind(StrEnum):
    """What happens to the unit (GZ9(1)–(3)); in a merge each unit that goes is a change of its own."""

    RENAME = "rename"
    DISSOLVE = "dissolve"
    MERGE = "merge"


class Disposal(StrEnum):
    """What the unit's instruction says of its documents (GZ9(2)); a merge always hands over."""

    HAND_OVER = "hand-over"
    ARCHIVE = "archive"
    DESTROY = "destroy"


DISPOSAL_LABELS = {
    Disposal.HAND_OVER: N_("Hand over to another unit"),
    Disposal.ARCHIVE: N_("Hand over to the archives"),
    Disposal.DESTROY: N_("Destroy the unit's own copies and drafts"),
}


@dataclass(frozen=True)
class Change:
    """One change of one unit.

    `heir` answers from then on for what the unit leaves: its successor, the archives, or the office when the unit's own
    copies are destroyed; for a rename the unit itself. `receiver_id` is the heir's person who takes over open drafts.
    """

    kind: ChangeKind
    unit: Unit
    heir: Unit
    disposal: Disposal = Disposal.HAND_OVER
    receiver_id: int | None = None
    name: str = ""
    short_name: str = ""
    red_head: str = ""
    document_code: str = ""
    """With the names, for a rename: red head and 机关代字 from then on; empty: as before."""
    administrator_id: int | None = None
    """Who administers the renamed unit from then on (GZ9(1))."""
    reason: str = ""
    """What stands in the history of everything that ends with the unit."""
    staying: frozenset[int] = field(default_factory=frozenset)
    """Ids of the unit's people who stay users: after a rename in the unit, after a merge in the heir."""

    @property
    def district_id(self) -> int | None:
        """Who administers from then on what the unit administered as a district's government (EE4); None: the city."""
        if self.heir.is_district_office:
            return self.heir.id
        return None if self.heir.district_id == self.unit.id else self.heir.district_id

    @property
    def going_on(self) -> frozenset[int]:
        """Those who really stay: of a dissolved unit nobody does (GZ9(2))."""
        return frozenset() if self.kind is ChangeKind.DISSOLVE else self.staying


@dataclass(frozen=True)
class Effect:
    """A row of the dry run: how many things of a kind the change touches, and what becomes of them.

    `label` and `fate` are msgids. A `blocking` row with a count must be dealt with before the change is carried out.
    """

    key: str
    label: str
    fate: str
    count: int
    examples: tuple[str, ...] = ()
    blocking: bool = False


survey: Hook[[Session, Change], list[Effect]] = Hook("units.survey")
"""Ask every capability what the change would touch; changes nothing."""

carry_out: Hook[[Session, Change, Actor], list[Effect]] = Hook("units.carry_out")
"""Have every capability do it. Each answers with what it did, in the rows and numbers of its survey."""


@dataclass(frozen=True)
class Fact:
    """A line of a unit's page that another capability knows; `term` and `value` are msgids, the value with `params`."""

    term: str
    value: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """Something every unit needs; `missing` is the condition on Unit under which it isn't there. `label` is a msgid."""

    key: str
    label: str
    missing: ColumnElement[bool]


unit_facts: Hook[[Session, Unit], list[Fact]] = Hook("units.unit_facts")
"""What else is known about a unit in exchange: its seals."""

unit_gaps: Hook[[], Gap] = Hook("units.unit_gaps")
"""What else a unit may lack: somebody with the role of exchange clerk."""
