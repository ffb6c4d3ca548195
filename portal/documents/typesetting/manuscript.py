"""What the typesetter is given: the elements of one official document (GB/T 9704-2012, clause 7.1)."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Annex:
    """An annex bound into the document (7.3.7)."""

    title: str
    text: str


@dataclass(frozen=True)
class Organ:
    """A further organ of a joint document 联合公文: its mark, its name under the text, its seal in millimetres."""

    red_head: str
    name: str
    seal_diameter: float = 42.0


@dataclass(frozen=True, kw_only=True)
class Manuscript:
    """The elements of one document, in the order in which they stand on paper.

    `seal_diameter` is in millimetres, 0 for the form without a seal (7.3.5.2). A `proof` may lack number and date and
    says on every page that it isn't issued. `joint` are the organs that issue it with the first one. `signers` makes it
    an upward document (7.2.6). `metadata` goes into the file as `gongwen.json`.
    """

    red_head: str
    organ: str
    title: str
    text: str
    kind: str = "通知"
    document_number: str | None = None
    serial: str = ""
    urgency: str = ""
    signers: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    annexes: tuple[Annex, ...] = ()
    date: datetime.date | None = None
    note: str = ""
    copies: tuple[str, ...] = ()
    printing_organ: str = ""
    printing_date: datetime.date | None = None
    seal_diameter: float = 42.0
    even_imprint: bool = True
    proof: bool = False
    joint: tuple[Organ, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)


def written_date(day: datetime.date | None) -> str:
    """A date as documents write it: Arabic digits, no leading zeros (7.3.5.4); blank on a proof."""
    return f"{day.year}年{day.month}月{day.day}日" if day else "　　　　年　　月　　日"
