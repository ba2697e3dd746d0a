"""A gateway's own application over TLS, in threads of the test process."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from gateway.serve import Listening, server_context

HOST = "gateway.example"


@dataclass(frozen=True)
class Site:
    """Where a browser finds it, and by which key it knows it."""

    port: int
    key_digest: str  # SHA-256 of the public key, in base64: what a browser pins

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as gunicorn keeps them

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - its own name
        pass


@contextmanager
def served(app: Flask, folder: Path) -> Iterator[Site]:
    """Serve `app` with the gateway's own TLS settings until the block ends."""
    issued = trustme.CA().issue_cert(HOST)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    listening = Listening(bind="", certificate_file=certificate, key_file=key)
    context = server_context(listening, [])
    # The handshake is the business of the connection's thread: browsers open some on suspicion.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    server.ssl_context = context
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Site(server.port, _digest_of(certificate))
    finally:
        server.shutdown()
        server.server_close()


def _digest_of(certificate: Path) -> str:
    public = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()
