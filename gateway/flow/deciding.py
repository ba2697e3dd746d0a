"""Facts for decisions, loaded for a whole batch; the decisions themselves are `core.policy`'s.

Used by every journey that decides: `submit`, `seal`, `reconsider`, and `look.explain`. What has to
be read of the store is `flow.known`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.core import policy
from gateway.core.facts import NO_RECORDS, Facts, Recipient, rests_on
from gateway.core.looked import Looked
from gateway.core.policy import Decision
from gateway.core.record import Record
from gateway.core.rules.base import OVERRIDE
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.first_receipt import first_receipts
from gateway.flow.known import NOTHING_LAID, Known, Laid, load
from gateway.flow.onward import ONWARD_RULES, onward
from gateway.flow.ports import UnitOfWork
from gateway.flow.records import open_records
from gateway.flow.rows import RecordRow, ReleaseRow
from gateway.flow.rows_people import ApprovalRow
from gateway.flow.tally import NONE_LEFT, Tally

ALWAYS_BACK = "outcome"  # may go back to the originator whatever types are agreed: R-06 judges


@dataclass(frozen=True, slots=True)
class Considered:
    """A record with what the store knows beside its text."""

    record: Record
    state: str = "current"
    received_at: int | None = None
    from_partner: str | None = None  # whose record it is; None: ours


def partners_for(record: Record, configuration: Configuration, now_ms: int) -> list[str]:
    """Partners whose active agreement could cover this record: only they get a release row."""
    return [
        partner
        for partner, agreements in configuration.agreements.items()
        if partner in configuration.partners
        and any(
            agreement.state == "active"
            and agreement.direction in ("out", "both")
            and (record.type in agreement.types or record.type == ALWAYS_BACK)
            and (agreement.valid_until is None or agreement.valid_until > now_ms)
            for agreement in agreements
        )
    ]


def decide_batch(
    wanted: Iterable[tuple[Considered, str]],
    configuration: Configuration,
    exchange: Exchange,
    *,
    counting: bool = True,
    supposing: Sequence[ApprovalRow] = (),
    overridden: bool = True,
) -> list[Decision]:
    """Return one decision per (record, partner), in order, at this configuration and now.

    `counting`: each that may go counts towards what takes two people (R-19) for those after it.
    Not for what has left already: it was counted when it did. `supposing`: as if these approvals
    had been given, to see what they would change. `overridden`: False says what the rules say
    without an officer's override (R-20).
    """
    pairs = list(wanted)
    batch = [considered for considered, _ in pairs]
    known = load(
        [considered.record for considered in batch],
        exchange,
        supposing,
        theirs={one.record.id for one in batch if one.from_partner},
    )
    if not overridden:
        known = known.without(OVERRIDE)
    received = _first_receipts(batch, exchange)
    now = exchange.now_ms()
    tally = None
    if counting and pairs:
        partners = dict.fromkeys(partner for _, partner in pairs)
        tally = Tally.load(partners, len(pairs), now, exchange)
    seen: dict[int, Looked] = {}
    decisions = []
    for considered, partner in pairs:
        record = considered.record
        facts = facts_for(considered, partner, known, configuration, exchange, tally)
        facts = replace(facts, first_received=received.get(record.id, facts.first_received))
        decision = _decided(considered, partner, facts, configuration, now, _looked(record, seen))
        if tally is not None and decision.state == "due":
            tally.count(partner, record.org, decision.purpose)
        decisions.append(decision)
    return decisions


def _decided(
    considered: Considered,
    partner: str,
    facts: Facts,
    configuration: Configuration,
    now: int,
    looked: Looked | None,
) -> Decision:
    record = considered.record
    recipient = configuration.recipients.get(partner, Recipient(partner=partner, state="unknown"))
    if considered.from_partner is None:
        return policy.decide(record, recipient, facts, now, looked=looked)
    decision = policy.decide(record, recipient, facts, now, rules=ONWARD_RULES, looked=looked)
    return onward(decision, record, recipient, facts, now)


def _first_receipts(batch: Iterable[Considered], exchange: Exchange) -> Mapping[str, int]:
    """Return when the oldest material was received, for those that have older material."""
    older = {one.record.id: one for one in batch if one.record.version > 1 or rests_on(one.record)}
    if not older:
        return {}
    found = first_receipts([one.record for one in older.values()], exchange)
    moments = {
        id_: [at for at in (older[id_].received_at, found.get(id_)) if at is not None]
        for id_ in older
    }
    return {id_: min(some) for id_, some in moments.items() if some}


def _looked(record: Record, seen: dict[int, Looked]) -> Looked | None:
    """Look at each record once; what cannot be looked at is for `decide` to hold."""
    key = id(record)
    if key not in seen:
        try:
            seen[key] = policy.look(record)
        except (KeyError, TypeError, ValueError, AttributeError, LookupError):
            return None
    return seen[key]


def facts_for(
    considered: Considered,
    partner: str,
    known: Known,
    configuration: Configuration,
    exchange: Exchange,
    tally: Tally | None = None,
) -> Facts:
    """Lay out the facts of one decision from what was loaded."""
    key = (considered.record.id, considered.record.version)
    laid = known.laid.get(key, NOTHING_LAID)
    return Facts(
        epoch=configuration.epoch,
        provider_known=True,  # identified by credential at submit; kept in the record's `org`
        schema_faults=(),  # only normal forms reach here
        imagery=(),  # guarded before anything was stored
        agreements=configuration.covering(partner),
        routes=configuration.routes,
        consents=configuration.consents,
        approvals=known.approvals.get(key, ()),
        restrictions=laid.restrictions,
        added_handling=laid.handling,
        state=_state(considered, laid),
        disputed_by=laid.disputed_by,
        disputed_until=laid.disputed_until,
        grounds=known.grounds,
        demoted=laid.demoted,
        confirmed=known.confirmed.get(key[0], NO_RECORDS),
        shared=known.shared.get(key, NO_RECORDS),
        fallen=known.fallen.get(key[0], NO_RECORDS),
        signals=known.signals.get(key, ()),
        origins=known.origins,
        third_parties=known.third_parties.get(key, ()),
        told_of=known.told_of.get(key, ()),
        theirs=considered.from_partner is not None,
        struck=laid.struck,
        returning=key[0] in known.returning,
        first_received=considered.received_at,
        lists=configuration.lists,
        demands=exchange.adapters.communities(),
        left=tally.left(partner, considered.record.org) if tally else NONE_LEFT,
        left_until=tally.until if tally else None,
        bulk_limit=tally.limit if tally else None,
    )


def _state(considered: Considered, laid: Laid) -> str:
    """Return the state that counts now: `expire` writes the end of a dispute down only later."""
    return "current" if considered.state == "disputed" and laid.undisputed else considered.state


def release_row(
    id_: str, record: Record, partner: str, decision: Decision, now_ms: int
) -> ReleaseRow:
    """Write a decision down as a release row."""
    return decided_again(
        ReleaseRow(
            id=id_,
            partner=partner,
            record=record.id,
            version=record.version,
            urgency=record.urgency,
            state="",
            trace=(),
            code="",
            epoch=0,
            decided_at=now_ms,
        ),
        decision,
        now_ms,
    )


def decided_again(row: ReleaseRow, decision: Decision, now_ms: int) -> ReleaseRow:
    """Return the row with this decision in it; its history stays in the ledger."""
    return replace(
        row,
        state=decision.state,
        trace=decision.trace_json(),
        code=decision.rule,
        epoch=decision.epoch,
        until=decision.until,
        decided_at=now_ms,
        purpose=decision.purpose,
        basis=decision.basis,
        agreement=decision.agreement,
        ground=decision.ground,
        withheld=decision.withheld_json(),
        approvers=decision.approvers,
        terms=decision.terms.json() if decision.terms else {},
    )


def considered_of(
    rows: Sequence[RecordRow], exchange: Exchange
) -> dict[tuple[str, int], Considered]:
    """Open these rows and return them by (id, version); erased ones are left out."""
    held = [row for row in rows if row.text]
    return {
        (row.id, row.version): Considered(record, row.state, row.received_at, row.from_partner)
        for row, record in zip(held, open_records(held, exchange), strict=True)
    }


def rows_of(keys: Iterable[tuple[str, int]], work: UnitOfWork) -> list[RecordRow]:
    """Read these record versions."""
    return list(work.records.get(sorted(set(keys))))
