"""From plain lines to the blocks of an official document.

Headings are known by their numbers (7.3.3): 一、 in 黑体, （一） in 楷体, 1. and （1） in 仿宋; articles and
chapters of regulations likewise. Punctuation typed half-width between Han characters becomes full-width (GB/T 15834).
"""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from portal.documents.typesetting.fonts import Style
from portal.documents.typesetting.manuscript import Annex

HAN = "\u3400-\u4dbf\u4e00-\u9fff\u3007"
NUMERALS = "一二三四五六七八九十百零〇"
LONGEST_HEADING = 45  # characters; a longer first sentence is text, and only its number is set as a heading

_FULL_WIDTH = str.maketrans(
    {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
)
_MARKS = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！", "(": "（", ")": "）"}
_AFTER_HAN = re.compile(rf"(?<=[{HAN}”’》〕）])\s*([,:;?!])(?!//)\s*")
_BEFORE_HAN = re.compile(rf"(?<=[0-9A-Za-z%)])([,;?!])\s*(?=[{HAN}“《〔（])")
_STOP = re.compile(rf"(?<=[{HAN}”》〕）])\.(?=$|[{HAN}“《])")
_BRACKETS = re.compile(rf"\(([^()]*(?:[{HAN}][^()]*|(?<=\()\d+))\)")
_NUMBER_YEAR = re.compile(r"[\[(（【［]((?:19|20)\d\d)[\])）】］](\d+)\s*([号號])")
_SPACES = re.compile(r"[ \t\u2000-\u200a]+")
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff]")
_GAP_AT_MARK = re.compile(r" ?([，。、；：？！）》〉」』】”〕（《〈「『【“〔]) ?")

_LEVEL_1 = re.compile(rf"[{NUMERALS}]+、")
_LEVEL_2 = re.compile(rf"（[{NUMERALS}]+）")
_PART = re.compile(rf"(第[{NUMERALS}]+[编編篇章節节])(?![的、，中内])\s*(\S.{{0,40}}|)$")
_ARTICLE = re.compile(
    rf"(第[{NUMERALS}]+[条條](?:之[{NUMERALS}]+)?)(?!(?:[的至、，。和或及]|规定|規定|第))\s*(.*)$", re.S
)
_ANNEX = re.compile(r"附\s*件\s*(\d*|[一二三四五六七八九十]*)\s*[:：]?$")
_ISSUES = re.compile("《([^《》]+(?:《[^《》]+》[^《》]*)*)》(?:已经.{0,20})?[^。]{0,12}印发")
_ATTACHMENT = re.compile(r"附\s*件\s*：\s*(.+)$")
_ATTACHMENT_ITEM = re.compile(r"(\d+)\s*[.．、]\s*(.+)$")


class Kind(Enum):
    """How a block stands on the page."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"  # stays with the line that follows
    CENTRED = "centred"  # chapter titles of regulations; stay with what follows


@dataclass(frozen=True)
class Block:
    """One paragraph: pieces of text with their typeface."""

    kind: Kind
    spans: tuple[tuple[str, Style], ...]

    @property
    def text(self) -> str:
        """The characters of the block."""
        return "".join(text for text, _ in self.spans)


@dataclass(frozen=True)
class Division:
    """A text divided into what stands before the signature and what follows on pages of its own.

    `issued` is the regulation a notice issues (印发《…》): it follows the signature without being an annex.
    """

    lines: tuple[str, ...]
    attachments: tuple[str, ...]
    annexes: tuple[Annex, ...]
    issued: Annex | None = None


def normalise(line: str) -> str:
    """One line as it is printed: full-width marks between Han characters, 〔year〕, no stray spaces or controls."""
    line = line.replace("\xa0", " ").replace("\u3000", " ").translate(_FULL_WIDTH)
    line = _SPACES.sub(" ", _INVISIBLE.sub("", line)).strip()
    line = _NUMBER_YEAR.sub(r"〔\1〕\2\3", line)
    previous = None
    while previous != line:
        previous, line = line, _BRACKETS.sub(r"（\1）", line)
    line = _AFTER_HAN.sub(lambda match: _MARKS[match[1]], line)
    line = _BEFORE_HAN.sub(lambda match: _MARKS[match[1]], line)
    line = _STOP.sub("。", line).replace("......", "……")
    return _GAP_AT_MARK.sub(r"\1", _quotes(line))


def _quotes(line: str) -> str:
    """Straight double quotes around Han text become a pair of curved ones."""
    if not line.count('"') or line.count('"') % 2 or not re.search(f"[{HAN}]", line):
        return line
    pieces = line.split('"')
    return "".join(piece + ("“" if i % 2 == 0 else "”") for i, piece in enumerate(pieces[:-1])) + pieces[-1]


def parse_line(line: str) -> Block:
    """The block a normalised line forms."""
    if match := _PART.match(line):
        title = match[2].replace(" ", "")
        return Block(Kind.CENTRED, ((match[1] + ("\u3000" + title if title else ""), Style.HEI),))
    if match := _ARTICLE.match(line):
        tail = (("\u3000" + match[2], Style.FANGSONG),) if match[2] else ()
        return Block(Kind.PARAGRAPH, ((match[1], Style.HEI), *tail))
    for pattern, style in ((_LEVEL_1, Style.HEI), (_LEVEL_2, Style.KAI)):
        if match := pattern.match(line):
            return _heading(line, match.end(), style)
    return Block(Kind.PARAGRAPH, ((line, Style.FANGSONG),))


def _heading(line: str, marker: int, style: Style) -> Block:
    head, stop, tail = line.partition("。")
    if len(head) > LONGEST_HEADING or (not tail and re.search("[；：]", line)):
        return Block(Kind.PARAGRAPH, ((line[:marker], style), (line[marker:], Style.FANGSONG)))
    if not tail and not stop:
        return Block(Kind.HEADING, ((line, style),))
    if not tail:
        return Block(Kind.PARAGRAPH, ((line, style),))
    return Block(Kind.PARAGRAPH, ((head + stop, style), (tail, Style.FANGSONG)))


def parse_lines(lines: tuple[str, ...] | list[str]) -> list[Block]:
    """The blocks of a text given as lines; empty lines separate nothing, every line is a paragraph."""
    blocks: list[Block] = []
    in_article = False
    for text in filter(None, map(normalise, lines)):
        in_article = in_article or bool(_ARTICLE.match(text))
        if in_article and _LEVEL_2.match(text):  # an item of an article is text, not a heading
            blocks.append(Block(Kind.PARAGRAPH, ((text, Style.FANGSONG),)))
        else:
            blocks.append(parse_line(text))
    return blocks


def divide(text: str) -> Division:
    """Split a text at its lines 附件, 附件1 …: what follows is an annex whose first line is its title.

    A list 附件：… that ends the text proper becomes the attachment note.
    """
    lines = [line for line in map(normalise, text.splitlines()) if line]
    starts = [i for i, line in enumerate(lines) if _ANNEX.match(line) and i + 1 < len(lines)]
    body = lines[: starts[0]] if starts else lines
    edges = [*starts, len(lines)]
    annexes = tuple(Annex(lines[a + 1], "\n".join(lines[a + 2 : b])) for a, b in pairwise(edges))
    body, issued = _take_issued(body)
    body, attachments = _take_attachments(body)
    return Division(tuple(body), attachments, annexes, issued)


def issued_title(lines: list[str]) -> str | None:
    """The title of what a notice issues, named in one of its first lines as 现将《…》印发."""
    found = (_ISSUES.search(line) for line in lines[:4])
    return next((match[1] for match in found if match), None)


def _take_issued(lines: list[str]) -> tuple[list[str], Annex | None]:
    """Cut the issued text, which starts with a line that is its title, off the end of a text."""
    title = issued_title(lines)
    at = next((i for i, line in enumerate(lines) if i and line == title), None)
    if at is None:
        return lines, None
    return lines[:at], Annex(lines[at], "\n".join(lines[at + 1 :]))


def _take_attachments(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Cut the attachment note off the end of a text."""
    for i in range(len(lines) - 1, -1, -1):
        match = _ATTACHMENT.match(lines[i])
        if match:
            names = [match[1], *lines[i + 1 :]]
            items = [_ATTACHMENT_ITEM.match(name) for name in names]
            if len(names) > 1 and not all(items):
                return lines, ()
            names = [item[2] if item else name for item, name in zip(items, names, strict=True)]
            return lines[:i], tuple(name.rstrip("。；，") for name in names)
        if not _ATTACHMENT_ITEM.match(lines[i]):
            break
    return lines, ()
