"""A suspension that the database alone takes back counts for nothing: only a ceremony ends it (S-12, S-8)."""

from __future__ import annotations

import io

import pytest
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import operations, queries
from portal.seals.consent import Consent
from portal.seals.lifecycle import SealState
from portal.seals.models import ApplicationKind, UnitSeal
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.seals import ceremony as room
from tests.seals.samples import frozen_bytes
from tests.work import drain_all

UNIT = "finance"


def stamped(runtime: Runtime, session: Session, city: City, seal: UnitSeal, reference: str) -> StampRequest:
    """What the seal server makes of an honest request."""
    request = operations.ask_stamp(
        session,
        seal=seal,
        custodian=city.person(UNIT, Role.SEAL_CUSTODIAN),
        reference=reference,
        purpose="通知",
        digest=runtime.store.put(io.BytesIO(frozen_bytes())).digest,
        given=Consent("totp"),
    )
    session.commit()
    drain_all(runtime)
    session.refresh(request)
    return request


@pytest.mark.req("S-12")
def test_a_suspension_taken_back_in_the_database_still_holds(runtime: Runtime, session: Session, city: City) -> None:
    room.make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    operations.suspend(seal, city.person(UNIT, Role.SEAL_CUSTODIAN), "载体遗失")
    session.commit()
    drain_all(runtime)
    session.refresh(seal)
    seal.state, seal.suspended_at = SealState.IN_CUSTODY, None
    session.commit()
    refused = stamped(runtime, session, city, seal, "test:1")
    assert (refused.state, refused.error) == ("failed", "This seal is suspended or revoked and can't be used.")
    seal.state, seal.suspended_at = SealState.SUSPENDED, refused.asked_at
    session.commit()
    application = room.approved_of_kind(session, city, UNIT, ApplicationKind.UNFREEZE, [seal])
    assert room.hold(runtime, session, city, application).state == "done"
    session.refresh(seal)
    assert stamped(runtime, session, city, seal, "test:2").state == "stamped"
