"""The native rendering: the record as it came, behind its terms. Nothing is lost."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from adapters.base import Handed, Rendered


@dataclass(frozen=True)
class NativeJson:
    """Writes JSON whose first members are the terms."""

    name: str = "native"
    media_type: str = "application/json"
    holds_terms: bool = True

    def render(self, handed: Handed) -> Rendered:
        """Write it."""
        written = {
            "terms_in_words": list(handed.terms_in_words),
            "terms": handed.terms,
            "record": handed.record,
            "version": handed.version,
            "type": handed.type,
            "from": handed.sender,
            "urgency": handed.urgency,
            "body": handed.body,
        }
        return Rendered(json.dumps(written, ensure_ascii=False).encode())


NATIVE_JSON: Final = NativeJson()
