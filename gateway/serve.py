"""Serve the web application: gunicorn's settings, and whom TLS lets in.

Owns the listener. By default it is TLS 1.3 on an address, where a client certificate is asked
for and, if shown, must be one that we trust: a certificate of a confirmed partner, of a client
item, or one of the listed authorities. Behind a proxy it is a Unix socket without TLS.

Ruled by docs/spec/wire.md, "HTTP between gateways".

Stays true:
  * The application, its exchange and its engines are made in each worker, after the fork.
  * A certificate that is trusted no more fails in TLS within a second, and in
    `web.identity` at once; one that is newly trusted gets in within a second.
  * No connection holds a thread for longer than its deadline.
  * There is no control socket, and nothing is written into the home folder.
"""

from __future__ import annotations

import contextlib
import gc
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped] # has no types
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped] # the same

from gateway.core.errors import GatewayError
from gateway.flow.exchange import Exchange
from gateway.flow.identify import trusted_certificates

_LOOK_AGAIN_SECONDS = 1.0
_LINGER_SECONDS = 0.5
_LINGER_BYTES = 64 * 1024

_log = structlog.get_logger(__name__)

Build = Callable[[], tuple[Flask, Exchange]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where and how to listen; the files are named when `bind` is an address, not ``unix:…``."""

    bind: str
    certificate_file: Path | None = None
    key_file: Path | None = None
    ca_files: tuple[Path, ...] = ()
    workers: int = 2
    threads: int = 8
    graceful_seconds: int = 25  # longer than any `Prefer: wait`
    keepalive_seconds: int = 75
    head_seconds: int = 10  # for the TLS handshake and the head of a request
    request_seconds: int = 300  # for the rest: its body, the work, reading the answer


def run_web(listening: Listening, build: Build) -> None:
    """Serve until told to stop; ends in SystemExit, as gunicorn does.

    `build` is called once in each worker. SIGTERM lets requests finish for `graceful_seconds`.
    """
    _Server(listening, build).run()


class ServerContexts:
    """The TLS context of one worker: made once, made again when the trusted certificates change."""

    def __init__(self, listening: Listening, exchange: Exchange) -> None:
        self._listening = listening
        self._exchange = exchange
        self._lock = threading.Lock()
        self._changed = exchange.store.changed()
        self._trusted = frozenset(trusted_certificates(exchange))
        self._context = server_context(listening, self._trusted)
        self._look_at = time.monotonic() + _LOOK_AGAIN_SECONDS

    def current(self) -> ssl.SSLContext:
        """Return the context for a connection that comes in now."""
        if time.monotonic() >= self._look_at and self._lock.acquire(blocking=False):
            try:
                self._look_again()
            except GatewayError as error:
                # Who is who is asked of the database for each request, so keeping the older
                # context lets nobody in.
                _log.warning("serve.trust-not-read", code=error.code)
            finally:
                self._look_at = time.monotonic() + _LOOK_AGAIN_SECONDS
                self._lock.release()
        return self._context

    def _look_again(self) -> None:
        changed = self._exchange.store.changed()
        if changed == self._changed:
            return
        trusted = frozenset(trusted_certificates(self._exchange))
        if trusted != self._trusted:
            self._context = server_context(self._listening, trusted)
            self._trusted = trusted
            _log.info("serve.trust-changed", certificates=len(trusted))
        self._changed = changed


def server_context(listening: Listening, trusted: Iterable[bytes]) -> ssl.SSLContext:
    """Return a TLS 1.3 server that asks for a certificate and accepts none but `trusted` (DER)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a trusted leaf needs no authority
    context.num_tickets = 0  # no resumption: each connection proves its key anew
    if listening.certificate_file is not None:
        context.load_cert_chain(listening.certificate_file, listening.key_file)
    for path in listening.ca_files:
        context.load_verify_locations(path)
    for der in trusted:
        try:
            context.load_verify_locations(cadata=der)
        except ssl.SSLError:
            _log.warning("serve.certificate-not-read")
    return context


class _Server(BaseApplication):  # type: ignore[misc] # see its import
    """Gunicorn, with settings given here and nowhere else: no file, no environment."""

    def __init__(self, listening: Listening, build: Build) -> None:
        self.listening = listening
        self._build = build
        self._contexts: ServerContexts | None = None
        super().__init__()

    def load_config(self) -> None:
        for name, value in gunicorn_settings(self.listening, self._context).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app, exchange = self._build()
        if self.listening.certificate_file is not None:
            self._contexts = ServerContexts(self.listening, exchange)
        settle_memory()
        return app

    def _context(self, _conf: object, _default: object) -> ssl.SSLContext:
        if self._contexts is None:
            raise RuntimeError("a connection came before the application was loaded")
        return self._contexts.current()


class BoundedWorker(ThreadWorker):  # type: ignore[misc] # see its import
    """A thread worker in which no connection holds a thread for ever.

    Gunicorn reads heads and writes answers without a time limit, so that a few silent
    connections could take every thread. Here each has a deadline; the main thread, which wakes
    once a second, shuts down the connections that are past it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadlines: dict[Any, float] = {}

    def handle(self, conn: Any) -> Any:
        """Read one request and answer it, in a thread."""
        self._deadlines[conn] = time.monotonic() + self.app.listening.head_seconds
        try:
            kept = super().handle(conn)
            if not kept:
                _linger(conn.sock)
            return kept
        finally:
            self._deadlines.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head is read."""
        self._deadlines[conn] = time.monotonic() + self.app.listening.request_seconds
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Close what waits too long; called by the main loop."""
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in list(self._deadlines.items()):
            if now >= deadline:
                with contextlib.suppress(OSError):  # closed meanwhile
                    # Not SSLSocket's own: that would take the TLS state from its thread.
                    socket.socket.shutdown(conn.sock, socket.SHUT_RDWR)


def _linger(connection: socket.socket) -> None:
    """Say that no more will come, and wait a little until the other side has read it all.

    Gunicorn would do this in its main thread, two seconds for each connection: a few strangers
    that fail in TLS and do not hang up would stop the gateway. Afterwards it finds nothing to
    wait for. The plain socket is used, below TLS.
    """
    deadline = time.monotonic() + _LINGER_SECONDS
    left = _LINGER_BYTES
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_WR)
        while left > 0 and (seconds := deadline - time.monotonic()) > 0:
            connection.settimeout(seconds)
            piece = socket.socket.recv(connection, 4096)
            if not piece:
                break
            left -= len(piece)
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def settle_memory() -> None:
    """Leave what is loaded by now out of the collection of garbage: it stays until the end.

    Each full collection would look at all of it, holding up every request for a tenth of a second.
    """
    gc.collect()
    gc.freeze()


def gunicorn_settings(
    listening: Listening, context: Callable[[object, object], ssl.SSLContext]
) -> dict[str, Any]:
    """Return every gunicorn setting that differs from its default, and those that must not."""
    settings: dict[str, Any] = {
        "bind": listening.bind,
        "worker_class": BoundedWorker,
        "workers": listening.workers,
        "threads": listening.threads,
        "preload_app": False,  # engines and keys are made after the fork
        "graceful_timeout": listening.graceful_seconds,
        "timeout": max(60, 2 * listening.graceful_seconds),
        "keepalive": listening.keepalive_seconds,
        "limit_request_line": 4094,
        "limit_request_fields": 50,
        "limit_request_field_size": 8190,
        "control_socket_disable": True,
        "accesslog": None,  # the application logs each answer, without its query
        "loglevel": "warning",
        "proxy_protocol": "off",
        "forwarded_allow_ips": "",
        "header_map": "drop",  # X_Client_Cert is not X-Client-Cert
        "umask": 0o007 if listening.bind.startswith("unix:") else 0o077,
        "proc_name": "exchange-gateway",
    }
    if listening.certificate_file is not None:
        settings |= {
            "certfile": str(listening.certificate_file),
            "keyfile": str(listening.key_file),
            "cert_reqs": ssl.CERT_OPTIONAL,
            "ssl_context": context,
            "do_handshake_on_connect": False,
        }
    return settings
