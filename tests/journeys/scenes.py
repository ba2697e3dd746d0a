"""Ready-made worlds: who knows whom, under which agreement."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from gateway.core.limits import Limits
from gateway.flow.exchange import Exchange
from tests.journeys.gateways import START_MS, World, record

NL, HUB, VGT = "police.nl.gw", "hub.eu", "agency.au"

ITEMS = """
[organisation."{org}"]
title = "{org}"
country = "{country}"
org_class = "eu_authority"
[client.{client}]
org = "{org}"
key_digests = ["{digest}"]
sources = ["cases"]
scopes = ["submit", "inbox", "read", "quarantine"]
[source.cases]
org = "{org}"
adapter = "native"
"""

AGREEMENT = """
[agreement.{name}]
partner = "{partner}"
direction = "both"
types = ["case", "financial_signal", "hosting_report"]
crime_areas = ["sexual_abuse_and_exploitation"]
purposes = ["cross_check", "operational_analysis"]
"""

_YEAR_MS = 364 * 86_400_000
# What lets cases go to the puller outside the Union; its people are those of `staff`.
ABROAD = f"""
[recipient."{VGT}"]
org_class = "third_country"
country = "AU"
assurances_needed = ["no_death_penalty"]
[instrument.australia]
title = "Agreement on police cooperation"
recipients = ["{VGT}"]
types = ["case"]
assurances = ["no_death_penalty"]
[transfer.australia]
partner = "{VGT}"
types = ["case"]
by = ["officer-1", "officer-2"]
valid_from = {START_MS}
valid_until = {START_MS + _YEAR_MS}
"""


def items(org: str, country: str, client: str, letter: str, *partners: str) -> str:
    text = ITEMS.format(org=org, country=country, client=client, digest=letter * 42 + "A")
    for partner in partners:
        # Both sides of an agreement call it by the same name: it stands in the statement.
        text += AGREEMENT.format(name="cse-2026", partner=partner).replace(
            "cse-2026", agreement_name(partner, org)
        )
    return text


def agreement_name(partner: str, org: str) -> str:
    sides = {"hub.eu": "hub", "europol.eu": "hub", "agency.au": "vgt", "afp.au": "vgt"}
    return f"nl-{sides.get(partner) or sides[org]}"


NL_ITEMS = items("police.nl", "NL", "police", "B", HUB)
HUB_ITEMS = items("europol.eu", "NL", "analysts", "C", NL)
VGT_ITEMS = items("afp.au", "AU", "officers", "D", NL)


def two_gateways(limits: Limits | None = None) -> World:
    """A national gateway and a hub that know each other, both listening."""
    return _two_gateways(limits or Limits()).copy()


@cache
def _two_gateways(limits: Limits) -> World:
    world = World(limits=limits)
    nl, hub = world.add(NL), world.add(HUB)
    world.introduce(nl, hub)
    world.configure(nl, NL_ITEMS)
    world.configure(hub, HUB_ITEMS)
    world.work()
    return world


def with_puller(world: World) -> Exchange:
    """Add a third gateway that listens to nobody and pulls from the national one."""
    return with_one_more(world, VGT, _add_puller)


def with_one_more(world: World, name: str, add: Callable[[World], Exchange]) -> Exchange:
    """Return the gateway that `add` adds: as made once before, where nothing happened yet."""
    if world.state() != world.copied_as:
        return add(world)
    world.become(_more_gateways(world.limits, add))
    return world.network.gateways[name]


@cache
def _more_gateways(limits: Limits, add: Callable[[World], Exchange]) -> World:
    world = two_gateways(limits)
    add(world)
    return world


def _add_puller(world: World) -> Exchange:
    nl = world.network.gateways[NL]
    vgt = world.add(VGT, listens=False, community="vgt")
    world.introduce(vgt, nl, one_fetches=True)
    world.configure(nl, items("police.nl", "NL", "police", "B", HUB, VGT))
    world.configure(vgt, VGT_ITEMS)
    world.work()
    return vgt


def addressed(name: str, *partners: str, **changes: Any) -> dict[str, Any]:
    """A sample submission that names its recipients."""
    recipients = [{"partner": partner, "org_id": None} for partner in partners]
    return record(name, addressees={"recipients": recipients}, **changes)
