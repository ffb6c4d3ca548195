"""Acts on certificates: applying, deciding, importing, reporting a loss, carriers (K-1, K-5, S-7).

Each locks what it changes in the order that `locks` tells, and decides by what it reads then.
"""

from __future__ import annotations

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.certificates import locks, papers, policy, queries, words
from portal.certificates.lifecycle import (
    APPLICATION,
    CERTIFICATE,
    LIVE,
    ApplicationAct,
    ApplicationState,
    CertificateAct,
    CertificateState,
)
from portal.certificates.models import (
    Carrier,
    Certificate,
    CertificateApplication,
    CertificateDecision,
    EndedHow,
    Kind,
    SubjectKind,
)
from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import answers, fitness, trusting
from portal.seals import operations as seals
from portal.seals.lifecycle import SealState
from portal.seals.models import UnitSeal

ISSUE_JOB = "portal.certificates.signing.issue"
REQUEST_JOB = "portal.certificates.signing.make_request"
PUBLISH_JOB = "portal.certificates.signing.publish"
REASONS = ("key_compromise", "affiliation_changed", "superseded", "cessation_of_operation")
NOT_YOURS = "Nobody stands in for another over a certificate. Switch back to your own work first."


def apply_for_person(
    session: Session, person: Person, *, kind: str, reason: str, csr: str = ""
) -> CertificateApplication:
    """A person applies about their own certificate, of which there is one (HS9).

    Raises Invalid naming the field, Refused, AlreadyDone.
    """
    if person.acting is not None:
        raise Denied(NOT_YOURS)
    locks.lock(person)
    certificate = queries.live_of(session, person)
    if kind not in policy.kinds_for(certificate):
        raise Invalid("This can't be applied for with the certificate you have now.", field="kind")
    if queries.under_way(session, person=person) is not None:
        raise AlreadyDone("An application of yours is under way already.")
    kept = None
    if kind in policy.NEEDS_REQUEST:
        request = papers.read_request(csr)
        # Of all there ever were: one of them may have been reported lost.
        if papers.key_of(request) in {papers.key_of(_loaded(known)) for known in queries.all_of(session, person)}:
            raise Invalid("The request is for the key you have already. Make a new one.", field="csr")
        kept = csr.strip()
    application = CertificateApplication(
        kind=kind, subject_kind=SubjectKind.PERSON, person=person, unit_id=person.unit_id, applicant=person,
        reason=words.text(reason, "reason"), csr=kept, applied_at=now(),
    )  # fmt: skip
    return _filed(session, application, person)


def apply_for_seal(
    session: Session, person: Person, seal: UnitSeal, *, kind: str, reason: str
) -> CertificateApplication:
    """The unit's administrator applies about a seal's certificate: another authority's, or its end (S-7)."""
    policy.require(person, Permission.SEALS_APPLY)
    if person.unit_id != seal.unit_id:
        raise Denied(policy.NO_RIGHT)
    if kind not in policy.SEAL_KINDS:
        raise Invalid("This can't be applied for a seal.", field="kind")
    locks.lock(seal)
    if seal.state not in (SealState.IN_CUSTODY, SealState.SUSPENDED):
        raise Refused("This seal is revoked.")
    if queries.under_way(session, seal=seal) is not None:
        raise AlreadyDone("An application for this seal is under way already.")
    application = CertificateApplication(
        kind=kind, subject_kind=SubjectKind.SEAL, seal=seal, unit_id=seal.unit_id, applicant=person,
        reason=words.text(reason, "reason"), applied_at=now(),
    )  # fmt: skip
    return _filed(session, application, person)


def _filed(session: Session, application: CertificateApplication, person: Person) -> CertificateApplication:
    session.add(application)
    session.flush()
    record(
        Event.CERTIFICATE_APPLICATION_FILED,
        subject=application,
        actor=person,
        what=application.kind,
        reason=application.reason,
    )
    # The unit's consent (HS8) is its head's: when the head applies, it is there already, and the office still decides.
    if application.person_id == person.id and Role.UNIT_HEAD in person.own_roles:
        application.state = APPLICATION.advance(application.state, ApplicationAct.AGREE)
    return application


def decide(application: CertificateApplication, person: Person, act: str, opinion: str) -> None:
    """Agree, approve or refuse, with a reason; approved, it is carried out (K-1).

    Raises Denied, AlreadyDone, Invalid.
    """
    locks.lock(application)
    turn = policy.decision_of(application, person)
    if turn is None:
        if any(decision.person_id == person.id for decision in application.decisions):
            raise AlreadyDone("You have already decided on this application.")
        if application.state not in (ApplicationState.APPLIED, ApplicationState.AGREED):
            raise AlreadyDone("This application has been decided on already.")
        raise Denied("This decision is somebody else's.")
    wanted = ApplicationAct.REFUSE if act == ApplicationAct.REFUSE else turn
    opinion = words.text(opinion, "opinion")
    application.decisions.append(CertificateDecision(act=wanted, person=person, opinion=opinion, at=now()))
    application.state = APPLICATION.advance(application.state, wanted)
    if wanted is ApplicationAct.REFUSE:
        application.closed_at = now()
        record(Event.CERTIFICATE_APPLICATION_REFUSED, subject=application, actor=person, opinion=opinion)
    elif wanted is ApplicationAct.AGREE:
        record(Event.CERTIFICATE_APPLICATION_AGREED, subject=application, actor=person, opinion=opinion)
    else:
        record(Event.CERTIFICATE_APPLICATION_APPROVED, subject=application, actor=person, opinion=opinion)
        _carry_out(application, person)


def withdraw(application: CertificateApplication, person: Person) -> None:
    """The applicant takes it back."""
    locks.lock(application)
    if application.closed_at is not None:
        raise AlreadyDone("This application is over already.")
    if not policy.may_withdraw(application, person):
        raise Denied("Only the applicant withdraws an application.")
    application.state = APPLICATION.advance(application.state, ApplicationAct.WITHDRAW)
    application.closed_at = now()
    record(Event.CERTIFICATE_APPLICATION_WITHDRAWN, subject=application, actor=person)


def _carry_out(application: CertificateApplication, person: Person) -> None:
    """What follows from approval: the device signs, or the state changes here."""
    session, kind = session_of(application), Kind(application.kind)
    session.flush()
    if application.subject_kind == SubjectKind.PERSON:
        certificate = locks.live_of(session, session.get_one(Person, application.person_id))
        policy.require_still(kind, certificate)
        if certificate is None or kind not in (Kind.RECOVER, Kind.REVOKE):
            enqueue(session, Queue.SEAL, ISSUE_JOB, application_id=application.id)
            return
        if kind is Kind.RECOVER:
            recover(certificate, person)
        else:
            revoke(certificate, person, "cessation_of_operation", application.reason)
    elif kind is Kind.REVOKE:
        seal = session.get_one(UnitSeal, application.seal_id)
        seals.revoke_at_once(seal, person, "cessation_of_operation", application.reason)
        _follow_seal(session, seal, person, "cessation_of_operation", application.reason)
    else:
        enqueue(session, Queue.SEAL, REQUEST_JOB, application_id=application.id)
        return
    finish(application)


def finish(application: CertificateApplication) -> None:
    """An approved application is carried out."""
    application.state = APPLICATION.advance(application.state, ApplicationAct.CARRY_OUT)
    application.closed_at = now()


def recover(certificate: Certificate, person: Person | None) -> None:
    """A certificate on hold is good again: its carrier was found, or its seal unfrozen."""
    _move(certificate, CertificateAct.RECOVER)
    certificate.held_at = None
    record(Event.CERTIFICATE_RECOVERED, subject=certificate, actor=person, unit_id=certificate.unit_id)


def revoke(certificate: Certificate, person: Person | None, reason: str, why: str) -> None:
    """End a certificate; the answer about it and the list follow at once."""
    _move(certificate, CertificateAct.REVOKE)
    certificate.revoked_at, certificate.revoked_reason = now(), reason
    record(
        Event.CERTIFICATE_REVOKED,
        subject=certificate,
        actor=person,
        unit_id=certificate.unit_id,
        reason=reason,
        why=why,
    )


def report(certificate: Certificate, person: Person, *, what: str, why: str) -> None:
    """Report a lost carrier or a compromised key: on hold or revoked at once, by one person (CA31, HS10, K-5).

    what: `hold` while it is being looked for, `lost`, `compromised`. Raises Denied, AlreadyDone, Invalid.
    """
    session = session_of(certificate)
    why = words.text(why, "why")
    if what not in ("hold", "lost", "compromised"):
        raise Invalid("Choose what happened.", field="what")
    if certificate.seal_id is not None:
        seal = session.get_one(UnitSeal, certificate.seal_id)
        seals.lock_with_waiting(seal)
    locks.lock(certificate)
    if certificate.state not in LIVE or (what == "hold" and certificate.state == CertificateState.HELD):
        raise AlreadyDone("This certificate doesn't hold any more; nothing is left to do.")
    if not policy.may_report(certificate, person):
        raise Denied("Only its holder, the unit's head or the office reports this.")
    certificate.reported_at = now()
    record(
        Event.CERTIFICATE_REPORTED, subject=certificate, actor=person, unit_id=certificate.unit_id, what=what, why=why
    )
    if certificate.seal_id is not None:
        _report_seal(session, certificate, person, what, why)
    elif what == "hold":
        _move(certificate, CertificateAct.HOLD)
        certificate.held_at = now()
    else:
        revoke(certificate, person, "key_compromise", why)
    if what == "lost":
        for carrier in locks.carriers_out(session, certificate):
            _end(carrier, person, EndedHow.LOST)


def _report_seal(session: Session, certificate: Certificate, person: Person, what: str, why: str) -> None:
    seal = session.get_one(UnitSeal, certificate.seal_id)
    if what == "hold":
        seals.suspend(seal, person, why)
        _move(certificate, CertificateAct.HOLD)
        certificate.held_at = seal.suspended_at
        return
    seals.revoke_at_once(seal, person, "key_compromise", why)
    _follow_seal(session, seal, person, "key_compromise", why)


def _follow_seal(session: Session, seal: UnitSeal, person: Person, reason: str, why: str) -> None:
    """The seal's own certificate ends with it; that of another authority must be ended there and isn't used here."""
    for certificate in locks.live_of_seal(session, seal.id):
        revoke(certificate, person, reason, why)


def import_certificate(
    application: CertificateApplication, person: Person, *, certificate: str, chain: str = ""
) -> Certificate:
    """Bring in the certificate another authority issued for a seal's key (S-7).

    Checked: the key is the one in the device, validity, the way to a trusted authority, and all that stamping will ask
    of it. Raises Invalid.
    """
    policy.require(person, Permission.CERTIFICATES_APPROVE)
    session = locks.lock(application)
    if application.closed_at is not None:
        raise AlreadyDone("This application is over already.")
    if application.subject_kind != SubjectKind.SEAL or application.csr is None:
        raise Refused("The request isn't made yet.")
    if policy.APPROVERS[SubjectKind.SEAL] not in person.own_roles:
        raise Denied(policy.NO_RIGHT)
    seal = session.get_one(UnitSeal, application.seal_id)
    locks.lock(seal)
    if seal.state not in (SealState.IN_CUSTODY, SealState.SUSPENDED):
        raise Refused("This seal is revoked.")
    (leaf, *rest) = papers.read_certificates(certificate, "certificate")
    between = [*rest, *(papers.read_certificates(chain, "chain") if chain.strip() else ())]
    at = now()
    papers.require_for_key(leaf, papers.key_of(papers.read_request(application.csr)), at, "certificate")
    fitness.require_fit(leaf, seal)
    roots, theirs = trusting.issuers(session)
    links = papers.chain_to(leaf, roots, [*between, *theirs], at)
    if session.scalar(select(Certificate.id).where(Certificate.fingerprint == papers.fingerprint(leaf))) is not None:
        raise AlreadyDone("This certificate is in the register already.")
    for known in locks.live_of_seal(session, seal.id):
        if known.external:
            replace(known, person)
    made = entry(leaf, unit_id=application.unit_id, seal_id=seal.id, external=True)
    made.chain, made.application_id = papers.to_pem(links), application.id
    seal.imported_certificate = made.pem
    session.add(made)
    record(Event.CERTIFICATE_IMPORTED, subject=made, actor=person, serial=made.serial, issuer=made.issuer)
    finish(application)
    return made


def replace(certificate: Certificate, person: Person | None) -> None:
    """Another certificate takes its place."""
    _move(certificate, CertificateAct.REPLACE)
    certificate.revoked_at, certificate.revoked_reason = now(), "superseded"
    record(Event.CERTIFICATE_REPLACED, subject=certificate, actor=person, unit_id=certificate.unit_id)


def entry(
    certificate: x509.Certificate,
    *,
    unit_id: int,
    person_id: int | None = None,
    seal_id: int | None = None,
    external: bool = False,
) -> Certificate:
    """A line of the register for a certificate (of `cryptography`)."""
    at = now()
    return Certificate(
        subject_kind=SubjectKind.SEAL if seal_id is not None else SubjectKind.PERSON,
        person_id=person_id,
        seal_id=seal_id,
        unit_id=unit_id,
        name=papers.common_name(certificate.subject)[:120],
        issuer=papers.common_name(certificate.issuer)[:200],
        external=external,
        serial=papers.serial(certificate),
        fingerprint=papers.fingerprint(certificate),
        pem=papers.to_pem([certificate]),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        entered_at=at,
        changed_at=at,
    )


def hand_out(certificate: Certificate, officer: Person, number: str) -> Carrier:
    """Record that a numbered carrier went into the hands of the certificate's holder (K-1)."""
    policy.require(officer, Permission.CERTIFICATES_MANAGE)
    session = locks.lock(certificate)
    number = " ".join(number.split())
    if not number or len(number) > 40:
        raise Invalid("Enter the number on the carrier, at most 40 characters.", field="number")
    if certificate.person_id is None or certificate.state not in LIVE:
        raise Refused("Carriers are handed out with a personal certificate that holds.")
    carrier = Carrier(
        number=number, certificate_id=certificate.id, person_id=certificate.person_id, handed_out_at=now(),
        handed_out_by_id=officer.id,
    )  # fmt: skip
    try:
        with session.begin_nested():  # of two at the same moment the index lets one through
            session.add(carrier)
    except IntegrityError as error:
        raise Invalid("A carrier of this number is in somebody's hands already.", field="number") from error
    session.expire(certificate, ["carriers"])
    record(Event.CARRIER_HANDED_OUT, subject=carrier, actor=officer, number=number, person=certificate.person_id)
    return carrier


def take_back(carrier: Carrier, officer: Person) -> None:
    """Record that a carrier was handed back (HS8(4), HS8(6))."""
    policy.require(officer, Permission.CERTIFICATES_MANAGE)
    locks.lock(carrier)
    if carrier.ended_at is not None:
        raise AlreadyDone("This carrier is in nobody's hands any more.")
    _end(carrier, officer, EndedHow.RETURNED)


def _end(carrier: Carrier, person: Person, how: EndedHow) -> None:
    carrier.ended_at, carrier.ended_how, carrier.ended_by_id = now(), how, person.id
    record(Event.CARRIER_ENDED, subject=carrier, actor=person, number=carrier.number, how=how.value)


def _move(certificate: Certificate, act: CertificateAct) -> None:
    """Change the state: the old answer is served no more, the device signs a new one and a list after the commit."""
    session = locks.lock(certificate)
    state = CERTIFICATE.advance(certificate.state, act)
    if certificate.seal_id is None:  # the answer about a seal follows the seal
        answers.outdate(session, certificate.serial)
    if not certificate.external:
        enqueue(session, Queue.SEAL, PUBLISH_JOB)
    certificate.state, certificate.changed_at = state, now()


def _loaded(certificate: Certificate) -> x509.Certificate:
    return papers.read_certificates(certificate.pem, "certificate")[0]
