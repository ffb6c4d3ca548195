"""Slow work of the exchange holds nobody up: others write while it runs, and what they wrote stands."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.jobs import PendingJob
from portal.core.runtime import Runtime
from portal.core.store import FileStore
from portal.exchange import checks, copying, jobs, receiving, uploads
from portal.exchange.findings import Check, Finding, Findings, Outcome
from portal.exchange.models import Copy, Delivery, VerificationRequest
from portal.people.models import Person
from portal.seals import copies
from portal.seals.verifying import Verdict
from tests.city import City
from tests.exchange.travelling import clerk, delivery_to, quick_checked, quick_sent
from tests.work import drain


def promised(session: Session, function: str) -> int:
    """The one pending job of a function; lets go of the database."""
    found = session.scalars(select(PendingJob.id).where(PendingJob.function == function)).one()
    session.commit()
    return found


def nothing_against(*_: Any) -> Verdict:
    """A verdict without looking."""
    return Verdict(reasons=(), seals=(), digest="0" * 64)


@pytest.mark.req("X-4")
def test_nobody_waits_for_the_checks(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clerk returns the document while it is checked: what the checks found is no longer kept."""
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    receiving.open_delivery(delivery, clerk(city, "finance"))
    session.commit()

    def return_meanwhile(_: checks.Evidence) -> Findings:
        with unit_of_work(runtime.engine) as other:
            found = other.get_one(Delivery, delivery.id, with_for_update={"nowait": True, "of": Delivery})
            receiving.return_delivery(found, other.get_one(Person, clerk(city, "finance").id), "主送有误")
        return Findings(tuple(Finding(check, Outcome.GOOD, "The document has no attachments.") for check in Check))

    monkeypatch.setattr(jobs, "_judged", nothing_against)
    monkeypatch.setattr(checks, "run", return_meanwhile)
    jobs.check(promised(session, receiving.CHECK_JOB))
    session.refresh(delivery)
    assert (delivery.state, delivery.findings) == ("returned", None)


@pytest.mark.req("X-6")
def test_nobody_waits_for_a_copy(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy fails and is asked for anew while it is drawn: only the new attempt's file is kept."""
    copy = copying.ask_download(quick_checked(session, runtime, city), clerk(city, "finance"), str(uuid4()))
    session.commit()
    drawn: list[int] = []

    def retry_meanwhile(_source: Path, target: Path, *_: Any) -> None:
        target.write_bytes(f"%PDF {len(drawn)}".encode())
        with unit_of_work(runtime.engine) as other:
            found = other.get_one(Copy, copy.id, with_for_update={"nowait": True, "of": Copy})
            drawn.append(found.attempt)
            if found.attempt == 1:
                copying.take_copy_failure(found, "The sealed file can't be read.")
                copying.retry_copy(found, other.get_one(Person, clerk(city, "finance").id))

    monkeypatch.setattr(copies, "make_copy", retry_meanwhile)
    jobs.make_copy(promised(session, copying.MAKE_JOB))
    session.refresh(copy)
    assert (drawn, copy.state, copy.attempt, copy.digest) == ([1], "asked", 2, None)
    session.commit()
    jobs.make_copy(promised(session, copying.MAKE_JOB))
    session.refresh(copy)
    assert (drawn, copy.state) == ([1, 2], "ready")
    assert b"".join(runtime.store.reader(copy.digest or "")) == b"%PDF 1"


def test_nobody_waits_for_a_strangers_file(
    session: Session,
    runtime: Runtime,
    city: City,
    client_for: Callable[[Person], FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither while it is taken in, though somebody is logged in, nor while it is judged."""
    person, put = clerk(city, "finance"), FileStore.put
    old = FileStore(uploads.store_of(runtime, "old").root, runtime.storage_keys)
    put(old, io.BytesIO(b"%PDF never judged"))

    def add_elsewhere(token: str) -> None:
        with unit_of_work(runtime.engine) as other:
            asked_at = now() - 2 * uploads.KEPT + timedelta(hours=1)
            other.add(VerificationRequest(token=token, digest="0" * 64, size=1, asked_at=asked_at))

    def put_slowly(*arguments: Any) -> Any:
        add_elsewhere("old")
        return put(*arguments)

    def judge_slowly(*_: Any) -> Verdict:
        add_elsewhere("meanwhile")
        return nothing_against()

    monkeypatch.setattr(FileStore, "put", put_slowly)
    monkeypatch.setattr(jobs, "_judged", judge_slowly)
    client = client_for(person)
    answer = client.post("/verify/file", data={"file": (io.BytesIO(b"%PDF-1.7 not really"), "a.pdf")})
    assert answer.status_code == 303
    asked = session.scalars(select(VerificationRequest)).one()
    assert asked.token != "old" and not old.root.exists(), "what is a day old goes, its file too"
    session.commit()
    drain(runtime)
    session.refresh(asked)
    assert asked.verdict is not None and asked.verdict["valid"]
    tokens = session.scalars(select(VerificationRequest.token)).all()
    assert set(tokens) == {asked.token, "meanwhile"}
    assert not uploads.store_of(runtime, asked.token).root.exists()
