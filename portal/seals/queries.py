"""Reading seals, applications and ceremonies; what a person may see of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.core.db import session_of
from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.core.prepared import moment
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.former_models import FormerCertificate
from portal.seals.lifecycle import ApplicationState, CeremonyState, SealState, StampState
from portal.seals.models import Ceremony, SealApplication, SealClass, SealKeeper, UnitSeal
from portal.seals.use_models import CodeRequest, StampApproval, StampRequest
from portal.units.models import Unit

# Issuers of one joint document.
MOST_SEALS = 64
LIVE_SEALS = (SealState.IN_CUSTODY, SealState.SUSPENDED)
UNDER_WAY = (
    ApplicationState.APPLIED,
    ApplicationState.AGREED,
    ApplicationState.REVIEWED,
    ApplicationState.APPROVED,
)
LIVE_CEREMONIES = (CeremonyState.CALLED, CeremonyState.SEATED, CeremonyState.OPEN)
# Roles of the municipal office that see every unit's seals.
OVERSEERS = frozenset({Role.SECRETARIAT, Role.SECRECY_OFFICE, Role.INFORMATION_CENTRE, Role.OFFICE_LEADER})


def _sees(person: Person, unit_column: object) -> ColumnElement[bool]:
    if person.roles & OVERSEERS:
        return true()
    return unit_column == person.unit_id  # type: ignore[return-value]  # a column comparison


def visible_applications(person: Person) -> Select[SealApplication]:
    """Applications of the person's unit; all for the office roles that take part in deciding."""
    return select(SealApplication).where(_sees(person, SealApplication.unit_id))


def get_application(session: Session, person: Person, application_id: int) -> SealApplication:
    """Load and authorise. Raises NotFound."""
    statement = visible_applications(person).where(SealApplication.id == application_id)
    statement = statement.options(
        joinedload(SealApplication.unit),
        joinedload(SealApplication.applicant),
        selectinload(SealApplication.approvals),
    )
    application = session.scalars(statement).unique().one_or_none()
    if application is None:
        raise NotFound("There is no such application.")
    return application


def visible_seals(person: Person) -> Select[UnitSeal]:
    """Seals of the person's unit; all for the office roles."""
    return select(UnitSeal).where(_sees(person, UnitSeal.unit_id))


def get_seal(session: Session, person: Person, seal_id: int) -> UnitSeal:
    """Load and authorise. Raises NotFound."""
    statement = visible_seals(person).where(UnitSeal.id == seal_id).options(joinedload(UnitSeal.unit))
    seal = session.scalars(statement).one_or_none()
    if seal is None:
        raise NotFound("There is no such seal.")
    return seal


def visible_ceremonies(person: Person) -> Select[Ceremony]:
    """Ceremonies of the person's unit's applications; all for the office roles."""
    return select(Ceremony).join(Ceremony.application).where(_sees(person, SealApplication.unit_id))


def get_ceremony(session: Session, person: Person, ceremony_id: int, *, lock: bool = False) -> Ceremony:
    """Load and authorise; `lock` for acts: two shares given at once must see each other. Raises NotFound."""
    statement = visible_ceremonies(person).where(Ceremony.id == ceremony_id)
    if lock:
        statement = statement.with_for_update(of=Ceremony)
    statement = statement.options(selectinload(Ceremony.seats), joinedload(Ceremony.application))
    ceremony = session.scalars(statement).unique().one_or_none()
    if ceremony is None:
        raise NotFound("There is no such ceremony.")
    return ceremony


def lock_ceremony(session: Session, ceremony_id: int) -> Ceremony:
    """The ceremony, locked until the transaction ends. Raises NotFound."""
    ceremony = session.scalars(select(Ceremony).where(Ceremony.id == ceremony_id).with_for_update()).one_or_none()
    if ceremony is None:
        raise NotFound("There is no such ceremony.")
    return ceremony


def lock_idle(ceremony: Ceremony) -> bool:
    """Read the ceremony anew and keep its row; False while the seal server works on it, for which nobody waits here."""
    session, at_work = session_of(ceremony), ceremony.state == CeremonyState.OPEN
    session.flush()
    row = session.scalars(_idle(ceremony, at_work).execution_options(populate_existing=True)).one_or_none()
    for seat in ceremony.seats:
        session.refresh(seat)
    return row is not None


def is_worked_on(ceremony: Ceremony) -> bool:
    """Whether the seal server has begun with the ceremony: from then on it keeps the row to the end."""
    return session_of(ceremony).scalars(_idle(ceremony, skip=True, read=True)).one_or_none() is None


def _idle(ceremony: Ceremony, skip: bool, read: bool = False) -> Select[Ceremony]:
    # Weaker locks than the seal server's: those who look don't hinder whoever stops it.
    statement = select(Ceremony).where(Ceremony.id == ceremony.id)
    return statement.with_for_update(of=Ceremony, key_share=True, read=read, skip_locked=skip)


def ceremony_numbered(session: Session, number: int) -> Ceremony | None:
    """The ceremony that was held under this number, as a custody record names it."""
    held = select(Ceremony).where(Ceremony.sequence == number, Ceremony.state == CeremonyState.DONE)
    return session.scalars(held.order_by(Ceremony.id.desc()).limit(1)).first()


def newest_number_before(session: Session, ceremony_id: int) -> int:
    """The highest number given to an earlier ceremony; 0 when there was none."""
    return session.scalar(select(func.max(Ceremony.sequence)).where(Ceremony.id < ceremony_id)) or 0


def live_application(session: Session, unit_id: int) -> SealApplication | None:
    """The application of a unit that is under way."""
    return session.scalars(
        select(SealApplication).where(SealApplication.unit_id == unit_id, SealApplication.state.in_(UNDER_WAY))
    ).first()


def live_ceremony(session: Session, application_id: int) -> Ceremony | None:
    """The ceremony of an application that is going on."""
    return session.scalars(
        select(Ceremony).where(Ceremony.application_id == application_id, Ceremony.state.in_(LIVE_CEREMONIES))
    ).first()


def live_ceremony_ids(session: Session) -> Sequence[int]:
    """Every ceremony that is going on."""
    return session.scalars(select(Ceremony.id).where(Ceremony.state.in_(LIVE_CEREMONIES))).all()


def live_seals(session: Session, unit_id: int) -> Sequence[UnitSeal]:
    """The unit's seals that are not revoked."""
    return session.scalars(
        select(UnitSeal)
        .where(UnitSeal.unit_id == unit_id, UnitSeal.state.in_(LIVE_SEALS))
        .options(selectinload(UnitSeal.keepers))
    ).all()


def seals_named(session: Session, seal_ids: Sequence[int]) -> Sequence[UnitSeal]:
    """The seals an application names, as they stand now."""
    return session.scalars(
        select(UnitSeal).where(UnitSeal.id.in_(seal_ids)).order_by(UnitSeal.id).options(selectinload(UnitSeal.keepers))
    ).all()


def lock_unit(session: Session, unit_id: int) -> None:
    """Keep others from doing the same for this unit until the transaction ends."""
    session.scalars(select(Unit.id).where(Unit.id == unit_id).with_for_update(key_share=True)).one()


def signature_seal(session: Session, unit_id: int) -> UnitSeal | None:
    """The unit's live signature seal."""
    return _of_class(session, unit_id, SealClass.SIGNATURE)


def verification_seal(session: Session, unit_id: int) -> UnitSeal | None:
    """The unit's live verification seal."""
    return _of_class(session, unit_id, SealClass.VERIFICATION)


def _of_class(session: Session, unit_id: int, seal_class: SealClass) -> UnitSeal | None:
    return next((seal for seal in live_seals(session, unit_id) if seal.seal_class == seal_class), None)


def keeps(seal: UnitSeal, person: Person) -> bool:
    """Whether the person keeps the seal, as the list says; the seal server asks the signed custody record."""
    # Custody is personal: nobody keeps a seal for another.
    return person.acting is None and any(keeper.person_id == person.id for keeper in seal.keepers)


def kept_by(session: Session, person: Person) -> Sequence[UnitSeal]:
    """Live seals the person keeps; none while acting for another: custody is personal (A-6)."""
    if person.acting is not None:
        return ()
    return session.scalars(
        select(UnitSeal)
        .join(SealKeeper)
        .where(SealKeeper.person_id == person.id, UnitSeal.state.in_(LIVE_SEALS))
        .order_by(UnitSeal.id)
    ).all()


def by_certificate_serial(session: Session, serial: str) -> UnitSeal | None:
    """The seal that has a certificate with this number (hexadecimal), or had it before."""
    present = session.scalars(select(UnitSeal).where(UnitSeal.certificate_serial == serial)).one_or_none()
    if present is not None:
        return present
    had = select(UnitSeal).join(FormerCertificate, FormerCertificate.seal_id == UnitSeal.id)
    return session.scalars(had.where(FormerCertificate.serial == serial)).one_or_none()


def certificate_numbered(session: Session, seal: UnitSeal, serial: str) -> str:
    """PEM of the seal's certificate with this number: the present one, or one it had before."""
    if seal.certificate_serial == serial:
        return seal.certificate
    return session.get_one(FormerCertificate, serial).certificate


def waiting_applications(person: Person) -> Select[SealApplication]:
    """Applications whose next step is the person's (also the secrecy office's: approved, ceremony to be called)."""
    turns: list[ColumnElement[bool]] = []
    if Role.UNIT_HEAD in person.roles:
        turns.append((SealApplication.state == ApplicationState.APPLIED) & (SealApplication.unit_id == person.unit_id))
    for role, state in (
        (Role.SECRETARIAT, ApplicationState.AGREED),
        (Role.OFFICE_LEADER, ApplicationState.REVIEWED),
        (Role.SECRECY_OFFICE, ApplicationState.APPROVED),
    ):
        if role in person.roles:
            turns.append(SealApplication.state == state)
    return select(SealApplication).where(or_(*turns) if turns else SealApplication.id.is_(None))


def called_ceremonies(person: Person) -> Select[Ceremony]:
    """Ceremonies going on that the person may take a seat in, not yet run out."""
    statement = visible_ceremonies(person).where(Ceremony.state.in_(LIVE_CEREMONIES), Ceremony.expires_at > moment())
    if not person.may(Permission.SEALS_TAKE_SEAT):
        statement = statement.where(Ceremony.id.is_(None))
    return statement


def stampings_for(person: Person) -> Select[StampRequest]:
    """Stampings asked for with a seal the person keeps, that still need a consent and hasn't the person's (S-6)."""
    given = select(func.count()).where(StampApproval.request_id == StampRequest.id).scalar_subquery()
    mine = select(StampApproval.id).where(
        StampApproval.request_id == StampRequest.id, StampApproval.person_id == person.id
    )
    return (
        select(StampRequest)
        .join(UnitSeal, UnitSeal.id == StampRequest.seal_id)
        .join(SealKeeper, SealKeeper.seal_id == UnitSeal.id)
        .where(SealKeeper.person_id == person.id, StampRequest.state == StampState.ASKED)
        .where(given < UnitSeal.threshold, ~mine.exists())
    )


def uses(session: Session, seal: UnitSeal, before: int | None = None, limit: int = 20) -> Sequence[StampRequest]:
    """The seal-use book (S-10), newest first; `before` pages on."""
    statement = select(StampRequest).where(StampRequest.seal_id == seal.id)
    if before is not None:
        statement = statement.where(StampRequest.id < before)
    statement = statement.options(joinedload(StampRequest.asked_by)).order_by(StampRequest.id.desc())
    return session.scalars(statement.limit(limit)).all()


def code_uses(session: Session, seal: UnitSeal, before: int | None = None, limit: int = 20) -> Sequence[CodeRequest]:
    """The use book of a verification seal: the copies whose code it signed, newest first."""
    statement = select(CodeRequest).where(CodeRequest.seal_id == seal.id)
    if before is not None:
        statement = statement.where(CodeRequest.id < before)
    statement = statement.options(joinedload(CodeRequest.asked_by)).order_by(CodeRequest.id.desc())
    return session.scalars(statement.limit(limit)).all()


def stamp_request(session: Session, request_id: int) -> StampRequest | None:
    """A stamp request, for its asker's page."""
    return session.get(StampRequest, request_id)


def key_labels(session: Session) -> tuple[str, ...]:
    """Key labels of every seal in the register; keys on the device beside them are orphans."""
    return tuple(session.scalars(select(UnitSeal.key_label)))


def pressed_on(session: Session, digest: str) -> list[StampRequest]:
    """The stampings that led to the sealed file with this digest, the first one first; empty for an unknown file.

    A joint document's seals follow each other: what one left is what the next was pressed on.
    """
    course: list[StampRequest] = []
    while len(course) < MOST_SEALS:
        statement = select(StampRequest).where(StampRequest.sealed_digest == digest)
        found = session.scalars(statement.options(joinedload(StampRequest.seal)).limit(1)).one_or_none()
        if found is None:
            break
        course.insert(0, found)
        digest = found.digest
    return course


def sealed_further(session: Session, digest: str) -> bool:
    """Whether a further seal was pressed on the file with this digest: then it is only a stage of the document."""
    later = select(StampRequest.id).where(StampRequest.digest == digest, StampRequest.state == StampState.STAMPED)
    return session.scalars(later.limit(1)).first() is not None
