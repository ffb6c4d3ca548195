"""The drafter's acts, as operations (D-5, D-12, X-2, X-11)."""

from __future__ import annotations

import dataclasses
import io

import pytest
from sqlalchemy.orm import Session

from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.rules import load_rules
from portal.core.runtime import Runtime
from portal.documents import checklist, drafting, queries
from portal.documents.checks import Level
from portal.documents.drafting import Addressee
from portal.documents.kinds import Direction
from portal.documents.lifecycle import DocumentState
from portal.documents.models import RecipientKind
from portal.ledger.queries import history
from portal.people.roles import Role
from tests.city import City
from tests.documents.making import content, draft, submitted

NOTE = "供暖准备工作清单\n一、检查锅炉。\n".encode()


def test_a_draft_takes_the_red_head_of_the_unit(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    assert document.red_head == "南澄市人民政府办公室文件"
    assert document.signature == "南澄市人民政府办公室"
    assert [item.name for item in document.recipients] == ["南澄市财政局", "南澄市教育局", "澄东区人民政府"]


def test_only_a_drafter_may_draft(session: Session, runtime: Runtime, city: City) -> None:
    with pytest.raises(Denied):
        drafting.draft_document(session, runtime.rules, city.person("office", Role.HANDLER), content(city))


@pytest.mark.req("X-2")
@pytest.mark.parametrize(
    "addressees",
    [
        ("office",),
        ("finance", "finance"),
        (999_999,),
    ],
)
def test_recipients_are_other_units_each_once(
    session: Session, runtime: Runtime, city: City, addressees: tuple[str | int, ...]
) -> None:
    ids = [city.units[key].id if isinstance(key, str) else key for key in addressees]
    wanted = tuple(Addressee(RecipientKind.MAIN, unit_id=unit_id) for unit_id in ids)
    with pytest.raises(Invalid) as refused:
        draft(session, runtime, city, addressees=wanted)
    assert refused.value.field == "recipients"


@pytest.mark.req("X-2")
@pytest.mark.parametrize("quota", [-1, 1000])
def test_a_print_quota_has_bounds(session: Session, runtime: Runtime, city: City, quota: int) -> None:
    wanted = (Addressee(RecipientKind.MAIN, unit_id=city.units["east"].id, print_quota=quota),)
    with pytest.raises(Invalid):
        draft(session, runtime, city, addressees=wanted)


@pytest.mark.req("X-2")
def test_recipients_outside_the_system_stand_on_the_paper_list(session: Session, runtime: Runtime, city: City) -> None:
    wanted = (
        Addressee(RecipientKind.MAIN, unit_id=city.units["finance"].id, print_quota=2),
        Addressee(RecipientKind.COPY, paper_name="南澄供热有限公司", print_quota=5),
    )
    document = draft(session, runtime, city, addressees=wanted)
    session.commit()
    on_paper = document.recipients[1]
    assert (on_paper.name, on_paper.unit_id, on_paper.print_quota) == ("南澄供热有限公司", None, 0)


def test_a_kind_takes_only_its_directions(session: Session, runtime: Runtime, city: City) -> None:
    with pytest.raises(Invalid) as refused:
        draft(session, runtime, city, kind="request", direction=Direction.DOWN)
    assert refused.value.field == "kind"


@pytest.mark.req("D-11")
def test_urgency_is_open_only_where_the_rules_allow_it(session: Session, runtime: Runtime, city: City) -> None:
    with pytest.raises(Invalid, match="第四条"):
        draft(session, runtime, city, urgency="特急")
    allowing = dataclasses.replace(runtime.rules, urgent_documents=True)
    drafter = city.person("office", Role.DRAFTER)
    document = drafting.draft_document(session, allowing, drafter, content(city, urgency="特急"))
    assert document.urgency == "特急"


def test_characters_no_database_takes_are_left_out(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city, text="甲\x00乙\r\n丙\x0b")
    session.commit()
    assert document.text == "甲乙\n丙"


def test_saving_over_a_newer_version_is_refused_and_changes_nothing(
    session: Session, runtime: Runtime, city: City
) -> None:
    document = draft(session, runtime, city)
    drafter, opened_on = document.drafter, document.version
    drafting.save_draft(runtime.rules, document, drafter, opened_on, content(city, text="第一个窗口。"))
    with pytest.raises(drafting.Stale):
        drafting.save_draft(runtime.rules, document, drafter, opened_on, content(city, text="第二个窗口。"))
    assert document.text == "第一个窗口。"


def test_a_submitted_document_is_not_written_any_more(session: Session, runtime: Runtime, city: City) -> None:
    document = submitted(session, runtime, city)
    with pytest.raises(Refused, match="not a draft any more"):
        drafting.save_draft(runtime.rules, document, document.drafter, document.version, content(city))
    with pytest.raises(Refused, match="not a draft any more"):
        drafting.attach_file(runtime, document, document.drafter, io.BytesIO(NOTE), "清单.txt")


@pytest.mark.req("D-5")
def test_files_are_attached_and_removed(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    drafter = document.drafter
    attachment = drafting.attach_file(runtime, document, drafter, io.BytesIO(NOTE), "清单.txt")
    assert attachment.media_type == "text/plain" and "检查锅炉" in attachment.text_excerpt
    assert runtime.store.exists(attachment.digest)
    with pytest.raises(Refused, match="is attached already"):
        drafting.attach_file(runtime, document, drafter, io.BytesIO("别的".encode()), "清单.txt")
    drafting.detach_file(document, drafter, attachment.id)
    with pytest.raises(NotFound):
        drafting.detach_file(document, drafter, attachment.id)
    session.commit()
    assert document.attachments == []
    kinds = [event.kind for event in history(session, "document", document.id)]
    assert kinds == ["document.drafted", "document.attached", "document.detached"]


@pytest.mark.parametrize(
    "name, data", [("工具.pdf", b"MZ\x90\x00 not a pdf"), ("工具.exe", b"MZ\x90\x00"), ("空.txt", b"")]
)
def test_a_hostile_file_is_refused_with_its_name(
    session: Session, runtime: Runtime, city: City, name: str, data: bytes
) -> None:
    document = draft(session, runtime, city)
    with pytest.raises(Refused, match=name):
        drafting.attach_file(runtime, document, document.drafter, io.BytesIO(data), name)
    assert document.attachments == [] and document.version == 1


@pytest.mark.req("X-11")
def test_all_files_together_have_a_limit(session: Session, runtime: Runtime, city: City) -> None:
    runtime.rules = dataclasses.replace(load_rules(runtime.settings), max_document_mb=1)
    document = draft(session, runtime, city)
    drafting.attach_file(runtime, document, document.drafter, io.BytesIO(b"a" * 700_000), "甲.txt")
    with pytest.raises(Refused, match=r"1\.3 MB together; at most 1 MB"):
        drafting.attach_file(runtime, document, document.drafter, io.BytesIO(b"b" * 700_000), "乙.txt")
    assert len(document.attachments) == 1


@pytest.mark.req("D-11")
def test_a_mark_inside_a_file_is_found(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    drafting.attach_file(runtime, document, document.drafter, io.BytesIO("机密★10年\n内容".encode()), "清单.txt")
    stops = [found.params for found in checklist.review(runtime, document) if found.level == Level.STOP]
    assert [params["where"] for params in stops] == ["清单.txt"]


@pytest.mark.req("D-12")
@pytest.mark.parametrize(
    "changes, level, said",
    [
        ({"text": ""}, Level.STOP, "text is empty"),
        ({"addressees": ()}, Level.STOP, "No main recipient"),
        ({"title": "关于供暖的安排"}, Level.WARNING, "doesn't end with the kind"),
        ({"title": "关于供暖的通知。"}, Level.WARNING, "punctuation"),
        ({"text": "一、甲\n三、乙"}, Level.WARNING, "don't follow"),
        ({"text": "通知如下。\n附件：1. 甲\n2. 乙"}, Level.STOP, "names %(named)s attachments"),
        ({"text": "具体内容见附件。"}, Level.WARNING, "speaks of an attachment"),
        ({"text": "字" * 5001}, Level.WARNING, "at most 5000"),
        ({"text": "今天😀晴。"}, Level.WARNING, "not in the font"),
    ],
)
def test_the_checklist_finds(
    session: Session, runtime: Runtime, city: City, changes: dict[str, object], level: Level, said: str
) -> None:
    found = checklist.review(runtime, draft(session, runtime, city, **changes))
    assert [finding.level for finding in found if said in finding.message] == [level]
    assert all(finding.message % finding.params and finding.basis for finding in found)


@pytest.mark.req("D-12")
def test_a_request_has_one_main_recipient_and_asks(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city, kind="request", direction=Direction.UP, title="关于供暖资金的请示")
    found = checklist.review(runtime, document)
    assert [(finding.level, finding.params) for finding in found] == [
        (Level.STOP, {"count": 2}),
        (Level.STOP, {"name": "南澄市财政局"}),
        (Level.STOP, {"name": "南澄市教育局"}),
        (Level.WARNING, {}),
    ]


def test_what_can_not_be_typeset_is_not_submitted(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    document.proof_version, document.proof_error = document.version, "The title leaves no room."
    assert [finding.level for finding in checklist.review(runtime, document)] == [Level.STOP]


@pytest.mark.req("D-12")
def test_a_sound_notice_passes_the_checklist(session: Session, runtime: Runtime, city: City) -> None:
    assert checklist.review(runtime, draft(session, runtime, city)) == []


def test_a_draft_is_cancelled_with_a_reason_once(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    with pytest.raises(Invalid):
        drafting.cancel(document, document.drafter, " ")
    drafting.cancel(document, document.drafter, "改发会议纪要。")
    assert document.state == DocumentState.CANCELLED
    with pytest.raises(AlreadyDone):
        drafting.cancel(document, document.drafter, "改发会议纪要。")


def test_rows_are_seen_by_those_who_may(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    session.flush()
    assert queries.get_for(session, document.drafter, document.id) is document
    for unit, role in (("office", Role.LEADER), ("finance", Role.DRAFTER)):
        with pytest.raises(NotFound):
            queries.get_for(session, city.person(unit, role), document.id)
    later = submitted(session, runtime, city)
    assert queries.get_for(session, city.person("office", Role.LEADER), later.id) is later
    with pytest.raises(NotFound):
        queries.get_for(session, city.person("finance", Role.LEADER), later.id)
