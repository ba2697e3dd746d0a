"""What is held that has an identifier in common with a record, found by the blind index.

Only for our own persons: a partner never learns what was found, or that anything was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.core.links import RESTS_ON
from gateway.flow.configuration import Configuration
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import InboxRow, LinkRow, RecordRow

MOST_LINKS = 500  # links of one look; a number shared by more says nothing any more


def sees(org: str, row: RecordRow, configuration: Configuration, work: UnitOfWork) -> bool:
    """Return whether a record is this organisation's: its own, or given to one of its clients.

    Where a gateway serves one organisation only, what partners sent is that one's.
    """
    if row.from_partner is None:
        return row.org == org
    if list(configuration.organisations) == [org]:
        return True
    clients = [name for name, body in configuration.clients.items() if body["org"] == org]
    given = [work.arrivals.inbox_of(name, row.id, row.version) for name in clients]
    # What others keep for a court is withdrawn from everybody else.
    return any(one is not None and one.state != "withdrawn" for one in given)


def is_shut(entry: InboxRow, row: RecordRow) -> bool:
    """Return whether a record was withdrawn from a client and is here for others still."""
    return entry.state == "withdrawn" and row.text is not None


def alike(
    record: str,
    org: str,
    links: Sequence[LinkRow],
    configuration: Configuration,
    work: UnitOfWork,
) -> Mapping[str, tuple[RecordRow, tuple[str, ...]]]:
    """Return the newest versions that share an identifier, with the kinds of identifier.

    Never what only another organisation of this gateway sees.
    """
    found: dict[str, set[str]] = {}
    for link in work.records.linked(
        [(one.field, one.tag) for one in links if one.record == record and one.field != RESTS_ON],
        limit=MOST_LINKS,
    ):
        if link.record != record:
            found.setdefault(link.record, set()).add(link.field)
    rows = work.records.newest(sorted(found))
    return {
        id_: (row, tuple(sorted(found[id_])))
        for id_, row in sorted(rows.items())
        if row.text is not None and sees(org, row, configuration, work)
    }
