"""A source over real TLS: whose certificate is believed, what is asked, and how much is read."""

from __future__ import annotations

import pytest
import trustme

from gateway.transport.addresses import AddressRefused, Unreachable
from gateway.transport.calls import AnswerTooLarge, Redirected
from gateway.transport.national import HttpsOrigin, configured
from tests.listening import Leaf

DOCUMENT = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: "1"\r\n\r\n{}'


@pytest.fixture(scope="module")
def servers(authority, tmp_path_factory):
    """A server of the authority for this machine, and one of another authority."""
    folder = tmp_path_factory.mktemp("servers")
    (folder / "other").mkdir()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return {
        "ca": folder / "ca.pem",
        "right": Leaf(authority, folder, "127.0.0.1"),
        "stranger": Leaf(trustme.CA(), folder / "other", "127.0.0.1"),
    }


@pytest.fixture
def origin(leaves, servers):
    opened = []

    def of(gateway, most_bytes=1000):
        ours = leaves["ours"]
        opened.append(
            HttpsOrigin(
                f"https://127.0.0.1:{gateway.port}/export.json",
                certificate_file=ours.certificate_file,
                key_file=ours.key_file,
                ca_file=servers["ca"],
                most_bytes=most_bytes,
                timeout_seconds=2,
            )
        )
        return opened[-1]

    yield of
    for one in opened:
        one.close()


@pytest.fixture
def server(gateway_of, leaves, servers):
    opened = []

    def of(play=lambda connection, _: connection.sendall(DOCUMENT), leaf="right"):
        shown = servers.get(leaf) or leaves[leaf]
        opened.append(gateway_of(shown, leaves["ours"], play))
        return opened[-1]

    yield of
    for one in opened:
        one.close()


def test_a_version_is_asked_for_by_both_its_names(server, origin):
    one = server()

    answer = origin(one).get('"0"', "Mon, 02 Feb 2026 10:00:00 GMT")

    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"{}", '"1"')
    (request,) = one.requests
    assert request.startswith(b"GET /export.json HTTP/1.1\r\n")
    assert b'If-None-Match: "0"' in request
    assert b"If-Modified-Since: Mon, 02 Feb 2026 10:00:00 GMT" in request


def test_the_first_time_nothing_is_said_of_versions(server, origin):
    one = server()
    origin(one).get(None, None)
    assert b"If-" not in one.requests[0]


@pytest.mark.parametrize("leaf", ["stranger", "theirs"])
def test_another_authority_or_another_host_is_not_believed(server, origin, leaf):
    """`theirs` is of the right authority, for another name."""
    one = server(leaf=leaf)
    with pytest.raises(Unreachable):
        origin(one).get(None, None)
    assert one.requests == []


def test_a_document_has_its_bound(server, origin):
    one = server()
    with pytest.raises(AnswerTooLarge):
        origin(one, most_bytes=1).get(None, None)


def test_a_redirect_is_not_followed(server, origin):
    away = b"HTTP/1.1 302 X\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(Redirected):
        origin(server(lambda connection, _: connection.sendall(away))).get(None, None)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1"],  # noqa: S104
)
def test_a_host_that_leads_to_where_metadata_services_live_is_refused(address):
    with pytest.raises(AddressRefused):
        configured("fiu.example", 443, lambda *_: [address])


def test_a_host_inside_the_country_is_reached_by_its_ordinary_addresses():
    found = configured("fiu.example", 443, lambda *_: ["169.254.0.1", "10.0.0.1", "192.0.2.1"])
    assert found == ["10.0.0.1", "192.0.2.1"]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"", b"a;1234"),
        (b"Content-Length: 9\r\n", b"a;1234"),
        (b"Transfer-Encoding: chunked\r\n", b"6\r\na;1234\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"9\r\na;1234"),
    ],
)
def test_a_document_that_may_have_broken_off_is_not_taken(server, origin, head, body):
    half = b"HTTP/1.1 200 OK\r\n" + head + b"Connection: close\r\n\r\n" + body
    with pytest.raises(Unreachable):
        origin(server(lambda connection, _: connection.sendall(half))).get(None, None)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
    ],
)
def test_an_answer_that_says_where_it_ends_is_taken(server, origin, answer):
    found = origin(server(lambda connection, _: connection.sendall(answer))).get(None, None)
    assert (found.status, found.body) in {(200, b"{}"), (304, b"")}
