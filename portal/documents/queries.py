"""Reading documents: what a person may see, and what waits for them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.core.db import session_of
from portal.core.errors import NotFound
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document, JointUnit, PageImage, ReviewStep, TextVersion
from portal.documents.routes import COUNTERSIGNERS, ROUTES, RouteStep, StepKind
from portal.people.models import Person, RoleAssignment
from portal.seals.use_models import StampRequest

REFERENCE = "document:"
PRIVATE = (DocumentState.DRAFTING, DocumentState.CANCELLED)
COUNT_LIMIT = 99
"""Nobody needs to know exactly how many more there are, and counting them all costs."""


def visible(person: Person) -> ColumnElement[bool]:
    """The row filter: documents of the person's unit, and those it was asked to issue with another (D-4)."""
    return or_(own(person), jointly(person))


def jointly(person: Person) -> ColumnElement[bool]:
    """Documents of other units that the person's unit issues with them, from when its leader is asked to sign."""
    asked = select(JointUnit.document_id).where(JointUnit.holder_id == person.unit_id, JointUnit.asked_at.is_not(None))
    signed_or_asked = or_(Document.state.not_in(PRIVATE), Document.issued_at.is_not(None))
    return and_(Document.id.in_(asked), signed_or_asked)


def own(person: Person) -> ColumnElement[bool]:
    """Documents of the person's unit; a draft only by its drafter and by those it passed already."""
    done = or_(ReviewStep.done_by_id.in_((person.id, person.desk_id)), ReviewStep.done_for_id == person.desk_id)
    reviewed = select(ReviewStep.id).where(ReviewStep.document_id == Document.id, done)
    return and_(
        Document.holder_id == person.unit_id,
        or_(
            Document.state.not_in(PRIVATE),
            Document.issued_at.is_not(None),  # void, but it was the unit's document already
            at_drafting_desk_of(person),
            reviewed.exists(),
        ),
    )


def at_drafting_desk_of(person: Person) -> ColumnElement[bool]:
    """Drafts of the desk the person works at: their own, those others began for them, their principal's (A-6)."""
    return or_(Document.drafter_id == person.desk_id, Document.drafted_for_id == person.desk_id)


def visible_to(person: Person) -> Select[Document]:
    """Documents the person may know of."""
    return select(Document).where(visible(person))


def get_for(session: Session, person: Person, document_id: int) -> Document:
    """Load and authorise. Raises NotFound for what doesn't exist or isn't this person's to see."""
    document = session.scalars(visible_to(person).where(Document.id == document_id)).one_or_none()
    if document is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    return document


def get(session: Session, document_id: int) -> Document:
    """The document, for the system's own work. Raises NotFound."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    return document


def lock(document: Document) -> Session:
    """Read the document anew and keep its row until the transaction ends; every act begins with it."""
    session = session_of(document)
    session.flush()
    session.refresh(document, with_for_update=True)
    return session


def at_desk_of(person: Person) -> ColumnElement[bool]:
    """Whether an open ReviewStep of a Document, both in the statement, waits for this person (D-1, D-2)."""
    desks = [
        and_(Document.direction == direction, ReviewStep.position == position, _seat(route_step, person))
        for direction, route in ROUTES.items()
        for position, route_step in enumerate(route)
        if route_step.roles & person.roles
    ]
    desks.extend(
        and_(Document.direction == direction, ReviewStep.kind == StepKind.COUNTERSIGN)
        for direction, roles in COUNTERSIGNERS.items()
        if roles & person.roles
    )
    open_here = and_(ReviewStep.done_at.is_(None), ReviewStep.unit_id == person.unit_id)
    return and_(open_here, or_(*desks)) if desks else false()


def _seat(route_step: RouteStep, person: Person) -> ColumnElement[bool]:
    """Not the drafter, nor who acts for the drafter, unless there is nobody else for this desk (HW8, A-6)."""
    if not route_step.by_another:
        return ReviewStep.kind == route_step.kind
    both = (person.id, person.desk_id)
    other = aliased(Person)
    others = (
        select(other.id)
        .join(RoleAssignment, RoleAssignment.person_id == other.id)
        .where(other.unit_id == person.unit_id, other.id.not_in(both), other.closed_at.is_(None))
        .where(RoleAssignment.role.in_(route_step.roles))
    )
    return and_(ReviewStep.kind == route_step.kind, or_(and_(*_foreign(both)), ~others.exists()))


def _foreign(both: tuple[int, int]) -> tuple[ColumnElement[bool], ...]:
    """Whether a draft is neither the person's own nor that of the one they act for, in either of its names."""
    drafted_for = Document.drafted_for_id
    return Document.drafter_id.not_in(both), or_(drafted_for.is_(None), drafted_for.not_in(both))


def to_stamp_at(person: Person) -> Select[int]:
    """Ids of the documents whose next seal is that of the person's unit, its own first or in its place (D-4)."""
    stamping = Document.state.in_((DocumentState.FROZEN, DocumentState.SEALING))
    first = select(Document.id).where(Document.holder_id == person.unit_id, stamping, Document.seals_on == 0)
    both = union_all(first, joint_turns(person).with_only_columns(Document.id).where(stamping)).subquery()
    return select(both.c.id)


def joint_turns(person: Person) -> Select[Document]:
    """Documents of other units in which the seals before that of the person's unit are on."""
    turn = and_(JointUnit.document_id == Document.id, JointUnit.place == Document.seals_on + 1)
    asked = and_(JointUnit.holder_id == person.unit_id, JointUnit.asked_at.is_not(None))
    return select(Document).join(JointUnit, turn).where(asked)


def waiting_for(person: Person) -> Select[Document]:
    """Documents whose open review step is this person's to take."""
    return select(Document).join(ReviewStep, ReviewStep.document_id == Document.id).where(at_desk_of(person))


def count(session: Session, statement: Select[Document]) -> int:
    """How many rows, counted no further than one above COUNT_LIMIT."""
    some = statement.with_only_columns(Document.id).limit(COUNT_LIMIT + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def open_step(document: Document) -> ReviewStep | None:
    """The desk where the document lies now."""
    return next((step for step in document.steps if step.done_at is None), None)


def text_versions(session: Session, document: Document) -> Sequence[TextVersion]:
    """Every text that was handed on, oldest first (D-3)."""
    return session.scalars(
        select(TextVersion).where(TextVersion.document_id == document.id).order_by(TextVersion.number)
    ).all()


def page_images(session: Session, document_id: int, digest: str | None) -> Sequence[PageImage]:
    """The pages of the file `digest` as pictures, in order; empty until the worker has made them."""
    return session.scalars(
        select(PageImage)
        .where(PageImage.document_id == document_id, PageImage.digest == digest)
        .order_by(PageImage.number)
    ).all()


def file_digest(document: Document) -> str | None:
    """The file that stands for the document now: sealed, else frozen, else none."""
    return document.sealed_digest or document.frozen_digest


def reference_of(document: Document) -> str:
    """How the seals capability knows a document."""
    return f"{REFERENCE}{document.id}"


def stamp_request(session: Session, document: Document) -> StampRequest | None:
    """The newest request to stamp the file; a joint document has one for each issuer at least."""
    return session.scalars(
        select(StampRequest)
        .where(StampRequest.reference == reference_of(document))
        .order_by(StampRequest.id.desc())
        .limit(1)
    ).one_or_none()
