"""The rules of the checklist (D-12): each a function with its level, its words and its article."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from portal.core.rules import ExchangeRules
from portal.core.text import N_
from portal.documents.kinds import KINDS, Direction
from portal.documents.models import Document, Recipient, RecipientKind
from portal.documents.typesetting.parse import NUMERALS, Division

LONGEST_READABLE = 5000


class Level(StrEnum):
    """Whether a finding stops the document."""

    STOP = "stop"
    WARNING = "warning"


@dataclass(frozen=True)
class Paper:
    """What the rules look at: the document, its text divided as the typesetter will, and the exchange rules."""

    document: Document
    division: Division
    rules: ExchangeRules
    missing: str = ""

    @property
    def units(self) -> list[Recipient]:
        """Recipients inside the exchange."""
        return [item for item in self.document.recipients if item.unit_id is not None]

    def addressed(self, kind: RecipientKind) -> list[Recipient]:
        """Main or copied recipients, those on paper too."""
        return [item for item in self.document.recipients if item.kind == kind]

    @property
    def is_upward(self) -> bool:
        """上行文."""
        return self.document.direction == Direction.UP


Params = dict[str, Any]
Check = Callable[[Paper], Iterator[Params]]


@dataclass(frozen=True)
class Rule:
    """One line of the checklist: its check gives the parameters of each finding, nothing when all is well."""

    level: Level
    message: str
    basis: str
    check: Check


RULES: list[Rule] = []


def rule(level: Level, message: str, basis: str) -> Callable[[Check], Check]:
    """Enter a check into the checklist."""

    def enter(check: Check) -> Check:
        RULES.append(Rule(level, message, basis, check))
        return check

    return enter


@rule(Level.STOP, N_("The text is empty."), "GB/T 9704-2012 7.3.3")
def _has_text(paper: Paper) -> Iterator[Params]:
    if not paper.document.text:
        yield {}


@rule(Level.STOP, N_("No main recipient is chosen."), "《广州办法》第三十一条")
def _has_main_recipient(paper: Paper) -> Iterator[Params]:
    if not paper.addressed(RecipientKind.MAIN):
        yield {}


@rule(
    Level.STOP,
    N_("No recipient is a unit of the exchange: there is nobody to send it to."),
    "《广州办法》第三十一条",
)
def _has_unit(paper: Paper) -> Iterator[Params]:
    if paper.document.recipients and not paper.units:
        yield {}


@rule(
    Level.STOP,
    N_("A request has exactly one main recipient; this one has %(count)s."),
    "《公文处理工作条例》第十五条",
)
def _request_to_one(paper: Paper) -> Iterator[Params]:
    count = len(paper.addressed(RecipientKind.MAIN))
    if paper.document.kind == "request" and count > 1:
        yield {"count": count}


@rule(
    Level.WARNING,
    N_("An upward document has one main recipient as a rule; this one has %(count)s."),
    "《公文处理工作条例》第十五条",
)
def _upward_to_one(paper: Paper) -> Iterator[Params]:
    count = len(paper.addressed(RecipientKind.MAIN))
    if paper.is_upward and paper.document.kind != "request" and count > 1:
        yield {"count": count}


@rule(
    Level.STOP,
    N_("An upward document isn't copied to a subordinate unit: %(name)s."),
    "《公文处理工作条例》第十五条",
)
def _upward_not_down(paper: Paper) -> Iterator[Params]:
    if paper.is_upward:
        for item in paper.units:
            if item.unit is not None and item.unit.parent_id == paper.document.unit_id:
                yield {"name": item.name}


@rule(
    Level.WARNING,
    N_("Units of one level issue a document jointly; %(name)s is of another level."),
    "《公文处理工作条例》第十七条",
)
def _joint_of_one_level(paper: Paper) -> Iterator[Params]:
    for item in paper.document.joint:
        if item.unit.tier != paper.document.unit.tier:
            yield {"name": item.signature}


@rule(Level.WARNING, N_("The title doesn't end with the kind of document, “%(kind)s”."), "GB/T 9704-2012 7.3.1")
def _title_names_kind(paper: Paper) -> Iterator[Params]:
    kind = KINDS[paper.document.kind].name
    if not re.sub(r"[（(][^（()）]*[）)]$", "", paper.document.title).endswith(kind):
        yield {"kind": kind}


@rule(Level.WARNING, N_("The title ends with a punctuation mark."), "GB/T 9704-2012 7.3.1")
def _title_without_stop(paper: Paper) -> Iterator[Params]:
    if re.search(r"[。，；：、.,;:]$", paper.document.title):
        yield {}


@rule(
    Level.WARNING,
    N_("A report may not carry a request, but the text says “%(words)s”."),
    "《公文处理工作条例》第十五条",
)
def _report_asks_nothing(paper: Paper) -> Iterator[Params]:
    match = re.search("请批示|请批复|请予批准|请审批|妥否|当否", paper.document.text)
    if paper.document.kind == "report" and match:
        yield {"words": match[0]}


@rule(Level.WARNING, N_("The request doesn't end by asking: “妥否，请批示。”"), "《公文处理工作条例》第八条")
def _request_asks(paper: Paper) -> Iterator[Params]:
    asks = re.search("请(予)?(批示|批复|审批|审定|批准|审议|核准|指示)", paper.document.text)
    if paper.document.kind == "request" and not asks:
        yield {}


@rule(
    Level.STOP,
    N_("The text names %(named)s attachments, but %(there)s are there: nothing may be missing."),
    "《广州办法》第二十八条",
)
def _attachments_complete(paper: Paper) -> Iterator[Params]:
    named = len(paper.division.attachments)
    there = len(paper.division.annexes) + len(paper.document.attachments)
    if named and named != there:
        yield {"named": named, "there": there}


@rule(Level.WARNING, N_("The text speaks of an attachment, but there is none."), "《广州办法》第二十八条")
def _attachment_there(paper: Paper) -> Iterator[Params]:
    there = paper.division.annexes or paper.document.attachments or paper.division.attachments
    if not there and re.search("[见详]附件|附件：", paper.document.text):
        yield {}


@rule(Level.WARNING, N_("Files are attached, but the text doesn't refer to them (见附件)."), "GB/T 9704-2012 7.3.4")
def _attachment_named(paper: Paper) -> Iterator[Params]:
    if paper.document.attachments and "附件" not in paper.document.text:
        yield {}


@rule(
    Level.WARNING,
    N_("After heading “%(before)s” comes “%(found)s”: the numbers don't follow each other."),
    "GB/T 9704-2012 7.3.3",
)
def _headings_follow(paper: Paper) -> Iterator[Params]:
    for pattern in (re.compile(rf"([{NUMERALS}]+)、"), re.compile(rf"（([{NUMERALS}]+)）")):
        yield from _gaps(paper.division.lines, pattern, restart=pattern.pattern.startswith("（"))


def _gaps(lines: tuple[str, ...], pattern: re.Pattern[str], restart: bool) -> Iterator[Params]:
    before = "零"
    for line in lines:
        if restart and re.match(rf"[{NUMERALS}]+、", line):
            before = "零"  # each 一、 has its own （一）
        match = pattern.match(line)
        if match is None:
            continue
        if _number(match[1]) not in (_number(before) + 1, 1):
            yield {"before": "—" if before == "零" else before, "found": match[1]}
        before = match[1]


def _number(numeral: str) -> int:
    """A Chinese numeral up to 99."""
    digits = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
    tens, mark, ones = numeral.rpartition("十")
    return (digits.get(tens, 1) * 10 if mark else 0) + digits.get(ones, 0)


@rule(Level.WARNING, N_("%(name)s may print no copy: its quota is 0."), "《广州办法》第三十一条")
def _main_may_print(paper: Paper) -> Iterator[Params]:
    for item in paper.units:
        if item.kind == RecipientKind.MAIN and item.print_quota == 0:
            yield {"name": item.name}


@rule(
    Level.WARNING,
    N_("The text has %(count)s characters; a document should have at most 5000."),
    "《整治形式主义为基层减负若干规定》",
)
def _short_enough(paper: Paper) -> Iterator[Params]:
    count = sum(len(line) for line in paper.division.lines)
    if count > LONGEST_READABLE:
        yield {"count": count}


@rule(
    Level.WARNING,
    N_("These characters are not in the font of the text and will be printed in another one: %(characters)s"),
    "GB/T 9704-2012 5.2.2",
)
def _printable(paper: Paper) -> Iterator[Params]:
    if paper.missing:
        yield {"characters": " ".join(paper.missing)}


@rule(Level.STOP, N_("Urgent documents don't travel here (%(article)s)."), "GB/T 9704-2012 7.2.3")
def _urgency_allowed(paper: Paper) -> Iterator[Params]:
    if paper.document.urgency and not paper.rules.urgent_documents:
        yield {"article": paper.rules.article("urgent_documents")}


@rule(
    Level.STOP,
    N_("The files have %(size)s MB together; at most %(limit)s MB are allowed."),
    "《鄂尔多斯办法》第七条",
)
def _small_enough(paper: Paper) -> Iterator[Params]:
    total = sum(item.size for item in paper.document.attachments)
    if total > paper.rules.max_document_bytes:
        yield {"size": f"{total / 1048576:.1f}", "limit": paper.rules.max_document_mb}
