"""The text of accepted files reaches the content gate, whatever their kind."""

from __future__ import annotations

import io

import pytest

from portal.content.extraction import text_of
from portal.content.gate import scan
from portal.content.uploads import accept
from portal.core.errors import Refused
from tests.content import hostile

WORD_TABLE = (
    "<w:tbl><w:tr>"
    "<w:tc><w:p><w:r><w:t>绝密</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>机密</w:t></w:r></w:p></w:tc>"
    "</w:tr></w:tbl>"
)
SPLIT_RUN = "<w:p><w:r><w:t>机</w:t></w:r><w:r><w:tab/><w:delText>密★</w:delText></w:r><w:r><w:t>1年</w:t></w:r></w:p>"
HEADER = (
    '<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:p><w:r><w:t>机密★1年</w:t></w:r></w:p></w:hdr>"
)


def text(raw: bytes, name: str) -> str:
    with accept(io.BytesIO(raw), name, len(raw)) as upload:
        return text_of(upload.file, upload.media_type, upload.filename)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.pdf", hostile.pdf("通知\n机密★1年")),
        ("a.docx", hostile.docx("通知", "机密★1年")),
        ("a.docx", hostile.docx("通知", body=SPLIT_RUN)),
        ("a.docx", hostile.docx("通知", parts={"word/header1.xml": HEADER})),
        ("a.xlsx", hostile.xlsx(("通知",), ("密级：", "机密★1年"))),
        ("a.xlsx", hostile.xlsx(("通知",), sheet="机密★1年")),
        ("a.ofd", hostile.ofd((20, "机"), (20.1, "密★1年"), (60, "通知"))),
        ("a.txt", "通知\r\n机密★1年".encode("gb18030")),
    ],
)
@pytest.mark.req("D-11")
def test_a_mark_in_a_file_is_found(name: str, raw: bytes) -> None:
    findings = scan({name: text(raw, name)})
    assert [finding.where for finding in findings] == [name]
    assert "密★1年" in findings[0].excerpt


@pytest.mark.req("D-11")
def test_columns_named_after_levels_are_no_mark() -> None:
    assert scan({"表": text(hostile.docx("清退统计", body=WORD_TABLE), "a.docx")}) == ()
    assert scan({"表": text(hostile.xlsx(("绝密", "机密", "秘密")), "a.xlsx")}) == ()


def test_a_line_of_text_is_a_line_of_the_file() -> None:
    assert text(hostile.docx("一", "二", body=WORD_TABLE), "a.docx").splitlines() == [
        "一",
        "二",
        "绝密\t机密",
    ]
    assert text(hostile.xlsx(("甲", "乙"), ("丙",)), "a.xlsx").splitlines() == ["表1", "甲\t乙", "丙"]
    assert text(hostile.ofd((20, "一"), (20, "二"), (30, "三")), "a.ofd").splitlines() == ["一二", "三"]
    assert text(hostile.pdf("甲方\n乙方"), "a.pdf").split() == ["甲方", "乙方"]


def test_shared_texts_of_a_workbook_are_read() -> None:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    shared = f'<sst xmlns="{namespace}"><si><t>零</t></si><si><r><t>一</t></r><r><t>号</t></r></si></sst>'
    sheet = (
        f'<worksheet xmlns="{namespace}"><sheetData><row><c t="s"><v>1</v></c><c><v>42</v></c>'
        '<c t="s"><v>99</v></c></row></sheetData><headerFooter><oddHeader>&amp;L特急&amp;R页</oddHeader>'
        "</headerFooter></worksheet>"
    )
    raw = hostile.xlsx(parts={"xl/sharedStrings.xml": shared, "xl/worksheets/sheet2.xml": sheet})
    lines = text(raw, "a.xlsx").splitlines()
    assert "一号\t42\t" in lines
    assert "特急" in lines


def test_pictures_have_no_text() -> None:
    assert text(hostile.picture(), "a.png") == ""


def test_a_pdf_that_cant_be_read_is_told() -> None:
    with pytest.raises(Refused, match="make the file anew"):
        text_of(io.BytesIO(b"%PDF-1.7 broken"), "application/pdf", "a.pdf")


@pytest.mark.parametrize("index", ["²", "9" * 5000, "-1"])
def test_an_index_that_leads_nowhere_is_no_text(index: str) -> None:
    shared = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>甲</t></si></sst>'
    cell = f'<row><c t="s"><v>{index}</v></c><c t="s"><v>0</v></c></row>'
    sheet = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{cell}</worksheet>'
    raw = hostile.xlsx(parts={"xl/sharedStrings.xml": shared, "xl/worksheets/sheet2.xml": sheet})
    assert text(raw, "a.xlsx").splitlines()[-1] == "\t甲"
