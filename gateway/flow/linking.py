"""The blind index: identifiers of records, and what they rest on, as keyed tags.

Stays true:
  * What a notice unlinked from a record is never linked to it again: its mark stands in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.core.facts import rests_on
from gateway.core.leaving_out import SAME_PERSON, marks_in, marks_of_person
from gateway.core.links import RESTS_ON, identifiers
from gateway.core.record import Record
from gateway.flow.exchange import Exchange
from gateway.flow.rows import LinkRow
from gateway.flow.rows_after import MarkRow

_WHOLE_PERSON = frozenset({SAME_PERSON, "name_birth_country"})


def link_rows(records: Iterable[Record], exchange: Exchange) -> list[LinkRow]:
    """Return the links of these records, marked ones left out."""
    wanted = list(records)
    found = [(record, *pair) for record in wanted for pair in identifiers(record)]
    found += [(record, RESTS_ON, source) for record in wanted for source in rests_on(record)]
    tags = link_tags([(field, value) for _, field, value in found], exchange)
    with exchange.store.reading() as work:
        marks = {
            (mark.record, mark.field, mark.tag)
            for mark in work.follow.marks([record.id for record in wanted])
        }
    rows = [
        LinkRow(field=field, tag=tag, record=record.id, version=record.version)
        for (record, field, _), tag in zip(found, tags, strict=True)
        if (str(record.id), field, tag) not in marks
    ]
    return list(dict.fromkeys(rows))


def link_tags(pairs: Sequence[tuple[str, str]], exchange: Exchange) -> list[str]:
    """Return the tag of each (field, value), as it stands in a link or a mark."""
    return exchange.vault.tags("link", [f"{field}\x1f{value}".encode() for field, value in pairs])


def mark_rows(record: Record, person: str, exchange: Exchange) -> list[MarkRow]:
    """Return the marks that keep this person from coming back to this record."""
    pairs = marks_of_person(record, person)
    tags = link_tags(pairs, exchange)
    return [
        MarkRow(record=record.id, field=field, tag=tag)
        for (field, _), tag in zip(pairs, tags, strict=True)
    ]


def brings_back(records: Sequence[Record], exchange: Exchange) -> set[str]:
    """Return the ids of those in which a person stands whom a notice took out before."""
    with exchange.store.reading() as work:
        marks = {
            (mark.record, mark.field, mark.tag)
            for mark in work.follow.marks([record.id for record in records])
            if mark.field in _WHOLE_PERSON
        }
    if not marks:
        return set()
    pairs = [(record, pair) for record in records for pair in marks_in(record)]
    tags = link_tags([pair for _, pair in pairs], exchange)
    return {
        str(record.id)
        for (record, (field, _)), tag in zip(pairs, tags, strict=True)
        if (str(record.id), field, tag) in marks
    }
