"""What failed by our own mapping is taken again once it is mended; what was stored, never twice."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.flow.exchange import Exchange
from gateway.flow.outcome import Outcome
from gateway.flow.ports import PulledSource
from gateway.flow.pull_folder import pull_folder
from gateway.flow.pull_https import pull_https
from gateway.flow.submit import KeyReused, Submission, submit
from gateway.transport.drops import FolderDrop
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import NL
from tests.journeys.test_mending_mappings import LINES, MAPPING, MENDED, configured
from tests.journeys.test_pulled_from_folders import held, report
from tests.journeys.test_pulled_over_https import Offered

RAW = "\n".join(json.dumps(line) for line in LINES[:3]).encode()  # one is read, two are not


@pytest.fixture
def server(world: World) -> Offered:
    nl, server = configured(world, MAPPING), Offered(body=RAW)
    source = PulledSource(
        name="export", client="police", media_type="application/x-ndjson", origin=server
    )
    world.network.gateways[NL] = replace(nl, pulled={"export": source})
    return server


def ask(world: World) -> Exchange:
    nl = world.network.gateways[NL]
    world.run(pull_https, "export", nl)
    return nl


def states(nl: Exchange) -> dict[str, int]:
    with nl.store.reading() as work:
        (row,) = work.pulls.page("export", before=2**60, limit=9)
    return dict(row.report["counts"])


def test_a_document_that_failed_is_taken_again_once_the_mapping_is_mended(
    world: World, server: Offered
) -> None:
    nl = ask(world)
    assert states(nl) == {"quarantined": 2, "stored": 1}
    configured(world, MENDED)
    ask(world)

    assert len(held(nl)) == 3
    assert states(nl) == {"duplicate": 1, "stored": 2}
    ask(world)
    assert len(held(nl)) == 3
    assert [asked[0] for asked in server.asked] == [None, None, '"1"']


def test_it_is_not_taken_again_by_the_same_mapping(world: World, server: Offered) -> None:
    ask(world)
    submitted: list[str] = []
    nl = world.network.gateways[NL]
    world.network.gateways[NL] = replace(nl, reach=submitted.append)
    ask(world)
    assert len(server.asked) == 2
    assert "pull.submitted" not in submitted


def test_who_read_it_is_the_mapping_and_the_source_profile(world: World, server: Offered) -> None:
    nl = ask(world)
    with nl.store.reading() as work:
        (before,) = work.pulls.page("export", before=2**60, limit=9)
    assert before.read_by.startswith("mapping:export@")
    assert before.read_by.endswith(" all@1")
    assert len(server.asked) == 1


def test_what_was_done_is_not_taken_again_by_a_newer_mapping(world: World, server: Offered) -> None:
    server.body = json.dumps(LINES[0]).encode()
    nl = ask(world)
    configured(world, MENDED)
    ask(world)
    assert states(nl) == {"stored": 1}
    assert server.asked[1][0] == '"1"'


def test_a_file_that_is_dropped_again_after_mending_is_taken(world: World, tmp_path: Path) -> None:
    nl, folder = configured(world, MAPPING), tmp_path / "drop"
    folder.mkdir(mode=0o750)
    drop = FolderDrop(folder, settle_seconds=0)
    source = PulledSource(
        name="export", client="police", media_type="application/x-ndjson", drop=drop
    )
    nl = world.network.gateways[NL] = replace(nl, pulled={"export": source})
    for text in (MAPPING, MENDED):
        configured(world, text)
        (folder / "one.ndjson").write_bytes(RAW)
        world.run(pull_folder, "export", nl)
    assert len(held(nl)) == 3
    assert report(folder / "done")["counts"] == {"duplicate": 1, "stored": 2}


def push(nl: Exchange, raw: bytes = RAW) -> list[Outcome]:
    client = client_named("police", nl)
    return submit(
        Submission(
            client=client, source="export", media_type="x/y", raw=raw, idempotency_key="k-1"
        ),
        nl,
    )


def counted(outcomes: list[Outcome]) -> Counter[str]:
    return Counter(one.state for one in outcomes)


def test_a_push_under_the_same_key_is_read_by_the_mended_mapping(world: World) -> None:
    nl = configured(world, MAPPING)
    first = push(nl)
    assert push(nl) == first
    configured(world, MENDED)
    again = push(nl)

    assert counted(again) == {"duplicate": 1, "stored": 2}
    assert len(held(nl)) == 3
    assert push(nl) == again


def test_a_push_that_was_stored_has_the_same_answer_by_any_mapping(world: World) -> None:
    nl = configured(world, MAPPING)
    raw = json.dumps(LINES[0]).encode()
    first = push(nl, raw)
    configured(world, MENDED)
    assert push(nl, raw) == first


def test_a_key_with_other_content_stays_refused_after_mending(world: World) -> None:
    nl = configured(world, MAPPING)
    push(nl)
    configured(world, MENDED)
    with pytest.raises(KeyReused):
        push(nl, RAW + b"\n")
