"""The raw limits: what the machine does when nobody decides, checks or remembers anything.

Signatures and sealing are those of the profile (`keys.suite`), the commit is one of SQLite with the
same pragmas as the gateway's. Keys are read once, statements are prepared, nothing is parsed.
"""

from __future__ import annotations

import secrets
import socket
import sqlite3
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa

from benchmarks.durability import demand_full
from keys import suite

_STATEMENT_BYTES: Final = 1024
_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


@dataclass(slots=True)
class Sealer:
    """One signing pair and one recipient, with keys that are loaded already."""

    ed25519: Any = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    ml_dsa: Any = field(default_factory=mldsa.MLDSA65PrivateKey.generate)
    recipient: suite.PublicKey = field(
        default_factory=lambda: suite.public_of(suite.HPKE_10_KE, secrets.token_bytes(32))
    )

    def sign(self, statement: bytes) -> bytes:
        """Return both signatures over a statement."""
        signed: bytes = self.ed25519.sign(statement) + self.ml_dsa.sign(statement)
        return signed

    def seal(self, plaintext: bytes) -> bytes:
        """Return `plaintext` sealed to the recipient under a fresh content key."""
        key, iv = secrets.token_bytes(32), secrets.token_bytes(12)
        sealed_for = suite.encapsulate(self.recipient, key)
        return sealed_for.ek + suite.close_content(key, iv, b"", plaintext)

    def sign_and_seal(self, plaintext: bytes) -> bytes:
        """Return one pair of signatures and the sealed plaintext."""
        return self.sign(plaintext[:_STATEMENT_BYTES]) + self.seal(plaintext)


class Table:
    """One table of blobs whose commits are durable."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, raw BLOB)"
        )
        demand_full(self._connection)

    def keep(self, rows: Sequence[bytes]) -> None:
        """Insert rows in one transaction and commit it."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO kept (raw) VALUES (?)", [(row,) for row in rows])
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def seal_and_commit(path: Path, texts: Sequence[bytes], seconds: float) -> float:
    """Return records per second: for each a pair of signatures, a seal and a commit."""
    sealer, table = Sealer(), Table(path)
    done = 0
    start = time.perf_counter()
    while time.perf_counter() < start + seconds:
        table.keep([sealer.sign_and_seal(texts[done % len(texts)])])
        done += 1
    spent = time.perf_counter() - start
    table.close()
    return done / spent


def batch_and_commit(path: Path, texts: Sequence[bytes], rounds: int) -> float:
    """Return records per second: for all of them one pair of signatures, one seal, one commit."""
    sealer, table = Sealer(), Table(path)
    start = time.perf_counter()
    for _ in range(rounds):
        sealer.sign_and_seal(b"\n".join(texts))
        table.keep(texts)
    spent = time.perf_counter() - start
    table.close()
    return rounds * len(texts) / spent


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Certificates and keys of both ends of a mutual TLS connection, PEM."""

    certificate: Path
    key: Path
    other: Path  # the certificate of the other end, which is trusted alone

    def server(self) -> ssl.SSLContext:
        """Return a TLS 1.3 server that demands a certificate."""
        return self._context(ssl.PROTOCOL_TLS_SERVER)

    def client(self) -> ssl.SSLContext:
        """Return a TLS 1.3 client that shows one."""
        context = self._context(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False  # exactly one certificate is trusted
        return context

    def _context(self, protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate, self.key)
        context.load_verify_locations(self.other)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def take_in(path: Path, files: TlsFiles, told: Connection) -> None:
    """Serve one connection: keep what is posted with a commit each, and answer 202. A child."""
    listener = socket.create_server(("127.0.0.1", 0))
    told.send(listener.getsockname()[1])
    plain, _ = listener.accept()
    table = Table(path)
    with files.server().wrap_socket(plain, server_side=True) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (body := _read_request(connection)) is not None:
            table.keep([body])
            connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    table.close()


def _read_request(connection: ssl.SSLSocket) -> bytes | None:
    got = b""
    while _HEAD_END not in got:
        piece = connection.recv(65_536)
        if not piece:
            return None
        got += piece
    head, _, rest = got.partition(_HEAD_END)
    length = int(head.lower().partition(_LENGTH)[2].split(b"\r\n", 1)[0])
    pieces = [rest]
    left = length - len(rest)
    while left > 0:
        piece = connection.recv(min(left, 1 << 20))
        if not piece:
            return None
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
