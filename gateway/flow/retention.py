"""How long a record is kept: its review and erase dates as rows have them.

Owns reading them from governance and terms. Leaves to `expire` that they are kept to.
"""

from __future__ import annotations

from typing import TypedDict

from gateway.core.moments import moment
from gateway.core.record import Record


class Dates(TypedDict):
    """Milliseconds since 1970; None: no such date was set."""

    review_by: int | None
    erase_by: int | None


def keeping_dates(record: Record) -> Dates:
    """Return the dates of a record; who received it keeps it no longer than its terms allow."""
    governance = record.governance
    terms = record.body.get("terms") or {}
    ends = [moment(governance.get("erase_by")), moment(terms.get("keep_until"))]
    return Dates(
        review_by=moment(governance.get("review_by")),
        erase_by=min((end for end in ends if end is not None), default=None),
    )
