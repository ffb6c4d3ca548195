"""Font subsets for embedding: the used glyphs of a face, cut out by HarfBuzz, as a composite PDF font."""

import hashlib
from dataclasses import dataclass

import uharfbuzz as hb
from pikepdf import Array, Dictionary, Name, Object, Pdf, String

from portal.core.typefaces import Face

BATCH = 100  # entries a block of a character map may hold (ISO 32000-1, 9.10.3)
_CMAP_HEAD = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
    "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
    "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
)
_CMAP_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"


@dataclass(frozen=True)
class Subset:
    """The part of a face one document uses; `codes` are the glyph numbers in it, 0 for a missing glyph."""

    face: Face
    program: hb.Face
    codes: dict[str, int]

    def show(self, text: str) -> str:
        """A text as hexadecimal two-byte codes."""
        return "".join(f"{self.codes[char]:04x}" for char in text)


def cut(face: Face, chars: set[str]) -> Subset:
    """Cut the glyphs of some characters out of a face."""
    wanted = hb.SubsetInput()
    wanted.unicode_set.update(map(ord, sorted(chars)))
    wanted.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.CFF_IDENTITY_CHARSET
    program = hb.subset(face.face, wanted)
    font = hb.Font(program)
    return Subset(face, program, {char: font.get_nominal_glyph(ord(char)) or 0 for char in sorted(chars)})


def embed(pdf: Pdf, subset: Subset) -> Object:
    """Add a subset to a file as a Type 0 font whose character codes are its glyph numbers."""
    compact = "CFF " in subset.program.table_tags
    tag = hashlib.sha256("".join(subset.codes).encode()).digest()[:6]
    name = Name(f"/{''.join(chr(65 + byte % 26) for byte in tag)}+{subset.face.file.name}")
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0 if compact else Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(_descriptor(pdf, subset, name, compact)),
        DW=1000,
        W=_widths(subset),
    )
    if not compact:
        descendant.CIDToGIDMap = Name.Identity
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=name,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_stream(_to_unicode(subset)),
    )
    return pdf.make_indirect(font)


def _descriptor(pdf: Pdf, subset: Subset, name: Name, compact: bool) -> Dictionary:
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,  # symbolic: the codes follow no standard encoding
        FontBBox=Array([-500, -500, 1500, 1500]),
        ItalicAngle=0,
        Ascent=880,
        Descent=-120,
        CapHeight=733,
        StemV=80,
    )
    if compact:
        program = pdf.make_stream(subset.program.reference_table("CFF ").data)
        program.Subtype = Name.CIDFontType0C
        descriptor.FontFile3 = program
    else:
        descriptor.FontFile2 = pdf.make_stream(subset.program.blob.data)
    return descriptor


def _widths(subset: Subset) -> Array:
    font, upem = hb.Font(subset.program), subset.program.upem
    widths = Array()
    for code in sorted(set(subset.codes.values()) | {0}):
        widths.append(code)
        widths.append(Array([round(font.get_glyph_h_advance(code) * 1000 / upem, 3)]))
    return widths


def _to_unicode(subset: Subset) -> bytes:
    """The map from codes to characters that makes the text searchable (PDF/A level U)."""
    pairs = {code: char for char, code in subset.codes.items() if code}
    rows = [f"<{code:04x}> <{char.encode('utf-16-be').hex()}>" for code, char in sorted(pairs.items())]
    blocks = [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]
    body = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return (_CMAP_HEAD + body + _CMAP_TAIL).encode()
