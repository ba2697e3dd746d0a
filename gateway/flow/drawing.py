"""An answer drawn from records that are held: their parts, with pointers counted anew.

The answer rests on them (`derived_from`), so every rule about what they rest on holds for it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.record import Record
from schemas.subjects import Subjects

Json = dict[str, Any]


def drawn_from(records: Sequence[Record]) -> Json:
    """Return the parts of these records as members of an answer, and what it rests on."""
    parts: dict[str, list[Any]] = {}
    for record in records:
        offsets = {name: len(parts.get(name, ())) for name in Subjects.parts}
        targets = {
            target: _moved(target, offsets)
            for _, target in record.references()
            if _part_of(target) in offsets
        }
        for name in Subjects.parts:
            for part in record.body.get(name) or ():
                if name == "relations" and not {part.get("from"), part.get("to")} <= targets.keys():
                    continue  # an end of it has no place in an answer
                parts.setdefault(name, []).append(_counted_anew(part, targets))
    drawn: Json = {name: entries for name, entries in parts.items() if entries}
    if records:
        drawn["derived_from"] = [record.id for record in records]
    return drawn


def _part_of(pointer: str) -> str:
    return pointer.split("/")[1]


def _moved(pointer: str, offsets: Mapping[str, int]) -> str:
    _, name, index = pointer.split("/")[:3]
    return f"/{name}/{int(index) + offsets[name]}"


def _counted_anew(node: Any, targets: Mapping[str, str]) -> Any:
    """Return a part with its pointers moved."""
    if isinstance(node, str):
        return targets.get(node, node)
    if isinstance(node, dict):
        return {name: _counted_anew(value, targets) for name, value in node.items()}
    if isinstance(node, list):
        return [_counted_anew(value, targets) for value in node]
    return node
