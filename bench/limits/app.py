"""The limit program R: the least that an honest list page for somebody logged in does, with nothing of a product in it.

A signed session cookie, the person by key, a count of what is unread (capped at a hundred), fifty rows by keyset, a
template with inheritance, a macro and an address per row. The same Flask, Jinja, SQLAlchemy and engine as the portal's,
so what the portal takes longer than R is the portal's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from flask import Flask, render_template, session
from sqlalchemy import Engine, ForeignKey, Index, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from portal.core.clock import now

ROWS, MOST_UNREAD, BATCH = 50, 100, 10_000
URGENCIES, STATES = ("normal", "urgent", "flash"), ("new", "received")


class Base(DeclarativeBase):
    """Tables of the limit program; beside the portal's in the same database."""


class Reader(Base):
    """Who is logged in."""

    __tablename__ = "limit_reader"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[int]


class Entry(Base):
    """A line of an inbox, with all that is shown of it in one row."""

    __tablename__ = "limit_entry"
    __table_args__ = (
        Index("ix_limit_entry_unit", "unit_id", "id"),
        Index("ix_limit_entry_unread", "unit_id", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey(Reader.id))
    number: Mapped[str]
    title: Mapped[str]
    sender: Mapped[str]
    urgency: Mapped[str]
    status: Mapped[str]
    sent_at: Mapped[datetime]


def fill(engine: Engine, entries: int, units: int) -> None:
    """Make the tables, with a reader for each unit and the entries spread evenly."""
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        readers = [{"id": unit, "name": f"张{unit}", "unit_id": unit} for unit in range(1, units + 1)]
        connection.execute(insert(Reader), readers)
        for first in range(1, entries + 1, BATCH):
            connection.execute(insert(Entry), list(_entries(first, min(first + BATCH, entries + 1), units)))


def _entries(first: int, end: int, units: int) -> Iterator[dict[str, Any]]:
    begin = now().replace(tzinfo=None) - timedelta(minutes=end)
    urgencies, states = cycle(URGENCIES), cycle(STATES)
    for number in range(first, end):
        yield {
            "id": number,
            "unit_id": 1 + number % units,
            "author_id": 1 + number % units,
            "number": f"南政发〔2026〕{number}号",
            "title": f"关于第{number}项工作的通知",
            "sender": f"南澄市第{number % units}局",
            "urgency": next(urgencies),
            "status": next(states),
            "sent_at": begin + timedelta(minutes=number - first),
        }


def create_app(engine: Engine) -> Flask:
    """The limit program over a database that `fill` prepared."""
    app = Flask("bench.limits.app", template_folder="templates")
    app.secret_key = "nothing is guarded here"

    @app.get("/enter/<int:reader>")
    def enter(reader: int) -> str:
        session["reader"] = reader
        return "in"

    @app.get("/inbox")
    def inbox() -> str:
        columns = (
            Entry.id,
            Entry.number,
            Entry.title,
            Entry.sender,
            Entry.urgency,
            Entry.status,
            Entry.sent_at,
        )
        with engine.connect() as connection:
            person = connection.execute(select(Reader.name, Reader.unit_id).where(Reader.id == session["reader"])).one()
            waiting = select(Entry.id).where(Entry.unit_id == person.unit_id, Entry.status == "new")
            unread = connection.scalar(select(func.count()).select_from(waiting.limit(MOST_UNREAD).subquery()))
            mine = select(*columns).where(Entry.unit_id == person.unit_id).order_by(Entry.id.desc()).limit(ROWS)
            rows = connection.execute(mine).mappings().all()
        return render_template("inbox.html", rows=rows, person=person, unread=unread, older=rows[-1]["id"])

    @app.get("/documents/<int:document>")
    def document(document: int) -> str:
        return str(document)

    return app
