"""Whether a text that shall speak of nobody has an identifier in it that is held already.

Asked of the blind index, for knowledge products only. What another organisation of this gateway
holds is not looked at: a refusal would tell that it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.core.naming import MOST_CANDIDATES, WITHOUT_PERSONS, candidates
from gateway.core.record import Record
from gateway.flow.exchange import Exchange
from gateway.flow.linking import link_tags
from gateway.flow.matching import MOST_LINKS, sees
from gateway.flow.ports import UnitOfWork

_AT_ONCE: Final = 200  # tags in one look at the index
_WORDS: Final[Mapping[str, str]] = {
    "account": "the number of an account",
    "handle": "a handle",
    "device": "the id of a device",
    "case_ref": "the number of a case",
}

Pair = tuple[str, str]


def told_of(
    records: Sequence[Record], exchange: Exchange
) -> Mapping[tuple[str, int], tuple[str, ...]]:
    """Return by record version what is held and where it stands. No unit of work may be open."""
    return {
        (str(record.id), record.version): found
        for record in records
        if record.type in WITHOUT_PERSONS and (found := _told_of(record, exchange))
    }


def _told_of(record: Record, exchange: Exchange) -> tuple[str, ...]:
    words = candidates(record.body)
    if len(words) > MOST_CANDIDATES:
        return ("more that may be an identifier than is looked up at /text",)
    tags = link_tags([(field, value) for _, field, value in words], exchange)
    pairs = [(field, tag) for (_, field, _), tag in zip(words, tags, strict=True)]
    with exchange.store.reading() as work:
        known = _known(pairs, record, exchange, work)
    return tuple(
        dict.fromkeys(
            f"{_WORDS[pair[0]]} that is held here at {place}"
            for (place, _, _), pair in zip(words, pairs, strict=True)
            if pair in known
        )
    )


def _known(
    pairs: Sequence[Pair], record: Record, exchange: Exchange, work: UnitOfWork
) -> set[Pair]:
    """Return those of `pairs` that a record has which the submitter's organisation sees."""
    wanted = list(dict.fromkeys(pairs))
    links = [
        link
        for at in range(0, len(wanted), _AT_ONCE)
        for link in work.records.linked(wanted[at : at + _AT_ONCE], limit=MOST_LINKS)
    ]
    if not links:
        return set()
    configuration = exchange.configuration(work)
    rows = work.records.newest(sorted({link.record for link in links}))
    seen = {id_ for id_, row in rows.items() if sees(str(record.org), row, configuration, work)}
    return {(link.field, link.tag) for link in links if link.record in seen}
