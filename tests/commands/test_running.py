"""`gateway run`: two processes that live and end together; commands by its API meanwhile."""

from __future__ import annotations

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

from gateway.cli import push
from keys.certificates import self_signed
from tests.commands.conftest import House, case, put_items
from tests.commands_items import ITEMS

ROOT = Path(__file__).parents[2]
SECONDS = 30


def children(pid: int) -> dict[str, int]:
    """Return the processes that `pid` started, by the command they run."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                words = (stat.parent / "cmdline").read_bytes().split(b"\0")
                found[words[3].decode()] = int(stat.parent.name)
    return found


def answers(house: House, port: int) -> bool:
    context = ssl.create_default_context(cafile=house.folder / "var/tls/certificate.pem")
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=2) as plain,
            context.wrap_socket(plain, server_hostname="localhost"),
        ):
            return True
    except OSError:
        return False


@pytest.fixture
def served(house: House):
    """A running gateway, and its client's certificate in the settings."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    certificate, key = self_signed(["client.example"], common_name="client", now=int(time.time()))
    (house.folder / "client.pem").write_bytes(certificate)
    (house.folder / "client.key").touch(mode=0o600)
    (house.folder / "client.key").write_bytes(key)
    client = ITEMS["client/police"] + f'certificates = ["""{certificate.decode()}"""]\n'
    house.done(
        "agreements", "apply", put_items(house.folder / "items", {**ITEMS, "client/police": client})
    )
    with house.config.open("a") as file:
        file.write(
            f"[listen]\nport = {port}\nworkers = 1\n"
            '[client]\ncertificate_file = "client.pem"\nkey_file = "client.key"\nsource = "cases"\n'
            '[pulled_sources.cases]\nclient = "police"\ndirectory = "drop"\n'
            "settle_seconds = 0\ninterval_seconds = 0.1\n"
        )
    (house.folder / "drop").mkdir(mode=0o750)
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "run", "--config", str(house.config)],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + SECONDS
        while not answers(house, port):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield process
    finally:
        process.kill() if process.poll() is None else None
        process.stderr.close()
        process.wait()


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_gateway_serves_commands_and_ends_as_one(house, served, monkeypatch):
    monkeypatch.setattr(push, "PAUSE_SECONDS", 0.01)
    file = house.file("cases.ndjson", [case(provider_ref=f"PL-{n}") for n in range(3)])
    pushed = house.asked("push", file)
    assert pushed["summary"]["counts"] == {"stored": 3}, pushed
    assert pushed["summary"]["not_sent"] == 0
    again = house.asked("push", file)
    assert [one["record"] for one in again["outcomes"]] == [
        one["record"] for one in pushed["outcomes"]
    ]
    bad = house.call("push", house.file("bad.json", {"type": "case"}))
    assert (bad.exit_code, "/grounds" in bad.stdout) == (1, True)
    other = house.call("push", "--source", "other", file)
    assert (other.exit_code, "forbidden" in other.stdout) == (1, True), other.output
    assert house.asked("inbox", "list") == []
    (house.folder / "drop" / "x.part").write_text(json.dumps(case(provider_ref="dropped")))
    (house.folder / "drop" / "x.part").rename(house.folder / "drop" / "x.json")
    deadline = time.monotonic() + SECONDS
    while not (found := house.asked("sources", "files", "cases")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (found[0]["name"], found[0]["counts"]) == ("x.json", {"stored": 1})
    assert house.asked("sources", "list")[0]["state"] == "listening"
    assert house.call("inbox", "ack", "nothing").exit_code == 1

    running = children(served.pid)
    assert set(running) == {"web", "worker"}
    served.send_signal(signal.SIGTERM)
    assert served.wait(SECONDS) == 0
    assert all(ended(pid) for pid in running.values())
    unreachable = house.call("push", file)
    assert (unreachable.exit_code, "unreachable" in unreachable.stdout) == (1, True)


def test_when_the_command_itself_is_killed_its_processes_end(served):
    running = children(served.pid)

    served.kill()

    deadline = time.monotonic() + SECONDS
    while not all(ended(pid) for pid in running.values()):
        assert time.monotonic() < deadline, running
        time.sleep(0.1)


@pytest.mark.parametrize("which", ["worker", "web"])
def test_when_one_process_dies_the_other_is_stopped(served, which):
    running = children(served.pid)

    os.kill(running[which], signal.SIGKILL)

    assert served.wait(SECONDS) == 1
    assert f"process-ended: {which} ended by itself" in served.stderr.read()
    assert all(ended(pid) for pid in running.values())
