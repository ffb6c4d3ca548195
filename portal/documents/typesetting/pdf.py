"""Pages written as PDF/A-3u (ISO 19005-3).

Written with pikepdf and HarfBuzz because everything has its exact place already: a renderer would only lay it
out a second time. The same pages give the same bytes.
"""

import datetime
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape

from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, String
from pikepdf import Page as Leaf
from PIL import ImageCms

from portal.core.typefaces import Colour, Face
from portal.documents.typesetting.embedding import Subset, cut, embed
from portal.documents.typesetting.geometry import (
    EM_ABOVE_BASELINE,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    millimetres,
    points,
)
from portal.documents.typesetting.lines import Run
from portal.documents.typesetting.pages import Anchor, Page, Placed, Rule

METADATA_NAME = "gongwen.json"
PRODUCER = "Gongwen"
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<pdf:Keywords>{keywords}</pdf:Keywords><pdf:Producer>{producer}</pdf:Producer>
<xmp:CreateDate>{moment}</xmp:CreateDate><xmp:ModifyDate>{moment}</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass(frozen=True)
class Facts:
    """What the file says about itself; `elements` is embedded as JSON."""

    title: str
    author: str
    keywords: str
    day: datetime.date
    elements: Mapping[str, object]

    @property
    def moment(self) -> datetime.datetime:
        """The document's date as a time: the file may not depend on when it was written."""
        return datetime.datetime.combine(self.day, datetime.time(), datetime.UTC)

    @property
    def pdf_moment(self) -> str:
        """The same in the notation of PDF."""
        return self.moment.strftime("D:%Y%m%d%H%M%SZ")


def write_pdf(pages: list[Page], facts: Facts) -> bytes:
    """The pages as one file."""
    pdf = Pdf.new()
    fonts = _cut_fonts(pages)
    names = {face: f"/F{i}" for i, face in enumerate(fonts)}
    embedded = Dictionary({names[face]: embed(pdf, subset) for face, subset in fonts.items()})
    resources = pdf.make_indirect(Dictionary(Font=embedded))
    box = Array([0, 0, round(points(PAGE_WIDTH), 3), round(points(PAGE_HEIGHT), 3)])
    for page in pages:
        content = pdf.make_stream(_content(page, fonts, names))
        leaf = Dictionary(Type=Name.Page, MediaBox=box, Resources=resources, Contents=content)
        pdf.pages.append(Leaf(pdf.make_indirect(leaf)))
    _describe(pdf, facts)
    _attach_elements(pdf, facts)
    _name_anchors(pdf, pages)
    out = io.BytesIO()
    pdf.save(out, min_version="1.7", deterministic_id=True, object_stream_mode=ObjectStreamMode.generate)
    return out.getvalue()


def _cut_fonts(pages: list[Page]) -> dict[Face, Subset]:
    used: dict[Face, set[str]] = {}
    for page in pages:
        for item in page.items:
            for run in item.line.runs if isinstance(item, Placed) else ():
                used.setdefault(run.face, set()).update(run.text)
    return {face: cut(face, chars) for face, chars in used.items()}


def _content(page: Page, fonts: Mapping[Face, Subset], names: Mapping[Face, str]) -> bytes:
    """The drawing operators of one page."""
    out: list[str] = []
    for item in page.items:
        if isinstance(item, Rule):
            out.append(f"{_rgb(item.colour)} {_rectangle(item)} re f")
        elif isinstance(item, Placed):
            out.append(f"BT {_rgb(item.colour)}")
            for run in item.line.runs:
                out.append(f"{names[run.face]} {_place(item, run)} <{fonts[run.face].show(run.text)}> Tj")
            out.append("ET")
    return "\n".join(out).encode()


def _rectangle(rule: Rule) -> str:
    bottom = PAGE_HEIGHT - rule.y - rule.thickness
    return " ".join(f"{points(value):.3f}" for value in (rule.x, bottom, rule.width, rule.thickness))


def _place(placed: Placed, run: Run) -> str:
    """Size, character spacing and matrix of a run."""
    cos, sin = math.cos(math.radians(placed.angle)), math.sin(math.radians(placed.angle))
    along = run.x * placed.stretch
    x = placed.x + along * cos
    y = PAGE_HEIGHT - placed.y - EM_ABOVE_BASELINE * millimetres(run.size) + along * sin
    scale = f"{cos * placed.stretch:.5f} {sin * placed.stretch:.5f} {-sin:.5f} {cos:.5f}"
    return f"{run.size:.3f} Tf {points(run.spacing):.4f} Tc {scale} {points(x):.3f} {points(y):.3f} Tm"


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:g}" for part in colour) + " rg"


@cache
def _srgb() -> bytes:
    """An sRGB profile with its creation time fixed (bytes 24–35 of the header)."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + bytes.fromhex("07ea00010001000000000000") + profile[36:]


def _describe(pdf: Pdf, facts: Facts) -> None:
    """Metadata, language and colour space, as PDF/A demands; Info and XMP say the same."""
    values = {"title": facts.title, "author": facts.author, "keywords": facts.keywords, "producer": PRODUCER}
    xmp = _XMP.format(**{key: escape(value) for key, value in values.items()}, moment=facts.moment.isoformat())
    metadata = pdf.make_stream(xmp.encode(), Type=Name.Metadata, Subtype=Name.XML)
    profile = pdf.make_stream(_srgb(), N=3)
    intent = Dictionary(
        Type=Name.OutputIntent, S=Name.GTS_PDFA1, OutputConditionIdentifier=String("sRGB"), DestOutputProfile=profile
    )
    pdf.Root.Metadata = metadata
    pdf.Root.Lang = String("zh-CN")
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    info = {f"/{key.capitalize()}": String(value) for key, value in values.items()}
    dates = {"/CreationDate": String(facts.pdf_moment), "/ModDate": String(facts.pdf_moment)}
    pdf.trailer.Info = pdf.make_indirect(Dictionary({**info, **dates}))


def _attach_elements(pdf: Pdf, facts: Facts) -> None:
    """The document's elements for machines, an associated file of relationship Data (ISO 19005-3, 6.8)."""
    content = json.dumps(facts.elements, ensure_ascii=False, sort_keys=True, indent=1).encode()
    checksum = String(hashlib.md5(content, usedforsecurity=False).digest())  # ISO 32000-1, 7.11.4: MD5 by definition
    params = Dictionary(Size=len(content), ModDate=String(facts.pdf_moment), CheckSum=checksum)
    stream = pdf.make_stream(content, Type=Name.EmbeddedFile, Subtype=Name("/application/json"), Params=params)
    spec = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(METADATA_NAME),
            UF=String(METADATA_NAME),
            EF=Dictionary(F=stream, UF=stream),
            AFRelationship=Name.Data,
            Desc=String("公文要素"),
        )
    )
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String(METADATA_NAME), spec])))
    pdf.Root.AF = Array([spec])


def _name_anchors(pdf: Pdf, pages: list[Page]) -> None:
    """Anchors as named destinations: where the seals go."""
    found = {
        item.name: Array([leaf.obj, Name.XYZ, round(points(item.x), 3), round(points(PAGE_HEIGHT - item.y), 3), 0])
        for leaf, page in zip(pdf.pages, pages, strict=True)
        for item in page.items
        if isinstance(item, Anchor)
    }
    if found:
        names = [part for name in sorted(found) for part in (String(name), found[name])]
        pdf.Root.Names.Dests = Dictionary(Names=Array(names))
