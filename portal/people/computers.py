"""Dedicated computers 专机: from which machines a unit uses its seals and exchanges documents (A-11)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.rules import Dedicated, ExchangeRules
from portal.ledger.operations import Actor, record
from portal.ledger.vocabulary import Event
from portal.people.access_models import Computer, ComputerKind
from portal.people.models import Person
from portal.units import policy
from portal.units.models import Unit

FINGERPRINT = re.compile(r"[0-9a-f]{64}")
WIDEST = {4: 20, 6: 48}
"""A network with more machines than this prefix holds isn't "a dedicated computer"."""


@dataclass(frozen=True)
class Caller:
    """The machine a request comes from: its address and, if its certificate was checked, that one's SHA-256."""

    address: str
    certificate: str | None = None


def is_bound(bound: Dedicated | None, rules: ExchangeRules) -> bool:
    """Whether the rules bind acts of this kind to dedicated computers."""
    if bound is None or rules.dedicated_computers is Dedicated.NOTHING:
        return False
    return rules.dedicated_computers is Dedicated.EXCHANGE or bound is Dedicated.SEALS


def of_unit(session: Session, unit_id: int) -> Sequence[Computer]:
    """The unit's registered computers."""
    return session.scalars(
        select(Computer).where(Computer.unit_id == unit_id, Computer.removed_at.is_(None)).order_by(Computer.id)
    ).all()


def recognised(computers: Sequence[Computer], caller: Caller) -> Computer | None:
    """Which of the computers the caller sits at, if any."""
    return next((computer for computer in computers if _is(computer, caller)), None)


def register(administrator: Person, unit: Unit, *, name: str, kind: str, value: str, place: str) -> Computer:
    """Register a computer for a unit. Raises Invalid, AlreadyDone, NotFound for a unit out of reach."""
    if not policy.administers(administrator, unit, Permission.PEOPLE_COMPUTERS):
        raise NotFound("There is no such unit.")
    session = session_of(unit)
    name, place = " ".join(name.split())[:60], " ".join(place.split())[:60]
    if not name:
        raise Invalid("Give the computer a name.", field="name")
    if kind not in list(ComputerKind):
        raise Invalid("Choose how the computer is known.", field="kind")
    value = normal_network(value) if kind == ComputerKind.ADDRESS else normal_fingerprint(value)
    session.refresh(unit, with_for_update=True)
    if any((row.kind, row.value) == (kind, value) for row in of_unit(session, unit.id)):
        raise AlreadyDone("This computer is registered already.")
    computer = Computer(
        unit=unit, name=name, kind=kind, value=value, place=place, registered_by=administrator, registered_at=now()
    )
    session.add(computer)
    session.flush()
    record(
        Event.COMPUTER_REGISTERED, actor=administrator, subject=computer, unit=unit.id, computer_kind=kind, value=value
    )
    return computer


def remove(computer: Computer, administrator: Person) -> None:
    """The computer is no dedicated one any more. Raises AlreadyDone."""
    if computer.removed_at is not None:
        raise AlreadyDone("This computer was removed already.")
    take_off(computer, administrator)


def take_off(computer: Computer, actor: Actor) -> None:
    """Take a computer off its unit's list, which may end with the unit."""
    computer.removed_at = now()
    record(Event.COMPUTER_REMOVED, actor=actor, subject=computer, unit=computer.unit_id, value=computer.value)


def get_for(administrator: Person, computer_id: int) -> Computer:
    """A computer in the administrator's care. Raises NotFound."""
    session = session_of(administrator)
    computer = session.get(Computer, computer_id, with_for_update={"of": Computer}, populate_existing=True)
    if computer is None or not policy.administers(administrator, computer.unit, Permission.PEOPLE_COMPUTERS):
        raise NotFound("There is no such computer.")
    return computer


def note_refusal(person: Person, act: str, caller: Caller) -> None:
    """Put on record that an act was refused at this machine."""
    record(Event.PERSON_COMPUTER_REFUSED, actor=person, subject=person, act=act, address=caller.address)


def normal_network(value: str) -> str:
    """An address or network in its one spelling. Raises Invalid."""
    try:
        network = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        raise Invalid(
            "Enter an address such as 10.20.1.15, or a network such as 10.20.1.0/28.", field="value"
        ) from None
    if network.prefixlen < WIDEST[network.version]:
        raise Invalid("This network is too wide: it would let in half the city.", field="value")
    return str(network)


def normal_fingerprint(value: str) -> str:
    """A SHA-256 in hex, colons allowed. Raises Invalid."""
    plain = value.replace(":", "").replace(" ", "").strip().lower()
    if not FINGERPRINT.fullmatch(plain):
        raise Invalid("The SHA-256 fingerprint of a certificate has 64 hexadecimal digits.", field="value")
    return plain


def fingerprint_in(header: str) -> str | None:
    """The SHA-256 in what a proxy says of a certificate: the certificate itself (PEM, URL-encoded) or its SHA-256."""
    text = unquote(header).strip()
    if "BEGIN CERTIFICATE" in text:
        try:
            certificate = x509.load_pem_x509_certificate(text.encode())
        except ValueError:
            return None
        return sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
    plain = text.replace(":", "").lower()
    return plain if FINGERPRINT.fullmatch(plain) else None


def is_believed(peer: str, proxies: Sequence[str]) -> bool:
    """Whether the immediate peer is one of our proxies; `unix` among them stands for a socket without address."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return "unix" in proxies
    return any(address in ipaddress.ip_network(proxy, strict=False) for proxy in proxies if proxy != "unix")


def _is(computer: Computer, caller: Caller) -> bool:
    if computer.kind == ComputerKind.CERTIFICATE:
        return caller.certificate == computer.value
    try:
        return ipaddress.ip_address(caller.address) in ipaddress.ip_network(computer.value)
    except ValueError:
        return False
