"""Where the rules demand hardware keys, an older record without them lets nobody stamp and is not signed anew (S-6)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.core.rules import SecondFactor
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import consent, operations, queries
from portal.seals.consent import Consent
from portal.seals.models import ApplicationKind, Ceremony, SealApplication, UnitSeal
from tests.city import City
from tests.seals import ceremony as room
from tests.seals.keyed import ask_by_key, give_key
from tests.seals.samples import frozen_bytes
from tests.work import drain_all

pytestmark = pytest.mark.req("S-6", "A-9")
UNIT = "finance"


@contextmanager
def keys_demanded(runtime: Runtime) -> Iterator[None]:
    """The rule that a code isn't enough."""
    before = runtime.rules
    runtime.rules = replace(before, second_factor=SecondFactor.WEBAUTHN)
    try:
        yield
    finally:
        runtime.rules = before


@pytest.fixture
def seal(runtime: Runtime, session: Session, city: City) -> UnitSeal:
    """A signature seal whose record names no keys."""
    room.make_unit_seals(runtime, session, city, UNIT)
    found = queries.signature_seal(session, city.units[UNIT].id)
    assert found is not None
    return found


def held(runtime: Runtime, session: Session, city: City, application: SealApplication) -> Ceremony:
    """A ceremony whose people sat down by codes; the seal server works under the rule."""
    ceremony = room.ready(runtime, session, city, application)
    shared = room.install_device()
    room.give_shares(ceremony, room.people_of(city, UNIT), shared.share_a, shared.share_b)
    session.commit()
    with keys_demanded(runtime):
        drain_all(runtime)
    session.expire_all()
    return ceremony


def test_a_record_without_keys_stamps_nothing(runtime: Runtime, session: Session, city: City, seal: UnitSeal) -> None:
    """Neither by a code nor by a key of later; the page asks for nothing, and the seal server says why."""
    custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
    digest = runtime.store.put(io.BytesIO(frozen_bytes())).digest
    what = consent.matter(session, seal, reference="test:1", purpose="通知", digest=digest)
    room.sign_in(session, custodian)
    assert consent.ways(custodian, seal) == ["totp"]
    with keys_demanded(runtime):
        assert consent.ways(custodian, seal) == []
        with pytest.raises(Refused, match="must renew it"):
            consent.prove(custodian, room.fresh_code(custodian), seal, what)
        key = give_key(session, custodian)
        assert consent.ways(custodian, seal) == []
        with pytest.raises(Refused, match="must renew it"):
            ask_by_key(runtime, session, seal, custodian, key)
    # Written into the database past the pages.
    request = operations.ask_stamp(
        session,
        seal=seal,
        custodian=custodian,
        reference="test:1",
        purpose="通知",
        digest=digest,
        given=Consent("totp"),
    )
    session.commit()
    with keys_demanded(runtime):
        drain_all(runtime)
    session.refresh(request)
    assert request.state == "failed"
    assert "names no hardware key of a custodian" in (request.error or "")


@pytest.mark.req("S-12")
def test_a_seal_stays_suspended_until_its_keepers_have_keys_on_record(
    runtime: Runtime, session: Session, city: City, seal: UnitSeal
) -> None:
    """Registering a key is not enough: a change of custody puts it on record, and then the suspension is lifted."""
    custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
    operations.suspend(seal, city.person(UNIT, Role.UNIT_HEAD), "保管人请假")
    application = room.approved_of_kind(session, city, UNIT, ApplicationKind.UNFREEZE, [seal])
    refused = held(runtime, session, city, application)
    assert (refused.state, seal.state) == ("aborted", "suspended")
    assert "must register a hardware key first" in (refused.trouble or "")
    assert refused.trouble_params == {"names": custodian.name}
    give_key(session, custodian)
    session.commit()
    again = held(runtime, session, city, application)
    assert (again.state, seal.state) == ("aborted", "suspended")
    assert "names no hardware key that" in (again.trouble or "")
    assert again.trouble_params == {"names": custodian.name}
    change = room.approved_of_kind(session, city, UNIT, ApplicationKind.CHANGE_CUSTODY, [seal])
    assert held(runtime, session, city, change).state == "done"
    lifted = held(runtime, session, city, application)
    assert (lifted.state, lifted.trouble, seal.state) == ("done", None, "in-custody")
    assert consent.ways(custodian, seal) == ["webauthn"]
