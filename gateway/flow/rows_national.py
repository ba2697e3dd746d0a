"""What passes between the gateway and national systems by itself, as frozen rows.

Times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRIED = "tried"  # given once or more, and not taken
ANSWER_OWED = "owed"  # taken; what became of it is still to be said
LAID_OUT = "laid"  # a file was written, and is there until the system has answered


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRow:
    """How far we are in bringing one record or notice to one client; gone once it is settled.

    `about` is a record's id with its `version`, or a notice's id with version 0 and the `partner`
    that gave it. The row of the way itself has none of them: an empty `about`.
    """

    client: str
    about: str
    version: int
    partner: str
    stage: str  # tried | owed | laid
    at: int
    retry_at: int
    failures: int = 0
    outcome: str | None = None  # a status of HTTP, or a code
    name: str | None = None  # of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRow:
    """How one source stands that the gateway looks at by itself."""

    source: str
    since: int  # when it was first looked at
    quiet_ms: int  # silent for longer, it rings; 0: never
    heard_at: int | None = None  # when it last gave something new
    failures: int = 0
    retry_at: int = 0
    outcome: str | None = None  # why it could not be looked at
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedRow:
    """What became of one document of a source, by its digest and name.

    `read_by`: the adapter and the source profile that made it, with their versions.
    """

    source: str
    digest: str
    name: str
    state: str  # done | failed
    size: int
    at: int
    read_by: str
    report: Mapping[str, Any]  # counts, and what is wrong where; nothing of what records say
