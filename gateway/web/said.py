"""What a person says in a small JSON object: which members a call takes, and of what kind.

Only the kind of each value is checked here; what it means is for the record that is made of it,
whose faults are told all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.core.errors import Fault
from gateway.core.ids import MalformedId, parse_record_id
from gateway.flow.requests import Place
from gateway.web import asked

_MOST_BYTES: Final = 64 * 1024
_MOST_ENTRIES: Final = 256


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_texts(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= _MOST_ENTRIES
        and all(isinstance(one, str) for one in value)
    )


def _is_records(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MOST_ENTRIES and all(map(_is_record, value))


def _is_record(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(parse_record_id(value))
    except MalformedId:
        return False


Kind = tuple[str, Callable[[object], bool], dict[str, Any]]
TEXT: Final[Kind] = ("a text", _is_text, {"type": "string"})
NUMBER: Final[Kind] = ("a whole number", _is_number, {"type": "integer", "minimum": 0})
FLAG: Final[Kind] = ("true or false", _is_flag, {"type": "boolean"})
OBJECT: Final[Kind] = ("an object", _is_object, {"type": "object"})
TEXTS: Final[Kind] = (
    "a list of texts",
    _is_texts,
    {"type": "array", "items": {"type": "string"}, "maxItems": _MOST_ENTRIES},
)
RECORDS: Final[Kind] = (
    "a list of record ids",
    _is_records,
    {"type": "array", "items": {"type": "string"}, "maxItems": _MOST_ENTRIES},
)


def said(known: Mapping[str, Kind], *needed: str, most_bytes: int = _MOST_BYTES) -> dict[str, Any]:
    """Return the body of this request. Raises RequestMalformed with all that is wrong."""
    given = asked.small_object(most_bytes)
    faults = [
        Fault(f"/{name}" if name.isidentifier() else "", "unknown-member", "no such member here")
        for name in given
        if name not in known
    ]
    faults += [
        Fault(f"/{name}", "wrong-type", f"{known[name][0]} is needed here")
        for name, value in given.items()
        if name in known and value is not None and not known[name][1](value)
    ]
    faults += [
        Fault(f"/{name}", "missing", "this member is needed")
        for name in needed
        if given.get(name) is None
    ]
    if faults:
        raise asked.RequestMalformed("the body is not what this call takes", faults=(*faults,))
    return {name: value for name, value in given.items() if value is not None}


def described(known: Mapping[str, Kind], *needed: str) -> dict[str, Any]:
    """Return the same as the `requestBody` of a call."""
    shape: dict[str, Any] = {
        "type": "object",
        "properties": {name: dict(kind[2]) for name, kind in known.items()},
        "additionalProperties": False,
    }
    if needed:
        shape["required"] = list(needed)
    return {"required": True, "content": {"application/json": {"schema": shape}}}


def place() -> Place:
    """Return where the page before ended."""
    given = asked.cursor()
    if not given:
        return (0, "", "")
    due, _, rest = given.partition(" ")
    record, _, partner = rest.partition(" ")
    if not due.isdigit() or not _is_record(record) or not partner:
        raise asked.RequestMalformed("after: not a cursor that this gateway gave")
    return (int(due), record, partner)


def as_place(following: Place | None) -> str | None:
    """Return a place as a cursor."""
    return None if following is None else asked.as_cursor(" ".join(map(str, following)))
