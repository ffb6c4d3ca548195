"""A unit is renamed, merged or dissolved while it issues a document with another (D-4, U-3 to U-5)."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.documents import joint_succession, queries, reviewing, succession
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.ledger.queries import history
from portal.people.roles import Role
from portal.units.hooks import Change, ChangeKind, Disposal
from tests.city import City
from tests.documents.jointly import JOINT, at_first, frozen, press, sign

pytestmark = pytest.mark.req("D-4", "U-3", "U-4", "U-5")


def change(city: City, unit: str, heir: str, kind: ChangeKind = ChangeKind.MERGE, **more: object) -> Change:
    receiver = city.person(heir, Role.DRAFTER).id
    values = {"reason": "机构改革。", "receiver_id": receiver, **more}
    return Change(kind=kind, unit=city.units[unit], heir=city.units[heir], **values)  # type: ignore[arg-type]


def carried_out(session: Session, city: City, what: Change) -> dict[str, bool]:
    """The keys of what was touched, and whether it stops the change."""
    actor = city.person("office", Role.UNIT_ADMINISTRATOR)
    effects = joint_succession.carry_out(session, what, actor)
    return {effect.key: effect.blocking for effect in effects}


def places(document: Document) -> list[tuple[int, str]]:
    return [(item.place, item.signature) for item in document.joint]


def test_the_heir_takes_the_place_and_signs(session: Session, runtime: Runtime, city: City) -> None:
    document = at_first(session, runtime, city)
    digest = document.text_digest
    assert carried_out(session, city, change(city, "finance", "east-education")) == {"documents.joint": False}
    assert places(document) == [(2, "澄东区教育局"), (3, "南澄市教育局")]
    assert document.state == DocumentState.REVIEWING and document.text_digest != digest
    assert history(session, "document", document.id)[-1].facts == {
        "former": city.units["finance"].id,
        "heir": city.units["east-education"].id,
    }
    assert queries.get_for(session, city.person("east-education", Role.UNIT_HEAD), document.id) is document
    sign(document, city, "east-education", "education")
    assert document.state == DocumentState.ISSUED


def test_what_was_signed_stays_signed(session: Session, runtime: Runtime, city: City) -> None:
    document = at_first(session, runtime, city)
    sign(document, city, "finance")
    carried_out(session, city, change(city, "finance", "east-education"))
    sign(document, city, "education")
    assert document.state == DocumentState.ISSUED
    reviewing.require_unchanged(document)


def test_a_renamed_unit_goes_on_under_its_new_name(session: Session, runtime: Runtime, city: City) -> None:
    document = at_first(session, runtime, city)
    what = change(city, "education", "education", ChangeKind.RENAME, name="南澄市教体局", red_head="南澄市教体局文件")
    assert carried_out(session, city, what) == {"documents.joint": False}
    assert places(document) == [(2, "南澄市财政局"), (3, "南澄市教体局")]
    sign(document, city, *JOINT)
    assert document.state == DocumentState.ISSUED


@pytest.mark.parametrize(
    ("heir", "disposal"),
    [
        ("office", Disposal.HAND_OVER),
        ("education", Disposal.HAND_OVER),
        ("west", Disposal.HAND_OVER),
        ("east-education", Disposal.ARCHIVE),
    ],
)
def test_where_the_heir_has_a_part_already_the_text_is_decided_about_anew(
    session: Session, runtime: Runtime, city: City, heir: str, disposal: Disposal
) -> None:
    document = at_first(session, runtime, city)
    carried_out(session, city, change(city, "finance", heir, ChangeKind.DISSOLVE, disposal=disposal))
    assert document.state == DocumentState.DRAFTING and places(document) == [(2, "南澄市教育局")]
    assert queries.open_step(document) is None and document.text_digest is None
    assert all(item.asked_at is None for item in document.joint)


def test_what_is_numbered_stops_the_change(session: Session, runtime: Runtime, city: City) -> None:
    document = frozen(session, runtime, city)
    assert carried_out(session, city, change(city, "finance", "east-education")) == {"documents.joint-unfinished": True}
    for unit in ("office", *JOINT):
        press(session, document, city, unit)
    assert carried_out(session, city, change(city, "finance", "east-education")) == {"documents.joint-unfinished": True}


def test_of_what_was_sent_the_heir_keeps_the_record(session: Session, runtime: Runtime, city: City) -> None:
    document = frozen(session, runtime, city)
    for unit in ("office", *JOINT):
        press(session, document, city, unit)
    document.state = DocumentState.SENT
    assert carried_out(session, city, change(city, "finance", "east-education")) == {"documents.joint-ended": False}
    assert queries.get_for(session, city.person("east-education", Role.DRAFTER), document.id) is document
    assert document.issuer_ids[1] == city.units["finance"].id, "name and seal stay those of the day"


def test_an_heir_of_the_first_unit_that_joined_leaves_its_place(session: Session, runtime: Runtime, city: City) -> None:
    document = at_first(session, runtime, city)
    actor = city.person("office", Role.UNIT_ADMINISTRATOR)
    succession.carry_out(session, change(city, "office", "finance"), actor)
    assert document.unit_id == city.units["finance"].id and places(document) == [(2, "南澄市教育局")]
    assert document.state == DocumentState.DRAFTING and document.joint[0].asked_at is None
