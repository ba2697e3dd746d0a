"""A national system over real TLS: who it is by its certificate, and what its answers are."""

from __future__ import annotations

import pytest

from gateway.core.errors import SettingRefused, Unavailable
from gateway.transport.calls import AnswerTooLarge, Redirected
from gateway.transport.national import HttpsEndpoint
from gateway.transport.pinned import CertificateUnknown

YES = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def endpoint(leaves):
    opened = []

    def of(gateway, pinned="theirs"):
        ours = leaves["ours"]
        opened.append(
            HttpsEndpoint(
                f"https://127.0.0.1:{gateway.port}/taken",
                certificate_file=ours.certificate_file,
                key_file=ours.key_file,
                server_certificates_file=leaves[pinned].certificate_file,
                timeout_seconds=2,
            )
        )
        return opened[-1]

    yield of
    for one in opened:
        one.close()


def test_it_is_given_the_body_and_the_headers(gateway, endpoint):
    system = gateway(lambda connection, _: connection.sendall(YES))

    answer = endpoint(system).post(b"{}", {"Content-Type": "application/json", "Signature": "x"})

    assert answer.status == 204
    (request,) = system.requests
    assert request.startswith(b"POST /taken HTTP/1.1\r\n")
    assert b"Signature: x" in request
    assert request.endswith(b"\r\n\r\n{}")


def test_another_certificate_of_the_same_authority_is_not_believed(gateway, endpoint):
    system = gateway(lambda connection, _: connection.sendall(YES), leaf="sibling")

    with pytest.raises(CertificateUnknown):
        endpoint(system).post(b"{}", {})
    assert system.requests == []


def test_a_redirect_is_not_followed(gateway, endpoint):
    away = b"HTTP/1.1 307 X\r\nLocation: https://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    system = gateway(lambda connection, _: connection.sendall(away))

    with pytest.raises(Redirected):
        endpoint(system).post(b"{}", {})


def test_an_answer_has_its_bound(gateway, endpoint):
    body = b"x" * 70_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + body
    system = gateway(lambda connection, _: connection.sendall(answer))

    with pytest.raises(AnswerTooLarge):
        endpoint(system).post(b"{}", {})


def test_a_connection_that_breaks_off_is_no_answer(gateway, endpoint):
    system = gateway(lambda connection, _: connection.close())

    with pytest.raises(Unavailable):
        endpoint(system).post(b"{}", {})


def test_a_file_without_a_certificate_is_refused(leaves, tmp_path):
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    ours = leaves["ours"]

    with pytest.raises(SettingRefused):
        HttpsEndpoint(
            "https://cms.example",
            certificate_file=ours.certificate_file,
            key_file=ours.key_file,
            server_certificates_file=empty,
            timeout_seconds=1,
        )
