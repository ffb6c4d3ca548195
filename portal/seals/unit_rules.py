"""A unit's own rules for the use of its seals: versions, and the custodians' word that they have read them (S-13)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, NotFound, Refused
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import queries
from portal.seals.evidence import Brought
from portal.seals.models import SealClass, SealKeeper, UnitSeal
from portal.seals.rules_models import SealRules, SealRulesReading
from portal.units.models import Unit

LONGEST_TITLE = 100
UPLOADERS = frozenset({Role.UNIT_HEAD, Role.UNIT_ADMINISTRATOR})


def may_upload(person: Person) -> bool:
    """Whether the person lays down the rules of their unit: its head or its administrator."""
    return bool(person.roles & UPLOADERS)


def upload_rules(session: Session, person: Person, title: str, brought: Brought) -> SealRules:
    """A new version of the rules of the person's unit holds from now on (GZ26). Raises Denied, Invalid, AlreadyDone."""
    if not may_upload(person):
        raise Denied("The head or the administrator of the unit lays down its rules.")
    title = title.strip()
    if not title or len(title) > LONGEST_TITLE:
        raise Invalid("Give a title of at most %(longest)s characters.", field="title", longest=LONGEST_TITLE)
    session.refresh(person.unit, with_for_update={"key_share": True, "of": Unit})
    held = newest(session, person.unit_id)
    if held is not None and held.digest == brought.digest:
        raise AlreadyDone("These rules hold already.")
    rules = SealRules(
        unit_id=person.unit_id,
        version=held.version + 1 if held else 1,
        title=title,
        digest=brought.digest,
        size=brought.size,
        uploaded_by=person,
        uploaded_at=now(),
    )
    session.add(rules)
    session.flush()
    record(
        Event.SEAL_RULES_UPLOADED,
        subject=rules,
        actor=person,
        version=rules.version,
        title=title,
        digest=rules.digest,
    )
    return rules


def acknowledge(session: Session, rules: SealRules, person: Person) -> None:
    """The person has read this version; only the newest counts. Raises Denied, Refused, AlreadyDone."""
    if person.acting is not None or person.unit_id != rules.unit_id:
        raise Denied("Only the unit's own people acknowledge its rules.")
    held = newest(session, rules.unit_id)
    if held is None or held.id != rules.id:
        raise Refused("A newer version holds. Read that one.")
    queries.lock_unit(session, rules.unit_id)
    if _reading(session, rules, person) is not None:
        raise AlreadyDone("You have acknowledged these rules already.")
    session.add(SealRulesReading(rules_id=rules.id, person_id=person.id, read_at=now()))
    record(Event.SEAL_RULES_READ, subject=rules, actor=person, version=rules.version)


def require_read(session: Session, unit_id: int, person: Person) -> None:
    """Before stamping: the newest rules of the unit are known to who stamps. Raises Refused."""
    if unread(session, unit_id, person) is not None:
        raise Refused("Read your unit's rules for the use of seals first and acknowledge them.")


def unread(session: Session, unit_id: int, person: Person) -> SealRules | None:
    """The newest rules of a unit, if the person hasn't acknowledged them."""
    held = newest(session, unit_id)
    return held if held is not None and _reading(session, held, person) is None else None


def newest(session: Session, unit_id: int) -> SealRules | None:
    """The version that holds."""
    statement = select(SealRules).where(SealRules.unit_id == unit_id).order_by(SealRules.version.desc())
    return session.scalars(statement.limit(1)).first()


def versions(session: Session, unit_id: int) -> Sequence[SealRules]:
    """All versions of a unit's rules, newest first."""
    statement = select(SealRules).where(SealRules.unit_id == unit_id).order_by(SealRules.version.desc())
    return session.scalars(statement.options(joinedload(SealRules.uploaded_by))).all()


def readings(session: Session, rules: SealRules) -> Sequence[SealRulesReading]:
    """Who has read a version, in order."""
    statement = select(SealRulesReading).where(SealRulesReading.rules_id == rules.id).order_by(SealRulesReading.id)
    return session.scalars(statement.options(joinedload(SealRulesReading.person))).all()


def get(session: Session, person: Person, rules_id: int) -> SealRules:
    """Load and authorise: one's own unit's, or any for the office's roles. Raises NotFound."""
    rules = session.get(SealRules, rules_id)
    if rules is None or (rules.unit_id != person.unit_id and not person.roles & queries.OVERSEERS):
        raise NotFound("There are no such rules.")
    return rules


def without_rules() -> Select[Unit]:
    """Units with seals in use that have laid down no rules (GZ26)."""
    return select(Unit).where(with_live_seals(), ~has_rules()).order_by(Unit.id)


def with_live_seals() -> ColumnElement[bool]:
    """The condition that a unit has seals in use."""
    return select(UnitSeal.id).where(UnitSeal.unit_id == Unit.id, UnitSeal.state.in_(queries.LIVE_SEALS)).exists()


def has_rules() -> ColumnElement[bool]:
    """The condition that a unit has rules."""
    return select(SealRules.id).where(SealRules.unit_id == Unit.id).exists()


def unread_for(person: Person) -> Select[SealRules]:
    """The newest rules of the person's unit, while the person keeps its signature seal and hasn't read them."""
    later = aliased(SealRules)
    newer = select(func.max(later.version)).where(later.unit_id == person.unit_id).scalar_subquery()
    read = select(SealRulesReading.id).where(
        SealRulesReading.rules_id == SealRules.id, SealRulesReading.person_id == person.id
    )
    keeps = (
        select(SealKeeper.id)
        .join(UnitSeal)
        .where(SealKeeper.person_id == person.id, UnitSeal.seal_class == SealClass.SIGNATURE)
        .where(UnitSeal.state.in_(queries.LIVE_SEALS))
    )
    return select(SealRules).where(
        SealRules.unit_id == person.unit_id, SealRules.version == newer, ~read.exists(), keeps.exists()
    )


def _reading(session: Session, rules: SealRules, person: Person) -> SealRulesReading | None:
    return session.scalars(
        select(SealRulesReading).where(SealRulesReading.rules_id == rules.id, SealRulesReading.person_id == person.id)
    ).one_or_none()
