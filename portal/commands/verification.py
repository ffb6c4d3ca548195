"""`portal verify FILE`: an offline verdict on a sealed file or on the code of a printed copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import x509
from sqlalchemy.exc import SQLAlchemyError

from portal.core.db import unit_of_work
from portal.core.errors import PortalError, Refused
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.seals import certificates, codes, queries
from portal.seals.judging import Judgement, Standing, judge, judge_file
from portal.seals.trusting import Trust, trust_of

PDF_MARK = b"%PDF-"


@dataclass(frozen=True)
class Answer:
    """`valid`, or `invalid: why`; `details` say it line by line."""

    line: str
    details: tuple[str, ...] = ()


def verdict(settings: Settings, file: Path, ca: Path | None) -> Answer:
    """Judge a file. Trusts the installation's Seal CA and recognised authorities, or the certificate in `ca` alone."""
    root_file = ca or settings.seal_ca_file
    if not root_file.is_file():
        raise Refused("Name the certificate of the Seal CA with --ca: there is none in this installation.")
    root = certificates.load(root_file.read_bytes())
    with file.open("rb") as opened:
        is_pdf = PDF_MARK in opened.read(1024)
    if not is_pdf:
        return Answer(_of_code(settings, file))
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
        if today.standing in (Standing.SUSPENDED, Standing.REVOKED) and today.since:
            yield f"{today.found.name}: {today.standing} since {today.since:%Y-%m-%d %H:%M:%S} UTC"


def _of_code(settings: Settings, file: Path) -> str:
    """A code proves itself against its unit's certificate, which this installation's register holds."""
    try:
        code = codes.from_address(file.read_text(encoding="utf-8").strip())
        facts, _ = codes.decode(code)
        with closing(Runtime(settings)) as runtime, unit_of_work(runtime.engine, writes=False) as session:
            seal = queries.by_certificate_serial(session, facts.serial)
            if seal is None:
                return "invalid: the verification seal it names isn't in the register."
            codes.verify_code(code, certificates.load(seal.certificate.encode()))
    except UnicodeDecodeError:
        return "invalid: this is neither a PDF nor the code of a copy."
    except PortalError as error:
        return f"invalid: {error}"
    except SQLAlchemyError:
        return "invalid: the register of seals can't be read."
    return "valid"
