"""Running promised work inline, in place of the worker and the seal server."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module

from sqlalchemy import select

from portal.core.db import unit_of_work
from portal.core.jobs import PendingJob, Queue
from portal.core.runtime import Runtime

ROUNDS = 10


def drain(runtime: Runtime, queues: Collection[Queue] = (Queue.WORK,)) -> int:
    """Run pending jobs of `queues`, and those they promise in turn; returns how many ran."""
    ran = 0
    for _ in range(ROUNDS):
        with unit_of_work(runtime.engine, writes=False) as session:
            rows = session.scalars(
                select(PendingJob)
                .where(PendingJob.queue.in_(list(queues)), PendingJob.given_up_at.is_(None))
                .order_by(PendingJob.id)
            ).all()
            work = [(row.id, row.function) for row in rows]
        if not work:
            return ran
        for pending_id, function in work:
            module, _, name = function.rpartition(".")
            getattr(import_module(module), name)(pending_id)
            ran += 1
    return ran
