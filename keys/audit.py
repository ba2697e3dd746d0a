"""The audit key: whoever has its public half can seal to it, and only two people can open.

    audit/KID.json                           the public half, when it was made, who holds the shares
    audit/KID.first.json  KID.second.json    one share each, sealed by its holder's passphrase

The private key is the XOR of the two shares, and is in no file. One share is 32 random bytes and
tells nothing. Web and worker read the public half and no more; see docs/adr for the reasons.

Stays true:
  * A share is made, opened and sealed anew only together with its holder's own passphrase.
  * The public half appears last: nothing is sealed to a key that could not be opened again.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from keys import suite
from keys.errors import CannotOpen, KeyFolderBroken, NoKey, PassphraseRefused, PassphraseWrong
from keys.guarded import (
    SHORTEST_PASSPHRASE_BYTES,
    USUAL,
    Cost,
    bound_to,
    demand_private,
    json_of,
    locked,
    make_private,
    replace_file,
    unlocked,
    write_new,
)
from keys.strict import compact
from keys.suite import HPKE_10_KE, SEED_BYTES, Encapsulated, PublicKey, parse_public, public_of

FIRST: Final = "first"  # the data protection officer
SECOND: Final = "second"
POSITIONS: Final = (FIRST, SECOND)
# Who holds the shares of a key that was made with the gateway: nobody yet.
UNASSIGNED: Final = ("first-holder", "second-holder")
_FOLDER: Final = "audit"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who keeps one share: a staff number, and the passphrase that this person alone knows."""

    name: str
    passphrase: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AuditKey:
    """One audit key as everybody may see it; `made` in seconds since 1970."""

    key: PublicKey
    made: int
    holders: tuple[str, str]


class AuditKeys:
    """Audit keys that two people have opened together. Private keys do not leave it."""

    def __init__(self, seeds: dict[str, bytes], holders: tuple[str, str]) -> None:
        self._seeds = dict(seeds)
        self.holders = holders

    @property
    def kids(self) -> frozenset[str]:
        """The keys that are open."""
        return frozenset(self._seeds)

    @property
    def assigned(self) -> bool:
        """Whether both shares were handed over to people."""
        return set(self.holders).isdisjoint(UNASSIGNED)

    def open(self, requests: Sequence[Encapsulated]) -> list[bytes | None]:
        """Return the content keys; None for what is sealed to another key, or damaged."""
        return [self._opened(one) for one in requests]

    def _opened(self, request: Encapsulated) -> bytes | None:
        seed = self._seeds.get(request.kid)
        if seed is None:
            return None
        try:
            return suite.decapsulate(seed, request.ek, request.encrypted_key)
        except CannotOpen:
            return None


def make(folder: Path, first: Holder, second: Holder, now: int, cost: Cost = USUAL) -> str:
    """Make an audit key, split between two people; return its id. It is sealed to from now on."""
    for holder in (first, second):
        if not _NAME.fullmatch(holder.name):
            raise KeyFolderBroken("a holder is named by a staff number: a-z, 0-9, dot and hyphen")
        _demand_long_enough(holder)
    if first.name == second.name or first.passphrase == second.passphrase:
        raise PassphraseRefused("the two shares need two people, and two passphrases")
    seed, share = secrets.token_bytes(SEED_BYTES), secrets.token_bytes(SEED_BYTES)
    key = public_of(HPKE_10_KE, seed)
    for part in (folder, folder / _FOLDER):
        make_private(part)
    for position, holder, secret in zip(
        POSITIONS, (first, second), (share, _xor(seed, share)), strict=True
    ):
        path = _share(folder, key.kid, position)
        write_new(path, _written(holder, secret, key.kid, cost, position))
    public = {"v": 1, "jwk": key.jwk, "made": now}
    write_new(folder / _FOLDER / f"{key.kid}.json", compact(public))
    return key.kid


def audit_keys(folder: Path) -> list[AuditKey]:
    """Return the public halves, oldest first. Needs no passphrase."""
    if not (folder / _FOLDER).is_dir():
        return []
    demand_private(folder / _FOLDER)
    shares = {f"{position}.json" for position in POSITIONS}
    found = [
        _read(path)
        for path in (folder / _FOLDER).glob("*.json")
        if path.name.partition(".")[2] not in shares
    ]
    return sorted(found, key=lambda one: (one.made, one.key.kid))


def newest(folder: Path) -> PublicKey:
    """Return the key to seal to. Raises NoKey."""
    found = audit_keys(folder)
    if not found:
        raise NoKey("there is no audit key yet; `gateway init` makes one")
    return found[-1].key


def open_together(folder: Path, first: bytes, second: bytes) -> AuditKeys:
    """Open every audit key that both passphrases open. Raises NoKey, PassphraseWrong."""
    seeds: dict[str, bytes] = {}
    holders = ("", "")
    known = audit_keys(folder)
    if not known:
        raise NoKey("there is no audit key yet")
    refused: PassphraseWrong | None = None
    for one in known:
        try:
            shares = [
                _opened(folder, one.key.kid, position, passphrase)
                for position, passphrase in zip(POSITIONS, (first, second), strict=True)
            ]
        except PassphraseWrong as error:
            refused = error
            continue
        seed = _xor(*shares)
        if public_of(HPKE_10_KE, seed).kid != one.key.kid:
            raise KeyFolderBroken(f"the two shares do not make the audit key {one.key.kid}")
        seeds[one.key.kid], holders = seed, one.holders
    if refused is not None and not seeds:
        raise refused
    return AuditKeys(seeds, holders)


def hand_over(folder: Path, passphrase: bytes, to: Holder, cost: Cost = USUAL) -> int:
    """Give every share that `passphrase` opens to another holder; return how many there were.

    The other share is not needed, and not touched. Raises PassphraseWrong if none opens.
    """
    _demand_long_enough(to)
    moved = 0
    refused: PassphraseWrong | None = None
    for one in audit_keys(folder):
        for position, other in zip(POSITIONS, reversed(one.holders), strict=True):
            try:
                secret = _opened(folder, one.key.kid, position, passphrase)
            except PassphraseWrong as error:
                refused = error
                continue
            if other == to.name:
                raise PassphraseRefused("this person holds the other share already")
            path = _share(folder, one.key.kid, position)
            replace_file(path, _written(to, secret, one.key.kid, cost, position))
            moved += 1
    if refused is not None and not moved:
        raise refused
    return moved


def _demand_long_enough(holder: Holder) -> None:
    if len(holder.passphrase) < SHORTEST_PASSPHRASE_BYTES:
        raise PassphraseRefused(f"shorter than {SHORTEST_PASSPHRASE_BYTES} bytes")


def _read(path: Path) -> AuditKey:
    try:
        members = json_of(path)
        key = parse_public(members["jwk"])
        holders = [
            json_of(_share(path.parent.parent, key.kid, position))["holder"]
            for position in POSITIONS
        ]
        if path.stem != key.kid or key.alg != HPKE_10_KE:
            raise KeyFolderBroken(f"damaged: {path}")
        return AuditKey(key, int(members["made"]), (str(holders[0]), str(holders[1])))
    except (KeyError, TypeError, ValueError):
        raise KeyFolderBroken(f"damaged: {path}") from None


def _share(folder: Path, kid: str, position: str) -> Path:
    return folder / _FOLDER / f"{kid}.{position}.json"


def _opened(folder: Path, kid: str, position: str, passphrase: bytes) -> bytes:
    path = _share(folder, kid, position)
    share = unlocked(path, passphrase, _place(kid, position, str(json_of(path).get("holder"))))
    if len(share) != SEED_BYTES:
        raise KeyFolderBroken(f"damaged: {path}")
    return share


def _written(holder: Holder, share: bytes, kid: str, cost: Cost, position: str) -> bytes:
    place = _place(kid, position, holder.name)
    members = locked(share, holder.passphrase, place, cost)
    return compact({"v": 1, "holder": holder.name, **members})


def _place(kid: str, position: str, holder: str) -> bytes:
    """Return what a share is bound to: whoever edits the holder's name makes it useless."""
    return bound_to(f"{_FOLDER}/{kid}.{position}\x1f{holder}")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
