"""What a ceremony may be asked to do: plain data that travels as JSON. Its answer is a `Transcript`.

Each action carries `approval`, the content hash of the approved application it serves (S-3, S-5); it is
written into the transcript.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from cryptography import x509

from hsm.authority import Revocation
from hsm.errors import RequestInvalid
from hsm.keys import SEAL_PREFIX

LONGEST_LABEL = 64
DIGEST_LENGTH = 64


@dataclass(frozen=True)
class SealOrder:
    """One seal to be made.

    key_label: "seal-…", new; valid_years: of the certificate; custody: the facts of the custody record, to
    which the certificate's digest is added (S-6).
    """

    key_label: str
    common_name: str
    organisation: str
    organisation_code: str
    valid_years: int
    custody: Mapping[str, Any]

    def __post_init__(self) -> None:
        _require_label(self.key_label)
        for field in ("common_name", "organisation", "organisation_code"):
            _require_text(getattr(self, field), field)
        _require_whole(self.valid_years, "valid_years")
        _require(isinstance(self.custody, Mapping), "custody")


@dataclass(frozen=True)
class RevokedSeal:
    """An entry of the revocation list. at: ISO 8601 with a time zone; reason: as in RFC 5280, "" for none."""

    serial: int
    at: str
    reason: str = ""

    def __post_init__(self) -> None:
        _require_whole(self.serial, "serial")
        self.revocation()

    def revocation(self) -> Revocation:
        """The entry in the authority's terms. Raises RequestInvalid."""
        try:
            moment = dt.datetime.fromisoformat(self.at)
            reason = x509.ReasonFlags(self.reason) if self.reason else None
        except (TypeError, ValueError) as error:
            raise RequestInvalid("A revocation needs a time and a reason of RFC 5280.", "revoked") from error
        _require(moment.tzinfo is not None, "at")
        return Revocation(self.serial, moment.astimezone(dt.UTC), reason)


@dataclass(frozen=True)
class CustodyOrder:
    """A new custody record for an existing seal, named by its certificate.

    key_label: the seal's key, needed where another authority issued the certificate (S-7): it must be of this very key.
    """

    certificate_pem: str
    custody: Mapping[str, Any]
    key_label: str = ""

    def __post_init__(self) -> None:
        _require_text(self.certificate_pem, "certificate_pem")
        if self.key_label:
            _require_label(self.key_label)
        _require(isinstance(self.custody, Mapping), "custody")


@dataclass(frozen=True)
class MakeSeals:
    """Make keys, certificates and custody records.

    known_labels: the key labels of every seal in the register; other seal keys are left over from broken
    ceremonies and are destroyed first.
    """

    name: ClassVar[str] = "make-seals"
    approval: str
    seals: tuple[SealOrder, ...]
    known_labels: tuple[str, ...]

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")
        _require(bool(self.seals), "seals")
        for label in self.known_labels:
            _require_text(label, "known_labels")
        labels = [seal.key_label for seal in self.seals]
        _require(len(set(labels)) == len(labels) and not set(labels) & set(self.known_labels), "key_label")


@dataclass(frozen=True)
class DestroyKeys:
    """Sign a revocation list, then destroy the keys (S-9). revoked: every revoked seal so far and now.

    keys: for each label the SHA-256 (hex) of the public key that its seal's certificate holds. A label alone is only
    what a register says; before anything else the device's own keys are compared.
    """

    name: ClassVar[str] = "destroy-keys"
    approval: str
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    crl_number: int
    revoked: tuple[RevokedSeal, ...]

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")
        _require(bool(self.labels), "labels")
        for label in self.labels:
            _require_label(label)
        _require(len(set(self.labels)) == len(self.labels) == len(self.keys), "keys")
        for digest in self.keys:
            _require(isinstance(digest, str) and len(digest) == DIGEST_LENGTH, "keys")
        _require_whole(self.crl_number, "crl_number")


@dataclass(frozen=True)
class SignCrl:
    """Sign a fresh revocation list."""

    name: ClassVar[str] = "sign-crl"
    approval: str
    crl_number: int
    revoked: tuple[RevokedSeal, ...]

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")
        _require_whole(self.crl_number, "crl_number")


@dataclass(frozen=True)
class SignCustody:
    """Sign new custody records (change of custodians)."""

    name: ClassVar[str] = "sign-custody"
    approval: str
    records: tuple[CustodyOrder, ...]

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")
        _require(bool(self.records), "records")


@dataclass(frozen=True)
class ReplaceSeals:
    """Make new seals, sign a revocation list, then destroy the keys of the old ones, in one opening of the device.

    labels: keys of the seals that end. The other fields are those of MakeSeals and DestroyKeys.
    """

    name: ClassVar[str] = "replace-seals"
    approval: str
    seals: tuple[SealOrder, ...]
    known_labels: tuple[str, ...]
    labels: tuple[str, ...]
    keys: tuple[str, ...]
    crl_number: int
    revoked: tuple[RevokedSeal, ...]

    def __post_init__(self) -> None:
        self.making()
        self.destroying()
        _require(set(self.labels) <= set(self.known_labels), "labels")

    def making(self) -> MakeSeals:
        """The first half. Raises RequestInvalid."""
        return MakeSeals(self.approval, self.seals, self.known_labels)

    def destroying(self) -> DestroyKeys:
        """The second half. Raises RequestInvalid."""
        return DestroyKeys(self.approval, self.labels, self.keys, self.crl_number, self.revoked)


@dataclass(frozen=True)
class ClearOrphans:
    """Destroy the seal keys that are in no register, and nothing else. known_labels: as in MakeSeals."""

    name: ClassVar[str] = "clear-orphans"
    approval: str
    known_labels: tuple[str, ...]

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")
        for label in self.known_labels:
            _require_text(label, "known_labels")


@dataclass(frozen=True)
class RenewCa:
    """A new certificate for the Seal CA over the same key. years: from now."""

    name: ClassVar[str] = "renew-ca"
    approval: str
    years: int

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")
        _require_whole(self.years, "years")


@dataclass(frozen=True)
class RotateShares:
    """Give the tokens new PINs, whose shares travel beside the action (`hsm.rotation.Sheets`), never in it."""

    name: ClassVar[str] = "rotate-shares"
    approval: str

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")


Action = MakeSeals | ReplaceSeals | DestroyKeys | SignCrl | SignCustody | ClearOrphans | RenewCa | RotateShares
KINDS: tuple[type[Action], ...] = (
    MakeSeals,
    ReplaceSeals,
    DestroyKeys,
    SignCrl,
    SignCustody,
    ClearOrphans,
    RenewCa,
    RotateShares,
)
ACTIONS: dict[str, type[Action]] = {kind.name: kind for kind in KINDS}
PARTS: dict[str, type] = {"seals": SealOrder, "revoked": RevokedSeal, "records": CustodyOrder}


def action_to_json(action: Action) -> dict[str, Any]:
    """An action as plain data."""
    return {"action": action.name, **dataclasses.asdict(action)}


def action_from_json(content: Any) -> Action:
    """The action in plain data. Raises RequestInvalid for anything unknown, missing or malformed."""
    _require(isinstance(content, dict), "action")
    kind = ACTIONS.get(str(content.get("action")))
    if kind is None:
        raise RequestInvalid("The ceremony knows no such action.", "action")
    fields = {key: _part(key, value) for key, value in content.items() if key != "action"}
    action: Action = _build(kind, fields)
    return action


def _part(key: str, value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if key in PARTS:
        return tuple(_build(PARTS[key], member) for member in value)
    return tuple(value)


def _build(kind: type, fields: Any) -> Any:
    _require(isinstance(fields, dict), kind.__name__)
    try:
        return kind(**fields)
    except TypeError as error:
        raise RequestInvalid(f"The fields of {kind.__name__} are not the expected ones.", kind.__name__) from error


def _require(good: bool, field: str) -> None:
    if not good:
        raise RequestInvalid(f"The field {field} is not valid.", field)


def _require_text(value: Any, field: str) -> None:
    _require(isinstance(value, str) and bool(value.strip()), field)


def _require_whole(value: Any, field: str) -> None:
    _require(isinstance(value, int) and not isinstance(value, bool) and value > 0, field)


def _require_label(label: Any) -> None:
    # Only seal keys: a ceremony never touches the server's own keys.
    good = isinstance(label, str) and label.startswith(SEAL_PREFIX) and len(SEAL_PREFIX) < len(label) <= LONGEST_LABEL
    _require(good, "key_label")
