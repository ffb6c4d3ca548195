"""Journals: made, approved by another, numbered without gaps, read by their readers (M-6, M-1, M-11)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.content import jobs as content_jobs
from portal.content import operations as items
from portal.content import queries
from portal.content.gate import Declaration
from portal.content.lifecycle import ItemState
from portal.content.models import Item, ItemReading
from portal.content.readers import Key, Scope
from portal.core import clock, jobs
from portal.core.db import unit_of_work
from portal.core.errors import Denied, Invalid, Refused
from portal.core.jobs import PendingJob
from portal.core.releasing import ReleasedFile
from portal.core.runtime import Runtime
from portal.journals import figures
from portal.journals import operations as acts
from portal.journals.models import Journal, JournalIssue, JournalSubscription, Numbering
from portal.people.models import Person
from portal.people.roles import Role
from portal.worker import ALLOWED
from tests.city import City, make_person
from tests.journals.making import DECLARED, approver, founded, handed_in, issue, publisher

ClientFor = Callable[[Person], FlaskClient]


@pytest.mark.req("M-6", "M-1")
def test_from_founding_to_reading(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    maker, leader = client_for(publisher(city)), client_for(approver(city))
    reader = city.person("east", Role.LEADER)
    theirs, reader_id, names = client_for(reader), reader.id, (publisher(city).name, approver(city).name)
    form = {"name": "财政内参", "numbering": "yearly", "columns": "要情\n调研", "editors": publisher(city).account}
    answer = maker.post("/journals/new", data=form)
    assert answer.status_code == 303, answer.text
    number = int(answer.location.split("/")[2])
    assert maker.post(f"/journals/{number}/readers", data={"effect": "include", "of": "tier", "tier": "district"})
    begun = maker.post(f"/journals/{number}/issues/new", data={"title": "预算绩效专辑"})
    top = int(begun.location.split("/")[3])
    for title, column in (("绩效目标怎样定", "调研"), ("三季度收支要情", "要情"), ("绩效评价案例", "调研")):
        data = {"title": title, "text": f"{title}的正文。", "column": column, "byline": "预算科"}
        assert maker.post(f"/journals/issues/{top}/articles/new", data=data).status_code == 303
    session.expire_all()
    titles = [one.title for one in session.get_one(Item, top).parts]
    assert titles == ["绩效目标怎样定", "绩效评价案例", "三季度收支要情"]  # behind the last of its column
    last = session.get_one(Item, top).parts[2].id
    session.commit()  # reading in a writing session holds SQLite's lock
    for _ in range(2):
        assert maker.post(f"/journals/articles/{last}/move", data={"way": "up"}).status_code == 303
    assert maker.post(f"/items/{top}/acts/submit", data=DECLARED).status_code == 303
    # Nothing moves any more while it waits, and whoever made it doesn't approve it.
    assert maker.post(f"/journals/articles/{last}/move", data={"way": "down"}).status_code == 403
    assert maker.get(f"/journals/articles/{last}/edit").status_code == 404
    assert maker.post(f"/items/{top}/acts/publish").status_code == 403
    assert leader.post(f"/items/{top}/acts/publish").status_code == 303
    session.expire_all()
    row = session.get_one(JournalIssue, top)
    assert row.label == f"{clock.today().year}年第1期"
    assert {one.state for one in session.get_one(Item, top).parts} == {ItemState.PUBLISHED}
    label = row.label
    session.commit()
    page = theirs.get(f"/journals/issues/{top}").text
    for shown in ("预算绩效专辑", label, "南澄市财政局", *names, "预算科"):
        assert shown in page
    first = theirs.get(f"/journals/articles/{last}").text
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    assert set(session.scalars(select(ItemReading.person_id))) == {reader_id}
    session.commit()
    assert "澄东区人民政府" in maker.get(f"/journals/issues/{top}/figures").text
    assert "预算绩效专辑" in maker.get(f"/journals/{number}/figures").text
    assert theirs.get(f"/journals/{number}/figures").status_code == 404
    assert leader.post(f"/items/{top}/acts/withdraw", data={"reason": "数据有误"}).status_code == 303
    for address in (f"/journals/issues/{top}", f"/journals/articles/{last}", f"/items/{top}/pdf"):
        assert theirs.get(address).status_code == 404, address


@pytest.mark.req("M-6")
def test_numbers_have_no_gaps_and_no_doubles(session: Session, runtime: Runtime, city: City) -> None:
    journal = founded(session, city)
    rows = [issue(session, journal, city, title=f"第{n}") for n in range(5)]
    items.discard(rows[1], publisher(city))
    for row in (rows[0], rows[2], rows[3], rows[4]):
        handed_in(row, city, runtime)
    session.commit()

    def publish(item_id: int) -> None:
        with unit_of_work(runtime.engine) as own:
            person = own.get_one(Person, approver(city).id)
            items.publish(own.get_one(Item, item_id), person, runtime.rules)

    ids = [row.id for row in (rows[0], rows[2], rows[3], rows[4])]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(publish, ids))
    session.expire_all()
    numbers = session.scalars(select(JournalIssue.number).where(JournalIssue.item_id.in_(ids)))
    assert set(numbers) == {1, 2, 3, 4}


@pytest.mark.req("M-6")
def test_a_new_year_counts_anew_unless_numbers_run_on(session: Session, runtime: Runtime, city: City) -> None:
    labels = []
    for numbering in Numbering:
        journal = founded(session, city, name=f"刊{numbering}", numbering=numbering)
        for day in ("2026-12-30", "2026-12-31", "2027-01-04"):
            with clock.frozen(datetime.fromisoformat(f"{day}T10:00:00+08:00")):
                one = handed_in(issue(session, journal, city), city, runtime)
                items.publish(one, approver(city), runtime.rules)
            labels.append(session.get_one(JournalIssue, one.id).label)
        with pytest.raises(Invalid):
            other = Numbering.RUNNING if numbering == Numbering.YEARLY else Numbering.YEARLY
            acts.change_journal(journal, publisher(city), acts.Masthead(journal.name, numbering=other))
    assert labels == ["2026年第1期", "2026年第2期", "2027年第1期", "总第1期", "总第2期", "总第3期"]


@pytest.mark.req("M-6", "M-1")
def test_whoever_wrote_an_article_does_not_approve_the_issue(session: Session, runtime: Runtime, city: City) -> None:
    one = issue(session, founded(session, city), city)
    both = make_person(session, city.units["finance"], Role.PUBLISHER, Role.LEADER, account="both")
    acts.draft_article(one, both, "局长谈绩效", "正文。")
    handed_in(one, city, runtime)
    with pytest.raises(Denied):
        items.publish(one, both, runtime.rules)
    assert one not in session.scalars(queries.to_approve(both)).all()
    assert one in session.scalars(queries.to_approve(approver(city))).all()
    items.publish(one, city.person("finance", Role.UNIT_HEAD), runtime.rules)


@pytest.mark.req("M-11")
def test_the_gate_reads_every_article(session: Session, runtime: Runtime, city: City) -> None:
    one = issue(session, founded(session, city), city, title="同名")
    acts.draft_article(one, publisher(city), "同名", "机密★1年\n内容")
    acts.draft_article(one, publisher(city), "同名", "无事。")
    with pytest.raises(Refused):
        handed_in(one, city, runtime)
    assert one.state == ItemState.DRAFTING


def test_an_article_lives_with_its_issue(session: Session, runtime: Runtime, city: City) -> None:
    one = issue(session, founded(session, city), city)
    article = one.parts[0]
    for act in (items.publish, items.submit):
        with pytest.raises((Denied, Refused)):
            act(article, publisher(city), runtime.rules, Declaration(True, True, True))
    acts.remove_article(article, publisher(city))
    session.refresh(one)
    assert one.parts == []
    with pytest.raises(Invalid):
        handed_in(one, city, runtime)  # an issue without an article or a word


@pytest.mark.req("M-6")
def test_only_publishers_of_the_unit_make_its_journals(session: Session, city: City, client_for: ClientFor) -> None:
    journal = founded(session, city)
    number = journal.id
    session.commit()
    for person in (city.person("education", Role.PUBLISHER), city.person("finance", Role.DRAFTER)):
        with pytest.raises(Denied):
            acts.draft_issue(journal, person, "外人的一期")
        session.commit()  # nothing was changed
        client = client_for(person)
        for page in ("edit", "readers", "issues/new", "figures"):
            assert client.get(f"/journals/{number}/{page}").status_code in (403, 404), page
    with pytest.raises(Invalid):
        acts.change_journal(journal, publisher(city), acts.Masthead("改", editors=("nobody",)))


@pytest.mark.req("M-6", "M-9")
def test_a_follower_sees_the_new_issue_until_it_is_read(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    journal, reader = founded(session, city), city.person("east", Role.LEADER)
    stranger = city.person("education", Role.LEADER)
    session.add(JournalSubscription(journal_id=journal.id, person_id=stranger.id, since=clock.now()))
    session.commit()
    theirs = client_for(reader)
    assert theirs.post(f"/journals/{journal.id}/follow").status_code == 303
    assert theirs.post(f"/journals/{journal.id}/follow").status_code == 409
    one = handed_in(issue(session, journal, city, title="冬季供暖专辑"), city, runtime)
    items.publish(one, approver(city), runtime.rules)
    session.commit()
    assert "冬季供暖专辑" in theirs.get("/").text
    assert "冬季供暖专辑" not in client_for(stranger).get("/").text  # follows, but isn't meant
    assert theirs.get(f"/journals/articles/{one.parts[0].id}").status_code == 200
    assert "冬季供暖专辑" not in theirs.get("/").text
    assert theirs.post(f"/journals/{journal.id}/unfollow").status_code == 303
    two = handed_in(issue(session, journal, city, title="防汛专辑"), city, runtime)
    items.publish(two, approver(city), runtime.rules)
    session.commit()
    assert "防汛专辑" not in theirs.get("/").text
    assert "防汛专辑" in theirs.get("/journals/").text


@pytest.mark.req("M-6")
def test_proof_and_pages(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    journal, reader = founded(session, city), city.person("east", Role.LEADER)
    one = issue(session, journal, city)
    session.commit()
    maker = client_for(publisher(city))
    assert maker.post(f"/journals/issues/{one.id}/proof").status_code == 303
    jobs.run_inline(runtime, ALLOWED)
    proof = _text(maker.get(f"/items/{one.id}/pdf").data)
    assert "PROOF" in proof
    handed_in(one, city, runtime)
    session.commit()
    # A proof set while it is approved never stands in for the pages of what was published.
    late = content_jobs._set(runtime, session, item_id=one.id)
    items.publish(one, approver(city), runtime.rules)
    content_jobs.keep_pages(session, late, one.id)
    assert one.pdf_digest is None
    session.commit()
    jobs.run_inline(runtime, ALLOWED)
    final = _text(client_for(reader).get(f"/items/{one.id}/pdf").data)
    assert "PROOF" not in final
    made_by = ("主办单位：南澄市财政局", approver(city).name)
    for shown in (journal.name, "年第1期", one.title, one.parts[0].title, *made_by):
        assert shown.replace(" ", "") in final, shown
    assert client_for(reader).get(f"/journals/issues/{one.id}").status_code == 200
    session.expire_all()
    assert session.get_one(JournalIssue, one.id).pages >= 3
    (line,) = figures.issues(session, journal.id)
    assert (line.readers, line.saved) == (1, line.pages)


@pytest.mark.req("M-6")
def test_who_does_it_second_at_the_same_moment_is_told_so(
    session: Session, city: City, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, reader = founded(session, city), city.person("east", Role.LEADER)
    acts.follow(session, journal, reader)
    session.commit()
    # As if the first had not committed yet when the second looked: only the database knows.
    monkeypatch.setattr(Session, "get", lambda *_asked, **_how: None)
    assert client_for(reader).post(f"/journals/{journal.id}/follow").status_code == 409


def _text(pdf: bytes) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    found = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return "".join(found.split())


def test_days_and_months_count_by_the_city(session: Session, runtime: Runtime, city: City) -> None:
    one = handed_in(issue(session, founded(session, city), city), city, runtime)
    begun = datetime.fromisoformat("2026-11-30T23:30:00+08:00")
    with clock.frozen(begun):
        items.publish(one, approver(city), runtime.rules)
    reader = city.person("east", Role.LEADER)
    at = begun + timedelta(minutes=40)
    session.add(ItemReading(item_id=one.id, person_id=reader.id, unit_id=reader.unit_id, read_at=at))
    session.flush()
    assert [count for _, count in figures.days(session, one)][:3] == [0, 1, 0]
    with clock.frozen(at):
        assert figures.months(session, _journal(session).id)[-2:] == [
            ("2026-11", 0),
            ("2026-12", 1),
        ]


def _journal(session: Session) -> Journal:
    return session.scalars(select(Journal)).one()


@pytest.mark.req("M-6")
def test_the_default_scope_is_copied_and_then_the_issues_own(session: Session, runtime: Runtime, city: City) -> None:
    journal = founded(session, city)
    one = issue(session, journal, city)
    acts.set_default_readers(journal, publisher(city), Scope((Key("tier", "city"),)))
    two = issue(session, journal, city)
    assert [row.key for row in one.reader_keys] == ["tier:district"]
    assert [row.key for row in two.reader_keys] == ["tier:city"]


@pytest.mark.req("M-6")
def test_an_old_proof_never_stands_in_for_a_new_one(session: Session, runtime: Runtime, city: City) -> None:
    one, maker = issue(session, founded(session, city), city), publisher(city)
    acts.ask_proof(one, maker)
    session.commit()
    slow = content_jobs._set(runtime, session, item_id=one.id)
    items.change(one.parts[0], maker, title="改过的标题", text="改过的正文。", version=one.parts[0].version)
    session.commit()
    quick = content_jobs._set(runtime, session, item_id=one.id)
    content_jobs.keep_pages(session, quick, one.id)
    content_jobs.keep_pages(session, slow, one.id)
    assert one.pdf_digest == quick.digest != slow.digest
    let_go = set(session.scalars(select(ReleasedFile.digest)))
    assert slow.digest in let_go
    # Changed while the first proof was being set, and no other was asked for: what stands now is set.
    acts.ask_proof(one, maker)
    assert quick.digest in set(session.scalars(select(ReleasedFile.digest)))
    first = content_jobs._set(runtime, session, item_id=one.id)
    session.execute(delete(PendingJob))
    items.change(one, maker, title="改过的专辑", text=one.text, version=one.version)
    content_jobs.keep_pages(session, first, one.id)
    assert one.pdf_digest is None
    session.commit()
    jobs.run_inline(runtime, ALLOWED)
    session.refresh(one)
    assert one.pdf_digest is not None


@pytest.mark.req("M-6")
def test_pages_that_could_not_be_set_are_asked_for_again(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = handed_in(issue(session, founded(session, city), city), city, runtime)
    items.publish(one, approver(city), runtime.rules)
    session.commit()
    page, again = f"/journals/issues/{one.id}", f"/journals/issues/{one.id}/proof"
    assert client_for(publisher(city)).post(again).status_code == 409  # it is being set

    def broken(*_given: object, **_values: object) -> bytes:
        raise Refused("no paper")

    with monkeypatch.context() as patched:
        patched.setattr("portal.core.paper.render", broken)
        jobs.run_inline(runtime, ALLOWED)
    maker = client_for(publisher(city))
    assert again in maker.get(page).text
    reader = client_for(city.person("east", Role.LEADER))
    assert again not in reader.get(page).text
    assert reader.post(again).status_code in (403, 404)
    assert maker.post(again).status_code == 303
    jobs.run_inline(runtime, ALLOWED)
    assert maker.get(f"/items/{one.id}/pdf").data.startswith(b"%PDF")
    assert maker.post(again).status_code == 409
