"""The key folder: the only place where keys touch a disk.

    storage.json  signing.json    a group's master key, sealed by its own passphrase (Argon2id)
    storage/*.key                 keys of the origins, the root of the tags
    signing/*.key                 private keys that sign and open, by key id
    public/*.json                 their public halves, states and dates; no passphrase needed

The two groups have two passphrases: web and worker open `storage`, only the worker `signing`.

How a secret lies in a file is `guarded`'s; the audit key, which neither web nor worker can open, is
`audit`'s.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from keys.errors import CannotOpen, KeyFolderBroken, NotHeldHere
from keys.guarded import (
    USUAL,
    Cost,
    bound_to,
    demand_private,
    drawn_passphrase,
    held,
    json_of,
    locked,
    make_private,
    open_sealed,
    read_passphrase,
    replace_file,
    sealed,
    sync_folder,
    unlocked,
    write_new,
)
from keys.ring import ACTIVE, DESTROYED, SEAL, SEALED_TO_SECONDS, SIGN, STATES, RingKey
from keys.strict import compact
from keys.suite import (
    ED25519,
    HPKE_10_KE,
    KEY_BYTES,
    ML_DSA_65,
    SEED_BYTES,
    parse_public,
    public_of,
)

__all__ = [
    "Cost",
    "SigningFolder",
    "StorageFolder",
    "drawn_passphrase",
    "open_signing",
    "open_storage",
    "public_keys",
    "read_passphrase",
    "set_state",
]

_STORAGE: Final = "storage"
_SIGNING: Final = "signing"
_PUBLIC: Final = "public"
_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


class StorageFolder:
    """The storage group, open."""

    def __init__(self, group: _Group) -> None:
        self._group = group
        self._keks: dict[str, bytes] = {}
        self._tag_root = group.get_or_make("tag-root.key")

    def kek(self, origin: str, *, make: bool) -> bytes:
        """Return the key that wraps the data keys of `origin`. Raises KeyFolderBroken."""
        kek = self._keks.get(origin)
        if kek is None:
            if not _ORIGIN.fullmatch(origin):
                raise KeyFolderBroken("not the id of an organisation or partner")
            name = f"origin-{origin}.key"
            kek = self._group.get_or_make(name) if make else self._group.get(name)
            self._keks[origin] = kek
        return kek

    def tag_root(self) -> bytes:
        """Return the secret from which the tag keys are derived."""
        return self._tag_root


class SigningFolder:
    """The signing group, open."""

    def __init__(self, group: _Group) -> None:
        self._group = group
        self._seeds: dict[str, tuple[str, bytes]] = {}

    def public_keys(self) -> list[RingKey]:
        """Return all public halves, as the folder has them now."""
        return public_keys(self._group.folder)

    def seed(self, kid: str) -> tuple[str, bytes]:
        """Return the algorithm and the private key of `kid`. Raises NotHeldHere."""
        held = self._seeds.get(kid)
        if held is None:
            alg = next((one.key.alg for one in self.public_keys() if one.key.kid == kid), None)
            if alg is None:
                raise NotHeldHere
            held = self._seeds[kid] = alg, self._group.get(f"{kid}.key")
        return held

    def add(self, alg: str, *, state: str = ACTIVE, not_before: int, not_after: int | None) -> str:
        """Make a private key; return its id. The public half appears last."""
        seed = secrets.token_bytes(SEED_BYTES)
        key = public_of(alg, seed)
        self._group.put_new(f"{key.kid}.key", seed)
        one = RingKey(
            key=key,
            use=SEAL if alg == HPKE_10_KE else SIGN,
            state=state,
            not_before=not_before,
            not_after=not_after,
        )
        _write_public(self._group.folder, one)
        return key.kid

    def make_first(self, now: int) -> bool:
        """Make one key of each algorithm if there is none yet; return whether it did."""
        with held(self._group.folder / _SIGNING):
            if self.public_keys():
                return False
            self.add(HPKE_10_KE, not_before=now, not_after=now + SEALED_TO_SECONDS)
            self.add(ML_DSA_65, not_before=now, not_after=None)
            self.add(ED25519, not_before=now, not_after=None)
        return True

    def destroy(self, kid: str) -> None:
        """Delete a private key; its public half stays, as destroyed."""
        self._group.drop(f"{kid}.key")
        self._seeds.pop(kid, None)
        set_state(self._group.folder, kid, DESTROYED)


def open_storage(folder: Path, passphrase: bytes, cost: Cost = USUAL) -> StorageFolder:
    """Open the storage group, made if it is not there."""
    return StorageFolder(_Group(folder, _STORAGE, passphrase, cost))


def open_signing(folder: Path, passphrase: bytes, cost: Cost = USUAL) -> SigningFolder:
    """Open the signing group, made if it is not there. It holds no key before `make_first`."""
    return SigningFolder(_Group(folder, _SIGNING, passphrase, cost))


def public_keys(folder: Path) -> list[RingKey]:
    """Return the public halves in a key folder. Needs no passphrase."""
    if not (folder / _PUBLIC).is_dir():
        return []
    demand_private(folder)
    return [_read_public(path) for path in sorted((folder / _PUBLIC).glob("*.json"))]


def set_state(folder: Path, kid: str, state: str, *, revoked_at: int | None = None) -> None:
    """Move a key to another state; `revoked_at` is kept once set."""
    if state not in STATES:
        raise KeyFolderBroken("no such key state")
    for one in public_keys(folder):
        if one.key.kid == kid:
            when = one.revoked_at if one.revoked_at is not None else revoked_at
            _write_public(folder, replace(one, state=state, revoked_at=when))
            return
    raise NotHeldHere("no such key in this folder")


class _Group:
    """Secrets below one master key, each in a file that is bound to its name."""

    def __init__(self, folder: Path, name: str, passphrase: bytes, cost: Cost) -> None:
        self.folder = folder
        self._name = name
        for part in (folder, folder / name, folder / _PUBLIC):
            make_private(part)
        self._master = _master_key(folder / f"{name}.json", passphrase, cost)

    def get(self, name: str) -> bytes:
        path = self.folder / self._name / name
        try:
            return open_sealed(path, self._master, bound_to(f"{self._name}/{name}"))
        except CannotOpen:
            raise KeyFolderBroken(f"damaged, or not of this folder: {path}") from None

    def get_or_make(self, name: str) -> bytes:
        if not (self.folder / self._name / name).exists():
            self.put_new(name, secrets.token_bytes(KEY_BYTES))
        return self.get(name)

    def put_new(self, name: str, secret: bytes) -> None:
        """Keep a secret, unless one of that name is there already: then that one stays."""
        members = sealed(secret, self._master, bound_to(f"{self._name}/{name}"))
        write_new(self.folder / self._name / name, compact({"v": 1, **members}))

    def drop(self, name: str) -> None:
        with suppress(FileNotFoundError):
            (self.folder / self._name / name).unlink()
        sync_folder(self.folder / self._name)


def _master_key(path: Path, passphrase: bytes, cost: Cost) -> bytes:
    if not path.exists():
        master = secrets.token_bytes(KEY_BYTES)
        write_new(path, compact({"v": 1, **locked(master, passphrase, bound_to(path.name), cost)}))
    return unlocked(path, passphrase, bound_to(path.name))


def _read_public(path: Path) -> RingKey:
    try:
        members = json_of(path)
        key = parse_public(members["jwk"])
        if path.stem != key.kid or members["state"] not in STATES:
            raise KeyFolderBroken(f"damaged: {path}")
        return RingKey(
            key=key,
            use=SEAL if key.alg == HPKE_10_KE else SIGN,
            state=members["state"],
            not_before=members["not_before"],
            not_after=members["not_after"],
            revoked_at=members["revoked_at"],
        )
    except (KeyError, TypeError):
        raise KeyFolderBroken(f"damaged: {path}") from None


def _write_public(folder: Path, one: RingKey) -> None:
    members = {
        "jwk": one.key.jwk,
        "state": one.state,
        "not_before": one.not_before,
        "not_after": one.not_after,
        "revoked_at": one.revoked_at,
    }
    replace_file(folder / _PUBLIC / f"{one.key.kid}.json", compact(members))
