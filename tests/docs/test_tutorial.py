"""The tutorial works: each of its commands runs as it stands, in order, and shows what it says."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.quick_commands import quick_commands

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "tutorial.md"
INSTALLED = 'export PATH="$PWD/.venv/bin:$PATH"\n'
MOST_SECONDS = 280  # a machine under load starts two dozen commands slowly
pytestmark = pytest.mark.timeout(MOST_SECONDS + 30)
PART = re.compile(r"^## ([^\n]+)$|^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """The commands of the page, each with the heading that it stands under."""
    found = []
    heading = ""
    for title, block in PART.findall(PAGE.read_text()):
        if title:
            heading = title
        else:
            found.append((heading, block))
    return found


def free_ports() -> list[str]:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in (one, other)]


def script(ports: list[str]) -> str:
    """All blocks as one script; only the ports are others, since those of the page may be taken."""
    text = "set -eo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"
    for number, (_, block) in enumerate(blocks()):
        text += f"echo '==== {number}'\n{block}"
    national, partner = ports
    settings = '[gateway]\nid = "police.example"\n'
    assert text.count(settings) == 1
    assert text.count("port = 8444\n") == 1
    assert text.count(INSTALLED) == 1  # what stands in the PATH already is the same, only quicker
    text = text.replace(INSTALLED, "")
    text = text.replace("port = 8444\n", f"port = {partner}\n")
    return text.replace(settings, f"[listen]\nport = {national}\n\n{settings}")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each section of the page printed, by its heading."""
    folder = tmp_path_factory.mktemp("tutorial")
    with quick_commands(folder) as quick:
        printed = run(folder, f"{quick}:{Path(sys.executable).parent}:{os.environ['PATH']}")

    by_heading: dict[str, str] = {}
    _, *parts = re.split(r"^==== \d+\n", printed, flags=re.MULTILINE)
    for (heading, _), part in zip(blocks(), parts, strict=True):
        by_heading[heading] = by_heading.get(heading, "") + part
    return by_heading


def run(folder: Path, path: str) -> str:
    """Type the whole page; return what was printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY")}
    shell = subprocess.Popen(
        ["/bin/bash", "-c", script(free_ports())],
        cwd=ROOT,
        env={**kept, "PATH": path, "TMPDIR": str(folder), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = shell.communicate(timeout=MOST_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGTERM)
        printed, _ = shell.communicate(timeout=20)
    logs = "".join(f"{one}:\n{one.read_text()[-2000:]}" for one in folder.rglob("*.log"))
    assert shell.returncode == 0, printed[-4000:] + logs
    return printed


SHOWN = {
    "1 A folder to work in": "gateway",
    "2 Settings": "the settings of hub.example",
    "3 Keys, certificates, databases": "client certificate, signed by itself",
    "4 Items: who may do what": "added    client/case-system",
    "5 Cards and words": "confirmed: hub.example",
    "7 A record that may not leave": "decided by R-06",
    "8 An agreement": "for hub.example: release",
    "9 In the partner's inbox": "accepted",
    "10 What was sent, and the proof": "the ledger is whole",
}


@pytest.mark.slow
@pytest.mark.parametrize("heading", SHOWN)
def test_a_section_shows_what_it_promises(said: dict[str, str], heading: str) -> None:
    assert SHOWN[heading] in said[heading]


@pytest.mark.slow
def test_the_words_read_out_are_those_of_the_card_that_was_given(said: dict[str, str]) -> None:
    shown = [line.split() for line in said["3 Keys, certificates, databases"].splitlines()]
    words = [line for line in shown if len(line) == 8 and all(map(str.isalpha, line))]

    assert len(words) == 2
    for line in words:
        assert said["5 Cards and words"].count(" ".join(line)) == 2


def test_all_that_is_typed_is_run() -> None:
    """A command in another kind of block would be read but never tried."""
    fences = re.findall(r"^```(\w*)$", PAGE.read_text(), re.MULTILINE)

    assert set(fences[::2]) == {"sh"}
    assert len(fences) == 2 * len(blocks())
