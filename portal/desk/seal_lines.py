"""Lines about seals on the home page: losses to follow up, unusual uses, rules to read, certificates that end."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session, joinedload

from portal.core.text import N_
from portal.desk.sections import APPLYING, SEAL, SEAL_RULES, UNUSUAL, Line
from portal.people.models import Person
from portal.seals import register, unit_rules, unusual, watch
from portal.seals.carrier_models import SealLoss
from portal.seals.models import StampRequest, UnitSeal
from portal.seals.unusual_models import SIGN_LABELS, Sign, UnusualUse

ENDING = {90: N_("Ends within 90 days"), 30: N_("Ends within 30 days"), 7: N_("Ends within 7 days")}


def ending_lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """Certificates that end within 90, 30, 7 days (S-12)."""
    rows = session.scalars(watch.ending_for(person).options(joinedload(UnitSeal.unit)).limit(most))
    for seal in rows:
        warning = register.warning(seal) or max(register.WARNINGS)
        yield Line(
            "seal-ending",
            seal.name,
            SEAL,
            {"seal_id": seal.id},
            seal.valid_until,
            party=seal.unit.short_name,
            state=ENDING[warning],
            late=warning == min(register.WARNINGS),
        )


def unusual_lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """Unusual uses that this person's side hasn't acknowledged (S-10)."""
    rows = session.scalars(
        unusual.waiting_for(person)
        .options(joinedload(UnusualUse.request).joinedload(StampRequest.asked_by), joinedload(UnusualUse.unit))
        .order_by(UnusualUse.id)
        .limit(most)
    )
    for use in rows:
        yield Line(
            "seal-unusual",
            use.request.purpose,
            UNUSUAL,
            {"use_id": use.id},
            use.used_at,
            party=use.request.asked_by.name,
            state=SIGN_LABELS[Sign(use.sign)],
        )


def loss_lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """Reported losses for which nobody has applied yet (S-8)."""
    for loss in session.scalars(watch.losses_for(person).options(joinedload(SealLoss.seal)).limit(most)):
        target = {"kind": "replace", "seal": loss.seal_id}
        yield Line("seal-lost", loss.seal.name, APPLYING, target, loss.reported_at)


def rules_lines(session: Session, person: Person, most: int) -> Iterator[Line]:
    """The newest rules of the unit, for a custodian who hasn't acknowledged them (S-13)."""
    for rules in session.scalars(unit_rules.unread_for(person).limit(most)):
        yield Line("seal-rules", rules.title, SEAL_RULES, {}, rules.uploaded_at)
