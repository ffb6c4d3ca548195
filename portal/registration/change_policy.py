"""Whose turn a change of a unit is, and who sees it (GZ9, EE4)."""

from __future__ import annotations

from portal.core.permissions import Permission as P
from portal.people.models import Person
from portal.registration.change_lifecycle import OPEN, ChangeAct, ChangeState
from portal.registration.change_models import ChangeMember, UnitChange
from portal.units.hooks import ChangeKind
from portal.units.policy import administers

OFFICE = (P.REGISTRATION_ENTER, P.REGISTRATION_REVIEW)
TAKES_PART = (P.REGISTRATION_AGREE, P.REGISTRATION_APPLY, *OFFICE)


def decision_of(change: UnitChange, person: Person) -> ChangeAct | None:
    """The decision that waits for this person; None when it is somebody else's turn."""
    if change.state == ChangeState.FILED:
        mine = person.may(P.REGISTRATION_AGREE) and person.unit_id in {unit.id for unit in change.to_agree}
        return ChangeAct.AGREE if mine and person.id != change.applicant_id else None
    if change.state == ChangeState.AGREED:
        return ChangeAct.REVIEW if administers(person, change.unit, P.REGISTRATION_REVIEW) else None
    enters = change.state == ChangeState.REVIEWED and person.may(P.REGISTRATION_ENTER)
    return ChangeAct.CARRY_OUT if enters else None


def may_name_people(member: ChangeMember, person: Person) -> bool:
    """Whether the person may still say who of this unit stays: its own administrator, until the office is done."""
    change = member.change
    if change.state not in OPEN or change.kind == ChangeKind.DISSOLVE:
        return False
    return person.may(P.REGISTRATION_APPLY) and person.unit_id == member.unit_id


def may_instruct(change: UnitChange, person: Person) -> bool:
    """Whether the person may still record the unit's disposal instruction (GZ9(2))."""
    own = person.may(P.REGISTRATION_APPLY) and person.unit_id == change.unit_id
    return own and change.kind == ChangeKind.DISSOLVE and change.state in OPEN


def may_withdraw(change: UnitChange, person: Person) -> bool:
    """Whether the person may take the case back."""
    return change.state in OPEN and person.id == change.applicant_id and person.may(P.REGISTRATION_APPLY)
