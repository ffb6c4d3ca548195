"""Sending, recalling, urging, granting more prints."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.documents.drafting import Addressee
from portal.documents.lifecycle import DocumentState
from portal.documents.models import RecipientKind
from portal.exchange import operations, queries
from portal.exchange.models import Delivery
from portal.ledger.models import LedgerEvent
from portal.ledger.queries import history
from portal.ledger.vocabulary import Event
from portal.people.roles import Role
from portal.units.models import Tier, UnitKind
from portal.units.operations import register_unit
from tests.city import City
from tests.documents.making import numbered
from tests.exchange.travelling import clerk, delivery_to, holder, quick_checked, quick_sealed, quick_sent

CITY = ZoneInfo("Asia/Shanghai")


@pytest.mark.req("X-1", "X-2", "X-3")
def test_sending_delivers_to_every_unit_at_once(session: Session, runtime: Runtime, city: City) -> None:
    document = quick_sealed(session, runtime, city)
    deliveries = operations.send_document(session, document, clerk(city))
    assert document.state == DocumentState.SENT
    assert [(item.unit.name, item.kind, item.print_quota) for item in deliveries] == [
        ("南澄市财政局", "main", 2),
        ("南澄市教育局", "main", 2),
        ("澄东区人民政府", "copy", 1),
    ]
    assert {item.delivered_at for item in deliveries} == {document.sent_at}
    for item in deliveries:
        (event,) = history(session, "delivery", item.id)
        assert (event.kind, event.facts["document"]) == (Event.DELIVERY_DELIVERED, document.id)


@pytest.mark.req("X-1")
def test_a_document_without_its_seal_stays(session: Session, runtime: Runtime, city: City) -> None:
    document = numbered(session, runtime, city)
    with pytest.raises(Refused, match="no seal yet"):
        operations.send_document(session, document, clerk(city))
    assert session.scalars(select(Delivery)).all() == []


def test_sending_twice_sends_once(session: Session, runtime: Runtime, city: City) -> None:
    document = quick_sent(session, runtime, city)
    with pytest.raises(AlreadyDone):
        operations.send_document(session, document, clerk(city))
    assert len(queries.deliveries_of(session, document)) == 3


def test_only_a_clerk_of_the_unit_sends(session: Session, runtime: Runtime, city: City) -> None:
    document = quick_sealed(session, runtime, city)
    for person in (city.person("office", Role.DRAFTER), clerk(city, "finance")):
        with pytest.raises(Denied):
            operations.send_document(session, document, person)


@pytest.mark.req("X-2")
def test_quotas_are_set_before_sending(session: Session, runtime: Runtime, city: City) -> None:
    document = quick_sealed(session, runtime, city)
    first, second, _ = document.recipients
    with pytest.raises(Invalid):
        operations.send_document(session, document, clerk(city), {first.id: 7, second.id: 1000})
    assert first.print_quota == 2, "nothing is changed when one number is out of bounds"
    operations.send_document(session, document, clerk(city), {first.id: 7})
    assert delivery_to(session, document, city).print_quota == 7
    assert delivery_to(session, document, city, "education").print_quota == 2


@pytest.mark.req("X-3")
@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 20, 14, 59, 59, tzinfo=CITY), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 15, 0, tzinfo=CITY), date(2026, 11, 23)),  # Friday after the cut-off: Monday
        (datetime(2026, 11, 21, 9, 0, tzinfo=CITY), date(2026, 11, 23)),
        (datetime(2026, 9, 30, 16, 0, tzinfo=CITY), date(2026, 10, 8)),  # over the holiday
        (datetime(2026, 10, 10, 9, 0, tzinfo=CITY), date(2026, 10, 10)),  # a Saturday that is worked
    ],
)
def test_the_day_a_sending_counts_as(
    session: Session, runtime: Runtime, city: City, moment: datetime, day: date
) -> None:
    document = quick_sealed(session, runtime, city)
    with clock.frozen(moment):
        operations.send_document(session, document, clerk(city))
    assert document.counted_on == day


def test_five_hundred_recipients(session: Session, runtime: Runtime, city: City) -> None:
    units = [
        register_unit(
            session,
            code=f"11450000ZZ{number:08d}",
            name=f"南澄市第{number}单位",
            short_name=f"第{number}单位",
            kind=UnitKind.DEPARTMENT,
            tier=Tier.CITY,
            document_code=f"第{number}",
            red_head=f"南澄市第{number}单位文件",
        )
        for number in range(500)
    ]
    session.flush()
    addressees = tuple(Addressee(RecipientKind.MAIN, unit_id=unit.id, print_quota=1) for unit in units)
    document = quick_sealed(session, runtime, city, addressees=addressees)
    assert len(operations.send_document(session, document, clerk(city))) == 500
    session.commit()
    delivered = select(func.count()).where(LedgerEvent.kind == Event.DELIVERY_DELIVERED)
    assert session.scalar(delivered) == 500


def test_recalled_only_before_it_is_opened(session: Session, runtime: Runtime, city: City) -> None:
    document = quick_sent(session, runtime, city)
    unopened, opened = delivery_to(session, document, city), delivery_to(session, document, city, "education")
    operations.open_delivery(opened, clerk(city, "education"))
    operations.recall(unopened, clerk(city), "附件有误")
    assert unopened.state == "recalled"
    with pytest.raises(AlreadyDone):
        operations.recall(unopened, clerk(city), "附件有误")
    with pytest.raises(Refused, match="has opened"):
        operations.recall(opened, clerk(city), "附件有误")
    with pytest.raises(Refused, match="recalled"):
        operations.open_delivery(unopened, clerk(city, "finance"))


def test_a_recall_needs_a_reason_and_the_sender(session: Session, runtime: Runtime, city: City) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    with pytest.raises(Invalid):
        operations.recall(delivery, clerk(city), "  ")
    with pytest.raises(Denied):
        operations.recall(delivery, clerk(city, "finance"), "附件有误")


@pytest.mark.req("X-9")
def test_urging_is_recorded_once_a_click(session: Session, runtime: Runtime, city: City) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    with clock.frozen(clock.now()) as hands:
        operations.urge(delivery, clerk(city), "请尽快接收")
        with pytest.raises(AlreadyDone):
            operations.urge(delivery, clerk(city))
        hands.advance(timedelta(hours=2))
        operations.urge(delivery, clerk(city))
    assert delivery.urged_times == 2
    told = [event.facts["message"] for event in history(session, "delivery", delivery.id)[1:]]
    assert told == ["请尽快接收", ""]


@pytest.mark.req("X-8")
def test_more_copies_are_granted_or_refused(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    first = operations.ask_more(delivery, holder(city), 3, "分送各科室")
    with pytest.raises(AlreadyDone):
        operations.ask_more(delivery, clerk(city, "finance"), 1, "打印机卡纸")
    with pytest.raises(Invalid):
        operations.grant_more(first, clerk(city), 0)
    operations.grant_more(first, clerk(city), 2)
    assert delivery.print_quota == 4
    with pytest.raises(AlreadyDone):
        operations.refuse_more(first, clerk(city), "已够用")
    second = operations.ask_more(delivery, holder(city), 3, "再需三份")
    operations.refuse_more(second, clerk(city), "已够用")
    assert (delivery.print_quota, second.answer, second.answer_reason) == (4, "refused", "已够用")


@pytest.mark.req("X-8")
def test_only_the_sender_answers(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    asked = operations.ask_more(delivery, holder(city), 1, "分送各科室")
    with pytest.raises(Denied):
        operations.grant_more(asked, clerk(city, "finance"), 1)
