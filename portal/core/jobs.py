"""Work that a request leaves to a worker or the seal server, without ever losing or doubling it.

`enqueue` writes a row in the same transaction as the act; after the commit the row is offered to Redis. The job runs
under the row's lock and deletes it in the same transaction as its effects. If Redis is down, forgets, or a process
is killed anywhere, the row is still there and the scheduler offers it again: at least one run, exactly one effect.
Job data are row ids and nothing else; whoever runs a job reads and checks everything itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from enum import StrEnum
from importlib import import_module
from typing import Protocol

import structlog
from sqlalchemy import JSON, Index, Select, String, Text, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core import runtime as runtimes
from portal.core.clock import now
from portal.core.db import Base, unit_of_work
from portal.core.errors import PortalError
from portal.core.runtime import Runtime
from portal.core.text import N_

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 6
REOFFER_AFTER = timedelta(seconds=15)
GIVEN_UP = N_("The work could not be done after several tries; the information centre was told.")


class Queue(StrEnum):
    """Who does the work."""

    WORK = "work"
    SEAL = "seal"
    CEREMONY = "ceremony"


class Elsewhere(Exception):
    """The work is for another process of the same kind, one that lives: it is left to it, and no try is counted."""


class PendingJob(Base):
    """One piece of work promised by a committed act; deleted by the transaction that does it."""

    __tablename__ = "pending_job"
    # serves the scheduler's look for work to offer again
    __table_args__ = (Index("ix_pending_job_due", "given_up_at", "next_offer_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(String(10))
    function: Mapped[str] = mapped_column(String(120))
    arguments: Mapped[dict[str, int]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    next_offer_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    given_up_at: Mapped[datetime | None]


def enqueue(session: Session, queue: Queue, function: str, **arguments: int) -> None:
    """Promise that `function` (a dotted path on the queue's allow-list) runs after this transaction commits.

    Raises TypeError for an argument that isn't a row id: secrets and texts don't travel in jobs.
    """
    for name, value in arguments.items():
        if type(value) is not int:
            raise TypeError(f"job argument {name} must be a row id")
    at = now()
    pending = PendingJob(
        queue=queue, function=function, arguments=arguments, created_at=at, next_offer_at=at + REOFFER_AFTER
    )
    session.add(pending)
    session.info.setdefault("new_jobs", []).append(pending)


class Offer(Protocol):
    """Puts pending rows before their queue; must not raise when the queue can't be reached."""

    def __call__(self, jobs: list[tuple[int, str, str]], /) -> None: ...


_offer: Offer | None = None


def offer_through(offer: Offer | None) -> None:
    """Set how committed work reaches its queue (Redis in the processes, nothing in plain tests)."""
    global _offer
    _offer = offer


@event.listens_for(Session, "after_commit")
def _offer_committed(session: Session) -> None:
    new = session.info.pop("new_jobs", [])
    if new and _offer is not None:
        _offer([(job.id, job.queue, job.function) for job in new])


@event.listens_for(Session, "after_rollback")
def _forget_rolled_back(session: Session) -> None:
    session.info.pop("new_jobs", None)


def any_due(session: Session) -> bool:
    """Whether any pending work should be offered again."""
    statement = select(PendingJob.id).where(PendingJob.given_up_at.is_(None), PendingJob.next_offer_at <= now())
    return session.scalars(statement.limit(1)).first() is not None


def due(session: Session) -> list[tuple[int, str, str]]:
    """Pending work to offer again; moves their next offer on."""
    at = now()
    rows = session.scalars(
        select(PendingJob)
        .where(PendingJob.given_up_at.is_(None), PendingJob.next_offer_at <= at)
        .order_by(PendingJob.next_offer_at)
        .limit(200)
        # A locked row is being worked on: it needs no offer, and waiting for it would hold up all others.
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.next_offer_at = at + REOFFER_AFTER
    return [(row.id, row.queue, row.function) for row in rows]


JobBody = Callable[..., None]
OnFailure = Callable[..., None]
Prepare = Callable[..., object]


def job(
    on_failure: OnFailure | None = None, prepare: Prepare | None = None
) -> Callable[[JobBody], Callable[[int], None]]:
    """Make `body(runtime, session, **ids)` a job function taking the pending row's id.

    Slow work goes into `prepare(runtime, session, **ids)`, which only reads and holds no lock; the body gets what it
    returns as third argument and must see for itself that it still fits. It may be prepared twice, never kept twice.

    A PortalError is final: the work is undone, `on_failure(session, error, **ids)` records it for the user in a
    transaction of its own and the row goes. After Elsewhere it is offered again at once. Any other error is tried
    again, later and later, then given up visibly.
    """

    def decorate(body: JobBody) -> Callable[[int], None]:
        function = f"{body.__module__}.{body.__qualname__}"

        @functools.wraps(body)
        def run(pending_id: int) -> None:
            work = runtimes.current()
            try:
                made = () if prepare is None else _prepared(work, pending_id, function, prepare)
                with unit_of_work(work.engine) as session:
                    pending = _lock(session, pending_id, function)
                    if pending is None:  # done by an earlier run, or promised to another function
                        return
                    body(work, session, *made, **pending.arguments)
                    session.delete(pending)
            except PortalError as error:
                _conclude(work, pending_id, function, error, on_failure)
            except Elsewhere:
                _leave(work, pending_id, function)
            except Exception as error:
                _postpone(work, pending_id, function, error, on_failure)
                raise

        run.is_job = True  # type: ignore[attr-defined]  # marks it for the allow-lists' test
        return run

    return decorate


def _prepared(work: Runtime, pending_id: int, function: str, prepare: Prepare) -> tuple[object, ...]:
    """What the body is handed; nothing for a row that is done, which the body's own look at it finds too."""
    with unit_of_work(work.engine, writes=False) as session:
        pending = session.scalars(_promised(pending_id, function)).one_or_none()
        return () if pending is None else (prepare(work, session, **pending.arguments),)


def _lock(session: Session, pending_id: int, function: str) -> PendingJob | None:
    return session.scalars(_promised(pending_id, function).with_for_update(skip_locked=True)).one_or_none()


def _promised(pending_id: int, function: str) -> Select[PendingJob]:
    # The function is asked for too: whoever can write into Redis could else run one function on the other's row.
    return select(PendingJob).where(
        PendingJob.id == pending_id, PendingJob.function == function, PendingJob.given_up_at.is_(None)
    )


def _conclude(work: Runtime, pending_id: int, function: str, error: PortalError, on_failure: OnFailure | None) -> None:
    with unit_of_work(work.engine) as session:
        pending = _lock(session, pending_id, function)
        if pending is None:
            return
        log.warning("job refused", function=function, pending=pending_id, why=str(error))
        if _told(session, pending, error, on_failure):
            session.delete(pending)
        else:
            pending.given_up_at, pending.last_error = now(), str(error)


def _leave(work: Runtime, pending_id: int, function: str) -> None:
    with unit_of_work(work.engine) as session:
        pending = _lock(session, pending_id, function)
        if pending is not None:
            pending.next_offer_at = now()  # by the scheduler's next round: the other one is asked as likely as this one


def _postpone(work: Runtime, pending_id: int, function: str, error: Exception, on_failure: OnFailure | None) -> None:
    with unit_of_work(work.engine) as session:
        pending = _lock(session, pending_id, function)
        if pending is None:
            return
        pending.attempts += 1
        pending.last_error = type(error).__name__  # the text may hold what must not be kept; it is in the log
        pending.next_offer_at = now() + timedelta(seconds=5 * 2**pending.attempts)
        if pending.attempts >= MAX_ATTEMPTS:
            pending.given_up_at = now()
            _told(session, pending, PortalError(GIVEN_UP), on_failure)


def _told(session: Session, pending: PendingJob, error: PortalError, on_failure: OnFailure | None) -> bool:
    """Record the failure for the user. An `on_failure` that fails itself must not bring the work back for ever."""
    if on_failure is None:
        return False
    try:
        with session.begin_nested():
            on_failure(session, error, **pending.arguments)
    except Exception as failure:
        log.error("failure of a job could not be recorded", function=pending.function, exc_info=failure)
        return False
    return True


def enqueue_once(session: Session, queue: Queue, function: str) -> None:
    """Promise recurring work unless the last promise of it is still open.

    One that was given up must not end the work for ever: the new promise takes its place.
    """
    promises = session.scalars(select(PendingJob).where(PendingJob.function == function)).all()
    if any(promise.given_up_at is None for promise in promises):
        return
    for promise in promises:
        session.delete(promise)
    enqueue(session, queue, function)


def run_inline(runtime: Runtime, allowed: Collection[str]) -> int:
    """Run pending work of the allowed functions here and now, with what it promises in turn; returns how much ran.

    For commands and tests that play worker and seal server themselves.
    """
    ran: set[int] = set()
    while True:
        with unit_of_work(runtime.engine, writes=False) as session:
            rows = session.scalars(
                select(PendingJob)
                .where(
                    PendingJob.function.in_(list(allowed)), PendingJob.given_up_at.is_(None), PendingJob.attempts == 0
                )
                .order_by(PendingJob.id)
            ).all()
            work = [(row.id, row.function) for row in rows if row.id not in ran]  # one left to others isn't tried again
        if not work:
            return len(ran)
        for pending_id, function in work:
            resolve(function)(pending_id)
            ran.add(pending_id)


def resolve(function: str) -> Callable[[int], None]:
    """The job function behind a dotted path. Raises LookupError when it isn't one."""
    module, _, name = function.rpartition(".")
    found: Callable[[int], None] | None = getattr(import_module(module), name, None)
    if found is None or not getattr(found, "is_job", False):
        raise LookupError(f"{function} is no job")
    return found
