"""Reading a text file as a drafter hands it in: the first line is the title, the rest the text.

Files saved from a web page carry the page's index block above the document number; the number itself, the typed
signature and the typed date are left out too, because the portal sets them when the document is issued (OP3).
"""

import re
from typing import NamedTuple

from portal.documents.typesetting.parse import issued_title, normalise

HEADER_LINES = 15  # a document number further down belongs to the text

_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,12}〔(?:19|20)\d\d〕\d+[号號]$")
_RECIPIENTS = re.compile(r"[^。；]{2,400}：$")
_ADDRESSEE = re.compile("各|政府|委员会|办公|厅|局|院|部门|单位|中心|公司|学校|办事处")
_INTRODUCES = re.compile("如下|以下|通知|要求|包括|分别|下列|其中|即")
_DATE = re.compile(
    r"(?:\d{4}|[二一][○〇零Oo一二三四五六七八九]{3})年[\d一二三四五六七八九十]{1,3}月[\d一二三四五六七八九十]{1,3}日$"
)


class SourceText(NamedTuple):
    """A text file's title and text."""

    title: str
    body: str


def read_text(text: str) -> SourceText:
    """The title and the text of a plain text file, ready for a draft."""
    lines = [line for line in map(normalise, text.splitlines()) if line]
    number = next((i for i, line in enumerate(lines[:HEADER_LINES]) if _NUMBER.match(line)), None)
    if number is not None:
        lines = lines[number + 1 :]
    if not lines:
        return SourceText("", "")
    if _is_recipients(lines[0]):
        return _untitled(lines)
    return SourceText(lines[0], "\n".join(_without_signature(lines[1:])))


def split_recipients(body: str) -> tuple[list[str], str]:
    """The main recipients named by a first line that ends with a colon, and the text after it."""
    first, _, rest = body.lstrip().partition("\n")
    line = normalise(first)
    if not _is_recipients(line):
        return [], body
    return [name for name in line[:-1].split("，") if name], rest


def _is_recipients(line: str) -> bool:
    return bool(_RECIPIENTS.match(line) and _ADDRESSEE.search(line) and not _INTRODUCES.search(line))


def _untitled(lines: list[str]) -> SourceText:
    """A notice without a title is named after what it issues, or else after those it addresses."""
    issued = issued_title(lines)
    title = f"关于印发《{issued}》的通知" if issued else lines[0].rstrip("：")
    return SourceText(title, "\n".join(_without_signature(lines if issued else lines[1:])))


def _without_signature(lines: list[str]) -> list[str]:
    """Drop the first line that is only a date, and the organ's name above it."""
    for i, line in enumerate(lines):
        if _DATE.match(line):
            above = i - 1 if i and len(lines[i - 1]) <= 30 and not re.search("[。：；，、]", lines[i - 1]) else i
            return lines[:above] + lines[i + 1 :]
    return lines
