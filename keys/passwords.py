"""Passwords of people: kept as Argon2id, never as they are.

The form is the PHC string that other implementations read too (``$argon2id$v=19$…``), so that the
cost can be raised: what was hashed at an older cost still verifies, and is then hashed anew.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from keys.guarded import USUAL, Cost

_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


def hashed(password: str, cost: Cost = USUAL) -> str:
    """Return what to keep of a password."""
    return Argon2id(
        salt=secrets.token_bytes(_SALT_BYTES),
        length=_HASH_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    ).derive_phc_encoded(_bytes(password))


def is_right(password: str, kept: str) -> bool:
    """Return whether this is the password of which `kept` was made."""
    try:
        Argon2id.verify_phc_encoded(_bytes(password), kept)
    except (InvalidKey, ValueError):
        return False
    return True


def _bytes(password: str) -> bytes:
    # Keyboards differ in how they compose an accent: NFKC, as RFC 8265 has it for passwords.
    return unicodedata.normalize("NFKC", password).encode()
