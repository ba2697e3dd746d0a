"""A record travels from a national system to a partner, and the proof comes back."""

from __future__ import annotations

from gateway.flow.hand_on import settle, waiting
from tests.journeys.gateways import World, client_named, record, releases

NATIONAL = """
[organisation."police.nl"]
title = "National police"
country = "NL"
org_class = "eu_authority"
[client.police]
org = "police.nl"
key_digests = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
sources = ["cases"]
scopes = ["submit", "inbox", "read", "quarantine"]
[source.cases]
org = "police.nl"
adapter = "native"
[agreement.ep-cse]
partner = "hub.eu"
direction = "both"
types = ["case", "financial_signal", "hosting_report"]
crime_areas = ["sexual_abuse_and_exploitation"]
purposes = ["cross_check", "operational_analysis"]
"""
HUB = (
    NATIONAL.replace("hub.eu", "police.nl.gw")
    .replace("[client.police]", "[client.analysts]")
    .replace("AAAA", "BAAA", 1)
)


def two_gateways() -> World:
    world = World()
    nl, hub = world.add("police.nl.gw"), world.add("hub.eu")
    world.introduce(nl, hub)
    world.configure(nl, NATIONAL)
    world.configure(hub, HUB)
    return world


def addressed(name: str, *partners: str, **changes: object) -> dict[str, object]:
    to = {"recipients": [{"partner": partner} for partner in partners]}
    return record(name, addressees=to, **changes)


def test_a_record_travels_and_the_verdict_comes_back() -> None:
    world = two_gateways()
    nl, hub = world.network.gateways.values()

    (outcome,) = world.push(nl, addressed("case", "hub.eu"))
    assert outcome.state == "stored", outcome
    assert releases(nl, outcome.record) == {"hub.eu": "due"}, outcome.releases

    world.work()
    assert releases(nl, outcome.record) == {"hub.eu": "stored"}

    page = waiting(client_named("analysts", hub), 0, 10, hub)
    assert [entry["record"] for entry in page.entries] == [outcome.record]
    settle(client_named("analysts", hub), str(outcome.record), 1, hub, accepted=True)
    world.work()
    assert releases(nl, outcome.record) == {"hub.eu": "accepted"}
