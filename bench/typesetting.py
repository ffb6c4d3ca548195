"""Seconds to typeset a document of six pages, warm."""

from __future__ import annotations

import datetime

from bench.lines import Line, measured
from portal.documents.typesetting.manuscript import Manuscript
from portal.documents.typesetting.typeset import typeset

LIMIT = 0.5
PAGES = 6

SENTENCE = "各区、各部门要明确分管领导和专职信息员，按时限、按要求报送2026年政务信息，确保全市政务信息工作有序开展。"


def six_pages() -> Manuscript:
    """A notice that fills six pages."""
    section = ["一、加强领导", f"（一）明确责任。{SENTENCE * 3}", f"1.按时报送。{SENTENCE * 2}", SENTENCE * 4]
    return Manuscript(
        red_head="南澄市人民政府办公室文件",
        organ="南澄市人民政府办公室",
        document_number="南政办发〔2026〕12号",
        title="关于进一步加强全市政务信息报送和电子公文交换工作的通知",
        recipients=("各区人民政府", "市政府各部门、各直属单位"),
        text="\n".join(section * 5),
        date=datetime.date(2026, 7, 8),
        copies=("市委办公室",),
        printing_organ="南澄市人民政府办公室",
    )


def measure() -> list[Line]:
    """Typeset; the first round, which loads the fonts, isn't counted."""
    manuscript = six_pages()
    if (pages := typeset(manuscript).pages) != PAGES:
        raise RuntimeError(f"the sample has {pages} pages instead of {PAGES}")
    return [measured("typeset 6 pages", lambda: typeset(manuscript), LIMIT)]
