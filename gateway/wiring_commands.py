"""What commands need of the concrete parts beyond `wiring.build`. A part of the composition root.

A command is short: what it opens it closes. It speaks to a running gateway as a national system
does, and reads our own public keys from the key folder, not from the database it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gateway import wiring
from gateway.core.errors import GatewayError, SettingRefused
from gateway.flow.audit_subject import note_hand_over
from gateway.flow.exchange import Exchange
from gateway.flow.key_care import demand_no_successor
from gateway.settings import Settings
from gateway.store.work import SqlStore
from gateway.transport.client import ApiClient
from gateway.transport.partners import HttpTransport
from keys import audit
from keys.audit import AuditKeys
from keys.errors import KeysError
from keys.files import SigningFolder, open_signing, public_keys, read_passphrase, set_state
from keys.ring import (
    ACTIVE,
    DESTROYED,
    OPEN_AFTER_SECONDS,
    RETIRED,
    SEAL,
    SEALED_TO_SECONDS,
    RingKey,
)
from keys.suite import ED25519, HPKE_10_KE, PublicKey


class ClientNotSet(SettingRefused):
    """The settings do not say with which certificate to speak to the gateway."""

    code = "client-not-set"
    advice = "Set certificate_file and key_file under [client] in the settings."


class AuditKeyShut(GatewayError):
    """The audit key does not open, or cannot be changed, with what was given."""

    code = "audit-key-shut"
    advice = "Both people type their own passphrase; `gateway audit keys` says who they are."


@contextmanager
def opened(settings: Settings, role: wiring.Role) -> Iterator[Exchange]:
    """Hold the exchange of this gateway for a block."""
    exchange = wiring.build(settings, role)
    try:
        yield exchange
    finally:
        if isinstance(exchange.transport, HttpTransport):
            exchange.transport.close()
        if isinstance(exchange.store, SqlStore):
            exchange.store.close()


def api_client(settings: Settings) -> ApiClient:
    """Return the way to a running gateway. Raises ClientNotSet, SettingRefused."""
    client = settings.client
    if client.certificate_file is None or client.key_file is None:
        raise ClientNotSet
    return ApiClient(
        client.url or settings.listen.public_url,
        certificate_file=client.certificate_file,
        key_file=client.key_file,
        server_certificates_file=client.server_certificates_file
        or settings.listen.tls_certificate_file,
    )


def audit_keys_of(settings: Settings, first: bytes, second: bytes) -> AuditKeys:
    """Return the audit keys that two people open together. Raises AuditKeyShut."""
    with _audit_faults():
        return audit.open_together(settings.keys.directory, first, second)


def hand_share_over(
    settings: Settings, exchange: Exchange, passphrase: bytes, to: str, new: bytes, *, by: str
) -> int:
    """Give a share of the audit key to another person; return how many. Raises AuditKeyShut."""
    with _audit_faults():
        moved = audit.hand_over(settings.keys.directory, passphrase, audit.Holder(to, new))
    note_hand_over(to, by, exchange)
    return moved


def public_audit_keys(settings: Settings) -> list[dict[str, Any]]:
    """Return every audit key and who holds its shares, oldest first."""
    with _audit_faults():
        return [
            {"kid": one.key.kid, "made": one.made, "holders": list(one.holders)}
            for one in audit.audit_keys(settings.keys.directory)
        ]


@contextmanager
def _audit_faults() -> Iterator[None]:
    try:
        yield
    except KeysError as error:
        raise AuditKeyShut(f"{error.code}: {error.detail}") from error


def make_sealing_key(settings: Settings, begins: int, now: int) -> str:
    """Make a sealing key that is used from `begins` on; tidy those whose time is over.

    Times in seconds since 1970. Needs the passphrase of the signing group. Raises
    RotationUnderWay, SettingRefused.
    """
    try:
        phrase = read_passphrase(settings.keys.signing_passphrase_file)
        folder = open_signing(settings.keys.directory, phrase)
        held = folder.public_keys()
        demand_no_successor(held, now)
        made = folder.add(HPKE_10_KE, not_before=begins, not_after=begins + SEALED_TO_SECONDS)
        for one in held:
            if one.use == SEAL and one.not_after is not None and one.not_after <= now:
                _end(one, folder, settings, now)
    except (KeysError, OSError) as error:
        raise SettingRefused("the signing keys do not open") from error
    return made


def _end(one: RingKey, folder: SigningFolder, settings: Settings, now: int) -> None:
    """Retire a key that is sealed to no more; destroy it once nothing under way needs it."""
    if one.state == DESTROYED or one.not_after is None:
        return
    if one.not_after + OPEN_AFTER_SECONDS <= now:
        folder.destroy(one.key.kid)
    elif one.state == ACTIVE:
        set_state(settings.keys.directory, one.key.kid, RETIRED)


def ledger_keys(settings: Settings) -> list[PublicKey]:
    """Return the public keys that sign our tree heads, past ones too."""
    try:
        keys = public_keys(settings.keys.directory)
    except (KeysError, OSError) as error:
        raise SettingRefused("the public keys in the key folder cannot be read") from error
    return [one.key for one in keys if one.key.alg == ED25519]
