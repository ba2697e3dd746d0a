"""A confirmed link holds for what two people looked at: the same subject, at both ends.

Called in the commit of whatever changes an end. Leaves to `promotion` what falls back with a link.

Stays true:
  * A link ends when a correction no longer has the subject it was confirmed on, or the identifier
    that was shared; and when a notice takes the record, or that subject, away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.core.confirming import shared_by, subject_of, subjects_in
from gateway.core.links import RESTS_ON
from gateway.core.promotion import CONFIRMED
from gateway.core.record import Record
from gateway.flow.acts import Act, entries
from gateway.flow.again import decide_again
from gateway.flow.exchange import Exchange
from gateway.flow.linking import link_tags
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows_after import NoticeRow
from gateway.flow.rows_corroboration import PromotionRow, SubjectLinkRow

GATEWAY: Final = "gateway"  # who ends a link where no person does
MOST_RESTING: Final = 500


@dataclass(frozen=True, slots=True)
class Corrections:
    """New versions, as links and what rests on them are compared with; made before the commit."""

    records: tuple[str, ...] = ()
    subjects: Mapping[str, frozenset[str]] = field(default_factory=dict)  # tags, by record
    resting: Mapping[str, str] = field(default_factory=dict)  # tag of what rests on it, by record


def corrections(records: Iterable[str], texts: Sequence[Record], exchange: Exchange) -> Corrections:
    """Return what these new versions have; of a version that is a tombstone there is no text.

    No unit of work may be open.
    """
    ids = tuple(dict.fromkeys(records))
    newest = {str(one.id): one for one in sorted(texts, key=lambda one: one.version)}
    pairs = [(id_, pair) for id_ in ids if id_ in newest for pair in subjects_in(newest[id_])]
    tags = link_tags([*(pair for _, pair in pairs), *((RESTS_ON, id_) for id_ in ids)], exchange)
    found: dict[str, set[str]] = {}
    for (id_, _), tag in zip(pairs, tags, strict=False):
        found.setdefault(id_, set()).add(tag)
    return Corrections(
        ids,
        {id_: frozenset(its) for id_, its in found.items()},
        dict(zip(ids, tags[len(pairs) :], strict=True)),
    )


def link_of(
    row: SubjectLinkRow, record: Record, other: Record, exchange: Exchange
) -> SubjectLinkRow:
    """Return the link with the tags of what it is confirmed on."""
    sides = {
        "record": subject_of(record, row.part),
        "other": subject_of(other, row.other_part),
        "shared": shared_by(record, row.part, other),
    }
    names = [name for name, pairs in sides.items() for _ in pairs]
    tags = link_tags([pair for pairs in sides.values() for pair in pairs], exchange)
    on: dict[str, list[str]] = {name: [] for name in sides}
    for name, tag in zip(names, tags, strict=True):
        on[name].append(tag)
    return replace(row, on=on)


def outlived(found: Corrections, work: UnitOfWork) -> list[SubjectLinkRow]:
    """Return the links that new versions no longer bear out."""
    links = work.corroboration.links(found.records)
    return [link for link in links if not _holds(link, found, work)]


def _holds(link: SubjectLinkRow, found: Corrections, work: UnitOfWork) -> bool:
    for end, name in ((link.record, "record"), (link.other, "other")):
        if end in found.records and found.subjects.get(end, frozenset()).isdisjoint(link.on[name]):
            return False
    shared = set(link.on["shared"])
    return not shared or bool(shared & _tags(link.record, work) & _tags(link.other, work))


def _tags(record: str, work: UnitOfWork) -> set[str]:
    newest = work.records.newest([record]).get(record)
    if newest is None:
        return set()
    return {one.tag for one in work.records.links_of(record) if one.version == newest.version}


def taken_away(notice: NoticeRow, work: UnitOfWork) -> list[SubjectLinkRow]:
    """Return the links of which a notice took an end away: the record, or the subject in it."""
    links = work.corroboration.links([notice.record])
    if notice.person is None:
        return [] if notice.kind == "restrict" else list(links)  # a restriction may end
    marked = {mark.tag for mark in work.follow.marks([notice.record])}
    return [
        link
        for link in links
        if not marked.isdisjoint(link.on["record" if link.record == notice.record else "other"])
    ]


def end(
    links: Sequence[SubjectLinkRow], by: str, reason: str, work: UnitOfWork, exchange: Exchange
) -> list[PromotionRow]:
    """End these links; return the promotions that stood on them."""
    standing: dict[str, PromotionRow] = {}
    for link in links:
        if not work.corroboration.end_link(link.id, by=by, now_ms=exchange.now_ms()):
            continue
        act: Act = (
            "unlinked",
            {"record": link.record, "other": link.other, "by": by, "reason": reason},
        )
        work.ledger.add(entries([act], exchange))
        ends = {link.record, link.other}
        for one in work.records.newest(sorted(ends)).values():
            decide_again(one.id, one.version, work)
        for ground in sorted(ends):
            for row in work.corroboration.leaning_on(ground):
                if row.link == CONFIRMED and {row.record, row.origin} & (ends - {ground}):
                    standing[row.id] = row
    return list(standing.values())


def decide_resting(found: Corrections, work: UnitOfWork) -> None:
    """Let what rests on these records be decided on again: as a ground they may be another now."""
    for tag in found.resting.values():
        for link in work.records.linked([(RESTS_ON, tag)], limit=MOST_RESTING):
            decide_again(link.record, link.version, work)
