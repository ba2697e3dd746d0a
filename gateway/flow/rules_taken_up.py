"""The rules of this product, taken up at the start of a worker: new ones decide again.

An upgrade that changes a rule changes what may leave, as a changed agreement does: the epoch moves,
so that what is sealed and not received, held or refused is decided on again before it goes.

Stays true:
  * The rules in force are an item like any other: with a version, a history and a ledger act.
"""

from __future__ import annotations

from typing import Final

from gateway.core.record import canonical
from gateway.core.rules import catalogue
from gateway.flow.acts import entries
from gateway.flow.exchange import Exchange
from gateway.flow.rows import ItemRow
from keys.suite import digest

KIND: Final = "rules"
NAME: Final = "release"


def take_up_rules(exchange: Exchange) -> bool:
    """Write down which rules decide from now on; whether they are others than before."""
    body = {"versions": catalogue()}
    fingerprint = digest(canonical(body))
    with exchange.store.writing() as work:
        held = next(iter(work.config.active(KIND)), None)
        if held is not None and held.digest == fingerprint:
            return False
        item = work.config.put(
            ItemRow(
                kind=KIND,
                name=NAME,
                version=0,
                change=0,
                body=body,
                digest=fingerprint,
                origin="product",
                state="active",
                valid_from=None,
                valid_until=None,
            )
        )
        fields = {"item": f"{KIND}/{NAME}", "change": item.change, "by": "gateway"}
        work.ledger.add(entries([("configured", fields)], exchange))
        exchange.commit(work, "rules.taken_up")
    return True
