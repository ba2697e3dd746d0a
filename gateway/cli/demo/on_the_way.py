"""What happens while records are on their way: an urgent one overtakes, an agreement ends."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from gateway.cli.demo import expected
from gateway.cli.demo.expected import Push
from gateway.cli.demo.moves import arrived, came_of, inbox, note, settle, start_push
from gateway.cli.demo.roles import STAFF
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import OUT, Json, Story, demand, wait_until


def overtake(stage: Stage, story: Story) -> None:
    """Let routine records wait, then an urgent one: it goes first."""
    national, hub = stage.national, stage.hub
    with story.step(f"an urgent record overtakes a backlog of {expected.SERIES}", OUT) as step:
        national.ask("partners", "pause", hub.id)
        series = Push(
            "series.ndjson", "police-cases", "cases", "native NDJSON", ("stored",) * expected.SERIES
        )
        _write_series(stage.files)
        outcomes = came_of(series, start_push(stage, series))
        story.formats[series.format] += len(outcomes)
        urgent = Push("urgent.json", "police-cases", "cases", "native JSON", ("stored",))
        reason = "A child may be with the suspect within hours."
        note(urgent, came_of(urgent, start_push(stage, urgent, "--urgent", reason)), story)
        last, _ = story.records[expected.URGENT]
        (clock,) = national.ask("urgent", system=STAFF[0])
        demand("what has no receipt", (clock["record"], clock["overdue"]), (last, False))
        waiting = [one["record"] for one in outcomes]
        national.ask("partners", "resume", hub.id)
        wait_until("arrived", partial(arrived, hub), {*waiting, last})
        places = {record: _place(record, hub.id, stage) for record in (*waiting, last)}
        first = min(places.values())
        behind = sum(place > first for record, place in places.items() if record != last)
        demand("place of the urgent record", places[last], first)
        demand("records behind it", behind >= expected.SERIES - 8, wanted=True)
        demand("its urgency there", inbox(hub)[last]["urgency"], "urgent")
        wait_until("its receipt", lambda: national.ask("urgent", system=STAFF[0]), [])
        settle(hub, sorted({*waiting, last}))
        step.notes += [
            f"pushed last, sealed first: {behind} of {len(waiting)} left after it",
            f"its receipt clock ran {_minutes(clock)} minutes at most, and ended with the receipt",
        ]


def _minutes(clock: Json) -> int:
    return int((clock["receipt_due"] - clock["since"]) / 60_000)


def _write_series(folder: Path) -> None:
    """Write many cases that differ in their references only."""
    model = json.loads((folder / "series.json").read_text())
    lines = [
        {**model, "provider_ref": f"PL-NH-2026-1{number:05}", "national_ref": f"2026-1{number:05}"}
        for number in range(expected.SERIES)
    ]
    (folder / "series.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))


def _place(record: str, partner: str, stage: Stage) -> int:
    """Return the place of the envelope in which a record went."""
    with stage.national.api("police-cases") as api:
        events = api.timeline(record)
    return int(
        next(e["seq"] for e in events if e["event"] == "sealed" and e.get("partner") == partner)
    )


def end_an_agreement(stage: Stage, story: Story) -> None:
    """End an agreement while something sealed under it waits in a mailbox: it never leaves."""
    national, vgt = stage.national, stage.vgt
    with story.step(
        "an agreement ended while sealed: the envelope is voided, not delivered", OUT
    ) as step:
        vgt.stop("worker")  # it sleeps; its mailbox fills
        push = Push("hosting.json", "police-cases", "cases", "native JSON", ("stored",))
        note(push, came_of(push, start_push(stage, push)), story)
        wait_until("waiting in the mailbox", lambda: len(_waiting(stage)), 1)
        (waiting,) = _waiting(stage)
        national.ask("agreements", "end", "vgt-hosting")
        (national.folder / "items" / "agreement" / "vgt-hosting.toml").unlink()  # as one would
        wait_until("voided", lambda: national.ask("deliveries", "show", waiting)["state"], "void")
        vgt.run("worker")  # it wakes and looks into its mailbox
        wait_until("the void is known", partial(_is_caught_up, stage), wanted=True)
        demand("arrived nevertheless", list(inbox(vgt)), [])
        shown = national.ask("deliveries", "show", waiting)
        demand("handed", shown["handed_at"], None)
        step.notes.append(f"place {shown['seq']} is void; the partner counts it as filled")


def _waiting(stage: Stage) -> list[str]:
    """Return envelopes of records sealed for the puller that it has not taken."""
    page = stage.national.ask("deliveries", "list", "--partner", stage.vgt.id, "--state", "sealed")
    return [one["id"] for one in page["items"] if one["kind"] == "records"]


def _is_caught_up(stage: Stage) -> bool:
    """Return whether the puller knows every place that was sealed for it, with no gap."""

    def channel(place: Place, partner: str, direction: str) -> Json:
        rows = place.ask("status")["channels"]
        return next((r for r in rows if (r["partner"], r["direction"]) == (partner, direction)), {})

    ours = channel(stage.national, stage.vgt.id, "out")
    theirs = channel(stage.vgt, stage.national.id, "in")
    return bool(theirs) and theirs["upto"] == ours["last_seq"] and theirs["missing"] == 0
