"""Word, Excel and OFD files: refused with macros, embedded objects or anything fetched from elsewhere."""

from __future__ import annotations

import re
import shutil
import zipfile
from typing import BinaryIO

from portal.content.packages import BROKEN, Element, damaged, open_package, read_xml
from portal.core.errors import Refused
from portal.core.text import N_

_MAIN_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "OFD.xml": "ofd"}

_MACRO = N_("%(name)s holds a macro: save it without macros and attach that.")
_EMBEDDED = N_("%(name)s holds an embedded file or object: take it out and attach it by itself.")
_OUTSIDE = N_("%(name)s fetches content from elsewhere: put the content itself into the file.")

# Part names, in lower case.
_BARRED_PARTS = (
    (re.compile(r"vbaproject|vbadata|/macrosheets/|/dialogsheets/|/customui/"), _MACRO),
    (re.compile(r"/embeddings/|/activex/|/ctrlprops/|oleobject"), _EMBEDDED),
    (re.compile(r"\.(exe|dll|scr|com|bat|cmd|ps1|vbs|js|jse|wsf|hta|msi|lnk|jar|sh|zip|rar|7z)$"), _EMBEDDED),
    (re.compile(r"/externallinks/|/querytables/|^xl/connections\.xml$"), _OUTSIDE),
    (re.compile(r"(^|/)attachs?/|(^|/)attachments\.xml$"), _EMBEDDED),
)
_BARRED_RELATIONS = re.compile(r"/(oleObject|package|control|aFChunk|vbaProject|attachedTemplate|subDocument)$")
_LINK = re.compile(r"/hyperlink$")
_WEB = re.compile(r"\s*(https?:|mailto:|#)", re.IGNORECASE)
_DDE = re.compile(r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE)\b", re.IGNORECASE)
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def package_kind(file: BinaryIO) -> str:
    """Return `docx`, `xlsx`, `ofd`, or an empty text for any other zip. Raises BadZipFile."""
    with zipfile.ZipFile(file) as package:
        names = set(package.namelist())
    return next((kind for part, kind in _MAIN_PARTS.items() if part in names), "")


def clean_docx(source: BinaryIO, target: BinaryIO, name: str) -> None:
    """Check a Word file and pass it on as it is. Raises Refused."""
    _check_office(source, name)
    _pass_on(source, target)


def clean_xlsx(source: BinaryIO, target: BinaryIO, name: str) -> None:
    """Check an Excel file and pass it on as it is. Raises Refused."""
    _check_office(source, name)
    _pass_on(source, target)


def clean_ofd(source: BinaryIO, target: BinaryIO, name: str) -> None:
    """Check an OFD file and pass it on as it is: its signatures cover its bytes. Raises Refused."""
    with open_package(source, name) as package:
        _check_parts(package, name)
    _pass_on(source, target)


def _check_office(source: BinaryIO, name: str) -> None:
    with open_package(source, name) as package:
        roots = _check_parts(package, name)
    if "[Content_Types].xml" not in roots:
        raise damaged(name)
    if any("macroEnabled" in kind for kind in roots["[Content_Types].xml"].xpath("//@ContentType")):
        raise Refused(_MACRO, name=name)
    for part, root in roots.items():
        if part.endswith(".rels") and (reason := _barred_relation(root)):
            raise Refused(reason, name=name)
        if _DDE.search(_field_codes(root)):
            raise Refused(_OUTSIDE, name=name)


def _check_parts(package: zipfile.ZipFile, name: str) -> dict[str, Element]:
    """Refuse barred part names and damaged parts; return the XML parts."""
    roots = {}
    for part in package.namelist():
        for pattern, reason in _BARRED_PARTS:
            if pattern.search(part.lower()):
                raise Refused(reason, name=name)
        if part.lower().endswith((".xml", ".rels")):
            roots[part] = read_xml(package, part, name)
    try:
        if package.testzip() is not None:
            raise damaged(name)
    except BROKEN as error:
        raise damaged(name) from error
    return roots


def _barred_relation(root: Element) -> str | None:
    for relation in root.iter("{*}Relationship"):
        kind, target = relation.get("Type", ""), relation.get("Target", "")
        if _BARRED_RELATIONS.search(kind):
            return _OUTSIDE if relation.get("TargetMode") == "External" else _EMBEDDED
        if relation.get("TargetMode") == "External" and not (_LINK.search(kind) and _WEB.match(target)):
            return _OUTSIDE
    return None


def _field_codes(root: Element) -> str:
    """Return the field codes of a Word part; Word may split one over several runs."""
    codes = [element.text or "" for element in root.iter(f"{_WORD}instrText")]
    codes += [" " + element.get(f"{_WORD}instr", "") for element in root.iter(f"{_WORD}fldSimple")]
    return "".join(codes)


def _pass_on(source: BinaryIO, target: BinaryIO) -> None:
    source.seek(0)
    shutil.copyfileobj(source, target)
