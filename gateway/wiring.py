"""The composition root: settings → one `Exchange`. The only place that knows every concrete part.

Called once per process, after a fork. `role` says what the process may hold: only the worker and
the command line open the signing keys.
"""

from __future__ import annotations

import os
import secrets
import signal
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from gateway.adapter_shelf import KnownAdapters
from gateway.core.errors import SettingRefused
from gateway.core.ids import parse_partner_id
from gateway.core.retry import Pauses
from gateway.flow.exchange import Exchange, OwnIdentity, no_failpoint
from gateway.flow.ports import NationalSystem, PulledSource
from gateway.flow.vault import Vault
from gateway.settings import Settings, core_limits, read_secret
from gateway.store.schema import upgrade
from gateway.store.work import SqlStore
from gateway.transport.disk import DataDisk
from gateway.transport.drops import FolderDrop
from gateway.transport.folders import FolderTray
from gateway.transport.mail import SmtpMail, tls_of
from gateway.transport.national import HttpsEndpoint, HttpsOrigin
from gateway.transport.partners import HttpTransport
from keys.agent import LocalKeyAgent
from keys.audit import newest
from keys.errors import KeysError
from keys.files import open_signing, open_storage, read_passphrase

Role = Literal["web", "worker", "cli"]
FAILPOINT_VARIABLE = "GATEWAY_FAILPOINT"


class NotMadeYet(SettingRefused):
    """This gateway has no keys or no certificate yet."""

    code = "not-made-yet"
    advice = "Run `gateway init` first, with the same settings."


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000


class SystemEntropy:
    """The system's random source."""

    def bytes(self, count: int) -> bytes:
        """Return `count` random bytes."""
        return secrets.token_bytes(count)


def build(settings: Settings, role: Role) -> Exchange:
    """Return the exchange of this gateway for one kind of process.

    Raises SettingRefused when keys, certificates or database cannot be opened as configured.
    """
    entropy = SystemEntropy()
    agent = _agent(settings, role)
    return Exchange(
        own=_own(settings),
        store=SqlStore.open(settings.database_url(), threads=_threads(settings, role)),
        agent=agent,
        vault=Vault(agent, entropy),
        transport=HttpTransport(
            certificate_file=settings.listen.tls_certificate_file,
            key_file=settings.listen.tls_key_file,
            timeout_seconds=settings.relay.timeout_seconds,
            allowed_networks=settings.trust.allowed_networks,
        ),
        clock=SystemClock(),
        entropy=entropy,
        limits=core_limits(settings),
        pauses=Pauses(
            shortest_ms=int(settings.relay.shortest_pause_seconds * 1000),
            longest_ms=int(settings.relay.longest_pause_seconds * 1000),
        ),
        adapters=KnownAdapters(),
        systems=_systems(settings) if role == "worker" else {},
        pulled=_pulled(settings) if role == "worker" else {},
        disk=DataDisk(settings.gateway.data_directory),
        alarm_mail=_mail(settings) if role == "worker" else None,
        alarm_hook=_hook(settings) if role == "worker" else None,
        reach=failpoint(os.environ),
    )


def _systems(settings: Settings) -> dict[str, NationalSystem]:
    """Return the ways to national systems that are brought what is theirs, by client."""
    listen = settings.listen
    return {
        name: NationalSystem(
            client=name,
            rendering=table.rendering,
            endpoint=None
            if table.server_certificates_file is None or not table.url
            else HttpsEndpoint(
                table.url,
                certificate_file=table.certificate_file or listen.tls_certificate_file,
                key_file=table.key_file or listen.tls_key_file,
                server_certificates_file=table.server_certificates_file,
                timeout_seconds=settings.relay.timeout_seconds,
            ),
            tray=None if table.directory is None else FolderTray(table.directory, name),
            receipt_only=table.acknowledge == "receipt",
            receipt_wait_ms=table.receipt_wait_seconds * 1000,
            most_files=table.most_files,
            answer_ms=table.answer_seconds * 1000,
        )
        for name, table in settings.national_systems.items()
    }


def _mail(settings: Settings) -> SmtpMail | None:
    """Return the way of alarms to mailboxes, None if none is set."""
    alarms = settings.alarms
    if not alarms.mail_to:
        return None
    tls_of(alarms.smtp_ca_file)  # a file that cannot be read is told at start
    secret = alarms.smtp_password_file
    return SmtpMail(
        host=alarms.smtp_host,
        port=alarms.smtp_port,
        starttls=alarms.smtp_tls == "starttls",
        sender=alarms.mail_from,
        recipients=alarms.mail_to,
        user=alarms.smtp_user,
        password=read_secret(secret) if secret is not None else "",
        ca_file=alarms.smtp_ca_file,
        timeout_seconds=settings.relay.timeout_seconds,
    )


def _hook(settings: Settings) -> HttpsEndpoint | None:
    """Return the webhook of alarms, None if none is set."""
    alarms, listen = settings.alarms, settings.listen
    if alarms.webhook_certificates_file is None:
        return None
    return HttpsEndpoint(
        alarms.webhook_url,
        certificate_file=listen.tls_certificate_file,
        key_file=listen.tls_key_file,
        server_certificates_file=alarms.webhook_certificates_file,
        timeout_seconds=settings.relay.timeout_seconds,
    )


def _pulled(settings: Settings) -> dict[str, PulledSource]:
    """Return the sources that we look at ourselves, by name."""
    listen = settings.listen
    return {
        name: PulledSource(
            name=name,
            client=table.client,
            media_type=table.media_type,
            origin=None
            if table.ca_file is None or not table.url
            else HttpsOrigin(
                table.url,
                certificate_file=table.certificate_file or listen.tls_certificate_file,
                key_file=table.key_file or listen.tls_key_file,
                ca_file=table.ca_file,
                most_bytes=table.most_bytes,
                timeout_seconds=settings.relay.timeout_seconds,
            ),
            drop=None
            if table.directory is None
            else FolderDrop(table.directory, settle_seconds=table.settle_seconds),
            interval_seconds=table.interval_seconds,
            quiet_ms=table.quiet_seconds * 1000,
            keep_seconds=table.keep_seconds,
        )
        for name, table in settings.pulled_sources.items()
    }


def prepare(settings: Settings) -> bool:
    """Bring the database to the newest schema; return whether it had an older one, or none.

    Safe when several processes do it at once.
    """
    return upgrade(settings.database_url())


def _threads(settings: Settings, role: Role) -> int:
    threads = {"web": settings.listen.threads, "worker": settings.worker.threads, "cli": 2}[role]
    return int(threads) + 2


def _agent(settings: Settings, role: Role) -> LocalKeyAgent:
    folder = settings.keys.directory
    if _is_missing(folder):
        raise NotMadeYet(f"there is no key folder {folder}")
    try:
        storage = open_storage(folder, read_passphrase(settings.keys.storage_passphrase_file))
        if role == "web":
            return LocalKeyAgent(storage)
        signing = open_signing(folder, read_passphrase(settings.keys.signing_passphrase_file))
        audit = newest(folder) if role == "worker" else None
    except KeysError as error:
        raise SettingRefused(f"keys: {error.code}: {error.detail}") from error
    return LocalKeyAgent(storage, signing, audit)


def _is_missing(path: Path) -> bool:
    """Return whether nothing is there; a folder that may not be entered could hold it."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _own(settings: Settings) -> OwnIdentity:
    identity = settings.identity
    files = [settings.listen.tls_certificate_file, settings.listen.tls_next_certificate_file]
    return OwnIdentity(
        id=parse_partner_id(settings.gateway.id),
        names=dict(identity.names),
        community=identity.community,
        org_class=identity.org_class,
        country=identity.country,
        time_zone=identity.time_zone,
        endpoints=(settings.listen.public_url,) if settings.listen.accepts_partners else (),
        networks=tuple(identity.networks),
        tls=tuple(_certificate(path) for path in files if path is not None),
        duty={
            "name": identity.duty_name,
            "phone": identity.duty_phone,
            "email": identity.duty_email,
        },
    )


def _certificate(path: Path) -> bytes:
    try:
        return ssl.PEM_cert_to_DER_cert(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise NotMadeYet(f"there is no certificate {path}") from None
    except (OSError, ValueError) as error:
        raise SettingRefused(f"not a certificate in PEM: {path}") from error


def failpoint(environ: Mapping[str, str]) -> Callable[[str], None]:
    """Return what to do at each numbered step: nothing, or die there as by `kill -9`.

    For tests of crashes. ``GATEWAY_FAILPOINT=seal.records.before:3`` dies at the third time.
    It gives whoever sets it nothing that a signal would not.
    """
    wanted = environ.get(FAILPOINT_VARIABLE)
    if not wanted:
        return no_failpoint
    name, _, count = wanted.partition(":")
    left = [int(count or 1)]

    def reach(step: str) -> None:
        if step == name:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reach
