"""The seal server's own count of uses against the use book: both must agree, so no line can be taken out (S-10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from hsm.memory import Memory
from portal.core.clock import now
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.seals import custody_check, device
from portal.seals.models import UnitSeal

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Count:
    """Uses of one seal: by the seal server's count, and in the book."""

    seal: UnitSeal
    counted: int
    booked: int

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.counted == self.booked


def counts(session: Session, memory: Memory) -> Iterator[Count]:
    """Both numbers for every seal this seal server has ever dealt with."""
    for seal in session.scalars(select(UnitSeal).options(joinedload(UnitSeal.unit)).order_by(UnitSeal.id)):
        try:
            certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
        except ValueError:
            log.warning("the register holds a broken certificate", seal=seal.id)
            continue
        counted = memory.count(custody_check.public_key_digest(certificate))
        if counted is not None:
            yield Count(seal, counted, custody_check.booked_uses(session, seal))


@job()
def compare(runtime: Runtime, session: Session) -> None:
    """Write both numbers to each seal; a difference that is new goes on record, for the unit's head and the auditor."""
    for count in counts(session, device.current().memory):
        seal, before = count.seal, (count.seal.counted, count.seal.counted_booked)
        seal.counted, seal.counted_booked, seal.counted_at = count.counted, count.booked, now()
        if not count.agrees and before != (count.counted, count.booked):
            log.error("use book and seal server disagree", seal=seal.id, counted=count.counted, booked=count.booked)
            record(
                Event.SEAL_COUNT_DIFFERS,
                subject=seal,
                unit_id=seal.unit_id,
                counted=count.counted,
                booked=count.booked,
            )
