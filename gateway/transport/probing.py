"""Look step by step how far the way to a partner's gateway goes: name, connection, TLS.

Nothing is sent on it. What is asked of the other side afterwards goes the usual way.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from gateway.flow.ports import Reached
from gateway.transport.addresses import Unreachable
from gateway.transport.pinned import CertificateUnknown, Choose

_HTTPS = 443


def probe(
    endpoint: str,
    certificates: frozenset[bytes],
    choose: Choose,
    context: Callable[[], ssl.SSLContext],
    seconds: float,
) -> list[Reached]:
    """Return the steps in order, up to the first that fails."""
    parts = urlsplit(endpoint)
    host, port = parts.hostname or "", parts.port or _HTTPS
    done: list[Reached] = []
    try:
        addresses = choose(host, port)
    except Unreachable as error:
        return [Reached("dns", error.code, error.detail)]
    done.append(Reached("dns"))
    connection, said = _connected(addresses, port, seconds)
    if connection is None:
        return [*done, Reached("tcp", "unreachable", said)]
    done.append(Reached("tcp"))
    with connection:
        return [*done, _shaken(connection, host, certificates, context)]


def _connected(
    addresses: Sequence[str], port: int, seconds: float
) -> tuple[socket.socket | None, str]:
    said = "no address of the host answers"
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=seconds), ""
        except OSError as error:
            said = f"the connection failed: {error.strerror or 'no answer in time'}"
    return None, said


def _shaken(
    connection: socket.socket,
    host: str,
    certificates: frozenset[bytes],
    context: Callable[[], ssl.SSLContext],
) -> Reached:
    try:
        with context().wrap_socket(connection, server_hostname=host) as tls:
            shown = tls.getpeercert(binary_form=True)
    except ssl.SSLCertVerificationError:
        return Reached("tls", CertificateUnknown.code, "it shows a certificate that its card lacks")
    except (OSError, Unreachable):
        return Reached("tls", "tls-failed", "the TLS handshake failed")
    if shown not in certificates:
        return Reached("tls", CertificateUnknown.code, "it shows a certificate that its card lacks")
    return Reached("tls")
