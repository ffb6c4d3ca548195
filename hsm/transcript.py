"""The account of a ceremony as the custody key signed it, and the records in it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from hsm.custody import verify_custody


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
