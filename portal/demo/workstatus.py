"""Work status in the demo city: half a year of what units owed, some of it late or missing; a few entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content.gate import Declaration
from portal.content.models import Item
from portal.core.clock import CITY_ZONE, now, today
from portal.core.runtime import Runtime
from portal.people import queries as people
from portal.people.models import Person
from portal.units.models import Unit
from portal.workstatus import columns, duties, operations, queries
from portal.workstatus.models import MONTHLY, YEARLY, DueKind, WorkColumn, WorkDue, WorkEntry, WorkFulfilment

MONTHS = 6
SOON = 4
"""So many units have published before the day what is due next."""
DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)
# (who writes, who approves) of the units whose people are in the demo city.
PAIRS = (
    ("shenmoyan", "luwenlan"),
    ("qianzhishu", "jinmanbo"),
    ("shulangsheng", "linyuren"),
    ("shoufaliang", "guihuayuan"),
    ("jichuanda", "pinganshi"),
    ("sulianwang", "yunshuhai"),
    ("guijuanqi", "dianjicang"),
    ("xuchenguang", "dongfanglan"),
    ("taoliyuan", "dongxuehai"),
    ("xiwanzhao", "ximenyue"),
    ("xixinyuan", "shumingde"),
    ("maixiangyi", "gucangshi"),
)
MATTERS = {
    "shenmoyan": ("政务督查和文电办理", "全市重点工作部署落实情况月度督查"),
    "qianzhishu": ("预算执行和财政直达资金监管", "一般公共预算支出进度调度"),
    "shulangsheng": ("义务教育招生和校园安全", "中小学课后服务质量提升"),
    "shoufaliang": ("重大项目谋划和能耗双控", "省市重点项目开工建设调度"),
    "jichuanda": ("安全生产专项整治和防汛备汛", "危险化学品领域隐患排查"),
    "sulianwang": ("数据资源归集和一网通办", "政务数据共享目录更新"),
    "guijuanqi": ("机关档案移交进馆", "档案安全风险隐患排查"),
    "xuchenguang": ("老旧小区改造和城市更新", "基层治理网格整合"),
    "taoliyuan": ("学位供给和集团化办学", "校园食品安全检查"),
    "xiwanzhao": ("乡村产业和文旅融合项目", "农村人居环境整治"),
    "xixinyuan": ("区级数据平台对接", "电子证照共享应用"),
    "maixiangyi": ("秋粮收购和储备轮换", "粮油质量监测抽检"),
}
NEWS = (
    (
        "jichuanda",
        "我市开展秋冬季森林防火联合演练",
        "市应急管理局会同澄东区、澄西区在云麓山林区开展联合演练，检验了预警响应、力量投送和群众转移三个环节。",
    ),
    (
        "sulianwang",
        "市一体化政务数据平台新增共享目录86项",
        "本次更新覆盖不动产登记、社保缴费等高频事项，累计支撑“免证办”事项214项。",
    ),
    (
        "shulangsheng",
        "全市中小学课后服务现场会在澄东区召开",
        "与会代表观摩了三所学校的课后服务课程，交流了场地共享、师资统筹的做法。",
    ),
    (
        "qianzhishu",
        "市财政局上线非税收入电子票据查验",
        "缴款人可在政务服务网查验电子票据真伪，单位入账不再要求提供纸质凭证。",
    ),
)
TEXT = """一、{matter}按计划推进，目标任务已分解到科室。

二、存在问题：个别环节协同不够，需进一步压实责任。

三、下一步：对照年度要点逐项销号。"""


@dataclass(frozen=True)
class Writing:
    """One entry to be: by whom, approved by whom, when it came out."""

    author: Person
    approver: Person
    title: str
    text: str
    at: datetime


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing; the caller commits."""
    if session.scalar(select(WorkDue.id).limit(1)):
        return
    _joined_long_ago(session)
    _keep(session)
    dues = list(_dues(session, runtime))
    pairs = [(_person(session, author), _person(session, head)) for author, head in PAIRS]
    for place, (author, head) in enumerate(pairs):
        for number, due in enumerate(dues):
            _answer(session, runtime, author, head, due, place, number)
    daily = session.scalars(select(WorkColumn.id).where(WorkColumn.takes == "", WorkColumn.owner_id.is_(None))).first()
    by_account = {author.account: (author, head) for author, head in pairs}
    for days, (account, title, text) in enumerate(NEWS, start=1):
        author, head = by_account[account]
        _publish(session, runtime, Writing(author, head, title, text, now() - timedelta(days=days, hours=2)), daily)


def _joined_long_ago(session: Session) -> None:
    """The city is made today, but its units have long been in exchange; one joined two months ago."""
    for unit in session.scalars(select(Unit).where(Unit.left_at.is_(None))):
        days = 75 if unit.short_name == "市粮食局" else 700
        unit.joined_at = min(unit.joined_at, now() - timedelta(days=days))


def _dues(session: Session, runtime: Runtime) -> Iterator[WorkDue]:
    day, months = today(), []
    year, month = day.year, day.month
    for _ in range(MONTHS):
        months.append((year, month))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    for kind in YEARLY:
        yield _opened(session, runtime, kind, day.year, 0)
    for year, month in reversed(months):
        for kind in MONTHLY:
            yield _opened(session, runtime, kind, year, month)


def _opened(session: Session, runtime: Runtime, kind: DueKind, year: int, month: int) -> WorkDue:
    due = duties.open_due(session, kind, year, month, runtime.rules)
    due.announced_at = min(due.opens_at, now())
    return due


def _answer(
    session: Session, runtime: Runtime, author: Person, head: Person, due: WorkDue, place: int, number: int
) -> None:
    """Publish it in time, late, or not at all, always the same way."""
    luck = (place * 7 + number * 5) % 13
    day = due.due_on + timedelta(days=3 if luck == 1 else -1 - luck % 4)
    at = datetime.combine(day, time(9 + place % 8, 20 + number), CITY_ZONE)
    ahead = due.due_at > now() and place > SOON
    if session.scalar(select(queries.exempted(author.unit_id, due))):
        return
    if luck in (0, 5) or ahead or not author.unit.joined_at < at < now() or due.opens_at < author.unit.joined_at:
        return
    matter = MATTERS[author.account][number % 2]
    text = TEXT.format(matter=matter)
    column = session.scalars(select(WorkColumn.id).where(WorkColumn.takes == due.kind)).first()
    writing = Writing(author, head, f"{author.unit.short_name}{due.title}", text, at)
    _publish(session, runtime, writing, column, due)


def _publish(
    session: Session, runtime: Runtime, writing: Writing, column_id: int | None, due: WorkDue | None = None
) -> WorkEntry:
    entry = operations.draft_entry(
        session, writing.author, writing.title, writing.text, column_id=column_id, due_id=due.id if due else None
    )
    items.submit(entry.item, writing.author, runtime.rules, DECLARED)
    items.publish(entry.item, writing.approver, runtime.rules)
    _put_back(session, entry.item, writing.at)
    return entry


def _put_back(session: Session, item: Item, at: datetime) -> None:
    """As if it had been published then."""
    item.created_at = item.changed_at = item.submitted_at = at - timedelta(hours=3)
    item.published_at = session.get_one(WorkEntry, item.id).published_at = at
    for row in item.reader_keys:
        row.show(item)
    for done in session.scalars(select(WorkFulfilment).where(WorkFulfilment.item_id == item.id)):
        done.at = at
    session.flush()


def _keep(session: Session) -> None:
    """A column of a district, and an exemption with its reason."""
    columns.make_column(session, _person(session, "linyuren"), "校园动态", "below")
    archives = session.scalars(select(Unit).where(Unit.short_name == "市档案局")).one()
    first = (today() - timedelta(days=120)).replace(day=1)
    centre = _person(session, "xinxizhong")
    operations.exempt(session, centre, archives, first, first + timedelta(days=60), "新馆搬迁，暂停报送两个月")


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person
