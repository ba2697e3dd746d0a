"""What is kept of the headers of an answer: every name, and values that tell no secret. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

MASKED: Final = "***"
_SHOWN: Final = frozenset(
    {"content-length", "content-type", "date", "etag", "request-id", "retry-after"}
)
_MOST: Final = 32
_LONGEST_CHARS: Final = 120


def masked(headers: Mapping[str, str]) -> str:
    """Return headers as JSON, the values masked of all but those that help to find a fault."""
    kept = {
        name.lower()[:_LONGEST_CHARS]: (
            value[:_LONGEST_CHARS] if name.lower() in _SHOWN else MASKED
        )
        for name, value in sorted(headers.items())[:_MOST]
    }
    return json.dumps(kept)
