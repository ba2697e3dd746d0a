"""Records of several origins about one subject: two banks, a hotline, and people who look."""

from __future__ import annotations

from typing import Any

from gateway.flow import propose
from gateway.flow.candidates import of_record
from gateway.flow.exchange import Exchange
from gateway.flow.look import record_view
from gateway.flow.outcome import Outcome
from gateway.flow.rows_corroboration import PromotionRow
from gateway.flow.rows_people import ProposalRow
from tests.journeys.gateways import START_MS, World
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed, items
from tests.journeys.staff import person, staffed

HOTLINE = "hotline.nl.gw"
EMAIL = {"email": "payer@mail.example"}
DAY_MS = 86_400_000
CONSENT = """
[consent.of-the-hotline]
originator = "{hotline}"
recipients = ["{hub}"]
types = ["case"]
purposes = ["operational_analysis"]
valid_until = {until}
"""
WITH_HOTLINE = """
[agreement.nl-hotline]
partner = "{partner}"
direction = "both"
types = ["hosting_report"]
crime_areas = ["sexual_abuse_and_exploitation"]
purposes = ["operational_analysis"]
"""
DESK = """
[source.desk]
org = "police.nl"
adapter = "native"
"""


def desked(world: World, *more: str) -> Exchange:
    """The national gateway with its people, and a hotline desk of its own organisation."""
    base = NL_ITEMS.replace('sources = ["cases"]', 'sources = ["cases", "desk"]')
    partner = WITH_HOTLINE.format(partner=HOTLINE)
    return staffed(world, DESK, partner, *more, base=base)


def consent(*, days: float = 90) -> str:
    until = START_MS + int(days * DAY_MS)
    return CONSENT.format(hotline=HOTLINE, hub=HUB, until=until)


def with_hotline(world: World) -> Exchange:
    """Add the gateway of a hotline that sends to the national one."""
    nl = world.network.gateways[NL]
    hotline = world.add(HOTLINE, community="hotline")
    world.introduce(nl, hotline)
    ours = items("hotline.nl", "NL", "analysts", "E")
    world.configure(hotline, ours + WITH_HOTLINE.format(partner=NL))
    world.work()
    return hotline


def alert(ref: str = "BANK-1", **changes: Any) -> dict[str, Any]:
    """A bank's alert about a payer with an e-mail address."""
    identity = {**EMAIL, "holder_ref": "/persons/0"}
    body = addressed("financial_signal", HUB, provider_ref=ref, identities=[identity])
    body = {**body, "source_kind": "bank_team", "report_kind": "sar", **changes}
    return {name: value for name, value in body.items() if name not in ("fiu_terms", "fiu_ref")}


def report(ref: str = "HL-1", partner: str = NL, **changes: Any) -> dict[str, Any]:
    """A hotline's report that names an e-mail address."""
    return addressed(
        "hosting_report", partner, **{"provider_ref": ref, "identities": [EMAIL], **changes}
    )


def candidates(record_id: str | None, who: str, nl: Exchange) -> dict[str, dict[str, Any]]:
    """Candidate links of a record as a person sees them, by the id of the other record."""
    found = of_record(str(record_id), person(who, nl), "corroboration", nl)
    return {one["record"]: one for one in found["links"]}


def propose_promotion(
    record_id: str | None, ground: str | None, who: str, nl: Exchange
) -> ProposalRow:
    asked = {"record": str(record_id), "ground": str(ground)}
    return propose.propose("promote", asked, person(who, nl), nl, reason="corroborated")


def promote(record_id: str | None, ground: str | None, world: World) -> PromotionRow:
    """Two persons promote; return what was booked. It takes them a second."""
    nl = world.network.gateways[NL]
    world.clock.forward(seconds=1)
    row = propose_promotion(record_id, ground, "officer-1", nl)
    propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    return promotions(record_id, nl)[-1]


def at_hub(record_id: str, nl: Exchange) -> str:
    """The state of the newest version's release to the hub."""
    with nl.store.reading() as work:
        rows = work.releases.of_record(record_id)
    return max(rows, key=lambda row: row.version).state


def promotions(record_id: str | None, nl: Exchange) -> list[PromotionRow]:
    """Promotions of a record: what was made of it, or of itself."""
    with nl.store.reading() as work:
        rows = [
            *work.corroboration.promoted_from([str(record_id)]),
            *work.corroboration.promotions([str(record_id)]),
        ]
    return sorted({row.id: row for row in rows}.values(), key=lambda row: row.id)


def only(outcomes: list[Outcome]) -> str:
    (outcome,) = outcomes
    assert outcome.state == "stored", outcome
    return str(outcome.record)


def body_at(exchange: Exchange, record_id: str) -> dict[str, Any]:
    """The record's newest text as this gateway holds it."""
    return dict(record_view(record_id, None, exchange)["body"])


def told_at(exchange: Exchange, record_id: str) -> list[str]:
    """Kinds of the notices that were taken in about a record, oldest first."""
    with exchange.store.reading() as work:
        rows = work.notices.of_records([record_id])
    return [row.kind for row in sorted(rows, key=lambda row: row.at) if row.from_partner]
