"""The form fields of a PDF: a sealed file may hold signature fields and no others.

A text field's value may be changed on a sealed file without breaking the signature, so a file with one is
never stamped and never called valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

# More is no document but an attack on the reader.
MOST_FIELDS = 256


def entry(holder: Any, key: str, default: Any = None) -> Any:
    """Return `holder[key]` with references followed; pyHanko's own `get` leaves them as they are."""
    return holder[key] if key in holder else default  # noqa: SIM401 - for the reason above


def only_signatures(pdf: PdfFileReader) -> bool:
    """Tell whether every form field is a signature field, and no XFA form hides beside them."""
    form = entry(pdf.root, "/AcroForm")
    if form is None:
        return True
    return "/XFA" not in form and all(kind == "/Sig" for kind in _kinds(entry(form, "/Fields", ()), None, 0))


def _kinds(fields: Any, inherited: Any, depth: int) -> Iterator[Any]:
    """Yield the type of each terminal field; a type may be inherited (ISO 32000-1 12.7.3)."""
    if depth > 8 or len(fields) > MOST_FIELDS:
        yield "too deep or too many"
        return
    for number in range(len(fields)):
        field = fields[number]
        kind = entry(field, "/FT", inherited)
        kids = entry(field, "/Kids", ())
        if any("/T" in kids[place] for place in range(len(kids))):
            yield from _kinds(kids, kind, depth + 1)
        else:
            yield kind
