"""The scene: one object of each kind, as the office and the finance bureau have them; others have no part in it.

A new variable in an address fails until it has its object here: `blueprint.variable`, or `variable` for all blueprints.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from portal.briefs.export import ask as ask_export
from portal.briefs.operations import Particulars, draft_brief, when_published
from portal.briefs.topics import commission
from portal.content.groups import keep_group
from portal.content.models import ItemFile
from portal.content.operations import let_out, put_readers
from portal.content.readers import Key, Scope
from portal.core.clock import now, today
from portal.core.runtime import Runtime
from portal.documents.drafting import Addressee
from portal.documents.models import Attachment, PageImage, RecipientKind
from portal.exchange.lifecycle import CopyState
from portal.exchange.models import Copy, CopyKind, MoreCopiesRequest, PaperArrival
from portal.notices.operations import draft_notice
from portal.people.access_models import Computer, SecurityKey
from portal.people.account_models import PasswordSlip
from portal.people.models import Delegation, LoginSession
from portal.people.roles import Role
from portal.registration.application_lifecycle import JoinState
from portal.registration.application_models import ApplicationFile, UnitApplication
from portal.registration.change_models import UnitChange
from portal.registration.import_models import ImportRun, PeopleList
from portal.reports.models import Instruction
from portal.reports.operations import draft_report
from portal.seals.models import SealClass
from portal.support.models import (
    Consultation,
    ConsultationUnit,
    Dispute,
    DisputeEntry,
    Material,
    MaterialVersion,
    SupportFile,
    Training,
)
from portal.units.models import AddressGroup, RegisterExport
from tests.city import City
from tests.documents.sealing import give_seal
from tests.exchange.travelling import delivery_to, quick_sent
from tests.seals.pki import Authority

Value = int | str


@dataclass(frozen=True)
class Scene:
    """The values that lead to the objects."""

    values: Mapping[str, Value]

    def value(self, blueprint: str, variable: str) -> Value:
        """What to put into an address. Fails for a variable that has no object yet."""
        for key in (f"{blueprint}.{variable}", variable):
            if key in self.values:
                return self.values[key]
        raise AssertionError(f"place {blueprint}.{variable} in tests/matrix/objects.py: it has no object in the scene")


def set_scene(session: Session, work: Runtime, city: City) -> Scene:
    """Put the objects into the database."""
    values: dict[str, Value] = {
        "code": "nothing",
        "token": "nothing",
        "encoded": "nothing",
        "value": "zh",
        "number": 1,
        "kind": "rename",
        "imports.kind": "csv",
        "what": "people",
        "act": "give",
        "content.act": "publish",
        "decision": "return",
    }
    for part in (_content, _information, _documents, _seals, _people, _registration, _support, _units):
        values |= part(session, work, city)
    session.flush()
    return Scene(values)


def _people(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """The finance bureau's drafter with a key, a slip, an acting person; the bureau's computer."""
    drafter, administrator = city.person("finance", Role.DRAFTER), city.person("finance", Role.UNIT_ADMINISTRATOR)
    at, unit = now(), city.units["finance"]
    login = LoginSession(token_hash="0" * 64, person_id=drafter.id, created_at=at, seen_at=at, address="10.0.0.1")
    key = SecurityKey(
        person_id=drafter.id, credential_id=b"c", public_key=b"p", sign_count=0, name="主用", registered_at=at
    )
    slip = PasswordSlip(unit_id=unit.id, asked_by_id=administrator.id, asked_at=at)
    delegation = Delegation(
        unit_id=unit.id,
        principal_id=city.person("finance", Role.LEADER).id,
        delegate_id=drafter.id,
        role_names=[Role.LEADER.value],
        starts_at=at,
        ends_at=at + timedelta(days=2),
        reason="出差",
        named_by_id=city.person("finance", Role.LEADER).id,
        named_at=at,
    )
    computer = Computer(
        unit_id=unit.id, name="收发专用机", kind="address", value="10.0.0.1", registered_by_id=administrator.id,
        registered_at=at,
    )  # fmt: skip
    session.add_all([login, key, slip, delegation, computer])
    session.flush()
    return {
        "person_id": drafter.id,
        "login_session_id": login.id,
        "key_id": key.id,
        "slip_id": slip.id,
        "delegation_id": delegation.id,
        "computer_id": computer.id,
    }


def _registration(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """An application of a new bureau with a file; a renaming, an import, a list of people of the finance bureau."""
    at, unit = now(), city.units["finance"]
    administrator = city.person("finance", Role.UNIT_ADMINISTRATOR)
    file = work.store.put(io.BytesIO("批文".encode()))
    application = UnitApplication(
        token_hash="0" * 64, state=JoinState.SUBMITTED, name="南澄市审计局", short_name="市审计局",
        code="11459900MB0A019991", kind="department", tier="city", document_code="南审发", red_head="南澄市审计局文件",
        address="南澄路1号", contact_name="甲", contact_phone="1", head_name="乙", head_title="局长", admin_name="丙",
        admin_title="文书", admin_mobile="13000000000", admin_account="bing", identity_hash="0" * 64, reason="入网",
        entered_at=at, submitted_at=at,
    )  # fmt: skip
    session.add(application)
    session.flush()
    evidence = ApplicationFile(
        application_id=application.id, evidence="establishment", name="批文.pdf", media_type="application/pdf",
        size=file.size, digest=file.digest, at=at,
    )  # fmt: skip
    change = UnitChange(
        kind="rename", unit_id=unit.id, reason="更名", name="南澄市财政和国资局", short_name="市财政国资局",
        red_head="南澄市财政和国资局文件", document_code="南财国发", applicant_id=administrator.id, filed_at=at,
        administrator_id=administrator.id,
    )  # fmt: skip
    run = ImportRun(
        token="t", what="people", scope="unit", unit_id=unit.id, person_id=administrator.id, name="名单.csv",
        upload_digest="0" * 64, asked_at=at,
    )  # fmt: skip
    people = PeopleList(token="l", scope="unit", unit_id=unit.id, person_id=administrator.id, kind="csv", asked_at=at)
    session.add_all([evidence, change, run, people])
    session.flush()
    return {
        "registration.application_id": application.id,
        "registration.file_id": evidence.id,
        "change_id": change.id,
        "run_id": run.id,
        "list_id": people.id,
    }


def _support(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A dispute between the office and the finance bureau; what the office offers to all."""
    at, office, finance = now(), city.units["office"], city.units["finance"]
    centre = city.person("office", Role.INFORMATION_CENTRE)
    file = work.store.put(io.BytesIO("规范".encode()))
    later = at + timedelta(days=9)
    dispute = Dispute(
        opener_id=finance.id, other_id=office.id, subject="份数", opened_at=at, turn_id=office.id, turn_since=at,
        due_at=later,
    )  # fmt: skip
    consultation = Consultation(
        title="征求意见", text="请反馈。", due_on=later.date(), due_at=later, published_at=at,
        published_by_id=centre.id,
        request_key="c",
    )  # fmt: skip
    material = Material(category="specification", title="规范", description="")
    training = Training(
        title="培训", place="一楼", starts_at=later, ends_at=later + timedelta(hours=2), enrol_until=later, places=9,
        roles=[], organiser_id=centre.id, announced_at=at, request_key="t",
    )  # fmt: skip
    session.add_all([dispute, consultation, material, training])
    session.flush()
    entry = DisputeEntry(
        dispute_id=dispute.id, kind="opening", unit_id=finance.id,
        person_id=city.person("finance", Role.UNIT_HEAD).id, text="少两份", at=at, request_key="d",
    )  # fmt: skip
    version = MaterialVersion(
        material_id=material.id, number=1, label="1", name="规范.txt", media_type="text/plain", size=file.size,
        digest=file.digest, published_at=at, published_by_id=centre.id,
    )  # fmt: skip
    asked = ConsultationUnit(consultation_id=consultation.id, unit_id=finance.id)
    session.add_all([entry, version, asked])
    session.flush()
    attached = SupportFile(
        entry_id=entry.id, name="清单.txt", media_type="text/plain", size=file.size, digest=file.digest
    )
    session.add(attached)
    session.flush()
    return {
        "dispute_id": dispute.id,
        "consultation_id": consultation.id,
        "support.file_id": attached.id,
        "material_id": material.id,
        "version_id": version.id,
        "training_id": training.id,
    }


def _units(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """The finance bureau's entry and address group, the office's workbook, a paper that came to finance."""
    at, finance = now(), city.units["finance"]
    clerk = city.person("finance", Role.EXCHANGE_CLERK)
    group = AddressGroup(owner_id=finance.id, name="常用", created_at=at)
    export = RegisterExport(asked_by_id=city.person("office", Role.INFORMATION_CENTRE).id, asked_at=at)
    arrival = PaperArrival(
        unit_id=finance.id, sender_id=city.units["office"].id, document_class="request", title="请示", number="1号",
        arrived_on=at.date(), recorded_by_id=clerk.id, recorded_at=at,
    )  # fmt: skip
    session.add_all([group, export, arrival])
    session.flush()
    return {"unit_id": finance.id, "group_id": group.id, "export_id": export.id, "arrival_id": arrival.id}


def _content(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A notice of the finance bureau, for itself alone, with a file; its group of readers."""
    writer = city.person("finance", Role.EXCHANGE_CLERK)
    item = draft_notice(session, writer, "关于学习安排的通知", "周五下午。", of_unit=False, pinned=False)
    put_readers(item, Scope((Key("unit", str(writer.unit_id)),)))
    let_out(item, writer)
    stored = work.store.put(io.BytesIO(b"x"))
    file = ItemFile(
        item=item, position=1, name="a.txt", media_type="text/plain", size=1, digest=stored.digest, added_at=now()
    )
    session.add(file)
    session.flush()
    group = keep_group(session, writer, "财政联络员", [writer.account])
    return {"item_id": item.id, "content.file_id": file.id, "content.group_id": group.id}


def _information(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A report of the finance bureau to the office's leader, with an instruction; a brief for the office, a topic."""
    writer, leader = city.person("finance", Role.DRAFTER), city.person("office", Role.LEADER)
    editor = city.person("office", Role.SECRETARIAT)
    head = city.person("finance", Role.UNIT_HEAD)
    report = draft_report(session, writer, "专题报告", "正文", leaders=[leader.id])
    let_out(report, head)
    instruction = Instruction(
        item_id=report.id, person_id=leader.id, text="阅", text_digest="0" * 64, given_at=now(), due_on=today()
    )
    brief = draft_brief(session, writer, "政务信息", "正文", Particulars())
    let_out(brief, head)
    when_published(session, brief)
    topic = commission(session, editor, "选题", "", [writer.unit_id], today())
    export = ask_export(session, editor, today().strftime("%Y-%m"))
    session.add(instruction)
    session.flush()
    return {
        "reports.item_id": report.id,
        "instruction_id": instruction.id,
        "briefs.item_id": brief.id,
        "topic_id": topic.id,
        "briefs.export_id": export.id,
    }


def _documents(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A document of the office with an attachment; the finance bureau has it, printed it and asks for more."""
    to = Addressee(RecipientKind.MAIN, unit_id=city.units["finance"].id, print_quota=2)
    document = quick_sent(session, work, city, addressees=(to,))
    delivery = delivery_to(session, document, city)
    file = work.store.put(io.BytesIO("附件".encode()))
    attachment = Attachment(
        document=document, position=1, name="附件.txt", media_type="text/plain", size=file.size, digest=file.digest,
        added_at=now(),
    )  # fmt: skip
    page = PageImage(
        document_id=document.id, digest=str(document.sealed_digest), number=1, image=file.digest, width=1, height=1
    )
    holder = city.person("finance", Role.VERIFICATION_HOLDER)
    copy = Copy(
        delivery=delivery, kind=CopyKind.PRINT, number=1, state=CopyState.READY, request_key="k", mark="0000-0000-0000",
        asked_by=holder, asked_at=now(), digest=file.digest, made_at=now(),
    )  # fmt: skip
    request = MoreCopiesRequest(delivery=delivery, wanted=1, reason="不够", asked_by=holder, asked_at=now())
    session.add_all([attachment, page, copy, request])
    session.flush()
    return {
        "document_id": document.id,
        "delivery_id": delivery.id,
        "attachment_id": attachment.id,
        "page_id": page.id,
        "copy_id": copy.id,
        "request_id": request.id,
    }


def _seals(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A seal of the finance bureau with the application and the ceremony it came from."""
    seal = give_seal(session, city.units["finance"], city.person("finance", Role.SEAL_CUSTODIAN))
    seal.certificate = Authority().seal.certificate.public_bytes(Encoding.PEM).decode()
    return {
        "seal_id": seal.id,
        "application_id": seal.ceremony.application_id,
        "ceremony_id": seal.ceremony_id,
        "seal_class": SealClass.SIGNATURE.value,
    }
