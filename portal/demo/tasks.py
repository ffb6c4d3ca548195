"""Requests in the demo city: fresh, late, with a reply to judge, with a result; two on the supervision list."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.operations import publish
from portal.core.clock import Calendar, frozen, now, today
from portal.core.runtime import Runtime
from portal.people import queries as people
from portal.people.models import Person
from portal.tasks import files, handling, operations, reminders
from portal.tasks.models import Assignment, Task
from portal.tasks.operations import Terms
from portal.units import queries as units


@dataclass(frozen=True)
class Matter:
    """One request: who asks whom for what; receivers are units, or accounts of people asked by name."""

    title: str
    text: str
    asker: str
    receivers: tuple[str, ...]
    days: int
    leader: str = ""
    past: int = 0
    """How many working days ago it was sent."""


FLOOD = Matter(
    "请报送城区易涝点排查整治情况",
    "市长在防汛会商会上要求，对全市易涝点逐一排查，明确整治措施、责任人和完成时间。\n\n请按下列要求报送：\n\n"
    "- 易涝点清单及现状\n- 整治措施、资金来源和完成时限\n- 汛期值守安排及联系电话",
    "wenmishu",
    ("市应急管理局", "市财政局", "澄东区政府", "澄西区政府"),
    5,
    "周正川市长",
    past=7,
)
SCHOOLS = Matter(
    "请核报秋季开学校园安全经费需求",
    "请对照校园安全专项检查结果，核报秋季学期校园安全经费需求，并附分校明细。",
    "luwenlan",
    ("市教育局",),
    6,
    "郑达观秘书长",
    past=5,
)
SERVICE = Matter(
    "请提供政务服务事项数据接口说明",
    "为做好“一网通办”事项梳理，请提供本单位政务服务事项数据接口说明和联系人。",
    "luwenlan",
    ("市数据局", "市发展改革委"),
    5,
    past=1,
)
BUDGET = Matter(
    "请协助核对预算执行进度",
    "请核对本单位三季度预算执行进度，偏低的项目请说明原因。",
    "fuyusuan",
    ("市教育局", "linyuren"),
    4,
    past=2,
)
ARCHIVE = Matter(
    "请办理会议室电子屏检修", "三楼第二会议室电子屏无显示，请安排检修。", "jinmanbo", ("市政府办公室",), 3, past=3
)
MATTERS = (FLOOD, SCHOOLS, SERVICE, BUDGET, ARCHIVE)


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing; the caller commits."""
    if session.scalar(select(Task.item_id).limit(1)) is not None:
        return
    made = {matter: _sent(session, runtime, matter) for matter in MATTERS}
    _flood(session, runtime, made[FLOOD])
    _schools(session, runtime, made[SCHOOLS])
    _budget(session, made[BUDGET])
    _archive(session, runtime, made[ARCHIVE])
    session.flush()
    reminders.remind(session)


def _sent(session: Session, runtime: Runtime, matter: Matter) -> Task:
    """As if it had been sent some working days ago, so that limits and history agree."""
    back = timedelta(days=(today() - _working_days_ago(matter.past)).days)
    with frozen(now() - back):
        asker = _person(session, matter.asker)
        terms = Terms(matter.days, matter.leader)
        task = operations.draft_task(session, asker, runtime.rules, matter.title, matter.text, terms)
        for receiver in matter.receivers:
            named = people.by_account(session, receiver)
            unit = named.unit if named else units.named(session, receiver)
            assert unit is not None  # of the demo city's table
            operations.add_receiver(task, asker, unit, named)
        publish(task.item, asker, runtime.rules)
        session.flush()
    return task


def _working_days_ago(count: int) -> date:
    day, calendar = today(), Calendar()
    while count:
        day -= timedelta(days=1)
        count -= calendar.is_working(day)
    return day


def _flood(session: Session, runtime: Runtime, task: Task) -> None:
    """Late at two, explained by one of them; one reply to judge; one done."""
    emergency, finance, east, _west = task.assignments
    _with(session, emergency, "jichuanda", handling.accept)
    _with(
        session,
        emergency,
        "jichuanda",
        lambda row, person: handling.explain(row, person, "两处易涝点需与铁路部门现场会勘，预计下周三前补齐。"),
    )
    _with(session, finance, "zhangbenqing", handling.accept)
    table = io.BytesIO("项目,金额（万元）\n泵站改造,320\n雨水管网清淤,85\n".encode())
    received = [files.take(runtime, (table, "整治资金安排.txt"))]
    _with(
        session,
        finance,
        "zhangbenqing",
        lambda row, person: handling.reply(row, person, "整治资金405万元已列入应急预算，明细见附件。", received),
    )
    _with(session, east, None, handling.accept)
    _with(
        session,
        east,
        None,
        lambda row, person: handling.reply(row, person, "全区7处易涝点已整治5处，其余2处月底前完成。"),
    )
    operations.close(east, _person(session, "wenmishu"))


def _schools(session: Session, runtime: Runtime, task: Task) -> None:
    row = task.assignments[0]
    _with(session, row, "bizhenglou", handling.accept)
    until = Calendar().add_working_days(max(row.due_on or today(), today()), 3)
    why = "两所新校区造价审核未完成，申请延期三个工作日。"
    _with(
        session,
        row,
        "bizhenglou",
        lambda one, person: handling.ask_extension(one, person, runtime.rules, until, why),
    )


def _budget(session: Session, task: Task) -> None:
    _with(session, task.assignments[1], "linyuren", handling.accept)


def _archive(session: Session, runtime: Runtime, task: Task) -> None:
    row = task.assignments[0]
    _with(session, row, "youchuanxin", handling.accept)
    _with(
        session,
        row,
        "youchuanxin",
        lambda one, person: handling.reply(one, person, "已更换电源模块，显示正常。"),
    )
    operations.close(row, _person(session, "jinmanbo"))


def _with(session: Session, row: Assignment, account: str | None, act: Callable[[Assignment, Person], object]) -> None:
    """Do an act as the person with the account, or as the clerk of the unit that was asked."""
    if account is not None:
        act(row, _person(session, account))
        return
    clerks = [one for one in people.people_of(session, row.holder_id) if "exchange-clerk" in one.own_roles]
    act(row, clerks[0])


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person
