"""What goes on about seals in the demo city: a loss with its application, uses with an unusual one, rules, carriers."""

from __future__ import annotations

import io

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.core import paper
from portal.core.clock import today
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.demo.ceremonies import fresh_code, one, work
from portal.documents.typesetting.manuscript import Manuscript
from portal.documents.typesetting.typeset import typeset
from portal.people.roles import Role
from portal.seals import (
    applications,
    carriers,
    consent,
    filing,
    losses,
    operations,
    queries,
    unit_rules,
    uploading,
)
from portal.seals.carrier_models import SealLoss
from portal.seals.evidence import Brought
from portal.seals.filing import Wish
from portal.seals.kinds import Cause
from portal.seals.lifecycle import StampState
from portal.seals.models import ApplicationKind, UnitSeal
from portal.seals.use_models import StampRequest
from portal.units.models import Unit

LOST, USING, RULED = "南澄市发展和改革委员会", "南澄市教育局", "南澄市财政局"
CARRIER = "NC-2026-0005"
STORY = "11月24日乘车前往防汛物资仓库途中，装有签名印章载体的公文包遗失，已向辖区派出所报案。"
USES = (
    ("demo:1", "南教函〔2026〕1号", "关于做好冬季校园安全工作的通知"),
    ("demo:2", "南教函〔2026〕2号", "关于开展规范办学行为检查的通知"),
    ("demo:2", "南教函〔2026〕2号", "关于开展规范办学行为检查的通知"),
)
TEXT = """请各校按照分工抓好落实，有关情况于月底前书面报送。
一、压实责任，主要负责同志亲自部署。
二、逐项排查，发现问题立即整改。"""


def load(session: Session, runtime: Runtime) -> None:
    """Load what is missing, once the seals are made. Commits along the way, as the people's requests would."""
    units = {unit.name: unit for unit in session.scalars(select(Unit).where(Unit.name.in_((LOST, USING, RULED))))}
    office = session.scalars(select(Unit).where(Unit.is_office)).one()
    _lose(session, runtime, units[LOST], office)
    _use(session, runtime, units[USING])
    _lay_down(session, runtime, units[RULED])


def _lose(session: Session, runtime: Runtime, unit: Unit, office: Unit) -> None:
    """The custodian reports the loss; the unit applies and its head agrees; the secretariat reviews next."""
    seal = queries.signature_seal(session, unit.id)
    if seal is None or session.scalars(select(SealLoss.id).join(UnitSeal).where(UnitSeal.unit_id == unit.id)).first():
        return
    custodian = one(session, unit, Role.SEAL_CUSTODIAN)
    carriers.hand_out(seal, one(session, office, Role.SECRECY_OFFICE), custodian, CARRIER)
    losses.report_loss(seal, custodian, STORY, CARRIER)
    letter = _paper(runtime, "电子印章遗失情况说明", STORY, "遗失情况说明.pdf")
    wish = Wish(
        kind=ApplicationKind.REPLACE,
        reason="签名印章载体遗失，申请补发。",
        seal_ids=[seal.id],
        custodians=[custodian],
        cause=Cause.LOSS,
        circumstances=STORY,
        carrier=CARRIER,
        evidence=[letter],
    )
    application = filing.file_wish(session, one(session, unit, Role.UNIT_ADMINISTRATOR), wish)
    applications.agree(application, one(session, unit, Role.UNIT_HEAD), "情况属实，同意申请补发。")


def _uses_made(session: Session, unit: Unit) -> int:
    """How many were made before, by any seal of the unit: a replaced one keeps its book."""
    made = select(func.count()).select_from(StampRequest).join(UnitSeal, UnitSeal.id == StampRequest.seal_id)
    references = {reference for reference, _, _ in USES}
    ours = (UnitSeal.unit_id == unit.id, StampRequest.reference.in_(references))
    return session.scalar(made.where(*ours, StampRequest.state == StampState.STAMPED)) or 0


def _use(session: Session, runtime: Runtime, unit: Unit) -> None:
    """Three uses, made by the seal server like any other; the last one stamps a document again."""
    seal = queries.signature_seal(session, unit.id)
    if seal is None:
        return
    for reference, number, title in USES[_uses_made(session, unit) :]:
        _stamp(session, runtime, seal, reference, number, title)


def _stamp(session: Session, runtime: Runtime, seal: UnitSeal, reference: str, number: str, title: str) -> None:
    """Who keeps the carrier asks, who keeps the password consents. Raises Refused when the seal server didn't stamp."""
    organ, custodian = seal.unit.name, one(session, seal.unit, Role.SEAL_CUSTODIAN)
    manuscript = Manuscript(
        red_head=f"{organ}文件",
        organ=organ,
        title=f"{organ}{title}",
        text=TEXT,
        document_number=number,
        recipients=("各县区教育局",),
        date=today(),
        seal_diameter=float(seal.diameter_mm),
    )
    frozen = typeset(manuscript, runtime.settings.fonts_dir).pdf
    digest = runtime.store.put(io.BytesIO(frozen)).digest
    what = consent.matter(session, seal, reference=reference, purpose=f"{number} {title}", digest=digest)
    request = operations.ask_stamp(
        session,
        seal=seal,
        custodian=custodian,
        reference=what.reference,
        purpose=what.purpose,
        digest=what.digest,
        given=consent.prove(custodian, fresh_code(custodian), seal, what),
    )
    holder = one(session, seal.unit, Role.SEAL_PASSWORD_HOLDER)
    given = consent.prove(holder, fresh_code(holder), seal, consent.matter_of(request))
    operations.approve_stamp(request, holder, given)
    work(runtime, session)
    if request.state != StampState.STAMPED:
        raise Refused(request.error or "The document could not be stamped.")


def _lay_down(session: Session, runtime: Runtime, unit: Unit) -> None:
    """The unit's own rules, which its custodian has read."""
    if unit_rules.newest(session, unit.id) is not None:
        return
    text = "签名印章由办公室专人保管；用印前核对签发手续；不得盖空白印章，不得用于电子公文传输以外的用途。"
    brought = _paper(runtime, "南澄市财政局电子印章管理使用办法", text, "电子印章管理使用办法.pdf")
    rules = unit_rules.upload_rules(session, one(session, unit, Role.UNIT_HEAD), "电子印章管理使用办法", brought)
    unit_rules.acknowledge(session, rules, one(session, unit, Role.SEAL_CUSTODIAN))


def _paper(runtime: Runtime, title: str, text: str, name: str) -> Brought:
    sheet = paper.render("demo_evidence.html", title=title, addressee="南澄市人民政府办公室", text=text)
    return uploading.receive(runtime, io.BytesIO(sheet), name)
