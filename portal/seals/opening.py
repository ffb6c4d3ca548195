"""The shares of a ceremony as the seal server reads them: each envelope names its ceremony, seat and application."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import structlog

from hsm.rotation import Sheets
from hsm.shares import Holder, Purpose
from portal.core.errors import Refused
from portal.seals import device, envelope
from portal.seals.ceremonies import CIPHERTEXT_BYTES
from portal.seals.models import ApplicationKind, Ceremony, Seat

log = structlog.get_logger(__name__)
HOLDERS = {Holder.A: Seat.SECRECY_OFFICE, Holder.B: Seat.INFORMATION_CENTRE}


@dataclass(frozen=True)
class Secrets:
    """What the two operators typed. sheets: only when shares are renewed."""

    share_a: str = field(repr=False)
    share_b: str = field(repr=False)
    sheets: Sheets | None = field(default=None, repr=False)


def secrets_of(ceremony: Ceremony) -> Secrets:
    """Decrypt what both operators handed over. Raises Refused."""
    if ceremony.application.kind == ApplicationKind.ROTATE_SHARES:
        return _sheets(ceremony)
    shares = {}
    for holder, seat in HOLDERS.items():
        share = envelope.read(_blocks(ceremony, seat, 1)[0], ceremony.id, seat)
        if share is None:
            raise _strange(ceremony, seat)
        shares[holder] = share
    return Secrets(shares[Holder.A], shares[Holder.B])


def _sheets(ceremony: Ceremony) -> Secrets:
    found: dict[str, dict[Holder, dict[Purpose, str]]] = {"old": {}, "new": {}}
    for holder, seat in HOLDERS.items():
        for age, plain in zip(found, _blocks(ceremony, seat, len(found)), strict=True):
            shares = envelope.read_sheet(plain, ceremony.id, seat, age)
            if shares is None or len(shares) != len(Purpose):
                raise _strange(ceremony, seat)
            found[age][holder] = dict(zip(Purpose, shares, strict=True))
    old = found["old"]
    pair = (old[Holder.A][Purpose.CEREMONY_PIN], old[Holder.B][Purpose.CEREMONY_PIN])
    return Secrets(*pair, Sheets(old, found["new"]))


def _blocks(ceremony: Ceremony, seat: Seat, count: int) -> list[bytes]:
    """The decrypted blocks of a seat; empty ones where they can't be decrypted."""
    text = next((row.share for row in ceremony.seats if row.seat == seat), None) or ""
    plain = []
    for number in range(count):
        try:
            sealed = base64.b64decode(text)[number * CIPHERTEXT_BYTES : (number + 1) * CIPHERTEXT_BYTES]
            plain.append(device.current().prepared.decrypt(ceremony.id, sealed))
        except ValueError:
            plain.append(b"")
    return plain


def _strange(ceremony: Ceremony, seat: Seat) -> Refused:
    log.warning("a share could not be opened", ceremony=ceremony.id, seat=str(seat))
    return Refused("A share did not belong to this ceremony, or to what its room showed. Call a new one.")
