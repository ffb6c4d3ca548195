"""Things that lie on people's desks, put there directly: how they come there is their capabilities' tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document, ReviewStep
from portal.documents.routes import ROUTES, StepKind
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import Delivery
from portal.people.roles import Role
from tests.city import City

PutDocument = Callable[..., Document]
PutDelivery = Callable[..., Delivery]


@pytest.fixture
def put_document(session: Session, city: City) -> PutDocument:
    """Put a document of a unit into a state."""

    def put(
        state: DocumentState, *, unit: str = "office", title: str = "关于防汛值班的通知", urgency: str = ""
    ) -> Document:
        document = Document(
            unit_id=city.units[unit].id,
            drafter_id=city.person(unit, Role.DRAFTER).id,
            state=state,
            kind="notice",
            direction="down",
            urgency=urgency,
            title=title,
            text="一、值班",
            red_head="文件",
            signature=city.units[unit].name,
            created_at=now(),
        )
        session.add(document)
        session.flush()
        return document

    return put


@pytest.fixture
def put_step(session: Session) -> Callable[..., ReviewStep]:
    """Put a document before a desk, open or returned from there."""

    def put(document: Document, kind: StepKind, outcome: str | None = None) -> ReviewStep:
        route = next(route for direction, route in ROUTES.items() if direction == document.direction)
        step = ReviewStep(
            document_id=document.id,
            unit_id=document.unit_id,
            version_number=1,
            position=[route_step.kind for route_step in route].index(kind),
            kind=kind,
            begun_at=now(),
            outcome=outcome,
            done_at=now() if outcome else None,
            opinion="请修改。" if outcome else "",
        )
        session.add(step)
        session.flush()
        return step

    return put


@pytest.fixture
def put_delivery(session: Session, city: City, put_document: PutDocument) -> PutDelivery:
    """Put a delivery from the office before a unit, `hours` ago."""

    def put(
        state: DeliveryState, *, unit: str = "finance", hours: float = 0, title: str = "关于节约用电的通知"
    ) -> Delivery:
        at = now() - timedelta(hours=hours)
        delivery = Delivery(
            document_id=put_document(DocumentState.SENT, title=title).id,
            unit_id=city.units[unit].id,
            kind="main",
            state=state,
            print_quota=2,
            delivered_at=at,
            returned_at=at if state is DeliveryState.RETURNED else None,
        )
        session.add(delivery)
        session.flush()
        return delivery

    return put
