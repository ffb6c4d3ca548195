"""Texts of items: plain text with a few marks, shown as headings, lists, tables and links.

A plain text survives every editor, works without script and can be compared line by line. markdown-it reads the marks
with HTML switched off; nh3 then lets through only what is named here, so that neither alone has to be right.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = frozenset(
    [
        "p",
        "br",
        "strong",
        "em",
        "s",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h2",
        "h3",
        "h4",
        "h5",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "hr",
        "code",
        "pre",
    ]
)
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = frozenset({"http", "https", "mailto"})
LONGEST_TEXT = 100_000
# A heading of a page is above those of its text.
_HEADINGS = {"h1": "h2", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h5", "h6": "h5"}
_MARKS = re.compile(r"^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)])[ \t]+|[*_`~|]+|\[([^\]]*)\]\([^)]*\)", re.MULTILINE)


def html(source: str) -> Markup:
    """The text as safe HTML; whatever isn't one of the marks stands there as it was written."""
    tokens = _reader().parse(source)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)
    rendered = _reader().renderer.render(tokens, _reader().options, {})
    return Markup(nh3.clean(rendered, tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=set(SCHEMES)))


def shown(source: str) -> str:
    """The words of the text as its readers see them: escapes and entities are resolved, as a browser does."""
    return unescape(nh3.clean(html(source), tags=set()))


def looks(source: str) -> str:
    """The text as it is written, as its page shows it and as lists quote it: a mark may stand in one of them alone."""
    lines = (line for look in (source, shown(source), plain(source)) for line in look.splitlines())
    return "\n".join(dict.fromkeys(lines))


def plain(source: str) -> str:
    """The words alone, for excerpts and search."""
    return _MARKS.sub(lambda match: match.group(1) or "", source)


def excerpt(source: str, most: int = 120) -> str:
    """The first words in one line."""
    words = " ".join(plain(source[: most * 4]).split())
    return words if len(words) <= most else words[: most - 1] + "…"


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": False}).enable(
        ["table", "strikethrough"]
    )
    return reader.disable("image")
