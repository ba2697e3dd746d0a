"""One record has to be decided on again, without any change of configuration.

Shared by whatever changes what is known about one record: an approval, a notice, a consent that
ends. Called inside the commit of that act; `reconsider` then decides.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.flow.ports import UnitOfWork

NEVER = 0  # an epoch before the first: what was decided then is decided again


def decide_again(record: str, version: int, work: UnitOfWork) -> None:
    """Let every decision about this record version count as older than any configuration.

    What is due is decided on again by `seal`, whose work under way is thrown away; what is sealed
    waits until `reconsider` has confirmed its envelope, or marks it for its void.
    """
    releases = [row for row in work.releases.of_record(record) if row.version == version]
    for state in ("due", "held", "refused"):
        waiting = [replace(row, epoch=NEVER) for row in releases if row.state == state]
        work.releases.replace(waiting, expect=state)
    for id_ in dict.fromkeys(row.envelope for row in releases if row.state == "sealed"):
        envelope = work.envelopes.get(id_) if id_ else None
        if envelope is not None and envelope.state in ("sealed", "handed"):
            work.envelopes.replace([replace(envelope, epoch=NEVER)], expect=[envelope.state])
