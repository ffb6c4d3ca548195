"""Accepting a file from outside: judged by its content, checked for what can harm, and cleaned.

Nothing here keeps the file: the result is a clean, unnamed temporary file for `FileStore.put`. The plain
bytes never have a name on disk, so a crash leaves nothing readable behind.
"""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from portal.content.clean_image import clean_jpeg, clean_png
from portal.content.clean_office import clean_docx, clean_ofd, clean_xlsx, package_kind
from portal.content.clean_pdf import clean_pdf
from portal.content.clean_text import clean_text, is_text
from portal.content.packages import BROKEN
from portal.core.errors import Refused
from portal.core.store import Readable

MEGABYTE = 1024 * 1024
# Of the stem in UTF-8: with the suffix it stays below the 255 bytes of file systems.
NAME_BYTES = 240

_BLOCK = MEGABYTE
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is accepted: `clean` checks one and writes it harmless; returns pages, if any."""

    label: str
    media_type: str
    suffixes: tuple[str, ...]
    clean: Callable[[BinaryIO, BinaryIO, str], int | None]


PDF = Kind("PDF", "application/pdf", (".pdf",), clean_pdf)
OFD = Kind("OFD", "application/ofd", (".ofd",), clean_ofd)
DOCX = Kind("DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",), clean_docx)
XLSX = Kind("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",), clean_xlsx)
PNG = Kind("PNG", "image/png", (".png",), clean_png)
JPEG = Kind("JPEG", "image/jpeg", (".jpg", ".jpeg"), clean_jpeg)
TXT = Kind("TXT", "text/plain", (".txt",), clean_text)

KINDS = (PDF, OFD, DOCX, XLSX, PNG, JPEG, TXT)
SUFFIXES = tuple(suffix for kind in KINDS for suffix in kind.suffixes)

_SIGNATURES = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))
_PACKAGES = {"docx": DOCX, "xlsx": XLSX, "ofd": OFD}


@dataclass(frozen=True, slots=True)
class Upload:
    """An accepted file: `file` stands at its start; `pages` where the kind has any. Close it after use."""

    filename: str
    media_type: str
    file: BinaryIO
    size: int
    pages: int | None

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def accept(stream: Readable, filename: str, limit: int) -> Upload:
    """Read, judge and clean one uploaded file of at most `limit` bytes (X-11: the whole document's limit).

    Raises Refused with one sentence that says what is wrong and what to do. Nothing is kept then.
    """
    name = clean_name(filename)
    expected = _kind_by_name(name)
    with tempfile.TemporaryFile() as raw:
        _receive(stream, raw, name, limit)
        found = kind_of(raw)
        if found is not expected:
            raise _contradiction(name, expected, found)
        with ExitStack() as unless_accepted:
            cleaned = unless_accepted.enter_context(tempfile.TemporaryFile())
            raw.seek(0)
            pages = expected.clean(raw, cleaned, name)
            size = cleaned.seek(0, os.SEEK_END)
            cleaned.seek(0)
            unless_accepted.pop_all()
    return Upload(name, expected.media_type, cleaned, size, pages)


def clean_name(filename: str) -> str:
    """Return the last part of a file name without anything that misleads people or file systems.

    Raises Refused when nothing is left.
    """
    last = unicodedata.normalize("NFC", filename).replace("\\", "/").rsplit("/", 1)[-1]
    # Control and format characters: a right-to-left override makes "…exe.pdf" out of "…fdp.exe".
    visible = "".join(char for char in last if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    name = re.sub(r"\s+", " ", _NOT_IN_NAMES.sub("_", visible)).strip(" .")
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    if not stem or not suffix:
        raise Refused("The file has no usable name: give it a name that ends with its kind, such as .pdf.")
    short = stem.encode()[:NAME_BYTES].decode(errors="ignore")
    return short.rstrip(" .") + suffix.lower()


def kind_of(file: BinaryIO) -> Kind | None:
    """Return the kind by content alone, None when it is none of ours."""
    file.seek(0)
    start = file.read(8)
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    if start.startswith(b"PK\x03\x04"):
        file.seek(0)
        try:
            return _PACKAGES.get(package_kind(file))
        except BROKEN:
            return None
    file.seek(0)
    return TXT if is_text(file) else None


def _kind_by_name(name: str) -> Kind:
    suffix = PurePosixPath(name).suffix
    for kind in KINDS:
        if suffix in kind.suffixes:
            return kind
    raise Refused(
        "%(name)s can't be attached: files must be %(kinds)s.",
        name=name,
        kinds=" ".join(kind.label for kind in KINDS),
    )


def _contradiction(name: str, expected: Kind, found: Kind | None) -> Refused:
    if found is None:
        return Refused(
            "%(name)s isn't a %(expected)s file, whatever its name says: attach the real %(expected)s file.",
            name=name,
            expected=expected.label,
        )
    return Refused(
        "%(name)s is called %(expected)s but is a %(found)s file: give it its right name, then attach it.",
        name=name,
        expected=expected.label,
        found=found.label,
    )


def _receive(stream: Readable, raw: BinaryIO, name: str, limit: int) -> None:
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size <= limit:
            raw.write(block)
    # Read to the end though it is too large: the sentence tells the size, and browsers show it only then.
    if size > limit:
        raise Refused(
            "%(name)s has %(size)s MB, but a document with all its files may have at most %(limit)s MB.",
            name=name,
            size=_megabytes(size),
            limit=_megabytes(limit),
        )
    if not size:
        raise Refused("%(name)s is empty: attach the file again.", name=name)


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.1f}".removesuffix(".0")
