"""The first use of a gateway: secrets, keys, certificate, database, card, items.

A part of the composition root, beside `wiring`: it alone makes what the other processes open.

Stays true:
  * What is there is never replaced: doing it again makes only what is missing.
  * Secrets are fresh random bytes in files of mode 0600, in folders of mode 0700.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway import wiring
from gateway.core.errors import GatewayError, SettingRefused
from gateway.flow.configure import Changes, apply_items
from gateway.flow.partners import own_words, publish
from gateway.item_files import read_items
from gateway.settings import Settings
from gateway.wiring_commands import opened
from keys.audit import UNASSIGNED, Holder, audit_keys, make
from keys.certificates import self_signed
from keys.errors import KeysError
from keys.files import drawn_passphrase, open_signing, open_storage, read_passphrase


class NotFounded(GatewayError):
    """A file or folder of the gateway cannot be made or used."""

    code = "not-founded"


@dataclass(frozen=True, slots=True)
class Made:
    """One thing the gateway needs: what, where, and whether it was made just now."""

    what: str
    where: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Founded:
    """A gateway that can run: what it is made of, the words of its card, the items in force."""

    made: tuple[Made, ...]
    words: tuple[str, ...]
    changes: Changes | None


def found(settings: Settings) -> Founded:
    """Make whatever the gateway of `settings` lacks; return all of it.

    Raises NotFounded, SettingRefused, and what a folder of items is refused for.
    """
    try:
        made = list(_files(settings))
        made.append(_first_keys(settings))
        made.append(_audit_key(settings))
    except KeysError as error:
        raise NotFounded(f"keys: {error.code}: {error.detail}") from error
    except OSError as error:
        raise NotFounded(f"{error.strerror}: {error.filename}") from error
    fresh = wiring.prepare(settings)
    made.append(Made("database at its newest layout", _database(settings), fresh))
    with opened(settings, "cli") as exchange:
        publish(exchange)
        directory = settings.items.directory
        changes = apply_items(read_items(directory), "init", exchange) if directory else None
        return Founded(tuple(made), own_words(exchange), changes)


def _files(settings: Settings) -> Iterator[Made]:
    yield _folder("data folder", settings.gateway.data_directory)
    keys = settings.keys
    yield _passphrase("storage passphrase", keys.storage_passphrase_file)
    yield _passphrase("signing passphrase", keys.signing_passphrase_file)
    yield _server_certificate(settings)
    if settings.client.certificate_file is not None and settings.client.key_file is not None:
        name = f"client of {settings.gateway.id}"
        names = [settings.gateway.id]
        pair = (settings.client.certificate_file, settings.client.key_file)
        yield _certificate("client certificate", *pair, names=names, common_name=name)


def _folder(what: str, path: Path) -> Made:
    fresh = not path.is_dir()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Made(what, str(path), fresh)


def _passphrase(what: str, path: Path) -> Made:
    fresh = _write_new(path, drawn_passphrase() + b"\n")
    return Made(what, str(path), fresh)


def _server_certificate(settings: Settings) -> Made:
    listen = settings.listen
    host = urlsplit(listen.public_url).hostname or listen.host
    names = dict.fromkeys(["localhost", "127.0.0.1", "::1", listen.host, host])
    return _certificate(
        "TLS certificate",
        listen.tls_certificate_file,
        listen.tls_key_file,
        names=[name for name in names if name],
        common_name=settings.gateway.id,
    )


def _certificate(
    what: str, certificate: Path, key: Path, *, names: Sequence[str], common_name: str
) -> Made:
    if certificate.exists() != key.exists():
        missing = key if certificate.exists() else certificate
        raise SettingRefused(f"the {what} and its key go together; missing: {missing}")
    if certificate.exists():
        return Made(what, str(certificate), fresh=False)
    pem, private = self_signed(names, common_name=common_name, now=int(time.time()))
    # The key first: a certificate without its key would be taken for a finished pair's half.
    _write_new(key, private)
    _write_new(certificate, pem, mode=0o644)
    return Made(f"{what}, signed by itself", str(certificate), fresh=True)


def _first_keys(settings: Settings) -> Made:
    keys = settings.keys
    open_storage(keys.directory, read_passphrase(keys.storage_passphrase_file))
    signing = open_signing(keys.directory, read_passphrase(keys.signing_passphrase_file))
    fresh = signing.make_first(int(time.time()))
    return Made("keys that sign, seal and store", str(keys.directory), fresh)


def _audit_key(settings: Settings) -> Made:
    """Make the audit key, its two shares under passphrases that wait to be handed over."""
    keys = settings.keys
    folder = keys.directory / "audit"
    if audit_keys(keys.directory):
        return Made("audit key, for two people to open", str(folder), fresh=False)
    first, second = (_waiting_holder(name, settings) for name in UNASSIGNED)
    make(keys.directory, first, second, int(time.time()))
    return Made("audit key, its two passphrases to be handed over", str(folder), fresh=True)


def _waiting_holder(name: str, settings: Settings) -> Holder:
    path = settings.keys.storage_passphrase_file.with_name(f"audit-{name}.passphrase")
    _passphrase(name, path)
    return Holder(name, read_passphrase(path))


def _write_new(path: Path, raw: bytes, *, mode: int = 0o600) -> bool:
    """Write a file that is not there yet; return whether it was made."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    return True


def _database(settings: Settings) -> str:
    return settings.database.url or str(settings.gateway.data_directory / "gateway.db")
