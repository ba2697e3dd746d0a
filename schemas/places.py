"""Which places a record of a type has: for whoever writes down places before there is a record.

Owns walking from a shape to the members below it. A number or a word with a star stands for an
entry of a list. Leaves values to the shapes themselves.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, Final

from schemas.containers import Many, OpenObject, Parameters, Part
from schemas.reading import TYPES
from schemas.record import GATEWAY_MEMBERS
from schemas.shape import Shape, members_of, the

_NEAR_ENOUGH: Final = 0.6  # of the whole place, and of each part that differs
_DEEPEST: Final = 8
_NOT_SUBMITTED: Final = frozenset({*GATEWAY_MEMBERS, "type"})


def types_near(name: str) -> tuple[str, ...]:
    """Return the record types, the nearest to a name alone if there is one; none: it is one."""
    if name in TYPES:
        return ()
    return tuple(difflib.get_close_matches(name, TYPES, n=1)) or tuple(TYPES)


def is_place(record_type: str, pointer: str) -> bool:
    """Return whether records of a type can have a value at a place such as ``/persons/0/dob``."""
    here: Any = the(TYPES[record_type])
    parts = pointer.split("/")[1:]
    if parts[0] in _NOT_SUBMITTED:
        return False
    for part in parts:
        here = _below(here, part)
        if here is None:
            return False
        if isinstance(here, OpenObject | Parameters):
            return True
    return True


def nearest_place(record_type: str, pointer: str) -> str | None:
    """Return the place most like one that records of a type do not have, None if none is.

    Numbers and stars stay as they were written.
    """
    wanted = pointer.split("/")[1:]
    found: tuple[float, Sequence[str]] = (_NEAR_ENOUGH, ())
    for place in _places(the(TYPES[record_type]), wanted, 0):
        found = max(found, (_likeness(place, wanted), place), key=lambda one: one[0])
    return "".join(f"/{part}" for part in found[1]) or None


def _likeness(place: Sequence[str], wanted: Sequence[str]) -> float:
    if len(place) < len(wanted):
        return 0
    if len(place) == len(wanted):
        for one, other in zip(place, wanted, strict=True):
            if one != other and _ratio(one, other) < _NEAR_ENOUGH:
                return 0
    return _ratio("/".join(place), "/".join(wanted))


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _below(here: Any, part: str) -> Any:
    """Return the shape or field one step below, None if there is none."""
    if isinstance(here, Part):
        here = here.schema
    if isinstance(here, Shape):
        return dict(members_of(here)).get(part)
    if isinstance(here, Many):
        return here.inner if _is_entry(part) else None
    return None


def _is_entry(part: str) -> bool:
    return part.isdigit() or part.startswith("*")


def _places(here: Any, wanted: Sequence[str], depth: int) -> Iterator[Sequence[str]]:
    """Yield the places below and this one, an entry of a list as the wanted place writes one."""
    if depth:
        yield ()
    if depth > _DEEPEST:
        return
    for name, below in _steps(here, wanted[depth] if depth < len(wanted) else ""):
        if depth or name not in _NOT_SUBMITTED:
            for place in _places(below, wanted, depth + 1):
                yield (name, *place)


def _steps(here: Any, written: str) -> Iterator[tuple[str, Any]]:
    if isinstance(here, Part):
        here = here.schema
    if isinstance(here, Many):
        yield (written if _is_entry(written) else "0"), here.inner
    elif isinstance(here, Shape):
        yield from members_of(here)
