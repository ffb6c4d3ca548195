"""The custody record of a seal: its form, who must act by it, and what it says of hardware keys (S-6).

A ceremony signs it. The pages read it to tell and to ask; what counts is the seal server's own reading of it, after it
has checked the signature (`custody_check`). Records of older ceremonies name accounts alone and no keys.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal.core.errors import Refused
from portal.core.rules import ExchangeRules, SecondFactor
from portal.core.text import N_
from portal.people import keys
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import custody_key
from portal.seals.models import CUSTODY_PURPOSE, SealApplication, SealClass, UnitSeal

FORM = 2
"""Of the record; the first form named no keys and no groups."""
KEEPERS, CARRIER, PASSWORD = "keepers", "carrier", "password"
GROUP_LABELS = {
    KEEPERS: N_("Keepers"),
    CARRIER: N_("Carrier holders"),
    PASSWORD: N_("Password holders"),
}
GROUP_ROLES = {CARRIER: Role.SEAL_CUSTODIAN, PASSWORD: Role.SEAL_PASSWORD_HOLDER}
CLASS_ROLES = {SealClass.SIGNATURE: Role.SEAL_CUSTODIAN, SealClass.VERIFICATION: Role.VERIFICATION_HOLDER}


@dataclass(frozen=True)
class KeyOnRecord:
    """A hardware key as it was registered when the record was signed; `public_key` is COSE."""

    credential_id: bytes
    public_key: bytes
    name: str


@dataclass(frozen=True)
class Keeper:
    """Somebody the record names. Without keys, a code is all they can prove themselves by."""

    person_id: int
    account: str
    name: str
    keys: tuple[KeyOnRecord, ...]

    def key(self, credential_id: bytes) -> KeyOnRecord | None:
        """Their key with this id."""
        return next((key for key in self.keys if key.credential_id == credential_id), None)


@dataclass(frozen=True)
class Group:
    """People of whom at least `needed` must act."""

    name: str
    members: frozenset[int]
    needed: int

    def lacks(self, acting: Iterable[int]) -> int:
        """How many of them must still act."""
        return max(0, self.needed - len(self.members & set(acting)))


@dataclass(frozen=True)
class Custody:
    """A custody record, read."""

    keepers: dict[int, Keeper]
    groups: tuple[Group, ...]
    certificate_sha256: str

    @property
    def needed(self) -> int:
        """How many must act in all."""
        return sum(group.needed for group in self.groups)

    @property
    def weak(self) -> bool:
        """Whether somebody may act by a code, which proves less than a hardware key."""
        return any(not keeper.keys for keeper in self.keepers.values())

    def is_enough(self, acting: Iterable[int]) -> bool:
        """Whether these people together may act."""
        people = set(acting)
        return bool(self.groups) and not any(group.lacks(people) for group in self.groups)

    def helps(self, person_id: int, acting: Iterable[int]) -> bool:
        """Whether this person's consent is still needed beside those of the others."""
        people = set(acting)
        return any(person_id in group.members and group.lacks(people) for group in self.groups)


def read(facts: Mapping[str, Any]) -> Custody:
    """The custody in the facts of a record, of either form. Raises Refused for what is none."""
    try:
        keepers = {int(number): _keeper(int(number), said) for number, said in facts.get("keepers", {}).items()}
        groups = tuple(
            Group(str(group["name"]), frozenset(map(int, group["members"])), int(group["needed"]))
            for group in facts.get("groups") or [_all_of(keepers, facts["threshold"])]
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("The custody record of this seal was not signed in a ceremony.") from error
    if any(group.needed < 1 for group in groups):
        raise Refused("The custody record of this seal was not signed in a ceremony.")
    return Custody(keepers, groups, str(facts.get("certificate_sha256", "")))


def of(seal: UnitSeal) -> Custody:
    """The custody of a seal as its record says; nobody has checked the signature. Raises Refused for what is none."""
    try:
        return read(json.loads(seal.custody_record))
    except json.JSONDecodeError as error:
        raise Refused("The custody record of this seal was not signed in a ceremony.") from error


def facts(
    session: Session,
    application: SealApplication,
    seal_class: SealClass,
    *,
    sequence: int,
    face_sha256: str,
    diameter_mm: int,
) -> dict[str, Any]:
    """What a ceremony signs of a seal: its keepers with the hardware keys they have now, and who must act together."""
    groups = groups_of(application, seal_class)
    people = [session.get_one(Person, number) for number in keeper_ids(application, seal_class)]
    return {
        "purpose": CUSTODY_PURPOSE,
        "form": FORM,
        "sequence": sequence,
        "unit": application.unit_code,
        "seal_class": seal_class.value,
        "keepers": {str(person.id): _said_of(person) for person in people},
        "groups": groups,
        "threshold": sum(group["needed"] for group in groups),
        "application": application.content_hash,
        "face_sha256": face_sha256,
        "diameter_mm": diameter_mm,
    }


def keeper_ids(application: SealApplication, seal_class: SealClass) -> list[int]:
    """Whom an application names for a seal."""
    return application.custodian_ids if seal_class == SealClass.SIGNATURE else application.holder_ids


def groups_of(application: SealApplication, seal_class: SealClass) -> list[dict[str, Any]]:
    """Who must act together, as the application chose it; the holders of a verification seal act alone."""
    chosen = application.details.get("groups") if seal_class == SealClass.SIGNATURE and application.details else None
    needed = application.threshold if seal_class == SealClass.SIGNATURE else 1
    return chosen or [{"name": KEEPERS, "members": keeper_ids(application, seal_class), "needed": needed}]


def apart(carriers: Sequence[Person], password_holders: Sequence[Person]) -> list[dict[str, Any]]:
    """The groups of a seal whose carrier and password are kept by different people (两人分管): one of each acts."""
    sides = ((CARRIER, carriers), (PASSWORD, password_holders))
    return [{"name": name, "members": sorted(person.id for person in side), "needed": 1} for name, side in sides]


def role_needed(application: SealApplication, seal_class: SealClass, person_id: int) -> Role:
    """The role in which an application names somebody as keeper."""
    for group in groups_of(application, seal_class):
        if person_id in group["members"] and group["name"] in GROUP_ROLES:
            return GROUP_ROLES[group["name"]]
    return CLASS_ROLES[seal_class]


def require_keys(people: Iterable[Person], rules: ExchangeRules) -> None:
    """Where the rules demand hardware keys, a keeper without one can't be put on record. Raises Refused naming them."""
    if not demands_keys(rules):
        return
    lacking = [person.name for person in people if not keys.live(person)]
    if lacking:
        raise Refused(
            "%(names)s must register a hardware key first: the custody record holds the keepers' keys.",
            names="、".join(lacking),
        )


def demands_keys(rules: ExchangeRules) -> bool:
    """Whether keepers act by hardware keys alone: a record that names none of theirs lets them do nothing then."""
    return rules.second_factor is SecondFactor.WEBAUTHN


def require_keys_on_record(kept: Custody, people: Iterable[Person], rules: ExchangeRules) -> None:
    """Where the rules demand hardware keys: each of these keepers has one, and the record names it.

    For a record that is signed anew as it stands. Raises Refused naming who has none.
    """
    people = list(people)
    require_keys(people, rules)
    if not demands_keys(rules):
        return
    lacking = [
        person.name
        for person in people
        if not any(kept.keepers[person.id].key(key.credential_id) for key in keys.live(person))
    ]
    if lacking:
        raise Refused(
            "The custody record names no hardware key that %(names)s could use. Change the seal's custody first.",
            names="、".join(lacking),
        )


def is_genuine(seal: UnitSeal, key_file: Path) -> bool | None:
    """Whether the key of the ceremonies signed the record of a seal; None where that key isn't at hand."""
    signed = custody_key.is_signed(seal.custody_record, seal.custody_signature, key_file)
    return signed and json.loads(seal.custody_record).get("purpose") == CUSTODY_PURPOSE


def _said_of(person: Person) -> dict[str, Any]:
    return {
        "account": person.account,
        "name": person.name,
        "keys": [
            {"id": _text(key.credential_id), "public_key": _text(key.public_key), "name": key.name}
            for key in sorted(keys.live(person), key=lambda key: key.id)
        ],
    }


def _keeper(person_id: int, said: Any) -> Keeper:
    if isinstance(said, str):
        return Keeper(person_id, said, "", ())
    on_record = tuple(KeyOnRecord(_bytes(key["id"]), _bytes(key["public_key"]), key["name"]) for key in said["keys"])
    return Keeper(person_id, said["account"], said["name"], on_record)


def _all_of(keepers: Mapping[int, Keeper], threshold: int) -> dict[str, Any]:
    return {"name": KEEPERS, "members": list(keepers), "needed": threshold}


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)
