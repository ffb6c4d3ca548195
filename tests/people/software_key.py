"""A hardware key in software, for tests: packs what CTAP2 keys pack, signs with P-256."""

from __future__ import annotations

import base64
import json
import secrets
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, WITH_CREDENTIAL = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    """As WebAuthn writes bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SoftwareKey:
    """One key; `count` is its counter."""

    def __init__(self, origin: str = ORIGIN, rp_id: str = "localhost") -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.count = 0
        self.origin, self.rp_id = origin, rp_id
        self.asks_for_pin = True

    def create(self, options: dict[str, Any]) -> str:
        """The answer to a registration."""
        numbers = self.private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(WITH_CREDENTIAL) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options)
        return self._packed(
            {"attestationObject": b64(attestation), "clientDataJSON": b64(client), "transports": ["usb"]}
        )

    def get(self, options: dict[str, Any]) -> str:
        """The answer to an authentication."""
        self.count += 1
        data, client = self._data(), self._client("webauthn.get", options)
        signature = self.private.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._packed(
            {"authenticatorData": b64(data), "clientDataJSON": b64(client), "signature": b64(signature)}
        )

    def _data(self, more: int = 0) -> bytes:
        flags = PRESENT | (VERIFIED if self.asks_for_pin else 0) | more
        return sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        client = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(client).encode()

    def _packed(self, response: dict[str, Any]) -> str:
        return json.dumps({"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response})


def asked(client: FlaskClient, purpose: str) -> dict[str, Any]:
    """What the server asks a key for a purpose."""
    answer = client.post("/keys/challenge", data={"purpose": purpose})
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def register(client: FlaskClient, key: SoftwareKey, name: str = "蓝色密钥盘") -> TestResponse:
    """Register the key in the client's session."""
    return client.post("/keys/", data={"name": name, "credential": key.create(asked(client, "register"))})


def touch(client: FlaskClient, key: SoftwareKey) -> TestResponse:
    """Give the key at log-in."""
    return client.post("/login/code", data={"assertion": key.get(asked(client, "login"))})
