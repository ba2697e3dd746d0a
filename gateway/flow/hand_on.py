"""The journey of a received record to the national system: it pulls, and says yes or no.

`waiting` gives out what is open, in one order for all readers; only `settle` ends it, and makes
the verdict that tells the sender. Reading twice gives the same. A system that does not pull gets
the same by `bring_push` or `bring_files`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.base import Handed
from gateway.core.errors import Conflict, NotFound
from gateway.core.lifecycle import step
from gateway.core.terms import in_words
from gateway.core.tlp import LABELLED, label_for
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, demand_scope
from gateway.flow.may import laid_since
from gateway.flow.records import open_records
from gateway.flow.rows import InboxRow, VerdictRow
from schemas import vocab

HANDLING: Final = frozenset(vocab.HANDLING)


@dataclass(frozen=True, slots=True)
class Page:
    """Open entries above a position; `next` is where the following page begins, or None."""

    entries: list[dict[str, Any]]
    next: int | None


def waiting(client: Client, after: int, limit: int, exchange: Exchange) -> Page:
    """Return up to `limit` records that wait for this client, in the order they came in.

    Raises Forbidden without the scope `inbox`.
    """
    demand_scope(client, "inbox")
    number(client.name, exchange)
    with exchange.store.reading() as work:
        rows = work.arrivals.inbox(client.name, after=after, limit=limit, open_only=True)
    positions = {(row.record, row.version): row.position for row in rows}
    return Page(
        [_entry(one, positions[one.record, one.version]) for one in given(client, rows, exchange)],
        rows[-1].position if len(rows) == limit else None,
    )


def number(client: str, exchange: Exchange) -> None:
    """Give what came in lately its place in the order of this client."""
    with exchange.store.reading() as work:
        unnumbered = work.arrivals.has_unnumbered(client)
    if unnumbered:
        with exchange.store.writing() as work:
            work.arrivals.number_inbox(client)
            exchange.commit(work, "hand_on.numbered")


def given(client: Client, rows: Sequence[InboxRow], exchange: Exchange) -> list[Handed]:
    """Open the records of these entries, and mark them as handed; what is gone is left out."""
    with exchange.store.reading() as work:
        records = work.records.get([(row.record, row.version) for row in rows])
        since = laid_since([row.id for row in records], exchange.now_ms(), work)
    held = [row for row in records if row.text is not None]
    opened = {(str(record.id), record.version): record for record in open_records(held, exchange)}
    shown = [row for row in rows if (row.record, row.version) in opened]
    _hand(client, [row for row in shown if row.state == "waiting"], exchange)
    return [
        _handed(row, opened[row.record, row.version].body, since.get(row.record, frozenset()))
        for row in shown
    ]


def _handed(row: InboxRow, body: Mapping[str, Any], since: frozenset[str]) -> Handed:
    terms = body.get("terms", {})
    return Handed(
        terms_in_words=in_words(terms),
        terms=terms,
        record=row.record,
        version=row.version,
        type=str(body["type"]),
        sender=row.partner,
        urgency=str(body.get("risk", {}).get("urgency", "routine")),
        label=_label(body, since),
        body=body,
    )


def _label(body: Mapping[str, Any], since: frozenset[str]) -> str:
    """Return the label to show: that of the text, or the stricter one of what was laid since."""
    governance = body.get("governance") or {}
    kinds = {str(one["kind"]) for one in governance.get("restrictions") or ()}
    codes = {*(governance.get("handling") or ()), *(since & HANDLING)}
    return label_for(codes, kinds | (since - HANDLING), label=body.get("tlp"))


def _entry(handed: Handed, position: int | None) -> dict[str, Any]:
    return {
        "terms_in_words": list(handed.terms_in_words),  # first, so that they are read first
        "terms": handed.terms,
        "position": position,
        "record": handed.record,
        "version": handed.version,
        "type": handed.type,
        "from": handed.sender,
        "urgency": handed.urgency,
        **({"tlp": handed.label} if handed.type in LABELLED else {}),
        "body": handed.body,
    }


def _hand(client: Client, rows: list[InboxRow], exchange: Exchange) -> None:
    if not rows:
        return
    now = exchange.now_ms()
    handed = [replace(row, state=step("inbox", row.state, "hand"), handed_at=now) for row in rows]
    acts: list[Act] = [
        ("handed_on", {"client": client.name, "record": row.record, "version": row.version})
        for row in rows
    ]
    with exchange.store.writing() as work:
        work.arrivals.replace_inbox(handed, expect=["waiting"])
        work.ledger.add(entries(acts, exchange))
        exchange.commit(work, "hand_on.handed")


def settle(
    client: Client,
    record: str,
    version: int,
    exchange: Exchange,
    *,
    accepted: bool,
    code: str | None = None,
) -> None:
    """Take the national system's yes or no; the sender learns it by a verdict.

    Idempotent: the same answer again changes nothing. Raises NotFound, and Conflict for the
    other answer after the first.
    """
    demand_scope(client, "inbox")
    event = "accept" if accepted else "reject"
    with exchange.store.writing() as work:
        row = work.arrivals.inbox_of(client.name, record, version)
        if row is None or row.state == "held":
            raise NotFound
        if row.state in ("accepted", "rejected"):
            if row.state.startswith(event):
                return
            raise Conflict("this record was settled the other way before")
        state = row.state if row.state == "handed" else step("inbox", row.state, "hand")
        settled = replace(row, state=step("inbox", state, event), code=code)
        if not work.arrivals.replace_inbox([settled], expect=[row.state]):
            raise Conflict("this record is being settled by another call")
        work.envelopes.add_verdicts(
            [
                VerdictRow(
                    id=exchange.new_id(),
                    partner=row.partner,
                    ep=row.ep,
                    seq=row.seq,
                    record=record,
                    version=version,
                    state=settled.state,
                    code=code,
                )
            ]
        )
        fields = {
            "client": client.name,
            "record": record,
            "version": version,
            "state": settled.state,
            "code": code,
        }
        work.handovers.forget(client.name, record, version)
        work.ledger.add(entries([("settled", fields)], exchange))
        exchange.commit(work, "hand_on.settled")
