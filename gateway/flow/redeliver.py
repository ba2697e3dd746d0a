"""Deliveries that a person has sent once more: the same bytes, now and not after their pause.

Only what no receipt has ended yet: what is stored there is there. A sealed envelope never changes,
so this cannot double anything: a partner answers bytes that it has with the receipt it gave.

Stays true:
  * What is done is what was counted: if the set changed meanwhile, nothing is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from gateway.core.errors import Conflict, NotFound
from gateway.core.lifecycle import may, step
from gateway.core.record import canonical
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import EnvelopeRow
from keys.suite import digest

OPEN: Final = ("sealed", "handed")
MOST: Final = 500

Json = dict[str, Any]


class SetChanged(Conflict):
    """The deliveries that match are others than those you counted."""

    code: ClassVar[str] = "set-changed"
    advice: ClassVar[str] = "Look at the count again, then send."


@dataclass(frozen=True, slots=True)
class Which:
    """Which deliveries: of a partner, in a state, of a kind, sealed since; "" or None: any."""

    partner: str | None = None
    state: str | None = None
    kind: str | None = None
    since: str = ""  # the lowest id
    ids: tuple[str, ...] = ()  # these alone


def count(which: Which, exchange: Exchange) -> Json:
    """Return how many would be sent again, to whom, and a digest of exactly these."""
    with exchange.store.reading() as work:
        rows = _waiting(which, work)
    partners: dict[str, int] = {}
    for row in rows:
        partners[row.partner] = partners.get(row.partner, 0) + 1
    return {
        "count": len(rows),
        "partners": dict(sorted(partners.items())),
        "more": len(rows) == MOST,
        "digest": _digest(rows),
    }


def redeliver(which: Which, seen: str, by: str, exchange: Exchange) -> int:
    """Have exactly the set of digest `seen` sent once more by the worker; return how many.

    A channel that stalled on them opens again; one that a person paused stays so. Raises NotFound
    if there is none, SetChanged.
    """
    with exchange.store.writing() as work:
        rows = _waiting(which, work)
        if not rows:
            raise NotFound("nothing that matches waits for a receipt")
        if _digest(rows) != seen:
            raise SetChanged
        again = [replace(row, answered_at=None, refusals=0) for row in rows]
        if work.envelopes.replace(again, expect=OPEN) != len(again):
            raise SetChanged
        acts: list[Act] = [
            (
                "resent",
                {
                    "partner": row.partner,
                    "ep": row.ep,
                    "seq": row.seq,
                    "digest": row.digest,
                    "by": by,
                },
            )
            for row in rows
        ]
        for partner in sorted({row.partner for row in rows}):
            acts += _open(partner, by, work)
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "redeliver")
    return len(rows)


def _open(partner: str, by: str, work: UnitOfWork) -> list[Act]:
    channel = work.envelopes.channel(partner, "out")
    stalled = channel.state == "stalled" and may("channel", channel.state, "resume")
    state = step("channel", channel.state, "resume") if stalled else channel.state
    work.envelopes.put_channel(replace(channel, state=state, failures=0, retry_at=0), expect=None)
    return [("channel", {"partner": partner, "event": state, "by": by})] if stalled else []


def _waiting(which: Which, work: UnitOfWork) -> Sequence[EnvelopeRow]:
    if which.ids:
        heads = work.envelopes.heads(which.ids[:MOST])
        return [heads[id_] for id_ in sorted(heads) if heads[id_].state in OPEN]
    states = [one for one in OPEN if which.state in (None, one)]
    found = [
        row
        for state in states
        for row in work.deliveries.latest(
            partner=which.partner, state=state, kind=which.kind, since=which.since, limit=MOST
        )
    ]
    return sorted(found, key=lambda row: row.id)[:MOST]


def _digest(rows: Sequence[EnvelopeRow]) -> str:
    return digest(canonical([row.id for row in rows]))
