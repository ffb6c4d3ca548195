"""Where a document that came to a unit is seen there."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.permissions import Permission as P
from portal.documents.hooks import Way
from portal.exchange.models import Delivery
from portal.exchange.queries import visible_to
from portal.people.models import Person


def way_to(session: Session, person: Person, document_id: int) -> Way | None:
    """The page of the delivery to the person's unit, for those who look at deliveries."""
    if not person.may(P.EXCHANGE_VIEW):
        return None
    came = visible_to(person).where(Delivery.document_id == document_id).with_only_columns(Delivery.id)
    delivery_id = session.scalar(came.limit(1))
    return ("exchange.show", {"delivery_id": delivery_id}) if delivery_id is not None else None
