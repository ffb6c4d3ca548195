"""Zip packages (DOCX, XLSX, OFD): opened only if their directory holds no trap, their XML parsed safely."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO, TypeAlias

from lxml import etree  # type: ignore[import-untyped]  # ships no stubs

from portal.core.errors import Refused

MAX_PARTS = 5000
MAX_TOTAL = 500 * 1024 * 1024
MAX_XML = 64 * 1024 * 1024
# Repeated text packs 100:1 at most; a bomb has 1000:1. Small parts are harmless at any ratio.
MAX_RATIO = 300
_SMALL = 1024 * 1024
_ENCRYPTED = 0x1

Element: TypeAlias = etree._Element

# What zipfile and zlib raise on parts that aren't what the directory says.
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, KeyError, EOFError, OSError)


def open_package(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """Return the package after checking its directory. Raises Refused.

    zipfile never gives more bytes of a part than its directory says, so the sizes checked here hold.
    """
    try:
        package = zipfile.ZipFile(file)
    except BROKEN as error:
        raise damaged(name) from error
    parts = package.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise Refused("%(name)s is protected by a password: remove the protection and attach it again.", name=name)
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_TOTAL or any(map(_swells, parts)):
        raise Refused("%(name)s unpacks to far more than it holds and was not opened.", name=name)
    names = [part.filename for part in parts]
    if len({name.lower() for name in names}) != len(names) or any(map(_leads_out, names)):
        raise Refused("%(name)s has misleading names inside: save it anew and attach it again.", name=name)
    return package


def read_xml(package: zipfile.ZipFile, part: str, name: str) -> Element:
    """Parse one part without entities, network or DTD. Raises Refused."""
    try:
        if package.getinfo(part).file_size > MAX_XML:
            raise Refused("%(name)s is too large inside: split it and attach the pieces.", name=name)
        root = etree.fromstring(package.read(part), _parser())
    except (etree.XMLSyntaxError, *BROKEN) as error:
        raise damaged(name) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused("%(name)s holds entity definitions, which documents never need.", name=name)
    return root


def damaged(name: str) -> Refused:
    """The refusal of a package that can't be read."""
    return Refused("%(name)s is damaged: save it anew and attach it again.", name=name)


def _parser() -> etree.XMLParser:
    # A parser for each part: lxml's aren't for several threads at once.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _swells(part: zipfile.ZipInfo) -> bool:
    return part.file_size > _SMALL and part.file_size > MAX_RATIO * max(part.compress_size, 1)


def _leads_out(name: str) -> bool:
    return "\\" in name or ":" in name or name.startswith("/") or ".." in PurePosixPath(name).parts
