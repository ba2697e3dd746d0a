"""The gateways as the offices would set them up: folders, settings, certificates, items.

Owns `Place`, one gateway of the demonstration, and how it is asked and told things: by its
commands, and by its API with the certificate of a national system.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from gateway.cli.demo.processes import Answer, Child, CommandFailed, Processes
from gateway.cli.demo.roles import HUB, NATIONAL, STAFF, VGT, Role, System
from gateway.core.errors import GatewayError
from gateway.transport.client import ApiClient
from keys.certificates import self_signed

MARK: Final = ".gateway-demo"
LOOPBACK: Final = "127.0.0.1"
ALL_SCOPES: Final = ("submit", "inbox", "read", "quarantine")
_DAYS: Final = 7
_CLEARED_DAYS: Final = 364  # the last day belongs to it


class FolderInUse(GatewayError):
    """The folder holds something else, which the demonstration will not remove."""

    code = "folder-in-use"
    advice = "Name an empty folder, or one that does not exist, with --directory."


_SETTINGS: Final = """\
[gateway]
id = "{id}"
data_directory = "data"

[identity]
names = {{ en = "{title}" }}
community = "{profile}"
org_class = "{org_class}"
country = "{country}"
duty_phone = "+31 20 555 0100"

[listen]
host = "{host}"
port = {port}
accepts_partners = {listens}
tls_certificate_file = "tls/certificate.pem"
tls_key_file = "tls/key.pem"
workers = 1
longest_wait_seconds = 1
graceful_seconds = 2
poll_interval_seconds = 1

[keys]
directory = "keys"
storage_passphrase_file = "secrets/storage.passphrase"
signing_passphrase_file = "secrets/signing.passphrase"

[trust]
allowed_networks = ["127.0.0.0/8"] # its partners live on this machine

[seal]
batch_records = 8

[relay]
shortest_pause_seconds = 0.2
longest_pause_seconds = 1

[fetch]
interval_seconds = 0.5

[worker]
tick_seconds = 0.15
checkpoint_seconds = 1

[client]
certificate_file = "clients/{client}.pem"
key_file = "clients/{client}.key"
"""


@dataclass
class Place:
    """One gateway of the demonstration."""

    role: Role
    folder: Path
    port: int
    processes: Processes
    settings: Mapping[str, str] = field(default_factory=dict)  # GATEWAY__… over its file
    running: dict[str, Child] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the id that partners know."""
        return self.role.id

    @property
    def url(self) -> str:
        """Return the address of its API."""
        return f"https://{LOOPBACK}:{self.port}"

    @property
    def config(self) -> Path:
        """Return its settings file."""
        return self.folder / "config.toml"

    def client_files(self, system: str) -> tuple[Path, Path]:
        """Return the certificate and the key of a national system."""
        folder = self.folder / "clients"
        return folder / f"{system}.pem", folder / f"{system}.key"

    def start(self, *words: str, system: str | None = None) -> Child:
        """Start a command about this gateway, answering in JSON; `system`: as whom it speaks."""
        settings = dict(self.settings)
        if system is not None:
            certificate, key = self.client_files(system)
            settings["GATEWAY__CLIENT__CERTIFICATE_FILE"] = str(certificate)
            settings["GATEWAY__CLIENT__KEY_FILE"] = str(key)
        command = (*words, "--config", str(self.config), "--json")
        return self.processes.start(command, settings=settings)

    def ask(self, *words: str, system: str | None = None) -> Any:
        """Run a command; return its JSON. Raises CommandFailed unless its exit code is 0."""
        return answered(self.start(*words, system=system))

    def run(self, name: str) -> None:
        """Start its web or worker process."""
        log = self.folder / f"{name}.log"
        words = (name, "--config", str(self.config))
        self.running[name] = self.processes.start(words, log=log, settings=self.settings)

    def stop(self, name: str) -> None:
        """Stop its web or worker process, after what is under way is done."""
        self.running.pop(name).stop()

    @contextmanager
    def api(self, system: str) -> Iterator[ApiClient]:
        """Speak to its API as a national system, for a block."""
        certificate, key = self.client_files(system)
        with ApiClient(
            self.url,
            certificate_file=certificate,
            key_file=key,
            server_certificates_file=self.folder / "tls" / "certificate.pem",
        ) as api:
            yield api

    def tail(self, lines: int = 15) -> str:
        """Return the ends of its logs."""
        found = []
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_text(errors="replace").splitlines()[-lines:]
            found += [f"--- {path}", *text]
        return "\n".join(found)


@dataclass
class Stage:
    """The places, in a folder of their own; `others` are none where three are enough."""

    folder: Path
    processes: Processes
    national: Place
    hub: Place
    vgt: Place
    others: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Return all of them."""
        return self.national, self.hub, self.vgt, *self.others

    @property
    def member(self) -> Place:
        """Return the other member state, for which the hub carries."""
        (found,) = self.others
        return found

    @property
    def files(self) -> Path:
        """Return the folder of files that national systems push."""
        return self.folder / "files"


def answered(child: Child) -> Any:
    """Return the JSON of a command that must succeed."""
    answer: Answer = child.wait()
    if answer.code != 0:
        said = answer.err.strip() or answer.out.strip()
        raise CommandFailed(f"gateway {' '.join(child.words[:2])} ended with {answer.code}: {said}")
    return answer.json()


def set_up(
    folder: Path,
    settings: Mapping[str, Mapping[str, str]] | None = None,
    others: tuple[Role, ...] = (),
) -> Stage:
    """Make the folder afresh, with everything the offices need before `gateway init`.

    `settings` are GATEWAY__… variables for all that one place runs, by its folder's name.
    """
    _clear(folder)
    logs = folder / "commands"
    logs.mkdir()
    processes = Processes(logs)
    with as_file(files("gateway.cli.demo") / "data") as data:
        shutil.copytree(data / "files", folder / "files")
        roles = (NATIONAL, HUB, VGT, *others)
        places = [
            Place(
                role, folder / role.folder, port, processes, (settings or {}).get(role.folder, {})
            )
            for role, port in zip(roles, _free_ports(len(roles)), strict=True)
        ]
        for place in places:
            _furnish(place, data / "items" / place.role.folder)
    national, hub, vgt, *more = places
    return Stage(folder, processes, national, hub, vgt, tuple(more))


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise FolderInUse(f"not a folder of the demonstration: {folder}")
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).touch()


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on, all found before any is given back."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _furnish(place: Place, items: Path) -> None:
    role = place.role
    place.folder.mkdir(mode=0o700)
    shutil.copytree(items, place.folder / "items")
    if place.role is NATIONAL:
        _clear_transfers(place.folder / "items")
    (place.folder / "clients").mkdir(mode=0o700)
    for system in role.systems:
        _introduce(place, "client", system.name, _client_members(system))
    for officer in role.officers:
        members = {"org": officer.org, "roles": list(officer.roles)}
        _introduce(place, "person", officer.name, members)
    for shared in role.folders:
        (place.folder / shared).mkdir(mode=0o750)
    for client in (role.systems[0].name, *(officer.name for officer in role.officers)):
        _write_settings(place, client)


def _write_settings(place: Place, client: str) -> None:
    """Write the settings, and beside them those with which one person speaks."""
    role = place.role
    path = place.config if client == role.systems[0].name else place.folder / f"{client}.toml"
    path.write_text(
        _SETTINGS.format(
            id=role.id,
            title=role.title,
            profile=role.profile,
            org_class=role.org_class,
            country=role.country,
            host=LOOPBACK,
            port=place.port,
            listens=str(role.listens).lower(),
            client=client,
        )
        + role.more
    )


def _clear_transfers(items: Path) -> None:
    """Write that two people allow transfers to the partner abroad: for this year and no longer."""
    folder = items / "transfer"
    folder.mkdir()
    today = datetime.now(UTC).date()
    lines = [
        "# Two people allow these transfers, for a year at most (rule R-19).",
        f'partner = "{VGT.id}"',
        'types = ["case", "hosting_report", "knowledge_product"]',
        f"by = {json.dumps(STAFF)}",
        f"valid_from = {today}",
        f"valid_until = {today + timedelta(days=_CLEARED_DAYS)}",
        "",
    ]
    (folder / f"{VGT.id}.toml").write_text("\n".join(lines))


def _introduce(place: Place, kind: str, name: str, members: Mapping[str, object]) -> None:
    """Make a key and a certificate for a system or a person, and the item that knows them."""
    certificate, key = place.client_files(name)
    public, private = self_signed([name], common_name=name, now=int(time.time()), days=_DAYS)
    write_private(key, private)
    certificate.write_bytes(public)
    lines = [f"{member} = {json.dumps(value)}" for member, value in members.items()]
    item = place.folder / "items" / kind / f"{name}.toml"
    item.parent.mkdir(exist_ok=True)
    item.write_text("\n".join([*lines, f'certificates = ["""\n{public.decode()}"""]', ""]))


def _client_members(system: System) -> dict[str, object]:
    return {
        "org": system.org,
        "sources": list(system.sources),
        "scopes": list(ALL_SCOPES if system.sources else ("inbox", "read")),
    }


def write_private(path: Path, raw: bytes) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(raw)
