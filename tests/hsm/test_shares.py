"""Shares of a PIN: typed, checked, combined."""

import pytest

from hsm import shares
from hsm.errors import SharesSame, SharesSwapped, ShareTypo, ShareWrong
from hsm.shares import Holder, Purpose

PIN = Purpose.CEREMONY_PIN
A, B = bytes(range(32)), bytes(range(100, 132))


def verify(share_a: bytes, share_b: bytes) -> None:
    shares.check(share_a, share_b, PIN, shares.verifier(A, PIN, Holder.A), shares.verifier(B, PIN, Holder.B))


def test_two_shares_make_a_pin_of_43_characters() -> None:
    pin = shares.combine(A, B)
    assert len(pin) == 43
    assert pin == shares.combine(B, A) != shares.combine(A, bytes(32))


def test_new_shares_are_never_the_same() -> None:
    assert len({share for _ in range(4) for share in shares.split_new()}) == 8


def test_a_share_survives_being_typed() -> None:
    text = shares.format_share(A)
    assert [len(group) for group in text.split("-")] == [4] * 14
    for typed in (text, text.lower(), text.replace("-", " "), f"  {text.replace('-', '')}\n"):
        assert shares.parse_share(typed) == A


def test_digits_that_look_like_letters_are_understood() -> None:
    share = next(s for s, _ in iter(shares.split_new, None) if set("OIB") <= set(shares.format_share(s)))
    typed = shares.format_share(share).translate(str.maketrans("OIB", "018"))
    assert shares.parse_share(typed) == share


@pytest.mark.parametrize("position", [0, 20, 51, 52, 55])
def test_one_wrong_character_is_a_typo(position: int) -> None:
    text = shares.format_share(A).replace("-", "")
    wrong = "7" if text[position] != "7" else "6"
    with pytest.raises(ShareTypo) as caught:
        shares.parse_share(text[:position] + wrong + text[position + 1 :], "A")
    assert caught.value.which == "A"


@pytest.mark.parametrize("text", ["", "ABCD", "x" * 500, "保密" * 28, "9" * 56])
def test_what_is_no_share_is_a_typo(text: str) -> None:
    with pytest.raises(ShareTypo):
        shares.parse_share(text)


@pytest.mark.req("S-5")
def test_the_right_shares_pass_and_each_wrong_one_is_named() -> None:
    verify(A, B)
    for given, which in (((bytes(32), B), "A"), ((A, bytes(32)), "B"), ((bytes(32), b"x" * 32), "AB")):
        with pytest.raises(ShareWrong) as caught:
            verify(*given)
        assert (caught.value.code, caught.value.which) == ("share-wrong", which)


@pytest.mark.req("S-5")
def test_swapped_shares_are_told_as_such() -> None:
    with pytest.raises(SharesSwapped):
        verify(B, A)


@pytest.mark.req("S-5")
def test_the_same_share_twice_is_told_as_such() -> None:
    for share, which in ((A, "B"), (B, "A")):
        with pytest.raises(SharesSame) as caught:
            verify(share, share)
        assert caught.value.which == which


def test_a_verifier_holds_for_one_purpose_and_one_holder() -> None:
    made = {shares.verifier(A, purpose, holder) for purpose in Purpose for holder in Holder}
    assert len(made) == len(Purpose) * len(Holder)


def test_a_wiped_secret_is_zeroes() -> None:
    secret = bytearray(A)
    shares.wipe(secret)
    assert secret == bytes(32)
