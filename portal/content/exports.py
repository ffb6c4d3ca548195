"""Files made for who asked for them, lists and tables: they end after a day, for roles and units change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import hooks
from portal.core.clock import now
from portal.core.jobs import job
from portal.core.releasing import release
from portal.core.runtime import Runtime

KEPT = timedelta(days=1)
AT_ONCE = 200


@job()
def end(_work: Runtime, session: Session) -> None:
    """Remove what was asked for more than a day ago."""
    for table in chain.from_iterable(hooks.exports.call()):
        old = select(table).where(table.asked_at < now() - KEPT).limit(AT_ONCE).with_for_update(skip_locked=True)
        rows: Sequence[Any] = session.scalars(old).all()
        release(session, [row.digest for row in rows])
        for row in rows:
            session.delete(row)
