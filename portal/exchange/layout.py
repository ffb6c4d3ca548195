"""Whether a sealed file is laid out as an official document (GB/T 9704, GB/T 33476.2): what a machine can tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from portal.core.text import N_

A4_POINTS = (595.28, 841.89)
TOLERANCE = 1.0  # of a point, about a third of a millimetre
SEAL_SLACK = 3.0  # points the seal may lie off its anchor
MOST_PLACES = 20
EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")

NOT_A4 = N_("A page isn't A4 (210 × 297 mm).")
NOT_ARCHIVAL = N_("The file doesn't call itself PDF/A-3.")
FOREIGN_FONT = N_("A font isn't embedded, so the text may look different elsewhere.")
SEAL_ELSEWHERE = N_("The seal isn't on the signature block.")  # or, of a joint document, one of the seals
UNREADABLE = N_("The file is damaged or isn't a PDF.")

Box = tuple[float, float, float, float]


def faults(path: Path) -> list[str]:
    """The msgids of what is wrong; empty when all is well."""
    try:
        with pikepdf.open(path) as pdf:
            return list(_faults(pdf))
    except (pikepdf.PdfError, LookupError, TypeError, ValueError, AttributeError):
        return [UNREADABLE]


def _faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    if not all(_is_a4(page) for page in pdf.pages):
        yield NOT_A4
    if not _is_archival(pdf):
        yield NOT_ARCHIVAL
    if not all(_has_program(font) for page in pdf.pages for font in _fonts(page)):
        yield FOREIGN_FONT
    if not _seal_in_place(pdf):
        yield SEAL_ELSEWHERE


def _is_a4(page: pikepdf.Page) -> bool:
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    return all(
        abs(length - wanted) <= TOLERANCE
        for length, wanted in zip((right - left, top - bottom), A4_POINTS, strict=True)
    )


def _is_archival(pdf: pikepdf.Pdf) -> bool:
    """ISO 19005-3 6.6.4: part and conformance in the metadata."""
    with pdf.open_metadata() as metadata:
        return bool(metadata.get("pdfaid:part") == "3")


def _fonts(page: pikepdf.Page) -> Iterator[Any]:
    fonts: Any = page.resources.get("/Font", {})
    for name in fonts.keys():  # noqa: SIM118 - a PDF dictionary, not iterable itself
        font = fonts[name]
        yield font.DescendantFonts[0] if "/DescendantFonts" in font else font


def _has_program(font: Any) -> bool:
    descriptor = font.get("/FontDescriptor")
    return descriptor is not None and any(key in descriptor for key in EMBEDDED)


def _seal_in_place(pdf: pikepdf.Pdf) -> bool:
    """On each place the typesetter left lies a visible signature field: one, or all of a joint document (7.3.5)."""
    places = pikepdf.NameTree(pdf.Root.Names.Dests)
    count = next(place for place in range(1, MOST_PLACES) if f"seal-{place + 1}-tl" not in places)
    return all(_covered(pdf, places, f"seal-{place}") for place in range(1, count + 1))


def _covered(pdf: pikepdf.Pdf, places: pikepdf.NameTree, anchor: str) -> bool:
    (page, left, top), (_, right, bottom) = (_corner(places[f"{anchor}-{corner}"]) for corner in ("tl", "br"))
    leaf = next(leaf for leaf in pdf.pages if leaf.objgen == page)
    middle = ((left + right) / 2, (bottom + top) / 2)
    return any(_near(_middle(item.Rect), middle) for item in _signatures(leaf))


def _corner(destination: Any) -> tuple[tuple[int, int], float, float]:
    return destination[0].objgen, float(destination[2]), float(destination[3])


def _signatures(page: pikepdf.Page) -> Iterator[Any]:
    for item in page.get("/Annots", ()):
        field = item if "/FT" in item else item.get("/Parent", item)
        if field.get("/FT") == pikepdf.Name.Sig:
            yield item


def _middle(rectangle: Any) -> tuple[float, float]:
    left, bottom, right, top = (float(edge) for edge in rectangle)
    return (left + right) / 2, (bottom + top) / 2


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= SEAL_SLACK for a, b in zip(one, other, strict=True))
