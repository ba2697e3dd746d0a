"""Speak to partners' gateways: the only way out.

Owns how a call of the wire specification becomes bytes on a connection. Whether and what to
send is decided by the journeys; what an answer means is theirs, too.

Ruled by docs/spec/wire.md, "HTTP between gateways".

Stays true:
  * One session per partner, endpoint and set of certificates: nothing of one reaches another.
  * The other side is who its card says, by certificate; its address is public or listed.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import requests

from gateway.core.limits import WireLimits
from gateway.flow.ports import Answer, Peer, Reached
from gateway.transport.addresses import (
    AddressRefused,
    Resolve,
    Unreachable,
    parse_networks,
    permitted,
    resolve,
)
from gateway.transport.calls import Call, ask, new_session
from gateway.transport.pinned import ContextAdapter, Deadline, client_context, pinned
from gateway.transport.probing import probe

__all__ = ["HttpTransport", "Unreachable"]

ENVELOPE = "application/vnd.exchange-gateway.envelope+json"
LINES = "application/x-ndjson"

_SMALL_ANSWER_BYTES = 256 * 1024
_RECEIPTS_ANSWER_BYTES = 8 * 1024 * 1024
_HEAD_LINE_BYTES = 64 * 1024


@dataclass(slots=True)
class _Line:
    """The session to one partner, and when its card or endpoint changed, a new one."""

    peer: Peer
    session: requests.Session = field(repr=False)


class HttpTransport:
    """Implements `flow.ports.Transport`. Make it after a fork; it is safe between threads."""

    def __init__(
        self,
        *,
        certificate_file: Path,
        key_file: Path,
        timeout_seconds: float,
        allowed_networks: Sequence[str] = (),
        limits: WireLimits | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._certificate_file = certificate_file
        self._key_file = key_file
        self._timeout_seconds = timeout_seconds
        self._limits = limits or WireLimits()
        self._choose = partial(permitted, allowed=parse_networks(allowed_networks), resolve=resolve)
        self._deadline = Deadline()
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def deliver(self, peer: Peer, envelope: bytes, *, wait_seconds: int) -> Answer:
        """POST one envelope; with `wait_seconds`, ask for the receipt in the same answer."""
        headers = {"Content-Type": ENVELOPE}
        if wait_seconds > 0:
            headers["Prefer"] = f"wait={wait_seconds}"
        return self._ask(
            peer,
            "POST",
            "/exchange/v1/inbox",
            headers=headers,
            body=envelope,
            more_seconds=max(0, wait_seconds),
        )

    def mailbox(self, peer: Peer, *, iss: str, ep: int, after: int, limit: int) -> Answer:
        """GET what waits for us, at most `limit` envelopes."""
        return self._ask(
            peer,
            "GET",
            "/exchange/v1/mailbox",
            parameters={"iss": iss, "ep": ep, "after": after, "limit": limit},
            answer_bytes=limit * (self._limits.max_envelope_bytes + 1) + _HEAD_LINE_BYTES,
        )

    def post_receipts(self, peer: Peer, receipts: Sequence[bytes]) -> Answer:
        """POST our receipts, one a line."""
        body = b"".join(receipt + b"\n" for receipt in receipts)
        headers = {"Content-Type": LINES}
        return self._ask(peer, "POST", "/exchange/v1/receipts", headers=headers, body=body)

    def get_receipts(self, peer: Peer, *, after: int) -> Answer:
        """GET receipts for what we sent, numbered above `after`."""
        return self._ask(
            peer,
            "GET",
            "/exchange/v1/receipts",
            parameters={"after": after},
            answer_bytes=_RECEIPTS_ANSWER_BYTES,
        )

    def wake(self, peer: Peer) -> Answer:
        """POST that something waits; the call is empty, so that it tells a listener nothing."""
        return self._ask(peer, "POST", "/exchange/v1/wake", body=b"")

    def card(self, peer: Peer) -> Answer:
        """GET the partner's card."""
        return self._ask(peer, "GET", "/exchange/v1/card")

    def probe(self, peer: Peer) -> Sequence[Reached]:
        """Go the way to the partner step by step, up to the first that fails."""
        try:
            endpoint = _base(peer.endpoint)
        except AddressRefused as error:
            return [Reached("dns", error.code, error.detail)]
        return probe(
            endpoint,
            frozenset(peer.tls),
            self._choose,
            partial(self._context, peer),
            self._timeout_seconds,
        )

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            line.session.close()

    def _ask(
        self,
        peer: Peer,
        method: str,
        path: str,
        *,
        parameters: dict[str, str | int] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        answer_bytes: int = _SMALL_ANSWER_BYTES,
        more_seconds: float = 0,
    ) -> Answer:
        call = Call(
            method=method,
            url=_base(peer.endpoint) + path,
            parameters=parameters or {},
            headers=headers or {},
            body=body,
            answer_bytes=answer_bytes,
            seconds=self._timeout_seconds + more_seconds,
        )
        return ask(self._session(peer), call, self._deadline)

    def _session(self, peer: Peer) -> requests.Session:
        with self._lock:
            line = self._lines.get(peer.partner)
            if line is not None and line.peer == peer:
                return line.session
            session = new_session(self._adapter(peer))
            self._lines[peer.partner] = _Line(peer, session)
        if line is not None:
            line.session.close()
        return session

    def _adapter(self, peer: Peer) -> ContextAdapter:
        connection = pinned(frozenset(peer.tls), self._choose, self._deadline)
        return ContextAdapter(self._context(peer), connection)

    def _context(self, peer: Peer) -> ssl.SSLContext:
        try:
            context = client_context(self._certificate_file, self._key_file)
            for der in peer.tls:
                context.load_verify_locations(cadata=der)
        except (ssl.SSLError, ValueError) as error:
            raise Unreachable("a certificate of the partner's card cannot be read") from error
        if not peer.tls:
            raise Unreachable("the partner's card names no certificate")
        return context


def _base(endpoint: str) -> str:
    """Return an endpoint without its last slash. Raises AddressRefused unless it is plain https."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("the partner's endpoint is not a URL") from error
    strange = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme != "https" or not parts.hostname or port == 0 or strange:
        raise AddressRefused("an endpoint is https, a host, a port, and nothing else")
    return endpoint.rstrip("/")
