"""Files that only their owner reads, and secrets in them: sealed by a key or by a passphrase.

The lowest layer of the key folder; `files` and `audit` say which files there are.

Stays true:
  * A file or folder that others may read is refused, not repaired: its secrets may be gone.
  * A file appears whole or not at all; of two processes that make the same one, both get one.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.errors import (
    CannotOpen,
    KeyFolderBroken,
    KeysError,
    LoosePermissions,
    NotEncoded,
    PassphraseRefused,
    PassphraseWrong,
)
from keys.strict import strict_json
from keys.suite import IV_BYTES, KEY_BYTES, b64, close_content, open_content, unb64

SHORTEST_PASSPHRASE_BYTES: Final = 16
_MOST_BYTES: Final = 64 * 1024  # of any file here
_MOST_MEMORY_KIB: Final = 4 * 1024 * 1024
_DRAWN: Final = b"gwk1."
_DRAWN_BYTES: Final = 32
_CHECK_BYTES: Final = 4
_ARGON2ID: Final = "argon2id"
_HKDF: Final = "hkdf-sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one guess of a passphrase costs: the second choice of RFC 9106, section 4."""

    iterations: int = 3
    lanes: int = 4
    memory_kib: int = 64 * 1024


USUAL: Final = Cost()


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


def drawn_passphrase() -> bytes:
    """Return a passphrase of 32 random bytes, in a form that tells it from one a person chose.

    Four bytes of digest follow them: a copy that was cut short or mistyped is not of this form.
    """
    drawn = secrets.token_bytes(_DRAWN_BYTES)
    return _DRAWN + base64.urlsafe_b64encode(drawn + _check(drawn))


def _is_drawn(passphrase: bytes) -> bool:
    if not passphrase.startswith(_DRAWN):
        return False
    try:
        raw = base64.b64decode(passphrase.removeprefix(_DRAWN), altchars=b"-_", validate=True)
    except binascii.Error:
        return False
    drawn, check = raw[:_DRAWN_BYTES], raw[_DRAWN_BYTES:]
    return len(drawn) == _DRAWN_BYTES and secrets.compare_digest(check, _check(drawn))


def _check(drawn: bytes) -> bytes:
    return hashlib.sha256(_DRAWN + drawn).digest()[:_CHECK_BYTES]


def bound_to(place: str) -> bytes:
    """Return what a sealed secret is bound to: a file moved to another place does not open."""
    return f"exchange-gateway keys\x1f{place}".encode()


def locked(secret: bytes, passphrase: bytes, place: bytes, cost: Cost) -> dict[str, Any]:
    """Return the members of a file that opens with `passphrase` alone.

    What a person chose is stretched at `cost`. A drawn passphrase cannot be guessed at any cost,
    so its key is derived at once (ADR 0015).
    """
    salt = secrets.token_bytes(16)
    if _is_drawn(passphrase):
        kdf: dict[str, Any] = {"name": _HKDF, "salt": b64(salt)}
        return {"kdf": kdf, **sealed(secret, _derived(passphrase, salt), place)}
    kdf = {"name": _ARGON2ID, "salt": b64(salt), **_members(cost)}
    return {"kdf": kdf, **sealed(secret, _stretched(passphrase, salt, cost), place)}


def unlocked(path: Path, passphrase: bytes, place: bytes) -> bytes:
    """Return what `locked` put into a file. Raises PassphraseWrong, KeyFolderBroken."""
    try:
        key = _key_of(json_of(path)["kdf"], passphrase)
    except (KeyError, TypeError, ValueError, NotEncoded):
        raise KeyFolderBroken(f"damaged: {path}") from None
    try:
        return open_sealed(path, key, place)
    except CannotOpen:
        raise PassphraseWrong(f"the passphrase does not open {path}") from None


def _key_of(kdf: Any, passphrase: bytes) -> bytes:
    salt = unb64(kdf["salt"])
    if kdf["name"] == _HKDF:
        return _derived(passphrase, salt)
    if kdf["name"] != _ARGON2ID:
        raise ValueError(kdf["name"])
    cost = Cost(iterations=kdf["iterations"], lanes=kdf["lanes"], memory_kib=kdf["memory_kib"])
    return _stretched(passphrase, salt, cost)


def _derived(passphrase: bytes, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=salt, info=_DRAWN).derive(passphrase)


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


def sealed(secret: bytes, key: bytes, place: bytes) -> dict[str, str]:
    """Return the members of a file that opens with `key` alone."""
    iv = secrets.token_bytes(IV_BYTES)
    return {"iv": b64(iv), "sealed": b64(close_content(key, iv, place, secret))}


def open_sealed(path: Path, key: bytes, place: bytes) -> bytes:
    """Return what `sealed` put into a file. Raises CannotOpen, KeyFolderBroken."""
    try:
        found = json_of(path)
        return open_content(key, unb64(found["iv"], IV_BYTES), place, unb64(found["sealed"]))
    except (KeyError, TypeError, NotEncoded):
        raise KeyFolderBroken(f"damaged: {path}") from None


def json_of(path: Path) -> Any:
    """Return the JSON in a file that only its owner may read. Raises KeyFolderBroken."""
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


def make_private(folder: Path) -> None:
    """Make a folder that only its owner may read; one that is there must be so already."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise KeyFolderBroken(f"cannot be made: {folder}") from None
    demand_private(folder)


def demand_private(folder: Path) -> None:
    """Raise LoosePermissions if others may read this folder."""
    _demand_owner_only(folder, folder.stat())


def _demand_owner_only(path: Path, found: os.stat_result) -> None:
    mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
    if found.st_mode & 0o077:
        raise LoosePermissions(f"others may read {path}: chmod {mode} {path}")
    if found.st_uid not in (os.geteuid(), 0):
        raise LoosePermissions(f"belongs to another account: {path}")


def write_new(path: Path, raw: bytes) -> None:
    """Write a file that must not exist; if it does by now, leave that one alone."""
    temporary = _write_temporary(path, raw)
    try:
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        temporary.unlink()
    sync_folder(path.parent)


def _write_temporary(path: Path, raw: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def replace_file(path: Path, raw: bytes) -> None:
    """Write a file over the one that is there."""
    _write_temporary(path, raw).replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what happened in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
