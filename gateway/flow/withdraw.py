"""The journey of a record that shall not leave any more: what has not left, does not.

Everything still inside is stopped in one commit: releases are withdrawn, open envelopes marked for
`seal` to void. Notices to those who hold it already follow release-rules, "After release".
"""

from __future__ import annotations

from gateway.core.errors import NotFound
from gateway.flow.acts import entries
from gateway.flow.exchange import Exchange
from gateway.flow.supersede import supersede


def withdraw(record: str, by: str, reason: str, exchange: Exchange) -> list[str]:
    """Recall the newest version of our own `record`; return the partners that may hold it.

    Those are for the caller to tell: a record that was handed out cannot be called back by us
    alone. `reason` is a code. Raises NotFound.
    """
    with exchange.store.writing() as work:
        row = work.records.newest([record]).get(record)
        if row is None or row.from_partner is not None:
            raise NotFound
        supersede(record, row.version, work, event="recall")
        fields = {"record": record, "version": row.version, "reason": reason, "by": by}
        work.ledger.add(entries([("withdrawn", fields)], exchange))
        holders = sorted({one.partner for one in work.releases.of_record(record) if one.tried})
        exchange.commit(work, "withdraw")
    return holders
