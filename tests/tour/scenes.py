"""What the tour finds on its way: documents and a ceremony at every stage, so that pages have something to show."""

from __future__ import annotations

from dataclasses import replace

from portal import sealserver
from portal.content.gate import Declaration
from portal.core import logs
from portal.core.db import unit_of_work
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.demo.ceremonies import one
from portal.demo.document import Drive
from portal.documents import drafting, reviewing
from portal.documents.drafting import Addressee, Content
from portal.documents.kinds import Direction
from portal.documents.models import RecipientKind
from portal.documents.typesetting.source import read_text
from portal.exchange.models import Copy
from portal.people import queries as people
from portal.people.roles import Role
from portal.seals import applications, ceremonies
from portal.units import queries as units
from portal.worker import ALLOWED as WORKER_JOBS

APPLICANT = "南澄市数据局"
NOTICE = """关于做好汛期值班工作的通知

各区人民政府，市政府各部门：

入汛以来我市降雨偏多。为做好汛期值班工作，现将有关事项通知如下。

一、落实值班责任

（一）实行领导带班。各单位主要负责同志为第一责任人，带班领导须在岗，通讯二十四小时畅通。

（二）严格交接班制度。交班人员应当填写值班日志，交清未办结事项，接班人员签名确认。

二、畅通信息报送

1. 险情、灾情须在发现后三十分钟内电话报告，一小时内书面报告。

2. 书面报告一律通过公文交换平台报送，注明报告人和联系电话。

三、加强督促检查

市政府办公室将会同市应急管理局抽查值班情况，结果予以通报。各单位请于收到本通知后三个工作日内报送值班表。
"""
DRAFT = Content(
    kind="notice",
    direction=Direction.DOWN,
    title="关于召开政务数据共享工作座谈会的通知",
    text="为总结今年政务数据共享工作，研究明年任务，定于近期召开座谈会。\n\n一、会议内容\n\n交流共享目录编制情况，讨论明年工作要点。\n\n"
    "二、参会人员\n\n各部门分管负责同志和有关科室负责同志。",
    note="此件公开发布",
)


def set_scenes(settings: Settings) -> str:
    """Play the scenes on a running installation; returns the code of the printed copy."""
    logs.configure()
    runtime = sealserver.start(settings)
    travelled = Drive(runtime).run(read_text(NOTICE))
    _leave_draft(runtime, submitted=True)
    _leave_draft(runtime, submitted=False)
    _call_ceremony(runtime)
    run_inline(runtime, WORKER_JOBS | sealserver.ALLOWED)
    with unit_of_work(runtime.engine, writes=False) as session:
        return str(session.get_one(Copy, travelled.copy_id).code)


def _leave_draft(runtime: Runtime, *, submitted: bool) -> None:
    """A draft on its drafter's desk, or on that of the department head."""
    with unit_of_work(runtime.engine) as session:
        office = units.office(session)
        drafter = one(session, office, Role.DRAFTER)
        recipient = next(unit for unit in units.all_units(session) if unit.id != office.id)
        addressee = Addressee(kind=RecipientKind.MAIN, unit_id=recipient.id, print_quota=2)
        content = replace(DRAFT, addressees=(addressee,))
        document = drafting.draft_document(session, runtime.rules, drafter, content)
        session.flush()
        if submitted:
            reviewing.submit(runtime, document, drafter, Declaration(unclassified=True, not_urgent=True, official=True))


def _call_ceremony(runtime: Runtime) -> None:
    """The unit without seals has its application approved; the secrecy office calls the ceremony."""
    with unit_of_work(runtime.engine) as session:
        office = units.office(session)
        unit = next(unit for unit in units.all_units(session) if unit.name == APPLICANT)
        application = applications.file_application(
            session,
            one(session, unit, Role.UNIT_ADMINISTRATOR),
            reason="首次参加电子公文交换，申请制作印章。",
            custodians=people.holders(session, unit.id, Role.SEAL_CUSTODIAN),
            holders=people.holders(session, unit.id, Role.VERIFICATION_HOLDER),
        )
        applications.agree(application, one(session, unit, Role.UNIT_HEAD), "同意申请。")
        applications.review(application, one(session, office, Role.SECRETARIAT), "材料齐全，拟同意。")
        applications.approve(application, one(session, office, Role.OFFICE_LEADER), "同意。")
        ceremonies.call_ceremony(session, one(session, office, Role.SECRECY_OFFICE), application, runtime.rules)
