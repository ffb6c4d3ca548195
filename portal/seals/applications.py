"""Applying for a unit's seals: the unit applies, its head agrees, the secretariat reviews, the leader approves (S-3).

Nobody acts twice on one application, and each approval is bound to the hash of what was approved: whoever edits the
row afterwards voids the approvals, because no ceremony opens for a hash that doesn't match.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.rules import SealIssuer
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import custody, policy, queries
from portal.seals.faces import face_for
from portal.seals.lifecycle import APPLICATION, ApplicationAct, ApplicationState
from portal.seals.models import ApplicationKind, SealApplication, SealApproval, SealClass
from portal.units.models import Tier, Unit, UnitKind

OPINION_LIMIT = 500
# Which states mean that an act was done already, so that a double click is told as such.
_AFTER: dict[ApplicationAct, frozenset[ApplicationState]] = {
    ApplicationAct.AGREE: frozenset(
        {
            ApplicationState.AGREED,
            ApplicationState.REVIEWED,
            ApplicationState.APPROVED,
            ApplicationState.FULFILLED,
        }
    ),
    ApplicationAct.REVIEW: frozenset(
        {ApplicationState.REVIEWED, ApplicationState.APPROVED, ApplicationState.FULFILLED}
    ),
    ApplicationAct.APPROVE: frozenset({ApplicationState.APPROVED, ApplicationState.FULFILLED}),
}


def file_application(
    session: Session,
    applicant: Person,
    *,
    reason: str,
    custodians: Sequence[Person],
    holders: Sequence[Person],
    threshold: int = 1,
    password_holders: Sequence[Person] = (),
    details: Mapping[str, Any] | None = None,
) -> SealApplication:
    """Apply for the signature seal and the verification seal of the applicant's unit (GZ21).

    `threshold`: how many custodians must act together when stamping; with `password_holders` carrier and password are
    kept apart, and one of each must act (S-6). Raises Invalid naming the field, Refused when the unit has a live seal,
    an application under way, or a keeper without the hardware key that the rules demand.
    """
    unit = applicant.unit
    if not reason.strip():
        raise Invalid("Say why the unit needs its seals.", field="reason")
    # Of two clicks at once the second waits here, and finds the first one's application.
    session.refresh(unit, with_for_update={"key_share": True, "of": Unit})
    if queries.live_application(session, unit.id) is not None:
        raise Refused("An application of this unit is under way already.")
    if queries.live_seals(session, unit.id):
        raise Refused("This unit has its seals already. Replacing them takes an application of another kind.")
    require_office_issues(unit)
    custodians, threshold, groups = arranged(unit.id, custodians, password_holders, threshold)
    require_holders(unit.id, holders)
    custody.require_keys([*custodians, *holders], current().rules)
    face = face_for(UnitKind(unit.kind), unit.name, SealClass.SIGNATURE)
    application = SealApplication(
        unit=unit,
        applicant=applicant,
        kind=ApplicationKind.MAKE,
        reason=reason.strip(),
        details={**(details or {}), **groups},
        face_text=face.text,
        unit_code=unit.code,
        diameter_mm=int(face.diameter_mm),
        custodian_ids=sorted(person.id for person in custodians),
        holder_ids=sorted(person.id for person in holders),
        threshold=threshold,
        seal_ids=[],
        content_hash="",
        applied_at=now(),
    )
    application.content_hash = content_hash(application)
    session.add(application)
    session.flush()
    record(
        Event.SEAL_APPLICATION_FILED,
        subject=application,
        actor=applicant,
        content_hash=application.content_hash,
    )
    return application


def content_hash(application: SealApplication) -> str:
    """SHA-256 (hex) of what is approved: everything the ceremony will make. Fixed order, no spaces."""
    canonical = json.dumps(content(application), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def content(application: SealApplication) -> dict[str, Any]:
    """What is hashed: whoever has it can compute the hash anew."""
    said = {
        "unit": application.unit.id,
        "unit_code": application.unit_code,
        "applicant": application.applicant.id,
        "reason": application.reason,
        "face_text": application.face_text,
        "diameter_mm": application.diameter_mm,
        "custodians": application.custodian_ids,
        "holders": application.holder_ids,
        "threshold": application.threshold,
    }
    # The first kind was hashed before there were others, and before it had details.
    if application.kind != ApplicationKind.MAKE or application.details:
        said |= {"kind": application.kind, "seals": application.seal_ids, "details": application.details}
    return said


def require_untouched(application: SealApplication) -> None:
    """Raise Refused when the row isn't what was filed and approved any more (S-5)."""
    approved = {approval.content_hash for approval in application.approvals}
    if content_hash(application) != application.content_hash or approved - {application.content_hash}:
        raise Refused("The application was changed after it was approved; the approvals are void.")


def require_head(application: SealApplication) -> None:
    """Who agreed as head of the unit, or whom they stood in for, is its head now. Raises Refused."""
    for approval in application.approvals:
        head = approval.acting_for or approval.person
        if approval.act == ApplicationAct.AGREE and not _heads(head, application.unit_id):
            raise Refused(
                "%(name)s, who agreed, isn't the head of the unit any more. "
                "The unit withdraws this application and applies anew.",
                name=head.name,
            )


def _heads(person: Person, unit_id: int) -> bool:
    return Role.UNIT_HEAD in person.own_roles and person.unit_id == unit_id and person.closed_at is None


def lock(application: SealApplication) -> Session:
    """Read the application anew and keep its row until the transaction ends; every act on it begins with that."""
    session = session_of(application)
    session.flush()
    session.refresh(application, with_for_update={"of": SealApplication})
    return session


def agree(application: SealApplication, head: Person, opinion: str) -> None:
    """The head of the unit agrees and signs (GZ21)."""
    if head.unit_id != application.unit_id or Role.UNIT_HEAD not in head.roles:
        raise Denied("Only the head of the unit can agree.")
    _decide(application, head, opinion, ApplicationAct.AGREE)
    record(Event.SEAL_APPLICATION_AGREED, subject=application, actor=head, opinion=opinion.strip())


def review(application: SealApplication, officer: Person, opinion: str) -> None:
    """The secretariat reviews (GZ21)."""
    _require_role(officer, Role.SECRETARIAT)
    _decide(application, officer, opinion, ApplicationAct.REVIEW)
    record(Event.SEAL_APPLICATION_REVIEWED, subject=application, actor=officer, opinion=opinion.strip())


def approve(application: SealApplication, leader: Person, opinion: str) -> None:
    """The leader of the municipal office approves; now a ceremony can be called (GZ21)."""
    _require_role(leader, Role.OFFICE_LEADER)
    _decide(application, leader, opinion, ApplicationAct.APPROVE)
    record(
        Event.SEAL_APPLICATION_APPROVED,
        subject=application,
        actor=leader,
        opinion=opinion.strip(),
        content_hash=application.content_hash,
    )


def refuse(application: SealApplication, person: Person, opinion: str) -> None:
    """Whoever's turn it is refuses, with the reason."""
    lock(application)
    if application.state == ApplicationState.REFUSED:
        raise AlreadyDone("This application was already refused.")
    state = APPLICATION.advance(application.state, ApplicationAct.REFUSE)
    if policy.decision_of(application, person) is None:
        raise Denied("This application isn't waiting for you.")
    reason = _opinion(opinion)
    application.state = state
    record(Event.SEAL_APPLICATION_REFUSED, subject=application, actor=person, opinion=reason)


def withdraw(application: SealApplication, applicant: Person, opinion: str) -> None:
    """The applicant takes the application back, as long as no seal was made."""
    if applicant.desk_id != application.applicant_id:
        raise Denied("Only the applicant can withdraw the application.")
    if queries.live_ceremony(lock(application), application.id) is not None:
        raise Refused("A ceremony is under way; it must be aborted first.")
    if application.state == ApplicationState.WITHDRAWN:
        raise AlreadyDone("This application was already withdrawn.")
    state = APPLICATION.advance(application.state, ApplicationAct.WITHDRAW)
    reason = _opinion(opinion)
    application.state = state
    record(Event.SEAL_APPLICATION_WITHDRAWN, subject=application, actor=applicant, opinion=reason)


def _decide(application: SealApplication, person: Person, opinion: str, act: ApplicationAct) -> None:
    lock(application)
    if ApplicationState(application.state) in _AFTER[act]:
        raise AlreadyDone("This step was already done.")
    state = APPLICATION.advance(application.state, act)
    if policy.took_part(application, person):
        raise Refused("The applicant and the persons who decide must be different people.")
    require_untouched(application)
    application.approvals.append(
        SealApproval(
            act=act,
            person=person,
            acting_for=person.acting_for,
            opinion=_opinion(opinion),
            content_hash=application.content_hash,
            at=now(),
        )
    )
    application.state = state


def _opinion(opinion: str) -> str:
    text = opinion.strip()
    if not text:
        raise Invalid("The opinion must not be empty.", field="opinion")
    if len(text) > OPINION_LIMIT:
        raise Invalid("The opinion may have %(limit)s characters at most.", field="opinion", limit=OPINION_LIMIT)
    return text


def _require_role(person: Person, role: Role) -> None:
    if role not in person.roles:
        raise Denied("This application isn't waiting for you.")


def arranged(
    unit_id: int, custodians: Sequence[Person], password_holders: Sequence[Person], threshold: int
) -> tuple[Sequence[Person], int, dict[str, Any]]:
    """Who keeps a signature seal, how many must act, and the details that say so where carrier and password are apart.

    Raises Invalid naming the field.
    """
    _require_keepers(unit_id, custodians, Role.SEAL_CUSTODIAN, "custodians")
    if not password_holders:
        if not 1 <= threshold <= len(custodians):
            raise Invalid("As many custodians must act together as are named, and at least one.", field="threshold")
        return custodians, threshold, {}
    _require_keepers(unit_id, password_holders, Role.SEAL_PASSWORD_HOLDER, "password_holders")
    both = {person.id for person in custodians} & {person.id for person in password_holders}
    for person in password_holders:
        if person.id in both:
            raise Invalid(
                "%(name)s can't keep both: carrier and password are kept by different people.",
                field="password_holders",
                name=person.name,
            )
    groups = custody.apart(custodians, password_holders)
    return [*custodians, *password_holders], len(groups), {"groups": groups}


def require_holders(unit_id: int, holders: Sequence[Person]) -> None:
    """Holders of the verification seal, of the unit. Raises Invalid naming the field."""
    _require_keepers(unit_id, holders, Role.VERIFICATION_HOLDER, "holders")


def require_office_issues(unit: Unit) -> None:
    """The seals of this unit are made here and not by the provincial authority (S-7). Raises Refused."""
    of_district = unit.kind == UnitKind.GOVERNMENT and unit.tier == Tier.DISTRICT
    if of_district and current().rules.district_seals_from is SealIssuer.PROVINCE:
        raise Refused(
            "The seals of district governments are issued by the provincial authority; the office imports them."
        )


def _require_keepers(unit_id: int, people: Sequence[Person], role: Role, field: str) -> None:
    if not people:
        raise Invalid("Name at least one person of the unit.", field=field)
    for person in people:
        if person.unit_id != unit_id or role not in person.own_roles or person.closed_at is not None:
            raise Invalid("%(name)s doesn't have this role in the unit.", field=field, name=person.name)
