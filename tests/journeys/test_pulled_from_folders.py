"""Files that a national system drops into a folder are taken once, whole, and put away."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.statement import statement
from gateway.core.limits import Limits
from gateway.flow import look
from gateway.flow.exchange import Exchange
from gateway.flow.ports import PulledSource
from gateway.flow.pull import forget_others
from gateway.flow.pull_folder import pull_folder
from gateway.transport.drops import FolderDrop
from tests.journeys.gateways import World, record
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed, two_gateways

CASE = addressed("case", HUB)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir(mode=0o750)
    return made


def looking(world: World, folder: Path, *, settle_seconds: float = 0, **members: Any) -> Exchange:
    drop = FolderDrop(folder, settle_seconds=settle_seconds)
    source = PulledSource(name="cases", client="police", drop=drop, **members)
    nl = replace(world.network.gateways[NL], pulled={"cases": source})
    world.network.gateways[NL] = nl
    return nl


def pull(world: World) -> int:
    return world.run(pull_folder, "cases", world.network.gateways[NL])


def held(exchange: Exchange) -> list[str]:
    with exchange.store.reading() as work:
        return [row.id for row in work.records.latest("police.nl", before="", limit=99)]


def names(folder: Path) -> list[str]:
    return sorted(path.name.partition(".json.")[0] for path in folder.iterdir())


def report(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("*.report.json")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def standing(exchange: Exchange) -> dict[str, Any]:
    (found,) = look.status(exchange)["pulled_sources"]
    return dict(found)


def test_a_file_is_taken_and_put_away_with_its_report(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    (folder / "one.json").write_text(json.dumps(CASE))
    assert pull(world) == 1
    assert pull(world) == 0

    assert len(held(nl)) == 1
    assert [path.name for path in folder.iterdir() if path.is_file()] == []
    told = report(folder / "done")
    assert (told["state"], told["counts"], told["name"]) == ("done", {"stored": 1}, "one.json")
    world.work()
    assert standing(nl)["state"] == "listening"


def test_the_same_file_again_is_not_submitted_again(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    for _ in range(2):
        (folder / "one.json").write_text(json.dumps(CASE))
        assert pull(world) == 1
    assert len(held(nl)) == 1
    assert names(folder / "done") == ["one", "one"]  # the file and its report
    assert report(folder / "done")["counts"] == {"stored": 1}


def test_another_content_under_the_same_name_is_another_file(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    for reference in ("a", "b"):
        (folder / "one.json").write_text(json.dumps({**CASE, "provider_ref": reference}))
        pull(world)
    assert len(held(nl)) == 2
    assert len(list((folder / "done").glob("one.json.*.report.json"))) == 2


BAD = {
    "not JSON": (b"{", "refused"),
    "a fault in a member": (
        json.dumps({**CASE, "opened": "yesterday"}).encode(),
        "quarantined",
    ),
    "imagery": (b"\xff\xd8\xff\xe0" + b"x" * 100, "refused"),
}


@pytest.mark.parametrize(("raw", "state"), BAD.values(), ids=BAD.keys())
def test_what_is_not_taken_lies_apart_and_says_why(
    world: World, folder: Path, raw: bytes, state: str
) -> None:
    nl = looking(world, folder)
    (folder / "bad.json").write_bytes(raw)
    (folder / "good.json").write_text(json.dumps(CASE))
    assert pull(world) == 2
    told = report(folder / "failed")
    assert told["counts"] == {state: 1}
    assert told["records"][0]["errors"][0]["code"]
    assert "yesterday" not in json.dumps(told)
    assert len(held(nl)) == 1


def test_a_file_that_is_too_large_fails_alone(folder: Path) -> None:
    limits = Limits()
    world = two_gateways(replace(limits, caps=replace(limits.caps, max_bytes=10_000)))
    nl = looking(world, folder)
    (folder / "large.json").write_text(" " * 10_001)
    (folder / "good.json").write_text(json.dumps(CASE))
    pull(world)
    assert report(folder / "failed")["fault"]["code"] == "too-large"
    assert len(held(nl)) == 1


def test_lines_are_taken_in_pieces_however_many_there_are(folder: Path) -> None:
    world = two_gateways(replace(Limits(), max_bulk_records=2))
    nl = looking(world, folder, media_type="application/x-ndjson")
    lines = [json.dumps({**CASE, "provider_ref": str(n)}) for n in range(5)]
    (folder / "many.ndjson").write_text("\n".join(lines))
    pull(world)
    assert len(held(nl)) == 5
    assert report(folder / "done")["counts"] == {"stored": 5}


TAKEN = """adapter = "iso20022"
profile = "plain"
[source.cases.transfers]
seen_by = "psp"
countries = ["PH"]
[source_profile.plain]
handling = ["H0"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
legal_basis = { instrument = "Directive (EU) 2016/680", article = "8" }
review_days = 365
person_category = "person_of_interest_not_suspect"
"""


def payments(folder: Path, country: str = "PH") -> World:
    """A gateway that pulls payment messages larger than one submission may be."""
    limits = Limits()
    world = two_gateways(replace(limits, caps=replace(limits.caps, max_bytes=60_000)))
    nl = looking(world, folder, media_type="application/xml")
    world.configure(nl, NL_ITEMS.replace('adapter = "native"\n', TAKEN.replace("PH", country)))
    return world


def test_a_payment_message_is_divided_at_its_transfers_however_many_there_are(
    folder: Path,
) -> None:
    world = payments(folder)
    (folder / "long.xml").write_bytes(statement(150))
    pull(world)
    assert report(folder / "done")["counts"] == {"stored": 6}  # one in 25 is to that country
    assert report(folder / "done")["size"] > 60_000


def test_a_payment_message_of_which_nothing_is_taken_is_done(folder: Path) -> None:
    world = payments(folder, "RO")
    (folder / "short.xml").write_bytes(statement(10))
    pull(world)
    assert report(folder / "done")["counts"] == {}


def test_a_payment_message_without_its_end_is_not_taken_at_all(folder: Path) -> None:
    world = payments(folder)
    (folder / "half.xml").write_bytes(statement(150)[:-20])
    pull(world)
    told = report(folder / "failed")
    assert (told["counts"], told["fault"]["code"]) == ({}, "document-undivided")
    assert told["fault"]["detail"] == "The document ends in the midst of something."


@pytest.mark.parametrize(
    "name", [".hidden.json", "one.json.part", "one.TMP", "one.filepart", "x.report.json"]
)
def test_an_unfinished_name_is_left_alone(world: World, folder: Path, name: str) -> None:
    looking(world, folder)
    (folder / name).write_text(json.dumps(CASE))
    assert pull(world) == 0
    assert (folder / name).exists()


def aged(path: Path, seconds: float = 60) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_file_that_still_grows_is_not_picked_up(world: World, folder: Path) -> None:
    looking(world, folder, settle_seconds=10)
    path = folder / "one.json"
    text = json.dumps(CASE)
    path.write_text(text[:50])
    aged(path)
    assert pull(world) == 0  # seen once
    path.write_text(text)
    aged(path, 59)
    assert pull(world) == 0  # another size than before
    assert pull(world) == 1
    assert names(folder / "done") == ["one", "one"]


def test_a_file_that_was_written_just_now_is_not_picked_up(world: World, folder: Path) -> None:
    looking(world, folder, settle_seconds=10)
    (folder / "one.json").write_text(json.dumps(CASE))
    assert [pull(world) for _ in range(3)] == [0, 0, 0]


def test_a_file_that_its_writer_has_locked_is_not_picked_up(world: World, folder: Path) -> None:
    looking(world, folder, settle_seconds=10)
    path = folder / "one.json"
    path.write_text(json.dumps(CASE))
    aged(path)
    with path.open("rb+") as held_open:
        fcntl.flock(held_open, fcntl.LOCK_EX)
        assert [pull(world) for _ in range(3)] == [0, 0, 0]
    assert pull(world) == 1


def test_a_file_that_changes_between_the_look_and_the_pick_is_left(folder: Path) -> None:
    drop = FolderDrop(folder, settle_seconds=10)
    drop.demand()
    path = folder / "one.json"
    path.write_text("{")
    aged(path)
    drop.whole()
    assert drop.whole() == ["one.json"]
    path.write_text("{}")
    assert drop.pick("one.json") is None
    assert path.exists()


def test_a_file_that_changes_with_its_size_and_time_kept_is_not_picked_up(folder: Path) -> None:
    drop = FolderDrop(folder, settle_seconds=10)
    drop.demand()
    path = folder / "one.json"
    path.write_text("{1")
    aged(path)
    drop.whole()
    told = path.stat()
    path.write_text("{2")
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert drop.whole() == []
    assert drop.whole() == ["one.json"]


def test_a_file_that_changes_in_place_while_it_is_read_is_read_again(
    world: World, folder: Path
) -> None:
    nl = looking(world, folder)
    (folder / "one.json").write_text(json.dumps({**CASE, "provider_ref": "a"}))

    def change(step: str) -> None:
        path = folder / ".picked" / "one.json"
        if step == "pull.submitted" and '"a"' in path.read_text():
            told = path.stat()
            path.write_text(json.dumps({**CASE, "provider_ref": "b"}))
            os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns))

    world.network.gateways[NL] = replace(nl, reach=change)
    assert [pull(world), pull(world)] == [0, 1]
    assert len(held(nl)) == 2


def test_a_file_that_has_another_name_rings_and_stops_nothing(
    world: World, folder: Path, tmp_path: Path
) -> None:
    nl = looking(world, folder)
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(CASE))
    (folder / "linked.json").hardlink_to(secret)
    (folder / "good.json").write_text(json.dumps({**CASE, "provider_ref": "good"}))
    assert pull(world) == 1
    assert standing(nl)["state"] == "failing"
    assert (standing(nl)["code"], standing(nl)["failures"]) == ("file-unreadable", 1)
    assert len(held(nl)) == 1

    secret.unlink()
    assert pull(world) == 1
    assert standing(nl)["state"] == "listening"


def test_files_that_may_not_be_read_ring_and_take_no_place_of_others(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nl = looking(world, folder)
    for number in range(101):
        (folder / f"bad-{number}.json").write_text("{}")
    (folder / "good.json").write_text(json.dumps(CASE))
    real = os.open

    def opening(path: Path, *how: int, **more: int) -> int:
        if Path(path).name.startswith("bad-"):  # root may read all
            raise PermissionError
        return real(path, *how, **more)

    monkeypatch.setattr(os, "open", opening)
    assert pull(world) == 1
    assert standing(nl)["failures"] == 101


def test_a_file_that_grows_while_it_is_read_is_read_again(world: World, folder: Path) -> None:
    nl = looking(world, folder, media_type="application/x-ndjson")
    (folder / "a.ndjson").write_text(json.dumps(CASE))
    more = "\n" + json.dumps({**CASE, "provider_ref": "later"})

    def grow(step: str) -> None:
        if step == "pull.submitted" and more not in (folder / ".picked/a.ndjson").read_text():
            with (folder / ".picked" / "a.ndjson").open("a") as opened:
                opened.write(more)

    world.network.gateways[NL] = replace(nl, reach=grow)
    assert pull(world) == 0
    assert pull(world) == 1
    assert len(held(nl)) == 2
    assert report(folder / "done")["counts"] == {"duplicate": 1, "stored": 1}


def test_links_and_folders_are_left_alone(world: World, folder: Path, tmp_path: Path) -> None:
    looking(world, folder)
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(CASE))
    (folder / "link.json").symlink_to(secret)
    (folder / "sub.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    assert pull(world) == 0
    assert secret.exists()


def test_a_strange_name_is_replaced_by_its_digest(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    for raw in (b"a\nb.json", b"\xff.json", b"x" * 240):
        path = os.fsencode(folder) + b"/" + raw
        with open(path, "w") as opened:  # noqa: PTH123 - a name in bytes
            opened.write(json.dumps(CASE))
    assert pull(world) == 3
    assert len(held(nl)) == 1  # three files, one record
    kept = [path.name for path in (folder / "done").glob("named-*.report.json")]
    assert len(kept) == 3


def test_a_folder_that_all_can_write_or_that_is_gone_rings(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    (folder / "one.json").write_text(json.dumps(CASE))
    folder.chmod(0o777)
    assert pull(world) == 0
    assert standing(nl)["state"] == "failing"
    assert standing(nl)["code"] == "folder-unusable"
    folder.chmod(0o750)
    world.clock.forward(seconds=2)
    assert pull(world) == 1
    assert standing(nl)["state"] == "listening"


def test_a_client_that_may_not_submit_there_loses_nothing(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    world.configure(nl, NL_ITEMS.replace('sources = ["cases"]', "sources = []"))
    (folder / "one.json").write_text(json.dumps(CASE))
    pull(world)
    assert standing(nl)["code"] == "forbidden"
    assert held(nl) == []
    world.configure(nl, NL_ITEMS)
    world.clock.forward(seconds=2)
    assert pull(world) == 1
    assert len(held(nl)) == 1


def test_what_was_picked_by_a_process_that_died_comes_first(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    pull(world)  # makes our folders
    (folder / ".picked" / "one.json").write_text(json.dumps(CASE))
    assert pull(world) == 1
    assert len(held(nl)) == 1


def test_a_source_that_is_silent_for_too_long_rings(world: World, folder: Path) -> None:
    nl = looking(world, folder, quiet_ms=3_600_000)
    pull(world)
    world.clock.forward(seconds=3_600)
    assert standing(nl)["state"] == "listening"
    world.clock.forward(seconds=1)
    assert standing(nl)["state"] == "quiet"
    assert standing(nl)["silent_seconds"] == 3_601

    (folder / "one.json").write_text(json.dumps(CASE))
    pull(world)
    assert standing(nl)["state"] == "listening"
    (folder / "one.json").write_text(json.dumps(CASE))
    world.clock.forward(seconds=3_601)
    pull(world)
    assert standing(nl)["state"] == "quiet"  # the same again is nothing new


def test_a_source_that_need_not_speak_never_rings(world: World, folder: Path) -> None:
    nl = looking(world, folder, quiet_ms=0)
    pull(world)
    world.clock.forward(days=400)
    assert standing(nl)["state"] == "listening"


def test_a_source_that_is_looked_at_no_more_is_forgotten(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    pull(world)
    forget_others(nl)
    assert standing(nl)["source"] == "cases"
    forget_others(replace(nl, pulled={}))
    assert look.status(nl)["pulled_sources"] == []


def test_finished_files_go_when_they_have_lain_for_long(world: World, folder: Path) -> None:
    looking(world, folder, keep_seconds=0.05)
    (folder / "one.json").write_text(json.dumps(CASE))
    (folder / "bad.json").write_text("{")
    pull(world)
    time.sleep(0.06)
    pull(world)
    assert names(folder / "done") == []
    assert len(names(folder / "failed")) == 2


def test_looking_at_an_empty_folder_writes_nothing(world: World, folder: Path) -> None:
    nl = looking(world, folder)
    pull(world)

    def heard(step: str) -> None:
        raise AssertionError(step)

    world.network.gateways[NL] = replace(nl, reach=heard)
    assert pull(world) == 0
    (folder / "one.json").write_text(json.dumps(CASE))
    with pytest.raises(AssertionError):
        pull(world)


def test_a_case_of_a_folder_goes_to_partners_as_any_other(world: World, folder: Path) -> None:
    looking(world, folder)
    (folder / "one.json").write_text(json.dumps(record("case", addressees=CASE["addressees"])))
    pull(world)
    world.work()
    hub = world.network.gateways[HUB]
    with hub.store.reading() as work:
        assert work.arrivals.has_unnumbered("analysts")


def test_a_folder_or_a_link_in_done_stays_and_stops_nothing(world: World, folder: Path) -> None:
    nl = looking(world, folder, keep_seconds=0)
    (folder / "one.json").write_text(json.dumps(CASE))
    assert pull(world) == 1
    (folder / "done" / "archive").mkdir()
    (folder / "done" / "link").symlink_to(folder)

    assert pull(world) == 0

    assert names(folder / "done") == ["archive", "link"]
    assert standing(nl)["state"] == "listening"
