"""A row that was changed, or is of an older database, destroys no key but the seal's own and signs no old number."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.roles import Role
from portal.seals import custody_check, device, operations, queries
from portal.seals.models import ApplicationKind, Ceremony, SealApplication, UnitSeal
from portal.seals.rites import ending
from tests.city import City
from tests.seals import ceremony as room
from tests.work import drain_all

KIND = ApplicationKind
UNIT = "finance"


@pytest.fixture
def seal(runtime: Runtime, session: Session, city: City) -> UnitSeal:
    """A signature seal."""
    room.make_unit_seals(runtime, session, city, UNIT)
    found = queries.signature_seal(session, city.units[UNIT].id)
    assert found is not None
    return found


def other_key(session: Session, seal: UnitSeal) -> None:
    """The row names the key of another seal."""
    other = queries.verification_seal(session, seal.unit_id)
    assert other is not None
    own, theirs = seal.key_label, other.key_label
    other.key_label = "elsewhere"
    session.flush()
    seal.key_label, other.key_label = theirs, own


def other_key_and_certificate(session: Session, seal: UnitSeal) -> None:
    """As before, and its certificate too, so that both fit each other."""
    other_key(session, seal)
    other = queries.verification_seal(session, seal.unit_id)
    assert other is not None
    seal.certificate = other.certificate


def no_key(session: Session, seal: UnitSeal) -> None:
    """The row names a key that isn't there: the register would call the seal destroyed, its key alive."""
    seal.key_label = "seal-nowhere"


@pytest.mark.req("S-9")
@pytest.mark.parametrize("kind", [KIND.DESTROY, KIND.REPLACE])
@pytest.mark.parametrize(
    ("change", "why", "early"),
    [
        pytest.param(other_key, "names another key", True, id="other key, before the room"),
        pytest.param(other_key, "names another key", False, id="other key, after the room"),
        pytest.param(other_key_and_certificate, "belongs to another seal", True, id="other seal, before the room"),
        pytest.param(other_key_and_certificate, "belongs to another seal", False, id="other seal, after the room"),
        # Only the look beforehand compares a key under no label.
        pytest.param(no_key, "names another key", True, id="no key, before the room"),
    ],
)
def test_a_changed_row_destroys_no_key(
    runtime: Runtime,
    session: Session,
    city: City,
    seal: UnitSeal,
    monkeypatch: pytest.MonkeyPatch,
    kind: ApplicationKind,
    change: Callable[[Session, UnitSeal], None],
    why: str,
    early: bool,
) -> None:
    """Seen when the ceremony is called; where that look is missing, the device compares before it does anything."""
    application = room.approved_of_kind(session, city, UNIT, kind, [seal])
    change(session, seal)
    session.commit()
    before = room.seals_on_device(runtime)
    if not early:
        monkeypatch.setattr(ending, "settle", lambda *_: [])
    ceremony = room.hold(runtime, session, city, application)
    assert ceremony.state == "aborted"
    assert why in (ceremony.trouble or "")
    assert room.seals_on_device(runtime) == before
    assert seal.state == "in-custody"


@pytest.mark.req("S-9")
@pytest.mark.parametrize("kind", [KIND.MAKE, KIND.CLEAR_ORPHANS])
def test_a_key_that_lost_its_row_is_no_left_over(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal, kind: ApplicationKind
) -> None:
    """The seal server has seen its record: a later ceremony of another unit leaves it alone, a stranger's key goes."""
    label, unit = seal.key_label, "education" if kind is KIND.MAKE else "office"
    seal.key_label = "seal-renamed"
    session.commit()
    application = room.approved_of_kind(session, city, unit, kind)
    assert room.hold(runtime, session, city, application).state == "done"
    assert label in room.seals_on_device(runtime)


@pytest.mark.req("S-6", "S-12")
def test_an_older_database_gets_higher_numbers(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    """Restored from before two later ceremonies: what is signed now counts, and the room says what happened."""
    key = custody_check.public_key_digest(custody_check.genuine_record(seal)[1])
    device.current().memory.see(key, 41, "seal", list)
    operations.suspend(seal, city.person(UNIT, Role.UNIT_HEAD), "保管人请假")
    unfreeze = room.approved_of_kind(session, city, UNIT, KIND.UNFREEZE, [seal])
    refused = room.hold(runtime, session, city, unfreeze)
    assert refused.state == "aborted"
    assert "an old one: a later ceremony signed another" in (refused.trouble or "")
    assert (refused.sequence, refused.seats) == (None, [])  # told before anybody typed a share
    change = room.approved_of_kind(session, city, UNIT, KIND.CHANGE_CUSTODY, [seal])
    held = room.hold(runtime, session, city, change)
    assert (held.state, held.sequence, seal.custody_sequence) == ("done", 42, 42)
    assert queries.ceremony_numbered(session, 42) == held
    told = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "ceremony.renumbered")).all()
    assert [(event.subject_id, event.facts) for event in told][-1] == (held.id, {"number": 42, "remembered": 41})
    assert custody_check.signed_record(seal).facts["sequence"] == 42
    lifted = room.hold(runtime, session, city, unfreeze)
    assert (lifted.state, lifted.trouble, lifted.sequence) == ("done", None, 43)


def lower_number(ceremony: Ceremony, seal: UnitSeal, city: City) -> None:
    """A smaller number, under which the record would count as an old one."""
    ceremony.sequence = seal.custody_sequence


def other_head(ceremony: Ceremony, seal: UnitSeal, city: City) -> None:
    """Who agreed heads the unit no more; here somebody who never did."""
    agreed = next(approval for approval in ceremony.application.approvals if approval.act == "agree")
    agreed.person = city.person(UNIT, Role.DRAFTER)


def other_keepers(ceremony: Ceremony, seal: UnitSeal, city: City) -> None:
    """The application names others than those who were approved."""
    ceremony.application.custodian_ids = [city.person(UNIT, Role.DRAFTER).id]


@pytest.mark.req("S-3", "S-5", "S-6")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lower_number, "remembers a later ceremony"),
        (other_head, "isn't the head of the unit any more"),
        (other_keepers, "the approvals are void"),
    ],
)
def test_what_changed_while_they_sat_signs_nothing(
    runtime: Runtime,
    session: Session,
    city: City,
    seal: UnitSeal,
    change: Callable[[Ceremony, UnitSeal, City], None],
    why: str,
) -> None:
    """Between the shares and the device somebody writes into the database."""
    application = room.approved_of_kind(session, city, UNIT, KIND.CHANGE_CUSTODY, [seal])
    ceremony = room.ready(runtime, session, city, application)
    shared = room.install_device()
    room.give_shares(ceremony, room.people_of(city, UNIT), shared.share_a, shared.share_b)
    before = seal.custody_record
    change(ceremony, seal, city)
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert (ceremony.state, seal.custody_record) == ("aborted", before)
    assert why in (ceremony.trouble or "")


@pytest.mark.req("S-5")
def test_in_an_ordinary_database_the_number_is_the_ceremony_s_own(session: Session, seal: UnitSeal) -> None:
    ceremony = session.scalars(select(Ceremony)).one()
    assert ceremony.sequence == ceremony.id == seal.custody_sequence
    assert session.scalars(select(LedgerEvent).where(LedgerEvent.kind == "ceremony.renumbered")).first() is None
    assert session.scalars(select(SealApplication)).one().state == "fulfilled"
