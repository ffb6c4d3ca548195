"""The portal's daily pages held against the limit program R (`bench/limits/app.py`), measured in the same rounds.

R and the portal run in one process, over one database with as much data, and are asked as WSGI applications with the
environment a server would hand them: no client and no server takes part. Either would cost the same on both sides and
so flatter the portal, and on two cores a client in Python is half of what one measures. The pages take turns; a ratio
is that of a page to R in the same turn. Decide by processor seconds, which a neighbour on the core doesn't move;
elapsed seconds stand beside. R shows fifty rows, the portal as many as its pages have.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench.city import LARGE, RECIPIENTS, city, head
from bench.limits import app as limit_program
from bench.lines import Line
from portal.core.runtime import Runtime
from portal.people.roles import Role
from tests.clients import COOKIE, app_for, log_in

ROUNDS, ASKED = 21, 6
HOME, INBOX = 2.5, 1 / 0.6
# What it is called, its address, and how many times as long as R it may take.
PAGES = (("home page", "/", HOME), ("inbox", "/inbox", INBOX))
Act = Callable[[], None]


def measure(share: float = 1.0) -> list[Line]:
    """R itself, then home page and inbox to R."""
    size = LARGE.part(share)
    with city(size) as runtime:
        limit_program.fill(runtime.engine, size.documents * RECIPIENTS, size.units)
        return list(_lines([limit_page(runtime), *portal_pages(runtime)]))


def limit_page(runtime: Runtime) -> Act:
    """R's page, asked by its first reader."""
    app = limit_program.create_app(runtime.engine)
    client = app.test_client()
    client.get("/enter/1")
    return asking(app, client, "/inbox", "session")


def portal_pages(runtime: Runtime) -> list[Act]:
    """The portal's pages, asked by the exchange clerk of the municipal office."""
    app = app_for(runtime)
    client = log_in(app, runtime, head(runtime, Role.EXCHANGE_CLERK))
    client.get("/inbox")  # notes the look at the inbox and gives the cookie of the forms, once
    return [asking(app, client, address, COOKIE, "gongwen_form") for _, address, _ in PAGES]


def asking(app: Flask, client: FlaskClient, address: str, *cookies: str) -> Act:
    """Ask the application itself for a page with the client's cookies. Raises RuntimeError when it isn't given."""
    found = [cookie for name in cookies if (cookie := client.get_cookie(name))]
    environment = EnvironBuilder(
        address, headers={"Cookie": "; ".join(f"{one.key}={one.value}" for one in found)}
    ).get_environ()

    def ask() -> None:
        body, status, _ = run_wsgi_app(app, {**environment, "wsgi.input": BytesIO()})
        for _ in body:
            pass
        if not status.startswith("200"):
            raise RuntimeError(f"{address} answers {status}")

    return ask


def _lines(acts: list[Act]) -> Iterator[Line]:
    elapsed, used = interleaved(acts)
    yield Line("limit program R", *(round(statistics.median(each[0]), 5) for each in (elapsed, used)))
    for place, (name, _, limit) in enumerate(PAGES, 1):
        yield Line(f"{name} / R", *(_ratio(each[place], each[0]) for each in (elapsed, used)), limit, "ratio")


def _ratio(page: list[float], base: list[float]) -> float:
    return round(statistics.median(one / other for one, other in zip(page, base, strict=True)), 3)


def interleaved(acts: list[Act]) -> tuple[list[list[float]], list[list[float]]]:
    """Elapsed and processor seconds of each act, round by round, all taking their turn in each."""
    for act in acts:
        for _ in range(ASKED):
            act()
    elapsed: list[list[float]] = [[] for _ in acts]
    used: list[list[float]] = [[] for _ in acts]
    for _ in range(ROUNDS):
        for place, act in enumerate(acts):
            gc.collect()  # what the one left is not cleared away at the other's expense
            begun, begun_cpu = time.perf_counter(), time.process_time()
            for _ in range(ASKED):
                act()
            elapsed[place].append((time.perf_counter() - begun) / ASKED)
            used[place].append((time.process_time() - begun_cpu) / ASKED)
    return elapsed, used


def main() -> None:
    """Run and show."""
    for line in measure():
        over = "" if line.kept else "  over"
        print(f"{line.name:<40}{line.seconds:>9.4f}{line.cpu_seconds:>9.4f}{line.limit or 0:>7.2f}{over}")


if __name__ == "__main__":
    main()
