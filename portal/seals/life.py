"""The life of a seal as the ledger tells it: applied for, made, used, suspended, handed in, ended (S-12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import carriers
from portal.seals.models import APPLICATION_KIND_LABELS, ApplicationKind, Ceremony, SealApplication, UnitSeal

LABELS: dict[str, str] = {
    Event.SEAL_APPLICATION_FILED: N_("Applied for"),
    Event.SEAL_APPLICATION_AGREED: N_("Unit head agrees"),
    Event.SEAL_APPLICATION_REVIEWED: N_("Secretariat reviews"),
    Event.SEAL_APPLICATION_APPROVED: N_("Office leader approves"),
    Event.SEAL_APPLICATION_REFUSED: N_("Application refused"),
    Event.SEAL_APPLICATION_WITHDRAWN: N_("Application withdrawn"),
    Event.CEREMONY_CALLED: N_("Ceremony called"),
    Event.CEREMONY_DONE: N_("Ceremony finished"),
    Event.CEREMONY_ABORTED: N_("Ceremony ended without result"),
    Event.SEAL_MADE: N_("Key and certificate made"),
    Event.SEAL_IN_CUSTODY: N_("Given into custody"),
    Event.SEAL_KEEPER_LEFT: N_("A keeper left"),
    Event.SEAL_SUSPENDED: N_("Suspended"),
    Event.SEAL_LOSS_REPORTED: N_("Reported lost"),
    Event.SEAL_TAKEN_BACK: N_("Handed back to the secrecy office"),
    Event.SEAL_REVOKED: N_("Revoked"),
    Event.SEAL_CARRIER_HANDED_OUT: N_("Carrier handed out"),
    Event.SEAL_CARRIER_HANDED_IN: N_("Carrier handed in"),
    Event.SEAL_CARRIER_LOST: N_("Carrier reported lost"),
    Event.SEAL_CARRIER_DESTROYED: N_("Carrier destroyed"),
    Event.UNUSUAL_USE_FOUND: N_("Unusual use found"),
}
BAD = frozenset(
    {
        Event.SEAL_SUSPENDED,
        Event.SEAL_LOSS_REPORTED,
        Event.SEAL_REVOKED,
        Event.SEAL_APPLICATION_REFUSED,
        Event.CEREMONY_ABORTED,
        Event.SEAL_CARRIER_LOST,
    }
)
_WORDS = ("opinion", "reason", "circumstances", "note", "why", "number")


@dataclass(frozen=True)
class Happening:
    """One line of a life: `what` and `kind` are msgids, `words` what somebody wrote."""

    what: str
    kind: str
    at: datetime
    who: Person | None
    words: str
    bad: bool


def life_of(session: Session, seal: UnitSeal) -> list[Happening]:
    """Everything but the uses, which stand in the use book; oldest first."""
    applications = concerning(session, seal)
    kinds = {application.id: APPLICATION_KIND_LABELS[ApplicationKind(application.kind)] for application in applications}
    events = _events(session, seal, sorted(kinds))
    people = {
        person.id: person
        for person in session.scalars(
            select(Person).where(Person.id.in_({event.actor_id for event in events if event.actor_id}))
        )
    }
    return [
        Happening(
            what=LABELS.get(event.kind, event.kind),
            kind=kinds.get(event.subject_id, "") if event.kind == Event.SEAL_APPLICATION_FILED else "",
            at=event.at,
            who=people.get(event.actor_id or 0),
            words=next((str(event.facts[key]) for key in _WORDS if event.facts.get(key)), ""),
            bad=event.kind in BAD,
        )
        for event in events
    ]


def concerning(session: Session, seal: UnitSeal) -> list[SealApplication]:
    """The application the seal was made for, and the later ones that name it."""
    rows = session.scalars(
        select(SealApplication).where(SealApplication.unit_id == seal.unit_id).order_by(SealApplication.id)
    )
    made_for = seal.ceremony.application_id
    return [row for row in rows if row.id == made_for or seal.id in row.seal_ids]


def _events(session: Session, seal: UnitSeal, application_ids: Sequence[int]) -> list[LedgerEvent]:
    ceremonies = session.scalars(select(Ceremony.id).where(Ceremony.application_id.in_(application_ids))).all()
    subjects = (
        ("seal-application", application_ids),
        ("ceremony", ceremonies),
        ("seal-carrier", [carrier.id for carrier in carriers.of_seal(session, seal)]),
        ("seal", [seal.id]),
    )
    conditions = [
        and_(LedgerEvent.subject_kind == kind, LedgerEvent.subject_id.in_(ids)) for kind, ids in subjects if ids
    ]
    wanted = or_(*conditions)
    statement = select(LedgerEvent).where(wanted, LedgerEvent.kind != Event.SEAL_USED).order_by(LedgerEvent.id)
    return [event for event in session.scalars(statement) if _tells(event, seal)]


def _tells(event: LedgerEvent, seal: UnitSeal) -> bool:
    """What the room of a ceremony did second by second stands in its own account."""
    if event.subject_kind == "ceremony":
        return event.kind in LABELS
    return event.subject_kind != "seal" or event.subject_id == seal.id
