"""An act of two persons: `discard-original`, that what waits in quarantine is erased for good.

Only that it was here remains, in the ledger. Until then it stays as it is; whoever mends its
mapping first and replays it leaves nothing to discard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.core.errors import NotFound
from gateway.core.proposal import ActUnknown, BasisChanged
from gateway.flow.acts import Act
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.replay import discarded
from gateway.flow.rows_people import ProposalRow
from gateway.flow.two_people import Body, TwoPeopleAct

_MEMBERS: Final = ("original",)


def _complete(asked: Body, person: Person, exchange: Exchange) -> Body:
    if set(asked) != set(_MEMBERS) or not isinstance(asked["original"], str):
        raise ActUnknown("the member is original, the id of what waits")
    with exchange.store.reading() as work:
        row = work.records.original(asked["original"])
    if row is None or row.state != "quarantined" or row.org != person.org:
        raise NotFound("not in quarantine")
    return {"original": row.id, "source": row.source, "cause": row.cause, "size": row.size}


def _execute(row: ProposalRow, _: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    def commit(work: UnitOfWork) -> Sequence[Act]:
        held = work.records.original(row.body["original"])
        if held is None or held.org != row.org:
            raise BasisChanged
        try:
            return [discarded(held.id, f"{row.proposer}+{row.approver}", work)]
        except NotFound:
            raise BasisChanged("it does not wait any more") from None

    return commit


DISCARD_ORIGINAL: Final = TwoPeopleAct(complete=_complete, execute=_execute)
