"""What happens in the demonstration, in order, and what must have come of each step.

Every step looks at what it did through the commands and the API that everybody has; the first
thing that is not as it must be ends the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from gateway.cli.demo import expected
from gateway.cli.demo.corroborated import promote_by_two
from gateway.cli.demo.expected import Push
from gateway.cli.demo.processes import Child
from gateway.cli.demo.recalled import recall_a_person
from gateway.cli.demo.stage import Place, Stage, answered
from gateway.cli.demo.story import Json, Row, Story, demand, wait_until
from gateway.cli.demo.two_people import read_and_approve

_INBOX: Final = 100


def play(stage: Stage, story: Story) -> None:
    """Play all of it. Raises StepFailed, CommandFailed."""
    found(stage, story)
    introduce(stage, story)
    push_formats(stage, story)
    push_what_must_not_go(stage, story)
    promote_by_two(stage, story)
    receive(stage, story)
    approve_by_two(stage, story)
    overtake(stage, story)
    end_an_agreement(stage, story)
    compare(stage, story)
    recall_a_person(stage, story)
    audit(stage, story)


def found(stage: Stage, story: Story) -> None:
    """Make three gateways: keys, certificates, databases, items."""
    with story.step("three gateways made: keys, certificates, databases") as step:
        for child in [place.start("init") for place in stage.places]:
            answered(child)
        applied = [
            place.start("agreements", "apply", str(place.folder / "items"))
            for place in stage.places
        ]
        items = sum(len(answered(child)["added"]) for child in applied)
        for place in stage.places:
            place.run("web")
        step.notes.append(f"{items} items of configuration applied, all from files")


def introduce(stage: Stage, story: Story) -> None:
    """Exchange cards, compare the words, confirm; wait until each has proven its key."""
    with story.step("partners introduced: cards exchanged, words compared") as step:
        asked = {place.id: place.start("partners", "card") for place in stage.places}
        cards = {id_: answered(child) for id_, child in asked.items()}
        for place in stage.places:
            (place.folder / "card.jws").write_text(cards[place.id]["card"])
        pairs = _acquaintances(stage)
        seen = [h.start("partners", "add", str(t.folder / "card.jws")) for h, t in pairs]
        for (_, there), child in zip(pairs, seen, strict=True):
            demand(f"words of {there.id}", answered(child)["words"], cards[there.id]["words"])
        for child in [_confirm(h, t, cards[t.id]["words"]) for h, t in pairs]:
            answered(child)
        for place in stage.places:
            place.run("worker")
        step.notes.append("words: " + " ".join(cards[stage.hub.id]["words"]))
    with story.step("mutual TLS up; each side has shown that it opens what is sealed to it"):
        for here, there in _acquaintances(stage):
            wait_until(f"{there.id} proven at {here.id}", partial(_proven, here, there), True)


def _acquaintances(stage: Stage) -> list[tuple[Place, Place]]:
    partners = (stage.hub, stage.vgt)
    return [(stage.national, one) for one in partners] + [(one, stage.national) for one in partners]


def _confirm(here: Place, there: Place, words: list[str]) -> Child:
    fetch = ("--fetch",) if there.id in here.role.pulls else ()
    return here.start("partners", "confirm", there.id, "--words", " ".join(words), *fetch)


def _proven(here: Place, there: Place) -> bool:
    return any(
        view["id"] == there.id and view["sealing_key_proven"]
        for view in here.ask("partners", "list")
    )


def push_formats(stage: Stage, story: Story) -> None:
    """Push what national systems have, in the formats they have it in."""
    with story.step("files pushed by three national systems in six formats") as step:
        pushed = [(push, _start(stage, push)) for push in expected.FIRST]
        for push, child in pushed:
            outcomes = _outcomes(push, child)
            _note(push, outcomes, story)
            stored = sum(one["state"] == "stored" for one in outcomes)
            step.notes.append(f"{push.format}: {stored} of {len(outcomes)} stored")
        page = _quarantine(stage)
        demand("in quarantine", len(page), 1)
        why = page[0]["faults"][0]["detail"]
        title = "case with a date that does not exist"
        story.refused.append(
            Row(expected.QUARANTINED, title, "zaken.csv", "quarantined", "quarantined", why)
        )
        again = _start(stage, expected.AGAIN, "--type", "text/xml")
        states = [one["state"] for one in answered(again)["outcomes"]]
        demand("the same file again", states, ["duplicate"])
        step.notes.append("the same file again: duplicate, nothing twice")


def _start(stage: Stage, push: Push, *more: str) -> Child:
    file = str(stage.files / push.file)
    words = ("push", file, "--source", push.source, *more)
    return stage.national.start(*words, system=push.system)


def _outcomes(push: Push, child: Child) -> list[Json]:
    """Return what became of a push, which must be what was expected."""
    answer = child.wait()
    outcomes: list[Json] = answer.json()["outcomes"]
    demand(f"outcomes of {push.file}", tuple(one["state"] for one in outcomes), push.states)
    demand(f"exit code for {push.file}", answer.code, int(set(push.states) != {"stored"}))
    return outcomes


def _note(push: Push, outcomes: Iterable[Json], story: Story) -> None:
    for one in outcomes:
        if one["state"] == "stored":
            story.records[one["provider_ref"]] = one["record"], push.system
            story.formats[push.format] = story.formats.get(push.format, 0) + 1


def _quarantine(stage: Stage) -> list[Json]:
    with stage.national.api("police-cases") as api:
        found: list[Json] = api.quarantine()["items"]
    return found


def push_what_must_not_go(stage: Stage, story: Story) -> None:
    """Push what must not leave: each is refused or held, with its reason."""
    with story.step("what must not go, does not: imagery, finance alone, H2, category") as step:
        for push in expected.IMAGERY:
            (outcome,) = _outcomes(push, _start(stage, push))
            why = outcome["errors"][0]
            demand(f"kept of {push.file}", outcome.get("record"), None)
            title = "embedded picture" if "picture" in push.file else "catalogue of media"
            story.refused.append(
                Row(why["pointer"], title, push.file, "refused", "refused", why["detail"])
            )
            step.notes.append(
                f"{push.file}: refused at the door, {why['code']} at {why['pointer']}"
            )
        for push in (expected.HELD_BACK, expected.GROUND):
            _note(push, _outcomes(push, _start(stage, push)), story)
        for reference, (partner, rule) in expected.REASONS.items():
            record, _ = story.records[reference]
            told = stage.national.ask("explain", record, "--partner", partner)
            demand(f"deciding rule for {reference}", told["deciding"], rule)
            step.notes.append(f"{reference} to {partner}: {rule}, {told['reason']}")


def receive(stage: Stage, story: Story) -> None:
    """See what arrived at both partners; answer it; see the answers at home."""
    with story.step("EMPACT partner pushed to, VGT partner pulls: all that should arrive did"):
        sent = {
            place.id: {
                story.records[reference][0]
                for reference, fate in expected.RECORDS.items()
                if reference in story.records
                and (fate.hub if place is stage.hub else fate.vgt)
                in (expected.ACCEPTED, "rejected")
            }
            for place in (stage.hub, stage.vgt)
        }
        for place in (stage.hub, stage.vgt):
            wait_until(f"inbox of {place.id}", partial(_arrived, place), sent[place.id])
    with story.step("own notes left out; receipts and verdicts came back") as step:
        for place in (stage.hub, stage.vgt):
            _demand_reduced(place)
        rejected = story.records[expected.REJECTED][0]
        _settle(stage.hub, [rejected], expected.REJECTION)
        _settle(stage.hub, sorted(sent[stage.hub.id] - {rejected}))
        _settle(stage.vgt, sorted(sent[stage.vgt.id]))
        accepted = len(sent[stage.hub.id]) - 1
        wanted = {
            (stage.hub.id, "accepted"): accepted,
            (stage.hub.id, "rejected"): 1,
            (stage.vgt.id, "accepted"): len(sent[stage.vgt.id]),
        }
        _await_releases(stage, wanted)
        step.notes.append(
            f"EMPACT partner: {accepted} accepted, 1 rejected ({expected.REJECTION}); "
            f"VGT partner: {len(sent[stage.vgt.id])} accepted"
        )


def _inbox(place: Place) -> dict[str, Json]:
    with place.api(place.role.systems[0].name) as api:
        return {entry["record"]: entry for entry in api.inbox(limit=_INBOX)["items"]}


def _arrived(place: Place) -> set[str]:
    return set(_inbox(place))


def _demand_reduced(place: Place) -> None:
    """Demand that nothing written for own use is in what a partner received."""
    text = json.dumps(list(_inbox(place).values()))
    demand(f"our own notes at {place.id}", expected.OWN_NOTE in text, wanted=False)
    demand(
        f"what was left out, named at {place.id}", "/persons/0/category_reason" in text, wanted=True
    )


def _settle(place: Place, records: Iterable[str], reject: str | None = None) -> None:
    more = ("--reject", reject) if reject else ()
    place.ask("inbox", "ack", *records, *more)


def _await_releases(stage: Stage, wanted: dict[tuple[str, str], int]) -> None:
    def look() -> dict[tuple[str, str], int]:
        with stage.national.api("police-cases") as api:
            rows = api.status()["releases"]
        found = {(row["partner"], row["state"]): row["count"] for row in rows}
        return {key: found.get(key, 0) for key in wanted}

    wait_until("verdicts at home", look, wanted)


def approve_by_two(stage: Stage, story: Story) -> None:
    """Push a record under a condition in words, and have two people decide on it."""
    push = expected.CONDITION
    _note(push, _outcomes(push, _start(stage, push)), story)
    read_and_approve(story.records[expected.WITH_CONDITION][0], stage, story)


def overtake(stage: Stage, story: Story) -> None:
    """Let routine records wait, then an urgent one: it goes first."""
    national, hub = stage.national, stage.hub
    with story.step(f"an urgent record overtakes a backlog of {expected.SERIES}") as step:
        national.ask("partners", "pause", hub.id)
        series = Push(
            "series.ndjson", "police-cases", "cases", "native NDJSON", ("stored",) * expected.SERIES
        )
        _write_series(stage.files)
        outcomes = _outcomes(series, _start(stage, series))
        story.formats[series.format] += len(outcomes)
        urgent = Push("urgent.json", "police-cases", "cases", "native JSON", ("stored",))
        reason = "A child may be with the suspect within hours."
        _note(urgent, _outcomes(urgent, _start(stage, urgent, "--urgent", reason)), story)
        last, _ = story.records[expected.URGENT]
        waiting = [one["record"] for one in outcomes]
        national.ask("partners", "resume", hub.id)
        wait_until("arrived", partial(_arrived, hub), {*waiting, last})
        places = {record: _place(record, hub.id, stage) for record in (*waiting, last)}
        first = min(places.values())
        behind = sum(place > first for record, place in places.items() if record != last)
        demand("place of the urgent record", places[last], first)
        demand("records behind it", behind >= expected.SERIES - 8, wanted=True)
        demand("its urgency there", _inbox(hub)[last]["urgency"], "urgent")
        _settle(hub, sorted({*waiting, last}))
        step.notes.append(f"pushed last, sealed first: {behind} of {len(waiting)} left after it")


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
        "an agreement ended while sealed: the envelope is voided, not delivered"
    ) as step:
        vgt.stop("worker")  # it sleeps; its mailbox fills
        push = Push("hosting.json", "police-cases", "cases", "native JSON", ("stored",))
        _note(push, _outcomes(push, _start(stage, push)), story)
        wait_until("waiting in the mailbox", lambda: len(_waiting(stage)), 1)
        (waiting,) = _waiting(stage)
        national.ask("agreements", "end", "vgt-hosting")
        wait_until("voided", lambda: national.ask("deliveries", "show", waiting)["state"], "void")
        vgt.run("worker")  # it wakes and looks into its mailbox
        wait_until("the void is known", partial(_is_caught_up, stage), wanted=True)
        demand("arrived nevertheless", list(_inbox(vgt)), [])
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


def compare(stage: Stage, story: Story) -> None:
    """Compare what became of every record with what must have become of it."""
    with story.step("every record is where it must be, and nowhere else") as step:
        demand("references", set(story.records), set(expected.RECORDS))
        done = {(stage.hub.id, "accepted"): 11 + expected.SERIES + 1}
        _await_releases(stage, done)
        for reference, fate in expected.RECORDS.items():
            record, system = story.records[reference]
            with stage.national.api(system) as api:
                hub, vgt = (api.explain(record, place.id) for place in (stage.hub, stage.vgt))
            found_states = _state(hub), _state(vgt)
            demand(f"{reference} at the partners", found_states, (fate.hub, fate.vgt))
            story.rows.append(
                Row(reference, fate.title, fate.file, *found_states, _why(reference, hub, vgt))
            )
        for place in (stage.hub, stage.vgt):
            demand(f"left in the inbox of {place.id}", list(_inbox(place)), [])
        story.rows.append(
            Row(
                f"{expected.SERIES} of a series",
                "routine cases",
                "series.ndjson",
                expected.ACCEPTED,
                expected.NOT_NAMED,
                "VGT: the submitter named other recipients",
            )
        )
        for one in stage.national.ask("deliveries", "list", "--limit", "1000")["items"]:
            if one["kind"] == "records":
                kind = f"{one['partner']} {'voided' if one['state'] == 'void' else 'envelopes'}"
                story.counts[kind] = story.counts.get(kind, 0) + 1
        for row in stage.national.ask("status")["releases"]:
            story.counts[f"{row['partner']} {row['state']}"] = row["count"]
        step.notes.append(f"{len(story.records) + expected.SERIES} records, two partners each")


def _state(told: Json) -> str:
    state = told["release"] or ""
    return f"{state} {told['deciding']}" if state in ("held", "refused") else state


def _why(reference: str, hub: Json, vgt: Json) -> str:
    """Return why it did not go: to the one that it was meant for, else to the other."""
    told = [("EMPACT", hub), ("VGT", vgt)]
    for name, one in reversed(told) if reference in expected.MEANT_FOR_VGT else told:
        if one["release"] in ("held", "refused"):
            return f"{name}: {one['reason']}"
        if one["release"] == "rejected":
            return f"{name}: its system said no, {expected.REJECTION}"
    return ""


def audit(stage: Stage, story: Story) -> None:
    """Compute every ledger again and compare it with its signed heads."""
    with story.step(
        "ledgers of all three computed again and compared with their signatures"
    ) as step:
        for place in stage.places:
            wait_until(f"signed ledger of {place.id}", partial(_audited, place, story), wanted=True)
            report = story.ledgers[place.id]
            step.notes.append(f"{place.id}: {report['entries']} entries, whole")


def _audited(place: Place, story: Story) -> bool:
    """Return whether the ledger is whole, with every entry under a signed head."""
    report = place.ask("audit", "verify")
    demand(f"ledger of {place.id}", report["whole"], wanted=True)
    story.ledgers[place.id] = report
    return bool(report["entries"]) and report["unsigned"] == 0 and report["unplaced"] == 0
