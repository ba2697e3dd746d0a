"""Speak to national systems over HTTPS: bring them what is theirs, fetch what they have.

Address and certificates are those of our own settings, so any network is allowed except where
metadata services live. Who is brought something shows a certificate that is listed there; who
something is fetched from shows one of the listed authority, for its host name. Redirects are
followed nowhere.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.core.errors import SettingRefused
from gateway.flow.ports import Answer
from gateway.transport.addresses import AddressRefused, Resolve, Unreachable, resolve
from gateway.transport.calls import Call, ask, new_session
from gateway.transport.pinned import ContextAdapter, Deadline, client_context, pinned, watched

_ANSWER_BYTES: Final = 64 * 1024
_END: Final = "-----END CERTIFICATE-----"


class HttpsEndpoint:
    """`flow.ports.Endpoint` of one national system. Made after a fork; for one thread at a time."""

    def __init__(
        self,
        url: str,
        *,
        certificate_file: Path,
        key_file: Path,
        server_certificates_file: Path,
        timeout_seconds: float,
    ) -> None:
        self.url = url
        self._seconds = timeout_seconds
        self._deadline = Deadline()
        certificates = pinned_certificates(server_certificates_file)
        try:
            context = client_context(certificate_file, key_file)
            for der in certificates:
                context.load_verify_locations(cadata=der)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise SettingRefused("a certificate for a national system cannot be read") from error
        connection = pinned(frozenset(certificates), configured, self._deadline)
        self._session = new_session(ContextAdapter(context, connection))

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST once. Raises Unreachable for anything but a whole answer in time."""
        call = Call(
            method="POST",
            url=self.url,
            headers=headers,
            body=body,
            answer_bytes=_ANSWER_BYTES,
            seconds=self._seconds,
        )
        return ask(self._session, call, self._deadline)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


class HttpsOrigin:
    """`flow.ports.Origin` of one source. Made after a fork; for one thread at a time."""

    def __init__(
        self,
        url: str,
        *,
        certificate_file: Path,
        key_file: Path,
        ca_file: Path,
        most_bytes: int,
        timeout_seconds: float,
    ) -> None:
        self.url = url
        self._seconds = timeout_seconds
        self._most_bytes = most_bytes
        self._deadline = Deadline()
        try:
            context = client_context(certificate_file, key_file)
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise SettingRefused("a certificate for a source cannot be read") from error
        context.check_hostname = True
        self._session = new_session(ContextAdapter(context, watched(configured, self._deadline)))

    def get(self, etag: str | None, modified: str | None) -> Answer:
        """GET the document, if it differs from that version. Raises Unreachable."""
        headers = {"If-None-Match": etag, "If-Modified-Since": modified}
        call = Call(
            method="GET",
            url=self.url,
            headers={name: value for name, value in headers.items() if value},
            answer_bytes=self._most_bytes,
            seconds=self._seconds,
            is_document=True,
        )
        return ask(self._session, call, self._deadline)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def configured(host: str, port: int, resolve: Resolve = resolve) -> list[str]:
    """Return the addresses of a host that our settings name, none of them link-local."""
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise Unreachable("the host name does not resolve") from error
    good = [text for text in dict.fromkeys(found) if _is_ordinary(text)]
    if not good:
        raise AddressRefused("the host name leads to no address that we may speak to")
    return good


def _is_ordinary(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # e.g. an IPv6 address with a zone
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    for one in (address, mapped or address):
        if one.is_link_local or one.is_multicast or one.is_unspecified:
            return False
    return True


def pinned_certificates(file: Path) -> list[bytes]:
    """Return every certificate of a PEM file in DER, at least one. Raises SettingRefused."""
    try:
        text = file.read_text(encoding="ascii")
        parts = [part + _END for part in text.split(_END)[:-1]]
        found = [ssl.PEM_cert_to_DER_cert(part.strip()) for part in parts]
    except (OSError, ValueError) as error:
        raise SettingRefused(f"not certificates in PEM: {file}") from error
    if not found:
        raise SettingRefused(f"no certificate in {file}")
    return found
