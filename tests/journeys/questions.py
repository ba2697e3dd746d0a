"""Two gateways that may ask each other, with a person on each side."""

from __future__ import annotations

from typing import Any

from gateway.flow.compose import Pen
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.requests import START, page
from tests.journeys.gateways import World, record
from tests.journeys.scenes import AGREEMENT, HUB, NL, items, with_one_more

DE = "police.de.gw"

TYPES = '"case", "financial_signal", "hosting_report"'
EXCHANGE_TYPES = TYPES + ', "request", "answer", "refusal", "consent_request", "consent", "outcome"'

ASKED = Person("spoc-7", "europol.eu", frozenset({"contact_point", "release_officer"}))
ASKING = Person("officer-17", "police.nl", frozenset({"contact_point", "release_officer"}))


def asking_each_other(world: World) -> tuple[Exchange, Exchange]:
    """Widen the agreement of the two gateways by the record types of an exchange."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.configure(nl, widened(items("police.nl", "NL", "police", "B", HUB)))
    world.configure(hub, widened(items("europol.eu", "NL", "analysts", "C", NL)))
    return nl, hub


def with_a_third(world: World) -> Exchange:
    """Add a gateway in another country of the Union, which the national one may pass things to."""
    return with_one_more(world, DE, _add_third)


def _add_third(world: World) -> Exchange:
    nl, _ = asking_each_other(world)
    third = world.add(DE)
    world.introduce(nl, third)
    ours = items("police.nl", "NL", "police", "B", HUB) + _with(DE)
    world.configure(nl, widened(ours))
    world.configure(third, widened(items("bka.de", "DE", "fahnder", "D") + _with(NL)))
    world.work()
    return third


def _with(partner: str) -> str:
    return AGREEMENT.format(name="nl-de", partner=partner)


def widened(text: str) -> str:
    return text.replace(f"types = [{TYPES}]", f"types = [{EXCHANGE_TYPES}]")


def a_request(partner: str, **changes: Any) -> dict[str, Any]:
    body = record("request", addressees={"recipients": [{"partner": partner}]}, **changes)
    return {name: value for name, value in body.items() if value is not None}


def listed(
    person: Person, exchange: Exchange, *, kind: str = "request", open_only: bool = True
) -> list[dict[str, Any]]:
    rows, _ = page(kind, person, open_only=open_only, after=START, limit=50, exchange=exchange)
    return rows


def pen(person: Person) -> Pen:
    return Pen(person=person)
