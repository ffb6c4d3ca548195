"""Applying for anything but the first seals: replacing, changing, custody, lifting, destroying, the device (S-3, S-8).

Deciding is the same for all kinds and stands in `applications`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Denied, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import applications, custody, kinds, losses, other_certificates, queries
from portal.seals.carrier_models import SealLoss
from portal.seals.evidence import MOST_FILES, Brought
from portal.seals.faces import face_for
from portal.seals.kinds import FACTS, WITH_EVIDENCE, Cause
from portal.seals.models import MAKING, OF_THE_DEVICE, ApplicationKind, SealApplication, SealClass, UnitSeal
from portal.units.models import Unit, UnitKind

LONGEST_CARRIER = 40


@dataclass(frozen=True)
class Wish:
    """What is applied for; which fields count depends on the kind (`kinds.FACTS`)."""

    kind: ApplicationKind
    reason: str
    seal_ids: Collection[int] = ()
    custodians: Sequence[Person] = ()
    password_holders: Sequence[Person] = ()
    """Where carrier and password are kept apart (S-6)."""
    holders: Sequence[Person] = ()
    threshold: int = 1
    cause: Cause | None = None
    circumstances: str = ""
    carrier: str = ""
    evidence: Sequence[Brought] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further details that are approved with the rest."""


def file_wish(session: Session, applicant: Person, wish: Wish) -> SealApplication:
    """Apply for what is wished (GZ21, GZ25). A seal named as lost is suspended at once.

    Raises Denied, Invalid naming the field, Refused while another application is under way or nothing fits.
    """
    _require_right(applicant, wish.kind)
    if wish.kind is ApplicationKind.MAKE:
        return applications.file_application(
            session,
            applicant,
            reason=wish.reason,
            custodians=wish.custodians,
            holders=wish.holders,
            threshold=wish.threshold,
            password_holders=wish.password_holders,
            details=_details(wish),
        )
    unit = applicant.unit
    reason = _required(wish.reason, "reason")
    # Of two clicks at once the second waits here, and finds the first one's application.
    session.refresh(unit, with_for_update={"key_share": True, "of": Unit})
    if queries.live_application(session, unit.id) is not None:
        raise Refused("An application of this unit is under way already.")
    seals = _seals(session, unit, wish)
    wish = _with_keepers(unit, wish, {seal.seal_class for seal in seals})
    details = _details(wish)
    if wish.kind is ApplicationKind.CHANGE_CUSTODY and (others := other_certificates.brought_in(seals)):
        details[other_certificates.DETAIL] = others
    if wish.cause is Cause.LOSS:
        # Suspended by the report; which one it was is approved with the rest.
        details[losses.REPORTS] = [_report_of(session, seal, applicant, details).id for seal in seals]
    application = _application(applicant, wish, reason, seals, details)
    application.content_hash = applications.content_hash(application)
    session.add(application)
    session.flush()
    record(Event.SEAL_APPLICATION_FILED, subject=application, actor=applicant, content_hash=application.content_hash)
    return application


def _report_of(session: Session, seal: UnitSeal, applicant: Person, details: dict[str, Any]) -> SealLoss:
    """The report of the seal's loss: the one that suspended it before, else one made now."""
    made = losses.note_loss(seal, applicant, details["circumstances"], details["carrier"])
    report = made or losses.open_loss(session, seal)
    if report is None:
        raise Refused("This seal is suspended or revoked and can't be used.")
    return report


def _application(
    applicant: Person, wish: Wish, reason: str, seals: Sequence[UnitSeal], details: dict[str, Any]
) -> SealApplication:
    """The row; where no seal is made, name and size only say whose it is."""
    unit = applicant.unit
    face = face_for(UnitKind(unit.kind), unit.name, SealClass.SIGNATURE) if wish.kind in MAKING else None
    return SealApplication(
        unit=unit,
        applicant=applicant,
        kind=wish.kind,
        reason=reason,
        seal_ids=sorted(seal.id for seal in seals),
        details=details,
        face_text=face.text if face else unit.name[:60],
        unit_code=unit.code,
        diameter_mm=int(face.diameter_mm) if face else max((seal.diameter_mm for seal in seals), default=0),
        custodian_ids=sorted(person.id for person in wish.custodians),
        holder_ids=sorted(person.id for person in wish.holders),
        threshold=wish.threshold,
        content_hash="",
        applied_at=now(),
    )


def _require_right(applicant: Person, kind: ApplicationKind) -> None:
    needed = Permission.SEALS_APPLY_DEVICE if kind in OF_THE_DEVICE else Permission.SEALS_APPLY
    if not applicant.may(needed):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")


def _seals(session: Session, unit: Unit, wish: Wish) -> list[UnitSeal]:
    if not FACTS[wish.kind].states:
        return []
    offered = {seal.id: seal for seal in kinds.concerned(session, unit.id, wish.kind)}
    if not offered:
        raise Refused("The unit has no seal that this application could concern.")
    if not wish.seal_ids or not set(wish.seal_ids) <= set(offered):
        raise Invalid("Choose among the seals shown.", field="seals")
    seals = [offered[seal_id] for seal_id in sorted(set(wish.seal_ids))]
    if wish.kind in MAKING and len({seal.seal_class for seal in seals}) < len(seals):
        raise Invalid("Choose one seal of each kind at most.", field="seals")
    return seals


def _with_keepers(unit: Unit, wish: Wish, classes: set[str]) -> Wish:
    """The wish with its keepers checked, all custodians in one list."""
    if not FACTS[wish.kind].names_keepers:
        if wish.custodians or wish.holders or wish.password_holders:
            raise Invalid("This application names no keepers.", field="custodians")
        return wish
    if SealClass.SIGNATURE in classes:
        people, threshold, groups = applications.arranged(
            unit.id, wish.custodians, wish.password_holders, wish.threshold
        )
        wish = replace(wish, custodians=people, threshold=threshold, more={**wish.more, **groups})
    elif wish.custodians:
        raise Invalid("Custodians are named for the signature seal only.", field="custodians")
    if SealClass.VERIFICATION in classes:
        applications.require_holders(unit.id, wish.holders)
    elif wish.holders:
        raise Invalid("Holders are named for the verification seal only.", field="holders")
    custody.require_keys([*wish.custodians, *wish.holders], current().rules)
    return wish


def _details(wish: Wish) -> dict[str, Any]:
    facts = FACTS[wish.kind]
    details: dict[str, Any] = dict(wish.more)
    if facts.causes:
        if wish.cause not in facts.causes:
            raise Invalid("Choose the cause.", field="cause")
        details["cause"] = wish.cause.value
        if wish.kind is ApplicationKind.DESTROY:
            details["reason"] = wish.cause.value
    if wish.cause in WITH_EVIDENCE:
        details["circumstances"] = _required(wish.circumstances, "circumstances")
        details["carrier"] = wish.carrier.strip()[:LONGEST_CARRIER]
        if not wish.evidence:
            raise Invalid("Bring the unit's written statement about the loss or damage.", field="evidence")
    if facts.hands_in or wish.cause is Cause.DAMAGE:
        details["hand_in"] = True
    if len(wish.evidence) > MOST_FILES:
        raise Invalid("An application takes %(most)s files at most.", field="evidence", most=MOST_FILES)
    if wish.evidence:
        details["evidence"] = [file.facts() for file in wish.evidence]
    return details


def _required(text: str, name: str) -> str:
    kept = text.strip()
    if not kept:
        raise Invalid("Fill in this field.", field=name)
    if len(kept) > applications.OPINION_LIMIT:
        raise Invalid("Write at most %(limit)s characters.", field=name, limit=applications.OPINION_LIMIT)
    return kept
