"""What partners sent lies in a folder until the national system took it; a receipt can say no."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.flow import look
from gateway.flow.hand_on import settle
from gateway.transport.folders import MARK, FolderTray
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import HUB, NL
from tests.journeys.systems import bring, files, reading
from tests.journeys.test_brought_by_push import inbox_state, sent
from tests.journeys.test_notices import act


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tray"
    made.mkdir(mode=0o750)
    return made


def said(folder: Path, name: str, **what: Any) -> None:
    (folder / f"{name}.receipt").write_text(json.dumps(what))


def test_a_file_that_is_taken_is_a_yes(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    assert bring(world, hub) == 1
    (name,) = files(folder)
    written = json.loads((folder / name).read_text())
    assert list(written)[:2] == ["terms_in_words", "terms"]
    assert written["record"] == record
    assert bring(world, hub) == 0
    assert inbox_state(world, record) == "handed"

    (folder / name).unlink()
    assert bring(world, hub) == 1
    world.work()
    assert inbox_state(world, record) == "accepted"
    assert releases(world.network.gateways[NL], record) == {HUB: "accepted"}
    assert look.status(hub)["national_systems"] == []


def test_a_receipt_can_say_no_and_both_files_go(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    said(folder, name, state="rejected", code="not-ours")
    bring(world, hub)
    assert inbox_state(world, record) == "rejected"
    assert files(folder) == []


def test_a_receipt_counts_though_the_file_is_gone(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    said(folder, name, state="rejected", code="not-ours")
    (folder / name).unlink()
    bring(world, hub)
    assert inbox_state(world, record) == "rejected"


@pytest.mark.parametrize("half", ["", '{"state": "acc', '{"state": "perhaps"}', "[]", "null"])
def test_a_receipt_that_says_nothing_settles_nothing(world: World, folder: Path, half: str) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    (folder / f"{name}.receipt").write_text(half)
    (folder / name).unlink()
    bring(world, hub)
    assert inbox_state(world, record) == "handed"
    said(folder, name, state="accepted")
    bring(world, hub)
    assert inbox_state(world, record) == "accepted"


def test_where_only_a_receipt_counts_a_file_that_is_gone_says_nothing(
    world: World, folder: Path
) -> None:
    hub = reading(world, folder, receipt_only=True)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    (folder / name).unlink()
    bring(world, hub)
    assert inbox_state(world, record) == "handed"
    said(folder, name, state="accepted")
    bring(world, hub)
    assert inbox_state(world, record) == "accepted"


def test_a_folder_that_is_gone_acknowledges_nothing(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    away = folder.rename(folder.parent / "away")  # as when a share is not mounted
    for seconds in (0, 60):
        world.clock.forward(seconds=seconds)
        assert bring(world, hub) == 0
        folder.mkdir(exist_ok=True)  # an empty folder of the same name says as little
    assert inbox_state(world, record) == "handed"
    (standing,) = [one for one in look.status(hub)["national_systems"] if "code" in one]
    assert standing["code"] == "folder-unusable"

    folder.rmdir()
    away.rename(folder)
    world.clock.forward(seconds=60)
    bring(world, hub)
    assert inbox_state(world, record) == "handed"
    (folder / files(folder)[0]).unlink()
    bring(world, hub)
    assert inbox_state(world, record) == "accepted"


def test_a_folder_of_another_client_is_refused(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    sent(world)
    bring(world, hub)
    (folder / MARK).write_text("bank\n")
    (name,) = files(folder)
    (folder / name).unlink()
    assert bring(world, hub) == 0
    assert look.status(hub)["national_systems"][0]["stage"] == "laid"


def test_a_folder_that_all_can_write_is_refused(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    sent(world)
    folder.chmod(0o777)
    assert bring(world, hub) == 0
    assert files(folder) == []


def test_what_is_recalled_is_taken_back_from_the_folder(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    assert len(files(folder)) == 1
    act(world, "recall", record, code="unlawful")
    world.work()
    bring(world, hub)
    assert inbox_state(world, record) == "withdrawn"
    (notice,) = files(folder)  # it may have been read: so the notice goes, too
    assert notice.startswith("notice-")

    (folder / notice).unlink()
    bring(world, hub)
    assert files(folder) == []
    with hub.store.reading() as work:
        assert [
            row.state for row in work.follow.entries_named("analysts", work_notice(notice))
        ] == ["done"]


def work_notice(name: str) -> str:
    return "urn:uuid:" + name.removeprefix("notice-").partition(".")[0]


def test_what_was_settled_by_the_api_leaves_the_folder(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    settle(client_named("analysts", hub), record, 1, hub, accepted=True)
    bring(world, hub)
    assert files(folder) == []
    assert look.status(hub)["national_systems"] == []


def test_no_more_files_lie_there_than_may(world: World, folder: Path) -> None:
    hub = reading(world, folder, most_files=2)
    for number in range(3):
        sent(world, provider_ref=str(number))
    bring(world, hub)
    bring(world, hub)
    assert len(files(folder)) == 2
    (folder / files(folder)[0]).unlink()
    bring(world, hub)
    bring(world, hub)
    assert len(files(folder)) == 2


def test_a_link_in_the_folder_is_not_followed(world: World, folder: Path, tmp_path: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text('{"state": "accepted"}')
    (folder / f"{name}.receipt").symlink_to(elsewhere)
    bring(world, hub)
    assert inbox_state(world, record) == "handed"
    assert elsewhere.exists()


def test_a_pipe_for_a_receipt_hangs_nobody(world: World, folder: Path) -> None:
    hub = reading(world, folder)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    os.mkfifo(folder / f"{name}.receipt")
    bring(world, hub)
    assert inbox_state(world, record) == "handed"


def test_a_no_that_follows_the_taking_is_a_no(world: World, folder: Path) -> None:
    hub = reading(world, folder, receipt_wait_ms=60_000)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    (folder / name).unlink()
    bring(world, hub)
    world.clock.forward(seconds=59)
    bring(world, hub)
    assert inbox_state(world, record) == "handed"
    said(folder, name, state="rejected", code="not-ours")
    bring(world, hub)
    assert inbox_state(world, record) == "rejected"


def test_a_file_that_is_gone_is_a_yes_when_no_receipt_has_followed(
    world: World, folder: Path
) -> None:
    hub = reading(world, folder, receipt_wait_ms=60_000)
    record = sent(world)
    bring(world, hub)
    (name,) = files(folder)
    world.clock.forward(seconds=100)  # what it lay there is no part of the wait
    away = (folder / name).rename(folder / ".working")
    bring(world, hub)
    away.rename(folder / name)  # put back: not taken after all
    world.clock.forward(seconds=50)
    bring(world, hub)
    (folder / name).unlink()
    bring(world, hub)
    world.clock.forward(seconds=59)
    bring(world, hub)
    assert inbox_state(world, record) == "handed"
    world.clock.forward(seconds=1)
    bring(world, hub)
    assert inbox_state(world, record) == "accepted"


def test_a_link_laid_where_a_file_is_to_be_written_is_not_written_through(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("ours")
    (tmp_path / ".aside-record-1.json").hardlink_to(own)
    FolderTray(tmp_path, "analysts").lay_aside({"record-1.json": b"theirs"})
    assert own.read_text() == "ours"
    assert (tmp_path / ".aside-record-1.json").read_text() == "theirs"
