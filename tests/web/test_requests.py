"""What a browser sends holds nothing that can't be kept, and what was kept before can't stop an export (M-11)."""

from __future__ import annotations

import pytest
from flask import Flask, request
from openpyxl import load_workbook

from portal.content.said import said
from portal.core.errors import Invalid
from portal.core.sheets import csv_lines, workbook

TYPED = "已办\x01毕\x00\x0b\ufffe"


def test_control_characters_reach_no_view(app: Flask) -> None:
    with app.test_request_context("/?q=%00%E5%85%AC%1F%E6%96%87", method="POST", data={"text": f"{TYPED}\r\n行"}):
        assert request.args["q"] == "公文"
        assert request.form["text"] == "已办毕\r\n行", "line breaks are the operations' to tidy"
        assert request.values["text"] == "已办毕\r\n行"


def test_what_is_said_is_storable() -> None:
    assert said(f" {TYPED}\r\n行 ", "text", 10, urgent_allowed=False) == "已办毕\n行"
    for nothing in ("\x00\x01 ", "字" * 11):
        with pytest.raises(Invalid):
            said(nothing, "text", 10, urgent_allowed=False)


def test_no_kept_character_stops_an_export() -> None:
    (row,) = load_workbook(workbook("表", [(TYPED, "=1+1", "\x01=1+1")])).active.values
    assert row == ("已办毕", "'=1+1", "'=1+1")
    assert "\x01" not in "".join(csv_lines([(TYPED,)]))
