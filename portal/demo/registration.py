"""Two invented units that want to join the demo city: one waits at the municipal office, one at its district's."""

from __future__ import annotations

import io
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import paper
from portal.core.runtime import Runtime
from portal.registration import applications
from portal.registration.application_models import UnitApplication
from portal.registration.applications_content import Content
from portal.registration.evidence import NEEDED, Evidence
from portal.units.codes import with_check_character
from portal.units.models import Tier, Unit, UnitKind

NAMES = {
    Evidence.SIGNED_FORM: "业务申请表（签字盖章扫描件）.pdf",
    Evidence.ESTABLISHMENT: "编办批文.pdf",
    Evidence.SUPERIOR_OPINION: "上级主管单位意见.pdf",
}


@dataclass(frozen=True)
class Newcomer:
    """A unit that applies; `district` is the name of its district government, if it is under one."""

    content: Content
    district: str | None = None


def _content(**values: object) -> Content:
    common: dict[str, object] = {"tier": Tier.CITY, "district_id": None, "kind": UnitKind.DEPARTMENT}
    return Content(**{**common, **values})  # type: ignore[arg-type]  # a table of texts


NEWCOMERS = (
    Newcomer(
        _content(
            name="南澄市气象台",
            short_name="市气象台",
            code=with_check_character("12459900MB0A09011"),
            kind=UnitKind.INSTITUTION,
            document_code="南气台发",
            red_head="南澄市气象台文件",
            address="南澄市观象路6号",
            contact_name="谷雨晴",
            contact_phone="0459-6120006",
            head_name="闻风起",
            head_title="台长",
            admin_name="谷雨晴",
            admin_title="办公室主任",
            admin_mobile="13900000106",
            admin_account="guyuqing",
            identity="45990019880229001X",
        )
    ),
    Newcomer(
        _content(
            name="澄东区水务局",
            short_name="澄东区水务局",
            code=with_check_character("11459902MB0A02031"),
            tier=Tier.DISTRICT,
            document_code="澄东水发",
            red_head="澄东区水务局文件",
            address="南澄市澄东区清渠街3号",
            contact_name="渠清如",
            contact_phone="0459-6130003",
            head_name="江流远",
            head_title="局长",
            admin_name="渠清如",
            admin_title="办公室副主任",
            admin_mobile="13900000203",
            admin_account="quqingru",
            identity="459900199105050023",
        ),
        "澄东区人民政府",
    ),
)


def load(session: Session, runtime: Runtime) -> None:
    """Enter and submit the applications that aren't there yet. The caller commits."""
    for newcomer in NEWCOMERS:
        code = newcomer.content.code
        known = select(UnitApplication.id).where(UnitApplication.code == code)
        if session.scalars(known).first() is None:
            _apply(session, runtime, newcomer)


def _apply(session: Session, runtime: Runtime, newcomer: Newcomer) -> None:
    content = newcomer.content
    if newcomer.district:
        district_id = session.scalars(select(Unit.id).where(Unit.name == newcomer.district)).one()
        content = Content(**{**vars(content), "district_id": district_id})
    application, _ = applications.enter_application(session, content)
    for kind in NEEDED[UnitKind(application.kind)]:
        sheet = paper.render(
            "demo_evidence.html",
            title=NAMES[kind].removesuffix(".pdf"),
            addressee=newcomer.district or "南澄市人民政府办公室",
            text=f"{content.name}申请使用公文交换平台，现附有关材料，请予审批。",
        )
        brought = applications.receive_file(runtime, io.BytesIO(sheet), NAMES[kind])
        applications.attach_file(application, brought, kind)
    applications.submit_application(application)
