"""A file larger than any request goes in with flat memory; a crash in its midst doubles nothing.

Real processes: web, worker and the pushing system; the first is killed while the file goes in, and
so is the last. ``BULK_MB=500`` is the size that `make bulk` takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

MEGABYTE = 1_000_000
SIZE = float(os.environ.get("BULK_MB") or 2.2)
KILLS = 1 if SIZE < 100 else 2
SECONDS = 100 + 60 * SIZE
# A file read whole would take many times its own size: 500 MB would not go in at all.
MOST_GROWTH = (100 if SIZE < 100 else 150) * MEGABYTE
ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(SECONDS + 10)
def test_a_large_file_goes_in_once_whatever_is_killed_meanwhile(tmp_path: Path) -> None:
    for kind, told in push(tmp_path).items():
        assert told["killed"] == KILLS, kind
        assert told["file_bytes"] >= SIZE * MEGABYTE
        assert told["code"] == 0
        assert told["summary"]["not_sent"] == 0
        assert told["stored"] == told["references"] == told["expected"]
        assert sum(told["summary"]["counts"].values()) == told["expected"]
        for process in ("web", "worker", "client"):
            assert told[f"{process}_growth_bytes"] < MOST_GROWTH, told


def push(folder: Path) -> dict[str, dict[str, Any]]:
    words = (folder, int(SIZE * MEGABYTE), KILLS)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bulk.pushing", *map(str, words)],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("GATEWAY")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    told: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    print(told)
    return told
