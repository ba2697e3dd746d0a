"""Versions of the shared schema: name@major.minor, and which of them we can read.

A minor version only adds optional members: a reader of an older minor ignores what it does not
know (the signed text is kept whole). A major version we do not know is refused.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from schemas.faults import SchemaError

# Type → (major, minor) that this release writes; it reads every minor of that major.
WRITTEN: Final[dict[str, tuple[int, int]]] = {
    "case": (1, 0),
    "financial_signal": (1, 0),
    "hosting_report": (1, 0),
    "request": (1, 0),
    "answer": (1, 0),
    "refusal": (1, 0),
    "consent_request": (1, 0),
    "consent": (1, 0),
    "outcome": (1, 0),
    "knowledge_product": (1, 0),
    "operation": (1, 0),
}
_GRAMMAR = re.compile(r"([a-z_]{1,48})@(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})")


class Reading(Enum):
    """How far we can read a version."""

    WHOLE = "whole"
    NEWER_MINOR = "newer-minor"
    UNKNOWN = "unknown"


def written() -> str:
    """Return what this release writes, as a header says it: ``answer@1.0, case@1.0``."""
    return ", ".join(current(kind) for kind in sorted(WRITTEN))


def current(kind: str) -> str:
    """Return the version that this release writes, e.g. ``case@1.0``. Raises SchemaError."""
    if kind not in WRITTEN:
        raise SchemaError("type-unknown", "There is no such record type.")
    major, minor = WRITTEN[kind]
    return f"{kind}@{major}.{minor}"


def readable(schema: str) -> Reading:
    """Return how far we can read a document of version `schema`."""
    found = _GRAMMAR.fullmatch(schema)
    if found is None or found[1] not in WRITTEN:
        return Reading.UNKNOWN
    major, minor = WRITTEN[found[1]]
    if int(found[2]) != major:
        return Reading.UNKNOWN
    return Reading.NEWER_MINOR if int(found[3]) > minor else Reading.WHOLE
