"""Nine partners, one of each class of recipient, and what each moment of a release does for them.

One world for all rules. A case pushes records, lets them come as far as each moment, lets its
defect appear, and looks what each moment makes of it; then everything is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.core import policy
from gateway.core.errors import StaleDecision
from gateway.core.rules import RULES
from gateway.flow.again import decide_again
from gateway.flow.exchange import Exchange
from gateway.flow.offer import mailbox
from gateway.flow.outcome import Outcome
from gateway.flow.reconsider import reconsider
from gateway.flow.relay import relay
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_people import ApprovalRow
from tests.journeys.gateways import World, record
from tests.journeys.scenes import NL, items

DAY_MS = 86_400_000
COUNTRIES = {
    "eu_authority": "BE",
    "eu_agency": "NL",
    "schengen": "NO",
    "third_country": "AU",
    "international_organisation": "",
    "fiu": "LU",
    "hotline": "IE",
    "regulator": "FR",
    "private": "DE",
}
PARTNERS = {name: f"{name.replace('_', '-')}.example" for name in COUNTRIES}
ABROAD = ("third_country", "international_organisation")
TYPES = '["case", "financial_signal", "hosting_report"]'

AGREEMENT = """
[agreement.with-{name}]
partner = "{partner}"
direction = "both"
types = {types}
crime_areas = ["sexual_abuse_and_exploitation"]
purposes = ["operational_analysis"]
"""
RECIPIENT = """
[recipient."{partner}"]
org_class = "{org_class}"
clearance = ["restricted"]
"""
TRANSFER = """
[instrument.{name}]
title = "Agreement on police cooperation"
recipients = ["{partner}"]
types = {types}
[transfer.{name}]
partner = "{partner}"
types = {types}
by = ["officer-1", "officer-2"]
valid_from = {start}
valid_until = {end}
"""
PEOPLE = "".join(
    f'[person.officer-{n}]\norg = "police.nl"\nroles = ["release_officer"]\n'
    f'key_digests = ["{n:0>42}A"]\n'
    for n in (1, 2)
)


@dataclass(frozen=True)
class Given:
    """An approval that every partner has for a record before its defect appears."""

    rule: str
    fields: tuple[str, ...] = ()
    by: tuple[str, ...] = ("officer-1", "officer-2")
    days: int | None = None  # it ends then


@dataclass
class Stage:
    """The national gateway of a world with nine partners, and what its rules are shown."""

    world: World
    nl: Exchange
    unknown: str = ""  # a rule that this gateway does not have yet
    seen: Mapping[str, Any] = field(default_factory=dict)  # what is found in whatever is looked at
    bare: tuple[str, ...] = ()  # members that a record kept from long ago does not have
    number: int = 0

    def decide(self, *asked: Any, **how: Any) -> policy.Decision:
        """Decide as this gateway does now."""
        about, to, known, now = asked
        rules = tuple(rule for rule in RULES if rule.id != self.unknown)
        if self.unknown:
            how["rules"] = rules
        if self.bare:
            about, how["looked"] = about.without(self.bare), None
        return _decide(about, to, replace(known, **self.seen), now, **how)

    def items(self) -> str:
        """Return what is configured while everything is in order."""
        text = items("police.nl", "NL", "police", "B") + PEOPLE
        start = self.world.clock.ms - DAY_MS
        for name, country in COUNTRIES.items():
            known = {"name": name.replace("_", "-"), "partner": PARTNERS[name], "types": TYPES}
            text += AGREEMENT.format(**known) + RECIPIENT.format(org_class=name, **known)
            text += f'country = "{country}"\n' if country else ""
            if name in ABROAD:
                text += TRANSFER.format(start=start, end=start + 99 * DAY_MS, **known)
        return text

    def configure(self, text: str) -> None:
        """Make this text the configuration of the national gateway."""
        self.world.configure(self.nl, text)

    def push(self, body: dict[str, Any], *given: Given) -> Outcome:
        """Push one record more; let every partner have these approvals for it."""
        self.number += 1
        (outcome,) = self.world.push(self.nl, {**body, "provider_ref": f"case-{self.number}"})
        assert outcome.record, outcome
        rows = [
            ApprovalRow(
                id=self.nl.new_id(),
                record=outcome.record,
                version=1,
                partner=partner,
                rule=one.rule,
                by=one.by,
                fields=one.fields,
                until=one.days and self.world.clock.ms + one.days * DAY_MS,
            )
            for partner in PARTNERS.values()
            for one in given
        ]
        with self.nl.store.writing() as work:
            work.proposals.add_approvals(rows)
            decide_again(outcome.record, 1, work)
            work.commit()
        self.everybody(reconsider)
        return outcome

    def everybody(self, journey: Callable[..., int]) -> int:
        """Run a journey for every partner until nothing is left; return how much was done."""
        done = 0
        for partner in PARTNERS.values():
            while found := self.world.run(journey, partner, self.nl):
                done += found
        return done

    def once(self, journey: Callable[..., int]) -> None:
        """Run a journey once for every partner."""
        for partner in PARTNERS.values():
            with suppress(StaleDecision):
                self.world.run(journey, partner, self.nl)

    def rows(self, outcome: Outcome) -> Sequence[ReleaseRow]:
        """Return the releases of a record, those of notices about it left out."""
        with self.nl.store.reading() as work:
            rows = work.releases.of_record(str(outcome.record))
        return [row for row in rows if not row.notice]

    def states(self, outcome: Outcome) -> dict[str, tuple[str, str]]:
        """Return state and rule of a record's release, by class of the recipient."""
        rows = {row.partner: row for row in self.rows(outcome)}
        return {
            name: (rows[partner].state, rows[partner].code) for name, partner in PARTNERS.items()
        }

    def offered(self) -> dict[str, int]:
        """Return how many envelopes wait for each class, were it to look into its mailbox."""
        return {
            name: len(mailbox(partner, NL, 0, 0, 32, self.nl).envelopes)
            for name, partner in PARTNERS.items()
        }

    def delivered(self) -> int:
        """Relay to everybody what may go; return how many envelopes left."""
        before = len(self.world.network.delivered)
        self.everybody(relay)
        return len(self.world.network.delivered) - before

    def copy(self) -> Stage:
        """The same once more, where everything is in order."""
        world = self.world.copy()
        return Stage(world, world.network.gateways[NL])


_decide = policy.decide


def staged() -> Stage:
    """Make the world: the national gateway and its nine partners, introduced to each other."""
    world = World()
    nl = world.add(NL)
    for partner in PARTNERS.values():
        other = world.add(partner)
        world.introduce(nl, other)
        known = {"name": partner.removesuffix(".example"), "partner": NL, "types": TYPES}
        world.configure(other, items(partner, "NL", "desk", "C") + AGREEMENT.format(**known))
    stage = Stage(world, nl)
    stage.configure(stage.items())
    world.work()
    return stage


def case(**governance: Any) -> dict[str, Any]:
    """Return a clean case without notes for own use, addressed to all nine partners."""
    body = record("case")
    recipients = [{"partner": partner} for partner in PARTNERS.values()]
    persons = [
        {name: value for name, value in one.items() if name != "category_reason"}
        for one in body["persons"]
    ]
    marked = {"kind": "assessment", "source_code": "B", "info_code": "2"}
    evaluated = {
        name: [{"meta": marked, **one} for one in body[name]]
        for name in ("grounds", "identities", "network", "relations")
    }
    return {
        **body,
        **evaluated,
        "addressees": {"recipients": recipients},
        "persons": persons,
        "governance": {**body["governance"], **governance},
    }
