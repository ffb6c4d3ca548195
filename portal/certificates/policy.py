"""Who decides about certificates, who may report a loss, what may be applied for now."""

from __future__ import annotations

from portal.certificates.lifecycle import CERTIFICATE, LIVE, ApplicationAct, ApplicationState, CertificateAct
from portal.certificates.models import Certificate, CertificateApplication, Kind, SubjectKind
from portal.core.errors import Denied, Refused
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.roles import Role

NO_RIGHT = "Your role doesn't include this. Ask your unit's administrator if it should."
# 《衡水办法》第七条: the e-government office approves; over seals the secrecy office watches (《广州办法》第二十三条).
APPROVERS = {SubjectKind.PERSON: Role.INFORMATION_CENTRE, SubjectKind.SEAL: Role.SECRECY_OFFICE}
NEEDS_REQUEST = (Kind.ISSUE, Kind.RENEW, Kind.CHANGE, Kind.REISSUE)
"""A person brings a new key."""
SEAL_KINDS = (Kind.ISSUE, Kind.EXTEND, Kind.CHANGE, Kind.REVOKE)
"""What can be applied for of a seal: its key is made and unfrozen in a ceremony only."""


def require(person: Person, permission: Permission) -> None:
    """Raise Denied unless the person holds the permission."""
    if not person.may(permission):
        raise Denied(NO_RIGHT)


def oversees(person: Person) -> bool:
    """Whether the person sees every unit's certificates."""
    return person.may(Permission.CERTIFICATES_APPROVE)


def decision_of(application: CertificateApplication, person: Person) -> ApplicationAct | None:
    """The decision that waits for this person; None when it's somebody else's turn."""
    if person.acting is not None or took_part(application, person):
        return None
    if application.state == ApplicationState.APPLIED:
        head = Role.UNIT_HEAD in person.own_roles and person.unit_id == application.unit_id
        return ApplicationAct.AGREE if head else None
    if application.state == ApplicationState.AGREED:
        approver = APPROVERS[SubjectKind(application.subject_kind)] in person.own_roles
        return ApplicationAct.APPROVE if approver else None
    return None


def took_part(application: CertificateApplication, person: Person) -> bool:
    """Whether the person applied, or decided before, or gets the certificate: then another decides."""
    return person.id in {
        application.applicant_id,
        application.person_id,
        *(decision.person_id for decision in application.decisions),
    }


def may_withdraw(application: CertificateApplication, person: Person) -> bool:
    """Whether the person may take the application back now."""
    return person.acting is None and person.id == application.applicant_id and application.closed_at is None


def may_report(certificate: Certificate, person: Person) -> bool:
    """Whether the person may report loss or compromise: the owner, their unit's head, the office (CA31)."""
    if certificate.state not in LIVE or certificate.external or person.acting is not None:
        return False
    head = Role.UNIT_HEAD in person.own_roles and person.unit_id == certificate.unit_id
    approver = APPROVERS[SubjectKind(certificate.subject_kind)] in person.own_roles
    return head or approver or (certificate.person_id is not None and certificate.person_id == person.id)


def require_still(kind: Kind, certificate: Certificate | None) -> None:
    """Raise Refused when what was applied for doesn't fit the certificate any more: it ended or went on hold since."""
    if kind not in kinds_for(certificate):
        raise Refused("The certificate was reported, replaced or has ended meanwhile. Apply for what fits now.")


def kinds_for(certificate: Certificate | None) -> list[Kind]:
    """What a person may apply for, given their live certificate or the lack of one."""
    if certificate is None:
        return [Kind.ISSUE, Kind.REISSUE]
    if CERTIFICATE.allows(certificate.state, CertificateAct.RECOVER):
        return [Kind.RECOVER, Kind.REISSUE, Kind.REVOKE]
    return [Kind.RENEW, Kind.EXTEND, Kind.CHANGE, Kind.REISSUE, Kind.REVOKE]
