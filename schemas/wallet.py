"""Addresses of crypto networks: their checksums, computed here. Pure.

Sources: Base58Check of Bitcoin; BIP 173 (Bech32), BIP 350 (Bech32m), BIP 141 (witness programs);
EIP-55 on Keccak-256; prefixes of Bitcoin, Litecoin and Tron main networks.

Stays true:
  * An address on a network that we cannot check is refused, not kept unchecked.
  * The case of an address is kept, except in Bech32, which has none: there it is lower.
"""

# ruff: noqa: PLR2004 (the figures are those of the address formats)

from __future__ import annotations

import hashlib
import re
from typing import Final

from schemas.faults import NotNormal

NETWORKS: Final = ("bitcoin", "ethereum", "litecoin", "tron")

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VERSIONS: dict[str, frozenset[int]] = {
    "bitcoin": frozenset({0x00, 0x05}),
    "litecoin": frozenset({0x30, 0x32}),
    "tron": frozenset({0x41}),
}
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_PREFIXES = {"bitcoin": "bc", "litecoin": "ltc"}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANT, _BECH32M_CONSTANT = 1, 0x2BC830A3
_ETHEREUM = re.compile(r"0x[0-9A-Fa-f]{40}")


def address(network: str, text: str) -> str:
    """Return the normal form of an address on `network`. Raises NotNormal."""
    text = text.strip()
    if network not in NETWORKS:
        raise NotNormal(
            "unknown-network",
            "Addresses of this network cannot be checked here.",
            "Networks: " + ", ".join(NETWORKS) + ".",
        )
    if network == "ethereum":
        return _ethereum(text)
    prefix = _BECH32_PREFIXES.get(network)
    if prefix is not None and text.lower().startswith(prefix + "1"):
        return _segwit(prefix, text)
    return _base58check(network, text)


def _bad(detail: str) -> NotNormal:
    return NotNormal("bad-wallet", detail, "Copy the address again from its source.")


def _base58check(network: str, text: str) -> str:
    if not 25 <= len(text) <= 36 or any(char not in _BASE58 for char in text):
        raise _bad("Not a Base58Check address.")
    number = 0
    for char in text:
        number = number * 58 + _BASE58.index(char)
    zeros = len(text) - len(text.lstrip("1"))
    body = b"\x00" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = body[:-4], body[-4:]
    if hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4] != checksum:
        raise _bad("The checksum of the address does not hold.")
    if len(payload) != 21 or payload[0] not in _BASE58_VERSIONS[network]:
        raise _bad("The address belongs to another network.")
    return text


def _segwit(prefix: str, text: str) -> str:
    if text != text.lower() and text != text.upper():
        raise _bad("A Bech32 address has either lower-case or upper-case letters, not both.")
    text = text.lower()
    data = [_BECH32.find(char) for char in text[len(prefix) + 1 :]]
    if not 8 <= len(text) <= 90 or len(data) < 7 or min(data) < 0:
        raise _bad("Not a Bech32 address.")
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    version = data[0]
    wanted = _BECH32_CONSTANT if version == 0 else _BECH32M_CONSTANT
    if _polymod(expanded + data) != wanted:
        raise _bad("The checksum of the address does not hold.")
    _check_program(version, data[1:-6])
    return text


def _check_program(version: int, groups: list[int]) -> None:
    """Refuse a witness program of the wrong length or with padding that is not zero."""
    bits, left = divmod(len(groups) * 5, 8)
    number = 0
    for group in groups:
        number = number << 5 | group
    lengths = (20, 32) if version == 0 else range(2, 41)
    if version > 16 or bits not in lengths or left > 4 or number & ((1 << left) - 1):
        raise _bad("The address holds no witness program.")


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            if top >> place & 1:
                check ^= generator
    return check


def _ethereum(text: str) -> str:
    if not _ETHEREUM.fullmatch(text):
        raise _bad("An Ethereum address is 0x and 40 hexadecimal digits.")
    digits = text[2:]
    if digits in (digits.lower(), digits.upper()):
        return text  # EIP-55: one case alone carries no checksum
    marks = keccak256(digits.lower().encode()).hex()
    for digit, mark in zip(digits, marks, strict=False):
        if digit.isalpha() and digit.isupper() != (int(mark, 16) >= 8):
            raise _bad("The checksum of the address does not hold (EIP-55).")
    return text


_ROTATIONS = (
    (0, 36, 3, 41, 18),
    (1, 44, 10, 45, 2),
    (62, 6, 43, 15, 61),
    (28, 55, 25, 21, 56),
    (27, 20, 39, 8, 14),
)
_RATE_BYTES = 136


def keccak256(message: bytes) -> bytes:
    """Return Keccak-256 as Ethereum uses it: padding 0x01, not the 0x06 of SHA-3."""
    padded = bytearray(message + b"\x01")
    padded.extend(b"\x00" * (-len(padded) % _RATE_BYTES))
    padded[-1] |= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for start in range(0, len(padded), _RATE_BYTES):
        for lane in range(_RATE_BYTES // 8):
            at = start + 8 * lane
            lanes[lane % 5][lane // 5] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _keccak_f(lanes)
    return b"".join(lanes[x][0].to_bytes(8, "little") for x in range(4))


def _rotate(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & 0xFFFFFFFFFFFFFFFF


def _keccak_f(a: list[list[int]]) -> list[list[int]]:
    register = 1
    five = range(5)
    for _ in range(24):
        columns = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in five]
        mixed = [columns[x - 1] ^ _rotate(columns[(x + 1) % 5], 1) for x in five]
        b = [[0] * 5 for _ in five]
        for x in five:
            for y in five:
                b[y][(2 * x + 3 * y) % 5] = _rotate(a[x][y] ^ mixed[x], _ROTATIONS[x][y])
        a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in five] for x in five]
        for bit in range(7):
            if register & 1:
                a[0][0] ^= 1 << ((1 << bit) - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
    return a
