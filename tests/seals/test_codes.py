"""A copy's code proves itself against the unit's certificate, and nothing else does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.seals import codes
from portal.seals.certificates import serial_hex
from portal.seals.codes import CopyFacts, CopyKind, NotACode, NotProven
from tests.seals.pki import Authority, Pair

AUTHORITY = Authority()
SEAL = AUTHORITY.issue("南澄市教育局验证印章", "南澄市教育局")
FACTS = CopyFacts(
    unit_name="南澄市教育局",
    unit_code="NC-JYJ",
    document_number="南政办发〔2026〕12号",
    title=codes.shortened("南澄市人民政府办公室关于做好汛期学校安全工作和防汛值班值守的通知"),
    copy_id="7K3M-2QXA",
    serial=serial_hex(SEAL.asn1),
    copy=3,
    copies=10,
    kind=CopyKind.PRINT,
    day=dt.date(2026, 11, 22),
    digest=bytes(range(16)),
)


def signed(facts: CopyFacts, seal: Pair = SEAL) -> str:
    """Return the code of `facts`, signed as the device does: r and s."""
    der = seal.key.sign(codes.to_sign(facts), ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    r, s = utils.decode_dss_signature(der)
    return codes.encode(facts, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


CODE = signed(FACTS)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.req("X-5")
def test_a_code_proves_itself_and_fits_the_dense_mode_of_qr_codes() -> None:
    assert codes.verify_code(CODE, SEAL.asn1) == FACTS
    assert FACTS.number == "3/10"
    assert FACTS.title.endswith("…") and len(FACTS.title) == codes.TITLE_CHARACTERS
    assert set(CODE) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    # Version 20 at level M holds 970 alphanumeric characters.
    assert len(CODE) < 500
    address = codes.address("https://gongwen.nancheng.example/", CODE)
    assert address == f"https://gongwen.nancheng.example/v/{CODE}"
    assert codes.from_address(address) == codes.from_address(f" {CODE}\n") == CODE


@pytest.mark.req("X-5")
@settings(max_examples=50, deadline=None)
@given(
    unit_name=TEXT,
    title=TEXT,
    document_number=TEXT,
    copy=st.integers(0, 65535),
    copies=st.integers(0, 65535),
    kind=st.sampled_from(CopyKind),
    day=st.dates(),
    digest=st.binary(min_size=16, max_size=16),
)
def test_any_facts_come_back_as_they_were(**facts: object) -> None:
    given_facts = replace(FACTS, **facts)  # type: ignore[arg-type]  # drawn above for each field's type
    assert codes.verify_code(signed(given_facts), SEAL.asn1) == given_facts


@pytest.mark.req("X-5")
@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(CODE) - 1), character=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abc=0 签"))
def test_a_changed_code_never_verifies(place: int, character: str) -> None:
    changed = CODE[:place] + character + CODE[place + 1 :]
    if changed != CODE:
        with pytest.raises((NotACode, NotProven)):
            codes.verify_code(changed, SEAL.asn1)


@pytest.mark.req("X-5")
@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.text(max_size=300), st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=300)))
def test_other_text_is_no_code(text: str) -> None:
    with pytest.raises((NotACode, NotProven)):
        codes.verify_code(text, SEAL.asn1)


@pytest.mark.parametrize("text", [CODE[:-1], CODE + "A", CODE.lower(), CODE + "=", "A" * 100_000, ""])
def test_another_spelling_is_no_code(text: str) -> None:
    with pytest.raises(NotACode, match="isn't the code"):
        codes.decode(text)


@pytest.mark.req("X-5")
def test_the_code_of_another_seal_is_not_proven() -> None:
    with pytest.raises(NotProven, match="another"):
        codes.verify_code(CODE, AUTHORITY.seal.asn1)
    forged = signed(FACTS, AUTHORITY.seal)
    with pytest.raises(NotProven, match="forged"):
        codes.verify_code(forged, SEAL.asn1)


@pytest.mark.req("X-5")
def test_a_signature_over_the_bare_facts_proves_nothing() -> None:
    """A signature that the seal's key made for another purpose can't be carried over into a code."""
    other = replace(FACTS, copy=4)
    _, signature = codes.decode(CODE)
    with pytest.raises(NotProven):
        codes.verify_code(codes.encode(other, signature), SEAL.asn1)


def test_facts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        codes.encode(replace(FACTS, digest=b"short"), bytes(64))
    with pytest.raises(ValueError, match="r and s"):
        codes.encode(FACTS, bytes(63))
