"""The way to a partner step by step, over real TLS on loopback."""

import socket

from gateway.flow.ports import Peer


def steps(found):
    return [(one.stage, one.code) for one in found]


def test_where_all_is_well_each_step_is_made_and_nothing_is_asked(gateway, transport, peer):
    there = gateway()
    found = transport().probe(peer(there))
    assert steps(found) == [("dns", None), ("tcp", None), ("tls", None)]
    assert there.requests == []


def test_a_certificate_that_the_card_lacks_ends_it(gateway, transport, peer):
    there = gateway(leaf="sibling")
    assert steps(transport().probe(peer(there)))[-1] == ("tls", "certificate-unknown")


def test_where_nothing_listens_it_ends_at_the_connection(transport, leaves):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    peer = Peer(partner="p", endpoint=f"https://127.0.0.1:{port}", tls=(leaves["theirs"].der,))
    assert steps(transport().probe(peer)) == [("dns", None), ("tcp", "unreachable")]


def test_an_address_that_is_not_listed_is_not_connected_to(gateway, transport, peer):
    there = gateway()
    found = transport(allowed_networks=()).probe(peer(there))
    assert steps(found) == [("dns", "address-refused")]
    assert there.connections == 0


def test_what_does_not_speak_tls_ends_it(transport, leaves):
    with socket.create_server(("127.0.0.1", 0)) as plain:
        plain.settimeout(5)
        port = plain.getsockname()[1]
        peer = Peer(partner="p", endpoint=f"https://127.0.0.1:{port}", tls=(leaves["theirs"].der,))
        found = transport(timeout_seconds=0.5).probe(peer)
    assert steps(found)[-1] == ("tls", "tls-failed")


def test_an_endpoint_that_is_none_and_a_card_without_certificates_are_told(transport, leaves):
    tls = (leaves["theirs"].der,)
    assert steps(transport().probe(Peer(partner="p", endpoint="ftp://x", tls=tls))) == [
        ("dns", "address-refused")
    ]


def test_the_card_is_asked_for(gateway, transport, peer):
    there = gateway()
    assert transport().card(peer(there)).status == 202
    assert there.requests[0].startswith(b"GET /exchange/v1/card HTTP/1.1\r\n")
