"""Calls to partners over real TLS on loopback: pinned certificates, checked addresses, limits."""

import socket
import ssl
import time

import pytest

from gateway.core.limits import WireLimits
from gateway.flow.ports import Peer
from gateway.transport.addresses import Unreachable
from gateway.transport.calls import AnswerMalformed, AnswerTooLarge, Redirected, TimedOut
from gateway.transport.pinned import CertificateUnknown


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
    ours.wake(peer(there))

    lines = [request.split(b" HTTP/1.1")[0] for request in there.requests]
    assert lines == [
        b"GET /exchange/v1/mailbox?iss=fiu.ee&ep=5&after=3&limit=2",
        b"POST /exchange/v1/receipts",
        b"GET /exchange/v1/receipts?after=4",
        b"POST /exchange/v1/wake",
    ]
    assert there.requests[3].endswith(b"\r\n\r\n")  # nothing is said
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
        tls=(der,),
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


def test_a_partner_that_does_not_know_us_is_unreachable(leaves, transport, peer, gateway_of):
    there = gateway_of(leaves["theirs"], leaves["sibling"], lambda *_: None)

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
        named = Peer(partner="p", endpoint=f"https://127.0.0.1:{port}", tls=(leaves["theirs"].der,))
        began = time.monotonic()

        with pytest.raises(TimedOut):
            transport(timeout_seconds=0.5).get_receipts(named, after=0)
        assert time.monotonic() - began < 1.5


def test_a_partner_that_was_slow_once_is_heard_again(gateway, transport, peer, ok):
    plays = [trickling_body, lambda connection, _: connection.sendall(ok)]
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
    named = Peer(partner="p", endpoint=f"https://127.0.0.1:{port}", tls=(leaves["theirs"].der,))

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
