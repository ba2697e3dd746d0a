"""A process killed while it brings things to national systems: each gets all, and answers once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.how_long import LONG

ROOT = Path(__file__).parent.parent.parent
STEPS = (
    "hand_on.handed.after",
    "bring.aside",
    "bring.laid.before",
    "bring.laid.after",
    "bring.out",
    "hand_on.settled.before",
    "hand_on.settled.after",
    "bring.settled:2",
    "bring.cleared.before",
    "bring.cleared.after",
    "bring.sent",
    "bring.sent:2",
)
SHORT = ("bring.laid.after", "bring.sent")


def live(program: str, folder: Path, step: str | None) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    if step:
        environ["GATEWAY_FAILPOINT"] = step
    return subprocess.run(  # noqa: PLW1510 - its death is what we want to see
        [sys.executable, "-m", f"tests.faults.{program}", str(folder)],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("step", STEPS if LONG else SHORT)
def test_each_system_gets_all_and_answers_once(step: str, tmp_path: Path) -> None:
    died = live("brought", tmp_path, step)
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]

    after = live("brought", tmp_path, None)
    assert after.returncode == 0, after.stderr[-3000:]
    found = json.loads(after.stdout)

    assert found["inbox"] == {"analysts": ["accepted"] * 3, "bank": ["accepted"] * 3}
    assert found["settled"] == {"analysts": 3, "bank": 3}
    assert len(found["taken"]) == 3  # a file is given once, whatever dies when
    assert not [name for name in found["taken"] if name.endswith("-again")]
    assert len(set(found["pushed"])) == 3
    assert len(found["pushed"]) <= 4  # once more, under the same name, if the answer was lost
    assert found["left"] == []
    assert set(found["releases"]) == {"accepted"}


PULL_STEPS = (
    "pull.picked",
    "submit.before",
    "submit.after",
    "submit.after:2",
    "pull.submitted:3",
    "pull.taken.before",
    "pull.taken.after",
    "pull.put_away",
    "pull.put_away:2",
    "pull.fetched",
    "submit.after:5",
    "pull.taken.before:3",
)
PULL_SHORT = ("submit.after:2",)


@pytest.mark.parametrize("step", PULL_STEPS if LONG else PULL_SHORT)
def test_each_document_of_a_source_is_taken_once(step: str, tmp_path: Path) -> None:
    died = live("pulled", tmp_path, step)
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]

    after = live("pulled", tmp_path, None)
    assert after.returncode == 0, after.stderr[-3000:]
    found = json.loads(after.stdout)

    assert found["records"] == found["submitted"] == 8
    assert sorted(found["documents"]) == [
        ["a.ndjson", "done", {"stored": 3}],
        ["b.ndjson", "done", {"stored": 3}],
        ["https://fiu.example/export.ndjson", "done", {"stored": 2}],
    ]
    assert found["done"] == ["a", "a", "b", "b"]  # each with its report
    assert found["left"] == []
