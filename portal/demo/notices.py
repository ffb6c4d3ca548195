"""Notices, a direct delivery and two circulations in the demo city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content.gate import Declaration
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.content.readers import ALL, Key, Scope
from portal.core.clock import today
from portal.core.runtime import Runtime
from portal.notices import passing
from portal.notices.operations import Marks, draft_notice
from portal.people import queries as people
from portal.people.models import Person

DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)


@dataclass(frozen=True)
class DemoNotice:
    """A notice; `to`: accounts whose unit (`unit:`) or self (`person:`) reads it, or `all`."""

    author: str
    title: str
    text: str
    marks: Marks
    to: tuple[str, ...] = (ALL,)


NOTICES = (
    DemoNotice(
        "youchuanxin", "关于启用公文与信息交换平台通知栏目的通知",
        "各单位：\n\n自即日起，会务、停水停电、值班等事务性通知统一在本栏目发布，不再另行电话通知。\n\n"
        "- 各单位收发员每个工作日上午、下午各查看一次；\n- 特急通知以“待即阅”显示在首页。\n\n"
        "| 事项 | 联系科室 |\n| --- | --- |\n| 栏目使用 | 秘书科 |\n| 账号权限 | 政务信息中心 |",
        Marks(of_unit=True, pinned=True),
    ),
    DemoNotice(
        "youchuanxin", "关于做好强降雨期间值班值守工作的通知",
        "据气象部门预报，今晚至明日我市有大到暴雨。请各单位：\n\n1. 严格落实领导带班和24小时值班制度；\n"
        "2. 重要情况**半小时内**电话报告市政府总值班室；\n3. 明日17时前报送值守情况。",
        Marks(of_unit=True, urgency="特急"),
    ),
    DemoNotice(
        "xinxizhong", "关于本周六交换平台例行维护的通知",
        "本周六20时至22时平台例行维护，期间暂停登录。请提前办结当日公文。",
        Marks(of_unit=True, urgency="加急"),
    ),
    DemoNotice(
        "zhangbenqing", "关于召开预算执行分析会的通知",
        "定于周五下午3时在三楼会议室召开预算执行分析会，请相关科室负责人参加，并带齐本季度执行数据。",
        Marks(of_unit=True), ("unit:zhangbenqing", "unit:kongxingtan"),
    ),
)  # fmt: skip


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing; the caller commits."""
    for one in NOTICES:
        author = _person(session, one.author)
        if _is_there(session, one.title):
            continue
        marks = one.marks if one.marks.pinned else _until(one.marks)
        item = draft_notice(session, author, one.title, one.text, marks=marks)
        items.set_readers(item, author, Scope(tuple(_key(session, key) for key in one.to)))
        items.publish(item, author, runtime.rules, DECLARED)
    _delivered(session, runtime)
    _circulated(session, runtime)


def _delivered(session: Session, runtime: Runtime) -> None:
    title = "关于政府工作报告任务分工征求意见稿的说明"
    if _is_there(session, title):
        return
    author = _person(session, "shenmoyan")
    item = passing.draft_passing(
        session, author, ItemKind.DIRECT_DELIVERY, title, "现将分工意见送您阅研，请于周三前电话反馈秘书科。"
    )
    passing.address(item, author, [_key(session, f"person:{one}") for one in ("caijinghe", "fuyusuan")])
    items.publish(item, author, runtime.rules, DECLARED)


def _circulated(session: Session, runtime: Runtime) -> None:
    title = "外地数字政府建设经验材料"
    if _is_there(session, title):
        return
    author = _person(session, "shenmoyan")
    text = "# 三点值得借鉴\n\n- 公文与信息同网交换；\n- 事项清单统一维护；\n- 办理情况按周通报。\n\n请阅示，可附意见。"
    item = passing.draft_passing(session, author, ItemKind.CIRCULATION, title, text)
    order = ("guyanqiu", "luwenlan", "sujianzhi")
    passing.address(item, author, [_key(session, f"person:{one}") for one in order], in_turn=True)
    items.publish(item, author, runtime.rules, DECLARED)
    first = _person(session, "guyanqiu")
    passing.finish(item, first, "材料有参考价值，建议转市财政局了解项目投入情况。")
    passing.pass_on(item, first, [_key(session, "person:caijinghe")], "请财政局从资金保障角度提出意见。")


def _until(marks: Marks) -> Marks:
    return Marks(marks.of_unit, marks.pinned, marks.urgency, today() + timedelta(days=14))


def _key(session: Session, written: str) -> Key:
    of, _, account = written.partition(":")
    if of == ALL:
        return Key(ALL)
    person = _person(session, account)
    return Key(of, str(person.unit_id if of == "unit" else person.id))


def _is_there(session: Session, title: str) -> bool:
    return session.scalar(select(Item.id).where(Item.title == title).limit(1)) is not None


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person
