"""Acting is a mode of the session: what it opens, what it never does, how it ends (A-6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import frozen, today
from portal.core.errors import Denied
from portal.core.permissions import Permission as P
from portal.core.runtime import Runtime
from portal.documents import policy as document_policy
from portal.documents import queries as document_queries
from portal.documents import reviewing as documents
from portal.documents.models import Document
from portal.documents.views import presentation
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people import delegations
from portal.people.models import Delegation, LoginSession, Person
from portal.people.operations import give_role
from portal.people.policy import NOT_DELEGATED
from portal.people.roles import Role
from portal.seals import ceremonies, queries
from portal.seals import operations as seals
from portal.seals import policy as seal_policy
from portal.seals.consent import Consent
from tests.city import City
from tests.documents.making import submitted
from tests.documents.sealing import give_seal
from tests.people.acting import act, named, switch

pytestmark = pytest.mark.req("A-6")
Login = Callable[[Person], FlaskClient]


@pytest.fixture
def delegation(session: Session, city: City) -> Delegation:
    """The office head may act for the leader."""
    made = named(city.person("finance", Role.LEADER), city.person("finance", Role.OFFICE_HEAD), Role.LEADER)
    session.commit()
    return made


def test_the_switch_shows_a_bar_on_every_page_and_leads_back(client_for: Login, delegation: Delegation) -> None:
    client = client_for(delegation.delegate)
    assert "acting-bar" not in client.get("/").text
    assert client.post(f"/acting/{delegation.id}/begin").status_code == 303
    for path in ("/", "/profile", "/acting", "/documents"):
        page = client.get(path).text
        assert f"正在代{delegation.principal.name}办理" in page, path
    assert client.post("/acting/stop").status_code == 303
    assert "acting-bar" not in client.get("/").text


def test_both_switches_are_recorded_under_both_names(
    session: Session, client_for: Login, delegation: Delegation
) -> None:
    client = client_for(delegation.delegate)
    client.post(f"/acting/{delegation.id}/begin")
    client.post("/acting/stop")
    events = session.scalars(
        select(LedgerEvent).where(LedgerEvent.kind.in_((Event.PERSON_ACTING_BEGAN, Event.PERSON_ACTING_ENDED)))
    ).all()
    assert [event.acting_for_id for event in events] == [delegation.principal_id] * 2


def test_only_the_acting_person_switches(
    session: Session, client_for: Login, city: City, delegation: Delegation
) -> None:
    assert client_for(delegation.principal).post(f"/acting/{delegation.id}/begin").status_code == 403
    assert client_for(city.person("finance", Role.HANDLER)).post(f"/acting/{delegation.id}/begin").status_code == 404
    assert client_for(delegation.delegate).post("/acting/stop").status_code == 409


def _end(delegation: Delegation, how: str, session: Session, city: City) -> None:
    principal = delegation.principal
    if how == "ended":
        delegations.end_delegation(delegation, principal)
    elif how == "role taken":
        principal.role_rows.clear()
    elif how == "closed":
        principal.closed_at = delegation.named_at
    else:
        principal.unit_id = city.units["education"].id
    session.commit()


@pytest.mark.parametrize("how", ["ended", "role taken", "closed", "moved"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_mode_ends_with_what_it_rests_on(
    session: Session, client_for: Login, city: City, delegation: Delegation, how: str, method: str
) -> None:
    client = client_for(delegation.delegate)
    client.post(f"/acting/{delegation.id}/begin")
    session.refresh(delegation)
    _end(delegation, how, session, city)
    answer = client.open("/profile", method=method, data={"mobile": "13800000000"})
    assert answer.status_code == (200 if method == "GET" else 303)  # a form of the ended mode is dropped
    page = client.get("/").text if method == "POST" else answer.text
    assert "代理已结束" in page and "acting-bar" not in page
    session.expire_all()
    assert delegation.delegate.mobile is None
    live = session.scalars(select(LoginSession).where(LoginSession.person_id == delegation.delegate_id)).one()
    assert live.acting_delegation_id is None


def test_the_mode_ends_with_the_last_day(client_for: Login, delegation: Delegation) -> None:
    with frozen(delegation.ends_at - timedelta(minutes=2)):
        client = client_for(delegation.delegate)
        client.post(f"/acting/{delegation.id}/begin")
    with frozen(delegation.ends_at + timedelta(minutes=1)):
        assert "acting-bar" not in client.get("/").text


def test_permissions_follow_the_principal_less_what_is_never_delegated(
    session: Session, runtime: Runtime, city: City
) -> None:
    head, delegate = city.person("finance", Role.UNIT_HEAD), city.person("finance", Role.OFFICE_HEAD)
    acting = act(head, delegate, Role.UNIT_HEAD)
    assert acting.permissions == head.permissions - NOT_DELEGATED
    assert {P.DOCUMENTS_ISSUE, P.SEALS_AGREE} <= acting.permissions
    never = {P.SEALS_TAKE_SEAT, P.DOCUMENTS_STAMP, P.EXCHANGE_PRINT, P.SEALS_FREEZE, P.LEDGER_AUDIT, P.PEOPLE_GUARD}
    assert not never & acting.permissions


def test_nobody_stands_in_over_a_seal(session: Session, runtime: Runtime, city: City) -> None:
    head, custodian = city.person("office", Role.UNIT_HEAD), city.person("office", Role.SEAL_CUSTODIAN)
    seal = give_seal(session, head.unit, custodian)
    assert queries.keeps(seal, custodian) and ceremonies.seat_for(seal.ceremony, head) is not None
    acting = act(head, custodian, Role.UNIT_HEAD)
    assert not queries.keeps(seal, acting) and not queries.kept_by(session, acting)
    assert ceremonies.seat_for(seal.ceremony, acting) is None and ceremonies.own_seat(seal.ceremony, acting) is None
    assert not seal_policy.may_freeze(seal, acting)
    with pytest.raises(Denied):
        ceremonies.abort(seal.ceremony, acting, "…")
    with pytest.raises(Denied):
        seals.suspend(seal, acting, "遗失")
    with pytest.raises(Denied):
        seals.ask_stamp(
            session, seal=seal, custodian=acting, reference="x", purpose="x", digest="0" * 64, given=Consent("totp")
        )


@pytest.mark.parametrize("path", ["/seals/1/suspend", "/documents/1/stamp", "/inbox/1/print", "/ceremonies/1/seat"])
def test_the_doors_stay_shut(session: Session, client_for: Login, city: City, path: str) -> None:
    head = city.person("office", Role.UNIT_HEAD)
    made = named(head, city.person("office", Role.DEPARTMENT_HEAD), Role.UNIT_HEAD)
    session.commit()
    client = client_for(made.delegate)
    switch(session, made)
    assert client.post(path).status_code in (403, 404)


def test_drafts_belong_to_the_desk(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = city.person("office", Role.DRAFTER), city.person("office", Role.HANDLER)
    own = submitted(session, runtime, city)
    assert own.drafter is principal
    acting = act(principal, delegate, Role.DRAFTER)
    assert document_policy.is_drafter(acting, own)
    acting.acting = None
    assert not document_policy.is_drafter(acting, own)


def test_a_draft_begun_for_somebody_is_theirs_too(session: Session, runtime: Runtime, city: City) -> None:
    principal, delegate = city.person("office", Role.DRAFTER), city.person("office", Role.HANDLER)
    act(principal, delegate, Role.DRAFTER)
    city.people["office", Role.DRAFTER] = delegate
    document = submitted(session, runtime, city)
    assert (document.drafter, document.drafted_for) == (delegate, principal)
    assert document_policy.is_drafter(principal, document)


def _at_leader(session: Session, runtime: Runtime, city: City) -> Document:
    document = submitted(session, runtime, city)
    for role in (Role.DEPARTMENT_HEAD, Role.OFFICE_HEAD):
        documents.pass_step(document, city.person("office", role), "同意。")
    return document


def test_an_acting_leader_issues_in_their_own_name_with_both_kept(
    session: Session, runtime: Runtime, city: City
) -> None:
    document = _at_leader(session, runtime, city)
    leader, delegate = city.person("office", Role.LEADER), city.person("office", Role.HANDLER)
    acting = act(leader, delegate, Role.LEADER)
    documents.issue_document(runtime, document, acting, "同意印发。")
    session.flush()
    assert (document.issued_by, document.issued_for) == (delegate, leader)
    assert (document.steps[-1].done_by, document.steps[-1].done_for) == (delegate, leader)
    event = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.DOCUMENT_ISSUED)).one()
    assert (event.actor_id, event.acting_for_id) == (delegate.id, leader.id)


@pytest.mark.req("D-2")
@pytest.mark.parametrize("drafter", ["the delegate", "the principal"])
def test_nobody_reviews_their_own_draft_by_acting(session: Session, runtime: Runtime, city: City, drafter: str) -> None:
    document = submitted(session, runtime, city)
    head = city.person("office", Role.DEPARTMENT_HEAD)
    delegate = document.drafter if drafter == "the delegate" else city.person("office", Role.HANDLER)
    if drafter == "the principal":
        document.drafter = head
        session.flush()
    acting = act(head, delegate, Role.DEPARTMENT_HEAD)
    assert _waits(session, document, acting)  # nobody else holds this desk (HW8)
    other = city.person("office", Role.LEADER)
    give_role(other, Role.DEPARTMENT_HEAD)
    assert not _waits(session, document, acting)
    with pytest.raises(Denied):
        documents.pass_step(document, acting, "同意。")


def _waits(session: Session, document: Document, person: Person) -> bool:
    return document in session.scalars(document_queries.waiting_for(person)).all()


def test_the_history_of_a_document_shows_both_names(
    session: Session, client_for: Login, runtime: Runtime, city: City
) -> None:
    document = _at_leader(session, runtime, city)
    leader = city.person("office", Role.LEADER)
    made = named(leader, city.person("office", Role.DEPARTMENT_HEAD), Role.LEADER)
    session.commit()
    client = client_for(made.delegate)
    switch(session, made)
    step = document.steps[-1].id
    form = {"decision": "issue", "opinion": "同意印发。", "step_id": step, "confirmed": "yes"}
    assert client.post(f"/documents/{document.id}/review", data=form).status_code == 303
    page = client.get(f"/documents/{document.id}").text
    assert f"{made.delegate.name} 代{leader.name}" in page or f"代{leader.name}" in page
    session.expire_all()
    assert document.issued_by is made.delegate
    with client.application.test_request_context():
        first = presentation.timeline(session, document, leader)[0]
    assert (first["who"], first["acting_for"]) == (made.delegate.name, leader.name)


def test_naming_by_the_page(session: Session, client_for: Login, city: City) -> None:
    principal, delegate = city.person("finance", Role.LEADER), city.person("finance", Role.OFFICE_HEAD)
    client = client_for(principal)
    form = {"delegate": delegate.id, "roles": ["leader"], "first_day": today().isoformat(), "reason": "休假"}
    wrong = client.post("/acting", data={**form, "last_day": (today() - timedelta(days=1)).isoformat()})
    assert wrong.status_code == 422 and "休假" in wrong.text
    right = client.post("/acting", data={**form, "last_day": today().isoformat()})
    assert right.status_code == 303
    assert delegate.name in client.get("/acting").text
    made = session.scalars(select(Delegation)).one()
    city.person("finance", Role.UNIT_HEAD).totp_seed = b"set up"
    session.commit()
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    assert delegate.name in head.get("/delegations").text
    assert head.post(f"/delegations/{made.id}/end").status_code == 303
    again = head.post("/delegations", data={**form, "principal": principal.id, "last_day": today().isoformat()})
    assert again.status_code == 303
    watching = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    assert watching.get("/delegations").status_code == 200
    refused = watching.post("/delegations", data={**form, "principal": principal.id, "last_day": "2099-01-01"})
    assert refused.status_code == 403
