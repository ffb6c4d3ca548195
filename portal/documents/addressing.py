"""Putting the heir in the place of a recipient that has left the exchange (GZ9)."""

from __future__ import annotations

from portal.core.db import session_of
from portal.documents.models import Document, RecipientKind
from portal.documents.proofs import promise_proof
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.models import Unit


def readdress(document: Document, unit: Unit, heir: Unit, actor: Actor) -> None:
    """The unit's heir once only, and not at all in its own documents; the larger quota stands."""
    mine = next(item for item in document.recipients if item.unit_id == unit.id)
    present = next((item for item in document.recipients if item.unit_id == heir.id), None)
    if heir.id in (document.holder_id, *document.issuer_ids):
        document.recipients.remove(mine)
    elif present is None:
        mine.unit = heir
    else:
        present.print_quota = max(present.print_quota, mine.print_quota)
        if RecipientKind.MAIN in (present.kind, mine.kind):
            present.kind = RecipientKind.MAIN
        document.recipients.remove(mine)
    document.version += 1
    promise_proof(document)
    session_of(document).flush()
    record(
        Event.DOCUMENT_READDRESSED,
        subject=document,
        actor=actor,
        unit_id=document.unit_id,
        former=unit.id,
        heir=heir.id,
    )


def readdress_to_heirs(document: Document, actor: Actor) -> None:
    """Every recipient that has left the exchange; called when a document becomes a draft again."""
    for unit in [item.unit for item in document.recipients if item.unit is not None]:
        if unit.left_at is not None and unit.heir.left_at is None:
            readdress(document, unit, unit.heir, actor)
