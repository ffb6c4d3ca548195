"""The checklist a draft must pass (D-12, GZ27) and the content gate (D-11), asked together.

A *stop* keeps the document from being submitted and issued; a *warning* is shown to everybody who decides about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portal.content import gate
from portal.core.errors import Refused, Unavailable
from portal.core.runtime import Runtime
from portal.documents.checks import RULES, Level, Paper
from portal.documents.models import Document
from portal.documents.typesetting.fonts import missing_characters
from portal.documents.typesetting.parse import divide

CLASSIFIED_MARKS = "《广州办法》第四条"


@dataclass(frozen=True)
class Finding:
    """Something the checklist found: a msgid with its parameters, and the article it rests on."""

    level: Level
    message: str
    basis: str
    params: dict[str, Any] = field(default_factory=dict)


def review(work: Runtime, document: Document) -> list[Finding]:
    """Everything the checklist and the content gate find, stops first."""
    paper = Paper(document, divide(document.text), work.rules, _missing(work, document))
    found = [Finding(item.level, item.message, item.basis, params) for item in RULES for params in item.check(paper)]
    found += [Finding(Level.STOP, mark.message, CLASSIFIED_MARKS, mark.params) for mark in marks(work, document)]
    if document.proof_error and document.proof_version == document.version:
        # What can't be typeset now couldn't be frozen after it was issued, when nobody may change it any more.
        found.append(Finding(Level.STOP, document.proof_error, "GB/T 9704-2012"))
    return sorted(found, key=lambda finding: finding.level != Level.STOP)


def require_passed(work: Runtime, document: Document) -> None:
    """Raise Refused with the first stop, if there is any."""
    for finding in review(work, document):
        if finding.level == Level.STOP:
            raise Refused(finding.message, **finding.params)


def marks(work: Runtime, document: Document) -> tuple[gate.Finding, ...]:
    """The marks the content gate finds in title, text, note and files (D-11)."""
    parts = {"标题": document.title, "正文": document.text, "附注": document.note}
    parts |= {item.name: item.text_excerpt for item in document.attachments}
    return gate.scan(parts, urgent_allowed=work.rules.urgent_documents)


def _missing(work: Runtime, document: Document) -> str:
    """Characters no printing font holds; the worker, which has the fonts, tells again if they aren't here."""
    try:
        found = missing_characters(document.title + document.text, work.settings.fonts_dir)
    except Unavailable:
        return ""
    return "".join(sorted(found))
