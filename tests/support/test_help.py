"""Consultations, downloads, training and the self-check (U-9)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.clock import Calendar, frozen, now, today
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.people.models import Person
from portal.people.roles import Role
from portal.support.models import Consultation, Enrolment, Material, SelfCheck, Training
from portal.support.operations import consultations, selfcheck, training
from portal.support.operations.selfcheck import CHECKS, Light
from portal.support.queries import consultations as asked_queries
from portal.support.queries import downloads as download_queries
from portal.support.queries import training as training_queries
from tests.city import City
from tests.support.making import ClientFor, announced, english, text_file

pytestmark = pytest.mark.req("U-9")
CENTRE, HEAD = Role.INFORMATION_CENTRE, Role.UNIT_HEAD


def working_day() -> date:
    """The next day offices work."""
    return Calendar().next_working_day(today())


def published(work: Runtime, session: Session, city: City, *keys: str, key: str = "k") -> Consultation:
    """A request for comments to some units, or to all."""
    made = consultations.publish(
        work,
        session,
        city.person("office", CENTRE),
        title="公文交换规范征求意见",
        text="请研提意见。",
        due_on=working_day(),
        unit_ids=[city.units[name].id for name in keys] if keys else None,
        key=key,
        incoming=[text_file("征求意见稿.txt")],
    )
    session.commit()
    return made


def test_each_unit_answers_once_and_sees_its_own_alone(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    item = published(runtime, session, city, "finance", "education")
    page = f"/support/consultations/{item.id}"
    finance, education = (client_for(city.person(key, HEAD)) for key in ("finance", "education"))
    assert client_for(city.person("east", HEAD)).get(page).status_code == 404
    data = {"text": "建议增加份数说明。", "version": "0", "files": text_file("意见.txt")}
    assert finance.post(f"{page}/answer", data=data).status_code == 303
    assert education.post(f"{page}/answer", data={"text": "无意见。", "version": "0"}).status_code == 303
    assert finance.post(f"{page}/answer", data={"text": "改。", "version": "0"}).status_code == 409
    assert finance.post(f"{page}/answer", data={"text": "建议修改第三条。", "version": "1"}).status_code == 303
    own = english(finance, page)
    assert "建议修改第三条。" in own and "意见.txt" in own and "无意见。" not in own
    file = asked_queries.get_asked(session, city.person("finance", HEAD), item.id).files[0].id
    session.commit()
    assert finance.get(f"{page}/files/{file}").status_code == 200
    assert education.get(f"{page}/files/{file}").status_code == 404
    office = client_for(city.person("office", CENTRE))
    shown = english(office, page)
    assert "建议修改第三条。" in shown and "无意见。" in shown
    listed = office.get(f"{page}/answers.csv")
    assert "南澄市财政局" in listed.text and listed.text.startswith("\ufeff")
    assert finance.get(f"{page}/answers.csv").status_code == 403
    assert office.post(f"{page}/summary", data={"summary": "采纳两条。"}).status_code == 303
    assert "采纳两条。" in english(finance, page)
    assert office.post(f"{page}/summary", data={"summary": "再来。"}).status_code == 409


def test_the_late_are_seen_and_may_answer_once(runtime: Runtime, session: Session, city: City) -> None:
    item = published(runtime, session, city)
    person = city.person("finance", HEAD)
    asked = asked_queries.get_asked(session, person, item.id)
    with frozen(item.due_at + timedelta(hours=1)):
        lines = [line for part in desk_of(session, person).sections for line in part.lines]
        assert [line.late for line in lines if line.section == "consultations"] == [True]
        consultations.answer(runtime, asked, person, text="迟复。", version=0)
        assert asked.late
        with pytest.raises(Refused):
            consultations.answer(runtime, asked, person, text="再改。", version=1)
    with pytest.raises(Denied):
        consultations.answer(runtime, asked, city.person("finance", Role.DRAFTER), text="x", version=1)


def test_what_is_asked_must_be_whole(runtime: Runtime, session: Session, city: City) -> None:
    facts: dict[str, Any] = {"title": "t", "text": "x", "due_on": working_day(), "unit_ids": None, "key": "a"}
    officer = city.person("office", CENTRE)
    first, holiday = date(2026, 1, 1), date(2027, 5, 1)
    wrongs: list[dict[str, Any]] = [{"due_on": first}, {"due_on": holiday}, {"unit_ids": []}, {"title": " "}]
    for wrong in wrongs:
        with pytest.raises(Invalid):
            consultations.publish(runtime, session, officer, **{**facts, **wrong})
    with pytest.raises(Denied):
        consultations.publish(runtime, session, city.person("finance", HEAD), **facts)
    consultations.publish(runtime, session, officer, **facts)
    with pytest.raises(AlreadyDone):
        consultations.publish(runtime, session, officer, **facts)


def test_downloads_keep_versions_and_count_units(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    office = client_for(city.person("office", CENTRE))
    form = {"category": "specification", "title": "公文交换操作规程", "description": "全市适用", "label": "V1"}
    answer = office.post("/support/downloads/new", data={**form, "files": text_file("规程.exe", "MZ")})
    assert answer.status_code == 422 and "全市适用" in answer.text
    answer = office.post("/support/downloads/new", data={**form, "files": text_file("规程.txt", "一")})
    page = answer.headers["Location"]
    assert office.post("/support/downloads/new", data={**form, "files": text_file("a.txt", "二")}).status_code == 422
    assert office.post(page, data={"label": "V2", "files": text_file("规程.txt", "二")}).status_code == 303
    assert office.post(page, data={"label": "V3", "files": text_file("规程.txt", "二")}).status_code in (409, 422)
    material = session.scalars(select(Material)).one()
    newest, old = material.versions
    session.commit()
    reader = client_for(city.person("finance", Role.HANDLER))
    shown = english(reader, page)
    assert newest.digest in shown and old.digest[:16] in shown and "Downloads by unit" not in shown
    for version in (newest, newest, old):
        assert reader.get(f"/support/downloads/versions/{version.id}/file").status_code == 200
    assert reader.post(page, data={"label": "V4"}).status_code == 403
    assert [(unit.short_name, n) for unit, n in download_queries.taken_by_unit(session, material.id)] == [("财政局", 3)]
    session.commit()
    assert "Downloads by unit" in english(office, page)


def test_a_place_given_back_goes_to_the_first_who_waits(session: Session, city: City) -> None:
    item = announced(session, city.person("office", CENTRE))
    first, second, third = (city.person("finance", role) for role in (Role.DRAFTER, HEAD, Role.HANDLER))
    rows = [training.enrol(item, person, person) for person in (first, second, third)]
    assert [row.seat for row in rows] == [1, None, None]
    with pytest.raises(AlreadyDone):
        training.enrol(item, first, first)
    training.leave(item, first, first)
    assert [row.seat for row in rows] == [None, 1, None]
    with pytest.raises(AlreadyDone):
        training.leave(item, first, first)
    training.enrol(item, first, first)
    training.leave(item, second, second)
    assert [row.seat for row in rows] == [None, None, 1]


def test_two_at_once_never_share_a_place(runtime: Runtime, session: Session, city: City) -> None:
    item_id = announced(session, city.person("office", CENTRE), places=2).id
    ids = [city.person("finance", role).id for role in (Role.DRAFTER, HEAD, Role.HANDLER, Role.ARCHIVIST)]
    start = Barrier(len(ids))

    def enrol(person_id: int) -> int | None:
        start.wait()
        with unit_of_work(runtime.engine) as own:
            person = own.get_one(Person, person_id)
            return training.enrol(own.get_one(Training, item_id), person, person).seat

    with ThreadPoolExecutor(len(ids)) as pool:
        seats = list(pool.map(enrol, ids))
    assert sorted(seats, key=lambda seat: seat or 9) == [1, 2, None, None]


def test_who_enrols_whom_and_for_whom_it_is(session: Session, city: City) -> None:
    item = announced(session, city.person("office", CENTRE), places=9, roles=(Role.EXCHANGE_CLERK,))
    clerk, administrator = city.person("finance", Role.EXCHANGE_CLERK), city.person("finance", Role.UNIT_ADMINISTRATOR)
    with pytest.raises(Refused, match="other roles"):
        training.enrol(item, administrator, administrator)
    for stranger in (city.person("finance", Role.DRAFTER), city.person("west", Role.UNIT_ADMINISTRATOR)):
        with pytest.raises(Denied):
            training.enrol(item, stranger, clerk)
    assert training.enrol(item, administrator, clerk).enrolled_by_id == administrator.id
    with frozen(item.enrol_until), pytest.raises(Refused, match="closed"):
        training.enrol(item, city.person("west", Role.EXCHANGE_CLERK), city.person("west", Role.EXCHANGE_CLERK))


def test_a_district_announces_for_its_own(session: Session, city: City, client_for: ClientFor) -> None:
    manager = city.person("east", Role.DISTRICT_MANAGER)
    item = announced(session, manager)
    assert item.district_id == city.units["east"].id
    assert training_queries.get_for(session, city.person("east-education", HEAD), item.id)
    for key in ("west", "finance", "office"):
        with pytest.raises(NotFound):
            training_queries.get_for(session, city.person(key, HEAD), item.id)
    with pytest.raises(Denied):
        training.cancel(item, city.person("office", CENTRE), "x")
    with pytest.raises(Invalid):
        training.cancel(item, manager, " ")
    training.cancel(item, manager, "场地冲突")
    with pytest.raises(AlreadyDone):
        training.cancel(item, manager, "场地冲突")
    with pytest.raises(Refused, match="called off"):
        training.enrol(item, city.person("east", HEAD), city.person("east", HEAD))


def test_attendance_makes_the_units_record(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    officer = city.person("office", CENTRE)
    item = announced(session, officer, places=5)
    people = [city.person("finance", Role.DRAFTER), city.person("finance", HEAD)]
    rows = [training.enrol(item, person, person) for person in people]
    with pytest.raises(Refused):
        training.record_attendance(item, officer, [rows[0].id])
    session.commit()
    with frozen(item.starts_at + timedelta(minutes=5)):
        office = client_for(officer)
        page = f"/support/training/{item.id}"
        assert "Record the attendance" in english(office, page)
        assert office.post(f"{page}/attendance", data={"present": [rows[0].id]}).status_code == 303
        record = english(client_for(city.person("finance", Role.UNIT_ADMINISTRATOR)), "/support/training/record")
        assert people[0].name in record and "Absent" in record
        other = english(client_for(city.person("west", Role.UNIT_ADMINISTRATOR)), "/support/training/record")
        assert people[0].name not in other
        denied = client_for(people[1]).post(f"{page}/attendance", data={})
        assert denied.status_code == 403


def test_the_worker_draws_the_sign_in_sheet(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    officer = city.person("office", CENTRE)
    item = announced(session, officer)
    training.enrol(item, city.person("finance", HEAD), city.person("finance", HEAD))
    training.ask_list(item, officer)
    with pytest.raises(AlreadyDone):
        training.ask_list(item, officer)
    session.commit()
    assert run_inline(runtime, {training.LIST_JOB}) == 1
    client = client_for(officer)
    answer = client.get(f"/support/training/{item.id}/file")
    assert answer.data.startswith(b"%PDF")
    assert client_for(city.person("finance", HEAD)).get(f"/support/training/{item.id}/file").status_code == 403
    other = client_for(city.person("east", Role.DISTRICT_MANAGER)).get(f"/support/training/{item.id}/file")
    assert other.status_code == 403


def test_training_pages(session: Session, city: City, client_for: ClientFor) -> None:
    office = client_for(city.person("office", CENTRE))
    english(office, "/support/training/new")
    day = working_day() + timedelta(days=5)
    form = {
        "title": "印章使用培训",
        "place": "礼堂",
        "starts_at": f"{day}T09:00",
        "ends_at": f"{day}T11:00",
        "enrol_until": f"{day - timedelta(days=1)}T17:00",
        "places": "1",
    }
    assert office.post("/support/training/new", data={**form, "ends_at": f"{day}T08:00"}).status_code == 422
    page = office.post("/support/training/new", data=form).headers["Location"]
    administrator = city.person("finance", Role.UNIT_ADMINISTRATOR)
    client = client_for(administrator)
    english(client, page)
    other = city.person("finance", Role.DRAFTER)
    assert client.post(f"{page}/enrol", data={"person": other.id}).status_code == 303
    assert client.post(f"{page}/enrol").status_code == 303
    assert "You wait for a place" in english(client, page)
    assert client.post(f"{page}/enrol", data={"person": city.person("west", HEAD).id}).status_code == 404
    assert client.post(f"{page}/leave", data={"person": other.id}).status_code == 303
    assert "You have a place" in english(client, page)
    assert other.name not in english(client_for(city.person("west", HEAD)), page)
    lines = desk_of(session, city.person("west", HEAD)).sections
    assert "training" in [part.kind.key for part in lines]


def test_the_self_check_is_the_units_record(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.HANDLER))
    assert "Encrypted connection" in english(client, "/support/self-check")
    english(client, "/support/self-check/test-page")
    told = {f"finding-{key}": "good" for key in CHECKS}
    sent = {**told, "computer": "交换站1号机"}
    assert client.post("/support/self-check", data={**sent, "finding-key": "purple"}).status_code == 422
    assert client.post("/support/self-check", data={**sent, "computer": ""}).status_code == 422
    assert client.post("/support/self-check", data={**sent, "finding-printer": "bad"}).status_code == 303
    assert client.post("/support/self-check", data=sent).status_code == 303
    kept = session.scalars(select(SelfCheck)).one()
    assert kept.worst == Light.WARN and kept.findings["printer"] == "good"  # no encrypted line in tests
    session.commit()
    unit = english(client_for(city.person("finance", Role.UNIT_ADMINISTRATOR)), "/support/self-check/records")
    office = english(client_for(city.person("office", CENTRE)), "/support/self-check/records")
    other = english(client_for(city.person("west", Role.UNIT_ADMINISTRATOR)), "/support/self-check/records")
    assert "交换站1号机" in unit and "交换站1号机" in office and "交换站1号机" not in other


def test_without_script_the_rest_is_unknown(session: Session, city: City) -> None:
    person = city.person("finance", HEAD)
    seen = {"connection": Light.GOOD, "address": Light.GOOD, "cookies": Light.GOOD}
    kept = selfcheck.keep(session, person, computer="1", seen=seen, told={}, address="10.0.0.1", agent="x")
    assert kept.worst == Light.WARN and kept.findings["fonts"] == Light.UNKNOWN
    assert session.scalar(select(func.count()).select_from(Enrolment)) == 0
    assert now() >= kept.at
