"""The order of what waits, its limits, and the lists behind the sections of the home page (M-9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.content import operations as items
from portal.content.gate import Declaration
from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.desk.queries import Desk, Section, desk_of
from portal.people.models import Person
from portal.people.piles import Line, Part, SectionKind
from portal.people.roles import Role
from portal.reports.operations import draft_report
from portal.tasks import handling
from portal.tasks import operations as tasks
from tests.city import City
from tests.content.ready import with_second_factors

pytestmark = pytest.mark.req("M-9")

ClientFor = Callable[[Person], FlaskClient]
MANY = 8
"""More than the home page shows of one section."""


def _line(title: str, *, late: bool = False, due: datetime | None = None, urgency: str = "") -> Line:
    return Line("x", title, "desk.home", {}, now(), late=late, due=due, urgency=urgency)


def test_the_late_come_first_then_the_nearest_limit_then_the_urgent() -> None:
    soon, far = now() + timedelta(days=2), now() + timedelta(days=20)
    lines = (
        _line("常"), _line("远", due=far), _line("加急", urgency="加急"), _line("近", due=soon),
        _line("近而急", due=soon, urgency="特急"), _line("特急", urgency="特急"), _line("迟", late=True, due=soon),
    )  # fmt: skip
    section = Section(SectionKind("x", "x", "bell", Part.TODO, "desk.home", 1), lines, len(lines))
    in_order = [line.title for _, line in Desk((section,), 0, 0, 0, False).todo]
    # What is urgent is meant for today or tomorrow, with a limit or without.
    assert in_order == ["迟", "近而急", "特急", "加急", "近", "远", "常"]


def asked(session: Session, work: Runtime, city: City, days: int, title: str) -> None:
    """A matter the office asks the finance bureau to deal with, accepted by its handler."""
    head, handler = city.person("office", Role.OFFICE_HEAD), city.person("finance", Role.OFFICE_HEAD)
    task = tasks.draft_task(session, head, work.rules, title, "请办理。", tasks.Terms(days, ""))
    tasks.add_receiver(task, head, city.units["finance"], None)
    items.publish(task.item, head, work.rules)
    handling.accept(task.assignments[0], handler)


def test_a_matter_due_sooner_stands_before_one_due_later_with_its_limit_shown(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    asked(session, runtime, city, 20, "远期事项")
    asked(session, runtime, city, 2, "近期事项")
    session.commit()
    handler = city.person("finance", Role.OFFICE_HEAD)
    lines = [line for _, line in desk_of(session, handler).todo]
    assert [line.title for line in lines] == ["近期事项", "远期事项"]
    assert lines[0].last_day is not None
    day = lines[0].last_day.isoformat()
    session.commit()
    assert day in client_for(handler).get("/").text


@pytest.mark.parametrize("act", ["accept", "due", "judge"])
def test_every_list_behind_a_section_holds_each_of_its_lines(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor, act: str
) -> None:
    head, handler = city.person("office", Role.OFFICE_HEAD), city.person("finance", Role.OFFICE_HEAD)
    for number in range(MANY):
        task = tasks.draft_task(session, head, runtime.rules, f"请求第{number}号", "请办理。", tasks.Terms(5, ""))
        tasks.add_receiver(task, head, city.units["finance"], None)
        items.publish(task.item, head, runtime.rules)
        if act != "accept":
            handling.accept(task.assignments[0], handler)
        if act == "judge":
            handling.reply(task.assignments[0], handler, "已办。")
    session.commit()
    person = head if act == "judge" else handler
    lists_every_line(session, client_for, person, f"tasks-{act}")


@pytest.mark.parametrize("returned", [False, True])
def test_a_page_lists_what_waits_for_approval_and_what_came_back(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor, returned: bool
) -> None:
    author, head = city.person("finance", Role.DRAFTER), city.person("finance", Role.UNIT_HEAD)
    declared = Declaration(unclassified=True, not_urgent=True, official=True)
    for number in range(MANY):
        item = draft_report(session, author, f"专报第{number}号", "正文。", leaders=[head.id])
        items.submit(item, author, runtime.rules, declared)
        if returned:
            items.return_(item, head, "请补充数据。")
    session.commit()
    with_second_factors(session, city)
    whose, key = (author, "items-returned") if returned else (head, "items-to-approve")
    lists_every_line(session, client_for, whose, key)
    page = client_for(head if returned else author).get("/items/waiting").text
    assert "专报第" not in page, "the other side's page"


def lists_every_line(session: Session, client_for: ClientFor, person: Person, key: str) -> None:
    """The section's list holds what the home page shows and what it leaves out, and nothing of other sections."""
    section = next(one for one in desk_of(session, person).sections if one.kind.key == key)
    titles = {line.title[: line.title.index("第")] for line in section.lines}
    session.commit()
    assert section.count == MANY
    client = client_for(person)
    home = client.get("/").text
    with client.application.test_request_context():
        query: dict[str, Any] = {**section.kind.query}
        more = url_for(section.kind.more, **query)
    assert more.replace("&", "&amp;") in home
    listed = client.get(more).text
    for number in range(MANY):
        assert any(f"{title}第{number}号" in listed for title in titles), number
