"""How long, and by which chance, gateways are tormented: short in `make test`, long otherwise.

``FAULTS=all`` is the long form, ``FAULTS_SECONDS`` says how long that is, ``FAULTS_SEED`` repeats
a run that failed as far as chance goes: the machine's own timing is never the same.
"""

from __future__ import annotations

import os
import time

LONG = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("FAULTS_SEED") or time.time_ns() % 1_000_000)


def seconds(short: float, long: float) -> float:
    """Return for how many seconds one test goes on."""
    return float(os.environ.get("FAULTS_SECONDS") or long) if LONG else short
