"""Whose consent a record needs before it goes on: the partners whose material it rests on."""

from __future__ import annotations

from typing import Final

from gateway.flow.exchange import Exchange
from gateway.flow.records import open_records

DEEPEST: Final = 8  # how far is followed what a record rests on
WANTING_CONSENT: Final = ("R-05", "R-07")  # rules that hold where a consent is missing


def originators(record: str, recipient: str, exchange: Exchange) -> dict[str, list[str]]:
    """Return whom to ask before `record` goes to `recipient`: partner → its records beneath.

    Nobody is asked for leave to give back what came from the recipient itself.
    """
    found: dict[str, list[str]] = {}
    wanted, seen = {record}, set[str]()
    for _ in range(DEEPEST):
        with exchange.store.reading() as work:
            rows = list(work.records.newest(sorted(wanted - seen)).values())
        seen |= wanted
        for row in rows:
            if row.from_partner not in (None, recipient):
                found.setdefault(str(row.from_partner), []).append(row.id)
        held = [row for row in rows if row.text is not None]
        wanted = {
            str(id_)
            for one in open_records(held, exchange)
            for id_ in one.body.get("derived_from") or ()
        }
        if not wanted - seen:
            break
    return {partner: sorted(ids) for partner, ids in sorted(found.items())}
