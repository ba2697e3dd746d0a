"""Which curve points may be public keys: the checks that loading a key does not make.

Both curves count modulo p = 2^255 - 19. An Ed25519 key is a y with the sign of x in the top bit
(RFC 8032, 5.1.3), an X25519 key a u (RFC 7748, 5). Public values only, so nothing here need be
constant in time.
"""

from __future__ import annotations

from typing import Final

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_1: Final = pow(2, (_P - 1) // 4, _P)
_A24: Final = 121665  # (486662 - 2) / 4, RFC 7748


def is_usable_ed25519(raw: bytes) -> bool:
    """Return whether `raw` is a point in its only encoding whose order is not 1, 2, 4 or 8."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= _P:
        return False
    x = _x_of(y)
    if x is None or (x == 0 and sign):
        return False
    for _ in range(3):
        x, y = _doubled(x, y)
    return (x, y) != (0, 1)


def is_usable_x25519(raw: bytes) -> bool:
    """Return whether `raw` is a u in its only encoding whose order does not divide 8.

    Three doublings on the Montgomery curve or its twist; u = 0 and points at infinity show as
    a zero denominator.
    """
    u = int.from_bytes(raw, "little")
    if u >= _P:
        return False
    x, z = u, 1
    for _ in range(3):
        plus, minus = pow(x + z, 2, _P), pow(x - z, 2, _P)
        cross = plus - minus
        x, z = plus * minus % _P, cross * (plus + _A24 * cross) % _P
    return z != 0


def _x_of(y: int) -> int | None:
    """Return a square root of (y^2 - 1) / (d y^2 + 1), or None: then y is on no point."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _SQRT_MINUS_1 % _P
    return x if (x * x - square) % _P == 0 else None


def _doubled(x: int, y: int) -> tuple[int, int]:
    product = _D * x * x * y * y % _P
    return (
        2 * x * y * pow(1 + product, -1, _P) % _P,
        (y * y + x * x) * pow(1 - product, -1, _P) % _P,
    )
