"""Passwords are kept as Argon2id; time codes are those of RFC 6238."""

from __future__ import annotations

import base64

import pytest

from keys import one_time
from keys.guarded import Cost
from keys.passwords import hashed, is_right

CHEAP = Cost(iterations=1, lanes=1, memory_kib=8)

# RFC 6238, appendix B, SHA-1: the last six of the eight digits there.
RFC_SECRET = base64.b32encode(b"12345678901234567890")
RFC_CODES = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]


@pytest.mark.parametrize(("now", "code"), RFC_CODES)
def test_the_codes_of_the_standard_are_right_at_their_time(now: int, code: str) -> None:
    assert one_time.code_of(RFC_SECRET, now) == code
    assert one_time.step_of(code, RFC_SECRET, now) == now // 30
    assert one_time.step_of(f" {code[:3]} {code[3:]}", RFC_SECRET, now) == now // 30


@pytest.mark.parametrize("late", [-30, 30])
def test_a_telephone_may_be_half_a_minute_off(late: int) -> None:
    now = 1_111_111_111
    assert one_time.step_of("050471", RFC_SECRET, now + late) == now // 30


@pytest.mark.parametrize("late", [-60, 60])
def test_a_telephone_may_be_no_minute_off(late: int) -> None:
    assert one_time.step_of("050471", RFC_SECRET, 1_111_111_111 + late) is None


@pytest.mark.parametrize("code", ["", "000000", "0504710", "05047", "٠٥٠٤٧١", "05047é"])
def test_anything_else_is_no_code(code: str) -> None:
    assert one_time.step_of(code, RFC_SECRET, 1_111_111_111) is None


def test_a_secret_is_made_of_its_seed_alone() -> None:
    assert one_time.secret_of(b"one") == one_time.secret_of(b"one")
    assert one_time.secret_of(b"one") != one_time.secret_of(b"two")
    assert len(base64.b32decode(one_time.secret_of(b"one"))) == 20


def test_the_picture_is_one_element_without_style_or_script() -> None:
    drawn = one_time.picture(one_time.address(RFC_SECRET, "officer-1", "gateway.example"))
    assert drawn.startswith("<svg")
    assert "style" not in drawn
    assert "class" not in drawn


def test_a_password_is_right_only_as_it_was_given() -> None:
    kept = hashed("apricot lantern nineteen", CHEAP)
    assert kept.startswith("$argon2id$")
    assert is_right("apricot lantern nineteen", kept)
    assert not is_right("apricot lantern nineteeN", kept)
    assert hashed("apricot lantern nineteen", CHEAP) != kept


def test_an_accent_may_be_composed_in_two_ways() -> None:
    assert is_right("cafe\u0301 au lait", hashed("caf\u00e9 au lait", CHEAP))


def test_what_is_no_hash_lets_nobody_in() -> None:
    assert not is_right("", "")
    assert not is_right("x", "not a hash")
