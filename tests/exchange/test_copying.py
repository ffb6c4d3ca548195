"""Numbered prints and downloads: the quota, the double click, the reception (X-5, X-6, X-7)."""

from __future__ import annotations

import threading
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Denied, PortalError, Refused
from portal.core.runtime import Runtime
from portal.exchange import copying, operations, queries
from portal.exchange.models import Copy, Delivery
from portal.ledger.queries import history
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.models import SealClass
from portal.seals.queries import verification_seal
from portal.seals.use_models import CodeRequest
from tests.city import City, make_person
from tests.documents.sealing import give_seal
from tests.exchange.travelling import all_good, clerk, delivery_to, holder, quick_checked, quick_sent


def request_of(session: Session, copy: Copy) -> CodeRequest:
    """What the seal server was asked for a copy."""
    session.flush()
    asked = select(CodeRequest).where(CodeRequest.reference == copying.reference_of(copy))
    return session.scalars(asked).one()


def signed(session: Session, copy: Copy) -> Copy:
    """Let the seal server have signed the copy's code."""
    request = request_of(session, copy)
    request.code = "SIGNED"
    operations.take_signed_code(session, request)
    return copy


@pytest.mark.req("X-5")
def test_prints_are_numbered_up_to_the_quota(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    copies = [operations.ask_print(delivery, holder(city), str(uuid4())) for _ in range(2)]
    assert [copy.number for copy in copies] == [1, 2]
    assert len({copy.mark for copy in copies}) == 2
    facts = request_of(session, copies[1]).facts
    assert (facts["copy"], facts["copies"], facts["copy_id"]) == (2, 2, copies[1].mark)
    assert facts["document_number"] == delivery.document.number
    with pytest.raises(Refused, match="quota of 2"):
        operations.ask_print(delivery, holder(city), str(uuid4()))
    assert delivery.printed == 2


@pytest.mark.req("X-5")
def test_one_form_asks_for_one_copy(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    key = str(uuid4())
    copy = operations.ask_print(delivery, holder(city), key)
    with pytest.raises(AlreadyDone):
        operations.ask_print(delivery, holder(city), key)
    assert delivery.printed == 1
    assert queries.copy_by_key(session, delivery, key) is copy


@pytest.mark.req("X-5")
def test_two_people_printing_the_last_copy(runtime: Runtime, session: Session, city: City) -> None:
    """Whoever is quicker gets it; the other is told that the quota is used up; the number isn't given twice."""
    delivery = quick_checked(session, runtime, city, "east")  # a quota of one
    session.commit()
    person_id, delivery_id = holder(city, "east").id, delivery.id
    answers: list[str] = []
    start = threading.Barrier(4)

    def press() -> None:
        start.wait()
        with unit_of_work(runtime.engine) as own:
            person = own.get_one(Person, person_id)
            try:
                copy = operations.ask_print(queries.get_for(own, person, delivery_id), person, str(uuid4()))
                answers.append(str(copy.number))
            except PortalError as error:
                answers.append(error.message)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used_up = "The quota of %(quota)s copies is used up. Ask the sender for more, with the reason."
    assert sorted(answers) == sorted(["1", used_up, used_up, used_up])
    session.expire_all()
    assert delivery.printed == 1


@pytest.mark.req("X-5")
def test_the_database_itself_keeps_the_quota(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    with pytest.raises(IntegrityError):
        session.execute(update(Delivery).where(Delivery.id == delivery.id).values(printed=3))


@pytest.mark.req("X-5", "S-1")
def test_only_a_keeper_of_the_verification_seal_prints(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    with pytest.raises(Denied):
        operations.ask_print(delivery, clerk(city, "finance"), str(uuid4()))
    colleague = make_person(session, delivery.unit, Role.VERIFICATION_HOLDER, account="finance-second")
    with pytest.raises(Denied, match="only its holders"):
        operations.ask_print(delivery, colleague, str(uuid4()))
    with pytest.raises(Denied):
        operations.ask_print(delivery, holder(city, "education"), str(uuid4()))
    assert delivery.printed == 0


@pytest.mark.req("S-1")
def test_a_unit_without_verification_seal_is_told(session: Session, runtime: Runtime, city: City) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    operations.open_delivery(delivery, clerk(city, "finance"))
    all_good(delivery)
    operations.confirm(delivery, clerk(city, "finance"))
    with pytest.raises(Refused, match="no verification seal"):
        operations.ask_print(delivery, holder(city), str(uuid4()))
    give_seal(session, delivery.unit, holder(city), seal_class=SealClass.VERIFICATION)
    assert operations.ask_print(delivery, holder(city), str(uuid4())).number == 1


@pytest.mark.req("X-7")
def test_reception_is_the_first_copy_and_nothing_else(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    first = signed(session, operations.ask_print(delivery, holder(city), str(uuid4())))
    second = signed(session, operations.ask_print(delivery, holder(city), str(uuid4())))
    assert (delivery.state, delivery.received_at) == ("checked", None), "asking isn't receiving"
    friday = datetime(2026, 11, 20, 16, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    with clock.frozen(friday):
        operations.take_copy(second, "0" * 64)
    assert (delivery.state, delivery.received_how, delivery.counted_on) == ("received", "print", date(2026, 11, 23))
    operations.take_copy(first, "1" * 64)
    assert delivery.received_at == friday
    received = [event for event in history(session, "delivery", delivery.id) if event.kind == Event.DELIVERY_RECEIVED]
    assert [event.facts for event in received] == [{"how": "print", "counted_on": "2026-11-23"}]


@pytest.mark.req("X-6", "X-7")
def test_downloads_are_marked_and_counted_apart(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    copy = operations.ask_download(delivery, clerk(city, "finance"), str(uuid4()))
    operations.take_copy(copy, "0" * 64)
    assert (delivery.downloaded, delivery.printed, delivery.received_how) == (1, 0, "download")
    with pytest.raises(Denied):
        operations.ask_download(delivery, holder(city), str(uuid4()))


@pytest.mark.req("X-5")
def test_a_failed_copy_keeps_its_number(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    copy = operations.ask_print(delivery, holder(city), str(uuid4()))
    refused = request_of(session, copy)
    refused.error = "The encryption device refused the work. Tell the secrecy office."
    operations.take_code_failure(session, refused)
    assert (copy.state, copy.error, delivery.printed) == ("failed", refused.error, 1)

    operations.retry_copy(copy, holder(city))
    with pytest.raises(AlreadyDone):
        operations.retry_copy(copy, holder(city))
    assert (copy.state, copy.number, delivery.printed) == ("asked", 1, 1)
    refused.code = "LATE"
    operations.take_signed_code(session, refused)
    assert copy.state == "asked", "the answer to the former attempt is not for this one"
    assert signed(session, copy).code == "SIGNED"


def test_answers_for_others_are_left_alone(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    copy = operations.ask_print(delivery, holder(city), str(uuid4()))
    seal = verification_seal(session, delivery.unit_id)
    other = CodeRequest(
        seal=seal, reference=f"notice:{copy.id}:1", asked_by=holder(city), facts={}, asked_at=clock.now(), code="X"
    )
    session.add(other)
    operations.take_signed_code(session, other)
    assert session.scalars(select(Copy.state)).all() == ["asked"]
