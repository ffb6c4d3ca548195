"""Envelopes are opened by the child, each for its ceremony, seat and application alone."""

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hsm.errors import EnvelopeStrange, RequestInvalid
from hsm.sealed_shares import SealedShares
from hsm.shares import Holder
from portal.seals import envelope

SEATS = {Holder.A: "secrecy-office", Holder.B: "information-centre"}
KEY = rsa.generate_private_key(65537, 3072)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ROOM = envelope.Room(PUBLIC, 7, "0f" * 32)


def sealed(room: envelope.Room = ROOM, seat_b: str = SEATS[Holder.B]) -> SealedShares:
    blocks = {Holder.A: envelope.close(ROOM, SEATS[Holder.A], "AAAA"), Holder.B: envelope.close(room, seat_b, "BBBB")}
    return SealedShares(PRIVATE, "0f" * 32, 7, SEATS, blocks)


@pytest.mark.req("S-5")
def test_both_shares_are_read() -> None:
    given = SealedShares.from_json(sealed().to_json())
    assert given.typed() == ("AAAA", "BBBB")
    assert PRIVATE not in repr(given)


@pytest.mark.req("S-5")
@pytest.mark.parametrize(
    "other",
    [
        sealed(dataclasses.replace(ROOM, ceremony_id=8)),
        sealed(dataclasses.replace(ROOM, application_hash="1e" * 32)),
        sealed(seat_b=SEATS[Holder.A]),
        dataclasses.replace(sealed(), blocks={**sealed().blocks, Holder.B: "garbage!"}),
    ],
    ids=["ceremony", "application", "seat", "garbage"],
)
def test_an_envelope_for_something_else_is_named(other: SealedShares) -> None:
    with pytest.raises(EnvelopeStrange) as caught:
        other.typed()
    assert caught.value.which == Holder.B


def test_an_incomplete_request_is_refused() -> None:
    with pytest.raises(RequestInvalid):
        SealedShares.from_json({**sealed().to_json(), "blocks": {}})
