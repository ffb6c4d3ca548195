"""The dry run of a change, its confirmation, and carrying it out with the same numbers (GZ9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.registration import change_queries as queries
from portal.registration import changes
from portal.registration.change_lifecycle import CHANGE, ChangeAct, ChangeState
from portal.registration.change_models import ChangeMember, UnitChange
from portal.units import hooks
from portal.units.hooks import Change, ChangeKind, Disposal, Effect
from portal.units.models import Unit

Row = dict[str, Any]
REASONS = {
    ChangeKind.RENAME: "单位更名。",
    ChangeKind.DISSOLVE: "单位撤销。",
    ChangeKind.MERGE: "单位合并。",
}
"""Kept as the opinion on steps that end with the unit: part of the record, like what people write."""
PEOPLE_MISSING = Effect(
    "registration.people",
    N_("Units that have not named who moves"),
    N_("Their administrators name the people who move to the heir first."),
    1,
    blocking=True,
)


def dry_run(session: Session, change: UnitChange) -> list[Row]:
    """What carrying out would touch, as rows of plain values; changes nothing.

    Raises Refused while the disposal instruction isn't on record (GZ9(2)).
    """
    rows = [row for member in change.members for row in _rows(member, _ask(session, member))]
    return sorted(rows, key=lambda row: not row["blocking"])


def confirm(session: Session, change: UnitChange, officer: Person, receiver_id: int | None) -> None:
    """The office stands for the numbers of the dry run. Raises Refused while something blocks, Invalid, Denied."""
    queries.lock(change)
    _require_turn(change, officer)
    _choose_receiver(session, change, receiver_id)
    rows = dry_run(session, change)
    _require_clear(rows)
    change.confirmed, change.confirmed_by, change.confirmed_at = rows, officer, now()
    record(Event.UNIT_CHANGE_CONFIRMED, subject=change, actor=officer, numbers=totals(rows))


def carry_out(session: Session, change: UnitChange, officer: Person) -> None:
    """Everything at once: what was confirmed, and exactly that.

    Units are locked, so that nothing new begins in them, and surveyed again. Raises Refused, changing nothing, when
    anything is different from what was confirmed or blocks; AlreadyDone after the first time.
    """
    queries.lock(change)
    if change.state == ChangeState.DONE:
        raise AlreadyDone("This change was already carried out.")
    _require_turn(change, officer)
    after = CHANGE.advance(change.state, ChangeAct.CARRY_OUT)
    if change.confirmed is None or change.heir is None:
        raise Refused("The numbers of the dry run are to be confirmed first.")
    _lock_units(session, change)
    rows = dry_run(session, change)
    _require_clear(rows)
    _require_same(change.confirmed, rows)
    done = [row for member in change.members for row in _rows(member, _do(session, member, officer))]
    _require_same(change.confirmed, done)
    change.result, change.done_at = sorted(done, key=_in_order_of(rows)), now()
    changes.close(change, after)
    record(
        Event.UNIT_CHANGE_CARRIED_OUT,
        subject=change,
        actor=officer,
        kind_of_change=change.kind,
        heir=change.heir_id,
        numbers=totals(done),
    )


def totals(rows: Iterable[Row]) -> dict[str, int]:
    """The counts by key, over all units of the case."""
    numbers: dict[str, int] = {}
    for row in rows:
        numbers[row["key"]] = numbers.get(row["key"], 0) + row["count"]
    return numbers


def _ask(session: Session, member: ChangeMember) -> list[Effect]:
    change = _change_of(member)
    effects = [effect for answer in hooks.survey.call(session, change) for effect in answer]
    if change.kind is ChangeKind.MERGE and member.named_at is None:
        effects.append(replace(PEOPLE_MISSING, examples=(member.unit.name,)))
    return effects


def _do(session: Session, member: ChangeMember, officer: Person) -> list[Effect]:
    answers = hooks.carry_out.call(session, _change_of(member), officer)
    return [effect for answer in answers for effect in answer]


def _change_of(member: ChangeMember) -> Change:
    case = member.change
    if case.heir is None or case.disposal is None:
        raise Refused("The unit's instruction what becomes of its documents isn't on record yet.")
    kind = ChangeKind(case.kind)
    return Change(
        kind=kind,
        unit=member.unit,
        heir=case.heir,
        disposal=Disposal(case.disposal),
        receiver_id=case.receiver_id,
        name=case.name,
        short_name=case.short_name,
        red_head=case.red_head,
        document_code=case.document_code,
        administrator_id=case.administrator_id,
        reason=REASONS[kind],
        staying=frozenset(member.staying_ids),
    )


def _rows(member: ChangeMember, effects: Iterable[Effect]) -> list[Row]:
    return [
        {
            "unit": member.unit_id,
            "unit_name": member.unit.name,
            "key": effect.key,
            "label": effect.label,
            "fate": effect.fate,
            "count": effect.count,
            "examples": list(effect.examples),
            "blocking": effect.blocking,
        }
        for effect in effects
        if effect.count
    ]


def _in_order_of(rows: list[Row]) -> Callable[[Row], int]:
    places = {(row["unit"], row["key"]): place for place, row in enumerate(rows)}
    return lambda row: places[row["unit"], row["key"]]


def _numbers(rows: Iterable[Row]) -> Mapping[tuple[int, str], int]:
    return {(row["unit"], row["key"]): row["count"] for row in rows}


def _require_same(confirmed: Iterable[Row], rows: Iterable[Row]) -> None:
    if _numbers(confirmed) != _numbers(rows):
        raise Refused("Something has changed since the numbers were confirmed. Look at the dry run again.")


def _require_clear(rows: Iterable[Row]) -> None:
    if any(row["blocking"] for row in rows):
        raise Refused("Something must be dealt with first: see the rows marked red in the dry run.")


def _require_turn(change: UnitChange, officer: Person) -> None:
    if not officer.may(Permission.REGISTRATION_ENTER):
        raise Denied("This case isn't waiting for you.")
    if change.state != ChangeState.REVIEWED:
        raise Refused("The case must be agreed to and reviewed first.")


def _choose_receiver(session: Session, change: UnitChange, receiver_id: int | None) -> None:
    able = queries.receivers(session, change)
    if receiver_id is not None and receiver_id not in {person.id for person in able}:
        raise Invalid("Choose somebody of the heir who may draft.", field="receiver")
    change.receiver_id = receiver_id
    session.flush()


def _lock_units(session: Session, change: UnitChange) -> None:
    """In the order of their ids. Whoever begins something in one of them waits, and finds it changed."""
    ids = {member.unit_id for member in change.members} | {change.heir_id}
    rows = select(Unit).where(Unit.id.in_(sorted(filter(None, ids)))).order_by(Unit.id)
    locked = session.scalars(rows.with_for_update(of=Unit).execution_options(populate_existing=True)).all()
    if any(unit.left_at is not None for unit in locked):
        raise Refused("One of the units has left the exchange meanwhile.")
