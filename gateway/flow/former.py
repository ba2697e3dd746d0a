"""Whose each version is of a record whose id a person has given to another partner.

Versions keep their author's: the former owner gave those up to the one that was here when the id
was given, and speaks of these alone; the new owner speaks of those that came after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.flow.rows_after import ClaimRow, NoticeRow

ANOTHER_SENDER: Final = "another-sender"  # the id is that of a record which another brought


def author_of(version: int, owner: str | None, given: Sequence[ClaimRow]) -> str:
    """Return who gave this version: `owner` is whose id it is now; empty: we did.

    `given` are the claims by which the id was given away, in that order.
    """
    for one in given:
        if one.given is not None and version <= one.given:
            return one.holder
    return owner or ""


def speaks_of(
    notice: NoticeRow, version: int, owner: str | None, given: Sequence[ClaimRow]
) -> bool:
    """Return whether the version is its author's; what we say ourselves is about all."""
    author = notice.from_partner
    return author is None or author_of(version, owner, given) == author
