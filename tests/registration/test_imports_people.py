"""People from a file: checked line by line, written only when confirmed, the same as single acts would (A-1, A-2)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people import passwords, queries
from portal.people.identity import hash_of
from portal.people.models import Person, RoleAssignment
from portal.people.operations import open_account
from portal.people.roles import Role
from portal.registration import import_people_writing, import_tables, imports
from portal.registration.import_lifecycle import ImportState
from portal.registration.import_models import ImportProblem, ImportRun, What
from tests.city import City
from tests.registration.import_files import (
    PEOPLE_HEADINGS,
    bring,
    confirm,
    csv_bytes,
    identity,
    person_row,
    run_of,
    work,
)

pytestmark = pytest.mark.req("A-1")
CENTRE, ADMIN, DISTRICT = Role.INFORMATION_CENTRE, Role.UNIT_ADMINISTRATOR, Role.DISTRICT_MANAGER


def people(*rows: tuple[str, ...], encoding: str = "utf-8-sig") -> bytes:
    return csv_bytes(PEOPLE_HEADINGS, rows, encoding)


def told(session: Session, run_id: int) -> list[tuple[int, str, str]]:
    session.commit()
    rows = session.scalars(select(ImportProblem).where(ImportProblem.run_id == run_id).order_by(ImportProblem.id)).all()
    session.commit()
    return [(row.line, row.heading, row.message % row.params) for row in rows]


def test_people_are_checked_then_confirmed_then_written(runtime: Runtime, session: Session, city: City) -> None:
    centre = city.holder(CENTRE)
    content = people(
        person_row("张敏", "zhangmin", "南澄市财政局", number=identity(1), roles="拟稿人、收发员"),
        person_row("李强", "liqiang", city.units["education"].code),
    )
    run_id = bring(runtime, centre, content)
    run = run_of(session, run_id)
    assert (run.state, run.lines, run.fresh, run.changed, run.wrong) == ("checked", 2, 2, 0, 0)
    assert queries.by_account(session, "zhangmin") is None  # nothing is written before it is confirmed
    assert not imports.store_of(runtime, run.token).exists(run.upload_digest)  # it holds identity numbers
    session.commit()

    confirm(runtime, centre, run_id)
    run = run_of(session, run_id)
    assert (run.state, run.written) == ("done", 2)
    assert not imports.store_of(runtime, run.token).root.exists()
    person = queries.by_account(session, "zhangmin")
    assert person and person.unit_id == city.units["finance"].id and person.password_hash == passwords.UNUSABLE
    assert person.own_roles == {Role.DRAFTER, Role.EXCHANGE_CLERK}
    assert person.identity_hash == hash_of(identity(1), runtime.storage_keys)
    facts = session.scalars(select(LedgerEvent.facts)).all()
    assert identity(1) not in str(facts)


def _facts(session: Session, account: str) -> tuple[dict[str, Any], list[dict[str, Any]], list[tuple[Any, ...]]]:
    person = queries.by_account(session, account)
    assert person is not None
    columns = {column.key: getattr(person, column.key) for column in Person.__table__.columns}
    for own in ("id", "account", "identity_hash", "created_at", "password_changed_at"):
        del columns[own]
    roles = [
        {key: getattr(row, key) for key in ("role", "in_office", "in_district_office")}
        for row in sorted(person.role_rows, key=lambda row: row.id)
    ]
    happened = session.scalars(
        select(LedgerEvent)
        .where(LedgerEvent.subject_id == person.id, LedgerEvent.subject_kind.in_(("person", "role")))
        .where(LedgerEvent.kind != "person.profile-changed")
        .order_by(LedgerEvent.id)
    )
    events = [
        (row.kind, row.actor_id, row.acting_for_id, row.unit_id, {**row.facts, "account": None}) for row in happened
    ]
    return columns, roles, events


def test_an_import_leaves_what_the_single_act_leaves(runtime: Runtime, session: Session, city: City) -> None:
    centre = city.holder(CENTRE)
    run_id = bring(
        runtime, centre, people(person_row("王芳", "imported", "南澄市财政局", roles="收发员、拟稿人、签名印章保管人"))
    )
    confirm(runtime, centre, run_id)
    with unit_of_work(runtime.engine) as writing:
        single = open_account(
            writing,
            unit=writing.get_one(type(city.units["finance"]), city.units["finance"].id),
            account="single",
            name="王芳",
            title="科员",
            division="办公室",
            roles=[Role.EXCHANGE_CLERK, Role.DRAFTER, Role.SEAL_CUSTODIAN],
            actor=writing.get_one(Person, centre.id),
        )
        single.mobile = "13800000001"
    session.commit()
    assert _facts(session, "imported") == _facts(session, "single")


@pytest.mark.parametrize(
    ("row", "heading", "why"),
    [
        (person_row("张敏", "Zhang", "南澄市财政局"), "账号", "the city's rule for accounts"),
        (person_row("张敏", "", "南澄市财政局"), "账号", "must be filled in"),
        (person_row("", "zhangmin", "南澄市财政局"), "姓名", "must be filled in"),
        (person_row("张敏", "zhangmin", "南澄市水利局"), "单位", "no unit “南澄市水利局”"),
        (person_row("张敏", "zhangmin", ""), "单位", "must be filled in"),
        (person_row("张敏", "zhangmin", "南澄市财政局", number="45000019600101001A"), "公民身份号码", "18 characters"),
        (
            person_row("张敏", "zhangmin", "南澄市财政局", number=identity(1)[:17] + "?"),
            "公民身份号码",
            "18 characters",
        ),
        (person_row("张敏", "zhangmin", "南澄市财政局", roles="总管"), "角色", "no role “总管”"),
        (person_row("张敏", "zhangmin", "南澄市财政局", roles="秘书处"), "角色", "municipal government office"),
        (person_row("张敏", "zhangmin", "南澄市财政局", roles="旗区交换管理员"), "角色", "district government"),
        (person_row("张敏", "zhangmin", "南澄市财政局", roles="安全审计员、拟稿人"), "角色", "three separated roles"),
        (person_row("=1+1", "zhangmin", "南澄市财政局"), "姓名", "formula"),
        (person_row("张" * 41, "zhangmin", "南澄市财政局"), "姓名", "too long"),
    ],
)
def test_each_fault_is_told_with_line_and_column(
    row: tuple[str, ...], heading: str, why: str, runtime: Runtime, session: Session, city: City
) -> None:
    run_id = bring(runtime, city.holder(CENTRE), people(person_row("甲乙", "good", "南澄市财政局"), row))
    ((line, column, text),) = told(session, run_id)
    assert (line, column) == (3, heading)
    assert why in text
    assert run_of(session, run_id).wrong == 1


@pytest.mark.req("A-2")
def test_one_person_has_one_account(runtime: Runtime, session: Session, city: City) -> None:
    centre = city.holder(CENTRE)
    confirm(
        runtime, centre, bring(runtime, centre, people(person_row("张敏", "first", "南澄市财政局", number=identity(5))))
    )
    content = people(
        person_row("张敏", "second", "南澄市教育局", number=identity(5).lower()),
        person_row("李强", "third", "南澄市教育局", number=identity(6)),
        person_row("李强", "fourth", "南澄市教育局", number=identity(6)),
        person_row("李强", "third", "南澄市教育局"),
    )
    run_id = bring(runtime, centre, content)
    texts = {line: text for line, _, text in told(session, run_id)}
    assert "one person, one account" in texts[2]
    assert "line 3 already" in texts[4] and "line 3 already" in texts[5]
    assert identity(5) not in str(told(session, run_id))


def test_wrong_lines_are_left_out_only_when_that_is_chosen(runtime: Runtime, session: Session, city: City) -> None:
    centre = city.holder(CENTRE)
    run_id = bring(
        runtime, centre, people(person_row("甲乙", "good", "南澄市财政局"), person_row("丙丁", "BAD", "南澄市财政局"))
    )
    with pytest.raises(Refused, match="Some lines are wrong"):
        confirm(runtime, centre, run_id)
    confirm(runtime, centre, run_id, good_only=True)
    run = run_of(session, run_id)
    assert (run.state, run.written, run.wrong) == ("done", 1, 1)
    assert queries.by_account(session, "good")
    session.commit()
    with pytest.raises(AlreadyDone):
        confirm(runtime, centre, run_id, good_only=True)


def test_a_known_account_is_changed_or_left_as_it_is(runtime: Runtime, session: Session, city: City) -> None:
    centre = city.holder(CENTRE)
    row = person_row("张敏", "zhangmin", "南澄市财政局", roles="拟稿人")
    confirm(runtime, centre, bring(runtime, centre, people(row)))
    again = run_of(session, bring(runtime, centre, people(row)))
    assert (again.fresh, again.changed, again.same) == (0, 0, 1)
    more = ("张敏", "zhangmin", "南澄市财政局", "预算科", "科长", "", identity(3), "科室负责人")
    run_id = bring(runtime, centre, people(more, person_row("张敏", "u1-drafter", "南澄市财政局")))
    assert [text for _, _, text in told(session, run_id)] == ["The account u1-drafter is taken."]
    confirm(runtime, centre, run_id, good_only=True)
    session.commit()
    person = queries.by_account(session, "zhangmin")
    assert person and (person.division, person.title, person.mobile) == ("预算科", "科长", "13800000001")
    assert person.own_roles == {Role.DRAFTER, Role.DEPARTMENT_HEAD}
    changed = session.scalars(select(LedgerEvent.facts).where(LedgerEvent.kind == "person.profile-changed")).all()
    assert changed == [{"fields": ["division", "identity", "title"]}]


@pytest.mark.parametrize(
    ("who", "unit", "role", "why"),
    [
        (("finance", ADMIN), "南澄市财政局", "拟稿人", None),
        (("finance", ADMIN), "", "拟稿人", None),
        (("finance", ADMIN), "南澄市教育局", "拟稿人", "no unit"),
        (("office", ADMIN), "", "秘书处", "information centre alone"),
        (("east", DISTRICT), "澄东区教育局", "拟稿人", None),
        (("east", DISTRICT), "澄东区人民政府", "旗区交换管理员", "information centre alone"),
        (("east", DISTRICT), "澄西区人民政府", "拟稿人", "no unit"),
        (("east", DISTRICT), "南澄市财政局", "拟稿人", "no unit"),
        (("east", ADMIN), "澄东区教育局", "拟稿人", "no unit"),
    ],
)
@pytest.mark.req("U-6")
def test_each_imports_for_their_own_units_alone(
    who: tuple[str, Role], unit: str, role: str, why: str | None, runtime: Runtime, session: Session, city: City
) -> None:
    run_id = bring(runtime, city.person(*who), people(person_row("张敏", "zhangmin", unit, roles=role)))
    texts = [text for _, _, text in told(session, run_id)]
    assert (texts == []) if why is None else (len(texts) == 1 and why in texts[0])


def test_units_are_entered_by_the_information_centre_alone(runtime: Runtime, city: City) -> None:
    for who in (city.person("finance", ADMIN), city.holder(DISTRICT)):
        with pytest.raises(Denied):
            bring(runtime, who, b"x", what=What.UNITS)


def test_writing_goes_on_where_it_stopped(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SQL_MOST", 3)
    centre = city.holder(CENTRE)
    rows = [person_row("张敏", f"many{number}", "南澄市财政局", roles="承办人") for number in range(10)]
    run_id = bring(runtime, centre, people(*rows))
    confirm(runtime, centre, run_id, finish=False)
    real, pieces = import_people_writing.write_people, []

    def dies_once(*arguments: Any) -> Any:
        pieces.append(len(arguments[1]))
        found = real(*arguments)
        if len(pieces) == 2:
            raise RuntimeError("killed in the middle")
        return found

    monkeypatch.setattr(imports, "write_people", dies_once)
    with pytest.raises(RuntimeError):
        work(runtime)
    assert run_of(session, run_id).cursor == 3
    session.execute(import_checks_attempts())
    session.commit()
    work(runtime)
    run = run_of(session, run_id)
    assert (run.state, run.cursor, run.written) == (ImportState.DONE, 10, 10)
    assert pieces == [3, 3, 3, 3, 1]
    opened = select(func.count()).select_from(Person).where(Person.account.like("many%"))
    given = select(func.count()).select_from(RoleAssignment).join(Person).where(Person.account.like("many%"))
    events = select(func.count()).select_from(LedgerEvent).where(LedgerEvent.kind == "person.opened")
    assert [session.scalar(count) for count in (opened, given, events)] == [10, 10, 10]


def import_checks_attempts() -> Any:
    """Let the failed piece be tried at once."""
    from sqlalchemy import update

    from portal.core.jobs import PendingJob

    return update(PendingJob).values(attempts=0)


def test_what_came_between_check_and_writing_is_left_out(runtime: Runtime, session: Session, city: City) -> None:
    centre = city.holder(CENTRE)
    run_id = bring(
        runtime, centre, people(person_row("张敏", "taken", "南澄市财政局"), person_row("李强", "free", "南澄市财政局"))
    )
    with unit_of_work(runtime.engine) as between:
        open_account(between, unit=between.get_one(type(city.units["finance"]), 1), account="taken", name="先到")
    confirm(runtime, centre, run_id)
    run = run_of(session, run_id)
    assert (run.written, run.wrong) == (1, 1)
    assert [text for _, _, text in told(session, run_id)] == ["The account taken is taken."]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_tables_are_read_in_every_usual_writing(encoding: str) -> None:
    rows = _read(people(person_row("张敏", "zhangmin", "南澄市财政局"), encoding=encoding), "a.csv")
    assert (rows[0].line, rows[0].texts["name"], rows[0].texts["unit"]) == (2, "张敏", "南澄市财政局")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("what", What)
def test_the_templates_can_be_read_again(what: What, kind: str) -> None:
    assert len(_read(import_tables.template(what, kind), f"a.{kind}", what)) == 1


def _read(content: bytes, name: str, what: What = What.PEOPLE) -> list[import_tables.Row]:
    from io import BytesIO

    return import_tables.read_table(BytesIO(content), name, what)


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        ("姓名,账号,爱好\n张,a,b".encode(), "a.csv", "no column 爱好"),
        ("姓名,姓名,账号\n张,a,b".encode(), "a.csv", "twice"),
        ("姓名,单位\n张,a".encode(), "a.csv", "账号 is missing"),
        ("姓名,账号\n".encode(), "a.csv", "no lines"),
        (b"\xff\xfe\x00\x00", "a.csv", "isn't"),
        (b"PK\x03\x04 broken", "a.xlsx", "damaged"),
        (b"name,account\n" + b"a,b\n" * 11, "a.csv", "more than 10 lines"),
    ],
)
def test_files_that_are_no_table_are_refused_whole(
    content: bytes, name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tables, "MOST_LINES", 10)
    with pytest.raises(Refused) as refused:
        _read(content, name)
    assert why in str(refused.value)


def test_a_bomb_is_not_opened() -> None:
    import zipfile
    from io import BytesIO

    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b" " * 40_000_000)
    with pytest.raises(Refused, match="unpacks to far more"):
        _read(packed.getvalue(), "a.xlsx")


def test_a_refused_file_is_told_and_removed(runtime: Runtime, session: Session, city: City) -> None:
    run = run_of(session, bring(runtime, city.holder(CENTRE), b"PK\x03\x04 broken", name="a.xlsx"))
    assert run.state == "refused" and "damaged" in (run.error or "")
    assert not imports.store_of(runtime, run.token).root.exists()
    session.commit()
    with pytest.raises(Invalid) as refused:
        bring(runtime, city.holder(CENTRE), b"x", name="a.exe")
    assert refused.value.field == "file"


def test_what_nobody_confirms_is_gone_after_a_day(
    runtime: Runtime, session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from portal.core.jobs import Queue, enqueue

    run_id = bring(runtime, city.holder(CENTRE), people(person_row("张敏", "zhangmin", "南澄市财政局")))
    monkeypatch.setattr(imports, "KEPT", timedelta(seconds=-1))
    with pytest.raises(Refused, match="more than a day"):
        confirm(runtime, city.holder(CENTRE), run_id)
    with unit_of_work(runtime.engine) as writing:
        enqueue(writing, Queue.WORK, "portal.registration.import_jobs.forget_old")
    work(runtime)
    run = session.get_one(ImportRun, run_id)
    assert run.state == "discarded" and not imports.store_of(runtime, run.token).root.exists()
