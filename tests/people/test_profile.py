"""The profile: who I am here, the mobile number, the last logins."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.people.accounts import log_in, open_person


def test_the_profile_tells_unit_roles_and_last_logins(app: Flask, session: Session, city: City) -> None:
    open_person(session, city, Role.DRAFTER, Role.REGISTRAR)
    log_in(app, password="wrong")
    client, _ = log_in(app)
    client.set_cookie("language", "en")
    page = client.get("/profile").text
    for shown in ("周笔", "zhoubi", city.units["office"].name, "Drafter", "Registrar", "Number documents"):
        assert shown in page
    assert page.index("Logged in") < page.index("Login refused"), "newest first"
    assert "127.0.0.1" in page


@pytest.mark.parametrize("typed", ["12", "+8613900000000", "23900000000", "1390000000x"])
def test_what_is_no_mobile_number_is_refused(app: Flask, session: Session, city: City, typed: str) -> None:
    person = open_person(session, city)
    client, _ = log_in(app)
    assert client.post("/profile", data={"mobile": typed}).status_code == 422
    session.expire_all()
    assert session.get_one(Person, person.id).mobile is None
