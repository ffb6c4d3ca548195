"""What the transmission scope 传输范围 means for one document on its way (U-10; LYG 一, 二)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.documents.kinds import class_of
from portal.documents.models import Document, Recipient
from portal.exchange.models import Delivery
from portal.units import keeping
from portal.units.models import Mode


def recipients_by_mode(session: Session, document: Document) -> dict[Mode, list[Recipient]]:
    """The units addressed, by how documents of this class travel to them; one statement."""
    addressed = [item for item in document.recipients if item.unit_id is not None]
    ids = [item.unit_id for item in addressed if item.unit_id is not None]
    modes = keeping.modes(session, ids, class_of(document.kind, document.direction)) if ids else {}
    return {mode: [item for item in addressed if modes[item.unit_id or 0] is mode] for mode in Mode}


def require_electronic(session: Session, document: Document) -> None:
    """Raise Refused when a unit addressed takes documents of this class on paper only."""
    on_paper = recipients_by_mode(session, document)[Mode.PAPER]
    if on_paper:
        names = "、".join(item.name for item in on_paper)
        raise Refused("%(units)s: takes such documents on paper only. Put it on the paper list.", units=names)


def paper_follows(session: Session, delivery: Delivery) -> bool:
    """Whether this delivery must come on paper too: its sender or its recipient runs both ways."""
    document = delivery.document
    ids = [document.unit_id, delivery.unit_id]
    return Mode.PARALLEL in keeping.modes(session, ids, class_of(document.kind, document.direction)).values()
