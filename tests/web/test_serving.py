"""Gunicorn as it is served: TLS 1.3, strangers stopped in TLS, trust renewed while running."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trustme

from gateway.core.errors import SettingRefused
from gateway.transport.addresses import Unreachable
from gateway.transport.client import ApiClient, ApiRefused

SERVED = Path(__file__).with_name("served_gateway.py")


def issue(authority, folder, name):
    issued = authority.issue_cert(name, "127.0.0.1")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    return certificate, key


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("served")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(made / "authority.pem"))
    for name in ("server", "bank", "stranger", "late"):
        issue(authority, made, name)
    trust(made, "bank")
    return made


def trust(folder, *names):
    (folder / "trusted.new").write_text(json.dumps([f"{name}.pem" for name in names]))
    (folder / "trusted.new").replace(folder / "trusted.json")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def url(folder):
    port = free_port()
    root = SERVED.parent.parent.parent
    environment = os.environ | {"HOME": str(folder / "home"), "PYTHONPATH": str(root)}
    process = subprocess.Popen(
        [sys.executable, str(SERVED), str(folder), str(port)],
        env=environment,
        cwd=folder,
        stderr=subprocess.PIPE,
    )
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"https://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    finally:
        process.kill()
        process.stderr.close()


@pytest.fixture
def client(folder, url):
    opened = []

    def open_client(name="bank", server="server", at=None, seconds=5):
        opened.append(
            ApiClient(
                at or url,
                certificate_file=folder / f"{name}.pem",
                key_file=folder / f"{name}.key",
                server_certificates_file=folder / f"{server}.pem",
                timeout_seconds=seconds,
            )
        )
        return opened[-1]

    yield open_client
    for one in opened:
        one.close()


def test_a_client_is_known_by_the_certificate_of_its_connection(client):
    assert client().status() == {"epoch": 1}


def test_the_calls_of_persons_are_closed_to_a_client(client):
    api = client()
    assert api.look("/v1/status") == api.status()
    for call in (
        lambda: api.look("/v1/requests", {"limit": 1}),
        lambda: api.act("/v1/consents", {"record": "x"}, idempotency_key="k-1"),
    ):
        with pytest.raises(ApiRefused) as refused:
            call()
        assert refused.value.status == 403


def test_a_stranger_fails_in_tls(client):
    with pytest.raises(Unreachable):
        client("stranger").status()


def test_without_a_certificate_only_open_calls_are_answered(folder, url):
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    port = int(url.rsplit(":", 1)[1])
    answers = []
    for path in ("/healthz", "/v1/status"):
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as raw,
            context.wrap_socket(raw, server_hostname="127.0.0.1") as connection,
        ):
            assert connection.version() == "TLSv1.3"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answers.append(connection.recv(4096).split(b"\r\n")[0])

    assert answers == [b"HTTP/1.1 200 OK", b"HTTP/1.1 401 UNAUTHORIZED"]


def test_tls_below_1_3_is_refused(folder, url):
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    with socket.create_connection(address, timeout=5) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_who_becomes_trusted_gets_in_and_who_no_longer_is_stays_out(client, folder):
    with pytest.raises(Unreachable):
        client("late").status()
    trust(folder, "bank", "late")
    assert eventually(lambda: client("late").status()) == {"epoch": 1}

    trust(folder, "bank")
    assert eventually(lambda: refused(client("late")))


def refused(one):
    try:
        one.status()
    except Unreachable:
        return True
    raise AssertionError("still let in")


def eventually(act):
    for _ in range(40):
        try:
            return act()
        except (Unreachable, ApiRefused, AssertionError):
            time.sleep(0.1)
    return act()


def test_a_client_believes_only_its_own_gateway(client, folder):
    with pytest.raises(Unreachable):
        client(server="stranger").status()


def test_a_client_checks_the_name_of_its_gateway(client, url):
    elsewhere = url.replace("127.0.0.1", "localhost")
    with pytest.raises(Unreachable):
        client(server="authority", at=elsewhere).status()
    assert client(server="authority").status() == {"epoch": 1}


def test_outcomes_come_back_whatever_their_status(client):
    states = [
        client().push(state.encode(), source="goaml", media_type="text/plain")[0]["state"]
        for state in ("stored", "duplicate", "quarantined", "conflict", "refused")
    ]

    assert states == ["stored", "duplicate", "quarantined", "conflict", "refused"]


def test_several_outcomes_come_back_in_order(client):
    pushed = client().push(
        b"stored\nrefused\nstored", source="goaml", media_type="application/x-ndjson"
    )

    assert [outcome["state"] for outcome in pushed] == ["stored", "refused", "stored"]


def test_a_call_that_was_not_carried_out_is_an_error(client):
    with pytest.raises(ApiRefused) as caught:
        client().push(b"stored", source="Not A Name", media_type="text/plain")

    assert caught.value.status == 400
    assert caught.value.problem["code"] == "request-malformed"


def test_a_large_body_is_taken_and_a_larger_one_refused(client):
    limit = 8 * 1024 * 1024
    assert client(seconds=20).push(b"stored".ljust(limit), source="g", media_type="text/plain")
    with pytest.raises((ApiRefused, Unreachable)):
        client(seconds=20).push(b"x" * (limit + 1), source="g", media_type="text/plain")


def test_a_body_that_stops_coming_is_given_up(folder, url):
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    context.load_cert_chain(folder / "bank.pem", folder / "bank.key")
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    head = b"POST /v1/records HTTP/1.1\r\nHost: x\r\nSource: g\r\nContent-Type: text/plain\r\n"
    with (
        socket.create_connection(address, timeout=10) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as connection,
    ):
        connection.sendall(head + b"Content-Length: 10\r\n\r\nabc")
        answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 408 ")


HALVES = {"of a handshake": b"\x16\x03\x01", "of nothing": b"", "of plain HTTP": b"GET / HT"}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_connections_that_stall_do_not_keep_the_threads(client, url, half):
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    with contextlib.ExitStack() as stalled:
        for _ in range(8):  # twice the threads
            stalled.enter_context(socket.create_connection(address)).sendall(half)
        time.sleep(0.2)

        assert client(seconds=15).status() == {"epoch": 1}


def test_heads_that_stall_do_not_keep_the_threads(client, folder, url):
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    address = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
    with contextlib.ExitStack() as stalled:
        for _ in range(4):
            raw = stalled.enter_context(socket.create_connection(address, timeout=10))
            half = stalled.enter_context(context.wrap_socket(raw, server_hostname="127.0.0.1"))
            half.sendall(b"GET /healthz HTTP/1.1\r\n")

        assert client(seconds=5).status() == {"epoch": 1}


def test_nothing_is_written_into_the_home_folder(client, folder):
    client().status()

    assert not (folder / "home").exists()


def test_a_client_without_its_files_says_so(tmp_path):
    with pytest.raises(SettingRefused):
        ApiClient(
            "https://127.0.0.1:1",
            certificate_file=tmp_path / "none.pem",
            key_file=tmp_path / "none.key",
            server_certificates_file=tmp_path / "none.pem",
        )


def test_the_example_pushes_a_file_and_tells_what_became_of_it(folder, url):
    example = SERVED.parent.parent.parent / "docs" / "examples" / "push_records.py"
    records = folder / "records.ndjson"
    records.write_bytes(b"stored\n" * 1500 + b"\nquarantined\n")
    names = [records, folder / "bank.pem", folder / "bank.key", folder / "server.pem"]
    done = subprocess.run(
        [sys.executable, str(example), url.removeprefix("https://"), "goaml", *map(str, names)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert (len(lines), lines[0].split(), lines[-1].split()) == (
        1501,
        ["1", "stored"],
        ["1501", "quarantined"],
    )
