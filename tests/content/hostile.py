"""Builders of sound and hostile files, for every test that uploads something."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

NOTHING: Mapping[str, str | bytes] = {}
EXECUTABLE = b"MZ\x90\x00\x03\x00\x00\x00" + bytes(range(256)) * 8

_SCRIPT = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFD = "http://www.ofdspec.org/2016"


def pdf(text: str = "防汛工作", change: Callable[[pikepdf.Pdf], None] | None = None, **save: object) -> bytes:
    """A one-page PDF with `text`, after `change`."""
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(595, 842))
        page.obj.Resources = Dictionary(Font=Dictionary(F1=_song(document)))
        lines = b"".join(b"<%s> Tj T* " % line.encode("utf-16-be").hex().encode() for line in text.split("\n"))
        page.obj.Contents = document.make_stream(b"BT /F1 16 Tf 24 TL 72 760 Td " + lines + b"ET")
        if change:
            change(document)
        target = io.BytesIO()
        document.save(target, **save)  # type: ignore[arg-type]  # passed on to pikepdf as given
        return target.getvalue()


def _song(document: pikepdf.Pdf) -> pikepdf.Object:
    """The standard Song type of PDF, not embedded."""
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0,
        BaseFont=Name("/STSong-Light"),
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("GB1"), Supplement=4),
        DW=1000,
    )
    return document.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name("/STSong-Light"),
            Encoding=Name("/UniGB-UCS2-H"),
            DescendantFonts=Array([document.make_indirect(descendant)]),
        )
    )


def encrypted_pdf(user_password: str = "") -> bytes:
    """A PDF that is encrypted; with an empty user password readers open it without asking."""
    return pdf(encryption=pikepdf.Encryption(owner="owner", user=user_password))


def _annotation(document: pikepdf.Pdf, **entries: pikepdf.Object) -> None:
    annotation = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 10, 10]))
    for key, value in entries.items():
        annotation[f"/{key}"] = value
    document.pages[0].obj.Annots = Array([document.make_indirect(annotation)])


def _field(document: pikepdf.Pdf) -> None:
    _annotation(document, Subtype=Name.Widget, FT=Name.Tx, T=String("name"))
    document.Root.AcroForm = Dictionary(Fields=document.pages[0].obj.Annots)


def _form_without_widget(document: pikepdf.Pdf) -> None:
    field = document.make_indirect(Dictionary(FT=Name.Tx, T=String("name")))
    document.Root.AcroForm = Dictionary(Fields=Array([field]))


def _xfa(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))


def _names_script(document: pikepdf.Pdf) -> None:
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), _SCRIPT])))


def _open_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = _SCRIPT


def _page_script(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.AA = Dictionary(O=_SCRIPT)


def _next_script(document: pikepdf.Pdf) -> None:
    link = Dictionary(S=Name.URI, URI=String("https://nancheng.example/"), Next=Array([_SCRIPT]))
    _annotation(document, Subtype=Name.Link, A=link)


def _hidden_script(document: pikepdf.Pdf) -> None:
    document.Root.PieceInfo = Dictionary(Own=Dictionary(Private=Array([Array([_SCRIPT])])))


def _escaped_script() -> bytes:
    """The key of a script written as /J#53, which every reader takes for /JS."""

    def change(document: pikepdf.Pdf) -> None:
        document.Root.OpenAction = Dictionary({"/S": Name.Named, "/ABCD": String("app.alert(1)")})

    return pdf(change=change).replace(b"/ABCD", b"/J#53")


def _compressed_script() -> bytes:
    """A script within an object stream."""
    return pdf(change=_open_script, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _embedded(document: pikepdf.Pdf) -> None:
    document.attachments["tool.exe"] = EXECUTABLE


def _attached(document: pikepdf.Pdf) -> None:
    _annotation(document, Subtype=Name.FileAttachment)


def _launch(document: pikepdf.Pdf) -> None:
    _annotation(document, Subtype=Name.Link, A=Dictionary(S=Name.Launch, F=String("cmd.exe")))


def _submit(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.SubmitForm, F=String("https://nancheng.example/"))


def _odd_link(document: pikepdf.Pdf) -> None:
    _annotation(document, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("javascript:alert(1)")))


def _media(document: pikepdf.Pdf) -> None:
    _annotation(document, Subtype=Name.RichMedia)


# What is wrong with each PDF: words of the refusal, and how it comes about.
HOSTILE_PDFS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "form field": ("form fields", lambda: pdf(change=_field)),
    "form without widget": ("form fields", lambda: pdf(change=_form_without_widget)),
    "XFA form": ("form fields", lambda: pdf(change=_xfa)),
    "script in the names": ("a script", lambda: pdf(change=_names_script)),
    "script on opening": ("a script", lambda: pdf(change=_open_script)),
    "script of a page": ("a script", lambda: pdf(change=_page_script)),
    "script behind a link": ("a script", lambda: pdf(change=_next_script)),
    "script in private data": ("a script", lambda: pdf(change=_hidden_script)),
    "script under an escaped name": ("a script", _escaped_script),
    "script in an object stream": ("a script", _compressed_script),
    "embedded file": ("an embedded file", lambda: pdf(change=_embedded)),
    "file attachment": ("an embedded file", lambda: pdf(change=_attached)),
    "program start": ("an action", lambda: pdf(change=_launch)),
    "form sending": ("an action", lambda: pdf(change=_submit)),
    "link to a script": ("an action", lambda: pdf(change=_odd_link)),
    "rich media": ("sound, video", lambda: pdf(change=_media)),
    "owner password": ("protected by a password", encrypted_pdf),
    "user password": ("protected by a password", lambda: encrypted_pdf("user")),
    "cut in half": ("damaged", lambda: pdf()[:300]),
    "only a signature": ("damaged", lambda: b"%PDF-1.7\n"),
}


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip package of the given parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx(*paragraphs: str, body: str = "", relations: str = "", parts: Mapping[str, str | bytes] = NOTHING) -> bytes:
    """A Word file of paragraphs, then `body` as raw XML."""
    lines = "".join(f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for text in paragraphs)
    return package(
        {
            "[Content_Types].xml": _content_types("word/document.xml", "wordprocessingml.document.main"),
            "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{lines}{body}</w:body></w:document>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
            **parts,
        }
    )


def xlsx(*rows: tuple[str, ...], sheet: str = "表1", parts: Mapping[str, str | bytes] = NOTHING) -> bytes:
    """An Excel file of one sheet with inline texts."""
    lines = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in row) + "</row>"
        for row in rows
    )
    return package(
        {
            "[Content_Types].xml": _content_types("xl/workbook.xml", "spreadsheetml.sheet.main"),
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}"><sheets><sheet name="{sheet}"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": (f'<worksheet xmlns="{_SHEET}"><sheetData>{lines}</sheetData></worksheet>'),
            **parts,
        }
    )


def ofd(*lines: tuple[float, str], parts: Mapping[str, str | bytes] = NOTHING) -> bytes:
    """An OFD file of one page; each line is a height in mm and a text."""
    objects = "".join(
        f'<ofd:TextObject Boundary="20 {y} 100 8"><ofd:TextCode>{escape(text)}</ofd:TextCode></ofd:TextObject>'
        for y, text in lines
    )
    return package(
        {
            "OFD.xml": f'<ofd:OFD xmlns:ofd="{_OFD}" Version="1.1" DocType="OFD"/>',
            "Doc_0/Document.xml": f'<ofd:Document xmlns:ofd="{_OFD}"/>',
            "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page xmlns:ofd="{_OFD}">{objects}</ofd:Page>',
            **parts,
        }
    )


def _content_types(part: str, kind: str) -> str:
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{part}" '
        f'ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/></Types>'
    )


def relation(kind: str, target: str, *, external: bool = False) -> str:
    """One relationship of an office part."""
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="r1" Type="{_OFFICE}/{kind}" Target="{escape(target)}"{mode}/>'


_ENTITIES = f'<!DOCTYPE w:document [<!ENTITY a "aaaa">]><w:document xmlns:w="{_WORD}"/>'
_FIELD = "<w:p><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:/cmd.exe</w:instrText></w:r></w:p>"
HOSTILE_OFFICE_FILES: Mapping[str, tuple[str, str, Callable[[], bytes]]] = {
    "macro": ("a.docx", "a macro", lambda: docx("x", parts={"word/vbaProject.bin": b"x"})),
    "macro sheet": ("a.xlsx", "a macro", lambda: xlsx(parts={"xl/macrosheets/sheet1.xml": "<a/>"})),
    "macro type": (
        "a.docx",
        "a macro",
        lambda: docx(
            parts={"[Content_Types].xml": _content_types("w", "x").replace("openxml", "macroEnabled-openxml")}
        ),
    ),
    "embedded object": ("a.docx", "an embedded", lambda: docx(parts={"word/embeddings/a.bin": b"x"})),
    "ActiveX": ("a.docx", "an embedded", lambda: docx(parts={"word/activeX/a.xml": "<a/>"})),
    "program inside": ("a.ofd", "an embedded", lambda: ofd(parts={"Doc_0/Res/tool.exe": EXECUTABLE})),
    "OFD attachment": ("a.ofd", "an embedded", lambda: ofd(parts={"Doc_0/Attachs/Attachments.xml": "<a/>"})),
    "template from elsewhere": (
        "a.docx",
        "from elsewhere",
        lambda: docx(relations=relation("attachedTemplate", "https://nancheng.example/t.dotm", external=True)),
    ),
    "picture from elsewhere": (
        "a.docx",
        "from elsewhere",
        lambda: docx(relations=relation("image", "https://nancheng.example/a.png", external=True)),
    ),
    "link to a program": (
        "a.docx",
        "from elsewhere",
        lambda: docx(relations=relation("hyperlink", "file:///c:/cmd.exe", external=True)),
    ),
    "other document inside": ("a.docx", "an embedded", lambda: docx(relations=relation("aFChunk", "a.html"))),
    "split DDE field": ("a.docx", "from elsewhere", lambda: docx(body=_FIELD)),
    "workbook link": ("a.xlsx", "from elsewhere", lambda: xlsx(parts={"xl/externalLinks/l1.xml": "<a/>"})),
    "entities": ("a.docx", "entity definitions", lambda: docx(parts={"word/header1.xml": _ENTITIES})),
    "broken XML": ("a.docx", "damaged", lambda: docx(parts={"word/header1.xml": "<a>"})),
    "flipped byte": ("a.xlsx", "damaged", lambda: _flip(xlsx(("x" * 400,), parts={"xl/media": b"z" * 5000}))),
    "zip bomb": ("a.docx", "unpacks to", lambda: docx(parts={"word/media/a.bin": bytes(30_000_000)})),
    "many parts": ("a.docx", "unpacks to", lambda: docx(parts={f"word/media/{n}": b"" for n in range(5001)})),
    "way out": ("a.docx", "misleading names", lambda: docx(parts={"../../etc/cron": b"x"})),
    "two names in one": ("a.docx", "misleading names", lambda: docx(parts={"WORD/document.xml": "<a/>"})),
    "locked part": ("a.docx", "protected by a password", lambda: _mark_encrypted(docx("x"))),
}


def _flip(raw: bytes) -> bytes:
    """Change the stored checksum of the last part."""
    place = raw.rindex(b"PK\x01\x02") + 16
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def _mark_encrypted(raw: bytes) -> bytes:
    place = raw.rindex(b"PK\x01\x02") + 8
    return raw[:place] + bytes([raw[place] | 1]) + raw[place + 1 :]


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 4), **save: object) -> bytes:
    """A small picture."""
    target = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(target, kind, **save)
    return target.getvalue()


def photo_with_place() -> bytes:
    """A JPEG lying on its side, with its maker and a comment in the EXIF data."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "PrivateCamera"
    return picture("JPEG", exif=exif.tobytes(), comment=b"PrivateComment")


def picture_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few kilobytes that claims 900 million pixels."""
    row_data = zlib.compress(bytes(1000))
    header = width.to_bytes(4) + height.to_bytes(4) + b"\x01\x00\x00\x00\x00"
    chunks = ((b"IHDR", header), (b"IDAT", row_data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4) for kind, data in chunks
    )
