"""Reader scopes: one rule for one reader, for lists, for counts, for files and for the publisher's preview (M-6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import feeds, operations, queries, readers
from portal.content.gate import Declaration
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemFile, ReaderGroup, ReaderGroupMember
from portal.content.readers import Key, Scope
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.operations import give_role
from portal.people.roles import Role
from portal.units.models import Unit
from tests.city import City
from tests.people.acting import act

ClientFor = Callable[[Person], FlaskClient]
KINDS = (ItemKind.NOTICE,)
DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)


def published(
    session: Session, runtime: Runtime, author: Person, scope: Scope, title: str = "关于假期值班的通知"
) -> Item:
    """A notice of the author, out."""
    item = operations.draft(session, author, ItemKind.NOTICE, title, "请各单位按时报送。")
    operations.set_readers(item, author, scope)
    operations.publish(item, author, runtime.rules, DECLARED)
    return item


@st.composite
def scopes(draw: st.DrawFn) -> tuple[list[tuple[str, int, Role | None]], list[tuple[str, int, Role | None]]]:
    """Random lines: a set, which of the city's units, groups or persons it names, and a role where one may narrow."""
    line = st.tuples(
        st.sampled_from(sorted(readers.SETS)),
        st.integers(0, 40),
        st.sampled_from([None, Role.DRAFTER, Role.LEADER, Role.DISTRICT_MANAGER, Role.AUDITOR]),
    )
    return draw(st.lists(line, min_size=1, max_size=4)), draw(st.lists(line, max_size=2))


def _key(city: City, groups: list[ReaderGroup], of: str, number: int, role: Role | None) -> Key:
    units, people = list(city.units.values()), list(city.people.values())
    districts = [unit for unit in units if unit.is_district_office]
    value = {
        "all": "",
        "unit": str(units[number % len(units)].id),
        "under": str(units[number % len(units)].id),
        "district": str(([0] + [unit.id for unit in districts])[number % (len(districts) + 1)]),
        "tier": ("city", "district")[number % 2],
        "kind": ("department", "government", "government-office")[number % 3],
        "group": str(groups[number % len(groups)].id),
        "person": str(people[number % len(people)].id),
    }[of]
    return Key(of, value, role if of in readers.NARROWED else None)


@pytest.mark.req("M-6")
def test_list_count_link_file_and_preview_always_agree(session: Session, runtime: Runtime, city: City) -> None:
    author = city.person("office", Role.DRAFTER)
    everybody = list(city.people.values())
    groups = [ReaderGroup(unit_id=author.unit_id, name=name, changed_at=now()) for name in ("甲组", "乙组")]
    groups[0].members = [ReaderGroupMember(person=one) for one in everybody[::7]]
    groups[1].members = [ReaderGroupMember(person=one) for one in everybody[::5]]
    session.add_all(groups)
    session.flush()
    watched = [one for one in everybody[::6] if one.unit_id != author.unit_id or one.own_roles == {Role.AUDITOR}]

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(scopes())
    def check(lines: tuple[list[tuple[str, int, Role | None]], list[tuple[str, int, Role | None]]]) -> None:
        scope = Scope(
            tuple(dict.fromkeys(_key(city, groups, *line) for line in lines[0])),
            tuple(dict.fromkeys(_key(city, groups, *line) for line in lines[1])),
        )
        item = published(session, runtime, author, scope)
        file = ItemFile(
            item=item, position=1, name="a.txt", media_type="text/plain", size=1, digest="0" * 64, added_at=now()
        )
        session.add(file)
        session.flush()
        try:
            _agree(session, scope, item, file, watched)
        finally:
            operations.withdraw(item, author, "试验结束")
        for person in watched:
            assert not queries.may_read(session, person, item)
            assert not feeds.feed(session, person, KINDS)

    check()


def _agree(session: Session, scope: Scope, item: Item, file: ItemFile, watched: list[Person]) -> None:
    previewed = {one.id for one in session.scalars(readers.people_in(scope)).unique()}
    assert queries.people_count(session, scope) == len(previewed)
    for person in watched:
        answers = {
            "preview": person.id in previewed,
            "link": queries.may_read(session, person, item),
            "list": item in feeds.feed(session, person, KINDS),
            "count": (session.scalar(select(feeds.unread(person, KINDS))) or 0) > 0,
            "file": _finds_file(session, person, item, file),
        }
        assert len(set(answers.values())) == 1, (person.account, scope, answers)


@pytest.mark.req("M-6", "A-6")
def test_a_stand_in_has_what_asks_for_an_act_and_nothing_personal(session: Session, city: City) -> None:
    author, absent = city.person("office", Role.SECRETARIAT), city.person("finance", Role.LEADER)
    reader = act(absent, city.person("finance", Role.HANDLER), Role.LEADER)
    groups = [ReaderGroup(unit_id=author.unit_id, name=name, changed_at=now()) for name in ("甲组", "乙组")]
    groups[0].members = [ReaderGroupMember(person=absent)]
    groups[1].members = [ReaderGroupMember(person=reader)]
    session.add_all(groups)
    session.flush()

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.sampled_from([ItemKind.NOTICE, ItemKind.TASK, ItemKind.DIRECT_DELIVERY, ItemKind.REPORT]), scopes())
    def check(
        kind: ItemKind, lines: tuple[list[tuple[str, int, Role | None]], list[tuple[str, int, Role | None]]]
    ) -> None:
        included, excluded = ([_near(city, groups, (absent, reader), line) for line in side] for side in lines)
        item = operations.draft(session, author, kind, "关于值班的事项", "请办理。")
        operations.put_readers(item, Scope(tuple(dict.fromkeys(included)), tuple(dict.fromkeys(excluded))))
        operations.let_out(item, author)
        file = ItemFile(
            item=item, position=1, name="a", media_type="text/plain", size=1, digest="0" * 64, added_at=now()
        )
        session.add(file)
        session.flush()
        answers = {
            "link": queries.may_read(session, reader, item),
            "list": item in feeds.feed(session, reader, (kind,)),
            "count": (session.scalar(select(feeds.unread(reader, (kind,)))) or 0) > 0,
            "file": _finds_file(session, reader, item, file),
        }
        own = any(_names(key, reader) for key in included)
        desk = kind != ItemKind.NOTICE and any(_names_person(key, absent, groups[0]) for key in included)
        named = [(reader, groups[1]), (absent, groups[0])]
        shut = any(_names(key, reader) or any(_names_person(key, *one) for one in named) for key in excluded)
        assert set(answers.values()) == {(own or desk) and not shut}, (kind, included, excluded, answers)
        operations.put_readers(item, Scope(()))

    check()


def _near(
    city: City, groups: list[ReaderGroup], people: tuple[Person, Person], line: tuple[str, int, Role | None]
) -> Key:
    """A random line, with the two people themselves where it names a person."""
    of, number, role = line
    return Key(of, str(people[number % 2].id)) if of == "person" else _key(city, groups, of, number, role)


def _names_person(key: Key, person: Person, group: ReaderGroup) -> bool:
    return (key.of, key.value) in (("person", str(person.id)), ("group", str(group.id)))


def _names(key: Key, person: Person) -> bool:
    """Whether a key names somebody of the finance bureau in the roles worked in now, told without any statement."""
    unit = person.unit
    above: set[str] = set()
    one: Unit | None = unit
    while one is not None:
        above.add(str(one.id))
        one = one.parent
    inside = {
        "all": True,
        "unit": key.value == str(unit.id),
        "under": key.value in above,
        "district": key.value == str(unit.district_id or 0),
        "tier": key.value == unit.tier,
        "kind": key.value == unit.kind,
    }.get(key.of, False)
    return inside and (key.role is None or key.role in person.roles)


@pytest.mark.req("M-6", "A-6")
def test_other_roles_than_the_leaders_open_no_report(session: Session, city: City) -> None:
    author, absent = city.person("office", Role.SECRETARIAT), city.person("finance", Role.LEADER)
    give_role(absent, Role.REGISTRAR)
    session.flush()
    reader = act(absent, city.person("finance", Role.HANDLER), Role.REGISTRAR)
    for kind in (ItemKind.REPORT, ItemKind.TASK, ItemKind.CIRCULATION):
        item = operations.draft(session, author, kind, "关于值班的事项", "请办理。")
        operations.put_readers(item, Scope((Key("person", str(absent.id)),)))
        operations.let_out(item, author)
        assert not queries.may_read(session, reader, item), kind
        assert feeds.feed(session, reader, (kind,)) == []


def _finds_file(session: Session, person: Person, item: Item, file: ItemFile) -> bool:
    try:
        queries.get_file(session, person, item.id, file.id)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize(
    "written",
    ["", "unit", "unit:", "unit:x", "all:1", "tier:moon", "person:1&role:leader", "unit:1&role:king", "unit:01", "x:1"],
)
def test_a_key_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(Invalid):
        Key.read(written)


@pytest.mark.parametrize(
    "written", ["all", "all&role:leader", "unit:12", "under:3&role:drafter", "tier:city", "person:5"]
)
def test_a_key_reads_as_it_is_written(written: str) -> None:
    assert str(Key.read(written)) == written


@pytest.mark.req("M-6")
def test_a_changed_scope_counts_at_once(session: Session, runtime: Runtime, city: City) -> None:
    author, reader = city.person("office", Role.DRAFTER), city.person("finance", Role.HANDLER)
    item = published(session, runtime, author, Scope((Key("unit", str(reader.unit_id)),)))
    assert queries.may_read(session, reader, item)
    operations.set_readers(item, author, Scope((Key("tier", "district"),)))
    assert not queries.may_read(session, reader, item)
    assert feeds.feed(session, reader, KINDS) == []
    assert feeds.feed(session, city.person("east", Role.HANDLER), KINDS) == [item]


def test_the_feed_pages_on_without_losing_or_doubling(session: Session, runtime: Runtime, city: City) -> None:
    author, reader = city.person("office", Role.DRAFTER), city.person("finance", Role.HANDLER)
    # Two keys of the reader include each of them: a line from both must be one line.
    scope = Scope((Key("all"), Key("unit", str(reader.unit_id))))
    items = [published(session, runtime, author, scope, title=f"通知{number}") for number in range(7)]
    seen: list[int] = []
    place = None
    while page := feeds.feed(session, reader, KINDS, before=place, limit=3):
        seen += [item.id for item in page]
        assert page[-1].published_at is not None
        place = (page[-1].published_at, page[-1].id)
    assert seen == [item.id for item in reversed(items)]


def test_what_has_run_out_is_gone_everywhere(session: Session, runtime: Runtime, city: City) -> None:
    author, reader = city.person("office", Role.DRAFTER), city.person("finance", Role.HANDLER)
    item = published(session, runtime, author, Scope((Key("all"),)))
    assert item.published_at is not None
    item.expires_at = item.published_at
    item.reader_keys[0].show(item)
    session.flush()
    assert not queries.may_read(session, reader, item)
    assert feeds.feed(session, reader, KINDS) == []
    item.expires_at = now() + timedelta(days=1)
    item.reader_keys[0].show(item)
    session.flush()
    assert feeds.feed(session, reader, KINDS) == [item]


def test_outside_its_scope_an_item_does_not_exist(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    author, stranger = city.person("office", Role.DRAFTER), city.person("finance", Role.HANDLER)
    item = published(session, runtime, author, Scope((Key("tier", "district"),)))
    session.commit()
    client = client_for(stranger)
    for address in (
        f"/notices/{item.id}",
        f"/items/{item.id}/files/1",
        f"/items/{item.id}/pdf",
        f"/items/{item.id}/readership",
    ):
        assert client.get(address).status_code == 404, address
    assert item.title not in client.get("/notices/").text
    assert item.title in client_for(city.person("east", Role.HANDLER)).get("/notices/").text


def test_a_draft_is_nobodys_but_its_makers(session: Session, city: City) -> None:
    author = city.person("finance", Role.DRAFTER)
    item = operations.draft(session, author, ItemKind.NOTICE, "草稿", "未定")
    operations.put_readers(item, Scope((Key("all"),)))
    assert item.state == ItemState.DRAFTING
    assert not queries.may_read(session, city.person("education", Role.DRAFTER), item)
    assert not queries.may_read(session, city.holder(Role.AUDITOR), item)
    assert queries.may_read(session, author, item)
