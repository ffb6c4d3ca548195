"""Who comes to the doors: every role at home, people of other units and districts, and those who may not come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient

from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import Delegation, LoginSession, Person
from portal.people.roles import Role
from tests.city import City
from tests.clients import log_in

HOME = "home"


class Actor(NamedTuple):
    """Somebody at a door; `facts` are set on the person, `foreign`: has no part in the objects of the scene."""

    name: str
    role: Role | None
    unit: str = HOME
    facts: tuple[tuple[str, Any], ...] = ()
    foreign: bool = False

    def person(self, city: City) -> Person:
        """The person behind the actor."""
        assert self.role is not None
        return city.holder(self.role) if self.unit == HOME else city.person(self.unit, self.role)


def _others() -> tuple[Actor, ...]:
    return (
        Actor("recipient-clerk", Role.EXCHANGE_CLERK, "finance"),
        Actor("recipient-holder", Role.VERIFICATION_HOLDER, "finance"),
        Actor("recipient-administrator", Role.UNIT_ADMINISTRATOR, "finance"),
        Actor("recipient-head", Role.UNIT_HEAD, "finance"),
        Actor("stranger-administrator", Role.UNIT_ADMINISTRATOR, "education", foreign=True),
        Actor("stranger-clerk", Role.EXCHANGE_CLERK, "education", foreign=True),
        Actor("stranger-head", Role.UNIT_HEAD, "education", foreign=True),
        Actor("stranger-drafter", Role.DRAFTER, "education", foreign=True),
        Actor("stranger-holder", Role.VERIFICATION_HOLDER, "education", foreign=True),
        Actor("other-district", Role.DISTRICT_MANAGER, "west", foreign=True),
        Actor("other-district-clerk", Role.EXCHANGE_CLERK, "east-education", foreign=True),
        Actor("closed", Role.HANDLER, "education", (("closed_at", now()),)),
        Actor("newcomer", Role.LEADER, "education", (("must_change_password", True),)),
        Actor("without-factor", Role.SEAL_CUSTODIAN, "education", (("totp_seed", None),)),
        Actor(
            "locked-password-expired", Role.REGISTRAR, "education", (("password_changed_at", now() - timedelta(9999)),)
        ),
    )


DISPLACED = Actor("displaced", Role.ARCHIVIST, "education")
ACTING = Actor("acting-leader", Role.HANDLER, "education", foreign=True)
"""Stands in for the leader of their unit."""
NOBODY = Actor("nobody", None)
ACTORS = (*(Actor(role.value, role) for role in Role), *_others(), ACTING, DISPLACED, NOBODY)


def enter(app: Flask, runtime: Runtime, city: City, actor: Actor) -> FlaskClient:
    """The actor's browser, logged in as far as the actor gets."""
    if actor is NOBODY:
        return app.test_client()
    person = actor.person(city)
    with unit_of_work(runtime.engine) as session:
        known = session.get_one(Person, person.id)
        for name, value in ({"totp_seed": b"set up"} | dict(actor.facts)).items():
            setattr(known, name, value)
    client = log_in(app, runtime, person)
    if actor is DISPLACED:
        _displace(runtime, person)
    if actor is ACTING:
        _stand_in(runtime, person, city.person(actor.unit, Role.LEADER))
    return client


def _stand_in(runtime: Runtime, person: Person, principal: Person) -> None:
    with unit_of_work(runtime.engine) as session:
        delegation = Delegation(
            unit_id=person.unit_id,
            principal_id=principal.id,
            delegate_id=person.id,
            role_names=[Role.LEADER.value],
            starts_at=now(),
            ends_at=now() + timedelta(days=2),
            reason="出差",
            named_by_id=principal.id,
            named_at=now(),
        )
        session.add(delegation)
        session.flush()
        live = session.query(LoginSession).filter_by(person_id=person.id, ended_at=None).one()
        live.acting_delegation_id = delegation.id


def _displace(runtime: Runtime, person: Person) -> None:
    with unit_of_work(runtime.engine) as session:
        live = session.query(LoginSession).filter_by(person_id=person.id, ended_at=None).one()
        live.ended_at, live.ended_why = now(), "displaced"
