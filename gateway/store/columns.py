"""How a Python value lies in one column, the same on both engines.

Owns the conversions between the members of `flow.rows` and what a driver takes. Leaves which
column exists to `tables`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Dialect, LargeBinary, Text, TypeDecorator

from gateway.flow.rows import Sealed

# Bytewise order everywhere, as SQLite has it: ids sort by time, and comparing is cheap.
WORD: Final = Text().with_variant(Text(collation="C"), "postgresql")

_DIGEST_BYTES: Final = 32


class SealedColumn(TypeDecorator[Sealed]):
    """Ciphertext of the vault: a column that takes nothing else."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> bytes | None:
        """Return the bytes to store."""
        del dialect
        return None if value is None else value.content

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:
        """Return the stored bytes as ciphertext."""
        del dialect
        return None if value is None else Sealed(bytes(value))


class JsonColumn(TypeDecorator[Mapping[str, Any] | Sequence[Any]]):
    """JSON as ASCII text. Arrays come back as tuples, two levels deep."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Mapping[str, Any] | Sequence[Any] | None, dialect: Dialect
    ) -> str | None:
        """Return the text to store."""
        del dialect
        if value is None:
            return None
        return json.dumps(_plain(value), separators=(",", ":"), allow_nan=False, default=_plain)

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> Mapping[str, Any] | Sequence[Any] | None:
        """Return what the stored text says."""
        del dialect
        if value is None:
            return None
        whole: dict[str, Any] | list[Any] = json.loads(value)
        if isinstance(whole, dict):
            return whole
        return tuple(tuple(each) if isinstance(each, list) else each for each in whole)


class DigestsColumn(TypeDecorator[Sequence[bytes]]):
    """A list of 32-byte digests, one after another."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sequence[bytes] | None, dialect: Dialect) -> bytes | None:
        """Return the bytes to store."""
        del dialect
        return None if value is None else b"".join(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sequence[bytes] | None:
        """Return the stored digests."""
        del dialect
        if value is None:
            return None
        starts = range(0, len(value), _DIGEST_BYTES)
        return tuple(bytes(value[start : start + _DIGEST_BYTES]) for start in starts)


def _plain(value: object) -> dict[str, Any] | list[Any]:
    """Return a frozen row's mapping, sequence or set as one that JSON knows."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
