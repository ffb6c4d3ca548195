"""Whether a copy's code proves anything: signed by a verification seal that a recognised authority vouched for (S-1).

The certificate a code names comes from the register, and a row there proves nothing by itself: it must have been issued
by the Seal CA, or by an authority recognised when the copy was made, and have been good on that day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from sqlalchemy.orm import Session

from portal.core.clock import to_city
from portal.core.text import N_
from portal.seals import certificates, codes, queries, trusting
from portal.seals.models import SealClass, UnitSeal
from portal.seals.revocations import Fate, known_in

UNKNOWN_SEAL = N_("The code names a verification seal that isn't in the register.")
UNKNOWN_ISSUER = N_("The verification seal it names was issued by an authority that isn't recognised here.")
OUT_OF_TIME = N_("The verification seal it names wasn't valid on the day of the copy.")
ENDED = N_("The verification seal it names had been suspended or revoked before the copy was made.")


def prove(
    session: Session, code: str, root: Callable[[], asn1_x509.Certificate]
) -> tuple[codes.CopyFacts, UnitSeal, Fate]:
    """The facts of a code, the seal that signed them and what became of it. Raises NotACode, NotProven.

    `root` reads the certificate of the Seal CA, when a seal of the register was named.
    """
    named, _ = codes.decode(code)
    seal = queries.by_certificate_serial(session, named.serial)
    if seal is None or seal.seal_class != SealClass.VERIFICATION:
        raise codes.NotProven(UNKNOWN_SEAL)
    try:
        certificate = certificates.load(queries.certificate_numbered(session, seal, named.serial).encode())
    except ValueError as error:
        raise codes.NotProven(UNKNOWN_SEAL) from error
    facts = by_certificate(code, certificate, [_modern(root()), *trusting.issuers_on(session, named.day)])
    fate = known_in(session)(certificate) or Fate()
    if fate.at is not None and to_city(fate.at).date() < facts.day:
        raise codes.NotProven(ENDED)
    return facts, seal, fate


def by_certificate(
    code: str, certificate: asn1_x509.Certificate, issuers: Iterable[x509.Certificate]
) -> codes.CopyFacts:
    """The facts of a code, proven by a certificate of these issuers alone. Raises NotACode, NotProven."""
    facts = codes.verify_code(code, certificate)
    if not any(_is_issued(_modern(certificate), issuer) for issuer in issuers):
        raise codes.NotProven(UNKNOWN_ISSUER)
    begins, ends = (to_city(moment).date() for moment in (certificate.not_valid_before, certificate.not_valid_after))
    if not begins <= facts.day <= ends:
        raise codes.NotProven(OUT_OF_TIME)
    return facts


def _is_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _modern(certificate: asn1_x509.Certificate) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())
