"""Plain text read as an official document: headings, punctuation, title, recipients, annexes."""

from __future__ import annotations

import pytest

from portal.documents.typesetting.fonts import Style
from portal.documents.typesetting.manuscript import Annex
from portal.documents.typesetting.parse import Kind, divide, normalise, parse_line, parse_lines
from portal.documents.typesetting.source import read_text, split_recipients


@pytest.mark.req("D-6")
@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("一、目标任务", [("一、目标任务", Style.HEI)]),
        ("（一）明确责任。各区要落实。", [("（一）明确责任。", Style.KAI), ("各区要落实。", Style.FANGSONG)]),
        ("1.按时报送。", [("1.按时报送。", Style.FANGSONG)]),
        ("（1）按时报送。", [("（1）按时报送。", Style.FANGSONG)]),
        ("第三条本办法由市政府办公室解释。", [("第三条", Style.HEI), ("　本办法由市政府办公室解释。", Style.FANGSONG)]),
        ("第三条规定的单位", [("第三条规定的单位", Style.FANGSONG)]),
        ("第二章 总则", [("第二章　总则", Style.HEI)]),
    ],
)
def test_headings_have_their_typefaces(line: str, spans: list[tuple[str, Style]]) -> None:
    assert list(parse_line(line).spans) == spans


def test_headings_stay_with_what_follows_and_chapters_are_centred() -> None:
    assert parse_line("一、目标任务").kind is Kind.HEADING
    assert parse_line("第一章总则").kind is Kind.CENTRED
    assert parse_line("一、目标任务。各区要落实。").kind is Kind.PARAGRAPH


def test_items_of_an_article_are_text() -> None:
    article, item = parse_lines(["第四条 下列文件不交换：", "（一）密级文件；"])
    assert article.spans[0] == ("第四条", Style.HEI)
    assert item.spans == (("（一）密级文件；", Style.FANGSONG),)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("各县,区:\xa0通知(试行)", "各县，区：通知（试行）"),
        ("(一)加强领导", "（一）加强领导"),
        ("南政办[2026]12号", "南政办〔2026〕12号"),
        ("比例为3:1,不变", "比例为3:1，不变"),
        ('所谓"三统一"原则', "所谓“三统一”原则"),
        ("见http://example.invalid:80/a,b", "见http://example.invalid:80/a,b"),
        ("２０２６年", "2026年"),
        ("完成.", "完成。"),
        ("版本1.5 beta", "版本1.5 beta"),
        ("\ufeff　　正文\u200b\x07", "正文"),
    ],
)
def test_punctuation_is_printed_full_width(typed: str, printed: str) -> None:
    assert normalise(typed) == printed


def test_normalising_twice_changes_nothing() -> None:
    for line in ("(a(一)b),各区:", '"甲"和"乙"', "国发(1999)25号,第5条"):
        assert normalise(normalise(line)) == normalise(line)


@pytest.mark.req("D-6")
def test_a_text_file_gives_title_recipients_and_text() -> None:
    source = read_text(
        "关于值班工作的通知\n\n各区人民政府,市政府各部门:\n\n请按时值班。\n\n南澄市政府办公室\n2026年7月8日\n"
    )
    assert source.title == "关于值班工作的通知"
    recipients, body = split_recipients(source.body)
    assert recipients == ["各区人民政府", "市政府各部门"]
    assert body == "请按时值班。"  # signature and date are set by issuing, never typed (OP3)


def test_the_index_block_of_a_saved_web_page_is_left_out() -> None:
    source = read_text("索 引 号 k1\n发布机构 市政府\n\n南政办发〔2026〕3号\n\n关于值班的通知\n\n请按时值班。")
    assert source == ("关于值班的通知", "请按时值班。")


def test_a_notice_without_title_is_named_after_what_it_issues() -> None:
    source = read_text(
        "南政办发〔2026〕3号\n各区人民政府：\n现将《南澄市值班办法》印发给你们。\n市政府办公室\n2026年7月8日\n南澄市值班办法\n第一条值班。"
    )
    assert source.title == "关于印发《南澄市值班办法》的通知"
    division = divide(split_recipients(source.body)[1])
    assert division.lines == ("现将《南澄市值班办法》印发给你们。",)
    assert division.issued == Annex("南澄市值班办法", "第一条值班。")
    assert not division.attachments


def test_an_introduction_is_not_a_list_of_recipients() -> None:
    assert split_recipients("现将有关事项通知如下：\n一、时间")[0] == []
    assert read_text("") == ("", "")


@pytest.mark.req("D-5")
def test_annexes_and_the_attachment_note_are_found_in_the_text() -> None:
    division = divide("正文。\n附件：1. 名单\n2. 表格\n附件1\n名单\n张一\n附件2\n表格\n李二")
    assert division.lines == ("正文。",)
    assert division.attachments == ("名单", "表格")
    assert [(annex.title, annex.text) for annex in division.annexes] == [("名单", "张一"), ("表格", "李二")]
