"""Reading: how far a new gateway has come, from its own identity to a first record at a partner.

Owns the order of the steps and when one of them is done. Counts and states only, no content; what
to type for each of them is said by who shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.core.facts import in_force
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person

STEPS: Final = ("identity", "people", "source", "partner", "agreement", "record", "delivery")
_ARRIVED: Final = ("stored", "parked", "accepted")
_ENOUGH_PEOPLE: Final = 2  # who proposes may not approve


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `done`, `now` for the first that is not, or `later`; and how many there are."""

    code: str
    state: str
    count: int


def first_steps(person: Person, exchange: Exchange) -> list[Step]:
    """Return every step, as it stands for the person's organisation."""
    counts = _counts(person.org, exchange)
    wanted = {"people": _ENOUGH_PEOPLE}
    steps, open_one = [], "now"
    for code in STEPS:
        done = counts[code] >= wanted.get(code, 1)
        steps.append(Step(code, "done" if done else open_one, counts[code]))
        open_one = open_one if done else "later"
    return steps


def _counts(org: str, exchange: Exchange) -> dict[str, int]:
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        people = [name for name, body in configuration.persons.items() if body["org"] == org]
        accounts = [work.accounts.get(name) for name in people]
        records = work.records.latest(org, before="", limit=1)
        states = work.releases.count_by_state()
    confirmed = {p.id for p in configuration.partners.values() if p.state == "confirmed"}
    sources = {name for name, body in configuration.sources.items() if body["org"] == org}
    fed = {
        source
        for body in configuration.clients.values()
        if "submit" in body["scopes"]
        for source in body["sources"]
    }
    agreed = [
        partner
        for partner in confirmed
        if any(
            one.state == "active" and in_force(one.valid_from, one.valid_until, now)
            for one in configuration.covering(partner)
        )
    ]
    return {
        "identity": 1,
        "people": sum(one is not None and one.state == "active" for one in accounts),
        "source": len(sources & fed),
        "partner": len(confirmed),
        "agreement": len(agreed),
        "record": len(records),
        "delivery": sum(count for _, state, count in states if state in _ARRIVED),
    }
