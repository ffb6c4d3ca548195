"""Issuing a document jointly 联合发文: the units beside the one it belongs to, in the order of their seals (D-4)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.db import session_of
from portal.core.errors import Invalid
from portal.core.text import N_
from portal.documents.models import Document, JointUnit, ReviewStep
from portal.documents.routes import StepKind
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.units import queries as units
from portal.units.models import Unit

LONGEST_NAME, LIKELY = 100, 3
MOST_JOINT = 8
"""Beside the first; nine seals fill three rows of three, which is as much as a page holds under some text."""


def named(session: Session, names: Sequence[str]) -> tuple[int, ...]:
    """The ids of the units a drafter wrote down, in their order. Raises Invalid, offering what the name may mean."""
    found = []
    for name in names[: MOST_JOINT + 1]:
        unit = units.named(session, name)
        if unit is None:
            likely = "、".join(one.name for one in units.find(session, name[:LONGEST_NAME], LIKELY))
            if not likely:
                raise Invalid("No unit of the exchange is called %(name)s.", field="joint", name=name[:LONGEST_NAME])
            message = N_("No unit of the exchange is called %(name)s. Did you mean: %(likely)s?")
            raise Invalid(message, field="joint", name=name[:LONGEST_NAME], likely=likely)
        found.append(unit.id)
    return tuple(found)


def name_units(session: Session, document: Document, wanted: tuple[int, ...]) -> None:
    """Let the document be issued together with these units, in this order. Raises Invalid."""
    known = _held(session, wanted) if wanted else {}
    if len(set(wanted)) != len(wanted) or set(wanted) - set(known) or document.unit_id in known:
        raise Invalid("Name each joint unit once, among the units of the exchange and not your own.", field="joint")
    if len(wanted) > MOST_JOINT:
        raise Invalid("At most %(most)s units can issue a document with yours.", field="joint", most=MOST_JOINT)
    named = [(item.unit_id, item.red_head, item.signature) for item in document.joint]
    if named == [(unit_id, known[unit_id].red_head, known[unit_id].name) for unit_id in wanted]:
        return
    document.joint.clear()
    if document.id is not None:
        session.flush()  # the former rows go before the same units come back in another order
    for place, unit_id in enumerate(wanted, 2):
        unit = known[unit_id]
        row = JointUnit(place=place, unit_id=unit_id, unit=unit, red_head=unit.red_head, signature=unit.name)
        document.joint.append(row)


def _held(session: Session, wanted: tuple[int, ...]) -> dict[int, Unit]:
    """The units in exchange by id, kept in it until the commit: one that is being dissolved is found gone (GZ9)."""
    rows = select(Unit).where(Unit.id.in_(wanted)).order_by(Unit.id).with_for_update(key_share=True, of=Unit)
    found = session.scalars(rows.execution_options(populate_existing=True))
    return {unit.id: unit for unit in found if unit.left_at is None}


def leave_out(document: Document, unit_id: int) -> None:
    """Take a unit out again, and ask nobody to sign what isn't the text any more."""
    session = session_of(document)
    document.joint = [item for item in document.joint if item.unit_id != unit_id]
    session.flush()  # the row goes before those behind it move up, one after another
    for place, item in enumerate(document.joint, 2):
        item.place, item.asked_at = place, None
        session.flush()


def record_units(document: Document, drafter: Person, before: tuple[int, ...]) -> None:
    """Put on record that the drafter named other units than before."""
    named = tuple(item.unit_id for item in document.joint)
    if named != before:
        record(Event.DOCUMENT_JOINT_CHANGED, actor=drafter, subject=document, units=list(named))


def signatures(document: Document) -> list[ReviewStep]:
    """The joint leaders' signatures that stand on the text of now, in their order."""
    newest = max((step.version_number for step in document.steps), default=0)
    return [
        step
        for step in document.steps
        if step.kind == StepKind.COUNTERSIGN and step.outcome == "passed" and step.version_number == newest
    ]
