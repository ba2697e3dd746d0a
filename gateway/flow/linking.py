"""The blind index: identifiers of records, and what they rest on, as keyed tags.

Stays true:
  * What a notice unlinked from a record is never linked to it again: its mark stands in the way.
  * A person whom a notice took out comes back into no record of that organisation unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.core.facts import rests_on
from gateway.core.leaving_out import SAME_PERSON, marks_in, marks_of_person
from gateway.core.links import RESTS_ON, identifiers
from gateway.core.promotion import EXACT
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
        MarkRow(org=record.org, record=record.id, field=field, tag=tag)
        for (field, _), tag in zip(pairs, tags, strict=True)
    ]


def brings_back(
    records: Sequence[Record], exchange: Exchange, *, elsewhere: bool = True
) -> set[str]:
    """Return the ids of those in which a person stands whom a notice took out before.

    In the same record a name is enough; in another of the same organisation it takes a name with
    birth date and country, or a name and an exact identifier that went with it. Not `elsewhere`:
    only those are returned that come back into the same record.
    """
    orgs = list(dict.fromkeys(str(record.org) for record in records))
    with exchange.store.reading() as work:
        if not work.follow.has_marks(orgs):  # hardly any organisation ever has one
            return set()
    pairs = [(record, field, value) for record in records for field, value in marks_in(record)]
    tags = link_tags([(field, value) for _, field, value in pairs], exchange)
    with exchange.store.reading() as work:
        marked = work.follow.marks_like(orgs, tags)
    held: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for (record, field, _), tag in zip(pairs, tags, strict=True):
        held.setdefault((str(record.org), str(record.id)), set()).add((field, tag))
    return {
        id_
        for (org, id_), its in held.items()
        if _is_back(org, id_, its, marked, elsewhere=elsewhere)
    }


def _is_back(
    org: str,
    record: str,
    its: set[tuple[str, str]],
    marked: Sequence[MarkRow],
    *,
    elsewhere: bool,
) -> bool:
    shared: dict[str, set[str]] = {}
    for mark in marked:
        if mark.org == org and (mark.field, mark.tag) in its:
            shared.setdefault(mark.record, set()).add(mark.field)
    return any(
        bool(fields & _WHOLE_PERSON) if origin == record else elsewhere and _is_same_person(fields)
        for origin, fields in shared.items()
    )


def _is_same_person(fields: set[str]) -> bool:
    return "name_birth_country" in fields or (
        SAME_PERSON in fields and not fields.isdisjoint(EXACT)
    )
