"""Certificates in the demo city: an application that waits, business rules in two versions, a plan and a drill.

Issued certificates need the device and come with the demo's ceremonies and the seal server at work.
"""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.certificates import operations, service
from portal.certificates.models import CertificateApplication
from portal.certificates.service_models import ContinuityDrill, PublishedText, TextKind
from portal.core.clock import today
from portal.people import queries as people
from portal.people.models import Person
from portal.people.roles import Role

RULES = """第一章　总则
第一条　为规范南澄市公文交换平台电子认证服务，依据《电子政务电子认证服务管理办法（试行）》，制定本规则。
第二条　本规则适用于电子印章证书和政务人员个人证书的申请、签发、更新、延期、变更、补办、恢复、撤销及状态查询。

第二章　申请与签发
第三条　个人证书由本人申请，经单位负责人同意、政务信息中心审批后签发，一人一证，不得转借。
第四条　印章证书在印章制发仪式中签发，须保密室、政务信息中心、用印单位三方在场。

第三章　撤销与状态服务
第五条　载体丢失或者密钥失控的，持有人应当立即报告，认证机构即时冻结或者撤销证书。
第六条　证书状态可通过在线状态服务和证书撤销列表查询，{frequency}

第四章　信息保存
第七条　与认证相关的信息保存至证书失效后十年。
"""
PLAN = """一、目标：加密设备、印章服务器或者机房发生故障时，证书状态服务在一小时内恢复。
二、措施：加密设备一主一备；数据库每日备份并异地保存；备用印章服务器每季度通电检查。
三、职责：政务信息中心负责切换，保密室负责口令份额的启用与封存。
四、演练：每年至少一次，结果登记在案。
"""


def load(session: Session) -> None:
    """Load what is missing; the caller commits."""
    centre = _person(session, "xinxizhong")
    _texts(session, centre)
    _drill(session, centre)
    _application(session)
    session.flush()


def _person(session: Session, account: str) -> Person:
    person = people.by_account(session, account)
    assert person is not None  # of the demo city's table
    return person


def _texts(session: Session, centre: Person) -> None:
    if session.scalar(select(PublishedText.id).limit(1)):
        return
    versions = (
        (TextKind.PRACTICE, "电子认证业务规则", RULES.format(frequency="撤销列表每日发布。"), ""),
        (
            TextKind.PRACTICE,
            "电子认证业务规则",
            RULES.format(frequency="状态变化后两分钟内更新，平时每小时更新。"),
            "撤销列表由每日发布改为每小时发布，状态变化后两分钟内更新。",
        ),
        (TextKind.CONTINUITY, "电子认证业务连续性计划", PLAN, ""),
    )
    for kind, title, text, change in versions:
        service.publish(session, centre, kind=kind, title=title, text=text, change=change, service_kept=bool(change))
        session.flush()


def _drill(session: Session, centre: Person) -> None:
    if session.scalar(select(ContinuityDrill.id).limit(1)):
        return
    service.record_drill(
        session,
        centre,
        held_on=today() - timedelta(days=160),
        scenario="加密设备故障切换至备用设备",
        participants="政务信息中心 3 人、保密室 2 人",
        result="42 分钟恢复状态服务，未影响用印。",
        lessons="备用设备驱动版本落后，改为每季度核对一次。",
    )


def _application(session: Session) -> None:
    """A clerk's application, agreed by the head of the unit, for the information centre to approve."""
    if session.scalar(select(CertificateApplication.id).limit(1)):
        return
    finance = _person(session, "baoliangong").unit_id
    (clerk, head) = (people.holders(session, finance, role)[0] for role in (Role.EXCHANGE_CLERK, Role.UNIT_HEAD))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, clerk.name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    application = operations.apply_for_person(
        session,
        clerk,
        kind="issue",
        reason="负责本单位公文收发，登录省级交换平台需要个人证书。",
        csr=csr.public_bytes(serialization.Encoding.PEM).decode(),
    )
    session.flush()
    operations.decide(application, head, "agree", "情况属实，同意申领。")
