"""Of whom the records of one envelope speak, sealed so that only two people can ever look it up.

Owns the form of a block: which bytes, sealed to what, and how one subject is looked for in it.
Ruled by docs/adr/0007-what-was-disclosed-about-whom.md.

Stays true:
  * Whoever sealed a block cannot open it: its content key is sealed to the audit key and dropped.
  * An open block names nobody: it holds keyed marks, under a salt of its own, that only answer
    whether a value which the asker brings is among them.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from gateway.core.errors import GatewayError
from gateway.core.record import compact
from gateway.core.subjects import Mark, Subject
from gateway.flow.exchange import Exchange
from gateway.flow.rows_after import SubjectsRow
from keys import suite
from keys.errors import KeysError
from keys.suite import IV_BYTES, KEY_BYTES, SUITES, Encapsulated, b64

_STEP_BYTES: Final = 2048  # a block tells how many people it is about to these steps only
_SALT_BYTES: Final = 32
_MARK_BYTES: Final = 12
_EK_BYTES: Final = SUITES["xg1"].ek_bytes
_SEALED_KEY_BYTES: Final = SUITES["xg1"].encrypted_key_bytes


class BlockDamaged(GatewayError):
    """A block of the audit does not open, though its key is here: it was changed."""

    code = "block-damaged"
    advice = "Restore the database from a backup, and have the ledger verified."


class Opener(Protocol):
    """Audit keys that two people opened; `keys.audit.AuditKeys`."""

    @property
    def kids(self) -> frozenset[str]:
        """The keys that are open."""

    @property
    def holders(self) -> tuple[str, str]:
        """The staff numbers of the two people."""

    @property
    def assigned(self) -> bool:
        """Whether both are people, and no share waits for one."""

    def open(self, requests: Sequence[Encapsulated]) -> list[bytes | None]:
        """Return the content keys."""


@dataclass(frozen=True, slots=True)
class Found:
    """One subject of one disclosure that has marks of whom was asked about."""

    disclosure: str
    place: str  # pointer into the whole record
    category: str | None
    kinds: tuple[str, ...]
    marks: tuple[Mark, ...]  # those that it shares with the question


def seal_subjects(
    spoken_of: Mapping[str, Sequence[Subject]], envelope: str, at: int, id_: str, exchange: Exchange
) -> SubjectsRow | None:
    """Return the block of an envelope from subjects by disclosure; None if it speaks of nobody."""
    if not any(spoken_of.values()):
        return None
    salt = exchange.entropy.bytes(_SALT_BYTES)
    content = {
        "v": 1,
        "salt": b64(salt),
        "disclosures": {
            disclosure: [_written(one, salt) for one in some]
            for disclosure, some in spoken_of.items()
            if some
        },
    }
    plain = compact(content)
    plain += b" " * (-len(plain) % _STEP_BYTES)
    key = exchange.agent.audit_key()
    cek, iv = exchange.entropy.bytes(KEY_BYTES), exchange.entropy.bytes(IV_BYTES)
    sealed_for = suite.encapsulate(key, cek)
    sealed = suite.close_content(cek, iv, _place(envelope, key.kid), plain)
    return SubjectsRow(
        id=id_,
        envelope=envelope,
        kid=key.kid,
        at=at,
        block=sealed_for.ek + sealed_for.encrypted_key + iv + sealed,
    )


def look_up(rows: Sequence[SubjectsRow], marks: Sequence[Mark], keys: Opener) -> Iterator[Found]:
    """Yield the subjects in these blocks that have one of `marks`; none of another audit key.

    Raises BlockDamaged.
    """
    mine = [row for row in rows if row.kid in keys.kids]
    for row, cek in zip(mine, keys.open([_sealed_key(row) for row in mine]), strict=True):
        yield from _matching(_opened(row, cek), marks)


def _matching(content: Mapping[str, Any], marks: Sequence[Mark]) -> Iterator[Found]:
    salt = suite.unb64(content["salt"], _SALT_BYTES)
    by_mark = {_mark(salt, mark): mark for mark in marks}
    for disclosure, some in content["disclosures"].items():
        for one in some:
            shared = tuple(by_mark[mark] for mark in one["marks"] if mark in by_mark)
            if shared:
                yield Found(disclosure, one["place"], one["category"], tuple(one["kinds"]), shared)


def _written(one: Subject, salt: bytes) -> dict[str, Any]:
    return {
        "place": one.place,
        "category": one.category,
        "kinds": list(one.kinds),
        "marks": sorted(_mark(salt, mark) for mark in one.marks),
    }


def _mark(salt: bytes, mark: Mark) -> str:
    field, value = mark
    keyed = hmac.digest(salt, f"{field}\x1f{value}".encode("utf-8", "surrogatepass"), "sha256")
    return b64(keyed[:_MARK_BYTES])


def _sealed_key(row: SubjectsRow) -> Encapsulated:
    end = _EK_BYTES + _SEALED_KEY_BYTES
    return Encapsulated(row.kid, row.block[:_EK_BYTES], row.block[_EK_BYTES:end])


def _opened(row: SubjectsRow, cek: bytes | None) -> Mapping[str, Any]:
    start = _EK_BYTES + _SEALED_KEY_BYTES
    iv, sealed = row.block[start : start + IV_BYTES], row.block[start + IV_BYTES :]
    if cek is None:
        raise BlockDamaged(f"the block of envelope {row.envelope} does not open")
    try:
        plain = suite.open_content(cek, iv, _place(row.envelope, row.kid), sealed)
    except KeysError as error:
        raise BlockDamaged(f"the block of envelope {row.envelope} does not open") from error
    content: Mapping[str, Any] = json.loads(plain)
    return content


def _place(envelope: str, kid: str) -> bytes:
    """Return what a block is bound to: it is no other envelope's, and for no other key."""
    return b"\x1f".join((b"subjects", envelope.encode(), kid.encode()))
