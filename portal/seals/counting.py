"""What the seal server remembers of each use against the use book, line by line and in both directions (S-10).

The memory decides: it knows every use it made, with its facts. A line taken out, changed or put into the book shows,
and so does a seal taken out of the register.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import structlog
from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from hsm.custody import certificate_digest
from hsm.memory import Memory
from hsm.uses import SEALED, Use
from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import custody_check, device, use_lines
from portal.seals.models import UnitSeal

log = structlog.get_logger(__name__)

UNDER_WAY = timedelta(minutes=6)
"""Longer than a stamping may take from its reservation to its line in the book."""
MOST_NAMED = 20
SEEN_AGAIN = timedelta(hours=1)
"""How often a seal that is in order is marked as compared."""


@dataclass(frozen=True)
class Count:
    """Uses of one key: as the seal server remembers them, and in the book of its seals.

    missing: finished and not in the book as they were; unfinished: begun, nothing left the seal server; invented: in
    the book alone. nameless: how many of before this memory began the book lacks. None of them, and a seal in the
    register: both agree.
    """

    key: str
    name: str
    seals: tuple[UnitSeal, ...]
    counted: int
    booked: int
    missing: tuple[Use, ...]
    unfinished: tuple[Use, ...]
    invented: tuple[Use, ...]
    nameless: int

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return bool(self.seals) and not (self.missing or self.unfinished or self.invented or self.nameless)

    @property
    def differences(self) -> dict[str, Any]:
        """What doesn't agree, in words, as many lines as somebody reads."""
        named = {"missing": self.missing, "unfinished": self.unfinished, "invented": self.invented}
        return {kind: [use_lines.words_of(use) for use in uses[:MOST_NAMED]] for kind, uses in named.items()}

    @property
    def fingerprint(self) -> str:
        """The same for the same differences, empty without any."""
        if self.agrees:
            return ""
        lines = [*map(use_lines.line_of, (*self.missing, *self.unfinished)), "", *map(use_lines.line_of, self.invented)]
        return sha256("\n".join([*lines, str(self.nameless)]).encode()).hexdigest()


def counts(session: Session, memory: Memory) -> Iterator[Count]:
    """Memory and book for every key this seal server knows, and for every seal whose book has lines."""
    registered = _by_key(session)
    for key in sorted({*memory.uses.keys(), *registered}):
        count = _compared(session, memory, key, registered.get(key, []))
        if count is not None:
            yield count


def look(_runtime: Runtime, session: Session) -> list[Count]:
    """Compare everything, and log what differs, each time. Writes nothing into the database."""
    memory = device.current().memory
    _meet(session, memory)
    found = list(counts(session, memory))
    for count in found:
        if not count.agrees:
            log.error(
                "use book and seal server disagree",
                seals=[seal.id for seal in count.seals],
                name=count.name,
                counted=count.counted,
                booked=count.booked,
                **count.differences,
            )
    return found


@job(prepare=look)
def compare(_runtime: Runtime, session: Session, found: list[Count]) -> None:
    """Compare what is remembered with every use book (S-10)."""
    enter(session, found)


def enter(session: Session, found: list[Count]) -> None:
    """Write what was found to each seal; a difference that is new goes on record, for the unit's head and the auditor.

    What was told already is remembered by the seal server, not by rows.
    """
    for count in found:
        for seal in _again(session, count.seals):
            _mark(seal, count)
        if device.current().memory.uses.tell(count.key, count.fingerprint) and not count.agrees:
            for seal in count.seals:
                record(
                    Event.SEAL_COUNT_DIFFERS,
                    subject=session.get_one(UnitSeal, seal.id),
                    unit_id=seal.unit_id,
                    counted=count.counted,
                    booked=count.booked,
                    **count.differences,
                )


def _again(session: Session, seals: Iterable[UnitSeal]) -> Iterable[UnitSeal]:
    wanted = select(UnitSeal).where(UnitSeal.id.in_([seal.id for seal in seals])).order_by(UnitSeal.id)
    return session.scalars(wanted)


def _mark(seal: UnitSeal, count: Count) -> None:
    said = None if count.agrees else count.differences
    same = (seal.counted, seal.counted_booked, seal.count_differences) == (count.counted, count.booked, said)
    if not same or seal.counted_at is None or seal.counted_at < now() - SEEN_AGAIN:
        seal.counted, seal.counted_booked, seal.count_differences = count.counted, count.booked, said
        seal.counted_at = now()


def _by_key(session: Session) -> dict[str, list[UnitSeal]]:
    found: dict[str, list[UnitSeal]] = defaultdict(list)
    for seal in session.scalars(select(UnitSeal).options(joinedload(UnitSeal.unit)).order_by(UnitSeal.id)):
        try:
            certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
            found[custody_check.public_key_digest(certificate)].append(seal)
        except (ValueError, Refused):
            log.error("the register holds a broken certificate", seal=seal.id)
    return found


def _meet(session: Session, memory: Memory) -> None:
    """Look at the records of seals that are new here, so that their books are believed up to now, no further."""
    known = set(memory.uses.keys())
    for key, seals in _by_key(session).items():
        if key not in known:
            for seal in seals:
                custody_check.learn(seal)


def _compared(session: Session, memory: Memory, key: str, seals: list[UnitSeal]) -> Count | None:
    """One key's lines. The book is read first: whatever stands there was reserved before."""
    book = _book(session, seals)
    remembered = memory.uses.of(key)
    if memory.uses.count(key) is None and not remembered:
        if not book:
            return None  # a seal this seal server never dealt with
    else:
        remembered = _with_former(memory, key, book, remembered)
    nameless = memory.uses.before(key)
    left = Counter(map(use_lines.line_of, book))
    lacking = []
    for use in remembered:
        line = use_lines.line_of(use)
        if left[line]:
            left[line] -= 1
        else:
            lacking.append(use)
    young = use_lines.moment(now() - UNDER_WAY)
    lacking = [use for use in lacking if use.at <= young]
    unfinished = tuple(use for use in lacking if use.result is None)
    missing = tuple(use for use in lacking if use.result is not None)
    invented = tuple(_surplus(book, left))
    counted = len(book) - len(invented) + len(lacking) + nameless
    name = seals[0].name if seals else memory.name_of(key)
    return Count(key, name, tuple(seals), counted, len(book), missing, unfinished, invented, nameless)


def _book(session: Session, seals: list[UnitSeal]) -> list[Use]:
    if not seals:
        return []
    certificate = x509.load_pem_x509_certificate(seals[0].certificate.encode())
    return use_lines.booked(session, [seal.id for seal in seals], certificate_digest(certificate))


def _surplus(book: list[Use], left: Counter[str]) -> Iterator[Use]:
    for use in reversed(book):
        line = use_lines.line_of(use)
        if left[line]:
            left[line] -= 1
            yield use


def _with_former(memory: Memory, key: str, book: list[Use], remembered: list[Use]) -> list[Use]:
    """What is remembered, once the uses of a memory of the former shape have their facts from the book.

    They are believed as far as the former shape proves them: a stamping by the hash of all it was for, or by its sealed
    digest, a code by the hash of its reference. Of uses known by their number alone the oldest lines are believed.
    """
    former = [use for use in remembered if use.facts is None]
    number = memory.uses.before(key)
    if not former and not number:
        return remembered
    known = {use.matter: use for use in book}
    sealed = {use.result[SEALED]: use for use in book if use.result and SEALED in use.result}
    facts = []
    for use in former:
        line = known.get(use.matter) or sealed.get((use.result or {}).get(SEALED))
        if line is not None:
            facts.append((use.matter, line))
    taken = {use_lines.line_of(use) for use in (*remembered, *(line for _, line in facts))}
    counted = [use for use in book if use_lines.line_of(use) not in taken][:number]
    memory.uses.learn(key, facts, counted)
    return memory.uses.of(key)
