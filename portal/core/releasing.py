"""Files no row needs any more: released by an act, removed later by the worker (GZ9(2), X-6).

The store names files by their content, so another row may share one. A file goes only when no row of any table names
it and nobody has put the same bytes for an hour: a longer time than any act takes from storing a file to its commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import JSON, Column, String, Text, cast, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.core.clock import now
from portal.core.db import Base
from portal.core.jobs import job
from portal.core.runtime import Runtime

GRACE = timedelta(hours=1)
BATCH = 200
DIGEST_LENGTH = 64
NAMES_FILES = {"names_files": True}
"""The `info` of a JSON column that names files by their digests."""


class ReleasedFile(Base):
    """A file that an act has let go."""

    __tablename__ = "released_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH))
    at: Mapped[datetime]


def release(session: Session, digests: Iterable[str | None]) -> None:
    """Let files go, in the transaction in which their rows do. Empty digests are passed over."""
    session.add_all(ReleasedFile(digest=digest, at=now()) for digest in sorted({one for one in digests if one}))


def needed(session: Session, digests: Collection[str]) -> set[str]:
    """Those of the digests that some row names. Any text of a digest's length counts, whatever its column is called;
    a column of JSON says by `NAMES_FILES` that it holds some."""
    found: set[str] = set()
    for column in _columns():
        if isinstance(column.type, String) and column.type.length == DIGEST_LENGTH:
            found.update(session.scalars(select(column).where(column.in_(digests)).distinct()))
        elif isinstance(column.type, JSON) and column.info.items() >= NAMES_FILES.items():
            written = cast(column, Text)
            texts = session.scalars(select(written).where(or_(*(written.contains(one) for one in digests))))
            found.update(one for text in texts for one in digests if one in text)
    return found


def _columns() -> list[Column[str]]:
    tables = (table for table in Base.metadata.sorted_tables if table is not ReleasedFile.__table__)
    return [column for table in tables for column in table.columns]


def _look(_work: Runtime, session: Session) -> dict[int, str]:
    """The next released files, empty where a row still needs one."""
    rows = session.scalars(select(ReleasedFile).order_by(ReleasedFile.id).limit(BATCH)).all()
    kept = needed(session, {row.digest for row in rows}) if rows else set()
    return {row.id: "" if row.digest in kept else row.digest for row in rows}


@job(prepare=_look)
def remove_released(work: Runtime, session: Session, looked: dict[int, str]) -> None:
    """Remove what was released; what was put again lately is looked at another time.

    What nothing needed when it was looked at, an act may have named since: it is asked again in this transaction.
    """
    since = now() - GRACE
    left = {digest for digest in looked.values() if digest}
    kept = needed(session, left) if left else set()
    done = [row for row, digest in looked.items() if digest in kept or not digest or work.store.remove(digest, since)]
    session.execute(delete(ReleasedFile).where(ReleasedFile.id.in_(done)))
