"""What becomes of items when a unit is merged or somebody leaves; groups of readers; files of a draft."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import feeds, operations, queries, staffing, succession
from portal.content.gate import Declaration
from portal.content.groups import keep_group, remove_group
from portal.content.kinds import ItemKind
from portal.content.models import Item, ItemFile, ReaderGroup
from portal.content.readers import Key, Scope
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.notices import passing
from portal.notices import succession as passing_succession
from portal.notices.operations import draft_notice
from portal.people.models import Person
from portal.people.roles import Role
from portal.units.hooks import Change, ChangeKind
from tests.city import City

ClientFor = Callable[[Person], FlaskClient]
DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)


def published(session: Session, runtime: Runtime, author: Person, *keys: Key, title: str = "关于值班的通知") -> Item:
    """A notice, out."""
    item = draft_notice(session, author, title, "请按时报送。")
    operations.set_readers(item, author, Scope(keys))
    operations.publish(item, author, runtime.rules, DECLARED)
    return item


@pytest.mark.req("M-1", "M-6")
def test_after_a_merger_the_heir_answers_and_reads_on(session: Session, city: City, runtime: Runtime) -> None:
    gone, heir = city.units["east-education"], city.units["education"]
    writer, receiver = city.person("east-education", Role.DRAFTER), city.person("education", Role.DRAFTER)
    reader = city.person("education", Role.HANDLER)
    out = published(session, runtime, writer, Key("unit", str(gone.id)))
    draft = draft_notice(session, writer, "草稿", "未完")
    office = city.person("office", Role.DRAFTER)
    others = published(session, runtime, office, Key("unit", str(gone.id)), title="致区教育局")
    narrowed = published(session, runtime, office, Key("unit", str(gone.id), Role.LEADER), title="致领导")
    handed = passing.draft_passing(session, office, ItemKind.CIRCULATION, "传阅件", "请阅")
    passing.address(handed, office, [Key("unit", str(gone.id))])
    operations.publish(handed, office, runtime.rules, DECLARED)
    assert not queries.may_read(session, reader, others)
    clerk = city.person("east-education", Role.EXCHANGE_CLERK)
    theirs = keep_group(session, clerk, "联络员", [clerk.account])
    keep_group(session, city.person("education", Role.EXCHANGE_CLERK), "联络员", [office.account])
    change = Change(kind=ChangeKind.MERGE, unit=gone, heir=heir, receiver_id=receiver.id)
    before = succession.survey(session, change)
    assert succession.carry_out(session, change, writer) == before
    assert [effect.count for effect in before] == [2, 1]
    assert (theirs.unit_id, theirs.name) == (heir.id, f"{gone.short_name}-联络员")
    assert passing_succession.carry_out(session, change, writer)[0].count == 1
    session.expire_all()
    assert (out.holder_id, out.unit_id, out.author_id) == (heir.id, gone.id, writer.id)
    assert (draft.holder_id, draft.author_id) == (heir.id, receiver.id)
    assert queries.may_read(session, reader, others)
    assert others in feeds.feed(session, reader, (ItemKind.NOTICE,))
    assert not queries.may_read(session, reader, narrowed)
    assert queries.may_read(session, city.person("education", Role.LEADER), narrowed)
    # Those who still have the former unit's key go on reading.
    assert queries.may_read(session, city.person("east-education", Role.HANDLER), others)
    step = passing.step_of(session, handed, reader)
    assert step is not None
    passing.finish(handed, reader, "已阅")
    kinds = session.scalars(select(LedgerEvent.kind)).all()
    assert kinds.count(Event.ITEM_INHERITED) == 2


@pytest.mark.req("A-7")
def test_drafts_of_whoever_leaves_are_handed_over(session: Session, city: City, runtime: Runtime) -> None:
    leaving, successor = city.person("finance", Role.DRAFTER), city.person("finance", Role.EXCHANGE_CLERK)
    out = published(session, runtime, leaving, Key("all"))
    draft = draft_notice(session, leaving, "未写完的通知", "")
    work, answered = staffing.open_work(session, leaving)
    assert (work.count, work.examples) == (1, ("未写完的通知",))
    assert (answered.count, answered.examples) == (1, (out.title,))
    assert Role.DRAFTER in (work.roles or ())
    assert staffing.hand_over(session, leaving, "something.else", successor, successor) == 0
    assert staffing.hand_over(session, leaving, staffing.DRAFTS, None, successor) == 0
    assert staffing.hand_over(session, leaving, staffing.DRAFTS, successor, successor) == 1
    assert staffing.hand_over(session, leaving, staffing.OUT, successor, successor) == 1
    assert (draft.author_id, out.author_id) == (successor.id, leaving.id)
    assert staffing.open_work(session, leaving) == []


@pytest.mark.req("M-6")
def test_a_group_says_who_reads_and_changes_count_at_once(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    clerk, member = city.person("finance", Role.EXCHANGE_CLERK), city.person("west", Role.HANDLER)
    client = client_for(clerk)
    form = {"name": "财政联络员", "members": member.account}
    assert client.post("/items/groups/new", data={**form, "members": "nobody-known"}).status_code == 422
    assert client.post("/items/groups/new", data={**form, "members": " "}).status_code == 422
    assert client.post("/items/groups/new", data=form).status_code == 303
    assert client.post("/items/groups/new", data=form).status_code == 422, "the name is taken"
    group = session.scalars(select(ReaderGroup)).one()
    item = published(session, runtime, clerk, Key("group", str(group.id)))
    assert queries.may_read(session, member, item)
    with pytest.raises(Refused):
        remove_group(group, clerk)
    other = city.person("education", Role.HANDLER)
    keep_group(session, clerk, "财政联络员", [other.account], group)
    assert queries.may_read(session, other, item)
    assert not queries.may_read(session, member, item)
    session.commit()
    stranger = client_for(city.person("education", Role.EXCHANGE_CLERK))
    assert stranger.get(f"/items/groups/{group.id}").status_code == 404
    assert stranger.post(f"/items/groups/{group.id}/remove").status_code == 404
    spare = keep_group(session, clerk, "备用", [other.account])
    session.commit()
    assert client.post(f"/items/groups/{spare.id}/remove").status_code == 303


def bring(runtime: Runtime, item: Item, person: Person, stream: BytesIO, name: str) -> ItemFile:
    """Take a file in and attach it, as the pages do."""
    return operations.attach(item, person, operations.receive(runtime, stream, name), runtime.rules)


@pytest.mark.req("M-1", "M-11")
def test_files_come_and_go_only_in_a_draft(session: Session, city: City, runtime: Runtime) -> None:
    author, stranger = city.person("finance", Role.DRAFTER), city.person("education", Role.DRAFTER)
    item = draft_notice(session, author, "关于报表的通知", "")
    file = bring(runtime, item, author, BytesIO("表一".encode()), "报表.txt")
    with pytest.raises(AlreadyDone):
        bring(runtime, item, author, BytesIO("表一".encode()), "又一份.txt")
    with pytest.raises(Refused):
        bring(runtime, item, author, BytesIO("机密★1年\n".encode()), "不该在此.txt")
    with pytest.raises(Denied):
        bring(runtime, item, stranger, BytesIO(b"x"), "x.txt")
    with pytest.raises(Denied):
        operations.detach(item, stranger, file)
    operations.detach(item, author, file)
    session.flush()
    assert session.scalars(select(ItemFile)).all() == []
    # A file alone is enough, nothing at all is not.
    operations.set_readers(item, author, Scope((Key("all"),)))
    with pytest.raises(Invalid):
        operations.publish(item, author, runtime.rules, DECLARED)
    file = bring(runtime, item, author, BytesIO("表二".encode()), "报表.txt")
    operations.publish(item, author, runtime.rules, DECLARED)
    with pytest.raises(Denied):
        operations.detach(item, author, file)
