"""Whether pages grow with the city: a small and a large one side by side; and how long 25,000 people take to import."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO

from flask import Flask

from bench.city import LARGE, SMALL, city, head
from bench.lines import Line
from portal.core import jobs
from portal.core import runtime as runtimes
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration import imports
from portal.registration.import_models import ImportRun, What
from portal.worker import ALLOWED
from tests.clients import app_for, log_in
from tests.registration.import_files import PEOPLE_HEADINGS, csv_bytes, identity, person_row

ROUNDS = 15
RATIO = 1.3
IMPORT_SECONDS = 180.0
CENTRE = Role.INFORMATION_CENTRE
# What is measured, whose page it is, its endpoint and the query of its address.
PAGES: tuple[tuple[str, Role, str, dict[str, str]], ...] = (
    ("home page", Role.EXCHANGE_CLERK, "desk.home", {}),
    ("home page of the information centre", CENTRE, "desk.home", {}),
    ("inbox", Role.EXCHANGE_CLERK, "exchange.inbox", {}),
    ("sent documents", Role.DRAFTER, "exchange.sent", {}),
    ("documents", Role.DRAFTER, "documents.index", {}),
    ("new draft", Role.DRAFTER, "documents.new", {}),
    ("imports", CENTRE, "imports.index", {}),
    ("register of units", CENTRE, "units.index", {}),
    ("people", CENTRE, "staff.index", {}),
    ("computers", CENTRE, "computers.index", {}),
    ("looks at inboxes", CENTRE, "inbox_checks.board", {}),
    ("search for people, a page of hits", CENTRE, "staff.index", {"q": "张1"}),
    ("search for people, no hit", CENTRE, "staff.index", {"q": "王"}),
    ("address picker", Role.DRAFTER, "documents.new", {"pick": "find", "find": "局"}),
)


def measure(share: float = 1.0) -> list[Line]:
    """Ratios of pages, then the import."""
    large = LARGE.part(share)
    with ExitStack() as stack:
        worlds = [stack.enter_context(city(size)) for size in (SMALL, large)]
        lines = _ratios(worlds)
        return [*lines, _import(worlds[0], large.people)]


def _ratios(worlds: list[Runtime]) -> list[Line]:
    apps = [app_for(runtime) for runtime in worlds]
    lines = []
    for name, role, endpoint, query in PAGES:
        address = _address(apps[0], endpoint, query)
        calls = [_call(app, runtime, role, address) for app, runtime in zip(apps, worlds, strict=True)]
        lines.append(ratio(f"{name}: large city / small", calls[0], calls[1], RATIO))
    return lines


def _address(app: Flask, endpoint: str, query: dict[str, str]) -> str:
    """Where the page is. Raises BuildError when there is none: no page is passed over in silence."""
    with app.test_request_context():
        from flask import url_for

        return url_for(endpoint, **query)  # type: ignore[arg-type]


def _call(app: Flask, runtime: Runtime, role: Role, address: str) -> Callable[[], object]:
    client = log_in(app, runtime, head(runtime, role))

    def call() -> None:
        runtimes.install(runtime)  # two cities in one process: each request works in its own
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers {answer.status_code}")

    return call


def ratio(name: str, small: Callable[[], object], large: Callable[[], object], limit: float) -> Line:
    """How many times as long `large` takes, by medians of interleaved rounds: noise falls on both alike."""
    small(), large()
    times: dict[int, list[float]] = {0: [], 1: []}
    used: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(ROUNDS):
        for place, act in enumerate((small, large)):
            begun, begun_cpu = time.perf_counter(), time.process_time()
            act()
            times[place].append(time.perf_counter() - begun)
            used[place].append(time.process_time() - begun_cpu)
    elapsed, cpu = (statistics.median(each[1]) / statistics.median(each[0]) for each in (times, used))
    return Line(name, round(elapsed, 3), round(cpu, 3), limit, "ratio")


def people_file(runtime: Runtime, people: int, units: int) -> bytes:
    """A table of people, each with an identity number and two roles."""
    from sqlalchemy import select

    from portal.units.models import Unit

    with unit_of_work(runtime.engine, writes=False) as session:
        names = session.scalars(select(Unit.name).limit(units)).all()
    numbers = _numbers(people)
    rows = (
        person_row(
            f"李{number}", f"i{number}", names[number % len(names)], number=numbers[number], roles="拟稿人、收发员"
        )
        for number in range(people)
    )
    return csv_bytes(PEOPLE_HEADINGS, rows)


def _numbers(count: int) -> list[str]:
    found: dict[str, None] = {}
    serial = 0
    while len(found) < count:
        found[identity(serial)] = None
        serial += 1
    return list(found)


def _import(runtime: Runtime, people: int = LARGE.people) -> Line:
    """Uploading, checking, confirming and writing so many people."""
    runtimes.install(runtime)
    jobs.offer_through(None)
    content, centre = people_file(runtime, people, SMALL.units), head(runtime, CENTRE)
    begun, begun_cpu = time.perf_counter(), time.process_time()
    with unit_of_work(runtime.engine) as session:
        person = session.get_one(Person, centre.id)
        run = imports.bring_file(
            runtime, session, person, what=What.PEOPLE, filename="人员.csv", stream=BytesIO(content)
        )
    jobs.run_inline(runtime, ALLOWED)
    with unit_of_work(runtime.engine) as session:
        locked = session.get_one(ImportRun, run.id)
        imports.confirm_import(locked, session.get_one(Person, centre.id), good_only=False)
    jobs.run_inline(runtime, ALLOWED)
    elapsed, used = time.perf_counter() - begun, time.process_time() - begun_cpu
    with unit_of_work(runtime.engine, writes=False) as session:
        if (written := session.get_one(ImportRun, run.id).written) != people:
            raise RuntimeError(f"{written} people were imported")
    return Line(f"import {people:,} people, checked and written", round(elapsed, 2), round(used, 2), IMPORT_SECONDS)
