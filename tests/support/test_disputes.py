"""Disputes: answered in turns, settled, withdrawn, or brought before the office, which knows of none before (GZ7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.clock import CITY_ZONE, frozen, now
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.ledger.queries import history
from portal.people.roles import Role
from portal.support.lifecycle import DisputeState
from portal.support.models import Dispute
from portal.support.operations import disputes as acts
from portal.support.queries import disputes as queries
from tests.city import City
from tests.exchange.travelling import delivery_to, quick_sent
from tests.support.making import ClientFor, english, entry, opened, text_file

pytestmark = pytest.mark.req("U-8")
HEAD, ADMINISTRATOR = Role.UNIT_HEAD, Role.UNIT_ADMINISTRATOR


def test_two_units_answer_in_turns_and_settle(runtime: Runtime, session: Session, city: City) -> None:
    dispute = opened(runtime, session, city)
    finance, education = city.units["finance"].id, city.units["education"].id
    assert dispute.turn_id == education
    acts.answer(runtime, dispute, city.person("education", ADMINISTRATOR), entry("已核对。"))
    assert dispute.turn_id == finance
    since = dispute.turn_since
    acts.answer(runtime, dispute, city.person("education", HEAD), entry("补充一点。"))
    assert (dispute.turn_id, dispute.turn_since) == (finance, since)
    acts.propose(runtime, dispute, city.person("finance", HEAD), entry("补发三份。"))
    for refused in (acts.accept, acts.answer):
        with pytest.raises((Denied, Refused)):
            refused(runtime, dispute, city.person("finance", HEAD), entry())
    acts.accept(runtime, dispute, city.person("education", HEAD), entry("同意。"))
    assert dispute.state == DisputeState.SETTLED and dispute.closed_at
    kinds = [event.kind.partition(".")[2] for event in history(session, "dispute", dispute.id)]
    assert kinds == ["opened", "answered", "answered", "proposed", "settled"]
    with pytest.raises(Refused):
        acts.answer(runtime, dispute, city.person("education", HEAD), entry())


def test_an_answer_declines_a_proposal(runtime: Runtime, session: Session, city: City) -> None:
    dispute = opened(runtime, session, city)
    acts.propose(runtime, dispute, city.person("education", HEAD), entry("各让一步。"))
    acts.answer(runtime, dispute, city.person("finance", HEAD), entry("不同意。"))
    assert dispute.state == DisputeState.OPEN and dispute.proposed_by_id is None


def test_the_office_learns_of_it_only_when_it_is_brought_before_it(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    dispute = opened(runtime, session, city)
    file = dispute.entries[0].files[0]
    addresses = [f"/support/disputes/{dispute.id}", f"/support/disputes/{dispute.id}/files/{file.id}"]
    officers = [city.person("office", role) for role in (Role.INFORMATION_CENTRE, Role.SECRETARIAT)]
    session.commit()
    strangers = [city.person("east", HEAD), city.person("office", HEAD)]
    for person in [*officers, *strangers]:
        client = client_for(person)
        assert "来文份数不符" not in english(client, "/support/disputes?tab=all")
        assert [client.get(address).status_code for address in addresses] == [404, 404]
        assert client.post(addresses[0], data={"act": "close", "text": "x"}).status_code in (403, 404)
    acts.answer(runtime, dispute, city.person("education", HEAD), entry("不予认可。"))
    acts.escalate(runtime, dispute, city.person("finance", HEAD), entry("协商不成。"))
    session.commit()
    for person in officers:
        client = client_for(person)
        assert "来文份数不符" in english(client, "/support/disputes")
        assert [client.get(address).status_code for address in addresses] == [200, 200]
    for person in strangers:
        assert client_for(person).get(addresses[0]).status_code == 404


def test_the_office_coordinates_and_closes(runtime: Runtime, session: Session, city: City) -> None:
    dispute = opened(runtime, session, city)
    officer, head = city.person("office", Role.INFORMATION_CENTRE), city.person("finance", HEAD)
    with pytest.raises(Denied):
        acts.close(runtime, dispute, officer, entry())
    with pytest.raises(Refused, match="working days"):
        acts.escalate(runtime, dispute, head, entry("不愿等待。"))
    with frozen(dispute.due_at):
        acts.escalate(runtime, dispute, head, entry("三日未复。"))
    assert dispute.turn_id is None and dispute.escalated_at
    acts.coordinate(runtime, dispute, officer, entry("建议以系统打印记录为准。"))
    acts.answer(runtime, dispute, city.person("education", HEAD), entry("无异议。"))
    with pytest.raises(Denied):
        acts.close(runtime, dispute, city.person("office", Role.SECRETARIAT), entry())
    acts.close(runtime, dispute, officer, entry("以打印记录为准。"))
    assert dispute.state == DisputeState.DECIDED
    session.commit()
    assert session.scalar(select(queries.waiting_count(officer))) == 0


def test_three_working_days_are_counted(runtime: Runtime, session: Session, city: City) -> None:
    with frozen(now().astimezone(CITY_ZONE).replace(year=2026, month=11, day=20, hour=10)):  # a Friday
        dispute = opened(runtime, session, city)
    assert dispute.due_at.astimezone(CITY_ZONE).isoformat()[:16] == "2026-11-26T00:00"
    assert dispute.last_day.isoformat() == "2026-11-25", "the day is told, not the midnight after it"


def test_the_overdue_stand_on_both_desks(runtime: Runtime, session: Session, city: City, client_for: ClientFor) -> None:
    dispute = opened(runtime, session, city)
    with frozen(dispute.due_at + timedelta(hours=10)):
        mine = {line.section: line for part in desk_of(session, city.person("education", HEAD)).sections
                for line in part.lines}  # fmt: skip
        theirs = {line.section: line for part in desk_of(session, city.person("finance", HEAD)).sections
                  for line in part.lines}  # fmt: skip
        session.commit()
        assert mine["disputes"].late and theirs["dispute-overdue"].late
        for key in ("finance", "education"):
            assert "Overdue" in english(client_for(city.person(key, HEAD)), f"/support/disputes/{dispute.id}")


def test_only_the_opener_withdraws(runtime: Runtime, session: Session, city: City) -> None:
    dispute = opened(runtime, session, city)
    with pytest.raises(Denied):
        acts.withdraw(runtime, dispute, city.person("education", HEAD), entry())
    acts.withdraw(runtime, dispute, city.person("finance", ADMINISTRATOR), entry("已经说清。"))
    assert dispute.state == DisputeState.WITHDRAWN


@pytest.mark.parametrize("role", [Role.DRAFTER, Role.EXCHANGE_CLERK, Role.HANDLER])
def test_not_everybody_speaks_for_the_unit(role: Role, runtime: Runtime, session: Session, city: City) -> None:
    dispute = opened(runtime, session, city)
    with pytest.raises(NotFound):
        queries.get_for(session, city.person("finance", role), dispute.id)
    with pytest.raises(Denied):
        acts.answer(runtime, dispute, city.person("education", role), entry())


def test_the_same_click_twice_is_one_entry(runtime: Runtime, session: Session, city: City) -> None:
    dispute, said = opened(runtime, session, city), entry("一次。")
    acts.answer(runtime, dispute, city.person("education", HEAD), said)
    with pytest.raises(AlreadyDone):
        acts.answer(runtime, dispute, city.person("education", HEAD), said)
    assert len(dispute.entries) == 2


def test_what_is_marked_secret_is_not_taken(runtime: Runtime, session: Session, city: City) -> None:
    head = city.person("finance", HEAD)
    for said in (entry("秘密★1年\n请看附件"), entry("见附件", text_file("附件.txt", "机密★3年\n正文"))):
        with pytest.raises(Refused, match="classified"):
            acts.open_dispute(runtime, session, head, said, other_id=city.units["education"].id, subject="份数")
    with pytest.raises(Refused):
        acts.open_dispute(
            runtime, session, head, entry("见", text_file("x.exe", "MZ")), other_id=city.units["education"].id,
            subject="份数",
        )  # fmt: skip


def test_the_document_is_one_that_travelled_between_the_two(runtime: Runtime, session: Session, city: City) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    receiver, sender = city.units["finance"].id, "office"
    head = city.person(sender, HEAD)
    dispute = acts.open_dispute(
        runtime, session, head, entry(), other_id=receiver, subject="签收不及时", delivery_id=delivery.id
    )
    assert dispute.delivery_id == delivery.id
    wrong = {"other_id": city.units["west"].id, "delivery_id": delivery.id}
    with pytest.raises(Invalid):
        acts.open_dispute(runtime, session, head, entry(), subject="x", **wrong)
    with pytest.raises(Invalid):  # a unit administrator doesn't read documents
        acts.open_dispute(
            runtime, session, city.person(sender, ADMINISTRATOR), entry(), other_id=receiver, subject="x",
            delivery_id=delivery.id,
        )  # fmt: skip


def test_the_pages_lead_the_whole_way(city: City, session: Session, client_for: ClientFor) -> None:
    finance = client_for(city.person("finance", HEAD))
    english(finance, "/support/disputes/new")
    form = {"other": city.units["education"].id, "subject": "退文理由", "text": "请说明理由。", "delivery": "0"}
    answer = finance.post("/support/disputes/new", data={**form, "text": ""})
    assert answer.status_code == 422 and "退文理由" in answer.text
    answer = finance.post("/support/disputes/new", data={**form, "files": text_file()})
    assert answer.status_code == 303
    page = answer.headers["Location"]
    education = client_for(city.person("education", HEAD))
    assert "说明.txt" in english(education, page)
    assert education.post(page, data={"act": "answer", "text": "理由如下。"}).status_code == 303
    assert "理由如下。" in english(finance, page)
    assert finance.post(page, data={"act": "escalate", "text": "请协调。"}).status_code == 303
    office = client_for(city.person("office", Role.INFORMATION_CENTRE))
    assert "Close with a decision" in english(office, page)
    assert office.post(page, data={"act": "close", "text": "已协调一致。"}).status_code == 303
    assert "已协调一致。" in english(education, page)
    assert session.scalar(select(func.count()).select_from(Dispute)) == 1


def test_the_database_repeats_the_rules(session: Session, city: City) -> None:
    at, unit = now(), city.units["finance"].id
    facts = {"opener_id": unit, "subject": "x", "opened_at": at, "turn_since": at, "due_at": at}
    for wrong in ({"other_id": unit}, {"other_id": city.units["west"].id, "state": "decided", "closed_at": at}):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(Dispute(**facts, **wrong))
            session.flush()
