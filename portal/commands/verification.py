"""`portal verify FILE`: an offline verdict on a sealed file or on the code of a printed copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509
from cryptography.x509 import load_der_x509_certificate
from sqlalchemy.exc import SQLAlchemyError

from portal.core.db import unit_of_work
from portal.core.errors import PortalError, Refused
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.seals import certificates, code_trust, codes
from portal.seals.judging import Judgement, judge, judge_file
from portal.seals.revocations import Fate
from portal.seals.trusting import Trust, trust_of

PDF_MARK = b"%PDF-"


@dataclass(frozen=True)
class Answer:
    """`valid`, or `invalid: why`; `details` say it line by line."""

    line: str
    details: tuple[str, ...] = ()


def verdict(settings: Settings, file: Path, ca: Path | None, certificate: Path | None = None) -> Answer:
    """Judge a file. Trusts the installation's Seal CA and recognised authorities, or the certificate in `ca` alone.

    `certificate` is the verification seal's, to judge a code where there is no register.
    """
    root_file = ca or settings.seal_ca_file
    if not root_file.is_file():
        raise Refused("Name the certificate of the Seal CA with --ca: there is none in this installation.")
    root = certificates.load(root_file.read_bytes())
    with file.open("rb") as opened:
        is_pdf = PDF_MARK in opened.read(1024)
    if not is_pdf:
        return _of_code(settings, file, root, certificate)
    found = Judgement(judge_file(file, Trust([root]))) if ca else _with_register(settings, file, root)
    line = "invalid: " + " ".join(reason.value for reason in found.verdict.reasons)
    return Answer("valid" if found.verdict.valid else line, tuple(_details(found)))


def _with_register(settings: Settings, file: Path, root: x509.Certificate) -> Judgement:
    """What this installation's register adds; without it, the file and the Seal CA alone decide."""
    try:
        with closing(Runtime(settings)) as runtime, unit_of_work(runtime.engine, writes=False) as session:
            return judge(session, judge_file(file, trust_of(session, root)))
    except SQLAlchemyError:
        return Judgement(judge_file(file, Trust([root])))


def _details(found: Judgement) -> Iterator[str]:
    for aspect in found.aspects:
        yield f"{aspect.label}: {' '.join(aspect.said)}"
    for seal in found.verdict.seals:
        at = f"{seal.signed_at:%Y-%m-%d %H:%M:%S} UTC" if seal.signed_at else "at an unknown time"
        proof = seal.time_source or "nothing"
        yield f"{seal.name} ({seal.serial}), issued by {seal.issuer}; used {at}, proven by {proof}"
    for today in found.seals:
        yield from _since(today.found.name, today.found.fate or Fate())


def _of_code(settings: Settings, file: Path, root: x509.Certificate, certificate: Path | None) -> Answer:
    """A code proves itself against its seal's certificate: the one named, or the one in this installation's register.

    Named, nothing else is needed, neither register nor network; then nothing is known of the time since.
    """
    try:
        code = codes.from_address(file.read_text(encoding="utf-8").strip())
        if certificate is not None:
            issuer = load_der_x509_certificate(root.dump())
            code_trust.by_certificate(code, certificates.load(certificate.read_bytes()), [issuer])
            return Answer("valid")
        with closing(Runtime(settings)) as runtime, unit_of_work(runtime.engine, writes=False) as session:
            _facts, seal, fate = code_trust.prove(session, code, lambda: root)
            return Answer("valid", tuple(_since(seal.name, fate)))
    except UnicodeDecodeError:
        return Answer("invalid: this is neither a PDF nor the code of a copy.")
    except ValueError:
        return Answer("invalid: the file named with --certificate holds no certificate.")
    except PortalError as error:
        return Answer(f"invalid: {error}")
    except SQLAlchemyError:
        return Answer("invalid: the register of seals can't be read. Name the seal's certificate with --certificate.")


def _since(name: str, fate: Fate) -> Iterator[str]:
    if fate.at is not None:
        yield f"{name}: {'suspended' if fate.on_hold else 'revoked'} since {fate.at:%Y-%m-%d %H:%M:%S} UTC"
