"""What ends in the custody of seals when a keeper leaves, and what the administrator is told of it (A-7, HS8)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people.roles import Role
from portal.seals import staffing
from portal.seals.lifecycle import SealState
from portal.seals.models import SealKeeper
from portal.units.models import Unit
from tests.city import City
from tests.documents.sealing import give_seal

pytestmark = pytest.mark.req("A-7")


def test_custody_ends_and_nobody_inherits_it(session: Session, runtime: Runtime, city: City) -> None:
    keeper = city.person("finance", Role.SEAL_CUSTODIAN)
    seal = give_seal(session, city.units["finance"], keeper)
    custody, stampings = staffing.open_work(session, keeper)
    assert (custody.count, custody.examples, custody.handed_over) == (1, (seal.name,), False)
    assert (stampings.count, stampings.handed_over) == (0, False)
    assert session.scalar(select(staffing.without_keeper(true()))) == 0
    administrator, successor = city.person("finance", Role.UNIT_ADMINISTRATOR), city.person("finance", Role.HANDLER)
    assert staffing.hand_over(session, keeper, "other", successor, administrator) == 0
    assert staffing.hand_over(session, keeper, staffing.CUSTODY, successor, administrator) == 1
    assert session.scalars(select(SealKeeper).where(SealKeeper.seal_id == seal.id)).all() == []
    assert staffing.open_work(session, successor)[0].count == 0
    event = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.SEAL_KEEPER_LEFT)).one()
    assert event.facts["person"] == keeper.name
    assert staffing.hand_over(session, keeper, staffing.CUSTODY, None, administrator) == 0, "the second time: nothing"


def test_a_seal_alone_is_told_of_to_who_looks_after_its_unit(session: Session, runtime: Runtime, city: City) -> None:
    keeper, administrator = (
        city.person("finance", Role.SEAL_CUSTODIAN),
        city.person("finance", Role.UNIT_ADMINISTRATOR),
    )
    seal = give_seal(session, city.units["finance"], keeper)
    staffing.hand_over(session, keeper, staffing.CUSTODY, None, administrator)
    assert session.scalar(select(staffing.without_keeper(Unit.id == city.units["finance"].id))) == 1
    assert session.scalar(select(staffing.without_keeper(Unit.id == city.units["education"].id))) == 0
    seal.state = SealState.REVOKED
    session.flush()
    assert session.scalar(select(staffing.without_keeper(true()))) == 0, "a revoked seal needs nobody"
