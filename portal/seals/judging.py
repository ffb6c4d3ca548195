"""One verdict on a sealed file: what the file proves by itself, and what the register of seals says of it (S-11).

The register knows two things no file can: what became of a seal since, and which bytes left the seal server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.seals import queries
from portal.seals.models import UnitSeal
from portal.seals.trusting import Trust
from portal.seals.verifying import Reason, SealFinding, Verdict, verify

GOOD, WARN, BAD, OPEN = "good", "warn", "bad", "neutral"


class Standing(StrEnum):
    """What the register says of a seal now."""

    GOOD = "good"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class SealToday:
    """A seal on the file: what was found, how it stands now, and since when it is suspended or revoked."""

    found: SealFinding
    standing: Standing
    since: datetime | None

    def to_json(self) -> dict[str, Any]:
        """As it is kept with a file that was brought for verification."""
        found = self.found
        proven = found.signed_at if found.time_source else None
        return {
            "name": found.name,
            "unit": found.unit,
            "issuer": found.issuer,
            "serial": found.serial,
            "at": proven.isoformat() if proven else None,
            "time_source": found.time_source,
            "standing": self.standing.value,
            "since": self.since.isoformat() if self.since else None,
        }


@dataclass(frozen=True)
class Aspect:
    """One line of the verdict: `label` and `said` are msgids."""

    label: str
    tone: str
    said: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is kept with a file that was brought for verification."""
        return {"label": self.label, "tone": self.tone, "said": list(self.said)}


@dataclass(frozen=True)
class Judgement:
    """The verdict with what the register adds."""

    verdict: Verdict
    seals: tuple[SealToday, ...] = ()

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """The verdict in six lines."""
        return tuple(_aspect(self, *row) for row in ASPECTS)


# What each line is about, the reasons that speak against it, what is said when none does.
ASPECTS: tuple[tuple[str, tuple[Reason, ...], str], ...] = (
    (
        N_("Integrity"),
        (Reason.TOO_LARGE, Reason.UNREADABLE, Reason.ENCRYPTED, Reason.OTHER_FILE, Reason.UNREGISTERED, Reason.CHANGED),
        N_("No byte under the seals was changed."),
    ),
    (
        N_("Seal"),
        (Reason.NO_SEAL, Reason.FOREIGN, Reason.NOT_A_SEAL),
        N_("Every seal is a signature that can be checked."),
    ),
    (
        N_("Issuer"),
        (Reason.UNKNOWN_ISSUER, Reason.OUT_OF_TIME),
        N_("Every seal was issued by a recognised authority."),
    ),
    (N_("Time"), (Reason.NO_TIME,), N_("The time of sealing is proven by a time stamp.")),
    (
        N_("Revocation"),
        (Reason.REVOKED, Reason.UNCHECKED),
        N_("No seal had been revoked when it was used."),
    ),
    (
        N_("Changes after sealing"),
        (Reason.ADDED, Reason.FILLABLE, Reason.UNFINISHED, Reason.NOT_CLOSED),
        N_("Nothing was added, appended or cut off after sealing."),
    ),
)
_SINCE = {
    Standing.SUSPENDED: N_("Valid when it was used; the seal was suspended meanwhile."),
    Standing.REVOKED: N_("Valid when it was used; the seal was revoked since."),
}
_ANY_PURPOSE = N_("Its authority may certify people and firms as well; which certificates are seals' wasn't stated.")
_UNKNOWN = N_("Whether a seal of elsewhere was revoked since isn't known here; its authority's list tells.")
# Nothing else can be said of such a file.
_UNSEEN = frozenset({Reason.TOO_LARGE, Reason.UNREADABLE, Reason.ENCRYPTED, Reason.NO_SEAL})


def judge_file(path: Path, trust: Trust, expected_digest: str | None = None) -> Verdict:
    """What the file proves by itself to somebody with this trust."""
    return verify(
        path,
        trust_roots=trust.roots,
        time_roots=trust.time_roots,
        former=trust.former,
        between=trust.between,
        policies=trust.policies,
        fates=trust.fates,
        expected_digest=expected_digest,
    )


def judge(session: Session, verdict: Verdict) -> Judgement:
    """Add what the register says: seals revoked since, bytes that never left the seal server, stages of joint files."""
    known = {seal.serial: queries.by_certificate_serial(session, seal.serial) for seal in verdict.seals}
    against = set(verdict.reasons)
    if any(known.values()) and not queries.pressed_on(session, verdict.digest) and Reason.OTHER_FILE not in against:
        against.add(Reason.UNREGISTERED)
    if queries.sealed_further(session, verdict.digest) and verdict.seals:
        against.add(Reason.UNFINISHED)
    seals = tuple(_today(found, known[found.serial]) for found in verdict.seals)
    return Judgement(replace(verdict, reasons=tuple(reason for reason in Reason if reason in against)), seals)


def _today(found: SealFinding, seal: UnitSeal | None) -> SealToday:
    fate = found.fate
    if fate is None or fate.at is None:
        return SealToday(found, Standing.ELSEWHERE if seal is None else Standing.GOOD, None)
    return SealToday(found, Standing.SUSPENDED if fate.on_hold else Standing.REVOKED, fate.at)


def _aspect(judgement: Judgement, label: str, speaking: tuple[Reason, ...], good: str) -> Aspect:
    against = tuple(reason.value for reason in judgement.verdict.reasons if reason in speaking)
    if against:
        return Aspect(label, BAD, against)
    if _UNSEEN & set(judgement.verdict.reasons):
        return Aspect(label, OPEN, (N_("Not looked at."),))
    notes = [note(seal) for reason, note in _NOTES.items() if reason in speaking for seal in judgement.seals]
    if any(notes):
        return Aspect(label, WARN, tuple(dict.fromkeys(filter(None, notes))))
    return Aspect(label, GOOD, (good,))


def _since(seal: SealToday) -> str | None:
    """What is to be said of the time after the seal was used."""
    if seal.standing is Standing.ELSEWHERE and seal.found.fate is None:
        return _UNKNOWN
    return _SINCE.get(seal.standing)


def _purpose(seal: SealToday) -> str | None:
    """What is to be said of the kind of certificate."""
    return _ANY_PURPOSE if seal.found.issued_for_seals is None else None


# What is noted where nothing speaks against the file.
_NOTES: dict[Reason, Callable[[SealToday], str | None]] = {Reason.REVOKED: _since, Reason.NOT_A_SEAL: _purpose}
