"""What is held that has an identifier in common with a record, found by the blind index.

Only for our own persons: a partner never learns what was found, or that anything was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import LinkRow, RecordRow

MOST_LINKS = 500  # links of one look; a number shared by more says nothing any more


def alike(
    record: str, org: str, links: Sequence[LinkRow], work: UnitOfWork
) -> Mapping[str, tuple[RecordRow, tuple[str, ...]]]:
    """Return the newest versions that share an identifier, with the kinds of identifier.

    Seen are the records of `org`, and what partners sent; never those of another organisation.
    """
    found: dict[str, set[str]] = {}
    for link in work.records.linked(
        [(one.field, one.tag) for one in links if one.record == record], limit=MOST_LINKS
    ):
        if link.record != record:
            found.setdefault(link.record, set()).add(link.field)
    rows = work.records.newest(sorted(found))
    return {
        id_: (row, tuple(sorted(found[id_])))
        for id_, row in sorted(rows.items())
        if row.text is not None and (row.from_partner is not None or row.org == org)
    }
