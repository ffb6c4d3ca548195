"""What the seal server remembers and the use book agree, and whatever is done to a line of the book shows (S-10)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, make_transient
from structlog.testing import capture_logs

from hsm.memory import Memory
from portal.commands import seal_counts
from portal.core import clock
from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import counting, device, operations, queries, use_lines
from portal.seals.counting import Count
from portal.seals.models import UnitSeal
from portal.seals.unusual_models import UnusualUse
from portal.seals.use_models import CodeRequest, StampApproval, StampRequest
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.seals.keyed import PURPOSE, ask_by_key, give_key
from tests.seals.test_seal_server import ask_code
from tests.work import drain_all

pytestmark = pytest.mark.req("S-10")
UNIT = "finance"
ClientFor = Callable[[Person], FlaskClient]


@pytest.fixture
def seals(runtime: Runtime, session: Session, city: City) -> list[UnitSeal]:
    """A unit's seals; two files were stamped, the code of a copy was signed."""
    custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
    key = give_key(session, custodian)
    make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    for reference in ("test:1", "test:2"):
        ask_by_key(runtime, session, seal, custodian, key, reference)
    session.commit()
    drain_all(runtime)
    ask_code(session, city)
    drain_all(runtime)
    session.expire_all()
    return list(session.scalars(select(UnitSeal).order_by(UnitSeal.id)))


def memory() -> Memory:
    """The seal server's."""
    return device.current().memory


def known() -> list[str]:
    """Every key it knows."""
    return memory().uses.keys()


def later() -> AbstractContextManager[object]:
    """A while after whatever was under way has come to its end."""
    return clock.frozen(clock.now() + 2 * counting.UNDER_WAY)


def found(session: Session) -> dict[str, Count]:
    """What differs, by the seal's name."""
    session.flush()
    session.expire_all()
    with later():
        return {count.name: count for count in counting.counts(session, memory()) if not count.agrees}


def compare(runtime: Runtime, session: Session) -> None:
    """Let the seal server compare."""
    enqueue(session, Queue.SEAL, operations.COUNT_JOB)
    session.commit()
    with later():
        drain_all(runtime)
    session.expire_all()


def differences(session: Session) -> list[dict[str, Any]]:
    """What is on record."""
    kind = LedgerEvent.kind == "seal.count-differs"
    return [row.facts for row in session.scalars(select(LedgerEvent).where(kind))]


def take_out(session: Session, request: StampRequest) -> None:
    """Remove a line, as whoever owns the database can."""
    session.execute(delete(UnusualUse))
    session.execute(delete(StampApproval).where(StampApproval.request_id == request.id))
    session.execute(delete(StampRequest).where(StampRequest.id == request.id))


def test_count_and_book_agree_until_a_line_is_taken_out(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal], client_for: ClientFor
) -> None:
    """It is named, for the auditor on record, for the head of the unit on the seal's page, and in the log each time."""
    compare(runtime, session)
    assert [(row.counted, row.counted_booked, row.uses) for row in seals] == [(2, 2, 2), (1, 1, 1)]
    assert differences(session) == []
    (seal, _), first = seals, session.scalars(select(StampRequest).order_by(StampRequest.id)).first()
    assert first is not None and first.sealed_digest is not None
    take_out(session, first)
    # Whoever does that also writes what the next comparison would write.
    seal.uses, seal.counted, seal.counted_booked = 1, 2, 1
    session.commit()
    with capture_logs() as logs:
        compare(runtime, session)
        compare(runtime, session)
    said = [line for line in logs if line["event"] == "use book and seal server disagree"]
    assert len(said) == 2, "logged each time"
    (told,) = differences(session)
    (lacking,) = told.pop("missing")
    assert told == {"counted": 2, "booked": 1, "unfinished": [], "invented": []}
    assert lacking.startswith(PURPOSE) and first.sealed_digest[:16] in lacking
    head = city.person(UNIT, Role.UNIT_HEAD)
    session.refresh(head)
    session.commit()
    client = client_for(head)
    client.set_cookie("language", "en")
    page = unescape(client.get(f"/seals/{seal.id}").text)
    assert "The use book doesn't agree with the seal server" in page and lacking in page


CHANGES: dict[str, object] = {
    "purpose": "别的文件",
    "digest": "a" * 64,
    "sealed_digest": "b" * 64,
    "reference": "test:9",
    "asked_at": clock.now() - timedelta(days=30),
    "stamped_at": clock.now() - timedelta(days=30),
    "page": 7,
}


def test_a_changed_line_shows_on_both_sides(session: Session, city: City, seals: list[UnitSeal]) -> None:
    """The totals stay the same; each fact counts, people and times too."""
    assert found(session) == {}
    line = session.scalars(select(StampRequest).order_by(StampRequest.id)).first()
    assert line is not None
    others: dict[str, object] = {"asked_by_id": city.person(UNIT, Role.DRAFTER).id, "seal_id": seals[1].id}
    for name, value in (CHANGES | others).items():
        nested = session.begin_nested()
        setattr(line, name, value)
        counts = found(session)
        assert [len(count.missing) for count in counts.values() if count.missing] == [1], name
        assert sum(len(count.invented) for count in counts.values()) == 1, name
        nested.rollback()
    nested = session.begin_nested()
    line.approvals[0].person = city.person(UNIT, Role.DRAFTER)
    assert [len(count.missing) for count in found(session).values()] == [1]
    nested.rollback()
    nested = session.begin_nested()
    copy = session.scalars(select(CodeRequest)).one()
    copy.facts = {**copy.facts, "title": "别的文件"}
    (count,) = found(session).values()
    assert "别的文件" in count.differences["invented"][0] and "通知" in count.differences["missing"][0]
    nested.rollback()
    assert found(session) == {}


def test_an_invented_line_shows(session: Session, seals: list[UnitSeal]) -> None:
    """Also one that is put in for one taken out, and a second copy of a true one."""
    line = session.scalars(select(StampRequest).order_by(StampRequest.id)).first()
    assert line is not None
    session.expunge(line)
    make_transient(line)
    line.id, line.reference, line.sealed_digest = None, "test:3", "c" * 64  # type: ignore[assignment]  # a new row
    session.add(line)
    (count,) = found(session).values()
    assert (count.counted, count.booked, len(count.missing), len(count.invented)) == (2, 3, 0, 1)
    assert "c" * 16 in count.differences["invented"][0]


def test_a_seal_taken_out_of_the_register_shows(session: Session, seals: list[UnitSeal]) -> None:
    """The memory is walked, not the rows: another certificate in the row hides nothing."""
    first, second = seals
    name = memory().name_of(min(known(), key=lambda key: memory().name_of(key)))
    first.certificate = second.certificate
    counts = found(session)
    assert name in counts and not counts[name].seals
    assert (counts[name].counted, counts[name].booked, len(counts[name].missing)) == (2, 0, 2)
    said = seal_counts.said_of(counts[name])
    assert said[0].startswith("WRONG") and said[0].endswith(name)
    assert said[1].strip() == "the register holds no seal with this key"
    assert [PURPOSE in line for line in said[2:]] == [True, True]


def test_what_is_under_way_is_no_difference(session: Session, seals: list[UnitSeal]) -> None:
    """A use is in the memory before its line is in the book; left open for long, it is named apart."""
    key = next(key for key in known() if memory().uses.count(key) == 2)
    memory().uses.reserve(key, "f" * 64, {"purpose": "通知"}, use_lines.moment(clock.now()))
    assert all(count.agrees for count in counting.counts(session, memory()))
    (count,) = found(session).values()
    assert (count.counted, count.booked, len(count.unfinished), len(count.missing)) == (3, 2, 1, 0)


def make_former(before: int) -> None:
    """Write the memory as it was before it kept facts: of the stamps `before` are known by their number alone."""
    with closing(sqlite3.connect(memory().path)) as file:
        rows = file.execute("SELECT key, matter, slot, result FROM made ORDER BY at").fetchall()
        stamps = [row for row in rows if row[2] is None]
        file.executescript(
            "DROP TABLE made; DROP TABLE named; CREATE TABLE use (key TEXT NOT NULL, matter TEXT NOT NULL, "
            "result TEXT NOT NULL, PRIMARY KEY (key, matter)) STRICT, WITHOUT ROWID;"
        )
        for key, matter, slot, result in rows:
            made = {name: value for name, value in json.loads(result).items() if name in ("sealed_digest", "page")}
            if slot is None and (key, matter, slot, result) in stamps[:before]:
                file.execute("UPDATE seal SET before = before + 1 WHERE key = ?", (key,))
            else:
                file.execute(
                    "INSERT INTO use VALUES (?, ?, ?)", (key, slot or matter, "" if slot else json.dumps(made))
                )
        file.commit()


def test_a_memory_of_the_former_shape_learns_its_facts_once(session: Session, seals: list[UnitSeal]) -> None:
    """An installation goes on without alarm; from the first comparison on a changed line shows there as well."""
    make_former(before=1)
    assert found(session) == {}
    assert [memory().uses.before(key) for key in known()] == [0, 0]
    for line in session.scalars(select(StampRequest)):
        nested = session.begin_nested()
        line.purpose = "别的文件"
        assert [len(count.missing) for count in found(session).values()] == [1]
        nested.rollback()
    copy = session.scalars(select(CodeRequest)).one()
    copy.facts = {**copy.facts, "copy": 2}
    assert [len(count.invented) for count in found(session).values()] == [1]


def test_lines_lost_before_the_memory_kept_facts_are_counted(session: Session, seals: list[UnitSeal]) -> None:
    """What nobody can name any more is told by its number, what the hash still names is missing."""
    make_former(before=1)
    for line in session.scalars(select(StampRequest)).all():
        take_out(session, line)
    (count,) = found(session).values()
    assert (count.counted, count.booked, len(count.missing), count.nameless) == (2, 0, 1, 1)
