"""Help in the demo city: a dispute, a request for comments, three downloads, a training session."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta

import pikepdf
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, Calendar, today
from portal.core.runtime import Runtime
from portal.people import queries as people
from portal.people.models import Person
from portal.support.models import Category, Consultation, Dispute, Material, Training
from portal.support.operations import consultations, disputes, downloads, training

SPECIFICATION = """南澄市公文交换工作规程（摘要）

一、各单位收发员每个工作日上午、下午各查看一次收文。
二、收到公文后应在规定时限内核验、签收。
三、打印份数以发文单位设定为准，需增加的应说明理由。
"""
CLIENT = """打印控件及密钥盘驱动安装说明

一、安装程序由各单位信息化管理人员从政务信息中心光盘安装，不得自行从互联网下载。
二、安装后请打开“帮助与下载—运行环境自检”核对是否就绪。
"""


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing; the caller commits."""
    centre = _person(session, "xinxizhong")
    _dispute(session, runtime)
    _consultation(session, runtime, centre)
    _downloads(session, runtime, centre)
    _training(session, centre)
    session.flush()


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person


def _dispute(session: Session, runtime: Runtime) -> None:
    if session.scalar(select(Dispute.id).limit(1)):
        return
    finance, education = _person(session, "baoliangong"), _person(session, "kongxingtan")
    entry = disputes.Entry("贵局10月来文附件清单所列份数与系统打印份数不一致，请核对并补发。", "demo-dispute")
    dispute = disputes.open_dispute(
        runtime, session, finance, entry, other_id=education.unit_id, subject="来文打印份数与清单不一致"
    )
    answer = disputes.Entry("经核对，清单编制时漏计抄送份数，系统打印份数无误，拟更正清单。", "demo-answer")
    disputes.answer(runtime, dispute, education, answer)


def _consultation(session: Session, runtime: Runtime, centre: Person) -> None:
    if session.scalar(select(Consultation.id).limit(1)):
        return
    consultations.publish(
        runtime,
        session,
        centre,
        title="《南澄市公文交换工作规程（修订稿）》征求意见",
        text="请结合本单位收发工作实际研提意见，无意见的也请反馈。",
        due_on=Calendar().add_working_days(today(), 5),
        unit_ids=None,
        key="demo-consultation",
        incoming=[(io.BytesIO(SPECIFICATION.encode()), "修订稿.txt")],
    )


def _downloads(session: Session, runtime: Runtime, centre: Person) -> None:
    if session.scalar(select(Material.id).limit(1)):
        return
    offered = (
        (Category.SPECIFICATION, "公文交换工作规程", "各单位收发公文的日常要求。", "规程.txt", SPECIFICATION.encode()),
        (Category.SOFTWARE, "打印控件安装说明", "安装来源、步骤和核对方法。", "安装说明.txt", CLIENT.encode()),
        (Category.TRAINING, "签收与打印练习用纸", "培训时练习签收、打印用的空白页。", "练习用纸.pdf", _blank()),
    )
    for category, title, description, name, content in offered:
        downloads.publish(
            runtime,
            session,
            centre,
            (io.BytesIO(content), name),
            category=category,
            title=title,
            description=description,
            label="V1.0",
        )


def _blank() -> bytes:
    """An empty A4 page."""
    with pikepdf.new() as pdf, io.BytesIO() as file:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(file)
        return file.getvalue()


def _training(session: Session, centre: Person) -> None:
    if session.scalar(select(Training.id).limit(1)):
        return
    day = Calendar().add_working_days(today(), 8)
    begins = datetime.combine(day, time(9), CITY_ZONE)
    what = training.Announcement(
        title="公文交换平台操作培训（第一期）",
        place="市政府办公楼三楼多功能厅",
        starts_at=begins,
        ends_at=begins + timedelta(hours=2, minutes=30),
        enrol_until=begins - timedelta(days=2),
        places=2,
        text="收发、核验、签收与编号打印。",
    )
    item = training.announce(session, centre, what, "demo-training")
    for account in ("zhangbenqing", "bizhenglou", "youchuanxin"):
        person = _person(session, account)
        training.enrol(item, person, person)
