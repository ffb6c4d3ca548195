"""Renaming, dissolving and merging units (U-3, U-4, U-5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.documents import drafting, voiding
from portal.documents.drafting import Addressee
from portal.documents.lifecycle import DocumentState as S
from portal.documents.models import Document, RecipientKind
from portal.documents.queries import open_step
from portal.exchange import operations as exchange
from portal.exchange import queries as deliveries
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from portal.registration import change_queries, change_work, changes
from portal.registration.change_lifecycle import ChangeState
from portal.registration.change_models import MergeForm
from portal.seals import operations as seals
from portal.seals.lifecycle import SealState
from portal.units.hooks import Disposal
from tests.city import City
from tests.documents.making import content, draft, issued, numbered, submitted
from tests.documents.sealing import give_seal
from tests.exchange.travelling import clerk, delivery_to, quick_sealed, quick_sent
from tests.registration.changing import NEW_NAME, dissolve_wish, done, joined, letter, merge_wish, rename_wish, reviewed


def officer(city: City) -> Person:
    return city.person("office", Role.INFORMATION_CENTRE)


def numbers(rows: list[dict[str, object]]) -> dict[object, object]:
    return {(row["unit"], row["key"]): row["count"] for row in rows}


def own_draft(session: Session, runtime: Runtime, city: City, unit: str, *to: str) -> Document:
    """A draft of a department."""
    addressees = tuple(Addressee(RecipientKind.MAIN, unit_id=city.units[key].id, print_quota=2) for key in to)
    return drafting.draft_document(
        session, runtime.rules, city.person(unit, Role.DRAFTER), content(city, addressees=addressees)
    )


# ---- the case ----


@pytest.mark.req("U-3")
def test_a_case_goes_from_desk_to_desk(session: Session, runtime: Runtime, city: City) -> None:
    administrator = city.person("finance", Role.UNIT_ADMINISTRATOR)
    with pytest.raises(Denied):
        changes.file_change(runtime, session, city.person("finance", Role.DRAFTER), rename_wish(city), letter())
    change = changes.file_change(runtime, session, administrator, rename_wish(city), letter())
    with pytest.raises(Refused):
        changes.file_change(runtime, session, administrator, rename_wish(city), letter())
    for stranger in (administrator, city.person("education", Role.UNIT_HEAD), officer(city)):
        with pytest.raises(Denied):
            changes.agree(change, stranger, "同意。")
    with pytest.raises(Refused):
        change_work.confirm(session, change, officer(city), None)
    changes.agree(change, city.person("finance", Role.UNIT_HEAD), "同意。")
    with pytest.raises(AlreadyDone):
        changes.agree(change, city.person("finance", Role.UNIT_HEAD), "同意。")
    with pytest.raises(Denied):
        changes.review(change, city.person("east", Role.DISTRICT_MANAGER), "同意。")
    changes.review(change, officer(city), "同意。")
    with pytest.raises(Refused):
        change_work.carry_out(session, change, officer(city))
    changes.withdraw(change, administrator, "暂缓。")
    assert change.state == ChangeState.WITHDRAWN
    assert changes.file_change(runtime, session, administrator, rename_wish(city), letter()).state == ChangeState.FILED


@pytest.mark.req("U-3", "U-6")
def test_a_district_reviews_its_own_units(session: Session, runtime: Runtime, city: City) -> None:
    administrator = city.person("east-education", Role.UNIT_ADMINISTRATOR)
    change = changes.file_change(runtime, session, administrator, rename_wish(city, "east-education"), letter())
    changes.agree(change, city.person("east-education", Role.UNIT_HEAD), "同意。")
    with pytest.raises(Denied):
        changes.review(change, city.person("west", Role.DISTRICT_MANAGER), "同意。")
    changes.review(change, city.person("east", Role.DISTRICT_MANAGER), "同意。")
    with pytest.raises(Denied):
        change_work.confirm(session, change, city.person("east", Role.DISTRICT_MANAGER), None)


@pytest.mark.req("U-3")
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": "南澄市教育局"}, "name"),
        ({"name": " "}, "name"),
        ({"document_code": "南教发"}, "document_code"),
        ({"administrator_id": 1}, "administrator"),
        ({"staying": []}, "staying"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_wish_that_cannot_be(
    session: Session, runtime: Runtime, city: City, facts: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as raised:
        changes.file_change(
            runtime,
            session,
            city.person("finance", Role.UNIT_ADMINISTRATOR),
            rename_wish(city, "finance", **facts),
            letter(),
        )
    assert raised.value.field == field


@pytest.mark.req("U-3")
def test_a_unit_is_renamed_by_letter_only(session: Session, runtime: Runtime, city: City) -> None:
    administrator = city.person("finance", Role.UNIT_ADMINISTRATOR)
    with pytest.raises(Invalid) as raised:
        changes.file_change(runtime, session, administrator, rename_wish(city), None)
    assert raised.value.field == "letter"
    change = changes.file_change(runtime, session, administrator, rename_wish(city), letter())
    assert change.evidence_name == "批复.txt"


# ---- renaming ----


@pytest.mark.req("U-3")
def test_a_unit_is_renamed(session: Session, runtime: Runtime, city: City) -> None:
    unit = city.units["finance"]
    before = own_draft(session, runtime, city, "finance", "education")
    sent = quick_sent(session, runtime, city)
    sent.sent_at = datetime(2024, 5, 6, tzinfo=UTC)
    leaver = city.person("finance", Role.DRAFTER)
    staying = [person.id for (key, _), person in city.people.items() if key == "finance" and person is not leaver]
    heir_of_draft = city.person("finance", Role.HANDLER)
    from portal.people.operations import give_role

    give_role(heir_of_draft, Role.DRAFTER)
    named = city.person("finance", Role.LEADER)
    change = done(
        session,
        runtime,
        city,
        rename_wish(city, administrator_id=named.id, staying=staying),
        receiver_id=heir_of_draft.id,
    )
    assert numbers(change.result or []) == numbers(change.confirmed or [])
    assert (unit.name, unit.document_code) == (NEW_NAME, "南财资发")
    assert unit.name_at(sent.sent_at) == "南澄市财政局"
    assert next(item.name for item in sent.recipients) == "南澄市财政局"
    assert (before.signature, before.red_head, before.drafter_id) == (NEW_NAME, f"{NEW_NAME}文件", heir_of_draft.id)
    assert leaver.closed_at is not None and heir_of_draft.closed_at is None
    assert Role.UNIT_ADMINISTRATOR in named.own_roles
    assert not city.person("finance", Role.UNIT_ADMINISTRATOR).own_roles
    with pytest.raises(AlreadyDone):
        change_work.carry_out(session, change, officer(city))


@pytest.mark.req("U-3")
def test_review_goes_on_under_the_new_head(session: Session, runtime: Runtime, city: City) -> None:
    from portal.documents import reviewing

    document = submitted(session, runtime, city)
    wish = rename_wish(city, "office")
    done(session, runtime, city, wish, "office")
    assert document.state == S.REVIEWING and document.signature == NEW_NAME
    reviewing.pass_step(document, city.person("office", Role.DEPARTMENT_HEAD), "同意。")


# ---- dissolving ----


@pytest.mark.req("U-4")
def test_nothing_is_done_before_the_instruction(session: Session, runtime: Runtime, city: City) -> None:
    from dataclasses import replace

    change = reviewed(session, runtime, city, replace(dissolve_wish(city), disposal=None, heir_id=None))
    with pytest.raises(Refused):
        change_work.confirm(session, change, officer(city), None)
    administrator = city.person("finance", Role.UNIT_ADMINISTRATOR)
    with pytest.raises(Denied):
        changes.instruct(session, change, officer(city), Disposal.DESTROY, None)
    changes.instruct(session, change, administrator, Disposal.ARCHIVE, city.units["west"].id)
    change_work.confirm(session, change, officer(city), None)
    assert change.heir is city.units["west"]


@pytest.mark.req("U-4")
def test_seals_come_back_first(session: Session, runtime: Runtime, city: City) -> None:
    seal = give_seal(session, city.units["finance"], city.person("finance", Role.SEAL_CUSTODIAN))
    change = reviewed(session, runtime, city, dissolve_wish(city))
    with pytest.raises(Refused):
        change_work.confirm(session, change, officer(city), None)
    secrecy = city.person("office", Role.SECRECY_OFFICE)
    with pytest.raises(Denied):
        seals.take_back(seal, city.person("finance", Role.UNIT_HEAD), "UKey")
    with pytest.raises(Invalid):
        seals.take_back(seal, secrecy, " ")
    seals.take_back(seal, secrecy, "UKey 一支，由办公室送回。")
    with pytest.raises(AlreadyDone):
        seals.take_back(seal, secrecy, "again")
    assert seal.state == SealState.SUSPENDED
    change_work.confirm(session, change, officer(city), None)
    change_work.carry_out(session, change, officer(city))
    assert seal.state == SealState.REVOKED and seal.revoked_at is not None


@pytest.mark.req("U-4", "A-7")
def test_a_unit_is_dissolved_and_hands_over(session: Session, runtime: Runtime, city: City) -> None:
    finance, education = city.units["finance"], city.units["education"]
    mine = own_draft(session, runtime, city, "finance", "education", "west")
    arriving = delivery_to(session, quick_sent(session, runtime, city), city)
    others = draft(session, runtime, city)
    waiting = quick_sealed(session, runtime, city)
    session.add(
        LoginSession(
            token_hash="x" * 64,
            person_id=city.person("finance", Role.DRAFTER).id,
            created_at=arriving.delivered_at,
            seen_at=arriving.delivered_at,
            address="127.0.0.1",
        )
    )
    receiver = city.person("education", Role.DRAFTER)
    change = done(session, runtime, city, dissolve_wish(city), receiver_id=receiver.id)
    assert numbers(change.result or []) == numbers(change.confirmed or [])
    assert finance.left_at is not None and finance.heir is education
    assert (mine.unit, mine.holder_id, mine.drafter_id, mine.state) == (
        education,
        education.id,
        receiver.id,
        S.DRAFTING,
    )
    assert [item.unit_id for item in mine.recipients] == [city.units["west"].id]
    assert (arriving.unit_id, arriving.holder_id) == (finance.id, education.id)
    assert finance.id not in [item.unit_id for item in others.recipients]
    assert all(person.closed_at for (key, _), person in city.people.items() if key == "finance")
    assert session.scalars(select(LoginSession.ended_at).where(LoginSession.token_hash == "x" * 64)).one()
    exchange.send_document(session, waiting, clerk(city))
    assert delivery_to(session, waiting, city).holder_id == education.id
    assert deliveries.get_for(session, clerk(city, "education"), arriving.id) is arriving
    with pytest.raises(Refused):
        own_draft(session, runtime, city, "finance", "west")


@pytest.mark.req("U-4")
@pytest.mark.parametrize("disposal", [Disposal.ARCHIVE, Disposal.DESTROY])
def test_drafts_end_with_the_unit(session: Session, runtime: Runtime, city: City, disposal: Disposal) -> None:
    mine = own_draft(session, runtime, city, "finance", "west")
    heir = city.units["office" if disposal is Disposal.DESTROY else "west"]
    change = done(session, runtime, city, dissolve_wish(city, "west", disposal))
    assert (mine.state, mine.holder_id, change.heir) == (S.CANCELLED, heir.id, heir)
    assert (mine.text == "") is (disposal is Disposal.DESTROY)


@pytest.mark.req("U-4")
def test_what_is_numbered_blocks_until_sent_or_voided(session: Session, runtime: Runtime, city: City) -> None:
    document = numbered(session, runtime, city)
    document.unit_id = document.holder_id = city.units["finance"].id
    session.flush()
    session.expire(document)
    change = reviewed(session, runtime, city, dissolve_wish(city))
    with pytest.raises(Refused):
        change_work.confirm(session, change, officer(city), None)
    leader = city.person("finance", Role.LEADER)
    with pytest.raises(Denied):
        voiding.void(document, city.person("education", Role.LEADER), "重复")
    with pytest.raises(Invalid):
        voiding.void(document, leader, "")
    voiding.void(document, leader, "机构撤销，不再印发。")
    assert document.state == S.CANCELLED and document.number is not None
    change_work.confirm(session, change, officer(city), None)


@pytest.mark.req("U-4")
def test_voiding_calls_a_stamp_off(session: Session, runtime: Runtime, city: City) -> None:
    from portal.documents import queries
    from portal.seals.lifecycle import StampState

    document = quick_sealed(session, runtime, city)
    request = queries.stamp_request(session, document)
    assert request is not None
    document.state, document.sealed_digest, request.state = S.SEALING, None, StampState.ASKED
    session.flush()
    leader = city.person("office", Role.UNIT_HEAD)
    voiding.void(document, leader, "内容有误。")
    assert (document.state, request.state) == (S.CANCELLED, StampState.FAILED)
    with pytest.raises(AlreadyDone):
        voiding.void(document, leader, "again")


@pytest.mark.req("U-4")
def test_what_changed_since_is_looked_at_again(session: Session, runtime: Runtime, city: City) -> None:
    change = reviewed(session, runtime, city, dissolve_wish(city))
    change_work.confirm(session, change, officer(city), None)
    quick_sent(session, runtime, city)
    with pytest.raises(Refused):
        change_work.carry_out(session, change, officer(city))
    assert change.state == ChangeState.REVIEWED and city.units["finance"].left_at is None


# ---- merging ----


@pytest.mark.req("U-5")
def test_one_name_is_kept(session: Session, runtime: Runtime, city: City) -> None:
    mover = city.person("finance", Role.DRAFTER)
    custodian = city.person("finance", Role.SEAL_CUSTODIAN)
    mine = own_draft(session, runtime, city, "finance", "west")
    change = done(session, runtime, city, merge_wish(city, "education", "finance", staying=[mover.id, custodian.id]))
    assert numbers(change.result or []) == numbers(change.confirmed or [])
    education = city.units["education"]
    assert (mover.unit, mover.closed_at, mover.own_roles) == (education, None, frozenset({Role.DRAFTER}))
    assert (custodian.unit, custodian.own_roles) == (education, frozenset())
    assert (mine.holder_id, mine.drafter_id) == (education.id, mover.id)
    assert city.person("finance", Role.HANDLER).closed_at is not None


@pytest.mark.req("U-5")
def test_a_new_unit_inherits_from_all(session: Session, runtime: Runtime, city: City) -> None:
    both = quick_sent(session, runtime, city)
    crossing = own_draft(session, runtime, city, "finance", "education", "west")
    named = draft(session, runtime, city)
    wish = merge_wish(city, "west", "finance", "education", form=MergeForm.NEW)
    with pytest.raises(Invalid):  # "west" has been there all along
        changes.file_change(runtime, session, city.person("finance", Role.UNIT_ADMINISTRATOR), wish, None)
    joined(session, city, "west")
    receiver = city.person("west", Role.DRAFTER)
    change = done(session, runtime, city, wish, receiver_id=receiver.id)
    west = city.units["west"]
    assert numbers(change.result or []) == numbers(change.confirmed or [])
    assert {delivery_to(session, both, city, key).holder_id for key in ("finance", "education")} == {west.id}
    assert crossing.holder_id == west.id and not crossing.recipients
    assert sorted(item.unit_id or 0 for item in named.recipients) == sorted([west.id, city.units["east"].id])
    assert open_step(crossing) is None


@pytest.mark.req("U-5")
def test_every_going_unit_names_its_people(session: Session, runtime: Runtime, city: City) -> None:
    administrator = city.person("finance", Role.UNIT_ADMINISTRATOR)
    wish = merge_wish(city, "west", "finance", "education", form=MergeForm.NEW)
    joined(session, city, "west")
    change = changes.file_change(runtime, session, administrator, wish, None)
    changes.agree(change, city.person("finance", Role.UNIT_HEAD), "同意。")
    with pytest.raises(AlreadyDone):
        changes.agree(change, city.person("finance", Role.UNIT_HEAD), "同意。")
    with pytest.raises(Refused):
        changes.review(change, officer(city), "同意。")
    head = city.person("education", Role.UNIT_HEAD)
    assert session.scalar(select(change_queries.waiting_count(head))) == 1
    with pytest.raises(Denied):
        changes.agree(change, city.person("west", Role.UNIT_HEAD), "同意。")
    changes.agree(change, head, "同意。")
    assert session.scalar(select(change_queries.waiting_count(head))) == 0
    changes.review(change, officer(city), "同意。")
    with pytest.raises(Refused):
        change_work.confirm(session, change, officer(city), None)
    other = next(member for member in change.members if member.unit is city.units["education"])
    with pytest.raises(Denied):
        changes.name_people(other, administrator, ())
    with pytest.raises(Invalid):
        changes.name_people(other, city.person("education", Role.UNIT_ADMINISTRATOR), [administrator.id])
    changes.name_people(other, city.person("education", Role.UNIT_ADMINISTRATOR), ())
    change_work.confirm(session, change, officer(city), None)


@pytest.mark.req("U-5")
def test_what_waits_issued_without_number_begins_anew(session: Session, runtime: Runtime, city: City) -> None:
    document = issued(session, runtime, city)
    document.unit_id = document.holder_id = city.units["finance"].id
    session.flush()
    session.expire(document)
    receiver = city.person("education", Role.DRAFTER)
    done(session, runtime, city, merge_wish(city, "education", "finance"), receiver_id=receiver.id)
    assert (document.state, document.issued_at, document.drafter_id) == (S.DRAFTING, None, receiver.id)
