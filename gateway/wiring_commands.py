"""What commands need of the concrete parts beyond `wiring.build`. A part of the composition root.

A command is short: what it opens it closes. It speaks to a running gateway as a national system
does, and reads our own public keys from the key folder, not from the database it checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gateway import wiring
from gateway.core.errors import SettingRefused
from gateway.flow.exchange import Exchange
from gateway.settings import Settings
from gateway.store.work import SqlStore
from gateway.transport.client import ApiClient
from gateway.transport.partners import HttpTransport
from keys.errors import KeysError
from keys.files import public_keys
from keys.suite import ED25519, PublicKey


class ClientNotSet(SettingRefused):
    """The settings do not say with which certificate to speak to the gateway."""

    code = "client-not-set"
    advice = "Set certificate_file and key_file under [client] in the settings."


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


def ledger_keys(settings: Settings) -> list[PublicKey]:
    """Return the public keys that sign our tree heads, past ones too."""
    try:
        keys = public_keys(settings.keys.directory)
    except (KeysError, OSError) as error:
        raise SettingRefused("the public keys in the key folder cannot be read") from error
    return [one.key for one in keys if one.key.alg == ED25519]
