"""What the seal server never accepts again, whatever the rows say: a suspension, a lost key, a called-off consent."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from hsm.memory import Memory
from portal.core.jobs import PendingJob, Queue, enqueue
from portal.core.runtime import Runtime
from portal.people import keys
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import custody, device, operations, queries
from portal.seals.lifecycle import SealState
from portal.seals.models import ApplicationKind, UnitSeal
from tests.city import City, make_person
from tests.people.software_key import SoftwareKey
from tests.seals import ceremony as room
from tests.seals.keyed import ask_by_key, give_key, only_key
from tests.work import drain_all

pytestmark = pytest.mark.req("S-6", "S-12")
UNIT = "finance"


class Sealed:
    """A unit whose seal one custodian keeps, by a key on record."""

    def __init__(self, runtime: Runtime, session: Session, city: City) -> None:
        self.runtime, self.session, self.city = runtime, session, city
        self.custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
        self.key = give_key(session, self.custodian)
        room.make_unit_seals(runtime, session, city, UNIT)
        seal = queries.signature_seal(session, city.units[UNIT].id)
        assert seal is not None
        self.seal: UnitSeal = seal

    def stamped(self, reference: str) -> tuple[str, str | None]:
        """State and error of an honest request, after the seal server looked at it."""
        request = ask_by_key(self.runtime, self.session, self.seal, self.custodian, self.key, reference)
        self.session.commit()
        drain_all(self.runtime)
        self.session.refresh(request)
        return request.state, request.error

    def suspend(self) -> None:
        operations.suspend(self.seal, self.custodian, "载体遗失")
        self.session.commit()

    def put_back(self) -> None:
        """Whoever owns the database says that the seal was never suspended."""
        self.session.refresh(self.seal)
        self.seal.state, self.seal.suspended_at = SealState.IN_CUSTODY, None
        self.session.commit()

    def hold(self, kind: ApplicationKind) -> str:
        """The ceremony of an approved application of this kind; how it ended."""
        application = room.approved_of_kind(self.session, self.city, UNIT, kind, [self.seal])
        state = room.hold(self.runtime, self.session, self.city, application).state
        self.session.refresh(self.seal)
        return state


@pytest.fixture
def sealed(runtime: Runtime, session: Session, city: City) -> Sealed:
    return Sealed(runtime, session, city)


REFUSED = ("failed", "This seal is suspended or revoked and can't be used.")


def test_a_change_of_custody_lifts_no_suspension(sealed: Sealed) -> None:
    """Not even when the job that tells of the suspension was deleted: the ceremony itself sees it."""
    sealed.suspend()
    sealed.session.execute(delete(PendingJob))
    sealed.session.commit()
    assert sealed.hold(ApplicationKind.CHANGE_CUSTODY) == "done"
    assert sealed.seal.state == SealState.SUSPENDED
    sealed.put_back()
    assert sealed.stamped("test:1") == REFUSED
    sealed.suspend()
    assert sealed.hold(ApplicationKind.UNFREEZE) == "done"
    assert sealed.stamped("test:2")[0] == "stamped"


def test_a_suspension_seen_before_outlives_a_change_of_custody(sealed: Sealed) -> None:
    sealed.suspend()
    drain_all(sealed.runtime)
    sealed.put_back()
    assert sealed.hold(ApplicationKind.CHANGE_CUSTODY) == "done"
    assert sealed.stamped("test:1") == REFUSED


def test_a_second_suspension_needs_a_second_lifting(sealed: Sealed) -> None:
    for turn in range(2):
        sealed.suspend()
        drain_all(sealed.runtime)
        sealed.put_back()
        assert sealed.stamped(f"test:refused{turn}") == REFUSED
        sealed.suspend()
        assert sealed.hold(ApplicationKind.UNFREEZE) == "done"
        assert sealed.stamped(f"test:again{turn}")[0] == "stamped"


def test_a_request_called_off_isn_t_done_later(sealed: Sealed) -> None:
    """Honest consents of an hour ago, called off, and the row put back."""
    request = ask_by_key(sealed.runtime, sealed.session, sealed.seal, sealed.custodian, sealed.key)
    sealed.session.execute(delete(PendingJob))
    operations.call_off(request, "不盖了")
    sealed.session.commit()
    drain_all(sealed.runtime)
    request.state, request.error = "asked", None
    enqueue(sealed.session, Queue.SEAL, operations.STAMP_JOB, request_id=request.id)
    sealed.session.commit()
    drain_all(sealed.runtime)
    sealed.session.refresh(request)
    assert (request.state, request.sealed_digest) == ("failed", None)
    assert "called off" in str(request.error)
    assert sealed.stamped("test:1")[0] == "stamped", "asked for again it is another attempt"


def test_lost_keys_are_learned_from_the_report(sealed: Sealed) -> None:
    row = only_key(sealed.session, sealed.custodian)
    keys.report_lost(row, sealed.custodian)
    sealed.session.commit()
    drain_all(sealed.runtime)
    row.revoked_at = row.revoked_why = None
    sealed.session.commit()
    assert device.current().memory.refusals.is_lost(row.credential_id)
    assert "reported lost" in str(sealed.stamped("test:1")[1])


class Two:
    """A seal that two keep, each with keys on record."""

    def __init__(self, runtime: Runtime, session: Session, city: City) -> None:
        self.people = [
            city.person(UNIT, Role.SEAL_CUSTODIAN),
            make_person(session, city.units[UNIT], Role.SEAL_CUSTODIAN, account="second"),
        ]
        self.keys: dict[int, SoftwareKey] = {person.id: give_key(session, person) for person in self.people}
        give_key(session, self.people[0], "备用的")
        room.make_unit_seals(runtime, session, city, UNIT, carriers=self.people)
        seal = queries.signature_seal(session, city.units[UNIT].id)
        assert seal is not None
        self.seal: UnitSeal = seal

    def lose(self, session: Session, person: Person) -> None:
        """Report the first of somebody's keys lost."""
        keys.report_lost(keys.of(session, person)[-1], person)


def test_lifting_a_suspension_brings_no_lost_key_back(runtime: Runtime, session: Session, city: City) -> None:
    """Neither the key nor a keeper who has none left: a code would be enough for them from then on."""
    two = Two(runtime, session, city)
    first, second = two.people
    operations.suspend(two.seal, first, "密钥盘被盗")
    for person in two.people:
        two.lose(session, person)
    session.commit()
    application = room.approved_of_kind(session, city, UNIT, ApplicationKind.UNFREEZE, [two.seal])
    assert room.hold(runtime, session, city, application).state == "done"
    session.refresh(two.seal)
    kept = custody.of(two.seal)
    assert [key.name for key in kept.keepers[first.id].keys] == ["备用的"]
    assert second.id not in kept.keepers
    assert kept.groups[0].members == {first.id}
    assert [keeper.person_id for keeper in two.seal.keepers] == [first.id]


def test_with_too_few_keys_left_custody_is_changed_first(sealed: Sealed) -> None:
    sealed.suspend()
    keys.report_lost(only_key(sealed.session, sealed.custodian), sealed.custodian)
    sealed.session.commit()
    application = room.approved_of_kind(sealed.session, sealed.city, UNIT, ApplicationKind.UNFREEZE, [sealed.seal])
    ceremony = room.hold(sealed.runtime, sealed.session, sealed.city, application)
    assert ceremony.state == "aborted"
    assert "Too few" in str(ceremony.trouble)


def test_a_memory_of_before_keeps_its_suspensions_and_its_liftings(tmp_path: Path) -> None:
    """Then any later record had lifted one; from now on nothing does but a lifting."""
    path = tmp_path / "memory.db"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE seal (key TEXT PRIMARY KEY, sequence INTEGER, before INTEGER) STRICT")
        file.execute("CREATE TABLE held (key TEXT PRIMARY KEY, sequence INTEGER) STRICT")
        file.execute("INSERT INTO seal VALUES ('lifted', 5, 0), ('held', 3, 0), ('free', 3, 0)")
        file.execute("INSERT INTO held VALUES ('lifted', 4), ('held', 3)")
    memory = Memory(path)
    assert (memory.is_held("lifted", 5), memory.is_held("lifted", 4)) == (False, True)
    assert memory.is_held("held", 3) and memory.is_held("held", 9)
    assert not memory.is_held("free", 3)
    memory.hold("free", 3)
    assert memory.is_held("free", 7), "a later record lifts nothing by itself"
    memory.lift("free", 8)
    memory.hold("free", 3)
    assert (memory.is_held("free", 8), memory.is_held("free", 7)) == (False, True)
