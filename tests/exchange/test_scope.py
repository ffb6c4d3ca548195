"""What travels on paper and what electronically, and what came one way only (U-10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import today
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.documents.kinds import Direction, class_of
from portal.documents.models import Document
from portal.exchange import operations, paper
from portal.exchange.models import Delivery, PaperArrival
from portal.exchange.paper import Alone
from portal.ledger.models import LedgerEvent
from portal.people.models import Person
from portal.people.roles import Role
from portal.units import keeping
from portal.units.models import DocumentClass, Mode, Unit
from tests.city import City
from tests.exchange.travelling import clerk, delivery_to, quick_sealed, quick_sent
from tests.units.test_register import manager

ClientFor = Callable[[Person], FlaskClient]
REQUEST, GENERAL = DocumentClass.REQUEST, DocumentClass.GENERAL


def set_mode(session: Session, city: City, units: list[Unit], kind: DocumentClass, mode: Mode, days: int = 0) -> int:
    """The office sets it from so many days from now."""
    return keeping.set_scope(
        session, city.holder(Role.INFORMATION_CENTRE), units, kind, mode, today() + timedelta(days=days)
    )


def requested(session: Session, work: Runtime, city: City) -> Delivery:
    """A request that has travelled to the finance bureau."""
    document = quick_sent(session, work, city)
    document.kind, document.direction = "request", Direction.UP
    session.flush()
    return delivery_to(session, document, city)


@pytest.mark.req("U-10")
@pytest.mark.parametrize(
    ("kind", "direction", "expected"),
    [
        ("request", Direction.UP, REQUEST),
        ("notice", Direction.DOWN, GENERAL),
        ("notice", Direction.LEVEL, DocumentClass.OTHER),
        ("report", Direction.UP, DocumentClass.OTHER),
    ],
)
def test_classes_of_documents(kind: str, direction: Direction, expected: DocumentClass) -> None:
    assert class_of(kind, direction) is expected


@pytest.mark.req("U-10")
def test_a_unit_on_paper_is_refused_until_it_stands_on_the_paper_list(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = quick_sealed(session, runtime, city)
    set_mode(session, city, [city.units["finance"]], GENERAL, Mode.PAPER)
    set_mode(session, city, [city.units["education"]], GENERAL, Mode.PARALLEL)
    set_mode(session, city, [city.units["east"]], REQUEST, Mode.PAPER)
    with pytest.raises(Refused, match=r"南澄市财政局.*paper list"):
        operations.send_document(session, document, clerk(city))
    session.commit()
    page = client_for(clerk(city)).get(f"/sending/{document.id}").text
    assert "只收纸质件" in page and "须另送纸质件：" in page
    set_mode(session, city, [city.units["finance"]], GENERAL, Mode.ELECTRONIC)
    session.refresh(document)
    assert len(operations.send_document(session, document, clerk(city))) == 3


@pytest.mark.req("U-10")
def test_the_scope_is_the_offices_and_a_day_to_come_is_awaited(session: Session, city: City) -> None:
    unit = city.units["finance"]
    with pytest.raises(Denied):
        keeping.set_scope(session, city.person("east", Role.DISTRICT_MANAGER), [unit], REQUEST, Mode.PAPER, today())
    with pytest.raises(AlreadyDone):
        set_mode(session, city, [unit], REQUEST, Mode.ELECTRONIC)
    set_mode(session, city, [unit], REQUEST, Mode.PARALLEL)
    set_mode(session, city, [unit], REQUEST, Mode.ELECTRONIC, days=3)
    assert keeping.modes(session, [unit.id], REQUEST) == {unit.id: Mode.PARALLEL}
    assert keeping.scope_rows(session, unit)[REQUEST].on(today() + timedelta(days=3)) is Mode.ELECTRONIC
    facts = session.scalars(select(LedgerEvent.facts).where(LedgerEvent.kind == "unit.scope-set")).all()
    assert [item["mode"] for item in facts] == ["parallel", "electronic"]


@pytest.mark.req("U-10")
def test_the_office_sets_it_for_one_and_for_many(session: Session, city: City, client_for: ClientFor) -> None:
    client, east = client_for(manager(session, city)), city.units["east"]
    data = {"document_class": "request", "mode": "parallel", "since": today().isoformat()}
    assert client.post("/units/scope", data=data | {"units": f"district-{east.id}"}).status_code == 303
    assert client.post(f"/units/{city.units['finance'].id}/scope", data=data).status_code == 303
    page = client.get("/units/scope").text
    assert page.count("电子与纸质并行</") >= 3 and "澄东区教育局" in page
    assert "传输方式变更记录" in client.get(f"/units/{east.id}").text
    assert client.post("/units/scope", data=data | {"units": "all"}).status_code == 422
    assert client.post(f"/units/{east.id}/scope", data=data | {"since": "gestern"}).status_code == 422
    city.person("east", Role.DISTRICT_MANAGER).totp_seed = b"set up"
    session.commit()
    district = client_for(city.person("east", Role.DISTRICT_MANAGER))
    assert district.get("/units/scope").status_code == 403
    assert district.post(f"/units/{east.id}/scope", data=data).status_code == 403


@pytest.mark.req("U-10")
def test_a_request_without_its_paper_is_flagged_while_both_ways_run(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    delivery, receiver = requested(session, runtime, city), clerk(city, "finance")
    assert paper.flag_count(session, receiver) == 0
    set_mode(session, city, [city.units["office"]], REQUEST, Mode.PARALLEL)
    session.commit()
    client = client_for(receiver)
    assert "1 件请示只报了纸质件或只报了电子件" in client.get("/inbox").text
    assert delivery.document.title in client.get("/inbox/paper").text
    assert "该请示只报送了电子件" in client.get(f"/inbox/{delivery.id}").text
    address = f"/inbox/{delivery.id}/paper"
    tomorrow = (today() + timedelta(days=1)).isoformat()
    client.post(address, data={"arrived_on": tomorrow})
    assert session.scalars(select(PaperArrival)).all() == []
    session.commit()
    assert client.post(address, data={"arrived_on": today().isoformat()}).status_code == 303
    assert "只报了电子件" not in client.get("/inbox").text
    assert "纸质件于" in client.get(f"/inbox/{delivery.id}").text
    session.expire_all()
    with pytest.raises(AlreadyDone):
        paper.record_paper(delivery, receiver, today())
    with pytest.raises(Denied):
        paper.record_paper(delivery, clerk(city, "education"), today())


@pytest.mark.req("U-10")
def test_a_request_on_paper_alone_is_flagged_until_it_is_settled(
    session: Session, city: City, client_for: ClientFor
) -> None:
    receiver = clerk(city, "office")
    client = client_for(receiver)
    data = {
        "sender": "南澄市财政局", "title": "关于追加预算的请示", "number": "南财请〔2026〕3号",
        "document_class": "request", "arrived_on": today().isoformat(),
    }  # fmt: skip
    assert client.post("/inbox/paper", data=data | {"sender": "南澄市无名局"}).status_code == 422
    assert client.post("/inbox/paper", data=data).status_code == 303
    page = client.get("/inbox/paper").text
    assert "只报纸质件的请示" in page and "1 件请示" in client.get("/inbox").text
    arrival = session.scalars(select(PaperArrival)).one()
    session.commit()
    other = client_for(clerk(city, "education"))
    assert "关于追加预算" not in other.get("/inbox/paper").text
    settle = f"/inbox/paper/{arrival.id}/settle"
    assert other.post(settle, data={"how": "退回"}).status_code == 404
    assert client.post(settle, data={"how": "已退回，请补报电子件。"}).status_code == 303
    assert "只报纸质件的请示" not in client.get("/inbox/paper").text
    with pytest.raises(Denied):
        plain = Alone("南澄市财政局", "请示", "", REQUEST, today())
        paper.record_alone(session, city.person("office", Role.HANDLER), plain)
    with pytest.raises(Invalid):
        paper.record_alone(session, receiver, Alone("南澄市财政局", "请示", "", REQUEST, today() + timedelta(days=2)))


@pytest.mark.req("U-10")
def test_a_sender_on_paper_is_not_flagged_for_paper(session: Session, city: City) -> None:
    receiver = clerk(city, "office")
    paper.record_alone(session, receiver, Alone("南澄市财政局", "关于追加预算的请示", "", REQUEST, today()))
    paper.record_alone(session, receiver, Alone("南澄市教育局", "关于招生的函", "", DocumentClass.OTHER, today()))
    assert [item.title for item in paper.only_on_paper(session, receiver)] == ["关于追加预算的请示"]
    set_mode(session, city, [city.units["finance"]], REQUEST, Mode.PAPER)
    assert paper.only_on_paper(session, receiver) == []
    assert session.scalars(select(Document)).all() == []
