"""The judgement on a printed copy's code: is it signed, by whom, and does the register know this copy (S-1, X-5).

Only what the code itself says, or the holder of the paper can read on it, is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.core.text import N_
from portal.exchange import queries
from portal.exchange.lifecycle import CopyState
from portal.exchange.models import Copy, CopyKind
from portal.ledger import queries as ledger
from portal.ledger.vocabulary import Event
from portal.seals import certificates, codes
from portal.seals import queries as seals
from portal.seals.lifecycle import SealState
from portal.seals.models import SealClass, UnitSeal

# As in a mark, with or without its hyphens.
_MARK = re.compile(r"^[2-9A-HJ-NP-Z]{4}-?[2-9A-HJ-NP-Z]{4}-?[2-9A-HJ-NP-Z]{4}$")

GENUINE = N_("This copy is genuine.")
NOT_REGISTERED = N_("The signature is right, but this copy isn't in the register of this exchange.")
NO_SUCH_MARK = N_("No copy with this number is in the register.")
PHOTOCOPY = N_("This number belongs to a declassified download, which ranks as a photocopy and proves nothing more.")
UNKNOWN_SEAL = N_("The code names a verification seal that isn't in the register.")
NOT_MADE = N_("A copy with this number was asked for but never made.")


class Tone(StrEnum):
    """Green, yellow, red."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class CodeVerdict:
    """The sentence, its colour, and what may be shown with it."""

    tone: Tone
    message: str
    facts: codes.CopyFacts | None = None
    made_at: datetime | None = None
    seal: UnitSeal | None = None
    seal_since: datetime | None = None
    """Since when the seal is suspended or revoked, if the ledger knows."""


def judge(session: Session, entered: str) -> CodeVerdict:
    """Judge a code, an address with a code, or the number from a copy's margin."""
    text = codes.from_address(re.sub(r"\s", "", entered)).upper()
    if _MARK.match(text):
        return _judge_mark(session, text.replace("-", ""))
    try:
        named, _ = codes.decode(text)
        seal = seals.by_certificate_serial(session, named.serial)
        if seal is None or seal.seal_class != SealClass.VERIFICATION:
            return CodeVerdict(Tone.BAD, UNKNOWN_SEAL)
        facts = codes.verify_code(text, certificates.load(seal.certificate.encode()))
    except (codes.NotACode, codes.NotProven) as error:
        return CodeVerdict(Tone.BAD, error.message)
    return _judge_facts(session, text, facts, seal)


def _judge_mark(session: Session, mark: str) -> CodeVerdict:
    copy = queries.copy_by_mark(session, "-".join((mark[:4], mark[4:8], mark[8:])))
    if copy is None:
        return CodeVerdict(Tone.BAD, NO_SUCH_MARK)
    if copy.kind == CopyKind.DOWNLOAD:
        return CodeVerdict(Tone.WARN, PHOTOCOPY)
    if copy.code is None or copy.state != CopyState.READY:
        return CodeVerdict(Tone.BAD, NOT_MADE)
    return judge(session, copy.code)


def _judge_facts(session: Session, code: str, facts: codes.CopyFacts, seal: UnitSeal) -> CodeVerdict:
    """The signature is right: now the register has its say."""
    copy = queries.copy_by_mark(session, facts.copy_id)
    since = None if seal.state == SealState.IN_CUSTODY else _seal_changed(session, seal)
    if copy is None or copy.code != code or not _is_of(copy, facts, seal):
        return CodeVerdict(Tone.WARN, NOT_REGISTERED, facts, seal=seal, seal_since=since)
    if copy.state != CopyState.READY:
        return CodeVerdict(Tone.BAD, NOT_MADE)
    return CodeVerdict(Tone.GOOD, GENUINE, facts, copy.made_at, seal, since)


def _is_of(copy: Copy, facts: codes.CopyFacts, seal: UnitSeal) -> bool:
    """Whether the register's document is the one the code names, and the seal that of its recipient or an heir's."""
    document, unit = copy.delivery.document, seal.unit
    if unit not in copy.delivery.unit.line:
        return False
    digest = (document.sealed_digest or "")[: 2 * codes.DIGEST_BYTES]
    return (unit.code, document.number, digest) == (facts.unit_code, facts.document_number, facts.digest.hex())


def _seal_changed(session: Session, seal: UnitSeal) -> datetime | None:
    events = [event for event in ledger.history(session, "seal", seal.id) if event.kind != Event.SEAL_USED]
    return events[-1].at if events else None
