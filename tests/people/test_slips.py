"""Password slips: made by the worker, fetched once, void after a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.errors import AlreadyDone, NotFound, Refused
from portal.core.jobs import PendingJob, Queue, enqueue
from portal.core.runtime import Runtime
from portal.people import passwords, slips
from portal.people.account_models import PasswordSlip
from portal.people.lifecycle import SlipState
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import UNIT_ROLES, City, make_person
from tests.people.accounts import PASSWORD, events, log_in, open_person
from tests.work import drain

ADMIN = Role.UNIT_ADMINISTRATOR


def _admin(session: Session, city: City) -> Person:
    actor = city.person("finance", ADMIN)
    actor.password_hash = passwords.hashed(PASSWORD)
    session.commit()
    return actor


def password_in(pdf: bytes) -> str:
    """The password on a sheet with one slip."""
    page = pypdfium2.PdfDocument(pdf)[0]
    text = page.get_textpage().get_text_range()
    return text.split("初始密码：")[1].split()[0]


@pytest.mark.req("A-1", "A-3", "A-4")
def test_a_reset_goes_by_a_slip_that_is_fetched_once(
    app: Flask, session: Session, city: City, runtime: Runtime, client_for: Callable[[Person], FlaskClient]
) -> None:
    actor, person = _admin(session, city), open_person(session, city, unit="finance")
    inside, _ = log_in(app)
    client = client_for(actor)
    at = client.post(f"/people/{person.id}/slip").location
    drain(runtime)
    assert inside.get("/profile").status_code == 303, "the session ended"
    assert log_in(app)[1].status_code == 422, "the old password is worth nothing"
    sheet = client.post(f"{at}/fetch")
    assert sheet.mimetype == "application/pdf"
    assert client.post(f"{at}/fetch").status_code == 409
    session.expire_all()
    slip = session.get_one(PasswordSlip, 1)
    assert slip.state == SlipState.FETCHED
    assert not slips.store_of(runtime, slip).root.exists()
    session.commit()
    word = password_in(sheet.data)
    assert log_in(app, password=word)[1].location == "/password"
    assert word not in str(events(runtime, person))
    assert ("person.password-issued", {"slip": slip.id}) in events(runtime, person)


@pytest.mark.req("A-1")
def test_all_without_a_password_get_slips_at_once(session: Session, city: City, runtime: Runtime) -> None:
    actor = _admin(session, city)
    slip = slips.ask_slips(session, actor, city.units["finance"])
    session.commit()
    with pytest.raises(AlreadyDone):
        slips.ask_slips(session, actor, city.units["finance"])
    with pytest.raises(NotFound):
        slips.ask_slips(session, actor, city.units["education"])
    session.rollback()
    drain(runtime)
    session.expire_all()
    assert slip.state == SlipState.READY
    assert len(slip.lines) == len(UNIT_ROLES) - 1  # all but the administrator, who asks
    assert all(line.person.password_hash.startswith("$argon2id") for line in slip.lines)


@pytest.mark.req("A-4")
def test_what_nobody_fetches_is_void_and_the_password_with_it(
    app: Flask, session: Session, city: City, runtime: Runtime
) -> None:
    actor, person = _admin(session, city), open_person(session, city, unit="finance")
    slip = slips.ask_slip(person, actor)
    session.commit()
    with frozen(now()) as hands:
        drain(runtime)
        hands.advance(slips.KEPT + timedelta(minutes=1))
        enqueue(session, Queue.WORK, "portal.people.jobs.void_slips")
        session.commit()
        drain(runtime)
    session.expire_all()
    assert slip.state == SlipState.VOID
    assert person.password_hash == passwords.UNUSABLE
    assert not slips.store_of(runtime, slip).root.exists()
    assert events(runtime, person)[-1][0] == "person.password-voided"
    slips.ask_slip(person, actor)


def test_who_may_not_ask(session: Session, city: City) -> None:
    actor, person = _admin(session, city), city.person("finance", Role.DRAFTER)
    with pytest.raises(NotFound):
        slips.ask_slip(person, city.person("education", ADMIN))
    with pytest.raises(Refused):
        slips.ask_slip(actor, actor)
    slip = slips.ask_slip(person, actor)
    with pytest.raises(AlreadyDone):
        slips.ask_slip(person, actor)
    with pytest.raises(NotFound):
        slips.get_for(session, city.person("office", Role.INFORMATION_CENTRE), slip.id)
    assert session.query(PendingJob).one().arguments == {"slip_id": slip.id}


def test_initial_passwords_are_good_enough_and_never_alike(runtime: Runtime) -> None:
    made = {passwords.initial() for _ in range(200)}
    assert len(made) == 200
    for word in made:
        passwords.check_new(word, account="zhoubi", name="周笔", former=(), rules=runtime.rules)


def test_a_crowd_fits_on_sheets(session: Session, city: City, runtime: Runtime) -> None:
    actor = _admin(session, city)
    person = make_person(session, city.units["finance"], account="nobody")
    slip = slips.ask_slip(person, actor)
    made = slips.make(runtime, session, slip)
    assert len(pypdfium2.PdfDocument(made.pdf)) == 1
    assert set(made.hashes) == {person.id}
    assert "argon2" not in repr(made)


@pytest.mark.req("A-1")
def test_the_sheet_is_given_out_on_a_fresh_proof_only(
    session: Session, city: City, runtime: Runtime, client_for: Callable[[Person], FlaskClient]
) -> None:
    actor, person = _admin(session, city), open_person(session, city, unit="finance")
    with frozen(now()) as hands:
        client = client_for(actor)
        at = client.post(f"/people/{person.id}/slip").location
        drain(runtime)
        hands.advance(timedelta(minutes=runtime.rules.reauthentication_minutes + 1))
        asked = client.post(f"{at}/fetch")
    assert asked.mimetype == "text/html" and asked.status_code != 200
    session.expire_all()
    assert session.get_one(PasswordSlip, 1).state == SlipState.READY


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.req("A-1")
@pytest.mark.parametrize("where", ["printing", "after the file", "before the commit"])
def test_a_worker_killed_while_printing_leaves_nothing_half(
    session: Session, city: City, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    actor, person = _admin(session, city), open_person(session, city, unit="finance")
    before = person.password_hash
    slip = slips.ask_slip(person, actor)
    session.commit()

    def die(*_args: object, **_named: object) -> None:
        raise Killed

    module, name = {
        "printing": ("portal.core.paper", "render"),
        "after the file": ("portal.people.operations", "set_password"),
        "before the commit": ("portal.people.login", "end_sessions"),
    }[where]
    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.{name}", die)
        with pytest.raises(Killed):
            drain(runtime)
    session.expire_all()
    assert (slip.state, person.password_hash) == (SlipState.ASKED, before), "nothing is in force"
    session.commit()
    drain(runtime)
    session.expire_all()
    assert slip.state == SlipState.READY and slip.digest is not None
    assert list(slips.store_of(runtime, slip).digests()) == [slip.digest], "one sheet, the one in force"
    word = password_in(slips.fetch(runtime, slip, actor))
    assert passwords.matches(person.password_hash, word)
    assert [kind for kind, _ in events(runtime, person)].count("person.password-issued") == 1
