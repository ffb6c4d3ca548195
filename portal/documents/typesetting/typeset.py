"""Typesetting by GB/T 9704-2012 and GB/T 33476.2-2016: one call from a manuscript to the file to be sealed."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from portal.core.typefaces import DEFAULT_FONTS_DIR
from portal.documents.typesetting.compose import compose
from portal.documents.typesetting.fonts import Style, face_for, missing_characters
from portal.documents.typesetting.manuscript import Manuscript
from portal.documents.typesetting.pages import Anchor, Page
from portal.documents.typesetting.pdf import Facts, write_pdf
from portal.documents.typesetting.titles import load_words

NO_DAY = datetime.date(1970, 1, 1)  # of a proof that has no date yet


@dataclass(frozen=True)
class SealBox:
    """Where the seal goes: page from 0, millimetres from the sheet's top left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class TypesetResult:
    """The typeset file; `substituted` are characters no 仿宋 face holds, printed in another or not at all."""

    pdf: bytes
    pages: int
    seal: SealBox | None
    substituted: frozenset[str]


def typeset(manuscript: Manuscript, fonts_dir: Path = DEFAULT_FONTS_DIR) -> TypesetResult:
    """Typeset a document as PDF/A-3u; the same manuscript gives the same bytes.

    The file carries the corners of the seal as named destinations `seal-1-tl`, `seal-1-br`, and the manuscript's
    metadata as `gongwen.json`. Raises Unavailable when a font isn't installed.
    """
    pages = compose(manuscript, fonts_dir)
    keywords = ",".join(filter(None, ("公文", manuscript.kind, manuscript.document_number)))
    facts = Facts(manuscript.title, manuscript.organ, keywords, manuscript.date or NO_DAY, dict(manuscript.metadata))
    text = manuscript.title + manuscript.text + manuscript.organ
    substituted = frozenset(missing_characters(text, fonts_dir))
    return TypesetResult(write_pdf(pages, facts), len(pages), _seal(pages), substituted)


def warm_up(fonts_dir: Path = DEFAULT_FONTS_DIR) -> None:
    """Load fonts and dictionary, so that the first document of a worker is as quick as the others."""
    load_words()
    for style in Style:
        face_for("文", style, fonts_dir)


def _seal(pages: list[Page]) -> SealBox | None:
    for number, page in enumerate(pages):
        corners = {item.name: item for item in page.items if isinstance(item, Anchor)}
        if corners:
            first, last = corners["seal-1-tl"], corners["seal-1-br"]
            return SealBox(number, first.x, first.y, last.x, last.y)
    return None
