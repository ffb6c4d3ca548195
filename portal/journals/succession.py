"""What a change of a unit means for its journals: the heir publishes them, and its people read them (GZ9)."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import readers
from portal.core.text import N_
from portal.journals.models import Journal, JournalReaderKey
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.units.hooks import Change, Effect

HELD = Effect("journals.journals", N_("Journals"), N_("The successor publishes them from then on."), 0)


def survey(session: Session, change: Change) -> list[Effect]:
    """How many journals the unit publishes."""
    count = len(_held(session, change)) if change.heir.id != change.unit.id else 0
    return [replace(HELD, count=count)] if count else []


def carry_out(session: Session, change: Change, actor: Actor) -> list[Effect]:
    """Hand them to the heir, under its people's eyes too where the unit read a journal as a rule."""
    if change.heir.id == change.unit.id:
        return []
    held = _held(session, change)
    for journal in held:
        journal.holder_id = change.heir.id
        record(Event.JOURNAL_INHERITED, subject=journal, actor=actor, former=change.unit.id, heir=change.heir.id)
    _readdress(session, change)
    session.flush()
    return [replace(HELD, count=len(held))] if held else []


def _held(session: Session, change: Change) -> list[Journal]:
    statement = select(Journal).where(Journal.holder_id == change.unit.id).order_by(Journal.id)
    return list(session.scalars(statement.with_for_update(of=Journal)))


def _readdress(session: Session, change: Change) -> None:
    former, heir = f"unit:{change.unit.id}", f"unit:{change.heir.id}"
    row = JournalReaderKey
    named = (row.key == former) | row.key.startswith(f"{former}&", autoescape=True)
    for line in session.scalars(select(row).where(named)).all():
        key = line.key.replace(former, heir, 1)
        if session.get(row, (line.journal_id, key, line.excluded)) is None:
            session.add(row(journal_id=line.journal_id, key=key, excluded=line.excluded))
            readers.make_known(session, [key])
