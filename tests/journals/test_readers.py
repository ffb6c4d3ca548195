"""Outside its scope an issue and its articles don't exist, whichever way one asks (M-6, GZ45)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import feeds, readers
from portal.content import operations as items
from portal.content import queries as content
from portal.content.kinds import ItemKind
from portal.content.models import Item, ItemFile
from portal.content.readers import Key, Scope
from portal.core.clock import now
from portal.core.errors import NotFound
from portal.core.runtime import Runtime
from portal.journals import desk, queries
from portal.journals.models import Journal, JournalIssue, JournalSubscription
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.journals.making import approver, founded, handed_in, out, publisher
from tests.journals.making import issue as begun

ClientFor = Callable[[Person], FlaskClient]
ROLES = (None, Role.LEADER, Role.UNIT_HEAD, Role.HANDLER)
LINE = st.tuples(st.sampled_from(sorted(set(readers.SETS) - {"group"})), st.integers(0, 40), st.sampled_from(ROLES))


def _key(city: City, of: str, number: int, role: Role | None) -> Key:
    units, people = list(city.units.values()), list(city.people.values())
    value = {
        "all": "",
        "unit": str(units[number % len(units)].id),
        "under": str(units[number % len(units)].id),
        "district": str((0, city.units["east"].id, city.units["west"].id)[number % 3]),
        "tier": ("city", "district")[number % 2],
        "kind": ("department", "government", "government-office")[number % 3],
        "person": str(people[number % len(people)].id),
    }[of]
    return Key(of, value, role if of in readers.NARROWED else None)


def _with_file(session: Session, article: Item) -> ItemFile:
    file = ItemFile(
        item=article, position=1, name="a.txt", media_type="text/plain", size=1, digest="0" * 64, added_at=now()
    )
    session.add(file)
    session.flush()
    return file


def _found(call: Callable[[], object]) -> bool:
    try:
        call()
    except NotFound:
        return False
    return True


def ways(session: Session, person: Person, journal: Journal, issue: Item, file: ItemFile) -> dict[str, bool]:
    """Every way in which somebody might learn of an issue, and whether it tells them."""
    article, row = file.item, session.get_one(JournalIssue, issue.id)
    (pile,) = desk.piles(person)
    return {
        "link": content.may_read(session, person, issue),
        "page": _found(lambda: content.get_readable(session, person, issue.id, ItemKind.JOURNAL_ISSUE)),
        "article": _found(lambda: content.get_readable(session, person, article.id, ItemKind.ARTICLE)),
        "file": _found(lambda: content.get_file(session, person, article.id, file.id)),
        "list": issue in queries.received(session, person).rows,
        "count": (session.scalar(select(feeds.unread(person, queries.KINDS))) or 0) > 0,
        "menu": (session.scalar(select(queries.unread(person))) or 0) > 0,
        "desk": [found.id for found in session.execute(pile.rows)] == [issue.id],
        "search": {found.id for found, *_ in queries.search(session, person, "民生")} == {issue.id, article.id},
        "archive": [one.id for one, _ in queries.archive(session, person, journal.id, row.year or 0)] == [issue.id],
        "years": sum(count for _, count in queries.archive_years(session, person, journal.id)) == 1,
        "journal": _found(lambda: queries.get_journal(session, person, journal.id)),
        "journals": any(found.id == journal.id and label for found, label, _ in queries.journals(session, person)),
    }


@pytest.mark.req("M-6")
def test_all_ways_agree_for_any_scope(session: Session, runtime: Runtime, city: City) -> None:
    everybody = [one for one in city.people.values() if one.unit_id != publisher(city).unit_id]
    watched = everybody[::17]
    journal = founded(session, city, scope=Scope(()))
    for person in watched:
        session.add(JournalSubscription(journal_id=journal.id, person_id=person.id, since=now()))

    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(LINE, min_size=1, max_size=3), st.lists(LINE, max_size=2))
    def check(included: list[tuple[str, int, Role | None]], excluded: list[tuple[str, int, Role | None]]) -> None:
        scope = Scope(
            tuple(dict.fromkeys(_key(city, *line) for line in included)),
            tuple(dict.fromkeys(_key(city, *line) for line in excluded)),
        )
        issue = _published(session, runtime, city, journal, scope)
        file = _with_file(session, issue.parts[0])
        previewed = {one.id for one in session.scalars(readers.people_in(scope)).unique()}
        for person in watched:
            answers = ways(session, person, journal, issue, file) | {"preview": person.id in previewed}
            assert len(set(answers.values())) == 1, (person.account, scope, answers)
        # The scope changes after publishing, then all is withdrawn: nobody is left over.
        items.set_readers(issue, approver(city), Scope((Key("person", str(watched[0].id)),)))
        for person in watched[:2]:
            assert set(ways(session, person, journal, issue, file).values()) == {person is watched[0]}
        items.withdraw(issue, publisher(city), "试验结束")
        for person in watched[:2]:
            assert not any(ways(session, person, journal, issue, file).values()), person.account

    check()


def _published(session: Session, runtime: Runtime, city: City, journal: Journal, scope: Scope) -> Item:
    item = begun(session, journal, city, "民生专辑")
    items.set_readers(item, publisher(city), scope)
    items.publish(handed_in(item, city, runtime), approver(city), runtime.rules)
    return item


@pytest.mark.req("M-6")
def test_the_pages_say_nothing_to_an_outsider(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    journal = founded(session, city, name="区县财政信息")
    issue = out(session, journal, city, runtime, "民生专辑")
    file = _with_file(session, issue.parts[0])
    issue.pdf_digest = "0" * 64
    number, article, item_id, file_id = journal.id, issue.parts[0].id, issue.id, file.id
    session.commit()
    client = client_for(city.person("education", Role.LEADER))
    hidden = (
        f"/journals/issues/{item_id}",
        f"/journals/articles/{article}",
        f"/journals/{number}",
        f"/items/{item_id}/pdf",
        f"/items/{article}/files/{file_id}",
        f"/items/{item_id}/readership",
        f"/items/{item_id}/readers",
        f"/journals/{number}/readers",
        f"/journals/issues/{item_id}/figures",
    )
    for address in hidden:
        assert client.get(address).status_code in (403, 404), address
    for address in hidden[:5]:
        assert client.get(address).status_code == 404, address
    assert client.post(f"/journals/{number}/follow").status_code == 404
    for address in ("/", "/journals/", "/journals/all", "/journals/?q=民生"):
        page = client.get(address).text
        assert "民生专辑" not in page, address
        assert "区县财政信息" not in page, address
    inside = client_for(city.person("east", Role.LEADER))
    for address in hidden[:3]:
        assert inside.get(address).status_code == 200, address
    assert "民生专辑的文章" in inside.get("/journals/?q=民生").text
