"""From draft to issued: desks, opinions, versions (D-1, D-2, D-3, D-7)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.content.gate import Declaration
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.documents import drafting, queries, reviewing
from portal.documents.kinds import Direction
from portal.documents.lifecycle import DocumentState
from portal.documents.models import RecipientKind
from portal.documents.versions import Change, side_by_side
from portal.ledger.queries import history
from portal.people.roles import Role
from tests.city import City, make_person
from tests.documents.making import DECLARED, TEXT, content, draft, submitted


@pytest.mark.req("D-1", "D-7")
def test_a_notice_passes_every_desk_and_is_issued(session: Session, runtime: Runtime, city: City) -> None:
    document = submitted(session, runtime, city)
    reviewing.pass_step(document, city.person("office", Role.DEPARTMENT_HEAD), "拟同意。")
    reviewing.pass_step(document, city.person("office", Role.OFFICE_HEAD), "请领导签发。")
    leader = city.person("office", Role.LEADER)
    reviewing.issue_document(runtime, document, leader, "同意。")
    session.commit()
    assert document.state == DocumentState.ISSUED
    assert document.issued_by is leader and document.issue_date is not None
    assert [step.outcome for step in document.steps] == ["passed", "passed", "issued"]
    kinds = [event.kind for event in history(session, "document", document.id)]
    assert kinds == [
        "document.drafted",
        "document.submitted",
        "document.reviewed",
        "document.reviewed",
        "document.issued",
    ]


@pytest.mark.req("D-1")
def test_an_upward_document_is_issued_by_the_head_alone(session: Session, runtime: Runtime, city: City) -> None:
    document = submitted(
        session,
        runtime,
        city,
        kind="report",
        direction=Direction.UP,
        title="关于供暖准备情况的报告",
        addressees=(drafting.Addressee(RecipientKind.MAIN, unit_id=city.units["east"].id, print_quota=1),),
    )
    reviewing.pass_step(document, city.person("office", Role.DEPARTMENT_HEAD), "同意。")
    reviewing.pass_step(document, city.person("office", Role.OFFICE_HEAD), "同意。")
    with pytest.raises(Denied):
        reviewing.issue_document(runtime, document, city.person("office", Role.LEADER), "同意。")
    reviewing.issue_document(runtime, document, city.person("office", Role.UNIT_HEAD), "同意。")
    assert document.state == DocumentState.ISSUED


@pytest.mark.req("D-2")
def test_the_drafter_reviews_their_own_draft_only_as_the_only_head(
    session: Session, runtime: Runtime, city: City
) -> None:
    both = make_person(session, city.units["office"], Role.DRAFTER, Role.DEPARTMENT_HEAD, account="both")
    document = drafting.draft_document(session, runtime.rules, both, content(city))
    reviewing.submit(runtime, document, both, DECLARED)
    with pytest.raises(Denied):
        reviewing.pass_step(document, both, "同意。")
    other = city.person("office", Role.DEPARTMENT_HEAD)
    other.role_rows.clear()
    session.flush()
    reviewing.pass_step(document, both, "同意。")
    assert document.steps[0].done_by is both


@pytest.mark.parametrize("unit, role", [("finance", Role.DEPARTMENT_HEAD), ("office", Role.OFFICE_HEAD)])
def test_another_desk_or_unit_is_denied(session: Session, runtime: Runtime, city: City, unit: str, role: Role) -> None:
    document = submitted(session, runtime, city)
    with pytest.raises(Denied):
        reviewing.pass_step(document, city.person(unit, role), "同意。")
    assert document.steps[0].done_at is None


@pytest.mark.req("D-3")
@pytest.mark.parametrize("opinion", ["", "  \n　"])
def test_an_empty_opinion_is_refused_and_changes_nothing(
    session: Session, runtime: Runtime, city: City, opinion: str
) -> None:
    document = submitted(session, runtime, city)
    head = city.person("office", Role.DEPARTMENT_HEAD)
    for act in (reviewing.pass_step, reviewing.return_step):
        with pytest.raises(Invalid) as refused:
            act(document, head, opinion)
        assert refused.value.field == "opinion"
    assert document.state == DocumentState.REVIEWING and document.steps[0].done_at is None


@pytest.mark.req("D-3", "D-7")
def test_a_returned_draft_keeps_every_version_and_opinion(session: Session, runtime: Runtime, city: City) -> None:
    document = submitted(session, runtime, city)
    drafter = city.person("office", Role.DRAFTER)
    reviewing.return_step(document, city.person("office", Role.DEPARTMENT_HEAD), "请补充完成时限。")
    assert document.state == DocumentState.DRAFTING and not document.declared
    longer = TEXT + "\n三、报送时限\n请于11月5日前报送。"
    drafting.save_draft(runtime.rules, document, drafter, document.version, content(city, text=longer))
    reviewing.submit(runtime, document, drafter, DECLARED)
    session.flush()
    versions = queries.text_versions(session, document)
    assert [version.text for version in versions] == [TEXT, longer]
    rows = side_by_side(versions[0].text, versions[1].text)
    assert [row.change for row in rows[-2:]] == [Change.ADDED, Change.ADDED]
    assert [(step.version_number, step.opinion) for step in document.steps] == [(1, "请补充完成时限。"), (2, "")]


def test_side_by_side_marks_the_characters_that_differ() -> None:
    (row,) = side_by_side("请于10月底前完成。", "请于11月底前完成。")
    assert row.change == Change.CHANGED
    assert [span.text for span in row.left if span.marked] == ["0"]
    assert [span.text for span in row.right if span.marked] == ["1"]


def test_a_second_click_is_told_and_is_not_the_next_desks_consent(
    session: Session, runtime: Runtime, city: City
) -> None:
    document = submitted(session, runtime, city)
    both = make_person(session, city.units["office"], Role.DEPARTMENT_HEAD, Role.OFFICE_HEAD, account="both")
    step = queries.open_step(document)
    assert step is not None
    reviewing.pass_step(document, both, "同意。", step.id)
    with pytest.raises(AlreadyDone):
        reviewing.pass_step(document, both, "同意。", step.id)
    with pytest.raises(AlreadyDone):
        reviewing.submit(runtime, document, city.person("office", Role.DRAFTER), DECLARED)


@pytest.mark.req("D-10")
def test_a_text_changed_behind_the_portal_stops_at_every_desk(session: Session, runtime: Runtime, city: City) -> None:
    document = submitted(session, runtime, city)
    document.recipients[0].print_quota = 99
    session.flush()
    with pytest.raises(Refused, match="changed outside"):
        reviewing.pass_step(document, city.person("office", Role.DEPARTMENT_HEAD), "同意。")


@pytest.mark.req("D-11")
@pytest.mark.parametrize(
    "changes, said",
    [
        ({"text": "机密★1年\n" + TEXT}, "正文 carries a classified mark"),
        ({"title": "秘密★关于供暖的通知"}, "标题 carries a classified mark"),
        ({"note": "绝密"}, "附注 carries a classified mark"),
        ({"text": "特急\n" + TEXT}, "urgency mark"),
    ],
)
def test_the_content_gate_stops_a_marked_text_and_says_where(
    session: Session, runtime: Runtime, city: City, changes: dict[str, str], said: str
) -> None:
    document = draft(session, runtime, city, **changes)
    with pytest.raises(Refused, match=said):
        reviewing.submit(runtime, document, city.person("office", Role.DRAFTER), DECLARED)
    assert document.state == DocumentState.DRAFTING


@pytest.mark.req("D-11")
def test_submitting_needs_the_declaration(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    silent = Declaration(unclassified=False, not_urgent=True, official=True)
    with pytest.raises(Invalid) as refused:
        reviewing.submit(runtime, document, city.person("office", Role.DRAFTER), silent)
    assert refused.value.field == "unclassified"
    assert document.state == DocumentState.DRAFTING and not document.declared


@pytest.mark.req("D-11")
def test_the_leader_can_not_issue_what_the_gate_stops_by_now(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = submitted(session, runtime, city)
    reviewing.pass_step(document, city.person("office", Role.DEPARTMENT_HEAD), "同意。")
    reviewing.pass_step(document, city.person("office", Role.OFFICE_HEAD), "同意。")
    document.note = "机密"
    monkeypatch.setattr(reviewing, "require_unchanged", lambda document: None)
    with pytest.raises(Refused, match="classified mark"):
        reviewing.issue_document(runtime, document, city.person("office", Role.LEADER), "同意。")
    assert document.state == DocumentState.REVIEWING


def test_what_waits_for_whom(session: Session, runtime: Runtime, city: City) -> None:
    document = submitted(session, runtime, city)
    waits = {
        role: session.scalars(queries.waiting_for(city.person("office", role))).all()
        for role in (Role.DRAFTER, Role.DEPARTMENT_HEAD, Role.OFFICE_HEAD, Role.LEADER)
    }
    assert waits == {
        Role.DRAFTER: [],
        Role.DEPARTMENT_HEAD: [document],
        Role.OFFICE_HEAD: [],
        Role.LEADER: [],
    }
