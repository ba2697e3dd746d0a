"""The journey of a record that shall not leave any more, begun by an account on this machine.

The same act as a person's recall by the API (`notify`): what has not left does not, and whoever
may hold it is told.
"""

from __future__ import annotations

from gateway.flow.exchange import Exchange
from gateway.flow.notify import Wanted, notify


def withdraw(record: str, by: str, reason: str, exchange: Exchange) -> list[str]:
    """Recall our own `record`; return the partners that are told.

    `reason` is a code of a recall. Raises NotFound, NoticeMalformed, Conflict.
    """
    wanted = Wanted(kind="recall", record=record, code=reason)
    return list(notify(wanted, by, None, exchange).holders)
