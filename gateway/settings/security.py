"""What makes settings insecure.

Owns the checks that look at several settings or at the disk. Each returns faults; none warns.
A secret file that is not there yet is no fault here: who needs it says so.

Leaves to others: the inside of the key folder (`keys.files`), and whether the database lies on a
network file system (`store`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from gateway.core.errors import Fault
from gateway.core.limits import WIRE
from gateway.settings.alarms import alarm_faults
from gateway.settings.checks import SecretPath
from gateway.settings.national import national_faults
from gateway.settings.secrets import is_open_to_others, others_write
from gateway.settings.sections import Settings

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_VERIFIED = "verify-full"


def insecure(settings: Settings) -> Iterator[Fault]:
    """Yield everything that makes these settings insecure or contradictory."""
    yield from _loose_files(settings)
    yield from _loose_socket(settings)
    yield from _loose_database(settings)
    yield from _one_passphrase(settings)
    yield from _contradictions(settings)
    yield from national_faults(settings)
    yield from alarm_faults(settings)


def _loose_files(settings: Settings) -> Iterator[Fault]:
    if others_write(settings.file):
        yield Fault("", "loose-permissions", "others can write the settings file", "chmod o-w")
    for pointer, path in _secret_paths(settings):
        if is_open_to_others(path):
            detail = "the file holds a secret, and others can read it"
            yield Fault(pointer, "loose-permissions", detail, "make it mode 0600")


def _secret_paths(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Yield the settings whose check is a `SecretPath` and that name a file."""
    for section, table in settings.tables():
        for field in fields(table):
            path = getattr(table, field.name)
            if isinstance(field.metadata["check"], SecretPath) and path is not None:
                yield f"{section}.{field.name}", path


def _loose_socket(settings: Settings) -> Iterator[Fault]:
    """Whoever reaches the socket can be anybody: the proxy's header names the caller there."""
    socket = settings.listen.proxy_socket
    if socket is None:
        return
    if others_write(socket.parent):
        detail = "others can write the folder of the socket, and so stand in for the proxy"
        hint = "give the socket a folder of its own, mode 0750, group of the proxy"
        yield Fault("listen.proxy_socket", "loose-permissions", detail, hint)


def _one_passphrase(settings: Settings) -> Iterator[Fault]:
    # The web process opens the storage keys, and must not be able to open those that sign.
    keys = settings.keys
    if keys.storage_passphrase_file.resolve() == keys.signing_passphrase_file.resolve():
        detail = "is the file of keys.storage_passphrase_file: the web process could sign"
        yield Fault("keys.signing_passphrase_file", "insecure-setting", detail)


def _loose_database(settings: Settings) -> Iterator[Fault]:
    url = settings.database.url
    pointer = "database.url"
    if not url:
        return
    try:
        parts = urlsplit(url)
        host, password, query = parts.hostname or "", parts.password, parse_qs(parts.query)
    except ValueError:
        yield Fault(pointer, "setting-value", "is not an address of a database")
        return
    if parts.scheme == "sqlite":
        if not url.startswith("sqlite:///") or url.removeprefix("sqlite:///") in ("", ":memory:"):
            hint = "sqlite:////var/lib/gateway/gateway.db, with four slashes for an absolute path"
            yield Fault(pointer, "setting-value", "names no file, so nothing would be kept", hint)
        return
    if parts.scheme not in {"postgresql", "postgresql+psycopg"}:
        yield Fault(pointer, "setting-value", "must begin with sqlite:/// or postgresql://")
        return
    if password is not None or any(name.endswith("password") for name in query):
        hint = "write the password to a file of mode 0600 and name it in database.password_file"
        yield Fault(pointer, "secret-in-settings", "holds a password", hint)
    hosts = ",".join([host, *query.get("host", []), *query.get("hostaddr", [])]).split(",")
    local = all(not each or each.startswith("/") or each in _LOOPBACK for each in hosts)
    local = local and "service" not in query  # a file elsewhere says which host that is
    if not local and query.get("sslmode") != [_VERIFIED]:
        detail = "reaches a database over a network without verifying who answers"
        yield Fault(pointer, "insecure-setting", detail, f"add ?sslmode={_VERIFIED}")


def _contradictions(settings: Settings) -> Iterator[Fault]:
    relay, listen, worker = settings.relay, settings.listen, settings.worker
    identity, client = settings.identity, settings.client
    wire = WIRE.max_validity_seconds
    wrong = {
        "relay.longest_pause_seconds": (
            relay.longest_pause_seconds < relay.shortest_pause_seconds,
            "must not be shorter than relay.shortest_pause_seconds",
        ),
        "worker.lease_seconds": (
            worker.lease_seconds <= relay.timeout_seconds,
            "must be longer than relay.timeout_seconds: else a lease ends while a partner answers",
        ),
        "listen.graceful_seconds": (
            listen.graceful_seconds <= listen.longest_wait_seconds,
            "must be longer than listen.longest_wait_seconds: else a stop cuts waiting requests",
        ),
        "listen.url": (
            not listen.url and (listen.proxy_socket is not None or _is_everywhere(listen.host)),
            "must be set: from a socket, or all addresses, nobody can tell where others reach us",
        ),
        "listen.waiters": (
            listen.waiters >= listen.threads,
            "must be fewer than listen.threads: else waiting requests can stop all others",
        ),
        "retention.envelope_validity_seconds": (
            settings.retention.envelope_validity_seconds > wire,
            f"must not exceed {wire:_}, the bound of the wire format",
        ),
        "identity.duty_phone": (
            not (identity.duty_phone or identity.duty_email),
            "or identity.duty_email must say whom to call when life is at stake",
        ),
        "client.key_file": (
            (client.key_file is None) != (client.certificate_file is None),
            "and client.certificate_file go together",
        ),
        "database.password_file": (
            settings.database.password_file is not None
            and not settings.database.url.startswith("postgresql"),
            "needs a PostgreSQL address in database.url",
        ),
    }
    for pointer, (is_wrong, detail) in wrong.items():
        if is_wrong:
            yield Fault(pointer, "settings-contradict", detail)


def _is_everywhere(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
