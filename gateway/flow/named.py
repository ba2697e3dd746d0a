"""Find records as people name them: by the reference of their own system, and in a list.

Leaves to others: what is shown of one (`look`). No content is read: a reference is looked up by its
keyed tag, and a list tells what stands beside a record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.core.errors import Conflict, NotFound
from gateway.core.ids import is_record_id
from gateway.flow.exchange import Exchange
from gateway.flow.look import summary
from gateway.flow.rows import RecordRow

PAGE: Final = 500  # read at a time
MOST_READ: Final = 20_000  # of one list: what is older is found from its cursor on

Json = dict[str, Any]


class ReferenceAmbiguous(Conflict):
    """Several records have this reference; the faults name them."""

    code: ClassVar[str] = "reference-ambiguous"
    advice: ClassVar[str] = "Give the id of the one that is meant: gateway records show ID."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records a list is of; times in milliseconds since 1970, the end not part of it."""

    type: str | None = None
    source: str | None = None
    since: int | None = None
    until: int | None = None


def record_named(text: str, exchange: Exchange, *, org: str | None = None) -> str:
    """Return the id of the record that `text` names: an id, or the reference of its source.

    With an `org`, references of its own sources alone are looked up; an id is taken as it is.
    Raises NotFound, ReferenceAmbiguous.
    """
    if is_record_id(text):
        return text
    with exchange.store.reading() as work:
        sources = exchange.configuration(work).sources
    places = [
        (str(body["org"]), name)
        for name, body in sources.items()
        if org is None or body["org"] == org
    ]
    tags = exchange.vault.tags("ref", ["\x1f".join((*place, text)).encode() for place in places])
    with exchange.store.reading() as work:
        rows = work.records.by_ref([(*one, tag) for one, tag in zip(places, tags, strict=True)])
    found = sorted({row.id for row in rows.values()})
    if not found:
        raise NotFound("no record has this id, nor this reference in any source")
    if len(found) > 1:
        raise ReferenceAmbiguous(f"records with this reference: {', '.join(found)}")
    return found[0]


def listed(
    wanted: Wanted, before: str, limit: int, exchange: Exchange
) -> tuple[list[Json], str | None]:
    """Return own current records, newest first, and the cursor from which it goes on.

    An empty `before` begins with the newest. The page can be short, with a cursor, where few of
    many are wanted.
    """
    found: list[Json] = []
    last = before
    for read, row in enumerate(_newest_first(before, exchange), start=1):
        last = row.id
        if _fits(row, wanted):
            found.append(summary(row))
        if len(found) == limit or read == MOST_READ:
            return found, last
    return found, None


def _newest_first(before: str, exchange: Exchange) -> Iterator[RecordRow]:
    while True:
        with exchange.store.reading() as work:
            rows = work.records.latest(None, before=before, limit=PAGE)
        yield from rows
        if len(rows) < PAGE:
            return
        before = rows[-1].id


def _fits(row: RecordRow, wanted: Wanted) -> bool:
    return (
        wanted.type in (None, row.type)
        and wanted.source in (None, row.source)
        and (wanted.since is None or row.received_at >= wanted.since)
        and (wanted.until is None or row.received_at < wanted.until)
    )
