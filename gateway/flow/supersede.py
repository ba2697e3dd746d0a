"""One version of a record stops being the one that leaves: shared by correction and withdrawal."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.lifecycle import step
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ReleaseRow


def supersede(record: str, version: int, work: UnitOfWork, *, event: str = "supersede") -> None:
    """Move the version on and stop what has not left: no release of it is sealed any more.

    Releases still inside the gateway are withdrawn; open envelopes that hold one are marked, so
    that `seal` voids them.
    """
    row = next(iter(work.records.get([(record, version)])), None)
    if row is None:
        return
    work.records.set_state(record, version, step("record", row.state, event))
    releases = [
        row for row in work.releases.of_record(record) if row.version == version and not row.notice
    ]
    for state in ("due", "held", "refused"):
        waiting = [release for release in releases if release.state == state]
        work.releases.replace(
            [replace(row, state=step("release", row.state, "withdraw")) for row in waiting],
            expect=state,
        )
    mark_envelopes([row for row in releases if row.state == "sealed"], work, code="withheld")


def mark_envelopes(releases: list[ReleaseRow], work: UnitOfWork, *, code: str) -> int:
    """Mark the open envelopes that hold these releases; return how many were marked."""
    marked = 0
    for id_ in dict.fromkeys(row.envelope for row in releases if row.envelope):
        envelope = work.envelopes.get(id_)
        if envelope is not None and envelope.state in ("sealed", "handed"):
            marked += work.envelopes.replace(
                [replace(envelope, marked=code)], expect=["sealed", "handed"]
            )
    return marked
