"""Where things stand on the pages: signature, seal, recipients, annexes, imprint (GB/T 9704 7.3–7.5)."""

from __future__ import annotations

import pytest

from portal.core.errors import Invalid
from portal.documents.typesetting.geometry import BOTTOM, CELL, GLYPH, LEFT, PITCH, RIGHT, TOP
from portal.documents.typesetting.manuscript import Annex
from portal.documents.typesetting.pages import Anchor, Page, Placed, Rule
from tests.documents.manuscripts import SENTENCE, manuscript, pages_of, placed, texts

ORGAN, DATE = "南澄市人民政府办公室", "2026年7月8日"


def signature_page(pages: list[Page]) -> Page:
    return next(page for page in pages if DATE in texts(page))


@pytest.mark.req("D-6")
@pytest.mark.parametrize("paragraphs", range(1, 41))
@pytest.mark.parametrize("attachments", [(), ("名单", "统计表")])
def test_the_signature_never_stands_without_text(paragraphs: int, attachments: tuple[str, ...]) -> None:
    pages = pages_of(text="\n".join([SENTENCE] * paragraphs), attachments=attachments)
    page = signature_page(pages)
    lines = texts(page)
    text = [line for line in lines[: lines.index(ORGAN)] if line in SENTENCE]
    assert text
    for item in page.items:
        assert item.y <= BOTTOM or (isinstance(item, Placed) and "—" in item.line.text)
    corners = [item for item in page.items if isinstance(item, Anchor)]
    assert all(TOP < corner.y <= BOTTOM for corner in corners)


@pytest.mark.req("D-6")
@pytest.mark.parametrize("diameter", [38.0, 40.0, 42.0, 45.0, 50.0])
def test_name_and_date_sit_slightly_below_the_seals_centre(diameter: float) -> None:
    page = signature_page(pages_of(seal_diameter=diameter))
    top, bottom = sorted(item.y for item in page.items if isinstance(item, Anchor))
    left, right = sorted(item.x for item in page.items if isinstance(item, Anchor))
    name, date = placed(page, ORGAN), placed(page, DATE)
    centre = (top + bottom) / 2
    text_end = max(item.y for item in page.items if isinstance(item, Placed) and item.y < name.y) + GLYPH
    assert right - left == pytest.approx(diameter)
    assert 0 <= top - text_end <= PITCH  # 7.3.5.1: within one row of the text
    assert centre < name.y < centre + 2
    assert date.y + GLYPH < bottom
    assert date.x + date.line.width == pytest.approx(RIGHT - 4 * CELL)
    assert (left + right) / 2 == pytest.approx(name.x + name.line.width / 2)


def test_without_a_seal_the_date_is_two_characters_further_in() -> None:
    page = signature_page(pages_of(seal_diameter=0))
    name, date = placed(page, ORGAN), placed(page, DATE)
    assert name.x + name.line.width == pytest.approx(RIGHT - 2 * CELL)
    assert date.x == pytest.approx(name.x + 2 * CELL)
    assert not [item for item in page.items if isinstance(item, Anchor)]


@pytest.mark.req("D-6")
@pytest.mark.parametrize("paragraphs", range(1, 30, 2))
def test_the_imprint_stands_at_the_foot_of_an_even_page(paragraphs: int) -> None:
    pages = pages_of(text="\n".join([SENTENCE] * paragraphs))
    rules = [item for item in pages[-1].items if isinstance(item, Rule)]
    assert len(pages) % 2 == 0
    assert [rule.thickness for rule in rules] == [0.35, 0.25, 0.35]
    assert rules[-1].y + rules[-1].thickness == pytest.approx(BOTTOM)
    text = [item for item in pages[-1].items if isinstance(item, Placed) and item.y < rules[0].y]
    assert all(item.y + GLYPH <= rules[0].y for item in text)


def test_behind_a_blank_page_the_imprint_page_has_no_number() -> None:
    full = next(pages for n in range(1, 60) if not (pages := pages_of(text="\n".join([SENTENCE] * n)))[-1].numbered)
    assert not full[-2].items
    assert not full[-2].numbered
    assert not any("—" in text for text in texts(full[-1]))


@pytest.mark.req("D-6")
def test_recipients_that_would_push_the_text_off_page_1_move_to_the_imprint() -> None:
    many = tuple(f"南澄市第{i}工作协调领导小组办公室" for i in range(30))
    pages = pages_of(recipients=many)
    assert not any("协调领导小组" in text for text in texts(pages[0]))
    assert SENTENCE[:20] in "".join(texts(pages[0]))
    assert any(text.startswith("主送：") for text in texts(pages[-1]))


def test_a_long_attachment_note_runs_on_but_stays_with_the_signature() -> None:
    names = tuple(f"第{i}批名单" for i in range(1, 40))
    page = signature_page(pages_of(attachments=names))
    assert any("39. 第39批名单" in text for text in texts(page))
    assert all(item.y < BOTTOM for item in page.items if isinstance(item, Placed) and "—" not in item.line.text)


@pytest.mark.req("D-6")
def test_an_upward_document_names_its_signers_beside_the_number() -> None:
    page = pages_of(signers=("张一", "李二二", "王三"))[0]
    number, label, last = placed(page, "〔2026〕12号"), placed(page, "签发人："), placed(page, "王三")
    assert number.x == pytest.approx(LEFT + CELL)
    assert number.y == last.y == pytest.approx(label.y + PITCH)
    assert last.x == placed(page, "张一").x
    assert [run.face.file.name for run in last.line.runs] == ["gw-kai"]


@pytest.mark.req("D-5")
def test_annexes_are_bound_in_on_pages_of_their_own() -> None:
    annexes = (Annex("信息员名单", "张一\n李二"), Annex("报送要点", SENTENCE))
    pages = pages_of(annexes=annexes, attachments=("信息员名单", "报送要点"))
    marks = [page for page in pages if texts(page) and texts(page)[0] in {"附件1", "附件2"}]
    assert len(marks) == 2
    assert placed(marks[0], "附件1").y == TOP
    assert placed(marks[0], "信息员名单").y == pytest.approx(TOP + 2 * PITCH)


def test_what_a_notice_issues_follows_on_a_page_of_its_own_without_a_mark() -> None:
    pages = pages_of(text="现将《南澄市值班办法》印发给你们。\n南澄市值班办法\n第一条 各区应当值班。")
    assert texts(pages[0])[-1] == "— 1 —"
    assert texts(pages[1])[:2] == ["南澄市值班办法", "第一条　各区应当值班。"]
    assert not any("附件" in text for page in pages for text in texts(page))


def test_page_numbers_stand_on_the_outer_side() -> None:
    first, second = pages_of(text="\n".join([SENTENCE] * 12))[:2]
    odd, even = placed(first, "— 1 —"), placed(second, "— 2 —")
    assert odd.x + odd.line.width == pytest.approx(RIGHT - CELL)
    assert even.x == pytest.approx(LEFT + CELL)


def test_a_heading_is_never_the_last_line_of_a_page() -> None:
    for paragraphs in range(1, 24):
        text = "\n".join([*[SENTENCE] * paragraphs, "一、工作要求", *[SENTENCE] * 14])
        for page in pages_of(text=text)[:-1]:
            rows = [item for item in page.items if isinstance(item, Placed) and "—" not in item.line.text]
            assert not rows or rows[-1].line.text != "一、工作要求"


def test_a_title_that_fills_the_page_is_refused() -> None:
    with pytest.raises(Invalid):
        pages_of(title="关于做好南澄市政务信息报送和电子公文交换工作" * 20)


def test_a_proof_says_on_every_page_that_it_is_not_issued() -> None:
    pages = pages_of(proof=True, document_number=None, date=None)
    assert all(texts(page)[0] == "未签发" for page in pages)
    assert not any("未签发" in text for page in pages_of() for text in texts(page))
    assert manuscript().proof is False
