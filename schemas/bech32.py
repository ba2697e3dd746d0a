"""Bech32, Bech32m and CashAddr: texts of 32 letters with a check over prefix and data. Pure.

Sources: BIP 173 (Bech32), BIP 350 (Bech32m), the CashAddr specification of Bitcoin Cash.

Stays true:
  * Letters are of one case, and read as lower case.
  * Bits that fill up the last byte are zero: two texts never give the same bytes.
"""

# ruff: noqa: PLR2004 (the figures are those of the encodings)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CASH_GENERATOR: Final = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
BECH32: Final = 1
BECH32M: Final = 0x2BC830A3


@dataclass(frozen=True, slots=True)
class Parts:
    """A text whose check holds: its prefix, its data in groups of five bits, which check."""

    prefix: str
    groups: tuple[int, ...]
    constant: int


def decode(text: str) -> Parts | None:
    """Return the parts of a Bech32 or Bech32m text of any length, None if its check fails."""
    if text not in (text.lower(), text.upper()):
        return None
    prefix, one, data = text.lower().rpartition("1")
    groups = [_LETTERS.find(char) for char in data]
    if not one or not prefix.isascii() or len(groups) < 6 or min(groups) < 0:
        return None
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    constant = _polymod(spread + groups)
    if constant not in (BECH32, BECH32M):
        return None
    return Parts(prefix, tuple(groups[:-6]), constant)


def to_bytes(groups: Sequence[int]) -> bytes | None:
    """Return groups of five bits as bytes; None if what fills up the last one is not zero."""
    size, left = divmod(len(groups) * 5, 8)
    number = 0
    for group in groups:
        number = number << 5 | group
    if left > 4 or number & ((1 << left) - 1):
        return None
    return (number >> left).to_bytes(size, "big")


def cash_decode(prefix: str, text: str) -> bytes | None:
    """Return version byte and hash of a CashAddr text without its prefix, None if it is wrong."""
    groups = [_LETTERS.find(char) for char in text]
    if len(groups) < 8 or min(groups) < 0:
        return None
    if _cash_polymod([ord(c) & 31 for c in prefix] + [0] + groups):
        return None
    return to_bytes(groups[:-8])


def cash_encode(prefix: str, raw: bytes) -> str:
    """Return the CashAddr text of version byte and hash, with its prefix."""
    fill = -len(raw) * 8 % 5
    number = int.from_bytes(raw, "big") << fill
    count = (len(raw) * 8 + fill) // 5
    groups = [number >> 5 * place & 31 for place in reversed(range(count))]
    check = _cash_polymod([ord(c) & 31 for c in prefix] + [0] + groups + [0] * 8)
    groups += [check >> 5 * place & 31 for place in reversed(range(8))]
    return prefix + ":" + "".join(_LETTERS[group] for group in groups)


def _polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            if top >> place & 1:
                check ^= generator
    return check


def _cash_polymod(values: Sequence[int]) -> int:
    check = 1
    for value in values:
        top = check >> 35
        check = (check & 0x07FFFFFFFF) << 5 ^ value
        for place, generator in enumerate(_CASH_GENERATOR):
            if top >> place & 1:
                check ^= generator
    return check ^ 1
