"""The scheduler: offers waiting work again, asks for signs of life, closes what has run out.

Recurring work is promised in the database like all other work, so it goes through the same allow-lists and is never
lost with Redis.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.certificates import operations as certificates
from portal.core import jobs, logs
from portal.core import runtime as runtimes
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.isolation import forbid_hsm
from portal.core.jobs import Queue, enqueue_once
from portal.core.queueing import offer_to
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.seals import ceremonies, operations
from portal.seals.models import Ceremony
from portal.seals.queries import LIVE_CEREMONIES

log = structlog.get_logger(__name__)

TICK_SECONDS = 2.0


def ask_for_signs(session: Session) -> None:
    """Ask worker and seal server for a sign of life."""
    enqueue_once(session, Queue.WORK, "portal.health.jobs.worker_alive")
    enqueue_once(session, Queue.SEAL, "portal.seals.sealing.test_signature")


def close_ceremonies(session: Session) -> None:
    """Expire ceremonies whose minutes are over; one on which the seal server works is locked, and left to it."""
    over = session.scalars(
        select(Ceremony)
        .where(Ceremony.state.in_(LIVE_CEREMONIES), Ceremony.expires_at <= now())
        .with_for_update(skip_locked=True)
    )
    for ceremony in over:
        ceremonies.expire(ceremony)


@dataclass(frozen=True)
class Recurring:
    """Something done every so many ticks."""

    every: int
    act: Callable[[Session], None]


def renew_statuses(session: Session) -> None:
    """Have the answers about certificates signed anew before they grow old."""
    enqueue_once(session, Queue.SEAL, operations.STATUS_JOB)


def compare_counts(session: Session) -> None:
    """Have the seal server's own count of uses compared with the use books."""
    enqueue_once(session, Queue.SEAL, operations.COUNT_JOB)


def void_slips(session: Session) -> None:
    """Have the sheets of password slips that nobody fetched made void."""
    enqueue_once(session, Queue.WORK, "portal.people.jobs.void_slips")


def keep_certificates(session: Session) -> None:
    """Have the register of certificates follow seals and people, and what ends be warned of."""
    enqueue_once(session, Queue.WORK, "portal.certificates.jobs.keep_register")


def publish_certificates(session: Session) -> None:
    """Have answers and revocation lists signed that changed or grew old (K-2: within two minutes)."""
    enqueue_once(session, Queue.SEAL, certificates.PUBLISH_JOB)


def forget_imports(session: Session) -> None:
    """Have checked files that nobody confirmed removed after a day."""
    enqueue_once(session, Queue.WORK, "portal.registration.import_jobs.forget_old")


def forget_applications(session: Session) -> None:
    """Have applications to join removed that nobody handed in for long."""
    enqueue_once(session, Queue.WORK, "portal.registration.application_jobs.forget_old")


def forget_disclosure_applicants(session: Session) -> None:
    """Have personal data removed of those whose requests for disclosure ended long ago."""
    enqueue_once(session, Queue.WORK, "portal.disclosure.jobs.forget_applicants")


def remove_released(session: Session) -> None:
    """Have files removed that no row needs any more."""
    enqueue_once(session, Queue.WORK, "portal.core.releasing.remove_released")


def keep_duties(session: Session) -> None:
    """Have what units owe of work status announced and reminded of."""
    enqueue_once(session, Queue.WORK, "portal.workstatus.jobs.keep_duties")


def remind_of_requests(session: Session) -> None:
    """Have limits of requests noted that are near or have passed."""
    enqueue_once(session, Queue.WORK, "portal.tasks.jobs.remind")


def end_shown(session: Session) -> None:
    """Have items taken from the feeds whose time is over."""
    enqueue_once(session, Queue.WORK, "portal.content.jobs.end_shown")


def end_exports(session: Session) -> None:
    """Have lists and tables removed that somebody asked for more than a day ago."""
    enqueue_once(session, Queue.WORK, "portal.content.exports.end")


RECURRING = (
    Recurring(450, keep_duties),
    Recurring(1800, renew_statuses),
    Recurring(1800, compare_counts),
    Recurring(300, void_slips),
    Recurring(900, forget_imports),
    Recurring(900, forget_applications),
    Recurring(1800, forget_disclosure_applicants),
    Recurring(450, remove_released),
    Recurring(900, end_exports),
    Recurring(30, keep_certificates),
    Recurring(30, end_shown),
    Recurring(15, publish_certificates),
    Recurring(150, remind_of_requests),
    Recurring(10, ask_for_signs),
    Recurring(5, close_ceremonies),
)


def tick(runtime: Runtime, number: int) -> None:
    """One round: what is due now, then offer waiting work."""
    for recurring in RECURRING:
        if number % recurring.every == 0:
            with unit_of_work(runtime.engine) as session:
                recurring.act(session)
    with unit_of_work(runtime.engine, writes=False) as session:
        waiting = jobs.any_due(session)
    if waiting:
        with unit_of_work(runtime.engine) as session:
            due = jobs.due(session)
        offer_to(runtime.redis)(due)


def main(settings: Settings) -> None:
    """Tick until told to stop."""
    forbid_hsm()
    logs.configure(settings.log_format)
    runtime = Runtime(settings)
    runtimes.install(runtime)
    jobs.offer_through(offer_to(runtime.redis))
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    number = 0
    while not stop.wait(TICK_SECONDS):
        try:
            tick(runtime, number)
        except SQLAlchemyError as error:
            log.error("scheduler could not reach the database", error=type(error).__name__)
        number += 1
