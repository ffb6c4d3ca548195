"""Texts of items: a few marks, nothing else (M-11: pages of others can't be changed by what somebody writes)."""

from __future__ import annotations

import pytest

from portal.content import texts


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("第一段\n第二行", "<p>第一段<br>\n第二行</p>\n"),
        ("# 一、总体要求", "<h2>一、总体要求</h2>\n"),
        ("- 甲\n- 乙", "<ul>\n<li>甲</li>\n<li>乙</li>\n</ul>\n"),
        ("**重要**", "<p><strong>重要</strong></p>\n"),
    ],
)
def test_marks_become_tags(source: str, shown: str) -> None:
    assert str(texts.html(source)) == shown


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[点击](javascript:alert(1))",
        "[点击](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="x" style="position:fixed">x</a>',
        "![图](http://elsewhere.invalid/x.png)",
        "<iframe src=//elsewhere.invalid></iframe>",
    ],
)
def test_nothing_that_acts_gets_through(source: str) -> None:
    shown = str(texts.html(source)).lower()
    for trace in ("<script", "<img", "<iframe", 'href="javascript', 'href="data', '<a href="x"', " onerror=x"):
        assert trace not in shown


def test_an_excerpt_has_the_words_alone() -> None:
    assert texts.excerpt("# 标题\n\n- **重点**：[链接](http://a.invalid)") == "标题 重点：链接"
    assert texts.excerpt("字" * 300) == "字" * 119 + "…"
