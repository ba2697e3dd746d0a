"""A case that the hub carries unopened and a national system takes as STIX; a product under TLP."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Final

from gateway.cli.demo import expected
from gateway.cli.demo.roles import STAFF
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import OUT, Json, Story, demand, wait_until

_OFFICER: Final = STAFF[0]
_SIGN_OFF: Final = "R-09:cases:vgt.example"
_TLP: Final = "TLP:GREEN"


def carry_and_hand_on(stage: Stage, story: Story) -> None:
    """Send a case to another member state through the hub; its national system takes it over."""
    national, hub, member = stage.national, stage.hub, stage.member
    with story.step("within the operation the hub carries what it cannot open", OUT) as step:
        record = _pushed(stage, story, "for-a-member.json")
        wait_until("a file for casework", lambda: len(_waiting(member)), 1)
        ways = _carriages(hub, member.id)
        demand("what the hub keeps", sorted({one["state"] for one in ways}), ["carried", "waiting"])
        demand("the record at the hub", record in json.dumps(ways), wanted=False)
        demand("its operation", {one["action"] for one in ways}, {"OA-2026-3.1"})
        step.notes += [
            f"{expected.CARRIED}: sealed for {member.id} alone, handed to {hub.id}",
            f"{hub.id} brought it on under OA-2026-3.1; no key for it, and no record in its ledger",
        ]
        last = ways[-1]
        step.shown.append(
            f"ledger of {hub.id}: {last['act']} {last['kind']} {last['partner']} → "
            f"{last['recipient']}, digest {last['digest'][:12]}…"
        )
    with story.step(
        "handed on to a national system as STIX 2.1, its terms on every object", OUT
    ) as step:
        (path,) = _waiting(member)
        objects = json.loads(path.read_text())["objects"]
        terms, label = objects[0], objects[1]
        marks = {terms["id"], label["id"]}
        demand("objects without the terms", _unmarked(objects, marks), [])
        (path.parent / f"{path.name}.receipt").write_text(json.dumps({"state": "accepted"}))
        wait_until("its yes at home", partial(_release, national, record, member), "accepted")
        step.notes += [
            f"a file for its casework: {len(objects)} objects, terms and {label['name']} on each",
            f"its receipt came back the way the case went: accepted at {national.id}",
        ]
        step.shown += terms["definition"]["statement"].splitlines()[:3]


def _unmarked(objects: list[Json], marks: set[str]) -> list[str]:
    return [
        one["id"]
        for one in objects
        if not one["type"].endswith("-definition")
        and not marks <= set(one.get("object_marking_refs", ()))
    ]


def _pushed(stage: Stage, story: Story, name: str) -> str:
    words = ("push", str(stage.files / name), "--source", "cases")
    (outcome,) = stage.national.ask(*words, system="police-cases")["outcomes"]
    story.records[outcome["provider_ref"]] = outcome["record"], "police-cases"
    story.formats["native JSON"] = story.formats.get("native JSON", 0) + 1
    return str(outcome["record"])


def _waiting(member: Place) -> list[Path]:
    return sorted((member.folder / "taken").glob("record-*.json"))


def _carriages(hub: Place, to: str) -> list[Json]:
    """Return what the hub's ledger says of envelopes that it carried to a member."""
    file = hub.folder / "ledger-of-carriage.ndjson"
    hub.ask("audit", "export", str(file))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [
        one
        for one in (json.loads(line["entry"]) for line in lines if "entry" in line)
        if (one.get("act"), one.get("kind"), one.get("recipient")) == ("carried", "envelope", to)
    ]


def _release(national: Place, record: str, member: Place) -> str:
    return str(national.ask("explain", record, "--partner", member.id)["release"])


def sign_off_a_product(stage: Stage, story: Story) -> None:
    """Let a typology go to the VGT partner once a person has read that it is about nobody."""
    national, vgt = stage.national, stage.vgt
    with story.step("a knowledge product: signed off by a person, sent under TLP", OUT) as step:
        record = _pushed(stage, story, "typology.json")
        told = national.ask("explain", record, "--partner", vgt.id)
        demand("deciding rule", told["deciding"], "R-09")
        step.notes.append(f"{expected.PRODUCT} is held: R-09, {told['reason']}")
        read = ("holds", "sample", _SIGN_OFF, "--reason", "approve_release")
        (sample,) = national.ask(*read, system=_OFFICER)
        demand("its label", sample["body"]["tlp"], _TLP)
        national.ask("holds", "approve", _SIGN_OFF, "--reason", "read", system=_OFFICER)
        wait_until("its arrival", partial(_label, vgt, record), _TLP)
        vgt.ask("inbox", "ack", record)
        codes = "+".join(sample["body"]["governance"]["handling"])
        step.notes.append(
            f"{_OFFICER} reads and signs it off; it arrives as {_TLP}, that is {codes}"
        )
        step.shown.append(f"{_TLP}  {sample['body']['title']}")


def _label(place: Place, record: str) -> str | None:
    with place.api(place.role.systems[0].name) as api:
        items = api.inbox(limit=100)["items"]
    return next((one["tlp"] for one in items if one["record"] == record), None)
