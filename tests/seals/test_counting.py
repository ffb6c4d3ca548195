"""The seal server's own count and the use book agree, and a line taken out of the book shows (S-10)."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hsm.errors import RecordOld, SettingsInvalid
from hsm.memory import Memory
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import counting, device, operations, queries
from portal.seals.models import UnitSeal
from portal.seals.unusual_models import UnusualUse
from portal.seals.use_models import StampApproval, StampRequest
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.seals.keyed import ask_by_key, give_key
from tests.seals.test_seal_server import ask_code
from tests.work import drain_all

pytestmark = pytest.mark.req("S-10")
UNIT = "finance"
ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory.db")


def test_the_newest_record_is_remembered(memory: Memory) -> None:
    """An older one is refused, by a second seal server on the machine too; the same one is seen again and again."""
    memory.see("k", 3, lambda: 5)
    memory.see("k", 4, lambda: 99)
    with pytest.raises(RecordOld):
        Memory(memory.path).see("k", 3, lambda: 0)
    memory.see("k", 4, lambda: 0)
    memory.see("other", 1, lambda: 0)
    assert memory.path.stat().st_mode & 0o777 == 0o600


def test_uses_count_once_on_top_of_those_before(memory: Memory) -> None:
    """A repetition after a crash is the same use and finds what was made."""
    assert memory.count("k") is None
    memory.see("k", 1, lambda: 5)
    memory.note("k", "a", "made")
    memory.note("k", "a", "made again")
    memory.note("k", "b")
    assert memory.count("k") == 7
    assert (memory.done("k", "a"), memory.done("k", "c")) == ("made", None)


def test_a_broken_memory_stops_the_seal_server(memory: Memory) -> None:
    """Nothing is forgotten in silence."""
    memory.path.write_bytes(b"no database" * 500)
    with pytest.raises(SettingsInvalid):
        memory.see("k", 1, lambda: 0)


def compare(runtime: Runtime, session: Session) -> None:
    """Let the seal server compare."""
    enqueue(session, Queue.SEAL, operations.COUNT_JOB)
    session.commit()
    drain_all(runtime)
    session.expire_all()


def differences(session: Session) -> list[dict[str, object]]:
    """What is on record."""
    kind = LedgerEvent.kind == "seal.count-differs"
    return [row.facts for row in session.scalars(select(LedgerEvent).where(kind))]


def test_count_and_book_agree_until_a_line_is_taken_out(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    """Stamps and signed codes; then somebody removes a stamping from the database."""
    custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
    key = give_key(session, custodian)
    make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    first = ask_by_key(runtime, session, seal, custodian, key)
    ask_by_key(runtime, session, seal, custodian, key, "test:2")
    session.commit()
    ask_code(session, city)
    compare(runtime, session)
    rows = session.scalars(select(UnitSeal).order_by(UnitSeal.id)).all()
    assert [(row.counted, row.counted_booked, row.uses) for row in rows] == [(2, 2, 2), (1, 1, 1)]
    assert differences(session) == []

    session.execute(delete(UnusualUse))
    session.execute(delete(StampApproval).where(StampApproval.request_id == first.id))
    session.execute(delete(StampRequest).where(StampRequest.id == first.id))
    seal.uses = 1
    compare(runtime, session)
    compare(runtime, session)
    assert differences(session) == [{"counted": 2, "booked": 1}], "told once"
    (wrong,) = [count for count in counting.counts(session, device.current().memory) if not count.agrees]
    assert wrong.seal.id == seal.id
    address, head = f"/seals/{seal.id}", city.person(UNIT, Role.UNIT_HEAD)
    session.refresh(head)
    session.commit()
    client = client_for(head)
    client.set_cookie("language", "en")
    assert "The use book doesn't agree with the seal server" in unescape(client.get(address).text)
