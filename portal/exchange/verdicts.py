"""The judgement on a printed copy's code: is it signed, by whom, and does the register know this copy (S-1, X-5).

Only what the code itself says, or the holder of the paper can read on it, is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.core.text import N_
from portal.exchange import queries
from portal.exchange.lifecycle import CopyState
from portal.exchange.models import Copy, CopyKind
from portal.seals import code_trust, codes
from portal.seals.models import UnitSeal
from portal.seals.revocations import Fate
from portal.seals.trusting import own_root

# As in a mark, with or without its hyphens.
_MARK = re.compile(r"^[2-9A-HJ-NP-Z]{4}-?[2-9A-HJ-NP-Z]{4}-?[2-9A-HJ-NP-Z]{4}$")

GENUINE = N_("This copy is genuine.")
NOT_REGISTERED = N_("The signature is right, but this copy isn't in the register of this exchange.")
NO_SUCH_MARK = N_("No copy with this number is in the register.")
PHOTOCOPY = N_("This number belongs to a declassified download, which ranks as a photocopy and proves nothing more.")
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
    """Since when the seal is suspended or revoked."""


def judge(work: Runtime, session: Session, entered: str) -> CodeVerdict:
    """Judge a code, an address with a code, or the number from a copy's margin."""
    text = codes.from_address(re.sub(r"\s", "", entered)).upper()
    if _MARK.match(text):
        return _judge_mark(work, session, text.replace("-", ""))
    try:
        facts, seal, fate = code_trust.prove(session, text, lambda: own_root(work.settings.seal_ca_file))
    except (codes.NotACode, codes.NotProven) as error:
        return CodeVerdict(Tone.BAD, error.message)
    return _judge_facts(session, text, facts, seal, fate)


def _judge_mark(work: Runtime, session: Session, mark: str) -> CodeVerdict:
    copy = queries.copy_by_mark(session, "-".join((mark[:4], mark[4:8], mark[8:])))
    if copy is None:
        return CodeVerdict(Tone.BAD, NO_SUCH_MARK)
    if copy.kind == CopyKind.DOWNLOAD:
        return CodeVerdict(Tone.WARN, PHOTOCOPY)
    if copy.code is None or copy.state != CopyState.READY:
        return CodeVerdict(Tone.BAD, NOT_MADE)
    return judge(work, session, copy.code)


def _judge_facts(session: Session, code: str, facts: codes.CopyFacts, seal: UnitSeal, fate: Fate) -> CodeVerdict:
    """The signature is right: now the register has its say."""
    copy = queries.copy_by_mark(session, facts.copy_id)
    if copy is None or copy.code != code or not _is_of(copy, facts, seal):
        return CodeVerdict(Tone.WARN, NOT_REGISTERED, facts, seal=seal, seal_since=fate.at)
    if copy.state != CopyState.READY:
        return CodeVerdict(Tone.BAD, NOT_MADE)
    return CodeVerdict(Tone.GOOD, GENUINE, facts, copy.made_at, seal, fate.at)


def _is_of(copy: Copy, facts: codes.CopyFacts, seal: UnitSeal) -> bool:
    """Whether the register's document is the one the code names, and the seal that of its recipient or an heir's."""
    document, unit = copy.delivery.document, seal.unit
    if unit not in copy.delivery.unit.line:
        return False
    digest = (document.sealed_digest or "")[: 2 * codes.DIGEST_BYTES]
    return (unit.code, document.number, digest) == (facts.unit_code, facts.document_number, facts.digest.hex())
