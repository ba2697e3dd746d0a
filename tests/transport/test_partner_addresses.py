"""Which addresses and endpoints of a card are spoken to, and which never."""

import pytest

from gateway.flow.ports import Peer
from gateway.transport.addresses import AddressRefused, Unreachable, may_connect, parse_networks

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
    named = Peer(partner="p", endpoint="https://p.example", tls=(leaves["theirs"].der,))

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
    named = Peer(partner="p", endpoint=endpoint, tls=(leaves["theirs"].der,))

    with pytest.raises(AddressRefused):
        transport().get_receipts(named, after=0)


@pytest.mark.parametrize("tls", [(), (b"",), (b"***",), (bytes(4),)])
def test_a_card_without_a_certificate_reaches_nobody(transport, tls):
    named = Peer(partner="p", endpoint="https://127.0.0.1:1", tls=tls)

    with pytest.raises(Unreachable):
        transport().get_receipts(named, after=0)
