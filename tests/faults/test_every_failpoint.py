"""A process killed at any step of any journey loses nothing and doubles nothing.

Each failpoint of the journeys is found by reading them, so that a new one is covered by itself. A
child process lives one day of an exchange between three gateways and dies there by SIGKILL; the
same command then goes on from what is on disk.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.how_long import LONG

ROOT = Path(__file__).parent.parent.parent
FLOW = ROOT / "gateway" / "flow"
# Steps that this day does not come to: a partner that refuses, a partner of a partner, what a
# court needs, time that passes, an audit, a look at what waits in quarantine.
ELSEWHERE = {
    *("take_in.refused", "open.refused", "seal.decided", "expire", "expire.ended"),
    *("pass_on", "keep", "keep.ended", "disclosures.looked_up", "audit_subject.handed_over"),
    # Ways between a gateway and its national systems: test_killed_while_handing.
    *("pull", "pull.taken", "pull.looked", "pull.failed", "pull.forgotten"),
    *("bring", "bring.noted", "bring.works", "bring.laid", "bring.cleared"),
    "workbench.inspected",
}


def failpoints() -> list[str]:
    found = []
    for path in sorted(FLOW.glob("*.py")):
        text = path.read_text()
        for name in re.findall(r'exchange\.commit\(work, "([a-z_.]+)"\)', text):
            found += [f"{name}.before", f"{name}.after"]
        found += re.findall(r'exchange\.reach\("([a-z_.]+)"\)', text)
    return sorted(name for name in set(found) if name.rsplit(".", 1)[0] not in ELSEWHERE)


def live(folder: Path, failpoint: str | None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    if failpoint:
        environ["GATEWAY_FAILPOINT"] = failpoint
    return subprocess.run(  # noqa: PLW1510 - its death is what we want to see
        [sys.executable, "-m", "tests.faults.two_gateways", str(folder), "--report"],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_failpoints_are_many() -> None:
    assert len(failpoints()) >= 40


# The short form, beside the steps at which test_killed_processes kills real processes by chance.
# `make faults` kills everywhere.
SHORT = [
    "seal.records.before",
    "seal.void.before",
    "notify.after",
]
CHOSEN = failpoints() if LONG else SHORT


@pytest.mark.parametrize("failpoint", CHOSEN)
def test_nothing_is_lost_or_doubled(failpoint: str, tmp_path: Path) -> None:
    died = live(tmp_path, failpoint)
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]

    after = live(tmp_path, None)
    assert after.returncode == 0, after.stderr[-3000:]
    found = json.loads(after.stdout)

    acknowledged = dict(
        line.split() for line in (tmp_path / "acknowledged").read_text().splitlines()
    )
    arrived = sorted(
        acknowledged.get(one, "never acknowledged") for one in found["hub.eu"]["inbox"]
    )
    assert [one for one in arrived if one.startswith("both")] == ["both-0", "both-1", "both-2"]
    pulled = sorted(
        acknowledged.get(one, "never acknowledged") for one in found["agency.au"]["inbox"]
    )
    assert [one for one in pulled if one.startswith("both")] == ["both-0", "both-1", "both-2"]
    assert len(set(acknowledged.values())) == len(acknowledged)  # one id per reference, ever
    assert found["untold"] == 0  # every notice was given, and answered
    for gateway in ("police.nl.gw", "hub.eu", "agency.au"):
        assert found[gateway]["ledger"] is True
        places: dict[tuple[str, int], list[int]] = {}
        for partner, ep, seq, _ in found[gateway]["envelopes"]:
            places.setdefault((partner, ep), []).append(seq)
        for seqs in places.values():
            assert sorted(seqs) == list(range(1, len(seqs) + 1))
