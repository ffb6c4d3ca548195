"""The scene: one object of each kind, as the office and the finance bureau have them; others have no part in it.

A new variable in an address fails until it has its object here: `blueprint.variable`, or `variable` for all blueprints.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from portal.briefs.export import ask as ask_export
from portal.briefs.operations import Particulars, draft_brief, when_published
from portal.briefs.topics import commission
from portal.certificates.models import Carrier, Certificate, CertificateApplication
from portal.certificates.service_models import CertificateFile, PublishedText
from portal.content.groups import keep_group
from portal.content.models import ItemFile
from portal.content.operations import let_out, publish, put_readers, withdraw
from portal.content.readers import Key, Scope
from portal.core.clock import now, today
from portal.core.runtime import Runtime
from portal.disclosure.operations.catalogue import Guide, add_category, keep_guide
from portal.disclosure.operations.complaints import enter_complaint
from portal.disclosure.operations.items import draft_item
from portal.disclosure.operations.reports import write_report
from portal.disclosure.operations.requests import Entry, enter_request
from portal.disclosure.operations.surveys import draft_survey
from portal.disclosure.personal import Applicant
from portal.documents.drafting import Addressee
from portal.documents.models import Attachment, PageImage, RecipientKind
from portal.exchange.lifecycle import CopyState
from portal.exchange.models import Copy, CopyKind, MoreCopiesRequest, PaperArrival
from portal.journals.models import Journal
from portal.journals.operations import Masthead, draft_article, draft_issue, found_journal
from portal.notices.operations import draft_notice
from portal.people.access_models import Computer, SecurityKey
from portal.people.account_models import PasswordSlip
from portal.people.models import Delegation, LoginSession
from portal.people.roles import Role
from portal.registration.application_lifecycle import JoinState
from portal.registration.application_models import ApplicationFile, UnitApplication
from portal.registration.change_models import UnitChange
from portal.registration.import_models import ImportRun, PeopleList
from portal.reports.operations import draft_report
from portal.seals import trusting
from portal.seals.carrier_models import SealCarrier
from portal.seals.models import SealClass
from portal.seals.paper_models import SealPaper
from portal.seals.rules_models import SealRules
from portal.seals.trust_models import TrustedAuthority
from portal.seals.unusual_models import UnusualUse
from portal.seals.use_models import StampRequest
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
from portal.tasks.files import take
from portal.tasks.handling import accept, reply
from portal.tasks.models import TaskExport
from portal.tasks.operations import Terms, add_receiver, draft_task
from portal.units.models import AddressGroup, RegisterExport
from portal.workstatus.columns import make_column
from portal.workstatus.models import WorkExemption, WorkExport
from portal.workstatus.operations import draft_entry
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
        "applying.kind": "replace",
        "what": "people",
        "act": "give",
        "content.act": "publish",
        "tasks.act": "accept",
        "decision": "return",
        "disclosure.act": "accept",
    }
    parts = (
        _content,
        _documents,
        _seals,
        _certificates,
        _people,
        _registration,
        _support,
        _units,
        _workstatus,
        _tasks,
        _information,
        _disclosure,
        _journals,
    )
    for part in parts:
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
    """A notice of the finance bureau, for itself alone, with a file; one withdrawn; its group of readers."""
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
    gone = draft_notice(session, writer, "关于调休的通知", "周一。", of_unit=False, pinned=False)
    let_out(gone, writer)
    withdraw(gone, writer, "时间有误")
    values = {"content.file_id": file.id, "content.group_id": group.id, "content.withdrawn_id": gone.id}
    return {"item_id": item.id, **values}


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


def _recognised(session: Session, city: City) -> TrustedAuthority:
    """An authority of the province."""
    root = Authority(name="南华省电子印章认证机构").root.certificate
    return trusting.import_authority(
        session,
        city.person("office", Role.SECRECY_OFFICE),
        chain=root.public_bytes(Encoding.PEM).decode(),
        fingerprint=root.fingerprint(hashes.SHA256()).hex(),
        trusted_for="seals",
        reason="颁发各区政府印章",
    )


def _certificates(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A person of the finance bureau with a certificate, its carrier and an application; what the service keeps."""
    at, finance = now(), city.units["finance"]
    owner, centre = city.person("finance", Role.VERIFICATION_HOLDER), city.person("office", Role.INFORMATION_CENTRE)
    application = CertificateApplication(
        kind="renew", subject_kind="person", person_id=owner.id, unit_id=finance.id, applicant_id=owner.id,
        reason="到期更新", csr="-----BEGIN", applied_at=at,
    )  # fmt: skip
    certificate = Certificate(
        subject_kind="person", person_id=owner.id, unit_id=finance.id, name=owner.name, issuer="政务人员证书认证机构",
        external=False, serial="0A", fingerprint="0" * 64, pem="PEM", valid_from=at, valid_until=at + timedelta(999),
        entered_at=at, changed_at=at,
    )  # fmt: skip
    text = PublishedText(
        kind="practice", number=1, title="业务规则", text="规则", published_at=at, published_by_id=centre.id
    )
    stored = work.store.put(io.BytesIO(b"zip"))
    file = CertificateFile(kind="handover", asked_at=at, asked_by_id=centre.id, made_at=at, digest=stored.digest)
    session.add_all([application, certificate, text, file])
    session.flush()
    carrier = Carrier(
        number="K-1", certificate_id=certificate.id, person_id=owner.id, handed_out_at=at, handed_out_by_id=centre.id
    )
    session.add(carrier)
    session.flush()
    return {
        "certificates.application_id": application.id,
        "certificate_id": certificate.id,
        "carrier_id": carrier.id,
        "certification.kind": "practice",
        "certification.file_id": file.id,
        "certification.number": 1,
        "authority.number": 1,
    }


def _seals(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A seal of the finance bureau with the application and the ceremony it came from."""
    seal = give_seal(session, city.units["finance"], city.person("finance", Role.SEAL_CUSTODIAN))
    seal.certificate = Authority().seal.certificate.public_bytes(Encoding.PEM).decode()
    custodian, head, at = city.person("finance", Role.SEAL_CUSTODIAN), city.person("finance", Role.UNIT_HEAD), now()
    carrier = SealCarrier(
        seal=seal, number="YZ-0001", holder=custodian, handed_out_at=at,
        handed_out_by_id=city.person("office", Role.SECRECY_OFFICE).id,
    )  # fmt: skip
    request = StampRequest(
        seal=seal, reference="document:1", purpose="通知", digest="0" * 64, asked_by=custodian, asked_at=at
    )
    use = UnusualUse(request=request, seal=seal, unit=seal.unit, sign="night", count=1, used_at=at)
    rules = SealRules(
        unit=seal.unit,
        version=1,
        title="办法",
        digest=work.store.put(io.BytesIO(b"x")).digest,
        size=1,
        uploaded_by=head,
        uploaded_at=at,
    )
    paper = SealPaper(
        what="form", format="pdf", application=seal.ceremony.application, asked_by_id=head.id, asked_at=at
    )
    session.add_all([carrier, use, rules, paper])
    session.flush()
    return {
        "carrier_id": carrier.id,
        "use_id": use.id,
        "rules_id": rules.id,
        "paper_id": paper.id,
        "seal_id": seal.id,
        "authority_id": _recognised(session, city).id,
        "application_id": seal.ceremony.application_id,
        "ceremony_id": seal.ceremony_id,
        "seal_class": SealClass.SIGNATURE.value,
    }


def _workstatus(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A column of the finance bureau, an entry in it for itself alone, an exemption, the office's file."""
    at, head = now(), city.person("finance", Role.UNIT_HEAD)
    column = make_column(session, head, "局内动态", "owner")
    entry = draft_entry(session, city.person("finance", Role.EXCHANGE_CLERK), "动态", "一。", column_id=column.id)
    put_readers(entry.item, Scope((Key("unit", str(head.unit_id)),)))
    let_out(entry.item, head)
    centre = city.person("office", Role.INFORMATION_CENTRE)
    exemption = WorkExemption(
        unit_id=head.unit_id, first_on=at.date(), last_on=at.date(), reason="搬迁", granted_by_id=centre.id,
        granted_at=at,
    )  # fmt: skip
    export = WorkExport(asked_by_id=centre.id, asked_at=at, year=at.year, form="csv")
    session.add_all([exemption, export])
    session.flush()
    return {
        "workstatus.item_id": entry.item_id,
        "column_id": column.id,
        "exemption_id": exemption.id,
        "workstatus.export_id": export.id,
    }


def _tasks(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A request of the office to the finance bureau, with a reply; a workbook the bureau's drafter asked for."""
    asker, handler = city.person("office", Role.OFFICE_HEAD), city.person("finance", Role.HANDLER)
    task = draft_task(session, asker, work.rules, "关于报送用电情况的请求", "请报送。", Terms(5))
    row = add_receiver(task, asker, city.units["finance"])
    publish(task.item, asker, work.rules)
    accept(row, handler)
    answer = reply(row, handler, "已报送。", [take(work, (io.BytesIO("用电".encode()), "用电.txt"))])
    export = TaskExport(asked_by_id=city.person("finance", Role.DRAFTER).id, asked_at=now(), wanted={})
    session.add(export)
    session.flush()
    return {
        "tasks.item_id": task.item_id,
        "tasks.assignment_id": row.id,
        "tasks.file_id": answer.files[0].id,
        "tasks.export_id": export.id,
    }


def _information(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A report of the finance bureau to the office's leader, a brief for the office, a topic."""
    writer, leader = city.person("finance", Role.DRAFTER), city.person("office", Role.LEADER)
    editor = city.person("office", Role.SECRETARIAT)
    head = city.person("finance", Role.UNIT_HEAD)
    report = draft_report(session, writer, "专题报告", "正文", leaders=[leader.id])
    let_out(report, head)
    brief = draft_brief(session, writer, "政务信息", "正文", Particulars())
    let_out(brief, head)
    when_published(session, brief)
    topic = commission(session, editor, "选题", "", [writer.unit_id], today())
    export = ask_export(session, editor, today().strftime("%Y-%m"))
    return {
        "reports.item_id": report.id,
        "briefs.item_id": brief.id,
        "topic_id": topic.id,
        "briefs.export_id": export.id,
    }


def _disclosure(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """What the finance bureau discloses and is asked for; a category of its own, a complaint about it."""
    clerk, unit = city.person("finance", Role.EXCHANGE_CLERK), city.units["finance"]
    top = add_category(session, city.person("office", Role.SECRETARIAT), "财政信息", None)
    category = add_category(session, clerk, "政府采购", top)
    keep_guide(session, clerk, Guide("办公室", "财源路18号", "0459-6120302", "工作日", "公开范围。"))
    item = draft_item(session, city.person("finance", Role.DRAFTER), "采购公告", "合同汇总。", top, today())
    who = Applicant("林晓岚", "13900000001")
    request, _ = enter_request(session, unit, Entry("citizen", who, "支出明细", "page", "scene"), work.rules)
    complaint, _ = enter_complaint(session, unit, who, "逾期未答复", "scene", work.rules)
    survey = draft_survey(
        session, clerk, title="征求意见", intro="", opens_on=today(), closes_on=today(), questions="您的建议"
    )
    report = write_report(session, clerk, today().year, "总体平稳。")
    return {
        "disclosure.category_id": category.id,
        "disclosure.item_id": item.id,
        "disclosure.file_id": 1,
        "disclosure.unit_id": unit.id,
        "disclosure.request_id": request.id,
        "disclosure.complaint_id": complaint.id,
        "disclosure.survey_id": survey.id,
        "disclosure.report_id": report.id,
    }


def _journals(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A journal of the finance bureau, and an issue being made with an article."""
    publisher = city.person("finance", Role.PUBLISHER)
    journal: Journal = found_journal(session, publisher, Masthead("财政内参"))
    issue = draft_issue(journal, publisher, "第一期")
    article = draft_article(issue, publisher, "要情", "正文。")
    session.flush()
    return {"journals.journal_id": journal.id, "journals.item_id": issue.id, "journals.article_id": article.id}
