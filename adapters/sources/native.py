"""The shared schema itself: one record as JSON, or many as NDJSON.

Owns the division into records; values pass through as they are. What the schema refuses is for
normalisation to name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from adapters.base import AdapterFault, Caps, Draft, SourceUnreadable, TrailStep
from adapters.safe_json import child, lines, load

RULE = "shared-schema"


class NativeAdapter:
    """Reads records written in the shared schema."""

    name = "native"
    version = "1"
    media_types: Sequence[str] = (
        "application/json",
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
    )

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield one draft for a document, or one for each line of NDJSON.

        More than one line that begins an object is NDJSON; a record over several lines is one
        document. A line that cannot be read makes a draft with faults, so that its neighbours
        are not lost with it.
        """
        found = list(lines(raw, caps)) if _is_ndjson(raw) else []
        if len(found) < 2:  # noqa: PLR2004 - one line is one document
            yield _draft(_record(load(raw, caps)), None)
            return
        for number, line in found:
            try:
                yield _draft(_record(load(line, caps)), line)
            except SourceUnreadable as error:
                placed = [_at_line(number, fault) for fault in error.faults]
                yield Draft(body={}, faults=placed, raw=line)


def _is_ndjson(raw: bytes) -> bool:
    """Return whether a second line begins with a brace in its first column, as records do."""
    return raw.lstrip().startswith(b"{") and b"\n{" in raw.lstrip()


def _record(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise SourceUnreadable(
        AdapterFault(
            "",
            "not-an-object",
            "A record is an object.",
            "Send one object, or several as NDJSON with one on each line.",
        )
    )


def _draft(body: dict[str, Any], raw: bytes | None) -> Draft:
    trail = [TrailStep(child("", name), child("", name), RULE) for name in body]
    return Draft(body=body, trail=trail, raw=raw)


def _at_line(number: int, fault: AdapterFault) -> AdapterFault:
    return AdapterFault(f"/{number}{fault.pointer}", fault.code, fault.detail, fault.hint)
