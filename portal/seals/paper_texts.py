"""Words and rows of what is printed or exported: paper is Chinese, whatever language its reader's pages are in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from portal.core.clock import to_city
from portal.seals.key_lines import Mark
from portal.seals.kinds import Cause
from portal.seals.lifecycle import ApplicationAct, SealState, StampState
from portal.seals.models import ApplicationKind, SealApplication, SealClass, UnitSeal
from portal.seals.use_models import CodeRequest, StampRequest

K = ApplicationKind
KINDS = {
    K.MAKE: "制作电子印章（首次申领）",
    K.REPLACE: "换领、补发电子印章",
    K.CHANGE: "变更电子印章（名称、式样）",
    K.CHANGE_CUSTODY: "变更电子印章保管人",
    K.UNFREEZE: "恢复使用电子印章",
    K.DESTROY: "注销、销毁电子印章",
    K.ROTATE_SHARES: "更换加密设备口令份额",
    K.RENEW_CA: "更换印章签发证书",
    K.CLEAR_ORPHANS: "清理加密设备遗留密钥",
}
CAUSES = {
    Cause.LOSS: "遗失",
    Cause.DAMAGE: "损坏",
    Cause.EXPIRY: "证书到期换发",
    Cause.KEY_COMPROMISE: "被盗用或失控",
    Cause.CESSATION: "不再使用",
    Cause.SUPERSEDED: "已由新印章替代",
    Cause.AFFILIATION_CHANGED: "单位名称或隶属关系变更",
}
CLASSES = {SealClass.SIGNATURE: "签名印章", SealClass.VERIFICATION: "验证印章"}
STATES = {
    SealState.IN_CUSTODY: "在用",
    SealState.SUSPENDED: "停用",
    SealState.REVOKED: "已注销",
    SealState.DESTROYED: "已销毁",
}
OUTCOMES = {StampState.ASKED: "待盖章", StampState.STAMPED: "已盖章", StampState.FAILED: "未盖章"}
KEY_MARKS = {Mark.NEW: "新增", Mark.LOST: "已报失，不再恢复", Mark.NONE: "未登记密钥盘，凭动态口令"}
FACTORS = {"totp": "动态口令", "webauthn": "密钥盘"}
USE_HEADINGS = ("编号", "时间", "用印事由", "文件摘要（SHA-256）", "页码或份号", "经办人", "同意人及时间", "结果")
REGISTER_HEADINGS = (
    *("编号", "印章名称", "类别", "单位", "单位编码", "状态", "证书序列号"),
    *("制发日期", "有效期起", "有效期止", "保管人", "共同用印人数", "使用次数"),
)


def moment(at: datetime | None) -> str:
    """As tables write it."""
    return "" if at is None else to_city(at).strftime("%Y-%m-%d %H:%M")


def use_rows(uses: Sequence[StampRequest | CodeRequest]) -> Iterator[tuple[str, ...]]:
    """The use book, headings first."""
    yield USE_HEADINGS
    for use in uses:
        yield _stamping(use) if isinstance(use, StampRequest) else _copy(use)


def register_rows(seals: Sequence[UnitSeal]) -> Iterator[tuple[str, ...]]:
    """The register, headings first."""
    yield REGISTER_HEADINGS
    for seal in seals:
        yield (
            str(seal.id),
            seal.name,
            CLASSES[SealClass(seal.seal_class)],
            seal.unit.name,
            seal.unit.code,
            STATES[SealState(seal.state)],
            seal.certificate_serial,
            moment(seal.made_at)[:10],
            moment(seal.valid_from)[:10],
            moment(seal.valid_until)[:10],
            "、".join(keeper.person.name for keeper in seal.keepers),
            str(seal.threshold),
            str(seal.uses),
        )


def opinions(application: SealApplication) -> dict[str, Any]:
    """What was decided, by act."""
    return {ApplicationAct(approval.act).value: approval for approval in application.approvals}


def _stamping(use: StampRequest) -> tuple[str, ...]:
    consents = "；".join(
        f"{approval.person.name} {moment(approval.at)}（{FACTORS.get(approval.factor, approval.factor)}）"
        for approval in use.approvals
    )
    at, page = moment(use.stamped_at or use.asked_at), str(use.page or "")
    return (
        str(use.id),
        at,
        use.purpose,
        use.digest,
        page,
        use.asked_by.name,
        consents,
        OUTCOMES[StampState(use.state)],
    )


def _copy(use: CodeRequest) -> tuple[str, ...]:
    facts = use.facts
    outcome = "未签" if use.error else "已签" if use.signed_at else "待签"
    number = f"{facts.get('copy', '')}/{facts.get('copies', '')}"
    at = moment(use.signed_at or use.asked_at)
    title, digest = str(facts.get("title", "")), str(facts.get("digest", ""))
    return (str(use.id), at, title, digest, number, use.asked_by.name, "", outcome)
