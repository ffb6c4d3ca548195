"""How a joint document looks: marks, names, seals that don't touch (GB/T 9704 7.2.4, 7.3.5.1)."""

from __future__ import annotations

import itertools
import math

import pytest

from portal.core.errors import Invalid
from portal.core.typefaces import BLACK
from portal.documents.typesetting.geometry import GLYPH, LEFT, PITCH, RIGHT
from portal.documents.typesetting.manuscript import Organ
from portal.documents.typesetting.pages import Anchor, Page, Placed
from tests.documents.manuscripts import SENTENCE, pages_of, placed

pytestmark = pytest.mark.req("D-4", "D-6")

NAMES = (
    *("南澄市财政局", "南澄市教育局", "南澄市卫生健康委", "南澄市公安局"),
    *("南澄市司法局", "南澄市民政局", "澄东区人民政府", "南澄市水利局"),
)
DATE = "2026年7月8日"
Seal = tuple[float, float, float]
"""Middle and radius, in millimetres."""


def set_with(*names: str, **changes: object) -> list[Page]:
    organs = tuple(Organ(f"{name}文件", name, 45.0 if "政府" in name else 42.0) for name in names)
    return pages_of(joint=organs, red_head="南澄市发展改革委文件", organ="南澄市发展改革委", **changes)


def seals_of(pages: list[Page]) -> tuple[Page, list[Seal]]:
    """The page of the signatures, and the seals in their order."""
    page = next(page for page in pages if any(isinstance(item, Anchor) for item in page.items))
    corners = {item.name: item for item in page.items if isinstance(item, Anchor)}
    found = []
    for place in range(1, len(corners) // 2 + 1):
        first, last = corners[f"seal-{place}-tl"], corners[f"seal-{place}-br"]
        found.append(((first.x + last.x) / 2, (first.y + last.y) / 2, (last.x - first.x) / 2))
    return page, found


@pytest.mark.parametrize("count", range(1, len(NAMES) + 1))
@pytest.mark.parametrize("sentences", [1, 5, 14])
def test_one_seal_for_each_organ_and_none_touches_another(count: int, sentences: int) -> None:
    page, seals = seals_of(set_with(*NAMES[:count], text=SENTENCE * sentences))
    assert len(seals) == count + 1
    for one, other in itertools.combinations(seals, 2):
        assert math.dist(one[:2], other[:2]) >= one[2] + other[2] + 1
    assert all(x - radius >= LEFT and x + radius <= RIGHT for x, _, radius in seals)
    rows = [len(list(row)) for _, row in itertools.groupby(seals, key=lambda seal: seal[1])]
    assert max(rows) <= 3 and all(row == rows[0] for row in rows[:-1])
    assert [seal[:2] for seal in seals] == sorted((seal[:2] for seal in seals), key=lambda at: (at[1], at[0]))
    text_end = max(item.y for item in page.items if isinstance(item, Placed) and item.line.text in SENTENCE * 14)
    tallest = max(seals[: rows[0]], key=lambda seal: seal[2])
    assert -0.01 <= tallest[1] - max(seal[2] for seal in seals) - (text_end + GLYPH) <= PITCH


@pytest.mark.parametrize("count", [1, 2, 4])
def test_each_seal_presses_its_name_and_the_last_one_the_date(count: int) -> None:
    page, seals = seals_of(set_with(*NAMES[:count]))
    for name, (x, y, _) in zip(("南澄市发展改革委", *NAMES), seals, strict=False):
        line = next(i for i in page.items if isinstance(i, Placed) and i.line.text == name and i.colour == BLACK)
        assert line.x + line.line.width / 2 == pytest.approx(x)
        assert y < line.y < y + 2
    date, last = placed(page, DATE), seals[-1]
    assert date.x + date.line.width / 2 == pytest.approx(last[0]) and last[1] < date.y < last[1] + last[2]
    assert last[0] == max(seal[0] for seal in seals) and last[1] == max(seal[1] for seal in seals)


def test_the_marks_stand_one_above_another_as_wide_as_the_longest() -> None:
    items = set_with(*NAMES[:3])[0].items
    marks = [
        item for item in items if isinstance(item, Placed) and item.colour != (0, 0, 0) and item.line.text != "文件"
    ]
    assert [item.line.text for item in marks] == ["南澄市发展改革委", *NAMES[:3]]
    widths = {round(item.line.width * item.stretch, 1) for item in marks}
    assert len({item.x for item in marks}) == 1 and max(widths) - min(widths) < 0.5
    suffix = placed(set_with(*NAMES[:3])[0], "文件")
    assert marks[0].y < suffix.y < marks[-1].y and suffix.x > marks[0].x + max(widths)


def test_of_many_organs_the_first_ones_mark_stands_alone() -> None:
    first = set_with(*NAMES[:4])[0]
    assert placed(first, "南澄市发展改革委文件").y > 0
    assert not any(isinstance(item, Placed) and item.line.text == "文件" for item in first.items)


def test_more_seals_than_a_page_holds_are_refused() -> None:
    long = tuple(f"南澄市人力资源和社会保障局第{number}分局" for number in "一二三四五六七八")
    with pytest.raises(Invalid, match="so many units"):
        set_with(*long)
