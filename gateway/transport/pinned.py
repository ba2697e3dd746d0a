"""Connections that reach one checked address, show our certificate and believe pinned ones only.

Owns the TLS of calls to partners, as connection classes below urllib3 and an adapter for
requests. The trust store of a connection holds exactly the certificates of the partner's card;
after the handshake the certificate shown is compared with them, byte for byte. Names in
certificates mean nothing here.

Stays true:
  * No certificate authority, no proxy and no environment variable has a say.
  * A call ends when its time is over, whatever trickles in: its socket is shut down.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError

from gateway.transport.addresses import Unreachable

Choose = Callable[[str, int], Sequence[str]]  # the addresses of a host that may be used

_HTTPS = 443


class CertificateUnknown(Unreachable):
    """The other side showed a certificate that is not on its card."""

    code: ClassVar[str] = "certificate-unknown"
    advice: ClassVar[str] = "Ask the partner for a newer card; do not confirm it without its words."


class Deadline(threading.local):
    """The watch over this thread's call: `arm` it, and each connection it uses reports here."""

    def __init__(self) -> None:
        self._watched: list[WatchedConnection] = []
        self._timer: threading.Timer | None = None
        self._over = threading.Event()

    def arm(self, seconds: float) -> None:
        """Start the time of one call."""
        self._watched = []
        self._over = threading.Event()
        self._timer = threading.Timer(seconds, _shut, args=(self._watched, self._over))
        self._timer.daemon = True
        self._timer.start()

    def disarm(self) -> bool:
        """End the watch; return whether the time was over."""
        if self._timer is not None:
            self._timer.cancel()
        self._watched = []
        return self._over.is_set()

    def watch(self, connection: WatchedConnection) -> None:
        """Shut this connection down when the time is over, at once if it is already."""
        self._watched.append(connection)
        if self._over.is_set():
            connection.shut()


def _shut(watched: list[WatchedConnection], over: threading.Event) -> None:
    over.set()
    for connection in list(watched):
        connection.shut()


class WatchedConnection(HTTPSConnection):
    """One TLS connection to a checked address that its call's time can end.

    `watched` and `pinned` make a class below this one for each session.
    """

    choose: ClassVar[Choose]
    deadline: ClassVar[Deadline]
    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        port = self.port or _HTTPS
        failure: OSError | None = None
        for address in type(self).choose(self.host, port):
            try:
                found = socket.create_connection((address, port), timeout=self._pause())
            except OSError as error:
                failure = error
                continue
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A second handle on the same connection: it survives the wrapping in TLS, so that
            # the handshake, too, can be ended from outside.
            self._handle = found.dup()
            self.deadline.watch(self)
            return found
        raise NewConnectionError(self, "no address of the host answers") from failure

    def _pause(self) -> float | None:
        return self.timeout if isinstance(self.timeout, int | float) else None

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request under the watch of its call."""
        if self._handle is not None:  # kept alive from an earlier call
            self.deadline.watch(self)
        super().request(*args, **kwargs)

    def shut(self) -> None:
        """End the connection from another thread: whoever reads it sees its end."""
        handle = self._handle
        if handle is not None:
            with contextlib.suppress(OSError):  # ended already, which is all we want
                handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close both handles."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()
        super().close()


class PinnedConnection(WatchedConnection):
    """Believes the other side only with one of its pinned certificates."""

    certificates: ClassVar[frozenset[bytes]]  # DER

    def connect(self) -> None:
        """Connect, and look once more at the certificate that was shown."""
        super().connect()
        tls = self.sock
        shown = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLSocket) else None
        if shown not in self.certificates:
            self.close()
            raise CertificateUnknown


def watched(choose: Choose, deadline: Deadline) -> type[WatchedConnection]:
    """Return the class of connections to any address that `choose` gives for a host."""
    members = {"choose": staticmethod(choose), "deadline": deadline}
    return type("Watched", (WatchedConnection,), members)


def pinned(
    certificates: frozenset[bytes], choose: Choose, deadline: Deadline
) -> type[WatchedConnection]:
    """Return the class of connections to whoever holds one of `certificates` (DER)."""
    members = {
        "choose": staticmethod(choose),
        "deadline": deadline,
        "certificates": certificates,
    }
    return type("Pinned", (PinnedConnection,), members)


class ContextAdapter(HTTPAdapter):
    """Carries the requests of one session: one TLS context and one class of connections."""

    def __init__(self, context: ssl.SSLContext, connection: type[WatchedConnection]) -> None:
        self._context = context
        self._connection = connection
        super().__init__(pool_connections=1, pool_maxsize=4, max_retries=0)

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002 - as in requests
        **_kwargs: Any,
    ) -> None:
        """Make the pool, with our connections and no others."""

        class Pool(HTTPSConnectionPool):
            ConnectionCls = self._connection

        manager = PoolManager(
            num_pools=connections,
            maxsize=maxsize,
            block=block,
            ssl_context=self._context,
            assert_hostname=None if self._context.check_hostname else False,
        )
        manager.pool_classes_by_scheme = {"https": Pool}
        self.poolmanager = manager

    def build_connection_pool_key_attributes(
        self,
        request: PreparedRequest,
        verify: object,  # noqa: ARG002 - as in requests
        cert: object = None,  # noqa: ARG002 - as in requests
    ) -> tuple[Any, Any]:
        """Choose the pool by host alone: the context says all about TLS."""
        host, _ = super().build_connection_pool_key_attributes(request, verify=True, cert=None)
        return dict(host), {}

    def cert_verify(self, conn: object, url: str, verify: object, cert: object) -> None:
        """Leave the connection as it is: requests would add its own bundle of authorities."""


def client_context(certificate_file: Path, key_file: Path) -> ssl.SSLContext:
    """Return a TLS 1.3 client that trusts nobody yet and shows this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a pinned leaf needs no authority
    context.load_cert_chain(certificate_file, key_file)
    return context
