"""A renewal of shares killed at the seal server: one whole sheet opens the device, the renewal can be repeated."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from hsm import settings as settings_file
from hsm.ceremony import run_child
from hsm.orders import RotateShares
from hsm.rotation import Sheets
from hsm.shares import Holder, Purpose, format_share, split_new
from portal.core.runtime import Runtime
from portal.seals import ceremonies, envelope
from portal.seals.models import ApplicationKind, Ceremony, Seat
from tests.city import City
from tests.seals import ceremony as room
from tests.seals.killing import Kill, run_and_kill
from tests.work import drain_all

HOLDERS = {Seat.SECRECY_OFFICE: Holder.A, Seat.INFORMATION_CENTRE: Holder.B}
Sheet = dict[Holder, dict[Purpose, str]]


def new_sheet() -> Sheet:
    """What the two browsers make."""
    made = {purpose: split_new() for purpose in Purpose}
    return {
        holder: {purpose: format_share(pair[place]) for purpose, pair in made.items()}
        for place, holder in enumerate(Holder)
    }


def give_sheets(ceremony: Ceremony, city: City, old: Sheet, new: Sheet) -> None:
    """Both operators give their old and new shares."""
    people, shown = room.people_of(city, "office"), room.envelope_room(ceremony)
    for seat, holder in HOLDERS.items():
        sealed = envelope.close_sheets(shown, seat, list(old[holder].values()), list(new[holder].values()))
        ceremonies.give_share(ceremony, people[seat], sealed)


def walk_rotation(runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch, kill: Kill) -> None:
    """As `walk`, with sheets; the shared device has its first shares again afterwards."""
    shared = room.install_device()
    first: Sheet = {Holder.A: shared.shares_a, Holder.B: shared.shares_b}
    second, third = new_sheet(), new_sheet()
    application = room.approved_of_kind(session, city, "office", ApplicationKind.ROTATE_SHARES)
    ceremony = room.ready(runtime, session, city, application)
    give_sheets(ceremony, city, first, second)
    session.commit()
    run_and_kill(runtime, ceremony.id, kill, monkeypatch)
    session.expire_all()
    right = first if kill.moment == "before-child" else second
    try:
        assert ceremony.state == ("done" if kill.moment == "after-commit" else "aborted")
        assert settings_file.load(shared.settings_path).next_verifiers is None
        if ceremony.state != "done":
            again = room.ready(runtime, session, city, application)
            give_sheets(again, city, right, third)
            session.commit()
            drain_all(runtime)
            session.expire_all()
            assert (again.state, again.trouble) == ("done", None)
            right = third
    finally:
        if right is not first:
            run_child(shared.settings_path, "", "", RotateShares("back"), sheets=Sheets(right, first))
        room.stop_seal_server()
