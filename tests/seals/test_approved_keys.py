"""A ceremony signs the hardware keys that were approved, whatever the table of keys holds by then (S-6, A-9)."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.core import paper
from portal.core.errors import PortalError, Refused
from portal.core.runtime import Runtime
from portal.people import keys
from portal.people.access_models import SecurityKey
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import applications, ceremonies, custody, keeper_keys, key_lines, paper_jobs, queries
from portal.seals.key_lines import Mark
from portal.seals.models import ApplicationKind, SealApplication, UnitSeal
from tests.city import City
from tests.clients import log_in
from tests.seals import ceremony as room
from tests.seals.keyed import give_key, only_key

pytestmark = pytest.mark.req("S-6", "A-9")
UNIT = "finance"


@pytest.fixture
def custodian(city: City) -> Person:
    return city.person(UNIT, Role.SEAL_CUSTODIAN)


def names_of(session: Session, city: City, custodian: Person) -> list[str]:
    """The keys that the record of the unit's seal names of the custodian."""
    return [key.name for key in custody.of(seal_of(session, city)).keepers[custodian.id].keys]


def seal_of(session: Session, city: City) -> UnitSeal:
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    return seal


def change_of_custody(session: Session, city: City) -> SealApplication:
    return room.approved_of_kind(session, city, UNIT, ApplicationKind.CHANGE_CUSTODY, [seal_of(session, city)])


def test_a_key_slipped_in_before_the_ceremony_is_on_no_record(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    give_key(session, custodian, "本人的")
    application = room.approved_application(session, city, UNIT)
    give_key(session, custodian, "后塞的")
    assert room.hold(runtime, session, city, application).state == "done"
    assert names_of(session, city, custodian) == ["本人的"]


def test_a_key_under_the_approved_ones_name_stops_the_ceremony(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    give_key(session, custodian)
    application = room.approved_application(session, city, UNIT)
    give_key(session, city.person(UNIT, Role.DRAFTER))
    only_key(session, custodian).public_key = only_key(session, city.person(UNIT, Role.DRAFTER)).public_key
    ceremony = room.hold(runtime, session, city, application)
    assert ceremony.state == "aborted"
    assert "another hardware key" in str(ceremony.trouble)


def test_who_lost_every_approved_key_isn_t_recorded_without_one(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    """Otherwise a code would be enough for them, which the web alone can make."""
    give_key(session, custodian)
    application = room.approved_application(session, city, UNIT)
    keys.report_lost(only_key(session, custodian), custodian)
    give_key(session, custodian, "新的")
    ceremony = room.hold(runtime, session, city, application)
    assert ceremony.state == "aborted"
    assert "is left" in str(ceremony.trouble)


def test_of_two_approved_keys_the_lost_one_is_left_out(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    give_key(session, custodian, "第一把")
    give_key(session, custodian, "第二把")
    application = room.approved_application(session, city, UNIT)
    keys.report_lost(keys.of(session, custodian)[-1], custodian)
    assert room.hold(runtime, session, city, application).state == "done"
    assert names_of(session, city, custodian) == ["第二把"]


def test_whoever_changes_the_named_keys_voids_the_approvals(session: Session, city: City, custodian: Person) -> None:
    give_key(session, custodian)
    application = room.approved_application(session, city, UNIT)
    (named,) = keeper_keys.of(application, custodian.id)
    assert len(named.fingerprint) == len("0000 " * 8) - 1
    application.details = application.details | keeper_keys.named([])
    with pytest.raises(PortalError, match="approvals are void"):
        applications.require_untouched(application)


def test_keys_of_who_stays_come_from_the_record_signed_before(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    """The rows of the table are gone or another's; what was approved is the key on record."""
    give_key(session, custodian, "本人的")
    room.make_unit_seals(runtime, session, city, UNIT)
    before = custody.of(seal_of(session, city)).keepers[custodian.id].keys
    application = change_of_custody(session, city)
    session.execute(delete(SecurityKey))
    assert room.hold(runtime, session, city, application).state == "done"
    assert custody.of(seal_of(session, city)).keepers[custodian.id].keys == before


def test_a_changed_key_of_who_stays_is_refused_though_it_was_approved(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    """The public key under the id on record was exchanged before the application was filed."""
    give_key(session, custodian)
    room.make_unit_seals(runtime, session, city, UNIT)
    give_key(session, city.person(UNIT, Role.DRAFTER))
    only_key(session, custodian).public_key = only_key(session, city.person(UNIT, Role.DRAFTER)).public_key
    session.flush()
    session.expire_all()
    ceremony = room.hold(runtime, session, city, change_of_custody(session, city))
    assert ceremony.state == "aborted"


def test_a_new_key_that_was_approved_takes_its_place(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    """Whoever lost a key and registered another comes back by a change of custody that names it."""
    give_key(session, custodian, "旧的")
    room.make_unit_seals(runtime, session, city, UNIT)
    keys.report_lost(only_key(session, custodian), custodian)
    give_key(session, custodian, "新的")
    assert room.hold(runtime, session, city, change_of_custody(session, city)).state == "done"
    assert names_of(session, city, custodian) == ["新的"]


def test_an_application_of_before_is_told_at_the_call(
    runtime: Runtime, session: Session, city: City, custodian: Person
) -> None:
    """Three people aren't called together for an application that names no keys."""
    application = room.approved_application(session, city, UNIT)
    application.details = {}
    application.content_hash = applications.content_hash(application)
    for approval in application.approvals:
        approval.content_hash = application.content_hash
    with pytest.raises(Refused, match="applies anew"):
        ceremonies.call_ceremony(session, city.person("office", Role.SECRECY_OFFICE), application, runtime.rules)


def test_everybody_who_decides_sees_the_fingerprints(
    runtime: Runtime, session: Session, city: City, custodian: Person, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the application's page, in the room and on the paper form; a key no record names is marked, a lost one too."""
    give_key(session, custodian, "本人的")
    room.make_unit_seals(runtime, session, city, UNIT)
    give_key(session, custodian, "后塞的")
    application = change_of_custody(session, city)
    lines = [line for line in key_lines.of(session, application) if line.keeper == custodian.name]
    assert [(line.key, line.mark) for line in lines] == [("本人的", None), ("后塞的", Mark.NEW)]
    bare = [line for line in key_lines.of(session, application) if line.keeper != custodian.name]
    assert [(line.fingerprint, line.mark) for line in bare] == [("", Mark.NONE)]
    ceremony = ceremonies.call_ceremony(session, city.person("office", Role.SECRECY_OFFICE), application, runtime.rules)
    session.commit()
    officer = log_in(app, runtime, city.person("office", Role.SECRECY_OFFICE))
    for address in (f"/seals/applications/{application.id}", f"/ceremonies/{ceremony.id}"):
        page = unescape(officer.get(address).text)
        assert all(line.fingerprint in page for line in lines), address
        assert "此前的保管记录未载明" in page, address
    printed: dict[str, Any] = {}
    monkeypatch.setattr(paper, "render", lambda _name, **values: printed.update(values) or b"")
    paper_jobs._form(runtime, session, application)
    form = paper._environment().get_template("paper/seal_application.html").render(**printed)
    assert all(line.fingerprint in form for line in lines) and "（新增）" in form
    keys.report_lost(keys.of(session, custodian)[-1], custodian)
    lifting = room.approved_of_kind(session, city, UNIT, ApplicationKind.UNFREEZE, [seal_of(session, city)])
    marks = [line.mark for line in key_lines.of(session, lifting) if line.key == "本人的"]
    assert marks == [Mark.LOST]
