"""Special reports and government information in the demo city."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.briefs import editing, scoring, topics
from portal.briefs.models import Award, Mark
from portal.briefs.operations import Particulars, draft_brief
from portal.content import operations as items
from portal.content.gate import Declaration
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.content.readers import ALL, Key, Scope
from portal.core.clock import now, today
from portal.core.runtime import Runtime
from portal.people import queries as people
from portal.people.models import Person
from portal.reports.operations import draft_report, instruct
from portal.units.models import Unit

DECLARED = Declaration(True, True, True)


@dataclass(frozen=True)
class Told:
    """A brief of the demo: who wrote it, who approves it."""

    author: str
    head: str
    title: str
    text: str
    about: Particulars = field(default_factory=Particulars)
    file: str = ""


GRAIN = """今年秋粮收购自9月20日启动以来，全市入统企业累计收购秋粮12.6万吨，同比增长4.1%，占预计收购量的七成。

# 主要做法

- 提前测算资金需求，筹措收购贷款3.2亿元，做到“钱等粮”。
- 在澄东、澄西两区增设收购点11个，农民售粮平均等候时间由2小时压缩到40分钟。
- 建立日监测、周会商制度，对价格异动及时预警。

# 存在问题

受连续阴雨影响，部分稻谷水分偏高，烘干能力缺口约每日600吨。建议统筹调度邻区烘干设备，并对应急烘干费用给予适当补助。"""
WINTER = """立冬以来，全市日均用电负荷、天然气用量分别同比增长6.8%和5.2%。市发展改革委会同有关单位建立保供专班，
电煤可用天数保持在22天以上，天然气应急储备达到3天用量，供应总体平稳。

下一步将重点关注12月中旬强降温时段，落实可中断用户清单，确保民生用能。"""
CANTEEN = """市教育局对全市327所学校食堂开展秋季学期专项检查，发现问题86项，已整改81项，其余5项明确了责任人和完成时限。

全面推行“互联网+明厨亮灶”，家长可通过手机实时查看后厨。"""
FIRE = """入冬后，市应急管理局联合公安、住建等部门，对老旧小区、沿街商铺、群租房开展冬季消防安全排查，
累计检查点位2140处，整改隐患517处，拆除影响逃生的防盗窗123处。"""
SUBSIDY = """截至10月底，全市累计发放稳岗返还资金4860万元，惠及企业2310家、职工6.4万人，资金直达率100%。

市财政局、市教育局对高校毕业生见习补贴实行“免申即享”，平均办理时间由15天缩短至3天。"""
REPORT = """受土地出让收入下降影响，1至10月全市政府性基金预算收入完成年初预算的61.3%，预计全年缺口较大。

# 建议

- 压减非急需、非刚性支出，优先保障“三保”。
- 加快闲置资产盘活，年内力争实现处置收入2亿元。
- 对在建项目分类排序，资金紧张时有保有压。"""
LIST = "学校、问题、整改\n第一中学,食材台账缺项,已整改\n城南小学,留样柜温度偏高,12月5日前完成\n"
DRILL = """10月28日，我局组织开展跨区域危险化学品泄漏应急演练，参演单位12个、人员380人，检验了预案的可操作性，
也暴露出现场通信不畅、个别单位到场偏慢等问题。现将有关情况和改进建议报上，请审阅。"""


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing; the caller commits."""
    if session.scalar(select(Item.id).where(Item.kind.in_((ItemKind.BRIEF, ItemKind.REPORT))).limit(1)) is not None:
        return
    _reports(session, runtime)
    _briefs(session, runtime)
    session.flush()


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person


def _unit(session: Session, name: str) -> int:
    return session.scalars(select(Unit.id).where(Unit.name == name)).one()


def _reports(session: Session, runtime: Runtime) -> None:
    head, secretary = _person(session, "hongyanbo"), _person(session, "zhengdaguan")
    leaders = [head.id, secretary.id]
    author = _person(session, "qianzhishu")
    funds = draft_report(session, author, "关于当前政府性基金收支情况的专题报告", REPORT, leaders=leaders)
    items.submit(funds, author, runtime.rules, DECLARED)
    items.publish(funds, _person(session, "baoliangong"), runtime.rules)
    instruct(session, funds, head, "请财政局会同自然资源部门，就盘活闲置资产提出具体清单和时间表，一周内报我。", 5)
    education = session.get_one(Unit, _unit(session, "南澄市教育局"))
    words = "请教育局梳理闲置校舍情况，列入资产盘活清单。"
    instruct(session, funds, secretary, words, 10, unit=education)
    clerk = _person(session, "jichuanda")
    drill = draft_report(
        session,
        clerk,
        "关于危险化学品泄漏应急演练情况的报告",
        DRILL,
        leaders=leaders,
        shown_until=now() + timedelta(days=30),
    )
    items.submit(drill, clerk, runtime.rules, DECLARED)
    items.publish(drill, _person(session, "pinganshi"), runtime.rules)


def _briefs(session: Session, runtime: Runtime) -> None:
    editor = _person(session, "wenmishu")
    due, asked = today() + timedelta(days=6), ("南澄市发展和改革委员会", "南澄市应急管理局", "南澄市教育局")
    wanted = "重点反映量价走势、储备情况和困难问题，1000字以内，数据截至上周末。"
    topic = topics.commission(
        session, editor, "今冬能源和重要民生商品保供情况", wanted, [_unit(session, name) for name in asked], due
    )
    joint = Particulars(authors="傅予算", joint=((_unit(session, "南澄市教育局"), "舒朗声、薛知津"),))
    winter = Particulars(mark=Mark.COMMISSIONED, topic_id=topic.id)
    subsidy = _sent(session, runtime, Told("qianzhishu", "baoliangong", "我市稳岗资金实现直达快享", SUBSIDY, joint))
    canteen = _sent(
        session,
        runtime,
        Told("shulangsheng", "kongxingtan", "校园食堂专项检查取得成效", CANTEEN, file="食堂整改清单.txt"),
    )
    _adopt(session, runtime, editor, [subsidy, canteen], "民生资金与校园食品安全工作扎实推进")
    _sent(session, runtime, Told("shoufaliang", "guihuayuan", "今冬能源供应总体平稳", WINTER, winter))
    fire = _sent(session, runtime, Told("jichuanda", "pinganshi", "冬季消防安全排查整治进展", FIRE))
    editing.comment(fire, editor, "点位数量较多，建议按老旧小区、商铺、群租房分类列出。")
    grain = _sent(session, runtime, Told("qianzhishu", "baoliangong", "秋粮收购进度快于去年同期", GRAIN))
    editing.send_back(grain, editor, "请核实烘干能力缺口的口径，并补充两区分别的数据后重报。")


def _sent(session: Session, runtime: Runtime, told: Told) -> Item:
    author, head = _person(session, told.author), _person(session, told.head)
    item = draft_brief(session, author, told.title, told.text, told.about)
    if told.file:
        items.attach(item, author, items.receive(runtime, BytesIO(LIST.encode()), told.file), runtime.rules)
    items.submit(item, author, runtime.rules, DECLARED)
    items.publish(item, head, runtime.rules)
    return item


def _adopt(session: Session, runtime: Runtime, editor: Person, briefs: list[Item], title: str) -> None:
    text = editing.take_up(session, editor, briefs, title)
    items.set_readers(text, editor, Scope((Key(ALL),)))
    items.submit(text, editor, runtime.rules, DECLARED)
    items.publish(text, _person(session, "hongyanbo"), runtime.rules)
    scoring.award_adopted(session, text, editor, Award.PROVINCE, "《省政务信息》第46期")
