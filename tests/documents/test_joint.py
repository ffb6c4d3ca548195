"""Issuing a document jointly 联合发文: who signs, who stamps, who sees it, and when (D-4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.lifecycle import WrongState
from portal.core.runtime import Runtime
from portal.documents import checklist, desk, drafting, joint, listing, operations, queries, reviewing, voiding
from portal.documents.lifecycle import DocumentState
from portal.documents.manuscripts import manuscript_of
from portal.documents.models import Document
from portal.exchange import operations as exchange
from portal.ledger.queries import history
from portal.people.models import Person
from portal.people.piles import Found
from portal.people.roles import Role
from portal.seals.lifecycle import StampState
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.documents.jointly import JOINT, OPINION, ask, at_first, custodian, frozen, named, press, sign
from tests.documents.making import content, draft, submitted

pytestmark = pytest.mark.req("D-4")


def head(city: City, unit: str) -> Person:
    return city.person(unit, Role.UNIT_HEAD)


def sees(session: Session, person: Person, document: Document) -> bool:
    try:
        return queries.get_for(session, person, document.id) is document
    except NotFound:
        return False


def events(session: Session, document: Document) -> list[str]:
    return [event.kind for event in history(session, "document", document.id)]


def lies_before(session: Session, person: Person) -> set[tuple[str, str]]:
    """Section and title of what documents put on the person's desk."""
    lines = [pile.line(Found(*row)) for pile in desk.piles(person) for row in session.execute(pile.rows)]
    return {(line.section, line.title) for line in lines if line is not None}


@pytest.mark.parametrize("wrong", [("office",), ("finance", "finance"), ("east",)])
def test_joint_units_are_others_each_once_and_no_recipients(
    session: Session, runtime: Runtime, city: City, wrong: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        draft(session, runtime, city, **named(city, *wrong))
    assert refused.value.field == "joint"


def test_joint_units_are_found_by_name_or_guessed(session: Session, city: City) -> None:
    assert joint.named(session, ["南澄市教育局", "财政局"]) == (city.units["education"].id, city.units["finance"].id)
    with pytest.raises(Invalid, match="Did you mean") as refused:
        joint.named(session, ["财政"])
    assert refused.value.params["likely"] == "南澄市财政局"
    with pytest.raises(Invalid, match="No unit of the exchange is called"):
        joint.named(session, ["海洋局"])


def test_the_order_is_the_drafters_and_can_be_changed(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city, **named(city, *JOINT))
    drafter = city.person("office", Role.DRAFTER)
    first = document.text_digest, [item.signature for item in document.joint]
    assert first[1] == ["南澄市财政局", "南澄市教育局"]
    changed = content(city, **named(city, "education", "finance"))
    drafting.save_draft(runtime.rules, document, drafter, document.version, changed)
    session.expire_all()
    assert [(item.place, item.unit_id) for item in document.joint] == [
        (2, city.units["education"].id),
        (3, city.units["finance"].id),
    ]
    assert events(session, document).count("document.joint-changed") == 2
    drafting.save_draft(runtime.rules, document, drafter, document.version, changed)
    assert events(session, document).count("document.joint-changed") == 2, "the same units again are no change"


def test_units_of_another_level_are_warned_of(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city, **(named(city, "east-education")))
    said = [finding.params for finding in checklist.review(runtime, document) if "one level" in finding.message]
    assert said == [{"name": "澄东区教育局"}]


def test_the_leaders_sign_one_after_another_and_the_last_day_counts(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = at_first(session, runtime, city)
    assert document.state == DocumentState.REVIEWING and document.issue_date is None
    with pytest.raises(Denied):
        reviewing.countersign(document, head(city, "education"), OPINION)
    with pytest.raises(Denied):
        reviewing.countersign(document, city.person("finance", Role.DEPARTMENT_HEAD), OPINION)
    with pytest.raises(Invalid):
        reviewing.countersign(document, head(city, "finance"), " ")
    with pytest.raises(Refused):
        reviewing.pass_step(document, head(city, "finance"), OPINION)
    step = queries.open_step(document)
    assert step is not None
    sign(document, city, "finance")
    with pytest.raises(AlreadyDone):
        reviewing.countersign(document, head(city, "finance"), OPINION, step.id)
    last = clock.today().replace(year=clock.today().year + 1, day=1)
    monkeypatch.setattr(clock, "today", lambda: last)
    sign(document, city, "education")
    session.flush()
    assert document.state == DocumentState.ISSUED and document.issue_date == last
    assert document.issued_by is head(city, "office")
    assert events(session, document)[-3:] == ["document.issued", *["document.countersigned"] * 2]
    assert [item.signature for item in document.joint] == ["南澄市财政局", "南澄市教育局"]


def test_a_joint_unit_sees_the_text_from_when_it_is_asked(session: Session, runtime: Runtime, city: City) -> None:
    document = submitted(session, runtime, city, **named(city, *JOINT))
    outsiders = [head(city, unit) for unit in ("finance", "education", "east", "west")]
    assert not any(sees(session, person, document) for person in outsiders)
    office = [Role.DEPARTMENT_HEAD, Role.OFFICE_HEAD]
    for role in office:
        reviewing.pass_step(document, city.person("office", role), OPINION)
    assert not any(sees(session, person, document) for person in outsiders)
    reviewing.issue_document(runtime, document, head(city, "office"), OPINION)
    session.flush()
    assert [sees(session, person, document) for person in outsiders] == [True, False, False, False]
    assert lies_before(session, head(city, "finance")) == {("countersign", document.title)}
    assert not lies_before(session, head(city, "education"))
    sign(document, city, "finance")
    session.flush()
    assert [sees(session, person, document) for person in outsiders] == [True, True, False, False]
    assert session.scalars(listing.documents_in(listing.WAITING, head(city, "education"))).all() == [document]


def test_a_unit_that_refuses_sends_it_back_and_sees_it_no_more(session: Session, runtime: Runtime, city: City) -> None:
    document = at_first(session, runtime, city)
    sign(document, city, "finance")
    with pytest.raises(Invalid):
        reviewing.return_step(document, head(city, "education"), "")
    reviewing.return_step(document, head(city, "education"), "第二条与我局职责不符，不予会签。")
    session.flush()
    assert document.state == DocumentState.DRAFTING and document.issued_by is None
    assert not any(sees(session, head(city, unit), document) for unit in JOINT)
    assert ("returned", document.title) in lies_before(session, document.drafter)
    again = content(city, **named(city, *JOINT))
    drafting.save_draft(runtime.rules, document, document.drafter, document.version, again)
    assert not any(sees(session, head(city, unit), document) for unit in JOINT), "asked anew, not before"


def test_all_who_signed_stand_on_an_upward_document(session: Session, runtime: Runtime, city: City) -> None:
    document = at_first(session, runtime, city)
    sign(document, city, "finance")
    reviewing.return_step(document, head(city, "education"), "请修改。")
    from tests.documents.making import DECLARED

    reviewing.submit(runtime, document, document.drafter, DECLARED)
    for role in (Role.DEPARTMENT_HEAD, Role.OFFICE_HEAD):
        reviewing.pass_step(document, city.person("office", role), OPINION)
    reviewing.issue_document(runtime, document, head(city, "office"), OPINION)
    sign(document, city, *JOINT)
    document.direction = "up"
    wanted = tuple(head(city, unit).name for unit in ("office", *JOINT))
    manuscript = manuscript_of(document, {city.units["education"].id: 45.0}, None)
    assert manuscript.signers == wanted, "each once, the signatures of the former text left out"
    assert [organ.seal_diameter for organ in manuscript.joint] == [42.0, 45.0]
    assert manuscript.metadata["joint"] == [
        {"code": city.units[unit].code, "name": city.units[unit].name} for unit in JOINT
    ]


@pytest.mark.req("S-10")
def test_each_custodian_stamps_in_the_issuers_order(session: Session, runtime: Runtime, city: City) -> None:
    document = frozen(session, runtime, city)
    for early in JOINT:
        with pytest.raises(Refused, match="one after another"):
            ask(document, custodian(city, early))
    with pytest.raises(Denied):
        ask(document, custodian(city, "east"))
    clerk = city.person("office", Role.EXCHANGE_CLERK)
    before = document.frozen_digest
    for place, unit in enumerate(("office", *JOINT), 1):
        assert ("stamp", document.title) in lies_before(session, custodian(city, unit))
        stamping = next(tab for tab in listing.TABS if tab.key == "stamp")
        assert session.scalars(listing.documents_in(stamping, custodian(city, unit))).all() == [document]
        with pytest.raises(WrongState):
            operations.mark_sent(document, clerk, clock.today(), 2)
        request = press(session, document, city, unit)
        assert (request.place, request.digest, request.seal.unit_id) == (place, before, city.units[unit].id)
        assert not lies_before(session, custodian(city, unit))
        with pytest.raises(AlreadyDone):
            ask(document, custodian(city, unit))
        before = request.sealed_digest
    assert (document.state, document.seals_on, document.sealed_digest) == (DocumentState.SEALED, 3, "3" * 64)
    assert events(session, document).count("document.pressed") == 2
    assert events(session, document)[-1] == "document.sealed"


def test_it_is_sent_when_all_seals_are_on_and_kept_on_record(session: Session, runtime: Runtime, city: City) -> None:
    document = frozen(session, runtime, city)
    clerk = city.person("office", Role.EXCHANGE_CLERK)
    for unit in ("office", "finance"):
        press(session, document, city, unit)
    with pytest.raises(Refused, match="Not all units"):
        exchange.send_document(session, document, clerk)
    press(session, document, city, "education")
    with pytest.raises(Denied):
        exchange.send_document(session, document, city.person("finance", Role.EXCHANGE_CLERK))
    deliveries = exchange.send_document(session, document, clerk)
    session.flush()
    assert {item.unit_id for item in deliveries} == {city.units["east"].id, city.units["west"].id}
    record = next(tab for tab in listing.TABS if tab.key == "joint")
    for unit in JOINT:
        assert session.scalars(listing.documents_in(record, city.person(unit, Role.DRAFTER))).all() == [document]
    assert not session.scalars(listing.documents_in(record, city.person("east", Role.DRAFTER))).all()


def test_a_failed_stamp_leaves_the_seals_before_it(session: Session, runtime: Runtime, city: City) -> None:
    document = frozen(session, runtime, city)
    press(session, document, city, "office")
    request = ask(document, custodian(city, "finance"))
    request.state, request.error = StampState.FAILED, "The device can't be reached."
    operations.take_stamp_failure(session, request)
    assert (document.state, document.seals_on, document.sealed_digest) == (DocumentState.FROZEN, 1, "1" * 64)
    assert press(session, document, city, "finance").attempt == 2


def test_an_impression_out_of_turn_is_undone(session: Session, runtime: Runtime, city: City) -> None:
    """Whatever the register is made to say: the seal server's transaction asks the document itself."""
    document = frozen(session, runtime, city)
    press(session, document, city, "office")
    request = ask(document, custodian(city, "finance"))
    request.place, request.sealed_digest = 3, "3" * 64
    with pytest.raises(Refused, match="one after another"):
        operations.take_stamped(session, request)
    assert document.seals_on == 1


def test_a_document_half_stamped_can_be_voided(session: Session, runtime: Runtime, city: City) -> None:
    document = frozen(session, runtime, city)
    press(session, document, city, "office")
    request = ask(document, custodian(city, "finance"))
    with pytest.raises(Denied):
        voiding.void(document, head(city, "finance"), "误发。")
    voiding.void(document, head(city, "office"), "误发。")
    assert document.state == DocumentState.CANCELLED and request.state == StampState.FAILED
    assert sees(session, head(city, "finance"), document), "signed and on record"


def test_two_custodians_at_once_ask_for_one_stamp(session: Session, runtime: Runtime, city: City) -> None:
    """Those of the office and of the next unit, each twice: one stamp is asked for, and it is the office's."""
    document_id = frozen(session, runtime, city).id
    keepers = [custodian(city, unit).id for unit in ("office", "finance") for _ in range(2)]
    start = Barrier(len(keepers))

    def click(person_id: int) -> str:
        start.wait()
        try:
            with unit_of_work(runtime.engine) as own:
                ask(own.get_one(Document, document_id), own.get_one(Person, person_id))
        except (AlreadyDone, Refused, Invalid) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(keepers)) as pool:
        ended = list(pool.map(click, keepers))
    assert ended.count("done") == 1 and "done" in ended[:2]
    request = session.scalars(select(StampRequest)).one()
    assert (request.place, request.seal.unit_id) == (1, city.units["office"].id)
