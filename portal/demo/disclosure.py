"""Disclosure in the demo city: catalogue, guides, items, requests, a complaint, a questionnaire, a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.content import operations as contents
from portal.content.gate import Declaration
from portal.core.clock import now, today
from portal.core.runtime import Runtime
from portal.disclosure import queries
from portal.disclosure.limits import due_after
from portal.disclosure.models import DisclosureCategory, DisclosureShown
from portal.disclosure.operations import answering, catalogue, complaints, items, reports, requests, surveys
from portal.disclosure.personal import Applicant
from portal.disclosure.request_models import DisclosureRequest
from portal.people import queries as people
from portal.people.models import Person

TREE = {
    "机构职能": ("机构设置", "领导分工"),
    "政策文件": ("规范性文件", "政策解读"),
    "规划计划": (),
    "财政信息": ("预算决算", "政府采购", "收费目录"),
    "民生服务": ("教育", "社会保障", "应急管理"),
    "行政执法": (),
}
HOURS = "工作日 9:00—12:00，13:00—17:00"
SCOPE = """# 主动公开范围

本单位按照《中华人民共和国政府信息公开条例》第十九条、第二十条，主动公开下列信息：

- 机构职能、机构设置、办公地址、办公时间、联系方式、负责人姓名；
- 规范性文件、政策解读、规划计划；
- 预算决算、收费项目及其依据、政府采购项目的目录、标准和实施情况；
- 法律、法规、规章和国家有关规定规定应当主动公开的其他政府信息。

# 依申请公开

公民、法人和其他组织可以通过本网站在线申请、邮寄申请或者到受理机构当面申请。能够当场答复的当场答复；不能当场答复的，自收到申请之日起20个工作日内答复。
"""


@dataclass(frozen=True)
class Written:
    """An item: by whom, approved by whom, under which category, how many days ago it came about."""

    author: str
    approver: str
    category: str
    title: str
    text: str
    days: int


ITEMS = (
    Written(
        "shenmoyan", "guyanqiu", "领导分工", "南澄市人民政府办公室领导工作分工",
        "洪砚伯　主任，主持办公室全面工作。\n\n苏简之　副主任，"
        "协助主任负责文电、会务、政务公开工作，分管秘书一科、综合科。", 12,
    ),
    Written(
        "shenmoyan", "guyanqiu", "规范性文件", "南澄市公共数据开放管理办法",
        "# 第一章　总则\n\n**第一条**　为规范公共数据开放，根据有关法律、法规，结合本市实际，制定本办法。\n\n"
        "**第二条**　本市行政机关和具有公共事务管理职能的组织开放公共数据，适用本办法。\n\n"
        "**第三条**　公共数据开放遵循需求导向、安全可控、统一标准、便捷高效的原则。", 9,
    ),
    Written(
        "qianzhishu", "fuyusuan", "预算决算", "南澄市财政局2026年部门预算",
        "# 一、收支总表（单位：万元）\n\n| 项目 | 预算数 |\n| --- | ---: |\n| 一般公共预算拨款收入 | 3,286.40 |\n"
        "| 基本支出 | 2,104.15 |\n| 项目支出 | 1,182.25 |\n\n"
        "# 二、“三公”经费\n\n2026年安排18.6万元，比上年下降6.5%。", 15,
    ),
    Written(
        "qianzhishu", "fuyusuan", "收费目录", "南澄市行政事业性收费项目目录清单（2026年版）",
        "| 序号 | 部门 | 项目 | 依据 |\n| --- | --- | --- | --- |\n"
        "| 1 | 教育 | 公办幼儿园保教费 | 发改价格〔2011〕3207号 |\n"
        "| 2 | 自然资源 | 不动产登记费 | 发改价格规〔2016〕2559号 |\n"
        "| 3 | 住房城乡建设 | 城镇垃圾处理费 | 国发〔2011〕9号 |", 6,
    ),
    Written(
        "shulangsheng", "xuezhijin", "教育", "2026年秋季学期义务教育阶段招生入学工作安排",
        "义务教育学校实行免试就近入学。\n\n"
        "- 8月18日至22日：网上登记；\n- 8月25日：公布结果；\n"
        "- 8月31日：新生报到。\n\n咨询电话：0459-6120203。", 8,
    ),
    Written(
        "shulangsheng", "xuezhijin", "教育", "南澄市校外培训机构白名单（第三批）",
        "经审核，下列机构依法取得办学许可：\n\n"
        "1. 南澄市启明艺术培训学校\n2. 澄东区雅韵书画培训中心\n3. 澄西区飞跃体育俱乐部", 3,
    ),
)  # fmt: skip


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing; the caller commits."""
    if session.scalar(select(DisclosureCategory.id).limit(1)):
        return
    named = _catalogue(session)
    _guides(session)
    for row in ITEMS:
        _publish(session, runtime, named[row.category], row)
    _waiting(session, runtime, named["政府采购"])
    _requests(session, runtime)
    _complaint(session, runtime)
    _survey(session)
    reports.write_report(
        session, _person(session, "zhangbenqing"), today().year, "一、总体情况\n\n本年度工作总体平稳。"
    )


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person


def _catalogue(session: Session) -> dict[str, DisclosureCategory]:
    office, named = _person(session, "wenmishu"), {}
    for name, below in TREE.items():
        named[name] = catalogue.add_category(session, office, name, None)
        for sub in below:
            named[sub] = catalogue.add_category(session, office, sub, named[name])
    finance = _person(session, "zhangbenqing")
    named["惠民补贴"] = catalogue.add_category(session, finance, "惠民补贴发放", named["财政信息"])
    return named


def _guides(session: Session) -> None:
    for account, office, address, phone in (
        ("wenmishu", "市政府办公室政务公开科", "南澄市府前路1号市政府办公楼208室", "0459-6120101"),
        ("zhangbenqing", "市财政局办公室", "南澄市财源路18号305室", "0459-6120302"),
        ("bizhenglou", "市教育局办公室", "南澄市文昌路9号201室", "0459-6120201"),
    ):
        catalogue.keep_guide(session, _person(session, account), catalogue.Guide(office, address, phone, HOURS, SCOPE))


def _submitted(session: Session, runtime: Runtime, category: DisclosureCategory, row: Written) -> int:
    author = _person(session, row.author)
    item = items.draft_item(session, author, row.title, row.text, category, today() - timedelta(days=row.days))
    contents.submit(item, author, runtime.rules, Declaration(True, True, True))
    return item.id


def _publish(session: Session, runtime: Runtime, category: DisclosureCategory, row: Written) -> None:
    fact = queries.fact_of(session, _submitted(session, runtime, category, row))
    finding = items.Review("duty", "", no_secret=True, no_harm=True, no_privacy=True)
    items.review_and_publish(fact, _person(session, row.approver), runtime.rules, finding)
    fact.item.published_at = now() - timedelta(days=row.days // 2)
    for key in fact.item.reader_keys:
        key.show(fact.item)
    session.execute(
        update(DisclosureShown)
        .where(DisclosureShown.item_id == fact.item_id)
        .values(published_at=fact.item.published_at)
    )


def _waiting(session: Session, runtime: Runtime, category: DisclosureCategory) -> None:
    """One to be reviewed."""
    row = Written(
        "qianzhishu", "fuyusuan", "", "2026年第三季度政府采购合同公告汇总",
        "第三季度共备案政府采购合同42份，合同总金额5,618.3万元，节约资金412.7万元，节支率6.8%。", 4,
    )  # fmt: skip
    _submitted(session, runtime, category, row)


def _asked(session: Session, runtime: Runtime, unit_of: str, name: str, wanted: str, days: int) -> DisclosureRequest:
    """A request received some days ago."""
    unit = _person(session, unit_of).unit
    entry = requests.Entry(
        kind="citizen",
        applicant=Applicant(name, f"1390000{len(wanted):04d}", address="南澄市清河街道"),
        wanted=wanted,
        way="page",
        key=f"demo-{unit.id}-{days}",
        purpose="了解情况",
    )
    request, _ = requests.enter_request(session, unit, entry, runtime.rules)
    request.received_at = now() - timedelta(days=days)
    request.due_at = due_after(request.received_at, runtime.rules.disclosure_answer_days)
    return request


def _requests(session: Session, runtime: Runtime) -> None:
    clerk, head = _person(session, "zhangbenqing"), _person(session, "baoliangong")
    _asked(session, runtime, "zhangbenqing", "林晓岚", "2025年城区道路养护专项资金使用明细", 1)
    late = _asked(session, runtime, "zhangbenqing", "周启航", "2024年度惠民补贴发放名册及金额汇总", 40)
    requests.accept(late, clerk)
    soon = _asked(session, runtime, "zhangbenqing", "江映月", "市级政府投资基金2025年绩效评价报告", 20)
    requests.accept(soon, clerk)
    requests.ask_extension(soon, clerk, 10, "需征求基金管理单位意见", runtime.rules)
    assert head.unit_id == soon.holder_id
    done = _asked(session, runtime, "zhangbenqing", "南澄市远帆商贸有限公司", "小微企业贷款贴息政策的申报条件", 16)
    requests.accept(done, clerk)
    told = answering.Answer("given", "现将《小微企业贷款贴息申报指南》的申报条件、材料和时限一并提供，详见正文。")
    answering.answer(runtime, done, clerk, told)
    unclear = _asked(session, runtime, "bizhenglou", "谢知秋", "学校有关的文件", 3)
    teacher = _person(session, "bizhenglou")
    requests.accept(unclear, teacher)
    requests.ask_correction(unclear, teacher, "请明确学校名称、文件名称或文号以及年份，以便查找。", runtime.rules)


def _complaint(session: Session, runtime: Runtime) -> None:
    finance = _person(session, "zhangbenqing").unit
    who = Applicant("周启航", "13900000040")
    text = "本人申请公开2024年度惠民补贴发放情况，已超过答复期限，至今没有收到答复。"
    complaints.enter_complaint(session, finance, who, text, "demo-complaint", runtime.rules)


def _survey(session: Session) -> None:
    made = surveys.draft_survey(
        session,
        _person(session, "bizhenglou"),
        title="关于课后服务时间安排的意见征集",
        intro="为进一步做好中小学课后服务，现面向社会征求意见，答卷不记名。",
        opens_on=today(),
        closes_on=today() + timedelta(days=20),
        questions="您希望课后服务几点结束？\n( ) 17:30\n( ) 18:00\n( ) 18:30\n您希望开设哪些项目？\n[ ] 作业辅导\n"
        "[ ] 体育锻炼\n[ ] 艺术社团\n[ ] 科技实践\n您的其他建议",
    )
    surveys.publish_survey(made, _person(session, "kongxingtan"))
    first, second, third = made.questions
    for number, (ends, wanted, words) in enumerate(
        (
            (1, (0, 1), "希望多安排户外活动"),
            (1, (1, 2), ""),
            (2, (3,), "与公交末班车衔接"),
            (0, (0,), ""),
            (1, (1, 3), ""),
        )
    ):
        given = {first.id: [ends], second.id: list(wanted)}
        surveys.reply(session, made, f"demo-{number}", given, {third.id: words})
