"""The province's seal authority, recognised in the demo city: it issues the seals of districts' governments (S-7)."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.demo.city import PEOPLE
from portal.people import queries as people
from portal.people.roles import Role
from portal.seals import trusting
from portal.seals.trust_models import TrustedAuthority, TrustedFor

NAME = "南华省政务电子印章认证机构"
YEARS = 20


def load(session: Session, runtime: Runtime) -> None:
    """Recognise the authority once; its key is thrown away at once, so nobody can ever seal in its name."""
    if session.scalars(select(TrustedAuthority.id).where(TrustedAuthority.name == NAME)).first() is not None:
        return
    account = next(row.account for rows in PEOPLE.values() for row in rows if Role.SECRECY_OFFICE in row.roles)
    officer, root = people.by_account(session, account), _root()
    if officer is None:
        return
    trusting.import_authority(
        session,
        officer,
        chain=root.public_bytes(Encoding.PEM).decode(),
        fingerprint=root.fingerprint(hashes.SHA256()).hex(),
        trusted_for=TrustedFor.SEALS,
        reason="各县、区人民政府的电子印章由省政府办公厅统一制发",
    )


def _root() -> x509.Certificate:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # certificates and lists
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(usage, critical=True)
    )
    return builder.sign(key, hashes.SHA256())
