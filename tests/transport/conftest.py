"""A partner's gateway on loopback with real TLS, and our transport to it."""

import contextlib
import socket
import ssl
import threading

import pytest
import trustme

from gateway.flow.ports import Peer
from gateway.transport.partners import HttpTransport

LOOPBACK = ("127.0.0.0/8",)
OK = b'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nRetry-After: 7\r\nETag: "e"\r\n\r\nok'


class Leaf:
    """A certificate with its key, as files and as DER."""

    def __init__(self, authority, folder, name):
        issued = authority.issue_cert(name)
        self.certificate_file = folder / f"{name}.pem"
        self.key_file = folder / f"{name}.key"
        self.certificate_file.write_bytes(issued.cert_chain_pems[0].bytes())
        self.key_file.write_bytes(issued.private_key_pem.bytes())
        self.der = ssl.PEM_cert_to_DER_cert(self.certificate_file.read_text())


@pytest.fixture
def ok():
    return OK


@pytest.fixture
def gateway_of():
    return Gateway


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def leaves(authority, tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    names = ("ours.example", "theirs.example", "next.example", "sibling.example")
    return {name.split(".")[0]: Leaf(authority, folder, name) for name in names}


class Gateway:
    """A partner's gateway that answers every request by `play(connection, request)`."""

    def __init__(self, leaf, trusted, play, version=ssl.TLSVersion.TLSv1_3):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.maximum_version = version
        self.context.load_cert_chain(leaf.certificate_file, leaf.key_file)
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.context.load_verify_locations(cadata=trusted.der)
        self.play = play
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.closing.is_set():
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,), daemon=True).start()

    def _serve(self, raw):
        with contextlib.suppress(OSError, ValueError), raw:
            raw.settimeout(5)
            with self.context.wrap_socket(raw, server_side=True) as connection:
                self.connections += 1
                while request := self._read(connection):
                    self.requests.append(request)
                    self.play(connection, request)

    @staticmethod
    def _read(connection):
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def close(self):
        self.closing.set()
        self.listener.close()


@pytest.fixture
def gateway(leaves):
    opened = []

    def open_gateway(play=lambda connection, _: connection.sendall(OK), leaf="theirs", **named):
        opened.append(Gateway(leaves[leaf], leaves["ours"], play, **named))
        return opened[-1]

    yield open_gateway
    for one in opened:
        one.close()


@pytest.fixture
def transport(leaves):
    opened = []

    def open_transport(**named):
        ours = leaves["ours"]
        settings = {"timeout_seconds": 2, "allowed_networks": LOOPBACK} | named
        opened.append(
            HttpTransport(
                certificate_file=ours.certificate_file, key_file=ours.key_file, **settings
            )
        )
        return opened[-1]

    yield open_transport
    for one in opened:
        one.close()


@pytest.fixture
def peer(leaves):
    def of(gateway, *names, host="127.0.0.1"):
        tls = tuple(leaves[name].der for name in names or ("theirs",))
        return Peer(partner="fiu.ee", endpoint=f"https://{host}:{gateway.port}", tls=tls)

    return of
