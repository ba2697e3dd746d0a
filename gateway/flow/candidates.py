"""Candidate links: our records and those of all origins that share an identifier, for a person.

Owns what is shown: ids, kinds of identifier and kinds of grounds, never a value. Decides nothing;
what follows from a link are acts of two persons (`flow.promoting`).

Stays true:
  * Each record that a line speaks of was looked at, and every look is in the ledger before.
  * What the person's organisation does not see is in no line, and not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.errors import NotFound
from gateway.core.promotion import CONFIRMED, EXACT, PROMOTABLE, SHARED
from gateway.core.proposal import parse_reason
from gateway.flow.acts import Act, entries
from gateway.flow.alike import Opened, opened, visible
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.matching import alike
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import RecordRow
from gateway.flow.rows_corroboration import PromotionRow
from schemas.fingerprint import Report, count_once, terms_of

Json = dict[str, Any]
LOOKERS: Final = ("analyst", "release_officer", "duty_officer", "contact_point")


@dataclass(frozen=True, slots=True)
class _Alike:
    """One of our records, and what shares an identifier with it or was linked by persons."""

    row: RecordRow
    others: Mapping[str, tuple[RecordRow, tuple[str, ...]]]
    confirmed: frozenset[str]
    promotions: Sequence[PromotionRow]


def page(
    person: Person, reason: str, before: str, limit: int, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return those of the newest `limit` records of the organisation that have candidate links.

    Only signals and cases: what may need another ground. Also returns where to go on. `reason` is
    the justification code that the ledger keeps. Raises Forbidden, ReasonMalformed.
    """
    demand_role(person, *LOOKERS)
    parse_reason(reason)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = work.records.latest(person.org, before=before, limit=limit)
        found = [
            _alike(row, person.org, configuration, work) for row in rows if row.type in PROMOTABLE
        ]
    following = rows[-1].id if len(rows) == limit else None
    return _shown([one for one in found if one.others], reason, person, exchange), following


def of_record(record: str, person: Person, reason: str, exchange: Exchange) -> Json:
    """Return the candidate links of one record. Raises Forbidden, NotFound, ReasonMalformed."""
    demand_role(person, *LOOKERS)
    parse_reason(reason)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = visible([record], person.org, configuration, work)
        if not rows:
            raise NotFound
        found = _alike(rows[0], person.org, configuration, work)
    return _shown([found], reason, person, exchange)[0]


def _alike(row: RecordRow, org: str, configuration: Configuration, work: UnitOfWork) -> _Alike:
    links = [link for link in work.records.links_of(row.id) if link.version == row.version]
    common = {
        id_: fields for id_, (_, fields) in alike(row.id, org, links, configuration, work).items()
    }
    confirmed = frozenset(
        end
        for link in work.corroboration.links([row.id])
        for end in (link.record, link.other)
        if end != row.id
    )
    promotions = _promotions(row.id, work)
    made = {
        end for one in promotions for end in (one.record, one.origin)
    }  # cases made of it are no news
    wanted = sorted((common.keys() | confirmed) - made)
    return _Alike(
        row,
        {
            one.id: (one, common.get(one.id, ()))
            for one in visible(wanted, org, configuration, work)
        },
        confirmed,
        promotions,
    )


def _promotions(record: str, work: UnitOfWork) -> list[PromotionRow]:
    """Return what was made of this record, and what it was made by; oldest first."""
    rows = (
        *work.corroboration.promoted_from([record]),
        *work.corroboration.promotions([record]),
    )
    return sorted({row.id: row for row in rows}.values(), key=lambda row: row.id)


def _shown(found: Sequence[_Alike], reason: str, person: Person, exchange: Exchange) -> list[Json]:
    rows = {one.row.id: one.row for one in found}
    rows |= {row.id: row for one in found for row, _ in one.others.values()}
    looks: list[Act] = [
        ("looked", {"record": id_, "version": row.version, "by": person.name, "reason": reason})
        for id_, row in sorted(rows.items())
    ]
    if looks:
        with exchange.store.writing() as work:
            work.ledger.add(entries(looks, exchange))
            exchange.commit(work, "candidates")
    known = opened(list(rows.values()), exchange)
    return [_view(one, known) for one in found]


def _view(found: _Alike, known: Mapping[str, Opened]) -> Json:
    own = known[found.row.id]
    return {
        **_described(own),
        "links": [
            _link(own, known[row.id], fields, found) for row, fields in found.others.values()
        ],
        "transfers": _transfers([own, *(known[row.id] for row, _ in found.others.values())]),
        "promotions": [
            {
                "case": one.record,
                "ground": one.ground,
                "kind": one.kind,
                "state": one.state,
                "code": one.code,
                "by": [one.proposer, one.approver],
            }
            for one in found.promotions
        ],
    }


def _link(own: Opened, other: Opened, fields: Sequence[str], found: _Alike) -> Json:
    counts = None
    if not set(EXACT).isdisjoint(fields):
        counts = SHARED
    elif other.row.id in found.confirmed:
        counts = CONFIRMED
    standing = {one.ground for one in found.promotions if one.state == "standing"}
    return {
        **_described(other),
        "identifiers": list(fields),
        "same_subject": counts,
        "same_transfers": _shared(own, other),
        "may_promote": bool(
            counts
            and other.kind
            and own.row.from_partner is None
            and own.record.id not in other.rests_on
            and other.row.id not in standing
        ),
    }


def _transfers(all_: Sequence[Opened]) -> Json:
    """Return how many transfers these records tell of, and how many there were."""
    reports = [_report(one) for one in all_]
    return {"reported": sum(len(one.transfers) for one in reports), "once": count_once(reports)}


def _shared(own: Opened, other: Opened) -> int:
    """Return how many transfers both records tell of."""
    both = _transfers([own, other])
    return int(both["reported"] - both["once"])


def _report(one: Opened) -> Report:
    body = one.record.body
    return Report(
        reporter=str(body.get("originator", {}).get("org_id", "")),
        transfers=[terms_of(transaction, body) for transaction in body.get("transactions") or ()],
    )


def _described(one: Opened) -> Json:
    return {
        "record": one.row.id,
        "version": one.row.version,
        "type": one.row.type,
        "from": one.row.from_partner,
        "grounds": one.kinds,
        "more_than_financial": one.kind is not None,
    }
