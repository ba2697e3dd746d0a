"""Where the values of one record go once it is known which of them there are.

Owns numbering: entries of a list that hold no value are left out and the rest move up, constants
are written only where something else of their entry is, and what points to a part moves with it.
Records that have the same values filled are laid out alike; the layout is kept for the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# One part of a place in the record. An entry of a list: (0, its number, 0), or for a star
# (1, order of the list, number of the entry); so entries that were numbered come first.
Part = str | tuple[int, int, int]
Place = tuple[Part, ...]
_MOST_KEPT: Final = 256  # layouts


@dataclass(slots=True)
class Value:
    """One value for the draft. `field`: which field gave it, if it lies in no list with a star."""

    place: Place
    value: object
    source: str
    rule: str
    constant: bool = False
    part: Place | None = None  # the part that a constant points to
    field: int | None = None


@dataclass(frozen=True, slots=True)
class Laid:
    """Where the value with this number goes, and to which part it points, if to one."""

    number: int
    above: tuple[str | int, ...]
    name: str | int
    pointer: str
    part: str | None


@dataclass(slots=True)
class Layouts:
    """The layouts of one mapping."""

    _kept: dict[tuple[int, ...], list[Laid]] = field(default_factory=dict)

    def of(self, values: Sequence[Value]) -> list[Laid]:
        """Return where each value goes, in the order of the record; some go nowhere."""
        key = tuple([-1 if one.field is None else one.field for one in values])
        if -1 in key:
            return list(_laid(values))
        found = self._kept.get(key)
        if found is None:
            found = list(_laid(values))
            if len(self._kept) < _MOST_KEPT:
                self._kept[key] = found
        return found


class Body:
    """A draft's body being written; entries of a list come in their order."""

    def __init__(self, **members: object) -> None:
        self.members: dict[str, Any] = members
        self._open: dict[tuple[str | int, ...], Any] = {(): self.members}

    def write(self, laid: Laid, value: object) -> None:
        """Write a value at its place; what stands there already stays."""
        node = self._open.get(laid.above)
        if node is None:
            node = self._reach(laid.above, laid.name)
        _set(node, laid.name, value)

    def _reach(self, way: tuple[str | int, ...], following: str | int) -> Any:
        """Return the container at a place, made if there is none; `following` goes into it."""
        above, name = way[:-1], way[-1]
        node = self._open.get(above)
        if node is None:
            node = self._reach(above, name)
        made = _set(node, name, [] if isinstance(following, int) else {})
        self._open[way] = made
        return made


def _set(node: Any, name: str | int, value: object) -> Any:
    if isinstance(name, str):
        return node.setdefault(name, value)
    if name == len(node):
        node.append(value)
    return node[name]


def _laid(values: Sequence[Value]) -> Iterator[Laid]:
    held = {entry for one in values if not one.constant for entry in _entries(one.place)}
    kept = [
        (number, one)
        for number, one in enumerate(values)
        if not one.constant or _is_kept(one, held)
    ]
    numbers = _numbered(held)
    moved = [(_moved(one.place, numbers), number, one) for number, one in kept]
    for way, number, one in sorted(moved, key=lambda found: _order(found[0])):
        part = None if one.part is None else _pointer(_moved(one.part, numbers))
        yield Laid(number, way[:-1], way[-1], _pointer(way), part)


def _is_kept(one: Value, held: set[Place]) -> bool:
    if not set(_entries(one.place)) <= held:
        return False
    return one.part is None or set(_entries(one.part)) <= held


def _entries(place: Place) -> Iterator[Place]:
    """Yield the place of each entry of a list that a place lies in."""
    for index, part in enumerate(place):
        if not isinstance(part, str):
            yield place[: index + 1]


def _numbered(held: set[Place]) -> dict[Place, int]:
    """Return the number of each entry when those without a value are left out."""
    lists: dict[Place, list[Part]] = {}
    for entry in held:
        lists.setdefault(entry[:-1], []).append(entry[-1])
    return {
        (*way, part): number
        for way, parts in lists.items()
        for number, part in enumerate(sorted(parts, key=_rank))
    }


def _rank(part: Part) -> tuple[int, int, int]:
    """Order entries: numbered ones, then those of each star."""
    return part if isinstance(part, tuple) else (0, 0, 0)


def _moved(place: Place, numbers: Mapping[Place, int]) -> tuple[str | int, ...]:
    return tuple(
        part if isinstance(part, str) else numbers[place[: index + 1]]
        for index, part in enumerate(place)
    )


def _order(way: tuple[str | int, ...]) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in way)


def _pointer(way: tuple[str | int, ...]) -> str:
    return "".join(f"/{part}" for part in way)
