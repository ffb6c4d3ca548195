"""PDF files: refused with anything that acts, asks or hides; then written anew.

Every object of the file is looked at, reachable or not: a script can't hide where no reader looks first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO
from urllib.parse import urlsplit

import pikepdf
from pikepdf import Dictionary, Name, Object

from portal.core.errors import Refused
from portal.core.text import N_

MAX_PAGES = 3000
MAX_OBJECTS = 200_000
# What one compressed stream may unpack to; qpdf itself sets no limit.
MAX_STREAM_BYTES = 512 * 1024 * 1024

_SCRIPT = N_("%(name)s holds a script: print it to a new PDF and attach that.")
_FORM = N_("%(name)s holds form fields or a signature: print it to a new PDF and attach that.")
_EMBEDDED = N_("%(name)s holds an embedded file: take it out and attach it by itself.")
_ACTION = N_("%(name)s holds an action that opens or sends something: print it to a new PDF and attach that.")
_MEDIA = N_("%(name)s holds sound, video or 3D content: print it to a new PDF and attach that.")

# What a dictionary may not have: a key, or a name as the value of a key.
_BARRED_KEYS = {
    "/JS": _SCRIPT,
    "/JavaScript": _SCRIPT,
    "/XFA": _FORM,
    "/EmbeddedFiles": _EMBEDDED,
    "/EF": _EMBEDDED,
}
_BARRED_VALUES = {
    ("/S", "/JavaScript"): _SCRIPT,
    ("/S", "/Rendition"): _MEDIA,
    ("/S", "/Movie"): _MEDIA,
    ("/S", "/Sound"): _MEDIA,
    ("/S", "/RichMediaExecute"): _MEDIA,
    ("/S", "/GoTo3DView"): _MEDIA,
    ("/S", "/Launch"): _ACTION,
    ("/S", "/SubmitForm"): _ACTION,
    ("/S", "/ImportData"): _ACTION,
    ("/S", "/ResetForm"): _ACTION,
    ("/S", "/GoToR"): _ACTION,
    ("/S", "/GoToE"): _ACTION,
    ("/S", "/GoToDp"): _ACTION,
    ("/Type", "/EmbeddedFile"): _EMBEDDED,
    ("/Subtype", "/FileAttachment"): _EMBEDDED,
    ("/Subtype", "/Widget"): _FORM,
    ("/Subtype", "/RichMedia"): _MEDIA,
    ("/Subtype", "/Screen"): _MEDIA,
    ("/Subtype", "/Movie"): _MEDIA,
    ("/Subtype", "/Sound"): _MEDIA,
    ("/Subtype", "/3D"): _MEDIA,
}
# Walking an object costs ten times as much as writing it out, where names stand in their plain form.
_TELLING_NAMES = {*_BARRED_KEYS, *(value for _, value in _BARRED_VALUES), "/Fields", "/URI"}
_TELLING = re.compile(rb"(?:%s)\b" % "|".join(sorted(_TELLING_NAMES)).encode())

_WEB_SCHEMES = frozenset({"http", "https", "mailto"})
_DROPPED_FROM_ROOT = ("/OpenAction", "/AA", "/AcroForm", "/PieceInfo", "/Perms", "/Collection")
_DROPPED_FROM_PAGE = ("/AA", "/Thumb", "/PieceInfo")


def clean_pdf(source: BinaryIO, target: BinaryIO, name: str) -> int:
    """Check the file, a real one with a descriptor, and write it anew; return its number of pages.

    The same bytes always give the same bytes. Raises Refused.
    """
    _limit_memory()
    try:
        # Mapped: qpdf reads each object by itself, and through Python that takes four times as long.
        mapped = pikepdf.AccessMode.mmap
        with pikepdf.open(source, access_mode=mapped, suppress_warnings=True, attempt_recovery=False) as pdf:
            pages = _check(pdf, name)
            _drop_acts(pdf)
            # Writing follows references from the trailer: unused objects and old revisions stay behind.
            pdf.save(target, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
            return pages
    except pikepdf.PasswordError as error:
        raise _encrypted(name) from error
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, RuntimeError, ValueError, TypeError) as error:
        raise Refused("The PDF %(name)s is damaged: make it anew and attach it again.", name=name) from error


@cache
def _limit_memory() -> None:
    """Set qpdf's limits, which hold for the process, before the first file from outside is opened."""
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=MAX_STREAM_BYTES,
        run_length_max_memory=MAX_STREAM_BYTES,
        png_max_memory=MAX_STREAM_BYTES,
        tiff_max_memory=MAX_STREAM_BYTES,
        dct_max_memory=MAX_STREAM_BYTES,
    )


def _check(pdf: pikepdf.Pdf, name: str) -> int:
    if pdf.is_encrypted:
        raise _encrypted(name)
    pages = len(pdf.pages)
    if not 0 < pages <= MAX_PAGES or len(pdf.objects) > MAX_OBJECTS:
        raise Refused(
            "The PDF %(name)s must have between 1 and %(limit)s pages and no more than %(objects)s objects.",
            name=name,
            limit=MAX_PAGES,
            objects=MAX_OBJECTS,
        )
    if reason := next(filter(None, map(_barred, _dictionaries(pdf))), None):
        raise Refused(reason, name=name)
    return pages


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Object]:
    """Give every dictionary that has a telling name, those of streams and those nested in others too."""
    whole = (thing.stream_dict if isinstance(thing, pikepdf.Stream) else thing for thing in pdf.objects)
    waiting = [thing for thing in whole if isinstance(thing, Object) and _tells(thing)]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Dictionary):
            yield thing
            inner = [value for _, value in thing.items()]
        elif isinstance(thing, pikepdf.Array):
            inner = list(thing)
        else:
            continue
        # Indirect ones come by themselves.
        waiting.extend(value for value in inner if isinstance(value, Object) and not value.is_indirect)


def _tells(thing: Object) -> bool:
    return _TELLING.search(thing.unparse(resolved=True)) is not None


def _barred(thing: Object) -> str | None:
    """Return why a dictionary is refused, None when it is harmless."""
    keys = thing.keys()
    for key in keys & _BARRED_KEYS.keys():
        return _BARRED_KEYS[key]
    for key in ("/S", "/Type", "/Subtype"):
        if key in keys and (reason := _BARRED_VALUES.get((key, str(thing[key])))):
            return reason
    if "/Fields" in keys and len(thing["/Fields"]):
        return _FORM
    if "/URI" in keys and isinstance(thing["/URI"], pikepdf.String) and not _is_web(str(thing["/URI"])):
        return _ACTION
    return None


def _is_web(address: str) -> bool:
    try:
        return urlsplit(address.strip()).scheme.lower() in _WEB_SCHEMES
    except ValueError:
        return False


def _drop_acts(pdf: pikepdf.Pdf) -> None:
    """Take out what isn't barred but has no use in a document to be read."""
    for key in _DROPPED_FROM_ROOT:
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        for key in _DROPPED_FROM_PAGE:
            if key in page.obj:
                del page.obj[key]
        for annotation in page.obj.get(Name.Annots, []):
            if "/AA" in annotation:
                del annotation["/AA"]


def _encrypted(name: str) -> Refused:
    return Refused("%(name)s is protected by a password: remove the protection and attach it again.", name=name)
