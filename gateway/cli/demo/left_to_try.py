"""What `gateway demo --serve` leaves open, and the commands with which each officer goes on.

Every command names the settings of the one who types it, which hold that person's certificate.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from gateway.cli.demo import expected
from gateway.cli.demo.afterwards import shown
from gateway.cli.demo.asked_of_us import push_from_hub
from gateway.cli.demo.roles import ADMINISTRATOR, CONTACT, KEEPERS, NATIONAL, STAFF
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import Story, wait_until
from gateway.cli.demo.two_people import is_in_inbox

_FIRST, _SECOND = STAFF
_UNTIL: Final = "2036-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Try:
    """One command: who types it, what for, and the words."""

    who: str
    purpose: str
    command: str


def leave_to_try(stage: Stage, story: Story) -> list[Try]:
    """Leave requests, questions of consent, proposals and held records; return what to type."""
    request = push_from_hub(stage, _again(stage, "request.json", 1))
    theirs = push_from_hub(stage, _again(stage, "from-the-hub.json", 1))
    wait_until("the request", lambda: is_in_inbox(stage.national, request), wanted=True)
    wait_until("the hub's case", lambda: is_in_inbox(stage.national, theirs), wanted=True)
    resting = [
        _push(stage, _again(stage, "resting-on-the-hub.json", number, derived_from=[theirs]))
        for number in (1, 2)
    ]
    held = [_push(stage, _again(stage, "condition.json", number)) for number in (1, 2)]
    (asked,) = stage.national.ask(
        *("consents", "ask", resting[0], "--partner", stage.vgt.id),
        *("--reason", "The account holder travels there."),
        system=_FIRST,
    )
    made = stage.national.ask(
        *("holds", "approve", expected.HELD_FOR_WORDS, "--reason", "necessary"),
        *("--record", held[0]),
        system=_FIRST,
    )["proposal"]
    wait_until(
        "the question there",
        lambda: bool(stage.hub.ask("consents", "list", system=CONTACT)),
        wanted=True,
    )
    match = story.records[expected.ASKED_FOR][0]
    return [
        *_decide(stage, held, made),
        *_consent_of_ours(stage, story.records[expected.HANDLING][0]),
        *_consent(stage, resting[1], asked["record"]),
        *_answer(stage, request, match),
        _typed(
            stage.national, _FIRST, "make your own link to the console", "people", "invite", _FIRST
        ),
    ]


def _decide(stage: Stage, held: list[str], made: dict[str, Any]) -> list[Try]:
    national, hub = stage.national, stage.hub
    group = expected.HELD_FOR_WORDS
    approve = ("proposals", "approve", made["id"], "--digest", made["digest"])
    words = ("holds", "approve", group, "--reason", "necessary", "--record", held[1])
    return [
        _typed(national, _FIRST, "see why it is held", "explain", held[1], "--partner", hub.id),
        _typed(national, _FIRST, "propose to let it go", *words),
        _typed(national, _SECOND, "read what was proposed", "proposals", "show", made["id"]),
        _typed(national, _SECOND, "approve it", *approve),
    ]


def _consent_of_ours(stage: Stage, record: str) -> list[Try]:
    """Propose the consent that a record of ours under H2 lacks; return how it is approved."""
    national, keeper = stage.national, KEEPERS[0]
    path = stage.files / "consent.json"
    path.write_text(json.dumps(consent_of_ours(record, stage.hub.id), indent=2) + "\n")
    words = ("proposals", "make", "configure", str(path), "--reason", "agreed")
    made = national.ask(*words, system=ADMINISTRATOR)
    approve = ("proposals", "approve", made["id"], "--digest", made["digest"])
    why = ("explain", record, "--partner", stage.hub.id)
    return [
        _typed(national, keeper, "read the proposed consent", "proposals", "show", made["id"]),
        _typed(national, keeper, "approve it", *approve),
        _typed(national, _FIRST, "see what is left in that case's way", *why),
    ]


def consent_of_ours(record: str, partner: str) -> dict[str, Any]:
    """Return a change as two people make it: this record may go to this partner."""
    (org,) = {one.org for one in NATIONAL.officers}
    ends = datetime.fromisoformat(_UNTIL)
    return {
        "change": "apply",
        "kind": "consent",
        "name": "one-case-to-the-hub",
        "body": {
            "originator": org,
            "recipients": [partner],
            "communities": [],
            "records": [record],
            "types": [],
            "purposes": ["operational_analysis"],
            "use": "pass_on",
        },
        "valid_from": None,
        "valid_until": round(ends.timestamp() * 1000),
    }


def _consent(stage: Stage, record: str, asked: str) -> list[Try]:
    words = ("consents", "ask", record, "--partner", stage.vgt.id, "--reason", "travel")
    give = ("consents", "give", asked, "--until", _UNTIL)
    return [
        _typed(stage.national, _FIRST, "ask for a consent", *words),
        _typed(stage.hub, CONTACT, "see what is asked", "consents", "list"),
        _typed(stage.hub, CONTACT, "give it", *give),
    ]


def _answer(stage: Stage, request: str, match: str) -> list[Try]:
    national = stage.national
    words = ("requests", "answer", request, "--use", match, "--direct")
    return [
        _typed(national, _FIRST, "see what is asked of us, and its clock", "requests", "list"),
        _typed(national, _FIRST, "see what is held on it", "requests", "show", request),
        _typed(national, _FIRST, "answer it", *words),
    ]


def _typed(place: Place, who: str, purpose: str, *words: str) -> Try:
    gateway = shown(Path(sys.executable).parent / "gateway")
    config = shown(place.folder / f"{who}.toml")
    return Try(who, purpose, f"{gateway} {' '.join(words)} --config {config}")


def _again(stage: Stage, name: str, number: int, **changes: Any) -> str:
    """Write a file again under another reference; return its name."""
    body = json.loads((stage.files / name).read_text())
    again = {**body, **changes, "provider_ref": f"{body['provider_ref']}-{number}"}
    path = stage.files / f"{number}-{name}"
    path.write_text(json.dumps(again, indent=2) + "\n")
    return path.name


def _push(stage: Stage, name: str) -> str:
    words = ("push", str(stage.files / name), "--source", "cases")
    (outcome,) = stage.national.ask(*words, system="police-cases")["outcomes"]
    return str(outcome["record"])
