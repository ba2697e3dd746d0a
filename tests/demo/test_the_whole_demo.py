"""The demonstration runs from nothing to a verified ledger, and says what went where."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_three_gateways_exchange_and_everything_is_where_it_must_be(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    for promise in (
        "R-05",
        "R-09",
        "R-11",
        "R-21",
        "approves the digest",
        "promoted by two",
        "is void",
        "in their own system",
        "whole",
    ):
        assert promise in done.stdout

    page = (tmp_path / "var/demo/page.html").read_text()
    assert "<svg" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"']?https?://", page)

    everybody_who_held_the_recalled_person_has_answered(page, tmp_path / "var/demo")
    what_it_says_to_type_works(done.stdout, tmp_path)
    whatever_did_not_go_is_explained_on_one_screen(tmp_path / "var/demo")
    a_second_reader_opens_and_proves_the_captured_envelope(tmp_path / "var/demo")


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
        ("Why one record is held:", "decided by R-05"),
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
