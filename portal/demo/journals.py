"""Journals in the demo city: two that are read, with issues of this year, and one issue being made."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content.gate import Declaration
from portal.content.models import Item, ItemReading
from portal.content.readers import ALL, Key, Scope
from portal.core import clock
from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.journals import operations as acts
from portal.journals.models import Journal
from portal.people import queries as people
from portal.people.models import Person
from portal.people.roles import Role

Article = tuple[str, str, str, str]
DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)
LEADERS = Scope((Key(ALL, role=Role.UNIT_HEAD), Key(ALL, role=Role.LEADER), Key(ALL, role=Role.OFFICE_HEAD)))

ISSUES: tuple[tuple[str, tuple[Article, ...]], ...] = (
    (
        "全年预算执行与绩效管理专辑",
        (
            (
                "要情",
                "前三季度全市财政收支运行平稳",
                "预算科",
                "前三季度，全市一般公共预算收入完成年初预算的76.4%，同比增长4.1%，收入进度与序时进度基本一致。\n\n"
                "# 收入情况\n\n税收收入占比72.3%，较上年同期提高1.2个百分点；制造业、批发零售业增收较多。\n\n"
                "# 支出情况\n\n教育、社会保障、卫生健康三项支出合计占比46.8%，“三公”经费同比压减6.5%。\n\n"
                "| 项目 | 完成预算 | 同比 |\n|---|---|---|\n| 收入 | 76.4% | 4.1% |\n| 支出 | 74.9% | 3.6% |\n",
            ),
            (
                "调研",
                "部门项目支出绩效目标怎样定得准",
                "傅予算　钱知数",
                "今年5月至8月，我们走访了12个市直部门、3个区，查阅项目申报材料146份，形成如下认识。\n\n"
                "# 存在的问题\n\n一是产出指标多、效果指标少；二是目标值偏低；三是与预算额度脱节。\n\n"
                "# 几点建议\n\n1. 推行分行业共性指标库，先在教育、交通、水利三个领域试用。\n"
                "2. 预算评审与目标审核同步，目标不实的退回重报。\n3. 年度终了公开绩效自评结果，接受监督。",
            ),
            (
                "交流",
                "澄东区“零余额”结转资金清理的做法",
                "澄东区财政局供稿",
                "澄东区对结转两年以上资金逐笔核对，收回统筹资金3,260万元，全部用于老旧小区改造和乡村道路养护。",
            ),
        ),
    ),
    (
        "政府采购营商环境专辑",
        (
            (
                "要情",
                "政府采购投标保证金全面取消",
                "采购科",
                "自今年7月1日起，全市政府采购货物和服务项目一律不再收取投标保证金，预计每年减轻企业资金占用约8,000万元。",
            ),
            (
                "调研",
                "中小企业预留份额落实情况调查",
                "钱知数",
                "上半年面向中小企业采购金额占比61.7%。反映较多的是付款周期偏长，建议将合同约定的付款期限缩短至10个工作日。",
            ),
        ),
    ),
)
DRAFT = (
    "岁末收支与国库现金管理专辑",
    (("要情", "国库集中支付电子化覆盖全部预算单位", "国库科", "截至10月底，全市312家预算单位全部实现支付电子化。"),),
)
OFFICE_ISSUES: tuple[tuple[str, tuple[Article, ...]], ...] = (
    (
        "今冬明春重点民生事项安排",
        (
            (
                "政务要闻",
                "市政府常务会议研究冬季供暖保障工作",
                "综合科",
                "会议要求，各热源单位11月10日前完成试运行，居民室温不达标的24小时内上门处理。",
            ),
            (
                "督查通报",
                "十件民生实事三季度进展",
                "督查室",
                "十件实事中，7件达到或超过序时进度；农贸市场改造、社区养老服务站建设两件偏慢，已发督办通知。",
            ),
        ),
    ),
)


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing; the caller commits."""
    if session.scalar(select(Journal.id).limit(1)):
        return
    maker, approver = _person(session, "qianzhishu"), _person(session, "fuyusuan")
    columns = "要情\n调研\n交流"
    head = acts.Masthead(
        "财政内参", "内部刊物·每月一期", "南内资准字第018号", columns=columns, editors=(maker.account,)
    )
    journal = acts.found_journal(session, maker, head)
    acts.set_default_readers(journal, maker, LEADERS)
    for weeks, (title, articles) in zip((6, 1), ISSUES, strict=True):
        _out(session, runtime, journal, (maker, approver), title, articles, weeks)
    _issue(session, journal, maker, *DRAFT)
    secretary, leader = _person(session, "wenmishu"), _person(session, "sujianzhi")
    head = acts.Masthead("南澄政务", "市政府办公室主办·每旬一期", "南内资准字第001号", columns="政务要闻\n督查通报")
    gazette = acts.found_journal(session, secretary, head)
    acts.set_default_readers(gazette, secretary, Scope((Key(ALL),)))
    for title, articles in OFFICE_ISSUES:
        _out(session, runtime, gazette, (secretary, leader), title, articles, 0)
    for account in ("kongxingtan", "dongfanglan", "zhangbenqing"):
        acts.follow(session, gazette, _person(session, account))
    acts.follow(session, journal, _person(session, "dongfanglan"))
    _read(session)


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person


def _issue(session: Session, journal: Journal, maker: Person, title: str, articles: tuple[Article, ...]) -> Item:
    item = acts.draft_issue(journal, maker, title)
    for column, name, byline, text in articles:
        acts.draft_article(item, maker, name, text, column=column, byline=byline)
    return item


def _out(
    session: Session,
    runtime: Runtime,
    journal: Journal,
    makers: tuple[Person, Person],
    title: str,
    articles: tuple[Article, ...],
    weeks: int,
) -> None:
    with clock.frozen(now() - timedelta(weeks=weeks, hours=3)):
        item = _issue(session, journal, makers[0], title, articles)
        items.submit(item, makers[0], runtime.rules, DECLARED)
        items.publish(item, makers[1], runtime.rules)


def _read(session: Session) -> None:
    """Some have opened the issues that are out, on the days after."""
    readers = [
        _person(session, account) for account in ("kongxingtan", "guihuayuan", "linyuren", "hongyanbo", "yunshuhai")
    ]
    items_out = session.scalars(select(Item).where(Item.kind == "journal-issue", Item.published_at.is_not(None)))
    for item in items_out.all():
        assert item.published_at is not None
        for place, reader in enumerate(readers):
            at = item.published_at + timedelta(hours=19 * place + 1)
            if at < now() and reader.unit_id != item.holder_id:
                session.add(ItemReading(item_id=item.id, person_id=reader.id, unit_id=reader.unit_id, read_at=at))
    session.flush()
