"""After a run that was broken off, the room says what the device answered, never that nothing was changed unasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm import ceremony as ceremony_child
from hsm.errors import CeremonyAborted, DeviceLost
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import aftermath_words, device
from portal.seals.models import ApplicationKind, Ceremony, SealApplication, UnitSeal
from portal.seals.room import room_for, texts_of
from tests.city import City
from tests.hsm.dying import LAST
from tests.seals import ceremony as room
from tests.seals.killing import UNIT, Kill, run_and_kill

pytestmark = pytest.mark.req("S-5", "S-9")
KIND = ApplicationKind
ClientFor = Callable[[Person], FlaskClient]


def broken_off(
    runtime: Runtime,
    session: Session,
    city: City,
    monkeypatch: pytest.MonkeyPatch,
    application: SealApplication,
    kill: Kill,
) -> Ceremony:
    """The ceremony of this application, killed."""
    ceremony = room.ready(runtime, session, city, application)
    shared = room.install_device()
    room.give_shares(ceremony, room.people_of(city, UNIT), shared.share_a, shared.share_b)
    session.commit()
    run_and_kill(runtime, ceremony.id, kill, monkeypatch)
    session.expire_all()
    assert ceremony.state == "aborted"
    return ceremony


def words(ceremony: Ceremony, city: City) -> tuple[str, str]:
    return texts_of(room_for(ceremony, city.person("office", Role.SECRECY_OFFICE)))


def test_seals_whose_keys_were_destroyed_are_named(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch, client_for: ClientFor
) -> None:
    room.install_device()
    room.make_unit_seals(runtime, session, city, UNIT)
    seal = session.scalars(select(UnitSeal).order_by(UnitSeal.id)).first()
    assert seal is not None
    application = room.approved_of_kind(session, city, UNIT, KIND.DESTROY, [seal])
    ceremony = broken_off(runtime, session, city, monkeypatch, application, Kill(step=3))
    assert seal.state == "destroyed"
    assert words(ceremony, city) == aftermath_words.ENDED
    session.commit()
    page = client_for(city.person("office", Role.SECRECY_OFFICE)).get(f"/ceremonies/{ceremony.id}").text
    assert seal.name in page[page.index('id="room-now"') :][:900]
    assert "Nothing was" not in page


def test_keys_made_in_vain_are_told_and_listed_in_the_next_room(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch, client_for: ClientFor
) -> None:
    """Before anybody types a share it is seen what the next ceremony will clear away."""
    former = room.approved_of_kind(session, city, "office", KIND.CLEAR_ORPHANS)
    assert room.hold(runtime, session, city, former).state == "done"  # other tests' keys are gone
    application = room.approved_application(session, city, UNIT)
    ceremony = broken_off(runtime, session, city, monkeypatch, application, Kill(step=LAST))
    assert words(ceremony, city) == aftermath_words.LEFT
    left = (ceremony.aftermath or {})["left"]
    assert len(left) == 2
    again = room.ready(runtime, session, city, application)
    session.commit()
    assert set(left) <= set((again.device or {})["left_overs"])
    page = client_for(city.person("office", Role.SECRECY_OFFICE)).get(f"/ceremonies/{again.id}").text
    assert all(label in page for label in left)


@pytest.mark.parametrize(("lost", "said"), [(False, aftermath_words.UNCHANGED), (True, aftermath_words.UNKNOWN)])
def test_nothing_changed_is_said_only_by_the_device(
    runtime: Runtime,
    session: Session,
    city: City,
    monkeypatch: pytest.MonkeyPatch,
    lost: bool,
    said: tuple[str, str],
) -> None:
    room.install_device()
    application = room.approved_application(session, city, UNIT)

    def gone(*_: Any) -> None:
        raise DeviceLost("unplugged")

    def run_child(*_: Any, **_named: Any) -> None:
        if lost:
            patch.setattr(device.Device, "test_signature", gone)
        raise CeremonyAborted("out of time")

    with monkeypatch.context() as patch:
        patch.setattr(ceremony_child, "run_child", run_child)
        ceremony = room.hold(runtime, session, city, application)
    assert ceremony.state == "aborted"
    assert words(ceremony, city) == said
    assert "Nothing" not in (ceremony.trouble or "")
