"""What is shown of the grounds of a case, beyond what its submitter says of them (R-11).

A ground that is a record here counts by an exact identifier that the blind index finds in both, or
by a link that two persons confirmed; it does not where a promotion on it fell back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from gateway.core.facts import NO_RECORDS, Ground, grounds, named_roots
from gateway.core.ids import RecordId
from gateway.core.promotion import CONFIRMED, EXACT
from gateway.core.record import Record
from gateway.core.rules.corroboration import borne_out
from gateway.flow.exchange import Exchange
from gateway.flow.linking import link_rows
from gateway.flow.ports import UnitOfWork

Key = tuple[str, int]


def shared(
    records: Sequence[Record], theirs: Collection[str], exchange: Exchange
) -> Mapping[Key, frozenset[RecordId]]:
    """Return by version the records, named as roots, that have an exact identifier of it.

    Of a partner's record (`theirs`) all of them: its own gateway has looked, and we may hold less
    of it than is shared. No unit of work may be open.
    """
    cases = [record for record in records if record.type == "case" and named_roots(record)]
    found = {_key(one): named_roots(one) for one in cases if one.id in theirs}
    ours = [one for one in cases if one.id not in theirs]
    if not ours:
        return found
    own: dict[Key, set[tuple[str, str]]] = {}
    for row in link_rows(ours, exchange):
        own.setdefault((row.record, row.version), set()).add((row.field, row.tag))
    roots = sorted({root for one in ours for root in named_roots(one)})
    with exchange.store.reading() as work:
        there = _exact(roots, work)
    for one in ours:
        its = own.get(_key(one), set())
        found[_key(one)] = frozenset(
            root for root in named_roots(one) if not its.isdisjoint(there[root])
        )
    return found


def proven(
    records: Sequence[Record], ours: Sequence[Record], exchange: Exchange
) -> dict[RecordId, tuple[Ground, ...]]:
    """Return what these records are as grounds for others; of ours what is shown, not said.

    No unit of work may be open.
    """
    found = {record.id: grounds(record) for record in records}
    cases = [record for record in ours if record.type == "case" and named_roots(record)]
    if not cases:
        return found
    exact = shared(cases, (), exchange)
    with exchange.store.reading() as work:
        confirmed, fallen = linked_by_persons(cases, work)
    for record in cases:
        gone = fallen.get(record.id, NO_RECORDS)
        borne = [
            borne_out(ground, exact[_key(record)], confirmed.get(record.id, NO_RECORDS))
            for ground in found[record.id]
            if gone.isdisjoint(root.record for root in ground.roots if root.record is not None)
        ]
        found[record.id] = tuple(ground for ground in borne if ground is not None)
    return found


def _key(record: Record) -> Key:
    return str(record.id), record.version


def _exact(roots: Sequence[RecordId], work: UnitOfWork) -> dict[RecordId, set[tuple[str, str]]]:
    newest = work.records.newest(roots)
    return {
        root: {
            (link.field, link.tag)
            for link in (work.records.links_of(root) if root in newest else ())
            if link.field in EXACT and link.version == newest[root].version
        }
        for root in roots
    }


def linked_by_persons(
    resting: Sequence[Record], work: UnitOfWork
) -> tuple[Mapping[str, frozenset[RecordId]], Mapping[str, frozenset[RecordId]]]:
    """Return by record what persons linked it with, and on which grounds it fell back.

    A case that was promoted on a link of the signal it was made of stands on that link.
    """
    ids = sorted({str(record.id) for record in resting if record.type == "case"})
    confirmed: dict[str, set[RecordId]] = defaultdict(set)
    for link in work.corroboration.links(ids) if ids else ():
        for one, other in ((link.record, link.other), (link.other, link.record)):
            confirmed[one].add(RecordId(other))
    newest = {
        (row.record, row.ground): row for row in (work.corroboration.promotions(ids) if ids else ())
    }
    fallen: dict[str, set[RecordId]] = defaultdict(set)
    for (record, ground), row in newest.items():
        if row.state == "fallen":
            fallen[record].add(RecordId(ground))
        elif row.link == CONFIRMED:
            confirmed[record].add(RecordId(ground))
    return (
        {id_: frozenset(others) for id_, others in confirmed.items()},
        {id_: frozenset(on) for id_, on in fallen.items()},
    )
