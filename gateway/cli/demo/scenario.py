"""What happens in the demonstration, in order, and what must have come of each step.

Every step looks at what it did through the commands and the API that everybody has; the first
thing that is not as it must be ends the run.
"""

from __future__ import annotations

import json
from functools import partial

from gateway.cli.demo import expected
from gateway.cli.demo.asked_of_us import answer_a_request, consent_and_its_end
from gateway.cli.demo.carried_on import carry_and_hand_on, sign_off_a_product
from gateway.cli.demo.corroborated import promote_by_two
from gateway.cli.demo.looked_up import look_into_the_console, tell_the_subject
from gateway.cli.demo.moves import arrived, await_releases, came_of, inbox, note, settle, start_push
from gateway.cli.demo.on_the_way import end_an_agreement, overtake
from gateway.cli.demo.processes import Child
from gateway.cli.demo.recalled import recall_a_person
from gateway.cli.demo.stage import Place, Stage, answered
from gateway.cli.demo.story import (
    AFTER,
    IN,
    OUT,
    PROOF,
    WHO,
    Json,
    Row,
    Story,
    demand,
    wait_until,
)
from gateway.cli.demo.taken_in import mend_and_replay, show_the_trail, take_from_a_folder
from gateway.cli.demo.together import play_together
from gateway.cli.demo.two_people import read_and_approve


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
    play_together(
        stage,
        story,
        *(take_from_a_folder, show_the_trail, mend_and_replay),
        *(answer_a_request, carry_and_hand_on, sign_off_a_product, consent_and_its_end),
        look_into_the_console,
    )
    compare(stage, story)
    play_together(stage, story, recall_a_person, tell_the_subject)
    audit(stage, story)


def found(stage: Stage, story: Story) -> None:
    """Make the gateways: keys, certificates, databases, items."""
    with story.step("gateways made: keys, certificates, databases", WHO) as step:
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
    with story.step("partners introduced: cards exchanged, words compared", WHO) as step:
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
    with story.step("mutual TLS up; each side has shown that it opens what is sealed to it", WHO):
        wait_until("keys not proven yet", partial(_unproven, stage), [])


def _acquaintances(stage: Stage) -> list[tuple[Place, Place]]:
    known = [(stage.national, one) for one in (stage.hub, stage.vgt, *stage.others)]
    known += [(stage.hub, one) for one in stage.others]
    return known + [(there, here) for here, there in known]


def _confirm(here: Place, there: Place, words: list[str]) -> Child:
    fetch = ("--fetch",) if there.id in here.role.pulls else ()
    return here.start("partners", "confirm", there.id, "--words", " ".join(words), *fetch)


def _unproven(stage: Stage) -> list[str]:
    asked = [(place, place.start("partners", "list")) for place in stage.places]
    return [
        f"{view['id']} at {place.id}"
        for place, child in asked
        for view in answered(child)
        if not view["sealing_key_proven"]
    ]


def push_formats(stage: Stage, story: Story) -> None:
    """Push what national systems have, in the formats they have it in."""
    with story.step("files pushed by three national systems in six formats", IN) as step:
        pushed = [(push, start_push(stage, push)) for push in expected.FIRST]
        for push, child in pushed:
            outcomes = came_of(push, child)
            note(push, outcomes, story)
            stored = sum(one["state"] == "stored" for one in outcomes)
            step.notes.append(f"{push.format}: {stored} of {len(outcomes)} stored")
        demand("in quarantine", len(_quarantine(stage)), 1)
        again = start_push(stage, expected.AGAIN, "--type", "text/xml")
        states = [one["state"] for one in answered(again)["outcomes"]]
        demand("the same file again", states, ["duplicate"])
        step.notes.append("the same file again: duplicate, nothing twice")


def _quarantine(stage: Stage) -> list[Json]:
    with stage.national.api("police-cases") as api:
        found: list[Json] = api.quarantine()["items"]
    return found


def push_what_must_not_go(stage: Stage, story: Story) -> None:
    """Push what must not leave: each is refused or held, with its reason."""
    with story.step(
        "what must not go, does not: imagery, finance alone, H2, category", OUT
    ) as step:
        for push in expected.IMAGERY:
            (outcome,) = came_of(push, start_push(stage, push))
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
            note(push, came_of(push, start_push(stage, push)), story)
        for reference, (partner, rule) in expected.REASONS.items():
            record, _ = story.records[reference]
            told = stage.national.ask("explain", record, "--partner", partner)
            demand(f"deciding rule for {reference}", told["deciding"], rule)
            step.notes.append(f"{reference} to {partner}: {rule}, {told['reason']}")


def receive(stage: Stage, story: Story) -> None:
    """See what arrived at both partners; answer it; see the answers at home."""
    with story.step("EMPACT partner pushed to, VGT partner pulls: all that should arrive did", OUT):
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
            wait_until(f"inbox of {place.id}", partial(arrived, place), sent[place.id])
    with story.step("own notes left out; receipts and verdicts came back", AFTER) as step:
        for place in (stage.hub, stage.vgt):
            _demand_reduced(place)
        rejected = story.records[expected.REJECTED][0]
        settle(stage.hub, [rejected], expected.REJECTION)
        settle(stage.hub, sorted(sent[stage.hub.id] - {rejected}))
        settle(stage.vgt, sorted(sent[stage.vgt.id]))
        accepted = len(sent[stage.hub.id]) - 1
        wanted = {
            (stage.hub.id, "accepted"): accepted,
            (stage.hub.id, "rejected"): 1,
            (stage.vgt.id, "accepted"): len(sent[stage.vgt.id]),
        }
        await_releases(stage, wanted)
        step.notes.append(
            f"EMPACT partner: {accepted} accepted, 1 rejected ({expected.REJECTION}); "
            f"VGT partner: {len(sent[stage.vgt.id])} accepted"
        )


def _demand_reduced(place: Place) -> None:
    """Demand that nothing written for own use is in what a partner received."""
    text = json.dumps(list(inbox(place).values()))
    demand(f"our own notes at {place.id}", expected.OWN_NOTE in text, wanted=False)
    demand(
        f"what was left out, named at {place.id}", "/persons/0/category_reason" in text, wanted=True
    )


def approve_by_two(stage: Stage, story: Story) -> None:
    """Push a record under a condition in words, and have two people decide on it."""
    push = expected.CONDITION
    note(push, came_of(push, start_push(stage, push)), story)
    read_and_approve(story.records[expected.WITH_CONDITION][0], stage, story)


def compare(stage: Stage, story: Story) -> None:
    """Compare what became of every record with what must have become of it."""
    with story.step("every record is where it must be, and nowhere else", PROOF) as step:
        demand("references", set(story.records), set(expected.RECORDS))
        accepted = sum(fate.hub == expected.ACCEPTED for fate in expected.RECORDS.values())
        done = {(stage.hub.id, "accepted"): accepted + expected.SERIES + expected.MESSAGES}
        await_releases(stage, done)
        for reference, fate in expected.RECORDS.items():
            record, system = story.records[reference]
            with stage.national.api(system) as api:
                hub, vgt = (api.explain(record, place.id) for place in (stage.hub, stage.vgt))
            found_states = _state(hub), _state(vgt)
            demand(f"{reference} at the partners", found_states, (fate.hub, fate.vgt))
            story.rows.append(
                Row(
                    *(reference, fate.title, fate.file, *found_states),
                    fate.why or _why(reference, hub, vgt),
                )
            )
        for place in (stage.hub, stage.vgt):
            demand(f"left in the inbox of {place.id}", list(inbox(place)), [])
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
        "ledgers of all gateways computed again and compared with their signatures", PROOF
    ) as step:
        wait_until("entries not under a signed head", partial(_unsigned, stage, story), 0)
        step.notes += [
            f"{id_}: {one['entries']} entries, whole" for id_, one in story.ledgers.items()
        ]


def _unsigned(stage: Stage, story: Story) -> int:
    """Return how many entries no signed head covers yet; every ledger must be whole."""
    asked = [(place, place.start("audit", "verify")) for place in stage.places]
    for place, child in asked:
        report = answered(child)
        demand(f"ledger of {place.id}", report["whole"], wanted=True)
        demand(f"entries of {place.id}", report["entries"] > 0, wanted=True)
        story.ledgers[place.id] = report
    return sum(one["unsigned"] + one["unplaced"] for one in story.ledgers.values())
