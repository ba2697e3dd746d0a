"""A copy that comes by other hands than the one that is here: the originator's, or another's.

What the originator said to whom the former came by, for copies by that one's hands alone, holds
for this one no more. A copy that is here stays as it is, and counts as the originator's if that
brings it itself; one that only such a notice removed is taken in anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.flow.aftermath import Aftermath, placed
from gateway.flow.arriving_notices import Known
from gateway.flow.arriving_records import Accepted
from gateway.flow.exchange import Exchange
from gateway.flow.origin import Origin
from gateway.flow.own_systems import lifted
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ArrivalRow, RecordRow
from gateway.flow.rows_after import NoticeRow


@dataclass(frozen=True, slots=True)
class Direct:
    """What one commit writes over a copy that came by other hands."""

    after: Aftermath
    anew: Sequence[tuple[str, int]] = ()  # versions that were taken in once more

    def write(self, work: UnitOfWork) -> None:
        """Write it. Raises StaleDecision if the record has changed meanwhile."""
        self.after.write(work)
        for row in self.after.rewritten:
            for entry in work.arrivals.inbox_of_record(row.id):
                goes_on = lifted(row, entry) if entry.version == row.version else None
                if goes_on is not None:
                    work.arrivals.replace_inbox([goes_on], expect=[entry.state])


def write_all(changes: Iterable[Direct], work: UnitOfWork) -> None:
    """Write these. Raises StaleDecision if a record has changed meanwhile."""
    for one in changes:
        one.write(work)


def by_other_hands(one: Accepted, held: Sequence[RecordRow]) -> RecordRow | None:
    """Return the copy of this version that another passed on to us, if its originator brings it."""
    if one.origin.via is not None:
        return None
    same = [row for row in held if row.version == one.record.version and row.via is not None]
    return next(iter(same), None)


def is_removed_elsewhere(copy: RecordRow, origin: Origin, notices: Sequence[NoticeRow]) -> bool:
    """Return whether what was said to others alone removed this copy, or a person in it.

    Others than those by whose hands it comes now, as `origin` says.
    """
    if copy.data_key is not None and any(one.keeps and one.reaches(copy) for one in notices):
        return False  # a court needs it as it is
    coming = replace(copy, via=origin.via, brought_by=origin.brought_by)
    taking = [one for one in notices if one.state == "applied" and one.takes(copy.version)]
    if origin.via is not None:  # what is meant for it anyway leaves no more of it than is here
        taking = [one for one in taking if one.person is None or not one.reaches(coming)]
    whole = [one for one in taking if one.person is None]
    meant = any(one.via and one.reaches(copy) and not one.reaches(coming) for one in taking)
    return meant and not any(one.reaches(coming) for one in whole)


def now_direct(copy: RecordRow, arrival: ArrivalRow, known: Known, exchange: Exchange) -> Direct:
    """Return what changes for a copy that is here."""
    versions = known.versions[copy.id]
    author = copy.from_partner
    notices = [
        one
        for one in known.notices.get(copy.id, [])
        if one.from_partner == author or one.org is not None  # whoever keeps it keeps it still
    ]
    direct = replace(copy, via=None, brought_by=None, statement=arrival.id)
    moved = placed(direct, notices, versions[-1].version, exchange)
    known.versions[copy.id] = [moved if one.version == copy.version else one for one in versions]
    keeps = frozenset(one.id for one in notices if one.org is not None)
    return Direct(Aftermath("", read=versions, keeps=keeps, rewritten=[moved]))


def taken_anew(row: RecordRow, known: Known) -> Direct:
    """Return what writes a copy over what was left of the one by other hands."""
    versions = known.versions[row.id]
    keeps = frozenset(one.id for one in known.notices.get(row.id, []) if one.org is not None)
    after = Aftermath("", read=versions, keeps=keeps, rewritten=[row])
    after.unlinked.append((row.id, row.version))
    after.dead_keys += [
        one.data_key for one in versions if one.version == row.version and one.data_key is not None
    ]
    return Direct(after, anew=[(row.id, row.version)])
