"""People of two organisations, and records that wait for them."""

from __future__ import annotations

from typing import Any

from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, person_of
from gateway.flow.lease import leased
from gateway.flow.propose import lapse
from gateway.flow.rows_people import ApprovalRow, ProposalRow
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed

ROLES = {
    "officer-1": "release_officer",
    "officer-2": "release_officer",
    "duty-1": "duty_officer",
    "duty-2": "duty_officer",
    "admin-1": "administrator",
    "admin-2": "administrator",
    "dpo-1": "data_protection_officer",
    "auditor-1": "auditor",
    "analyst-1": "analyst",
}
STRANGERS = {"stranger-1": "release_officer", "stranger-2": "administrator"}
_PERSON = """
[person.{name}]
org = "{org}"
roles = ["{role}"]
key_digests = ["{digest}"]
"""
_FIU = """
[organisation."fiu.nl"]
title = "FIU"
country = "NL"
org_class = "fiu"
"""


def staffed(world: World, *more: str, base: str = NL_ITEMS) -> Exchange:
    """Give the national gateway its people; return it."""
    nl = world.network.gateways[NL]
    text = base + _FIU + "".join(more)
    for number, (name, role) in enumerate({**ROLES, **STRANGERS}.items()):
        org = "fiu.nl" if name in STRANGERS else "police.nl"
        text += _PERSON.format(name=name, org=org, role=role, digest=f"{number:0>42}A")
    world.configure(nl, text)
    return nl


def person(name: str, exchange: Exchange) -> Person:
    return person_of(name, exchange)


def with_words(*partners: str, **changes: Any) -> dict[str, Any]:
    """A case under a handling condition in words: R-05 holds it until people have read it."""
    body = addressed("case", *(partners or (HUB,)), **changes)
    governance = {**body["governance"], "handling": ["H0", "H3"]}
    return {
        **body,
        "governance": {**governance, "handling_text": "Not to be used before the arrests."},
    }


def acts(exchange: Exchange, *names: str) -> list[dict[str, Any]]:
    """Entries of the ledger, oldest first: those of these acts, or all."""
    from gateway.core.ledger import read_entry  # noqa: PLC0415

    with exchange.store.reading() as work:
        rows = [*work.ledger.page(after=-1, limit=10_000), *work.ledger.unplaced(limit=10_000)]
    read = [read_entry(row.entry) for row in rows]
    return [one for one in read if not names or one["act"] in names]


def approvals(exchange: Exchange, record: str | None, version: int = 1) -> list[ApprovalRow]:
    with exchange.store.reading() as work:
        return list(work.proposals.approvals([(str(record), version)]))


def proposal(exchange: Exchange, id_: str) -> ProposalRow:
    with exchange.store.reading() as work:
        row = work.proposals.get(id_)
    assert row
    return row


def let_lapse(exchange: Exchange) -> int:
    """Do what the worker does with proposals whose time is over."""
    with leased("lapse", 60, exchange) as lease:
        assert lease
        return lapse(lease, exchange)
