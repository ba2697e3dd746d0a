"""Keccak-256 as Ethereum and Monero use it: padding 0x01, not the 0x06 of SHA-3. Pure.

Source: the Keccak reference of its authors, version 3.
"""

from __future__ import annotations

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
