"""A record in normal form: the frozen type beyond which nothing can be malformed.

Owns what a record *is* inside the gateway. Made only by `core.normalise` (ours) and
`core.arrived` (a partner's text that passed the schema). Bodies are never changed in place.

Stays true:
  * `body` passed the shared schema of its type and version.
  * A rendition with something withheld never contains it anywhere (`without`).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.ids import OrgId, RecordId

# Set by the gateway; the same content means the same normal form without these (records.md).
GATEWAY_MEMBERS: Final = frozenset(
    {"id", "version", "rendition", "nonce", "schema", "originator", "created", "terms"}
)
URGENCIES: Final = ("threat_to_life", "urgent", "priority", "routine")  # stored as 0 to 3


def compact(value: object) -> bytes:
    """Return `value` as JSON on one line: UTF-8, no white space, no byte below 0x20."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def canonical(value: object) -> bytes:
    """Return `value` as `compact` with sorted members: for tags and digests that we compare."""
    return json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True
    ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version of one record, whole, as this gateway holds it."""

    id: RecordId
    version: int
    type: str
    org: OrgId  # the organisation it belongs to here: the originator's, or the sender's
    body: Mapping[str, Any]

    @property
    def provider_ref(self) -> str:
        return str(self.body["provider_ref"])

    @property
    def urgency(self) -> int:
        """0 (threat to life) to 3 (routine)."""
        return URGENCIES.index(self.body.get("risk", {}).get("urgency", "routine"))

    @property
    def governance(self) -> Mapping[str, Any]:
        governance: Mapping[str, Any] = self.body.get("governance", {})
        return governance

    def content(self) -> dict[str, Any]:
        """Return the body without what the gateway sets: what makes two submissions the same."""
        return {name: value for name, value in self.body.items() if name not in GATEWAY_MEMBERS}

    def text(self) -> bytes:
        """Return the record text: one JSON object on one line."""
        return compact(self.body)

    def without(self, pointers: Iterable[str]) -> Record:
        """Return a copy with the members at `pointers` (RFC 6901) removed.

        A pointer to nothing is ignored. Array entries are removed whole; indices always refer
        to the unreduced record.
        """
        body = copy.deepcopy(dict(self.body))
        for parts in sorted((_split(pointer) for pointer in pointers), key=_last_first):
            _remove(body, parts)
        return Record(id=self.id, version=self.version, type=self.type, org=self.org, body=body)


def _split(pointer: str) -> list[str]:
    parts = pointer.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def _last_first(parts: list[str]) -> tuple[list[tuple[int, str]], int]:
    """Order pointers so that later array entries go first and indices stay true."""
    return [(-int(p), "") if p.isdigit() else (0, p) for p in parts], -len(parts)


def _remove(node: Any, parts: list[str]) -> None:
    *way, last = parts
    for part in way:
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return
    if isinstance(node, dict):
        node.pop(last, None)
    elif isinstance(node, list) and last.isdigit() and int(last) < len(node):
        del node[int(last)]
