"""Real processes of real gateways are killed in mid-delivery, at any moment, again and again.

Web and worker of the sender, of a partner that listens and of one that pulls, over mutual TLS on
loopback. Whatever their national systems got an answer for is at each partner exactly once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.demo.roles import HUB, NATIONAL, VGT, Role
from gateway.flow.ports import UnitOfWork
from gateway.store.work import SqlStore
from tests.faults.how_long import LONG, SEED, seconds
from tests.faults.killing import (
    DELIVERED,
    DRAIN_SECONDS,
    FEWEST_A_SECOND,
    FEWEST_KILLS_A_SECOND,
    MORE_SECONDS,
    ROLES,
    ROOT,
)
from tests.faults.three_gateways import each_database

SECONDS = seconds(short=6, long=240)
SET_UP_SECONDS = 60
PATIENCE_SECONDS = SET_UP_SECONDS + 4 * SECONDS + MORE_SECONDS + 2 * DRAIN_SECONDS


# Processes on SQLite are killed in the short form too: by tests/bulk and test_killed_while_handing.
@pytest.fixture(params=["sqlite", "postgresql"] if LONG else ["postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    if request.param == "sqlite":  # each in its own data folder, as `gateway init` makes it
        yield []
        return
    for made in each_database(request, tmp_path):
        yield list(made.values())


@pytest.mark.timeout(PATIENCE_SECONDS + 10)
def test_what_was_acknowledged_is_there_once(urls: list[str], tmp_path: Path) -> None:
    told = play(tmp_path, urls)
    assert told["faults"] == []
    assert sum(told["killed"].values()) >= SECONDS * FEWEST_KILLS_A_SECOND
    stage = tmp_path / "stage"
    lines = [line.split() for line in (stage / "acknowledged").read_text().splitlines()]
    references = dict(lines)
    assert len(references) == len(lines) == len(set(references.values()))
    assert len(references) >= SECONDS * FEWEST_A_SECOND
    records = set(references.values())
    places = dict(
        zip((role.id for role in ROLES), urls, strict=True)
        if urls
        else ((role.id, f"sqlite:///{stage / role.folder}/data/gateway.db") for role in ROLES)
    )
    for partner in (HUB, VGT):
        with opened(places[partner.id]) as work:
            each_record_came_once(work, partner, records)
            arrived = work.envelopes.channel(NATIONAL.id, "in")
            back = sequence(work, NATIONAL.id)
        with opened(places[NATIONAL.id]) as work:
            assert arrived.upto == len(sequence(work, partner.id))
            assert not arrived.gaps
            assert work.envelopes.channel(partner.id, "in").upto == len(back)
            each_release_went_once(work, partner.id, records)
    with opened(places[NATIONAL.id]) as work:
        assert {row.id for row in work.records.page("police.example", after="", limit=100_000)} == (
            records  # nothing was taken in twice, under an answer that got lost
        )


def play(folder: Path, urls: list[str]) -> dict[str, Any]:
    print(f"FAULTS_SEED={SEED}")
    command = [sys.executable, "-m", "tests.faults.killing", folder, SECONDS, SEED, *urls]
    done = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("GATEWAY")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(told, done.stderr)
    return told


class opened:  # noqa: N801 - used as a word of a sentence
    """One reading unit of work on a gateway's database."""

    def __init__(self, url: str) -> None:
        self._store = SqlStore.open(url)

    def __enter__(self) -> UnitOfWork:
        self._work = self._store.reading()
        return self._work.__enter__()

    def __exit__(self, *error: Any) -> None:  # noqa: PYI036 - handed on as they are
        with closing(self._store):
            self._work.__exit__(*error)


def each_record_came_once(work: UnitOfWork, partner: Role, records: set[str]) -> None:
    rows = work.arrivals.inbox(partner.systems[0].name, after=0, limit=100_000, open_only=False)
    assert Counter(row.record for row in rows) == Counter(records)
    # Only what was read has a position: numbers without a gap, each once.
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))


def sequence(work: UnitOfWork, partner: str) -> list[int]:
    """Return the places of what was sealed for a partner, which must have no gap."""
    rows = work.envelopes.page(partner=partner, state=None, after="", limit=100_000)
    found = sorted(row.seq for row in rows)
    assert found == list(range(1, len(rows) + 1))
    assert {row.state for row in rows} <= {"stored", "closed"}
    return found


def each_release_went_once(work: UnitOfWork, partner: str, records: set[str]) -> None:
    rows = work.envelopes.page(partner=partner, state=None, after="", limit=100_000)
    held = [one for row in rows for one in work.releases.of_envelope(row.id)]
    assert Counter(one.record for one in held) == Counter(records)
    assert {one.state for one in held} <= DELIVERED
    assert sum(row.count for row in rows if row.kind == "records") == len(records)
    entries = [
        json.loads(row.entry)
        for row in work.ledger.page(after=-1, limit=1_000_000)
        if row.act == "disclosed"
    ]
    disclosed = Counter(one["record"] for one in entries if one["partner"] == partner)
    assert disclosed == Counter(records)
