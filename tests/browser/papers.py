"""Files of the story, and the programs of others that judge them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import zxingcpp
from sqlalchemy.orm import Session

from portal.documents.models import Document
from portal.seals.queries import signature_seal

# How a copy's number looks: three groups of letters and digits.
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program and take what it says."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)


def plain_pdf(path: Path) -> Path:
    """A harmless PDF of one page."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(path)
    return path


def text_of(pdf: bytes, folder: Path) -> str:
    """The text of a PDF, as poppler reads it."""
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    return run("pdftotext", "-layout", path, "-").stdout


def number_in(text: str) -> str:
    """The copy's number in a text."""
    found = NUMBER.search(text)
    assert found is not None, text
    return found[0]


def scanned(pdf: bytes) -> str:
    """What the QR code on the last page says, read as a telephone would."""
    with pdfium.PdfDocument(pdf) as document:
        picture = document[len(document) - 1].render(scale=3).to_pil()
    (found,) = zxingcpp.read_barcodes(picture)
    return str(found.text)


def pdfsig(file: Path, authority: Path, folder: Path) -> str:
    """What poppler says of the signatures, trusting our authority by an NSS database as Firefox and Evince keep it."""
    database = folder / "nss"
    database.mkdir()
    run("certutil", "-N", "-d", f"sql:{database}", "--empty-password")
    added = run("certutil", "-A", "-d", f"sql:{database}", "-n", "seals", "-t", "CT,C,C", "-i", authority)
    assert added.returncode == 0, added.stderr
    return run("pdfsig", "-nssdir", database, file).stdout


def seal_certificate(session: Session, document: Document, folder: Path) -> Path:
    """The certificate of the signature seal of the unit that sent `document`, as a PEM file."""
    seal = signature_seal(session, document.unit_id)
    assert seal is not None
    path = folder / "seal.pem"
    path.write_text(seal.certificate)
    return path
