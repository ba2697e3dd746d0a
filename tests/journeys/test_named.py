"""A record is found by the reference of its own system, and in a list that can be narrowed."""

from __future__ import annotations

import pytest

from gateway.core.errors import NotFound
from gateway.flow.named import ReferenceAmbiguous, Wanted, listed, record_named
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed, two_gateways

SECOND = """
[source.alerts]
org = "police.nl"
adapter = "native"
"""
DAY_MS = 86_400_000


def test_a_reference_names_a_record_where_only_one_has_it() -> None:
    world = two_gateways()
    nl = world.network.gateways[NL]
    (one,) = world.push(nl, addressed("case", HUB, provider_ref="PL-1"))
    id_ = str(one.record)
    assert record_named(id_, nl) == id_
    assert record_named("PL-1", nl) == id_
    assert record_named("PL-1", nl, org="police.nl") == id_
    for text, org in (("PL-2", None), ("PL-1", "fiu.nl")):
        with pytest.raises(NotFound, match="reference"):
            record_named(text, nl, org=org)
    extended = NL_ITEMS.replace('sources = ["cases"]', 'sources = ["cases", "alerts"]') + SECOND
    world.configure(nl, extended)
    (other,) = world.push(nl, addressed("case", HUB, provider_ref="PL-1"), source="alerts")
    assert other.record is not None
    with pytest.raises(ReferenceAmbiguous) as refused:
        record_named("PL-1", nl)
    assert {id_, str(other.record)} <= set(refused.value.detail.replace(",", "").split())


def test_a_list_is_narrowed_by_type_source_and_time_and_goes_on_from_its_cursor() -> None:
    world = two_gateways()
    nl = world.network.gateways[NL]
    first = world.clock.ms
    cases: list[str] = []
    for number in range(3):
        (outcome,) = world.push(nl, addressed("case", HUB, provider_ref=f"PL-{number}"))
        cases.insert(0, str(outcome.record))
        world.clock.forward(seconds=86_400)
    (signal,) = world.push(nl, addressed("financial_signal", HUB, provider_ref="FS-1"))

    def ids(wanted: Wanted, before: str = "", limit: int = 9) -> tuple[list[str], str | None]:
        found, following = listed(wanted, before, limit, nl)
        return [one["id"] for one in found], following

    assert ids(Wanted()) == ([str(signal.record), *cases], None)
    assert ids(Wanted(type="case"), limit=2) == (cases[:2], cases[1])
    assert ids(Wanted(type="case"), before=cases[1], limit=2) == (cases[2:], None)
    assert ids(Wanted(source="elsewhere")) == ([], None)
    between = Wanted(since=first + DAY_MS, until=first + 2 * DAY_MS)
    assert ids(between) == ([cases[1]], None)
