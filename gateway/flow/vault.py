"""Plaintext ↔ `Sealed`, and blind tags: what keeps the database free of readable content.

Owns how one part of a record is sealed for storage: a fresh data key per record version (or
original), AES-256-GCM, and what the ciphertext is bound to. Leaves wrapping, unwrapping and
tagging to the key agent, one call for a whole list, and rows to the store.

Stays true:
  * A data key seals at most a few parts, each under an IV of its own from fresh random bytes.
  * Ciphertext moved to another table, row or version does not open.
  * Without its data key's row a part cannot be opened by anybody: that is what erasing means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.errors import GatewayError
from gateway.flow.ports import Entropy
from gateway.flow.rows import DataKey, RecordRow, Sealed
from keys import suite
from keys.agent import KeyAgent
from keys.errors import KeysError

TEXT: Final = "records.text"
TRAIL: Final = "records.trail"
ORIGINAL: Final = "originals"
NOTICE: Final = "notices"
ACCOUNT: Final = "accounts"

_KEY_BYTES: Final = 32
_IV_BYTES: Final = 12


class ContentDamaged(GatewayError):
    """Stored content does not open: it, its key or its place was changed."""

    code = "content-damaged"
    advice = "Restore the database and the data keys from one backup; see the runbook."


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """One plaintext to seal. Parts with one `data_key` id share that key."""

    data_key: str
    table: str  # TEXT, TRAIL, ORIGINAL, NOTICE or ACCOUNT
    id: str
    version: int
    plaintext: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One ciphertext to open, and where it lies."""

    sealed: Sealed
    data_key: DataKey
    table: str
    id: str
    version: int


class Vault:
    """Seals and opens what is stored, in lists."""

    def __init__(self, agent: KeyAgent, entropy: Entropy) -> None:
        self._agent = agent
        self._entropy = entropy

    def close(self, origin: str, parts: Sequence[Closing]) -> tuple[list[Sealed], list[DataKey]]:
        """Seal `parts`, in their order, and return the new data keys wrapped for `origin`.

        The ids of data keys must be new: a key is made for each, never looked up.
        """
        ids = list(dict.fromkeys(part.data_key for part in parts))
        fresh = {id_: self._entropy.bytes(_KEY_BYTES) for id_ in ids}
        wrapped = self._agent.wrap(origin, list(fresh.values())) if ids else []
        sealed = [self._close(part, fresh[part.data_key]) for part in parts]
        rows = [
            DataKey(id=id_, kek=origin, wrapped=key)
            for id_, key in zip(fresh, wrapped, strict=True)
        ]
        return sealed, rows

    def open(self, parts: Sequence[Opening]) -> list[bytes]:
        """Open `parts`, in their order. Raises ContentDamaged if one of them does not open."""
        keys = self._unwrap([part.data_key for part in parts])
        return [_open(part, keys[part.data_key.id]) for part in parts]

    def tags(self, purpose: str, values: Sequence[str | bytes]) -> list[str]:
        """Return keyed tags: equal for equal values of one purpose, and telling nothing else."""
        if not values:
            return []
        raw = [_bytes_of(value) for value in values]
        return self._agent.tag(purpose, raw)

    def _close(self, part: Closing, key: bytes) -> Sealed:
        iv = self._entropy.bytes(_IV_BYTES)
        place = _place(part.table, part.id, part.version)
        return Sealed(iv + suite.close_content(key, iv, place, part.plaintext))

    def _unwrap(self, data_keys: Sequence[DataKey]) -> dict[str, bytes]:
        """Return plain keys by id, asking the agent once per origin."""
        by_origin: dict[str, dict[str, bytes]] = {}
        for row in data_keys:
            by_origin.setdefault(row.kek, {})[row.id] = row.wrapped
        plain: dict[str, bytes] = {}
        for origin, wrapped in by_origin.items():
            try:
                keys = self._agent.unwrap(origin, list(wrapped.values()))
            except KeysError as error:
                raise ContentDamaged("a data key does not unwrap") from error
            plain |= dict(zip(wrapped, keys, strict=True))
        return plain


def data_key_of(row: RecordRow) -> DataKey | None:
    """Return the data key that was joined to `row`; None: it was erased."""
    if row.data_key is None or row.kek is None or row.wrapped is None:
        return None
    return DataKey(id=row.data_key, kek=row.kek, wrapped=row.wrapped)


def _open(part: Opening, key: bytes) -> bytes:
    content = part.sealed.content
    place = _place(part.table, part.id, part.version)
    try:
        return suite.open_content(key, content[:_IV_BYTES], place, content[_IV_BYTES:])
    except KeysError as error:
        raise ContentDamaged from error


def _bytes_of(value: str | bytes) -> bytes:
    """Return text as UTF-8; half a surrogate pair has a form too, so that none is refused here."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _place(table: str, id_: str, version: int) -> bytes:
    """Return what a ciphertext is bound to; no part can hold the byte 1F between them."""
    return b"\x1f".join((table.encode(), id_.encode(), str(version).encode("ascii")))
