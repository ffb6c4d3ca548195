"""Which hardware keys an application puts on record: named when it is filed, approved with the rest, no others (S-6).

They stand in the application's details, which its hash covers: whoever decides, signs the paper form or sits in the
room sees the keys' fingerprints, and the seal server signs no key that isn't named there (`rites/approved_keys`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from portal.core.errors import Refused
from portal.core.rules import ExchangeRules
from portal.people import keys
from portal.people.models import Person
from portal.seals.custody import bytes_of, demands_keys, text_of
from portal.seals.kinds import FACTS
from portal.seals.models import ApplicationKind, SealApplication

FIELD = "keys"
# Eight groups of four: 128 bits, as of a ceremony's key.
GROUPS, GROUP = 8, 4


@dataclass(frozen=True)
class NamedKey:
    """A hardware key as an application names it. `digest`: SHA-256 (hex) of its public key (COSE)."""

    credential_id: bytes
    digest: str
    name: str

    @property
    def fingerprint(self) -> str:
        """What people compare, in capitals."""
        return fingerprint(self.digest)


def fingerprint(digest: str) -> str:
    """The first groups of a key's digest, in capitals."""
    return " ".join(digest.upper()[GROUP * place : GROUP * (place + 1)] for place in range(GROUPS))


def digest_of(public_key: bytes) -> str:
    """SHA-256 of a public key, hex."""
    return sha256(public_key).hexdigest()


def named(people: Iterable[Person]) -> dict[str, Any]:
    """The details that name the keys these people have now."""
    return {FIELD: {str(person.id): [_said(key) for key in _in_order(person)] for person in people}}


def of(application: SealApplication, person_id: int) -> tuple[NamedKey, ...]:
    """The keys an application names of somebody; none of an application filed before it named any."""
    said = (application.details or {}).get(FIELD, {}).get(str(person_id), ())
    return tuple(NamedKey(bytes_of(key["id"]), key["sha256"], key["name"]) for key in said)


def are_named(application: SealApplication) -> bool:
    """Whether the application says which keys go on record, be it none."""
    return FIELD in (application.details or {})


def require_named(application: SealApplication) -> None:
    """An application that names keepers names their keys too. Raises Refused for one filed before that was so."""
    if FACTS[ApplicationKind(application.kind)].names_keepers and not are_named(application):
        raise Refused(
            "This application was filed before the keepers' hardware keys were approved with it. The unit withdraws it "
            "and applies anew."
        )


def require_enough(application: SealApplication, people: Sequence[Person], rules: ExchangeRules) -> None:
    """Where the rules demand hardware keys, one of each keeper was approved. Raises Refused naming who has none."""
    lacking = [person.name for person in people if demands_keys(rules) and not of(application, person.id)]
    if lacking:
        raise Refused(
            "The application names no hardware key of %(names)s, who registered theirs later. The unit withdraws it "
            "and applies anew.",
            names="、".join(lacking),
        )


def _in_order(person: Person) -> list[Any]:
    return sorted(keys.live(person), key=lambda key: key.id)


def _said(key: Any) -> dict[str, str]:
    return {"id": text_of(key.credential_id), "sha256": digest_of(key.public_key), "name": key.name}
