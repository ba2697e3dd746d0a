"""A bare HTTPS client: it costs little beside what it measures, since both share the machine.

Requests are laid out beforehand, an answer is read as far as its status and its end.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 60.0
_ALL_WARM = 60.0  # seconds until all connections are ready
_WARM_UP = 20  # requests on each connection before its time begins


class AnswerRefusedError(Exception):
    """An answer had another status than the one that was to be measured."""


class Connection:
    """One connection that stays open."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        plain = _connect(port)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self._socket.settimeout(_ANSWER_SECONDS)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; return status and body of the answer."""
        self._socket.sendall(request)
        got = b""
        while _HEAD_END not in got:
            piece = self._socket.recv(65_536)
            if not piece:
                raise AnswerRefusedError("the connection was closed instead of an answer")
            got += piece
        head, _, body = got.partition(_HEAD_END)
        length = int(head.lower().partition(_LENGTH)[2].split(b"\r\n", 1)[0])
        pieces, left = [body], length - len(body)
        while left > 0:
            piece = self._socket.recv(min(left, 1 << 20))
            if not piece:
                raise AnswerRefusedError("the connection was closed within an answer")
            pieces.append(piece)
            left -= len(piece)
        return int(head[9:12]), b"".join(pieces)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a POST as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Load:
    """What some connections did together in the time given."""

    done: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # milliseconds
    faults: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Return the latency below which this share of the answers stayed, in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def load(
    dial: Callable[[], Connection],
    requests: Iterator[bytes],
    *,
    connections: int,
    seconds: float,
    status: int,
) -> Load:
    """Ask on several connections at once, each as fast as it is answered.

    Raises AnswerRefusedError if any answer has another status.
    """
    run = _Run(dial, requests, status, seconds, threading.Barrier(connections, timeout=_ALL_WARM))
    threads = [threading.Thread(target=run.one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if run.found.faults:
        raise AnswerRefusedError(run.found.faults[0])
    run.found.done = len(run.found.latencies)
    return run.found


@dataclass
class _Run:
    """One load under way; `one` is what each of its threads does."""

    dial: Callable[[], Connection]
    requests: Iterator[bytes]
    status: int
    seconds: float
    warm: threading.Barrier
    found: Load = field(default_factory=Load)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def one(self) -> None:
        connection = self.dial()
        try:
            for _ in range(_WARM_UP):
                self._ask(connection)
            self.warm.wait()
            self._measured(connection)
        except (OSError, AnswerRefusedError, threading.BrokenBarrierError) as fault:
            self.warm.abort()
            with self.lock:
                self.found.faults.append(f"{type(fault).__name__}: {fault}")
        finally:
            connection.close()

    def _measured(self, connection: Connection) -> None:
        times = []
        start = begun = time.perf_counter()
        while begun < start + self.seconds:
            self._ask(connection)
            now = time.perf_counter()
            times.append((now - begun) * 1000)
            begun = now
        with self.lock:
            self.found.latencies += times
            self.found.seconds = max(self.found.seconds, begun - start)

    def _ask(self, connection: Connection) -> None:
        with self.lock:
            request = next(self.requests)
        status, body = connection.ask(request)
        if status != self.status:
            raise AnswerRefusedError(f"{status}: {body[:400]!r}")


def _connect(port: int) -> socket.socket:
    """Connect, waiting a little for a server that is still starting."""
    deadline = time.monotonic() + _CONNECT_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_CONNECT_SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
