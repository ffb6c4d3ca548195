"""Whose turn it is to decide an application, and who may stop a ceremony or freeze a seal."""

from __future__ import annotations

from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.lifecycle import ApplicationAct, ApplicationState, SealState
from portal.seals.models import SealApplication, UnitSeal

# Each step of GZ21: the state it begins in, who decides, and what the decision is called.
DECISIONS: dict[ApplicationState, tuple[Role, ApplicationAct]] = {
    ApplicationState.APPLIED: (Role.UNIT_HEAD, ApplicationAct.AGREE),
    ApplicationState.AGREED: (Role.SECRETARIAT, ApplicationAct.REVIEW),
    ApplicationState.REVIEWED: (Role.OFFICE_LEADER, ApplicationAct.APPROVE),
}


def decision_of(application: SealApplication, person: Person) -> ApplicationAct | None:
    """The decision that waits for this person's role; None when it's somebody else's turn."""
    role, act = DECISIONS.get(ApplicationState(application.state), (None, None))
    if role not in person.roles or (role is Role.UNIT_HEAD and person.unit_id != application.unit_id):
        return None
    return act


def took_part(application: SealApplication, person: Person) -> bool:
    """Whether the person, or the one they act for, took part before: then a later decision must be another's (S-3)."""
    return not {person.id, person.desk_id}.isdisjoint(
        {application.applicant_id, *(approval.person_id for approval in application.approvals)}
    )


def may_take_back(seal: UnitSeal, person: Person) -> bool:
    """Whether the person may record now that the seal was handed back (GZ25)."""
    live = seal.state in (SealState.IN_CUSTODY, SealState.SUSPENDED)
    return live and seal.returned_at is None and person.may(Permission.SEALS_TAKE_BACK)


def may_freeze(seal: UnitSeal, person: Person) -> bool:
    """Whether the person may suspend this seal now: its unit's own people, or the secrecy office (S-12)."""
    return (
        seal.state == SealState.IN_CUSTODY
        and person.acting is None
        and (person.unit_id == seal.unit_id or Role.SECRECY_OFFICE in person.roles)
    )
