"""What the seal server does for certificates: issues people's, makes requests for seals, signs answers and lists.

Between ceremonies no key of the Seal CA is at hand: its lists are signed by a key it certified for lists alone.
People's certificates come from an authority of their own, whose key is on the seals token (decision 19).
"""

from __future__ import annotations

import datetime as dt
import hashlib

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from hsm import authority
from hsm.errors import HsmError
from hsm.keys import CRL_KEY, PEOPLE_KEY, HsmEcKey
from hsm.settings import AddressSettings
from portal.certificates import locks, operations, papers, policy
from portal.certificates.lifecycle import (
    APPLICATION,
    LIVE,
    ApplicationAct,
    ApplicationState,
    CertificateState,
)
from portal.certificates.models import Certificate, CertificateApplication, Kind, SubjectKind
from portal.certificates.service_models import Authority, RevocationList
from portal.core.clock import now
from portal.core.errors import PortalError, Refused
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import custody_check, device, standings
from portal.seals.custody_check import Checked
from portal.seals.lifecycle import SealState
from portal.seals.models import CertificateStatus, UnitSeal

log = structlog.get_logger(__name__)

FRESH = dt.timedelta(hours=1)
"""Answers and lists older than this are signed anew though nothing changed."""
MOST_AT_ONCE = 500
NO_AUTHORITY = N_(
    "This installation has no authority for people's certificates: the device was initialised without one."
)


def _refused(session: Session, error: PortalError, *, application_id: int) -> None:
    application = session.get_one(CertificateApplication, application_id, with_for_update=True, populate_existing=True)
    if APPLICATION.allows(application.state, ApplicationAct.REFUSE):
        application.state = APPLICATION.advance(application.state, ApplicationAct.REFUSE)
        application.error, application.closed_at = str(error), now()


def _locked(session: Session, application_id: int) -> CertificateApplication | None:
    """The application, if it is still to be carried out."""
    application = session.get_one(
        CertificateApplication, application_id, with_for_update={"of": CertificateApplication}, populate_existing=True
    )
    return application if application.state == ApplicationState.APPROVED else None


@job(on_failure=_refused)
def issue(runtime: Runtime, session: Session, *, application_id: int) -> None:
    """Issue the personal certificate of an approved application, once; the one before is replaced (K-1)."""
    application = _locked(session, application_id)
    if application is None or application.subject_kind != SubjectKind.PERSON:
        return
    _require_decided(application)
    owner = session.get_one(Person, application.person_id)
    before = locks.live_of(session, owner)
    if owner.closed_at is not None or owner.unit_id != application.unit_id:
        raise Refused("The person has left the unit meanwhile.")
    policy.require_still(Kind(application.kind), before)
    key = _key_for(application, before)
    try:
        made = _people_authority().issue(
            key,
            authority.make_name(owner.name, owner.unit.name, owner.account),
            authority.PERSON,
            years=runtime.rules.personal_certificate_years,
        )
    except HsmError as error:
        log.error("device refused to issue a certificate", error=error.code, application=application.id)
        raise device.unavailable(error) from error
    if before is not None:
        if application.kind == Kind.REISSUE:
            operations.revoke(before, None, "key_compromise", application.reason)
        else:
            operations.replace(before, None)
        session.flush()  # the old one leaves before the new one takes its place (HS9)
    row = operations.entry(made, unit_id=owner.unit_id, person_id=owner.id)
    row.chain, row.application_id = device.current().settings.pinned.people_ca_certificate_pem, application.id
    session.add(row)
    session.flush()
    record(
        Event.CERTIFICATE_ISSUED,
        subject=row,
        unit_id=row.unit_id,
        serial=row.serial,
        what=application.kind,
        valid_until=row.valid_until.isoformat(),
    )
    operations.finish(application)
    _publish_people(session)


def _require_decided(application: CertificateApplication) -> None:
    """The office approved, the unit's head agreed or is the applicant, nobody decided for themselves."""
    deciders = {decision.act: decision.person for decision in application.decisions}
    approver, head = deciders.get(ApplicationAct.APPROVE), deciders.get(ApplicationAct.AGREE, application.applicant)
    if (
        approver is None
        or approver.id in (application.applicant_id, head.id)
        or policy.APPROVERS[SubjectKind(application.subject_kind)] not in approver.own_roles
        or Role.UNIT_HEAD not in head.own_roles
        or head.unit_id != application.unit_id
    ):
        raise Refused("A certificate needs the consent of the unit's head and the approval of the office.")


def _key_for(application: CertificateApplication, before: Certificate | None) -> ec.EllipticCurvePublicKey:
    """The key of the request, or to extend, the one certified already."""
    if application.kind != Kind.EXTEND:
        key = papers.read_request(application.csr or "").public_key()
    else:
        assert before is not None  # `require_still` has seen it
        key = papers.read_certificates(before.pem, "certificate")[0].public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)  # of a request we have read, or a certificate we have issued
    return key


def _people_authority() -> authority.SealAuthority:
    held = device.current()
    pem = held.settings.pinned.people_ca_certificate_pem
    if not pem:
        raise Refused(NO_AUTHORITY)
    addresses = AddressSettings(
        crl_url=held.settings.addresses.people_crl_url, ocsp_url=held.settings.addresses.ocsp_url
    )
    return authority.SealAuthority(HsmEcKey(held.token(), PEOPLE_KEY), authority.load_certificate(pem), addresses)


@job(on_failure=_refused)
def make_request(_runtime: Runtime, session: Session, *, application_id: int) -> None:
    """Make the request for another authority, signed by the seal's own key in the device (S-7)."""
    application = _locked(session, application_id)
    if application is None or application.csr is not None or application.seal_id is None:
        return
    _require_decided(application)
    seal = session.get_one(UnitSeal, application.seal_id)
    own = _usable(seal).certificate
    try:
        key = HsmEcKey(device.current().token(), seal.key_label)
        if key.public_key() != own.public_key():
            raise Refused("The key in the device isn't the one of this seal.")
        request = x509.CertificateSigningRequestBuilder().subject_name(own.subject).sign(key, hashes.SHA256())
    except HsmError as error:
        log.error("device refused to sign a request", error=error.code, seal=seal.id)
        raise device.unavailable(error) from error
    application.csr = request.public_bytes(serialization.Encoding.PEM).decode()


def _usable(seal: UnitSeal) -> Checked:
    """The newest record of a seal that may be used: its key signs for no other, whatever the register says.

    That its certificate may have run out is often why another one is asked for. Raises Refused.
    """
    checked = custody_check.signed_record(seal)
    held = device.current().memory.is_held(checked.key, int(checked.facts["sequence"]))
    if held or seal.state != SealState.IN_CUSTODY:
        raise Refused("This seal is suspended or revoked and can't be used.")
    return checked


@job()
def publish(_runtime: Runtime, session: Session) -> None:
    """Sign answers and lists that changed or grew old (K-2): cheap when there is nothing to do."""
    publish_changes(session)


def publish_changes(session: Session) -> None:
    """The same, as the seal server does it by its own clock."""
    try:
        _publish_people(session)
        _publish_seals(session)
    except HsmError as error:
        log.error("device refused to sign lists", error=error.code)
        raise device.unavailable(error) from error


def _publish_people(session: Session) -> None:
    pem = device.current().settings.pinned.people_ca_certificate_pem
    if not pem:
        return
    root, key = authority.load_certificate(pem), HsmEcKey(device.current().token(), PEOPLE_KEY)
    # Locked: a revocation under way is waited for, so that no answer of before is signed after it.
    for row in locks.these(session, session.scalars(_stale()).all()):
        certificate = papers.read_certificates(row.pem, "certificate")[0]
        answer = authority.ocsp_response(certificate, root, key, root, _revocation_of(row))
        der = answer.public_bytes(serialization.Encoding.DER)
        session.merge(CertificateStatus(serial=row.serial, response=der, signed_at=now()))
    ended = session.scalars(
        select(Certificate).where(
            Certificate.subject_kind == SubjectKind.PERSON,
            Certificate.state != CertificateState.VALID,
            Certificate.valid_until > now(),
            Certificate.external.is_(False),
        )
    )
    _sign_list(session, Authority.PEOPLE, [entry for row in ended if (entry := _revocation_of(row))], key, root, root)


def _stale() -> Select[int]:
    """Ids of people's certificates whose answer is missing, old, or from before their state changed."""
    return (
        select(Certificate.id)
        .outerjoin(CertificateStatus, CertificateStatus.serial == Certificate.serial)
        .where(
            Certificate.subject_kind == SubjectKind.PERSON,
            Certificate.external.is_(False),
            Certificate.valid_until > now(),
            or_(
                CertificateStatus.signed_at.is_(None),
                CertificateStatus.signed_at <= Certificate.changed_at,
                CertificateStatus.signed_at < now() - FRESH,
            ),
        )
        .order_by(Certificate.changed_at.desc())
        .limit(MOST_AT_ONCE)
    )


def _revocation_of(row: Certificate) -> authority.Revocation | None:
    if row.state in LIVE and row.held_at is None:
        return None
    if row.state == CertificateState.HELD and row.held_at is not None:
        return authority.Revocation(int(row.serial, 16), row.held_at, x509.ReasonFlags.certificate_hold)
    assert row.revoked_at is not None and row.revoked_reason is not None  # a constraint of the table
    return authority.Revocation(int(row.serial, 16), row.revoked_at, x509.ReasonFlags[row.revoked_reason])


def _publish_seals(session: Session) -> None:
    """The Seal CA's list, of the seals themselves and of what is remembered: whoever ends one, it is on it."""
    pem = device.current().settings.pinned.crl_certificate_pem
    if not pem:
        return
    listed = [one for one in standings.of_ended(session) if one.certificate.not_valid_after_utc > now()]
    entries = [entry for one in listed if (entry := one.revocation)]
    key = HsmEcKey(device.current().token(), CRL_KEY)
    _sign_list(session, Authority.SEAL, entries, key, authority.load_certificate(pem), device.current().root)


def _sign_list(
    session: Session,
    whose: Authority,
    entries: list[authority.Revocation],
    key: HsmEcKey,
    signer: x509.Certificate,
    issuer: x509.Certificate,
) -> None:
    """A new list, if the entries changed or the last one grew old. Numbers are seconds: those of lists signed in
    ceremonies, under the same name, never come after."""
    lines = sorted(f"{entry.serial}:{entry.at.isoformat()}:{entry.reason}" for entry in entries)
    covers = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    last = session.scalars(
        select(RevocationList).where(RevocationList.authority == whose).order_by(RevocationList.number.desc()).limit(1)
    ).first()
    if last is not None and last.covers == covers and last.signed_at > now() - FRESH:
        return
    newest = session.scalar(select(func.max(RevocationList.number)).where(RevocationList.authority == whose)) or 0
    number = max(int(now().timestamp()), newest + 1)
    crl = authority.signed_crl(issuer.subject, key, entries, number)
    row = RevocationList(
        authority=whose,
        number=number,
        der=crl.public_bytes(serialization.Encoding.DER),
        covers=covers,
        entries=len(entries),
        signed_at=now(),
        signer_pem=authority.to_pem(signer),
        issuer_pem=authority.to_pem(issuer),
    )
    session.add(row)
    session.flush()
    record(Event.REVOCATION_LIST_SIGNED, subject=row, authority=whose.value, number=number, entries=len(entries))
