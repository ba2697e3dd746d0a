"""The shared schema itself: one JSON object, or one a line (NDJSON).

Nothing is mapped, so a draft has no trail of its own: what normal forms change is noted by
`core.normalise`. Each line is an original of its own, so one bad line stops no other.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters import safe_json
from adapters.base import AdapterFault, Caps, Draft, SourceUnmapped, SourceUnreadable


class NativeAdapter:
    """Reads the shared schema as JSON or NDJSON."""

    name = "native"
    version = "1"
    media_types = ("application/json", "application/x-ndjson")

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield one draft per object. Raises SourceUnreadable.

        With several lines, one that is not readable becomes a draft with its faults: it is refused
        while the others go on.
        """
        if not _is_ndjson(raw):
            yield _draft(safe_json.load(raw, caps), None)
            return
        for number, line in safe_json.lines(raw, caps):
            try:
                yield _draft(safe_json.load(line, caps), line)
            except SourceUnreadable as refused:
                faults = [
                    AdapterFault(f"/{number}{f.pointer}", f.code, f.detail, f.hint)
                    for f in refused.faults
                ]
                yield Draft(body={}, raw=line, faults=faults, unreadable=True)


def _is_ndjson(raw: bytes) -> bool:
    """Return whether the first of several lines is a whole object: not one pretty-printed value."""
    first, _, rest = raw.lstrip().partition(b"\n")
    first = first.strip()
    return bool(rest.strip()) and first.startswith(b"{") and first.endswith(b"}")


def _draft(body: object, raw: bytes | None) -> Draft:
    if not isinstance(body, dict):
        raise SourceUnmapped(
            AdapterFault(
                "", "not-an-object", "a record is a JSON object", "send one object, or one a line"
            )
        )
    return Draft(body=body, raw=raw)
