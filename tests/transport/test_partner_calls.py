"""Calls to partners over real TLS on loopback: pinned certificates, checked addresses, limits."""

import base64
import contextlib
import socket
import ssl
import threading
import time

import pytest
import trustme

from gateway.core.limits import WireLimits
from gateway.flow.ports import Peer
from gateway.transport.addresses import AddressRefused, Unreachable, may_connect, parse_networks
from gateway.transport.calls import AnswerMalformed, AnswerTooLarge, Redirected, TimedOut
from gateway.transport.partners import HttpTransport
from gateway.transport.pinned import CertificateUnknown

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

    @property
    def b64(self):
        return base64.b64encode(self.der).decode()


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
        tls = tuple(leaves[name].b64 for name in names or ("theirs",))
        return Peer(partner="fiu.ee", endpoint=f"https://{host}:{gateway.port}", tls=tls)

    return of


def test_an_envelope_arrives_unchanged_and_its_answer_comes_back(gateway, transport, peer):
    there = gateway()

    answer = transport().deliver(peer(there), b'{"protected":"x"}', wait_seconds=3)

    assert (answer.status, answer.body, answer.retry_after_seconds) == (202, b"ok", 7)
    assert answer.headers["etag"] == '"e"'
    (request,) = there.requests
    assert request.startswith(b"POST /exchange/v1/inbox HTTP/1.1\r\n")
    assert b"Content-Type: application/vnd.exchange-gateway.envelope+json\r\n" in request
    assert b"Prefer: wait=3\r\n" in request
    assert request.endswith(b'\r\n\r\n{"protected":"x"}')


def test_each_call_asks_what_the_specification_says(gateway, transport, peer):
    there, ours = gateway(), transport()

    ours.mailbox(peer(there), iss="fiu.ee", ep=5, after=3, limit=2)
    ours.post_receipts(peer(there), [b"r1", b"r2"])
    ours.get_receipts(peer(there), after=4)

    lines = [request.split(b" HTTP/1.1")[0] for request in there.requests]
    assert lines == [
        b"GET /exchange/v1/mailbox?iss=fiu.ee&ep=5&after=3&limit=2",
        b"POST /exchange/v1/receipts",
        b"GET /exchange/v1/receipts?after=4",
    ]
    assert there.requests[1].endswith(b"r1\nr2\n")


def test_calls_to_one_partner_share_a_connection(gateway, transport, peer):
    there, ours = gateway(), transport()

    for number in range(3):
        ours.get_receipts(peer(there), after=number)

    assert there.connections == 1


def test_the_next_certificate_of_a_card_is_believed_already(gateway, transport, peer):
    there = gateway(leaf="next")

    assert transport().get_receipts(peer(there, "theirs", "next"), after=0).status == 202


def test_a_certificate_of_the_same_authority_is_not_the_partner(gateway, transport, peer):
    there = gateway(leaf="sibling")

    with pytest.raises(CertificateUnknown):
        transport().deliver(peer(there), b"x", wait_seconds=0)
    assert there.requests == []


def test_a_card_that_names_an_authority_does_not_admit_what_it_issued(
    gateway, transport, authority, leaves
):
    there = gateway()
    der = ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())
    named = Peer(
        partner="fiu.ee",
        endpoint=f"https://127.0.0.1:{there.port}",
        tls=(base64.b64encode(der).decode(),),
    )

    with pytest.raises(CertificateUnknown):
        transport().deliver(named, b"x", wait_seconds=0)
    assert there.requests == []


def test_a_changed_card_holds_for_the_next_call(gateway, transport, peer):
    there, ours = gateway(), transport()
    ours.get_receipts(peer(there, "theirs"), after=0)

    with pytest.raises(CertificateUnknown):
        ours.get_receipts(peer(there, "next"), after=0)


def test_tls_below_1_3_is_not_spoken(gateway, transport, peer):
    there = gateway(version=ssl.TLSVersion.TLSv1_2)

    with pytest.raises(Unreachable):
        transport().get_receipts(peer(there), after=0)
    assert there.requests == []


def test_a_partner_that_does_not_know_us_is_unreachable(leaves, transport, peer):
    there = Gateway(leaves["theirs"], leaves["sibling"], lambda *_: None)

    with pytest.raises(Unreachable):
        transport().get_receipts(peer(there), after=0)
    there.close()


REDIRECTS = [301, 302, 303, 307, 308]


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirect_is_not_followed(gateway, transport, peer, status):
    elsewhere = gateway()
    location = f"https://127.0.0.1:{elsewhere.port}/"
    head = f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    there = gateway(lambda connection, _: connection.sendall(head.encode()))

    with pytest.raises(Redirected):
        transport().get_receipts(peer(there), after=0)
    assert elsewhere.requests == []


def silent(connection, _):
    time.sleep(3)


def trickling_head(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(60):
        connection.sendall(b"X-%d: y\r\n" % number)
        time.sleep(0.05)


def trickling_body(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(60):
        connection.sendall(b"x")
        time.sleep(0.05)


SLOW = {"silent": silent, "trickling head": trickling_head, "trickling body": trickling_body}


@pytest.mark.parametrize("play", SLOW.values(), ids=SLOW)
def test_a_call_ends_when_its_time_is_over_whatever_trickles_in(gateway, transport, peer, play):
    there = gateway(play)
    began = time.monotonic()

    with pytest.raises(TimedOut):
        transport(timeout_seconds=0.5).get_receipts(peer(there), after=0)
    assert time.monotonic() - began < 1.5


def test_a_handshake_that_never_ends_is_ended(transport, leaves):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        named = Peer(partner="p", endpoint=f"https://127.0.0.1:{port}", tls=(leaves["theirs"].b64,))
        began = time.monotonic()

        with pytest.raises(TimedOut):
            transport(timeout_seconds=0.5).get_receipts(named, after=0)
        assert time.monotonic() - began < 1.5


def test_a_partner_that_was_slow_once_is_heard_again(gateway, transport, peer):
    plays = [trickling_body, lambda connection, _: connection.sendall(OK)]
    there = gateway(lambda *said: plays.pop(0)(*said))  # noqa: PLW0108 - one play each time
    ours = transport(timeout_seconds=0.5)

    with pytest.raises(TimedOut):
        ours.get_receipts(peer(there), after=0)
    assert ours.get_receipts(peer(there), after=0).status == 202


def oversized(announced):
    def play(connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + announced + b"\r\n")
        for _ in range(400):
            connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    return play


SIZES = {
    "announced": b"Content-Length: 10000000\r\n",
    "chunked": b"Transfer-Encoding: chunked\r\n",
    "until the end": b"Connection: close\r\n",
}


@pytest.mark.parametrize("announced", SIZES.values(), ids=SIZES)
def test_an_oversized_answer_is_refused(gateway, transport, peer, announced):
    there = gateway(oversized(announced))

    with pytest.raises(AnswerTooLarge):
        transport().deliver(peer(there), b"x", wait_seconds=0)


def test_a_mailbox_may_be_as_large_as_what_was_asked_for(gateway, transport, peer):
    body = b"x" * 300_000
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n"
    there = gateway(lambda connection, _: connection.sendall(head + body))
    limits = WireLimits(max_envelope_bytes=200_000)
    ours = transport(limits=limits)

    assert len(ours.mailbox(peer(there), iss="a", ep=1, after=0, limit=2).body) == 300_000
    with pytest.raises(AnswerTooLarge):
        ours.mailbox(peer(there), iss="a", ep=1, after=0, limit=1)


MALFORMED = {
    "not HTTP": (b"SSH-2.0-x\r\n\r\n", Unreachable),
    "nothing": (b"", Unreachable),
    "cut short": (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Unreachable),
    "compressed": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
        AnswerMalformed,
    ),
    "a chunk of no size": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        Unreachable,
    ),
    "a header without end": (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", Unreachable),
    "headers without number": (
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        Unreachable,
    ),
}


@pytest.mark.parametrize(("answer", "error"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_whole_answer_is_unreachable(gateway, transport, peer, answer, error):
    def play(connection, _):
        connection.sendall(answer)
        connection.close()

    with pytest.raises(error):
        transport().deliver(peer(gateway(play)), b"x", wait_seconds=0)


def test_nobody_listening_is_unreachable(transport, leaves):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    named = Peer(partner="p", endpoint=f"https://127.0.0.1:{port}", tls=(leaves["theirs"].b64,))

    with pytest.raises(Unreachable):
        transport().get_receipts(named, after=0)


def test_the_environment_names_no_proxy(gateway, transport, peer, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")

    assert transport().get_receipts(peer(gateway()), after=0).status == 202


def test_a_name_is_resolved_once_and_its_checked_address_used(gateway, transport, peer):
    there = gateway()
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    ours = transport(resolve=rebinding)

    assert ours.get_receipts(peer(there, host="gateway.example"), after=0).status == 202
    assert asked == ["gateway.example"]


FORBIDDEN = {
    "loopback": "127.0.0.1",
    "private": "10.1.2.3",
    "link-local, where clouds keep secrets": "169.254.169.254",
    "carrier-grade NAT": "100.64.0.1",
    "this network": "0.0.0.0",  # noqa: S104 - refused
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "192.0.2.1",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "IPv6 unique local": "fd00::1",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with a zone": "fe80::1%eth0",
    "IPv4 in IPv6": "::ffff:127.0.0.1",
    "public IPv4 in IPv6": "::ffff:8.8.8.8",
    "NAT64": "64:ff9b::7f00:1",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001:0:7f00:1::",
    "no address": "localhost",
}


@pytest.mark.parametrize("address", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_is_not_public_is_not_spoken_to(transport, leaves, address):
    ours = transport(allowed_networks=(), resolve=lambda *_: [address])
    named = Peer(partner="p", endpoint="https://p.example", tls=(leaves["theirs"].b64,))

    with pytest.raises(AddressRefused):
        ours.get_receipts(named, after=0)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_the_public_internet_may_be_spoken_to(address):
    assert may_connect(address, ())


def test_a_listed_network_may_be_spoken_to_and_no_other():
    allowed = parse_networks(["10.1.0.0/16", "fd00:1::/32"])

    assert may_connect("10.1.2.3", allowed)
    assert may_connect("fd00:1::5", allowed)
    assert not may_connect("10.2.0.1", allowed)


ENDPOINTS = [
    "http://p.example",
    "file:///etc/passwd",
    "https://",
    "https://user:secret@p.example",
    "https://p.example?x=1",
    "https://p.example#x",
    "https://p.example:0",
    "https://p.example:99999",
    "https://[::1",
    "p.example",
    "",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_that_is_not_plain_https_is_refused(transport, leaves, endpoint):
    named = Peer(partner="p", endpoint=endpoint, tls=(leaves["theirs"].b64,))

    with pytest.raises(AddressRefused):
        transport().get_receipts(named, after=0)


@pytest.mark.parametrize("tls", [(), ("",), ("***",), ("AAAA",)])
def test_a_card_without_a_certificate_reaches_nobody(transport, tls):
    named = Peer(partner="p", endpoint="https://127.0.0.1:1", tls=tls)

    with pytest.raises(Unreachable):
        transport().get_receipts(named, after=0)
