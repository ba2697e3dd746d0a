"""The key folder: the only place where keys touch a disk.

    storage.json  signing.json    a group's master key, sealed by its own passphrase (Argon2id)
    storage/*.key                 keys of the origins, the root of the tags
    signing/*.key                 private keys that sign and open, by key id
    public/*.json                 their public halves, states and dates; no passphrase needed

The two groups have two passphrases: web and worker open `storage`, only the worker `signing`.

Stays true:
  * A file or folder that others may read is refused, not repaired: its secrets may be gone.
  * A file appears whole or not at all; of two processes that make the same key, both get one.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from keys.errors import (
    CannotOpen,
    KeyFolderBroken,
    KeysError,
    LoosePermissions,
    NotEncoded,
    NotHeldHere,
    PassphraseRefused,
    PassphraseWrong,
)
from keys.ring import ACTIVE, DESTROYED, SEAL, SEALED_TO_SECONDS, SIGN, STATES, RingKey
from keys.strict import compact, strict_json
from keys.suite import (
    ED25519,
    HPKE_10_KE,
    IV_BYTES,
    KEY_BYTES,
    ML_DSA_65,
    SEED_BYTES,
    b64,
    close_content,
    open_content,
    parse_public,
    public_of,
    unb64,
)

SHORTEST_PASSPHRASE_BYTES: Final = 16
_MOST_BYTES: Final = 64 * 1024  # of any file here
_MOST_MEMORY_KIB: Final = 4 * 1024 * 1024
_STORAGE: Final = "storage"
_SIGNING: Final = "signing"
_PUBLIC: Final = "public"
_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one guess of a passphrase costs: the second choice of RFC 9106, section 4."""

    iterations: int = 3
    lanes: int = 4
    memory_kib: int = 64 * 1024


def read_passphrase(source: Path | int) -> bytes:
    """Return the passphrase in a file, or behind a file descriptor, without its line end."""
    try:
        if isinstance(source, Path):
            raw = _read(source)
        else:
            with os.fdopen(source, "rb", closefd=True) as file:
                raw = file.read(_MOST_BYTES)
    except (OSError, KeyFolderBroken):
        raise PassphraseRefused(f"cannot read the passphrase: {source}") from None
    passphrase = raw.removesuffix(b"\n").removesuffix(b"\r")
    if len(passphrase) < SHORTEST_PASSPHRASE_BYTES:
        raise PassphraseRefused(f"shorter than {SHORTEST_PASSPHRASE_BYTES} bytes: {source}")
    return passphrase


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
        with _locked(self._group.folder / _SIGNING):
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


def open_storage(folder: Path, passphrase: bytes, cost: Cost = Cost()) -> StorageFolder:
    """Open the storage group, made if it is not there."""
    return StorageFolder(_Group(folder, _STORAGE, passphrase, cost))


def open_signing(folder: Path, passphrase: bytes, cost: Cost = Cost()) -> SigningFolder:
    """Open the signing group, made if it is not there. It holds no key before `make_first`."""
    return SigningFolder(_Group(folder, _SIGNING, passphrase, cost))


def public_keys(folder: Path) -> list[RingKey]:
    """Return the public halves in a key folder. Needs no passphrase."""
    if not (folder / _PUBLIC).is_dir():
        return []
    _demand_private(folder)
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
            _make_private(part)
        self._master = _master_key(folder / f"{name}.json", passphrase, cost)

    def get(self, name: str) -> bytes:
        path = self.folder / self._name / name
        try:
            return _open_sealed(path, self._master, self._bound_to(name))
        except CannotOpen:
            raise KeyFolderBroken(f"damaged, or not of this folder: {path}") from None

    def get_or_make(self, name: str) -> bytes:
        if not (self.folder / self._name / name).exists():
            self.put_new(name, secrets.token_bytes(KEY_BYTES))
        return self.get(name)

    def put_new(self, name: str, secret: bytes) -> None:
        """Keep a secret, unless one of that name is there already: then that one stays."""
        sealed = _sealed(secret, self._master, self._bound_to(name))
        _write_new(self.folder / self._name / name, compact({"v": 1, **sealed}))

    def drop(self, name: str) -> None:
        with suppress(FileNotFoundError):
            (self.folder / self._name / name).unlink()
        _sync_folder(self.folder / self._name)

    def _bound_to(self, name: str) -> bytes:
        return f"exchange-gateway keys\x1f{self._name}/{name}".encode()


def _master_key(path: Path, passphrase: bytes, cost: Cost) -> bytes:
    bound_to = f"exchange-gateway keys\x1f{path.name}".encode()
    if not path.exists():
        salt = secrets.token_bytes(16)
        key = _stretched(passphrase, salt, cost)
        sealed = _sealed(secrets.token_bytes(KEY_BYTES), key, bound_to)
        kdf = {"name": "argon2id", "salt": b64(salt), **_members(cost)}
        _write_new(path, compact({"v": 1, "kdf": kdf, **sealed}))
    try:
        kdf = _json(path)["kdf"]
        found = Cost(iterations=kdf["iterations"], lanes=kdf["lanes"], memory_kib=kdf["memory_kib"])
        key = _stretched(passphrase, unb64(kdf["salt"]), found)
    except (KeyError, TypeError, ValueError, NotEncoded):
        raise KeyFolderBroken(f"damaged: {path}") from None
    try:
        return _open_sealed(path, key, bound_to)
    except CannotOpen:
        raise PassphraseWrong(f"the passphrase does not open {path}") from None


def _stretched(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    if cost.memory_kib > _MOST_MEMORY_KIB:
        raise KeyFolderBroken("asks for more memory than any passphrase is worth")
    return Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    ).derive(passphrase)


def _members(cost: Cost) -> dict[str, int]:
    return {
        "iterations": cost.iterations,
        "lanes": cost.lanes,
        "memory_kib": cost.memory_kib,
    }


def _sealed(secret: bytes, key: bytes, bound_to: bytes) -> dict[str, str]:
    iv = secrets.token_bytes(IV_BYTES)
    return {"iv": b64(iv), "sealed": b64(close_content(key, iv, bound_to, secret))}


def _open_sealed(path: Path, key: bytes, bound_to: bytes) -> bytes:
    try:
        sealed = _json(path)
        return open_content(key, unb64(sealed["iv"], IV_BYTES), bound_to, unb64(sealed["sealed"]))
    except (KeyError, TypeError, NotEncoded):
        raise KeyFolderBroken(f"damaged: {path}") from None


def _read_public(path: Path) -> RingKey:
    try:
        members = _json(path)
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
    path = folder / _PUBLIC / f"{one.key.kid}.json"
    temporary = _write_temporary(path, compact(members))
    temporary.replace(path)
    _sync_folder(path.parent)


def _json(path: Path) -> Any:
    try:
        return strict_json(_read(path))
    except KeysError as fault:
        if isinstance(fault, LoosePermissions | KeyFolderBroken):
            raise
        raise KeyFolderBroken(f"damaged: {path}") from fault


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            _demand_owner_only(path, os.fstat(file.fileno()))
            return file.read(_MOST_BYTES)
    except OSError:
        raise KeyFolderBroken(f"cannot be read: {path}") from None


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise KeyFolderBroken(f"cannot be made: {folder}") from None
    _demand_private(folder)


def _demand_private(folder: Path) -> None:
    _demand_owner_only(folder, folder.stat())


def _demand_owner_only(path: Path, found: os.stat_result) -> None:
    mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
    if found.st_mode & 0o077:
        raise LoosePermissions(f"others may read {path}: chmod {mode} {path}")
    if found.st_uid not in (os.geteuid(), 0):
        raise LoosePermissions(f"belongs to another account: {path}")


def _write_new(path: Path, raw: bytes) -> None:
    """Write a file that must not exist; if it does by now, leave that one alone."""
    temporary = _write_temporary(path, raw)
    try:
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    _sync_folder(path.parent)


def _write_temporary(path: Path, raw: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
