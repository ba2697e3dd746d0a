"""Acts that several scenes have in common: push a file, look into an inbox, wait for answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.cli.demo.expected import Push
from gateway.cli.demo.processes import Child
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import Json, Story, demand, wait_until

_INBOX: Final = 100


def start_push(stage: Stage, push: Push, *more: str) -> Child:
    """Start the push of one file by its system."""
    file = str(stage.files / push.file)
    words = ("push", file, "--source", push.source, *more)
    return stage.national.start(*words, system=push.system)


def came_of(push: Push, child: Child) -> list[Json]:
    """Return what became of a push, which must be what was expected."""
    answer = child.wait()
    outcomes: list[Json] = answer.json()["outcomes"]
    demand(f"outcomes of {push.file}", tuple(one["state"] for one in outcomes), push.states)
    demand(f"exit code for {push.file}", answer.code, int(set(push.states) != {"stored"}))
    return outcomes


def note(push: Push, outcomes: Iterable[Json], story: Story) -> None:
    """Note which records came of a push."""
    for one in outcomes:
        if one["state"] == "stored":
            story.records[one["provider_ref"]] = one["record"], push.system
            story.formats[push.format] = story.formats.get(push.format, 0) + 1


def inbox(place: Place) -> dict[str, Json]:
    """Return what waits for the national system of a place, by record."""
    with place.api(place.role.systems[0].name) as api:
        return {entry["record"]: entry for entry in api.inbox(limit=_INBOX)["items"]}


def arrived(place: Place) -> set[str]:
    """Return the records that wait there."""
    return set(inbox(place))


def settle(place: Place, records: Iterable[str], reject: str | None = None) -> None:
    """Take records over there, or say no to them."""
    more = ("--reject", reject) if reject else ()
    place.ask("inbox", "ack", *records, *more)


def await_releases(stage: Stage, wanted: dict[tuple[str, str], int]) -> None:
    """Wait until so many releases are in these states at home."""

    def look() -> dict[tuple[str, str], int]:
        with stage.national.api("police-cases") as api:
            rows = api.status()["releases"]
        found = {(row["partner"], row["state"]): row["count"] for row in rows}
        return {key: found.get(key, 0) for key in wanted}

    wait_until("verdicts at home", look, wanted)
