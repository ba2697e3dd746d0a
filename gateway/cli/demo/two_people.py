"""A record under a condition in words: held, explained, read and approved by two, delivered.

Two officers speak to the gateway by the commands, each with a certificate of their own.
"""

from __future__ import annotations

from functools import partial

from gateway.cli.demo import expected
from gateway.cli.demo.processes import CommandFailed
from gateway.cli.demo.roles import STAFF
from gateway.cli.demo.stage import Place, Stage
from gateway.cli.demo.story import OUT, Story, demand, wait_until

FIRST, SECOND = STAFF


def read_and_approve(record: str, stage: Stage, story: Story) -> None:
    """Take one held record through the hands of two people."""
    national, group = stage.national, expected.HELD_FOR_WORDS
    with story.step("held for a condition in words: read and approved by two people", OUT) as step:
        told = national.ask("explain", record, "--partner", stage.hub.id)
        demand("deciding rule", told["deciding"], "R-05")
        step.notes.append(f"{expected.WITH_CONDITION} is held: R-05, {told['reason']}")
        held = {one["group"]: one for one in national.ask("holds", "list", system=FIRST)}
        only = ("--record", record)
        (read,) = [
            one
            for one in national.ask(
                *("holds", "sample", group, "--reason", "approve_release"), system=FIRST
            )
            if one["record"] == record
        ]
        demand("condition read", bool(read["body"]["governance"]["handling_text"]), wanted=True)
        step.notes.append(
            f"{FIRST} reads it ({held[group]['count']} wait for the same), and proposes"
        )
        made = national.ask(
            *("holds", "approve", group, "--reason", "necessary", *only), system=FIRST
        )["proposal"]
        approve = ("proposals", "approve", made["id"], "--digest", made["digest"])
        demand("the same person again", _is_refused(national, approve), wanted=True)
        shown = national.ask("proposals", "show", made["id"], system=SECOND)
        demand("what the second person reads", record in shown["executes"], wanted=True)
        national.ask(*approve, system=SECOND)
        step.notes.append(f"{FIRST} cannot be the second person; {SECOND} approves the digest")
        take_over(stage.hub, [record])
        step.notes.append(f"delivered to {stage.hub.id}, and taken over there")


def _is_refused(place: Place, words: tuple[str, ...]) -> bool:
    try:
        place.ask(*words, system=FIRST)
    except CommandFailed:
        return True
    return False


def is_in_inbox(place: Place, record: str) -> bool:
    """Return whether a record waits there for its national system."""
    with place.api(place.role.systems[0].name) as api:
        return any(entry["record"] == record for entry in api.inbox(limit=100)["items"])


def take_over(place: Place, records: list[str]) -> None:
    """Take over records for its national system, once they have arrived."""
    for record in records:
        wait_until("its arrival", partial(is_in_inbox, place, record), wanted=True)
    place.ask("inbox", "ack", *records)
