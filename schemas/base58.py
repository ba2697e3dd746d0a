"""Base58, in which many networks write addresses: the number, and the check over it. Pure.

Sources: Base58Check of Bitcoin; the alphabet of the XRP Ledger; the blocks of CryptoNote.

Stays true:
  * Decoding and encoding are inverses: two texts never give the same bytes.
"""

# ruff: noqa: PLR2004 (the figures are those of the encodings)

from __future__ import annotations

import hashlib
from typing import Final

BITCOIN: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"

# How many characters write a block of so many bytes, in CryptoNote.
_BLOCK_CHARS: Final = (0, 2, 3, 5, 6, 7, 9, 10, 11)


def decode(text: str, alphabet: str = BITCOIN) -> bytes | None:
    """Return the bytes that `text` writes, None if a character is not of the alphabet."""
    number = 0
    for char in text:
        digit = alphabet.find(char)
        if digit < 0:
            return None
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    return b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode(raw: bytes, alphabet: str = BITCOIN) -> str:
    """Return the text that writes `raw`."""
    number, digits = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = alphabet[digit] + digits
    return alphabet[0] * (len(raw) - len(raw.lstrip(b"\x00"))) + digits


def checked(text: str, alphabet: str = BITCOIN) -> bytes | None:
    """Return what a Base58Check text carries, without its four check bytes; None if they fail."""
    raw = decode(text, alphabet)
    if raw is None or len(raw) < 5 or _check(raw[:-4]) != raw[-4:]:
        return None
    return raw[:-4]


def with_check(payload: bytes, alphabet: str = BITCOIN) -> str:
    """Return the Base58Check text of `payload`."""
    return encode(payload + _check(payload), alphabet)


def decode_blocks(text: str) -> bytes | None:
    """Return the bytes of a CryptoNote text: blocks of 11 characters for 8 bytes, one shorter."""
    found = b""
    for start in range(0, len(text), 11):
        block = text[start : start + 11]
        if len(block) not in _BLOCK_CHARS:
            return None
        size, number = _BLOCK_CHARS.index(len(block)), 0
        for char in block:
            digit = BITCOIN.find(char)
            if digit < 0:
                return None
            number = number * 58 + digit
        if number >> (8 * size):
            return None
        found += number.to_bytes(size, "big")
    return found


def _check(payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
