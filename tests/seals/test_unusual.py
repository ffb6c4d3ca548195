"""Unusual uses of seals, found by the clock and the book, answered by the head and the auditor (S-10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import unusual
from portal.seals.models import UnitSeal
from portal.seals.unusual_models import Sign, UnusualUse
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.seals.filing import both_seals

ClientFor = Callable[[Person], FlaskClient]
MORNING = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # Wednesday, 10:00 in the city


def stamped(
    session: Session, seal: UnitSeal, person: Person, at: datetime, document: int = 1, attempt: int = 1
) -> StampRequest:
    """A use entered into the book at that moment, as the seal server does."""
    request = StampRequest(
        seal=seal,
        reference=f"document:{document}",
        purpose=f"通知第{document}件",
        digest=f"{document:064x}",
        attempt=attempt,
        asked_by=person,
        asked_at=at,
        stamped_at=at,
        state="stamped",
        page=1,
    )
    session.add(request)
    session.flush()
    unusual.take_stamped(session, request)
    return request


def signs(session: Session, request: StampRequest) -> dict[str, int]:
    rows = session.scalars(select(UnusualUse).where(UnusualUse.request_id == request.id))
    return {row.sign: row.count for row in rows}


@pytest.mark.req("S-10")
def test_night_holiday_burst_and_the_same_again_are_seen(session: Session, city: City, runtime: Runtime) -> None:
    seal, _ = both_seals(session, city)
    custodian = city.person("finance", Role.SEAL_CUSTODIAN)

    def use(at: datetime, document: int, attempt: int = 1) -> dict[str, int]:
        with clock.frozen(at):
            return signs(session, stamped(session, seal, custodian, at, document, attempt))

    assert use(MORNING, 1) == {}
    assert use(MORNING + timedelta(hours=11), 2) == {Sign.NIGHT: 1}  # 21:00
    assert use(MORNING + timedelta(hours=19, minutes=59), 3) == {Sign.NIGHT: 1}  # 05:59
    assert use(MORNING + timedelta(hours=20), 4) == {}  # 06:00
    assert use(MORNING + timedelta(days=3), 5) == {Sign.HOLIDAY: 1}  # Saturday
    assert use(MORNING + timedelta(days=5), 1, attempt=2) == {Sign.AGAIN: 2}
    many = runtime.rules.seal_burst_uses
    found = [use(MORNING + timedelta(days=6, seconds=10 * place), 100 + place) for place in range(many)]
    assert found == [{}] * (many - 1) + [{Sign.BURST: many}]
    later = timedelta(days=6, minutes=runtime.rules.seal_burst_minutes + 5)
    assert use(MORNING + later, 200) == {}


@pytest.mark.req("S-10")
def test_looking_twice_finds_nothing_more(session: Session, city: City) -> None:
    seal, _ = both_seals(session, city)
    request = stamped(session, seal, city.person("finance", Role.SEAL_CUSTODIAN), MORNING + timedelta(hours=12))
    unusual.take_stamped(session, request)
    assert len(session.scalars(select(UnusualUse)).all()) == 1


@pytest.mark.req("S-10")
def test_the_head_and_the_auditor_each_acknowledge(session: Session, city: City, client_for: ClientFor) -> None:
    """It waits on both desks until each has said something; others don't see it."""
    seal, _ = both_seals(session, city)
    stamped(session, seal, city.person("finance", Role.SEAL_CUSTODIAN), MORNING + timedelta(hours=12))
    use = session.scalars(select(UnusualUse)).one()
    head, auditor = city.person("finance", Role.UNIT_HEAD), city.person("office", Role.AUDITOR)
    for stranger in (city.person("education", Role.UNIT_HEAD), city.person("finance", Role.SEAL_CUSTODIAN)):
        with pytest.raises(Denied):
            unusual.remark(use, stranger, "已核实")
    session.commit()
    address = f"/seals/unusual/{use.id}"
    assert client_for(city.person("education", Role.UNIT_HEAD)).get(address).status_code == 404
    assert client_for(city.person("finance", Role.SEAL_CUSTODIAN)).get(address).status_code == 403
    for person, words in ((head, "防汛紧急通知，已核实。"), (auditor, "情况属实。")):
        client = client_for(person)
        client.set_cookie("language", "en")
        assert "Unusual use of a seal" in client.get("/").text
        assert "通知第1件" in client.get("/seals/unusual").text
        assert client.post(f"{address}/remark", data={"remark": " "}).status_code == 422
        assert client.post(f"{address}/remark", data={"remark": words}).status_code == 303
        assert client.post(f"{address}/remark", data={"remark": words}).status_code == 409
        assert "Unusual use of a seal" not in client.get("/").text
        assert "通知第1件" not in client.get("/seals/unusual").text
        assert words in client.get(address).text
    assert "通知第1件" in client.get("/seals/unusual?all=1").text


def test_a_remark_has_words_and_is_said_once(session: Session, city: City) -> None:
    seal, _ = both_seals(session, city)
    stamped(session, seal, city.person("finance", Role.SEAL_CUSTODIAN), MORNING + timedelta(hours=12))
    use, head = session.scalars(select(UnusualUse)).one(), city.person("finance", Role.UNIT_HEAD)
    with pytest.raises(Invalid):
        unusual.remark(use, head, "x" * 501)
    unusual.remark(use, head, "已核实")
    with pytest.raises(AlreadyDone):
        unusual.remark(use, head, "再次核实")
