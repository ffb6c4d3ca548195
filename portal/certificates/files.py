"""The files of the service as bytes: the register as a table, the year's report, the hand-over package (K-3, K-6)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.certificates import service_queries, statistics
from portal.certificates.lifecycle import CertificateState
from portal.certificates.models import Certificate
from portal.certificates.service_models import Authority, ContinuityDrill, PublishedText
from portal.core import paper, sheets
from portal.core.clock import now, to_city, today
from portal.core.runtime import Runtime
from portal.seals.answers import BEING_SIGNED
from portal.seals.models import CertificateStatus

STATES = {
    CertificateState.VALID: "有效",
    CertificateState.HELD: "冻结",
    CertificateState.REPLACED: "已更换",
    CertificateState.REVOKED: "已撤销",
}
SUBJECTS = {"person": "个人证书", "seal": "印章证书"}
KINDS = {
    "issue": "首次申领", "renew": "更新", "extend": "延期", "change": "变更", "reissue": "补办", "recover": "恢复",
    "revoke": "撤销",
}  # fmt: skip
OUTCOMES = {
    "applied": "待单位同意", "agreed": "待审批", "approved": "办理中", "done": "已办结", "refused": "未通过",
    "withdrawn": "已撤回",
}  # fmt: skip
REASONS = {
    "key_compromise": "密钥失控或载体丢失",
    "affiliation_changed": "单位变动",
    "superseded": "已更换",
    "cessation_of_operation": "停止使用",
    "": "其他",
}
HEADINGS = (
    "编号", "类别", "名称", "单位", "颁发机构", "是否外部颁发", "序列号", "SHA-256", "状态", "起始", "截止",
    "冻结时间", "撤销时间", "撤销原因", "报告时间", "载体", "应保存至",
)  # fmt: skip
README = """本压缩包供承接认证业务的机构使用（《电子政务电子认证服务管理办法（试行）》第三十八条）。

certificates/   全部证书（PEM），文件名为登记编号
status/         最近一次签发的在线状态应答（OCSP，DER）
crl/            最新证书撤销列表（DER）及签发、颁发机构证书
texts/          电子认证业务规则与业务连续性计划各版本
register.csv    证书登记簿
drills.csv      业务连续性演练记录
manifest.json   各文件的 SHA-256
"""


def register(session: Session, years: int) -> bytes:
    """The register as CSV; the byte-order mark lets office programs read its Chinese."""
    rows = session.scalars(select(Certificate).options(joinedload(Certificate.unit)).order_by(Certificate.id))
    return _table([HEADINGS, *(list(_line(row, years)) for row in rows.unique())])


def _table(rows: Iterable[Sequence[str]]) -> bytes:
    return "".join(sheets.csv_lines(rows)).encode()


def _line(row: Certificate, years: int) -> Iterator[str]:
    yield str(row.id)
    yield SUBJECTS[row.subject_kind]
    yield from (row.name, row.unit.name, row.issuer, "是" if row.external else "否", row.serial, row.fingerprint)
    yield STATES[CertificateState(row.state)]
    for moment in (row.valid_from, row.valid_until, row.held_at, row.revoked_at):
        yield _at(moment)
    yield REASONS.get(row.revoked_reason or "", row.revoked_reason or "") if row.revoked_at else ""
    yield _at(row.reported_at)
    yield "、".join(carrier.number for carrier in row.carriers)
    yield kept_until(row, years).strftime("%Y-%m-%d")


def kept_until(row: Certificate, years: int) -> datetime:
    """Until when everything about a certificate is kept: so many years beyond its end (《认证办法》第二十四条)."""
    end = row.revoked_at or row.valid_until
    day = 28 if (end.month, end.day) == (2, 29) else end.day
    return end.replace(year=end.year + years, day=day)


def report(session: Session, year: int) -> bytes:
    """The service report of a year as PDF."""
    return paper.render(
        "certificate_report.html",
        year=year,
        figures=statistics.of_year(session, year),
        warnings=statistics.warnings_given(session, year),
        subjects=SUBJECTS,
        kinds=KINDS,
        outcomes=OUTCOMES,
        reasons=REASONS,
        at=_at,
        day=today(),
    )


def handover(runtime: Runtime, session: Session) -> bytes:
    """Everything another issuer needs to take over, as one ZIP."""
    parts = dict(_parts(runtime, session))
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    about = {"city": runtime.settings.city_name, "made_at": now().isoformat(), "sha256": digests}
    parts["manifest.json"] = json.dumps(about, ensure_ascii=False, indent=1).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def _parts(runtime: Runtime, session: Session) -> Iterator[tuple[str, bytes]]:
    yield "说明.txt", README.encode()
    yield "register.csv", register(session, runtime.rules.certificate_retention_years)
    for row in session.scalars(select(Certificate).order_by(Certificate.id)):
        yield f"certificates/{row.id:06d}.pem", (row.pem + row.chain).encode()
    for status in session.scalars(select(CertificateStatus).where(CertificateStatus.response != BEING_SIGNED)):
        yield f"status/{status.serial}.der", status.response
    for whose in Authority:
        newest = service_queries.newest_list(session, whose)
        if newest is not None:
            yield f"crl/{whose}.crl", newest.der
            yield f"crl/{whose}-signer.pem", newest.signer_pem.encode()
            yield f"crl/{whose}-ca.pem", newest.issuer_pem.encode()
    for text in session.scalars(select(PublishedText).order_by(PublishedText.id)):
        head = f"{text.title}\n第{text.number}版　{_at(text.published_at)}\n{text.change}\n\n"
        yield f"texts/{text.kind}-{text.number:03d}.txt", (head + text.text).encode()
    yield "drills.csv", _drills(session)


def _drills(session: Session) -> bytes:
    rows = [
        (drill.held_on.isoformat(), drill.scenario, drill.participants, drill.result, drill.lessons)
        for drill in session.scalars(select(ContinuityDrill).order_by(ContinuityDrill.held_on))
    ]
    return _table([("日期", "场景", "参加人员", "结果", "改进"), *rows])


def _at(moment: datetime | None) -> str:
    return "" if moment is None else to_city(moment).strftime("%Y-%m-%d %H:%M")
