"""A partner's gateway on loopback with real TLS, and our transport to it."""

import pytest
import trustme

from gateway.flow.ports import Peer
from gateway.transport.partners import HttpTransport
from tests.listening import Gateway, Leaf

LOOPBACK = ("127.0.0.0/8",)
OK = b'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nRetry-After: 7\r\nETag: "e"\r\n\r\nok'


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
