"""The demonstration runs from nothing to a verified ledger, and says what went where."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import root
from gateway.settings import load
from gateway.wiring_commands import opened
from tests.second_reader import (
    READER,
    open_envelope,
    payload_believed_by_jwcrypto,
    public_jwk,
)

ROOT = Path(__file__).parent.parent.parent
PROMISES = (
    "R-05",
    "R-09",
    "R-11",
    "R-21",
    "approves the digest",
    "promoted by two",
    "is void",
    "in their own system",
    "whole",
)
SCENES = {
    "in": ("six formats", "ISO 20022", "trail and losses", "quarantine"),
    "out": (
        "consent asked",
        "eight hours",
        "hub carries",
        "STIX 2.1",
        "under TLP",
        "urgent record",
    ),
    "after": ("consent is withdrawn", "recalled", "data subject"),
    "proof": ("console", "ledgers of all"),
}
DECIDED = {
    "see why it is held": "decided by R-05",
    "propose to let it go": "wait for a second person",
    "read what was proposed": "digest",
    "approve it": "approved and done",
    "ask for a consent": "consent_request",
    "see what is asked": "of us, by national.example",
    "give it": "consent",
    "see what is asked of us, and its clock": "hub.example",
    "see what is held on it": "handle",
    "answer it": "answer",
    "make your own link to the console": "/console/welcome/",
    "read the proposed consent": "consent",
    "see what is left in that case's way": "R-",
}


def test_the_gateways_exchange_and_everything_is_where_it_must_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, folder = tmp_path / "said", tmp_path / "var/demo"
    with said.open("w") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "demo", "--serve"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=out,
            stderr=out,
        )
    try:
        until_it_serves(running, said)
        monkeypatch.chdir(tmp_path)
        what_it_leaves_can_be_decided_by_the_officers(folder)
    finally:
        running.terminate()
        ended = running.wait(60)
    told = said.read_text()
    assert ended == 0, told[-4000:]
    for promise in PROMISES:
        assert promise in told

    page = (folder / "page.html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"']?https?://", page)

    every_capability_is_a_scene_under_a_question(page, folder)
    everybody_who_held_the_recalled_person_has_answered(page, folder)
    what_it_says_to_type_works(told, tmp_path)
    whatever_did_not_go_is_explained_on_one_screen(folder)
    a_second_reader_opens_and_proves_the_captured_envelope(folder)


def until_it_serves(running: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + 240
    while "Ctrl-C stops" not in said.read_text():
        assert running.poll() is None, said.read_text()[-6000:]
        assert time.monotonic() < deadline, said.read_text()[-4000:]
        time.sleep(0.2)


def what_it_leaves_can_be_decided_by_the_officers(folder: Path) -> None:
    left = json.loads((folder / "demo.json").read_text())
    people = {one["name"]: one["config"] for one in left["people"]}
    assert {one["purpose"] for one in left["try"]} == set(DECIDED)
    for one in left["try"]:
        assert people[one["who"]] in one["command"]
        _, *words = shlex.split(one["command"])
        typed = CliRunner().invoke(root, words, prog_name="gateway")
        assert typed.exit_code == 0, one["command"] + typed.output
        assert DECIDED[one["purpose"]] in typed.stdout, one["command"] + typed.stdout


def every_capability_is_a_scene_under_a_question(page: str, folder: Path) -> None:
    steps = json.loads((folder / "report.json").read_text())["steps"]
    for part, words in SCENES.items():
        told = " | ".join(step["title"] for step in steps if step["part"] == part)
        assert [word for word in words if word not in told] == []
        assert f'<section id="{part}">' in page
        assert f'<a href="#{part}">' in page
    assert page.count('class="sheet scene"') == len(steps)


def everybody_who_held_the_recalled_person_has_answered(page: str, folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    answers = {one["holder"]: (one["gateway"], one["own_system"]) for one in report["holders"]}
    done = ("applied", "done")
    assert answers == {"hub.example": done, "vgt.example": done}
    (step,) = [one for one in report["steps"] if "recalled" in one["title"]]
    assert len(step["notes"]) == len(answers)
    assert page.count("✓ applied") == page.count("✓ done") == len(answers)


def what_it_says_to_type_works(said: str, folder: Path) -> None:
    (folder / "docs").symlink_to(ROOT / "docs")  # as in the project, where it is typed
    for purpose, answer in (
        ("Why one record is held:", "decided by R-"),
        ("Open an envelope:", '"rendition"'),
        ("Compute the ledger again:", "the ledger is whole"),
    ):
        command = said.split(f"{purpose}\n")[1].splitlines()[0]
        typed = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            env={**os.environ, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer in typed.stdout, command + typed.stdout + typed.stderr


def whatever_did_not_go_is_explained_on_one_screen(folder: Path) -> None:
    config = folder / "national/config.toml"
    with opened(load(config, {}), "web") as exchange, exchange.store.reading() as work:
        stopped = [
            row
            for one in work.records.latest(None, before="", limit=200)
            for row in work.releases.of_record(one.id)
            if row.state in ("held", "refused")
        ]
    assert {row.code for row in stopped} >= {"R-05", "R-06", "R-09", "R-21"}
    for row in stopped:
        words = ["explain", row.record, "--partner", row.partner, "--config", str(config)]
        said = CliRunner().invoke(root, words, prog_name="gateway")
        lines = said.stdout.splitlines()
        assert said.exit_code == 0, said.output
        assert len(lines) < 24, said.stdout
        assert max(map(len, lines)) <= 80, said.stdout
        assert f"decided by {row.code}: " in said.stdout
        assert re.search(r"^what would change it: \S", said.stdout, re.MULTILINE), said.stdout


def a_second_reader_opens_and_proves_the_captured_envelope(folder: Path) -> None:
    seed, *keys = (folder / "envelope.keys").read_text().split()
    envelope = folder / "envelope.json"
    opened = subprocess.run(
        [sys.executable, str(READER), str(envelope), seed, *keys],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    records = [json.loads(line) for line in opened.stdout.splitlines()]
    assert [bool(one["rendition"]) for one in records] == [True] * len(records)

    statement, *texts = open_envelope.lines_of(envelope.read_bytes(), bytes.fromhex(seed))
    signers = [public_jwk(*one) for one in zip(("Ed25519", "ML-DSA-65"), keys, strict=True)]
    said = payload_believed_by_jwcrypto(statement, signers)
    assert (said["iss"], said["aud"]) == ("national.example", "hub.example")
    assert len(said["body"]["items"]) == len(texts) == len(records) > 0
