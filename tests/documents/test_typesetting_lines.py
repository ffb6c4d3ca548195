"""The grid of 22 rows by 28 characters, and what may stand at the ends of lines (GB/T 9704 5.2.3)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.core.typefaces import DEFAULT_FONTS_DIR
from portal.documents.typesetting.fonts import Style, missing_characters
from portal.documents.typesetting.geometry import BOTTOM, CELL, GLYPH, PITCH, ROWS, TOP, WIDTH
from portal.documents.typesetting.lines import NOT_FIRST, NOT_LAST, Setter
from portal.documents.typesetting.pages import Placed, capacity
from portal.documents.typesetting.titles import break_title
from tests.documents.manuscripts import SENTENCE, pages_of

SETTER = Setter(DEFAULT_FONTS_DIR)


@pytest.mark.req("D-6")
@pytest.mark.parametrize(("characters", "lines"), [(28, 1), (29, 2), (56, 2), (57, 3)])
def test_a_line_holds_28_characters(characters: int, lines: int) -> None:
    assert len(SETTER.paragraph([("国" * characters, Style.FANGSONG)], first=0)) == lines


@pytest.mark.req("D-6")
def test_a_page_holds_22_rows() -> None:
    assert capacity(TOP) == ROWS
    page = pages_of(text="国" * 28 * 60)[1]
    rows = sorted({item.y for item in page.items if isinstance(item, Placed) and item.y < BOTTOM})
    assert len(rows) == ROWS
    assert rows[0] == TOP
    assert rows[-1] + GLYPH <= BOTTOM < rows[-1] + PITCH + GLYPH


def test_paragraphs_open_two_characters_in() -> None:
    first, second = SETTER.paragraph([("国" * 30, Style.FANGSONG)])
    assert first.runs[0].x == pytest.approx(2 * CELL)
    assert second.runs[0].x == 0
    assert len(first.text) == 26


@pytest.mark.parametrize(
    "text", [SENTENCE * 3, "决定从2026年7月24日起" * 8, "按照《办法》（国发〔1999〕25号）执行。" * 6]
)
def test_all_lines_but_the_last_reach_the_right_edge(text: str) -> None:
    half = SETTER.em / 2
    for line in SETTER.paragraph([(text, Style.FANGSONG)])[:-1]:
        assert WIDTH - 0.05 <= line.width <= WIDTH + half + 0.05  # a closing mark may keep its blank half outside


TEXTS = st.text(alphabet="国政府市人民，。、；：（）《》“”〔〕0129aZ ", min_size=1, max_size=200)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_no_text_is_lost_and_no_mark_stands_where_it_may_not(text: str) -> None:
    lines = SETTER.paragraph([(text, Style.FANGSONG)])
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")
    for before, after in pairwise(lines):
        if any(char not in NOT_FIRST and char not in NOT_LAST for char in before.text[1:]):
            assert after.text[0] not in NOT_FIRST or before.text[-1] in NOT_LAST or _no_choice(before.text)


def _no_choice(line: str) -> bool:
    """Whether a line has no place at all where it might have been broken earlier."""
    return not any(b not in NOT_FIRST and a not in NOT_LAST for a, b in pairwise(line))


@pytest.mark.req("D-6")
@pytest.mark.parametrize(
    ("title", "count"),
    [
        ("关于加强政务信息报送工作的通知", 1),
        ("南澄市人民政府办公室关于推行公文无纸化传输工作的通知", 2),
        ("南澄市人民政府办公室关于印发《南澄市电子公文交换平台管理办法（试行）》的通知", 3),
    ],
)
def test_titles_break_between_words_into_lines_of_unlike_length(title: str, count: int) -> None:
    lines = break_title(title)
    assert "".join(lines) == title
    assert len(lines) == count
    assert max(map(len, lines)) <= 20
    assert all(line[0] not in NOT_FIRST and not line.startswith("的") for line in lines)
    assert len(set(map(len, lines))) > 1 or count == 1


def test_titles_keep_numbers_and_dates_together() -> None:
    lines = break_title("南澄市财政局关于申请调整二〇二六年市级部门预算有关事项的请示")
    assert any("二〇二六年" in line for line in lines)


def test_a_very_long_title_is_filled_line_by_line() -> None:
    title = "南澄市政务信息报送工作情况通报" * 9
    assert "".join(break_title(title)) == title


@pytest.mark.req("D-6")
def test_characters_without_a_face_are_named() -> None:
    assert missing_characters("南澄市①★ 2026\n") == set()
    assert missing_characters("张𠮷") == {"𠮷"}
