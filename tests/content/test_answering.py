"""Who answers for what is out: approval of what was seen, readers, successors, taking down, what withdrawn means."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import operations, policy, queries, staffing
from portal.content.gate import Declaration
from portal.content.groups import keep_group
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemFile
from portal.content.readers import ALL, Key, Scope
from portal.content.seen import seen
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.runtime import Runtime
from portal.journals import operations as journals
from portal.journals.models import Journal
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.notices.operations import draft_notice
from portal.people import leaving
from portal.people.models import Person
from portal.people.roles import Role
from portal.tasks import operations as tasks
from tests.city import City, make_person
from tests.content.ready import with_second_factors
from tests.journals.making import approver, founded, handed_in, issue, out, publisher

ClientFor = Callable[[Person], FlaskClient]
DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)
TICKED = {"unclassified": "y", "not_urgent": "y", "official": "y"}
READER = ("education", Role.HANDLER)


def notice(session: Session, runtime: Runtime, author: Person, *keys: Key, title: str = "关于值班的通知") -> Item:
    """A notice, out."""
    item = draft_notice(session, author, title, "请按时报送。")
    operations.set_readers(item, author, Scope(keys or (Key(ALL),)))
    operations.publish(item, author, runtime.rules, DECLARED)
    return item


def change_of(item: Item, author: Person, what: str) -> None:
    """Change one thing of a draft."""
    file = ItemFile(
        name="附表.txt", position=1, media_type="text/plain", size=1, digest="1" * 64, added_at=item.created_at
    )
    match what:
        case "text":
            operations.change(item, author, title=item.title, text="改过", version=item.version)
        case "readers":
            operations.set_readers(item, author, Scope((Key(ALL),)))
        case "file":
            item.files.append(file)
        case "article":
            part = item.parts[0]
            operations.change(part, author, title=part.title, text="改过", version=part.version)
        case "file of an article":
            item.parts[0].files.append(file)


@pytest.mark.req("M-1")
@pytest.mark.parametrize("what", ["text", "readers", "file", "article", "file of an article", "nothing"])
def test_what_the_approver_saw_is_what_goes_out(session: Session, city: City, runtime: Runtime, what: str) -> None:
    item = handed_in(issue(session, founded(session, city), city), city, runtime)
    before = seen(item)
    operations.take_back(item, publisher(city))
    change_of(item, publisher(city), what)
    handed_in(item, city, runtime)
    with pytest.raises(Refused, match="changed since you opened it"):
        operations.publish(item, approver(city), runtime.rules, seen=before)
    operations.publish(item, approver(city), runtime.rules, seen=seen(item))
    record = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.ITEM_PUBLISHED)).first()
    assert record is not None
    assert record.facts["included"] == [row.key for row in item.reader_keys]


@pytest.mark.req("M-1")
def test_the_page_of_the_approver_carries_what_it_shows(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    item = handed_in(issue(session, founded(session, city), city), city, runtime)
    number, author = item.id, publisher(city)
    session.commit()
    leading = client_for(approver(city))
    page = leading.get(f"/journals/issues/{number}").text
    assert "<h3>面向这些读者</h3>" in page, "whom it is approved for stands there"
    token = re.findall(r'name="seen" value="([0-9a-f]{32})"', page)
    assert len(token) == 1
    operations.take_back(item, author)
    operations.change(item, author, title="换过的题目", text="换过", version=item.version)
    handed_in(item, city, runtime)
    session.commit()
    assert leading.post(f"/items/{number}/acts/publish", data={"seen": token[0]}).status_code == 303
    session.expire_all()
    assert session.get_one(Item, number).state == ItemState.SUBMITTED
    session.commit()
    token = re.findall(r'name="seen" value="([0-9a-f]{32})"', leading.get(f"/journals/issues/{number}").text)
    assert leading.post(f"/items/{number}/acts/publish", data={"seen": token[0]}).status_code == 303
    session.expire_all()
    assert session.get_one(Item, number).state == ItemState.PUBLISHED


@pytest.mark.req("M-1", "M-6")
def test_only_who_may_approve_lets_further_readers_in(session: Session, city: City, runtime: Runtime) -> None:
    stranger = city.person(*READER)
    item = out(session, founded(session, city), city, runtime)
    before = Scope.of(item)
    maker, leader = publisher(city), approver(city)
    with pytest.raises(Denied, match="approved for these readers"):
        operations.add_reader(item, maker, Key(ALL))
    with pytest.raises(Denied):
        operations.set_readers(item, maker, Scope((Key("unit", str(stranger.unit_id)),)))
    operations.add_reader(item, maker, Key("tier", "city"), excluded=True)  # fewer readers: the author's own
    with pytest.raises(Denied):
        operations.remove_reader(item, maker, "tier:city", excluded=True)
    assert not queries.may_read(session, stranger, item)
    operations.set_readers(item, leader, before)
    operations.add_reader(item, leader, Key(ALL))
    assert queries.may_read(session, stranger, item)
    # A notice has no approver: its author goes on answering alone.
    own = notice(session, runtime, maker, Key("unit", str(maker.unit_id)))
    operations.add_reader(own, maker, Key(ALL))
    assert queries.may_read(session, stranger, own)


@pytest.mark.req("M-6")
def test_two_who_change_a_scope_lose_nothing(session: Session, city: City, client_for: ClientFor) -> None:
    author = city.person("finance", Role.DRAFTER)
    item = draft_notice(session, author, "通知", "内容")
    operations.set_readers(item, author, Scope((Key(ALL),)))
    number = item.id
    session.commit()
    loaded = Scope.of(item)  # what one of them has before them
    other = client_for(city.person("finance", Role.HANDLER))
    line = {"effect": "exclude", "of": "tier", "tier": "district"}
    assert other.post(f"/items/{number}/readers", data=line).status_code == 303
    operations.add_reader(item, author, Key("kind", "department"), excluded=True)
    assert loaded.excluded == ()
    assert {str(key) for key in Scope.of(item).excluded} == {"tier:district", "kind:department"}
    version = item.version
    operations.remove_reader(item, author, "tier:district", excluded=True)
    assert item.version > version, "whoever has the form open is told"


@pytest.mark.req("M-6")
def test_nobody_learns_of_another_units_groups(session: Session, city: City, client_for: ClientFor) -> None:
    clerk, outsider = city.person("finance", Role.EXCHANGE_CLERK), city.person("education", Role.DRAFTER)
    member = city.person("west", Role.HANDLER)
    owner, theirs = client_for(clerk), client_for(outsider)
    assert owner.post("/items/groups/new", data={"name": "处置专班", "members": member.account}).status_code == 303
    key = f"group:{1}"
    answers = []
    for number in (1, 77):  # one that is there, one that isn't: the same answer
        form = {"title": "通知", "text": "内容", "to": [f"group:{number}"], "of_unit": "person"}
        page = theirs.post("/notices/new", data=form)
        looked = theirs.post("/notices/new", data={**form, "pick": "find", "find": "教育"})
        item = draft_notice(session, outsider, f"通知{number}", "内容")
        session.commit()
        line = {"effect": "include", "of": "group", "group": str(number)}
        added = theirs.post(f"/items/{item.id}/readers", data=line)
        answers.append((page.status_code, looked.status_code, added.status_code))
        for text in (page.text, looked.text, added.text):
            assert "处置专班" not in text
            assert member.name not in text
    assert answers == [(422, 422, 422)] * 2
    with pytest.raises(Invalid):
        operations.set_readers(item, outsider, Scope((Key.read(key),)))
    journal = founded(session, city)
    journals.add_default_reader(journal, publisher(city), Key.read(key))
    foreign = Journal(unit_id=outsider.unit_id, created_at=item.created_at, numbering="yearly", name="教育内参")
    session.add(foreign)
    session.flush()
    with pytest.raises(Invalid):
        journals.add_default_reader(foreign, city.person("education", Role.PUBLISHER), Key.read(key))
    # Named by a journal alone, the group stays: another could get its number and its readers.
    session.commit()
    assert owner.post("/items/groups/1/remove").status_code == 409


@pytest.mark.req("M-1", "A-7")
def test_a_successor_answers_for_what_is_out(session: Session, city: City, runtime: Runtime) -> None:
    author, admin = city.person("finance", Role.DRAFTER), city.holder(Role.INFORMATION_CENTRE)
    successor = city.person("finance", Role.HANDLER)
    item = notice(session, runtime, author)
    keeper = {staffing.OUT: successor.id}
    assert not policy.may_withdraw(item, successor)
    leaving.move(author, admin, city.units["education"], keeper)
    assert (item.author_id, item.keeper_id) == (author.id, successor.id)
    assert session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.ITEM_KEEPER_NAMED)).one()
    # Whoever moved reads it as anybody does, and no more.
    for allowed in (policy.may_withdraw, policy.may_set_readers, policy.sees_inside):
        assert not allowed(item, author)
        assert allowed(item, successor)
    assert item not in session.scalars(queries.own(author, ItemKind.NOTICE)).all()
    with pytest.raises(Denied):
        operations.withdraw(item, author, "想撤")
    (work,) = (one for one in staffing.open_work(session, successor) if one.key == staffing.OUT)
    assert work.count == 1, "what was left to somebody is left on when they go"
    operations.withdraw(item, successor, "已过时")


@pytest.mark.req("M-1", "M-11")
@pytest.mark.parametrize("who", [("finance", Role.UNIT_HEAD), ("office", Role.SECRECY_OFFICE)])
def test_head_and_secrecy_office_take_down_what_must_go(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor, who: tuple[str, Role]
) -> None:
    with_second_factors(session, city)
    author = city.person("finance", Role.DRAFTER)
    inside = Key("unit", str(author.unit_id))
    item = notice(session, runtime, author, inside, title="不该发出的通知")
    number, actor_id = item.id, city.person(*who).id
    others = [city.person("finance", Role.HANDLER), city.person("education", Role.UNIT_HEAD)]
    session.commit()
    address = f"/items/{number}/take-down"
    clients = [client_for(other) for other in others]
    client, writing = client_for(city.person(*who)), client_for(author)
    for other in clients:
        assert other.post(address, data={"reason": "想删"}).status_code in (403, 404)
    page = client.get(address)
    assert "不该发出的通知" in page.text
    assert "请按时报送" not in page.text, "not everybody who may take it down may read it"
    assert client.post(address, data={"reason": " "}).status_code == 422
    assert client.post(address, data={"reason": "含有不宜公开的内容"}).status_code == 303
    session.expire_all()
    assert session.get_one(Item, number).state == ItemState.WITHDRAWN
    event = session.scalars(select(LedgerEvent).where(LedgerEvent.kind == Event.ITEM_TAKEN_DOWN)).one()
    assert (event.actor_id, event.facts) == (actor_id, {"reason": "含有不宜公开的内容"})
    session.commit()
    told = writing.get(f"/notices/{number}", follow_redirects=True)
    assert "含有不宜公开的内容" in told.text
    assert "请按时报送" not in told.text
    assert "不该发出的通知" in writing.get("/").text, "the author learns of it on the desk"
    assert client.post(address, data={"reason": "再来"}).status_code == 303


@pytest.mark.req("M-1", "M-7")
def test_withdrawn_is_gone_for_everybody(session: Session, city: City, runtime: Runtime, client_for: ClientFor) -> None:
    item = out(session, founded(session, city), city, runtime, "民生专辑")
    item.pdf_digest = "0" * 64
    file = ItemFile(item=item, position=1, name="a.txt", media_type="text/plain", size=1, digest="2" * 64,
                    added_at=item.created_at)  # fmt: skip
    session.add(file)
    session.flush()
    article = item.parts[0]
    operations.withdraw(item, publisher(city), "数据有误")
    colleague = city.person("finance", Role.DEPARTMENT_HEAD)
    for person in (publisher(city), approver(city), colleague, city.person("east", Role.LEADER)):
        assert not queries.may_read(session, person, item)
        assert not queries.may_read(session, person, article)
        with pytest.raises(NotFound):
            queries.get_file(session, person, item.id, file.id)
    with pytest.raises(AlreadyDone):
        operations.withdraw(item, publisher(city), "再撤")
    number, part, file_id = item.id, article.id, file.id
    session.commit()
    for person, told in ((publisher(city), True), (approver(city), True), (colleague, False)):
        client = client_for(person)
        for address in (f"/journals/issues/{number}", f"/journals/articles/{part}", f"/items/{number}/readership"):
            answer = client.get(address, follow_redirects=True)
            assert ("民生专辑" in answer.text, "数据有误" in answer.text) == (told, told), address
            assert "正文第一段" not in answer.text
        for address in (f"/items/{number}/pdf", f"/items/{number}/files/{file_id}"):
            assert client.get(address).status_code == 404
        assert client.get(f"/items/{number}/withdrawn").status_code == (200 if told else 404)


@pytest.mark.req("M-1")
def test_a_request_is_taken_down_though_it_is_never_withdrawn(session: Session, city: City, runtime: Runtime) -> None:
    head, receiver = city.person("finance", Role.UNIT_HEAD), city.person("education", Role.UNIT_HEAD)
    asker = city.person("finance", Role.DEPARTMENT_HEAD)
    task = tasks.draft_task(session, asker, runtime.rules, "报送名单", "请报送。", tasks.Terms(days=3))
    row = tasks.add_receiver(task, asker, receiver.unit)
    operations.publish(task.item, asker, runtime.rules, DECLARED)
    with pytest.raises(Refused):
        operations.withdraw(task.item, asker, "撤回")
    operations.take_down(task.item, head, "含有不宜公开的内容")
    assert task.item.state == ItemState.WITHDRAWN
    assert row.state == "cancelled", "nobody works on it any more, and nobody is late with it"


@pytest.mark.req("M-1")
def test_a_form_sent_twice_begins_one_item(session: Session, city: City, client_for: ClientFor) -> None:
    client = client_for(city.person("finance", Role.DRAFTER))
    key = re.findall(r'name="request_key"[^>]*value="([^"]+)"', client.get("/notices/new").text)[0]
    form = {"title": "关于停电的通知", "text": "今晚停电。", "of_unit": "person", "act": "publish", "to": ["all"]}
    answers = [client.post("/notices/new", data={**form, **TICKED, "request_key": key}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    (item,) = session.scalars(select(Item)).all()
    assert (item.state, item.request_key) == (ItemState.PUBLISHED, key)
    kinds = session.scalars(select(LedgerEvent.kind)).all()
    assert kinds.count(Event.ITEM_PUBLISHED) == 1
    session.commit()
    # Another's form may carry the same key by chance or by design: it is theirs alone.
    other = client_for(city.person("finance", Role.HANDLER))
    assert other.post("/notices/new", data={**form, **TICKED, "request_key": key}).location != answers[0].location


@pytest.mark.req("M-7")
def test_a_notice_of_the_unit_is_its_clerks_alone(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    clerk, writer = city.person("finance", Role.EXCHANGE_CLERK), city.person("finance", Role.DRAFTER)
    item = draft_notice(session, clerk, "单位通知", "内容", of_unit=True)
    file = ItemFile(item=item, position=1, name="a.txt", media_type="text/plain", size=1, digest="3" * 64,
                    added_at=item.created_at)  # fmt: skip
    session.add(file)
    session.flush()
    number, file_id, version = item.id, file.id, item.version
    session.commit()
    theirs = client_for(writer)
    form = {"title": "改过", "text": "改过", "version": str(version), "of_unit": "person", "to": ["all"]}
    # The page shared by all kinds isn't a way past the rules of this one.
    assert theirs.post(f"/items/{number}/edit", data=form).status_code == 404
    assert theirs.post(f"/notices/{number}/edit", data=form).status_code == 403
    assert theirs.post(f"/items/{number}/files/{file_id}/remove").status_code == 403
    assert theirs.post(f"/items/{number}/acts/discard").status_code == 403
    line = {"effect": "include", "of": "all"}
    assert theirs.post(f"/items/{number}/readers", data=line).status_code == 403
    session.expire_all()
    assert (session.get_one(Item, number).title, len(session.get_one(Item, number).files)) == ("单位通知", 1)
    # The clerk who is none any more doesn't publish it either.
    former = make_person(session, clerk.unit, Role.DRAFTER, account="former-clerk")
    mine = draft_notice(session, clerk, "又一则", "内容", of_unit=True)
    operations.set_readers(mine, clerk, Scope((Key(ALL),)))
    mine.author_id = former.id
    session.flush()
    with pytest.raises(Denied, match="Only the unit's clerks"):
        operations.publish(mine, former, runtime.rules, DECLARED)


@pytest.mark.req("M-6", "A-7")
def test_whoever_moves_leaves_the_groups(session: Session, city: City, runtime: Runtime) -> None:
    clerk, member = city.person("finance", Role.EXCHANGE_CLERK), city.person("east", Role.HANDLER)
    stays, admin = city.person("west", Role.HANDLER), city.holder(Role.INFORMATION_CENTRE)
    group = keep_group(session, clerk, "联络员", [member.account, f"{stays.name}（{stays.unit.short_name}）"])
    item = notice(session, runtime, clerk, Key("group", str(group.id)))
    (work,) = staffing.open_work(session, member)
    assert (work.key, work.count, work.examples, work.handed_over) == (staffing.GROUPS, 1, ("联络员",), False)
    assert queries.may_read(session, member, item)
    leaving.move(member, admin, city.units["east-education"], {})
    assert not queries.may_read(session, member, item)
    assert queries.may_read(session, stays, item)


@pytest.mark.req("M-6")
def test_people_are_chosen_by_name_and_accounts_stay_untold(
    session: Session, city: City, client_for: ClientFor
) -> None:
    writer, found = city.person("finance", Role.EXCHANGE_CLERK), city.person("education", Role.REGISTRAR)
    found.name, found.title = "欧阳立言", "科长"
    same = make_person(session, city.units["education"], Role.HANDLER, account="same-name")
    item = draft_notice(session, writer, "通知", "内容")
    number, account = item.id, found.account
    session.commit()
    client = client_for(writer)
    chosen = "欧阳立言（教育局）"
    assert client.get("/items/names?of=person&find=欧阳").json == [[chosen, "科长"]]
    assert client.get(f"/items/names?of=person&find={account[:4]}").json == []
    for address in ("/items/addressees?find=欧阳", "/items/names?of=person&find=欧阳"):
        assert account not in client.get(address).text
    line = {"effect": "include", "of": "person", "name": chosen}
    assert client.post(f"/items/{number}/readers", data=line).status_code == 303
    session.expire_all()
    assert [row.key for row in session.get_one(Item, number).reader_keys] == [f"person:{found.id}"]
    same.name = "欧阳立言"
    session.commit()
    assert client.post(f"/items/{number}/readers", data=line).status_code == 422, "nobody is guessed at"
    assert client.post(f"/items/{number}/readers", data={**line, "name": "same-name"}).status_code == 303
