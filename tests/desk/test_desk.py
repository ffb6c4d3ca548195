"""The home page: what waits for whom, what is late, what is new (M-9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import open_session
from portal.core.runtime import Runtime
from portal.desk import queries
from portal.desk.queries import Desk, desk_of, section_kinds
from portal.desk.views import greeting
from portal.documents import desk as documents
from portal.documents.lifecycle import DocumentState
from portal.documents.models import ReviewStep
from portal.documents.routes import StepKind
from portal.exchange import desk as exchange
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import MoreCopiesRequest
from portal.people.models import Person, RoleAssignment
from portal.people.piles import Part
from portal.people.roles import DISTRICT_ROLES, SEPARATED_ROLES, Role
from portal.registration import desk as joining
from portal.seals import desk as seals
from portal.seals.lifecycle import ApplicationState, CeremonyState
from portal.seals.models import Ceremony, SealApplication
from portal.support import desk as help_desk
from tests.city import UNIT_ROLES, City
from tests.desk.conftest import PutDelivery, PutDocument

PutStep = Callable[..., ReviewStep]
MOST_STATEMENTS = 12
"""For the whole page, the session, the person and the counts of the menu included."""


def _keys(desk: Desk) -> list[str]:
    return [section.kind.key for section in desk.sections]


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.req("M-9")
def test_drafts_and_returned_drafts_are_told_apart(
    session: Session, city: City, put_document: PutDocument, put_step: PutStep
) -> None:
    drafter = city.person("office", Role.DRAFTER)
    put_document(DocumentState.DRAFTING, title="草稿")
    put_step(put_document(DocumentState.DRAFTING, title="退稿"), StepKind.DEPARTMENT_HEAD, "returned")
    put_document(DocumentState.NUMBERED, title="办理中")
    put_document(DocumentState.SENT, title="已发")
    desk = desk_of(session, drafter)
    assert {section.kind.key: section.lines[0].title for section in desk.sections} == {
        "returned": "退稿",
        "drafts": "草稿",
        "under-way": "办理中",
    }
    assert (desk.waiting, desk.new_today) == (2, 1), "only what came back is new to its drafter"


@pytest.mark.req("M-9")
@pytest.mark.parametrize(
    ("step", "role", "section"),
    [
        (StepKind.DEPARTMENT_HEAD, Role.DEPARTMENT_HEAD, "review"),
        (StepKind.OFFICE_HEAD, Role.OFFICE_HEAD, "review"),
        (StepKind.ISSUE, Role.LEADER, "issue"),
        (StepKind.ISSUE, Role.UNIT_HEAD, "issue"),
    ],
)
def test_a_draft_waits_on_one_desk_only(
    session: Session, city: City, put_document: PutDocument, put_step: PutStep, step: StepKind, role: Role, section: str
) -> None:
    put_step(put_document(DocumentState.REVIEWING), step)
    for other in (Role.DEPARTMENT_HEAD, Role.OFFICE_HEAD, Role.LEADER, Role.UNIT_HEAD):
        also = step is StepKind.ISSUE and other in (Role.LEADER, Role.UNIT_HEAD)
        found = _keys(desk_of(session, city.person("office", other)))
        assert found == ([section] if other is role or also else []), other
    assert _keys(desk_of(session, city.person("finance", role))) == []


@pytest.mark.req("M-9")
@pytest.mark.parametrize(
    ("state", "role", "section"),
    [
        (DocumentState.ISSUED, Role.REGISTRAR, "number"),
        (DocumentState.FROZEN, Role.SEAL_CUSTODIAN, "stamp"),
        (DocumentState.SEALED, Role.EXCHANGE_CLERK, "send"),
    ],
)
def test_each_station_finds_its_work(
    session: Session, city: City, put_document: PutDocument, state: DocumentState, role: Role, section: str
) -> None:
    for every in (DocumentState.ISSUED, DocumentState.FROZEN, DocumentState.SEALED):
        put_document(every, title=every)
    desk = desk_of(session, city.holder(role))
    assert _keys(desk) == [section]
    assert [line.title for line in desk.sections[0].lines] == [state]
    assert desk_of(session, city.person("finance", role)).sections == ()


@pytest.mark.req("M-9")
def test_the_inbox_is_work_for_some_and_news_for_others(
    session: Session, city: City, put_delivery: PutDelivery
) -> None:
    for state in DeliveryState:
        put_delivery(state, title=state)
    keys = {role: _keys(desk_of(session, city.person("finance", role))) for role in UNIT_ROLES}
    assert keys[Role.EXCHANGE_CLERK] == ["open", "check", "print"]
    assert keys[Role.VERIFICATION_HOLDER] == ["print", "arrived"]
    assert keys[Role.HANDLER] == ["arrived"]
    assert keys[Role.DRAFTER] == []


@pytest.mark.req("M-9")
def test_what_is_late_comes_first_and_is_counted(
    session: Session, city: City, runtime: Runtime, put_delivery: PutDelivery
) -> None:
    limit = runtime.rules.reception_check_hours
    put_delivery(DeliveryState.DELIVERED, title="新", hours=1)
    put_delivery(DeliveryState.DELIVERED, title="迟", hours=limit + 1)
    receiver = desk_of(session, city.person("finance", Role.EXCHANGE_CLERK))
    assert [line.title for line in receiver.sections[0].lines] == ["迟", "新"]
    assert receiver.late == 1
    sender = desk_of(session, city.person("office", Role.EXCHANGE_CLERK))
    assert [(section.kind.key, section.lines[0].title) for section in sender.sections] == [("unreceived", "迟")]
    assert sender.sections[0].lines[0].party == city.units["finance"].short_name


def test_urgent_documents_come_before_older_ones(session: Session, city: City, put_document: PutDocument) -> None:
    for urgency in ("", "加急", "特急"):
        put_document(DocumentState.ISSUED, title=urgency or "平", urgency=urgency)
    desk = desk_of(session, city.person("office", Role.REGISTRAR))
    assert [line.title for line in desk.sections[0].lines] == ["特急", "加急", "平"]


def test_the_list_of_all_work_puts_the_late_and_the_urgent_first(
    session: Session, city: City, put_document: PutDocument, put_delivery: PutDelivery
) -> None:
    put_document(DocumentState.SEALED, title="平", unit="finance")
    put_document(DocumentState.SEALED, title="急", unit="finance", urgency="特急")
    put_delivery(DeliveryState.CHECKED, title="迟", hours=100)
    put_delivery(DeliveryState.DELIVERED, title="新")
    desk = desk_of(session, city.person("finance", Role.EXCHANGE_CLERK))
    assert [line.title for _, line in desk.todo] == ["迟", "急", "平", "新"]


def test_the_sender_learns_of_returns_and_requests(session: Session, city: City, put_delivery: PutDelivery) -> None:
    put_delivery(DeliveryState.RETURNED, title="退回件")
    put_delivery(DeliveryState.RETURNED, title="旧退回件", hours=24 * 8)
    asked = put_delivery(DeliveryState.RECEIVED, title="加印件")
    session.add(
        MoreCopiesRequest(
            delivery_id=asked.id,
            wanted=3,
            reason="传阅",
            asked_by_id=city.person("finance", Role.EXCHANGE_CLERK).id,
            asked_at=now(),
        )
    )
    session.flush()
    desk = desk_of(session, city.person("office", Role.EXCHANGE_CLERK))
    assert [(section.kind.key, [line.title for line in section.lines]) for section in desk.sections] == [
        ("more", ["加印件"]),
        ("sent-back", ["退回件"]),
    ]


def _application(session: Session, city: City, state: ApplicationState) -> SealApplication:
    application = SealApplication(
        unit_id=city.units["finance"].id,
        applicant_id=city.person("finance", Role.UNIT_ADMINISTRATOR).id,
        state=state,
        reason="启用电子印章",
        face_text="南澄市财政局",
        unit_code=city.units["finance"].code,
        diameter_mm=42,
        custodian_ids=[],
        holder_ids=[],
        content_hash="0" * 64,
        applied_at=now(),
    )
    session.add(application)
    session.flush()
    return application


@pytest.mark.parametrize(
    ("state", "unit", "role"),
    [
        (ApplicationState.APPLIED, "finance", Role.UNIT_HEAD),
        (ApplicationState.AGREED, "office", Role.SECRETARIAT),
        (ApplicationState.REVIEWED, "office", Role.OFFICE_LEADER),
        (ApplicationState.APPROVED, "office", Role.SECRECY_OFFICE),
    ],
)
def test_an_application_waits_for_whoever_is_next(
    session: Session, city: City, state: ApplicationState, unit: str, role: Role
) -> None:
    _application(session, city, state)
    waiting = {
        (key, holder)
        for (key, holder), person in city.people.items()
        if "applications" in _keys(desk_of(session, person))
    }
    assert waiting == {(unit, role)}


def test_a_called_ceremony_is_the_first_thing(session: Session, city: City) -> None:
    application = _application(session, city, ApplicationState.APPROVED)
    secretary = city.person("office", Role.SECRECY_OFFICE)
    session.add(
        Ceremony(
            application_id=application.id,
            application_hash=application.content_hash,
            state=CeremonyState.CALLED,
            called_by_id=secretary.id,
            called_at=now(),
            expires_at=now().replace(year=now().year + 1),
        )
    )
    session.flush()
    for person in (secretary, city.person("office", Role.INFORMATION_CENTRE), city.person("finance", Role.UNIT_HEAD)):
        assert _keys(desk_of(session, person))[0] == "ceremonies"
    assert "ceremonies" not in _keys(desk_of(session, city.person("education", Role.UNIT_HEAD)))


@pytest.mark.req("M-9")
def test_the_desk_is_read_in_one_round(
    session: Session,
    runtime: Runtime,
    city: City,
    put_document: PutDocument,
    put_delivery: PutDelivery,
    put_step: PutStep,
) -> None:
    """Whoever holds every role, with much on every pile."""
    person = city.person("office", Role.DRAFTER)
    person.role_rows += [
        RoleAssignment(role=role, in_office=True, given_at=now())
        for role in set(Role) - DISTRICT_ROLES - SEPARATED_ROLES - {Role.DRAFTER}
    ]
    for state in DocumentState:
        for _ in range(3):
            put_document(state)
    for _ in range(3):
        put_step(put_document(DocumentState.REVIEWING), StepKind.ISSUE)
        put_delivery(DeliveryState.DELIVERED, hours=48)
        put_delivery(DeliveryState.DELIVERED, unit="office")
        _application(session, city, ApplicationState.REVIEWED)
    session.commit()
    with open_session(runtime.engine, writes=False) as reading:
        reader = reading.get_one(Person, person.id)
        with _counted(runtime.engine) as statements:
            desk = desk_of(reading, reader)
    # The keys by which the reader reads, then all piles.
    assert len(statements) == 2, "\n\n".join(statements)
    assert len(desk.sections) >= 8
    assert not any("document.text," in statement for statement in statements), "a list doesn't read texts"


@pytest.mark.req("M-9")
def test_the_home_page_takes_few_statements_whoever_asks(
    session: Session, runtime: Runtime, city: City, client_for: Callable[[Person], FlaskClient]
) -> None:
    for person in city.people.values():
        person.totp_seed = b"set up"
    session.commit()
    for role in Role:
        client = client_for(city.holder(role))
        with _counted(runtime.engine) as statements:
            assert client.get("/").status_code == 200, role
        assert len(statements) <= MOST_STATEMENTS, role


def test_a_full_pile_is_cut_and_says_so(
    session: Session, city: City, put_document: PutDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST", 8)
    for _ in range(9):
        put_document(DocumentState.ISSUED)
    desk = desk_of(session, city.person("office", Role.REGISTRAR))
    assert (desk.sections[0].count, len(desk.sections[0].lines), desk.full) == (8, queries.SHOWN, True)


@pytest.mark.req("M-9")
def test_an_empty_desk_says_so(client_for: Callable[[Person], FlaskClient], city: City) -> None:
    client = client_for(city.person("east", Role.REGISTRAR))
    assert "没有等待您办理的事项" in client.get("/").text
    client.set_cookie("language", "en")
    page = client.get("/").text
    assert "Nothing waits for you" in page
    assert page.count("<h1") == 1


@pytest.mark.req("M-9")
def test_every_line_leads_somewhere(
    client_for: Callable[[Person], FlaskClient], session: Session, city: City, put_delivery: PutDelivery
) -> None:
    delivery = put_delivery(DeliveryState.DELIVERED, hours=48, title="关于<b>防汛</b>的通知")
    session.commit()
    client = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    page = client.get("/").text
    assert "关于&lt;b&gt;防汛&lt;/b&gt;的通知" in page
    with client.application.test_request_context():
        from flask import url_for

        assert f'href="{url_for(exchange.DELIVERY, delivery_id=delivery.id)}"' in page


def test_sections_name_pages_that_exist(app: Flask) -> None:
    kinds = section_kinds()
    assert {kind.more for kind in kinds} | {documents.DOCUMENT, exchange.DELIVERY} <= set(app.view_functions)
    assert {seals.APPLICATION, seals.CEREMONY, help_desk.DISPUTE, joining.JOINING} <= set(app.view_functions)
    assert len({kind.key for kind in kinds}) == len({kind.order for kind in kinds}) == len(kinds)
    assert {kind.part for kind in kinds} == set(Part)


@pytest.mark.parametrize(
    ("hour", "said"),
    [(0, "Working late"), (5, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (23, "Good evening")],
)
def test_the_greeting_follows_the_clock(hour: int, said: str) -> None:
    assert greeting(hour) == said
