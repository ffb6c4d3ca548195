"""Numbers from the register: no gap, no double, under concurrency on both databases (D-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Denied
from portal.core.jobs import PendingJob
from portal.core.runtime import Runtime
from portal.documents import finishing
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.documents.making import issued

COUNT = 12


@pytest.mark.req("D-9")
def test_many_registrars_at_once_leave_no_gap_and_no_double(session: Session, runtime: Runtime, city: City) -> None:
    ids = [issued(session, runtime, city).id for _ in range(COUNT)]
    session.commit()
    registrar_id = city.person("office", Role.REGISTRAR).id

    def give(document_id: int) -> int:
        with unit_of_work(runtime.engine) as own:
            document = own.get_one(Document, document_id)
            finishing.number_document(document, own.get_one(Person, registrar_id))
            return document.number_serial or 0

    with ThreadPoolExecutor(6) as pool:
        serials = list(pool.map(give, ids))
    assert sorted(serials) == list(range(1, COUNT + 1))
    with unit_of_work(runtime.engine, writes=False) as own:
        promised = own.scalars(select(PendingJob).where(PendingJob.function == finishing.FREEZE_JOB)).all()
        assert sorted(job.arguments["document_id"] for job in promised) == sorted(ids)


@pytest.mark.req("D-9")
def test_one_document_numbered_twice_at_once_gets_one_number(session: Session, runtime: Runtime, city: City) -> None:
    document_id = issued(session, runtime, city).id
    session.commit()
    registrar_id = city.person("office", Role.REGISTRAR).id

    def give(_: int) -> bool:
        try:
            with unit_of_work(runtime.engine) as own:
                finishing.number_document(own.get_one(Document, document_id), own.get_one(Person, registrar_id))
        except AlreadyDone:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(give, range(4)))
    assert sorted(outcomes) == [False, False, False, True]
    with unit_of_work(runtime.engine, writes=False) as own:
        assert own.get_one(Document, document_id).number_serial == 1


@pytest.mark.req("D-9")
def test_a_number_that_was_not_committed_is_given_again(session: Session, runtime: Runtime, city: City) -> None:
    first, second = issued(session, runtime, city), issued(session, runtime, city)
    session.commit()
    registrar = city.person("office", Role.REGISTRAR)
    finishing.number_document(first, registrar)
    assert first.number_serial == 1
    session.rollback()
    finishing.number_document(second, registrar)
    session.commit()
    assert second.number == f"南政办发〔{second.number_year}〕1号"
    assert first.state == DocumentState.ISSUED


def test_each_year_begins_at_one(session: Session, runtime: Runtime, city: City) -> None:
    registrar, numbers = city.person("office", Role.REGISTRAR), []
    with clock.frozen(datetime(2026, 12, 31, 2, tzinfo=UTC)) as hands:
        for _ in range(2):
            document = issued(session, runtime, city)
            finishing.number_document(document, registrar)
            numbers.append(document.number)
            hands.advance(timedelta(days=1))
    assert numbers == ["南政办发〔2026〕1号", "南政办发〔2027〕1号"]


def test_only_the_units_registrar_numbers(session: Session, runtime: Runtime, city: City) -> None:
    document = issued(session, runtime, city)
    for unit, role in (("office", Role.DRAFTER), ("finance", Role.REGISTRAR)):
        with pytest.raises(Denied):
            finishing.number_document(document, city.person(unit, role))
    assert document.number is None
