"""What a ceremony may be asked to do, and what it answers: plain data that travels as JSON.

Each action carries `approval`, the content hash of the approved application it serves (S-3, S-5); it is
written into the transcript.
"""

import base64
import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from hsm.authority import Revocation
from hsm.custody import verify_custody
from hsm.errors import RequestInvalid
from hsm.keys import SEAL_PREFIX

LONGEST_LABEL = 64


@dataclass(frozen=True)
class SealOrder:
    """One seal to be made.

    key_label: "seal-…", new; valid_years: of the certificate; custody: the facts of the custody record, to
    which the certificate's digest is added (S-6); serial: the certificate's number, random when None.
    """

    key_label: str
    common_name: str
    organisation: str
    organisation_code: str
    valid_years: int
    custody: Mapping[str, Any]
    serial: int | None = None

    def __post_init__(self) -> None:
        _require_label(self.key_label)
        for field in ("common_name", "organisation", "organisation_code"):
            _require_text(getattr(self, field), field)
        _require_whole(self.valid_years, "valid_years")
        _require(isinstance(self.custody, Mapping), "custody")
        if self.serial is not None:
            _require_whole(self.serial, "serial")


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
    """A new custody record for an existing seal, named by its certificate."""

    certificate_pem: str
    custody: Mapping[str, Any]

    def __post_init__(self) -> None:
        _require_text(self.certificate_pem, "certificate_pem")
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
    """Sign a revocation list, then destroy the keys (S-9). revoked: every revoked seal so far and now."""

    name: ClassVar[str] = "destroy-keys"
    approval: str
    labels: tuple[str, ...]
    crl_number: int
    revoked: tuple[RevokedSeal, ...]

    def __post_init__(self) -> None:
        _require_text(self.approval, "approval")
        _require(bool(self.labels), "labels")
        for label in self.labels:
            _require_label(label)
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


Action = MakeSeals | DestroyKeys | SignCrl | SignCustody
ACTIONS: dict[str, type[Action]] = {kind.name: kind for kind in (MakeSeals, DestroyKeys, SignCrl, SignCustody)}
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


@dataclass(frozen=True)
class MadeRecord:
    """A signed custody record and the certificate it binds; key_label is "" where only custody changed."""

    key_label: str
    certificate_pem: str
    certificate_sha256: str
    custody_record: bytes
    custody_signature: bytes


@dataclass(frozen=True)
class Transcript:
    """The account of a ceremony. body: canonical JSON; signature: of the custody key over body, DER (S-5)."""

    body: bytes
    signature: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """Everything in the account: action, approval, times, tokens, steps and results."""
        facts: dict[str, Any] = json.loads(self.body)
        return facts

    @property
    def records(self) -> tuple[MadeRecord, ...]:
        """The seals made, or the custody records signed, in the order asked for."""
        return tuple(
            MadeRecord(
                record["key_label"],
                record["certificate_pem"],
                record["certificate_sha256"],
                record["custody_record"].encode(),
                base64.b64decode(record["custody_signature"]),
            )
            for record in self.facts["records"]
        )

    def verify(self, public_key: ec.EllipticCurvePublicKey | str) -> None:
        """Raises RecordForged unless the custody key signed this account."""
        verify_custody(self.body, self.signature, public_key)

    def to_json(self) -> dict[str, str]:
        return {"body": self.body.decode(), "signature": base64.b64encode(self.signature).decode()}

    @classmethod
    def from_json(cls, content: Mapping[str, str]) -> "Transcript":
        return cls(content["body"].encode(), base64.b64decode(content["signature"]))


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
