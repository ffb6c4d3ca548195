"""Manuscripts of the fictional city 南澄市 for the typesetting tests."""

from __future__ import annotations

import datetime
from typing import Any

from portal.core.typefaces import DEFAULT_FONTS_DIR
from portal.documents.typesetting.compose import compose
from portal.documents.typesetting.manuscript import Manuscript
from portal.documents.typesetting.pages import Page, Placed

SENTENCE = "各区、各部门要明确分管领导和专职信息员，按时限、按要求报送政务信息。"


def manuscript(**changes: Any) -> Manuscript:
    """A notice of the municipal office; `changes` replace single elements."""
    elements: dict[str, Any] = {
        "red_head": "南澄市人民政府办公室文件",
        "organ": "南澄市人民政府办公室",
        "document_number": "南政办发〔2026〕12号",
        "title": "关于进一步加强政务信息报送工作的通知",
        "recipients": ("各区人民政府", "市政府各部门、各直属单位"),
        "text": SENTENCE,
        "date": datetime.date(2026, 7, 8),
        "copies": ("市委办公室",),
        "printing_organ": "南澄市人民政府办公室",
        "printing_date": datetime.date(2026, 7, 9),
        "metadata": {"title": "关于进一步加强政务信息报送工作的通知"},
    }
    return Manuscript(**{**elements, **changes})


def pages_of(**changes: Any) -> list[Page]:
    """The composed pages of such a notice."""
    return compose(manuscript(**changes), DEFAULT_FONTS_DIR)


def texts(page: Page) -> list[str]:
    """The lines of a page, in drawing order."""
    return [item.line.text for item in page.items if isinstance(item, Placed)]


def placed(page: Page, text: str) -> Placed:
    """The line of a page that is a text or, failing that, holds it."""
    lines = [item for item in page.items if isinstance(item, Placed)]
    return next((item for item in lines if item.line.text == text), None) or next(
        item for item in lines if text in item.line.text
    )
