"""`portal verify FILE`: an offline verdict on a sealed file or on the code of a printed copy."""

from __future__ import annotations

from pathlib import Path

from asn1crypto import x509
from sqlalchemy.exc import SQLAlchemyError

from portal.core.db import unit_of_work
from portal.core.errors import PortalError, Refused
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.seals import certificates, codes, queries
from portal.seals.verifying import verify

PDF_MARK = b"%PDF-"


def verdict(settings: Settings, file: Path, ca: Path | None) -> str:
    """`valid`, or `invalid: why`. Trusts the installation's Seal CA, or the one in `ca`."""
    root_file = ca or settings.seal_ca_file
    if not root_file.is_file():
        raise Refused("Name the certificate of the Seal CA with --ca: there is none in this installation.")
    root = certificates.load(root_file.read_bytes())
    with file.open("rb") as opened:
        is_pdf = PDF_MARK in opened.read(1024)
    return _of_file(settings, file, root) if is_pdf else _of_code(settings, file)


def _of_file(settings: Settings, file: Path, root: x509.Certificate) -> str:
    found = verify(file, trust_roots=[root], expected_digest=None)
    if found.valid:
        return "valid"
    return "invalid: " + " ".join(reason.value for reason in found.reasons)


def _of_code(settings: Settings, file: Path) -> str:
    """A code proves itself against its unit's certificate, which this installation's register holds."""
    try:
        code = codes.from_address(file.read_text(encoding="utf-8").strip())
        facts, _ = codes.decode(code)
        with unit_of_work(Runtime(settings).engine, writes=False) as session:
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
