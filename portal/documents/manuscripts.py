"""What the typesetter is given for a document, and the machine-readable elements inside its file (GB/T 33480)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from portal.documents.joint import signatures
from portal.documents.kinds import KINDS, Direction
from portal.documents.models import Document, Recipient, RecipientKind
from portal.documents.typesetting.manuscript import Manuscript, Organ
from portal.documents.typesetting.parse import divide
from portal.units.models import Tier

FORMAT = "gongwen/1"
DIAMETER_MM = 42.0
"""Of a department's seal (国发〔1999〕25号), where the unit has none yet."""
RELEASE_LEVELS = {Tier.CITY: "市地级", Tier.DISTRICT: "县团级"}


def manuscript_of(document: Document, diameters: Mapping[int, float], printed_on: date | None) -> Manuscript:
    """The elements in the order of the page. Without a number it is a proof and says so on every page.

    `diameters` are those of the issuers' seals by unit, where they have one already.
    """
    signers = signers_of(document) if document.direction == Direction.UP else ()
    return Manuscript(
        red_head=document.red_head,
        organ=document.signature,
        joint=tuple(
            Organ(item.red_head, item.signature, diameters.get(item.unit_id, DIAMETER_MM)) for item in document.joint
        ),
        title=document.title,
        text=document.text,
        kind=KINDS[document.kind].name,
        document_number=document.number,
        urgency=document.urgency,
        signers=signers,
        recipients=grouped_names(document, RecipientKind.MAIN),
        copies=grouped_names(document, RecipientKind.COPY),
        attachments=attachment_note(document),
        date=document.issue_date,
        note=document.note,
        printing_organ=document.signature,
        printing_date=printed_on,
        seal_diameter=diameters.get(document.unit_id, DIAMETER_MM),
        proof=document.number is None,
        metadata=metadata_of(document, printed_on),
    )


def signers_of(document: Document) -> tuple[str, ...]:
    """Who has issued it: the leader of its unit, then those of the joint units (7.2.6)."""
    if document.issued_by is None:
        return ()
    return (document.issued_by.name, *(step.done_by.name for step in signatures(document) if step.done_by))


def names_of(document: Document, kind: RecipientKind) -> tuple[str, ...]:
    """Recipients of one kind as addressed, those on paper too."""
    return tuple(item.name for item in document.recipients if item.kind == kind)


def grouped_names(document: Document, kind: RecipientKind) -> tuple[str, ...]:
    """The same as they are printed: units of one tier in a row are joined by 、, so that ， stands between tiers."""
    addressed = [item for item in document.recipients if item.kind == kind]
    return tuple("、".join(item.name for item in group) for _, group in groupby(addressed, key=_tier))


def _tier(recipient: Recipient) -> str:
    return recipient.unit.tier if recipient.unit else "on paper"


def attachment_note(document: Document) -> tuple[str, ...]:
    """Names in the attachment note 附件说明: those the text lists itself, else annexes and files in their order."""
    division = divide(document.text)
    if division.attachments:
        return division.attachments
    files = (PurePosixPath(item.name).stem for item in document.attachments)
    return (*(annex.title for annex in division.annexes), *files)


def metadata_of(document: Document, printed_on: date | None) -> dict[str, Any]:
    """The content of gongwen.json: the 18 elements, recipients with their quotas, every file with its digest."""
    joint = [{"code": item.unit.code, "name": item.signature} for item in document.joint]
    return {
        "format": FORMAT,
        "elements": _elements(document, printed_on),
        "unit": {"code": document.unit.code, "name": document.unit.name},
        **({"joint": joint} if joint else {}),
        "text_digest": document.text_digest,
        "recipients": [
            {
                "kind": item.kind,
                "unit_code": item.unit.code if item.unit else None,
                "name": item.name,
                "print_quota": item.print_quota,
            }
            for item in document.recipients
        ],
        "attachments": [
            {"name": item.name, "size": item.size, "media_type": item.media_type, "sha256": item.digest}
            for item in document.attachments
        ],
    }


def _elements(document: Document, printed_on: date | None) -> dict[str, Any]:
    """GB/T 33480 4.1–4.18; empty where a document of this exchange never has one (份号, 密级)."""
    identifier = f"{document.unit.code}-{document.number_year}-{document.number_serial}"
    return {
        "公文标识": identifier if document.number else "",
        "文种": KINDS[document.kind].name,
        "份号": "",
        "密级和保密期限": "",
        "紧急程度": document.urgency,
        "发文机关标志": document.red_head,
        "发文字号": document.number or "",
        "签发人": "、".join(signers_of(document)),
        "标题": document.title,
        "主送机关": list(names_of(document, RecipientKind.MAIN)),
        "附件说明": list(attachment_note(document)),
        "发文机关或签发人署名": "、".join((document.signature, *(item.signature for item in document.joint))),
        "成文日期": document.issue_date.isoformat() if document.issue_date else "",
        "附注": document.note,
        "抄送机关": list(names_of(document, RecipientKind.COPY)),
        "印发机关": document.signature,
        "印发日期": printed_on.isoformat() if printed_on else "",
        "发布层次": RELEASE_LEVELS[Tier(document.unit.tier)],
    }
