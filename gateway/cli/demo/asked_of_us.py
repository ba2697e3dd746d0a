"""A request answered within its eight hours, and a consent asked for, given and withdrawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from gateway.cli.demo import expected
from gateway.cli.demo.roles import CONTACT, STAFF
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import AFTER, OUT, Json, Story, demand, wait_until
from gateway.cli.demo.two_people import take_over

_OFFICER: Final = STAFF[0]
_UNTIL: Final = "2036-01-01T00:00:00Z"
_WHY: Final = "The account holder travels there next week."


def answer_a_request(stage: Stage, story: Story) -> None:
    """Answer an urgent request of the EMPACT partner by what is held."""
    national, hub = stage.national, stage.hub
    with story.step(
        "an urgent request: eight hours to answer, answered in three acts", OUT
    ) as step:
        push_from_hub(stage, "request.json")
        (asked,) = first_of(lambda: national.ask("requests", "list", system=_OFFICER))
        demand("its clock", (asked["clock"], asked["over"]), ("8h", False))
        step.notes.append(f"{hub.id} asks for the holder of a handle; due {_clock(asked)}")
        seen = national.ask("requests", "show", asked["record"], system=_OFFICER)
        (match,) = [one for one in seen["found"] if one["record"] == _held(story)]
        demand("what the rules say", match["decision"]["outcome"] in _MAY_GO, wanted=True)
        step.notes.append(
            f"{_OFFICER} sees one match, by {', '.join(match['in_common'])}, and that it may go"
        )
        use = ("--use", match["record"], "--direct")
        made = national.ask("requests", "answer", asked["record"], *use, system=_OFFICER)
        take_over(hub, [made["record"]])
        (told,) = hub.ask("requests", "list", "--all", system=CONTACT)
        demand("answered in time", (told["state"], told["over"]), ("answered", False))
        took = (told["replied_at"] - told["asked_at"]) / 1000
        step.notes.append(f"answered after {took:.0f} s of eight hours; {hub.id} has the answer")


_MAY_GO: Final = ("release", "reduce")


def _held(story: Story) -> str:
    return story.records[expected.ASKED_FOR][0]


def _clock(asked: Json) -> str:
    due = datetime.fromtimestamp(asked["due_at"] / 1000, UTC)
    return f"{due:%H:%M} UTC, {asked['clock']} after it came"


def consent_and_its_end(stage: Stage, story: Story) -> None:
    """Ask the EMPACT partner for leave to pass its material on; get it; lose it."""
    national, hub, vgt = stage.national, stage.hub, stage.vgt
    with story.step(
        "material of another: its consent asked for by message, and given", OUT
    ) as step:
        record = _resting_on_the_hub(stage, story)
        told = national.ask("explain", record, "--partner", vgt.id)
        demand("held for a consent", (told["deciding"], told["ask"]), ("R-07", [hub.id]))
        step.notes.append(f"{expected.CONSENTED} to {vgt.id}: held, R-07; {hub.id} is to be asked")
        words = ("consents", "ask", record, "--partner", vgt.id, "--reason", _WHY)
        (asked,) = national.ask(*words, system=_OFFICER)
        take_over(hub, [asked["record"]])
        given = hub.ask("consents", "give", asked["record"], "--until", _UNTIL, system=CONTACT)
        step.notes.append(f"{_OFFICER} asks; {CONTACT} of {hub.id} grants, until {_UNTIL[:10]}")
        take_over(vgt, [record])
        step.notes.append(f"in force at once, by no other act: delivered to {vgt.id}")
    with story.step("the consent is withdrawn: what left on it is called back", AFTER) as step:
        reason = "The matter has changed."
        hub.ask("consents", "withdraw", given["record"], "--reason", reason, system=CONTACT)
        notice = first_of(partial(_recall, national, record))
        wait_until("the recall there", partial(_follows, vgt), [notice["notice"]])
        vgt.ask("inbox", "follow", notice["notice"])
        wait_until("its answer", partial(_own_system, national, record), "done")
        demand("in force", national.ask("consents", "list", "--in-force", system=_OFFICER), [])
        step.notes += [
            f"{CONTACT} withdraws; nobody here had to act: {vgt.id} is told, consent_withdrawn",
            f"{vgt.id}: erased in the gateway, done in its own system; kept here, and held again",
        ]


def _resting_on_the_hub(stage: Stage, story: Story) -> str:
    """Take over a case of the EMPACT partner, and push one of ours that rests on it."""
    national = stage.national
    theirs = push_from_hub(stage, "from-the-hub.json")
    take_over(national, [theirs])
    file = stage.files / "resting-on-the-hub.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "derived_from": [theirs]}))
    pushed = national.ask("push", str(file), "--source", "cases", system="police-cases")
    (outcome,) = pushed["outcomes"]
    story.records[outcome["provider_ref"]] = outcome["record"], "police-cases"
    story.formats["native JSON"] = 1
    return str(outcome["record"])


def push_from_hub(stage: Stage, name: str) -> str:
    """Push a file as the EMPACT partner's own system; return the record."""
    pushed = stage.hub.ask("push", str(stage.files / name), "--source", "enquiries")
    (outcome,) = pushed["outcomes"]
    return str(outcome["record"])


def first_of(look: Callable[[], Any]) -> Any:
    """Return what is found as soon as anything is."""
    found: list[Any] = []

    def seen() -> bool:
        found[:] = [look()]
        return bool(found[0])

    wait_until("something to come", seen, wanted=True)
    return found[0]


def _recall(national: Place, record: str) -> Json | None:
    with national.api(_OFFICER) as api:
        notices: list[Json] = api.look(f"/v1/records/{record}/holders")["notices"]
    return notices[0] if notices and notices[0]["code"] == "consent_withdrawn" else None


def _follows(place: Place) -> list[str]:
    with place.api(place.role.systems[0].name) as api:
        return [one["notice"] for one in api.look("/v1/inbox/notices", {"limit": 9})["items"]]


def _own_system(national: Place, record: str) -> str:
    notice = _recall(national, record)
    return str(notice["holders"][0]["own_system"]) if notice else ""
