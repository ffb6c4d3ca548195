"""Freezing a seal: what waits for it is called off, a stamp being pressed comes before or not at all (S-12)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy.orm import Session

from portal.core.db import unit_of_work
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import losses, operations, pressing, queries
from portal.seals.consent import Consent
from portal.seals.models import UnitSeal
from portal.seals.stamping import Impression
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.documents.sealing import give_seal
from tests.seals.ceremony import make_unit_seals
from tests.seals.keyed import frozen_digest

pytestmark = pytest.mark.req("S-12")
UNIT = "finance"
Freeze = Callable[[UnitSeal, City], None]


def ask(runtime: Runtime, session: Session, city: City, seal: UnitSeal, reference: str) -> StampRequest:
    """A request that waits for the seal server."""
    return operations.ask_stamp(
        session,
        seal=seal,
        custodian=city.person(UNIT, Role.SEAL_CUSTODIAN),
        reference=reference,
        purpose="通知",
        digest=frozen_digest(runtime),
        given=Consent("totp"),
    )


def suspend(seal: UnitSeal, city: City) -> None:
    operations.suspend(seal, city.person(UNIT, Role.UNIT_HEAD), "载体遗失")


def report_loss(seal: UnitSeal, city: City) -> None:
    losses.report_loss(seal, city.person(UNIT, Role.UNIT_HEAD), "途中遗失", "NC-1")


def take_back(seal: UnitSeal, city: City) -> None:
    operations.take_back(seal, city.person("office", Role.SECRECY_OFFICE), "载体一件")


@pytest.mark.parametrize("freeze", [suspend, report_loss, take_back])
def test_what_waits_is_called_off(runtime: Runtime, session: Session, city: City, freeze: Freeze) -> None:
    """Whoever waits is told, and what they consented to isn't stamped once the seal is unfrozen."""
    seal = give_seal(session, city.units[UNIT], city.person(UNIT, Role.SEAL_CUSTODIAN))
    waiting = [ask(runtime, session, city, seal, f"test:{number}") for number in (1, 2)]
    freeze(seal, city)
    session.flush()
    session.expire_all()
    assert seal.state == "suspended"
    assert [(one.state, one.error) for one in waiting] == [("failed", operations.SUSPENDED)] * 2


def test_freezing_and_stamping_at_once(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stamp under way is finished before the seal counts as suspended; the other one is never pressed."""
    make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    first, second = (ask(runtime, session, city, seal, f"test:{number}") for number in (1, 2))
    head = city.person(UNIT, Role.UNIT_HEAD).id
    session.commit()
    begun, frozen, real = Event(), Event(), pressing._press

    def press(*given: object) -> Impression:
        begun.set()
        assert not frozen.wait(1), "frozen while a stamp was being pressed"
        return real(*given)  # type: ignore[arg-type]  # passed on as given

    def freeze() -> None:
        with unit_of_work(runtime.engine) as own:
            operations.suspend(own.get_one(UnitSeal, seal.id), own.get_one(Person, head), "载体遗失")
        frozen.set()

    monkeypatch.setattr(pressing, "_press", press)
    with ThreadPoolExecutor(2) as both:
        stamping = both.submit(run_inline, runtime, {operations.STAMP_JOB})
        assert begun.wait(30)
        freezing = both.submit(freeze)
        stamping.result()
        freezing.result()
    session.expire_all()
    assert seal.state == "suspended" and seal.suspended_at is not None
    assert first.state == "stamped" and first.stamped_at is not None and first.stamped_at <= seal.suspended_at
    assert (second.state, second.sealed_digest) in (("failed", None), ("stamped", second.sealed_digest))
    assert second.stamped_at is None or second.stamped_at <= seal.suspended_at
