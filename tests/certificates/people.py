"""Personal certificates in tests: a key on somebody's carrier, applications decided, everything carried out."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Session

from portal.certificates import operations, queries
from portal.certificates.models import Certificate, CertificateApplication
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.work import drain_all

UNIT = "finance"


def carrier_key() -> ec.EllipticCurvePrivateKey:
    """The key on a carrier."""
    return ec.generate_private_key(ec.SECP256R1())


def request_of(key: ec.EllipticCurvePrivateKey, name: str = "本人") -> str:
    """The request its software writes."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return csr.public_bytes(serialization.Encoding.PEM).decode()


def decided(session: Session, city: City, application: CertificateApplication) -> None:
    """Agreed by the unit's head, approved by the office."""
    office = Role.INFORMATION_CENTRE if application.subject_kind == "person" else Role.SECRECY_OFFICE
    operations.decide(application, city.person(UNIT, Role.UNIT_HEAD), "agree", "同意。")
    operations.decide(application, city.person("office", office), "approve", "情况属实，同意办理。")


def carried_out(
    runtime: Runtime, session: Session, city: City, owner: Person, kind: str, csr: str = ""
) -> CertificateApplication:
    """An application from filing to its end, committed."""
    application = operations.apply_for_person(session, owner, kind=kind, reason="工作需要", csr=csr)
    decided(session, city, application)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    return application


def issued(runtime: Runtime, session: Session, city: City) -> tuple[Person, Certificate]:
    """A person of the finance bureau with a fresh certificate."""
    owner = city.person(UNIT, Role.EXCHANGE_CLERK)
    carried_out(runtime, session, city, owner, "issue", request_of(carrier_key()))
    certificate = queries.live_of(session, owner)
    assert certificate is not None
    return owner, certificate


def openssl(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run openssl in a folder; exit status and everything it said."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr
