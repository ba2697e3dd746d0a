"""The values of one element of an ISO 20022 message, by their way, and what became of each.

Owns how a value is found whatever the version: its *way* is the names from the element down to
it, without those that came or went with a version (`Pty`, `FinInstnId` and others), and ``BIC`` or
``BICFI`` alike. The *path* in trail and losses is the one that the document has.

Elements of one shape share ways and paths, so each shape is worked out once for a document.

Stays true:
  * Every value is used, or left with a reason, or named among the losses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from adapters.base import Loss, TrailStep
from adapters.drafting import NO_PLACE

# Names that a way leaves out: they say nothing, or only some versions have them.
_WRAPPERS: Final = frozenset(
    {"Pty", "FinInstnId", "RltdPties", "RltdAgts", "PmtId", "Refs", "NtryDtls", "TxDtls"}
)
_SAME: Final = {"BICFI": "BIC", "BICOrBEI": "AnyBIC"}
# Why values below elements of these names are left, where nothing of them is used.
_REASONS: Final = {
    "CtctDtls": "contact-dropped",  # of agents and initiators: who works there
    "Bal": "balance",
    "TxsSummry": "totals",
    "Btch": "totals",
    "NbOfTxs": "totals",
    "CtrlSum": "totals",
    "Chrgs": "charges",
    "ChrgsInf": "charges",
}


class Shape:
    """What all elements of one shape have in common: ways and paths of their values."""

    def __init__(self, base: str, ways: list[str], paths: list[str]) -> None:
        self._base = len(base)
        self._paths = paths
        self._steps: dict[tuple[int, str, str], TrailStep] = {}
        self._losses: dict[bytes, tuple[Loss, ...]] = {}
        self._under: dict[str, tuple[int, ...]] = {}
        self._single: dict[tuple[int, str], Loss] = {}
        self.at: dict[str, tuple[int, ...]] = {}
        for index, way in enumerate(ways):
            self.at[way] = (*self.at.get(way, ()), index)
        self.names = frozenset(way[:cut] for way in ways for cut in _cuts(way, 0))

    def path(self, index: int) -> str:
        """Return the path of a value."""
        return self._paths[index]

    def step(self, index: int, target: str, rule: str) -> TrailStep:
        """Return the step of a value to `target`."""
        key = (index, target, rule)
        found = self._steps.get(key)
        if found is None:
            found = self._steps[key] = TrailStep(self._paths[index], target, rule)
        return found

    def loss(self, index: int, code: str) -> Loss:
        """Return the loss of one value."""
        key = (index, code)
        found = self._single.get(key)
        if found is None:
            found = self._single[key] = Loss(self._paths[index], code)
        return found

    def under(self, way: str) -> tuple[int, ...]:
        """Return the places of all values at and below `way`."""
        found = self._under.get(way)
        if found is None:
            below = f"{way}/"
            found = self._under[way] = tuple(
                place
                for one, places in self.at.items()
                if one == way or one.startswith(below)
                for place in places
            )
        return found

    def losses(self, used: bytes) -> tuple[Loss, ...]:
        """Return a loss for each value not used; one for an element of which none was."""
        found = self._losses.get(used)
        if found is None:
            found = self._losses[used] = tuple(dict.fromkeys(self._lost(used)))
        return found

    def _lost(self, used: bytes) -> Iterator[Loss]:
        pairs = list(zip(self._paths, used, strict=True))
        kept = {path[:cut] for path, one in pairs if one for cut in _cuts(path, self._base)}
        for path, one in pairs:
            if not one:
                untouched = [path[:c] for c in _cuts(path, self._base) if path[:c] not in kept]
                yield _loss(untouched)


def _loss(untouched: list[str]) -> Loss:
    """Return the loss of the highest element, or of that whose name says why it is left."""
    for path in untouched:
        name = next((n for n in reversed(path.split("/")) if not n.isdigit()), "")
        if name in _REASONS:
            return Loss(path, _REASONS[name])
    return Loss(untouched[0], NO_PLACE)


def _cuts(path: str, start: int) -> Iterator[int]:
    """Yield the lengths of `path` up to each element below its first `start` characters.

    The number of one of several siblings belongs to the name before it.
    """
    ends = [place for place, char in enumerate(path) if char == "/" and place > start]
    for end in (*ends, len(path)):
        if not path[end + 1 : end + 2].isdigit():
            yield end


class Level:
    """One element being read."""

    __slots__ = ("shape", "texts", "used")

    def __init__(self, shape: Shape, texts: list[str]) -> None:
        self.shape = shape
        self.texts = texts
        self.used = bytearray(len(texts))

    def again(self) -> Level:
        """Return the same element, nothing of it used: for the next record."""
        return Level(self.shape, self.texts)

    def has(self, way: str) -> bool:
        """Return whether anything stands at or below `way`."""
        return way in self.shape.names

    def find(self, way: str) -> int:
        """Return the place of the first value at `way`, -1 where there is none."""
        found = self.shape.at.get(way)
        return -1 if found is None else found[0]

    def peek(self, way: str) -> str:
        """Return the first value at `way`, or nothing; it counts as read only once used."""
        found = self.shape.at.get(way)
        return "" if found is None else self.texts[found[0]]

    def losses(self) -> tuple[Loss, ...]:
        """Return what was not used."""
        return self.shape.losses(bytes(self.used))


class Shapes:
    """The shapes met in one document."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Shape] = {}

    def level(self, element: ET.Element, base: str, without: frozenset[str]) -> Level:
        """Return the values of an element that stands at `base`, children of some names left out.

        Such children are passed over wherever they stand below.
        """
        key: list[object] = [base]
        texts: list[str] = []
        space = element.tag[: -len(local(element.tag))]
        _flatten(element, key, texts, frozenset(space + name for name in without))
        shape = self._known.get(tuple(key))
        if shape is None:
            ways: list[str] = []
            paths: list[str] = []
            _name(element, base, "", without, ways, paths)
            shape = self._known[tuple(key)] = Shape(base, ways, paths)
        return Level(shape, texts)


def _flatten(
    element: ET.Element, key: list[object], texts: list[str], without: frozenset[str]
) -> None:
    """Write what makes the shape, and the values in the order in which `_name` names them.

    Depth was bounded when the element was parsed.
    """
    for name, value in element.items():
        key.append(name)
        texts.append(value.strip())
    if len(element):
        for one in element:
            tag = one.tag
            if tag not in without:
                key.append(tag)
                _flatten(one, key, texts, without)
    else:
        text = (element.text or "").strip()
        if text:
            key.append(1)
            texts.append(text)
    key.append(0)


def _name(
    element: ET.Element,
    path: str,
    way: str,
    without: frozenset[str],
    ways: list[str],
    paths: list[str],
) -> None:
    for name in element.attrib:
        ways.append(f"{way}/@{local(name)}".lstrip("/"))
        paths.append(f"{path}/@{local(name)}")
    if len(element) == 0:
        if (element.text or "").strip():
            ways.append(way)
            paths.append(path)
        return
    tags = [local(one.tag) for one in element]
    total, seen = Counter(tags), Counter[str]()
    for tag, one in zip(tags, element, strict=True):
        place = f"{path}/{tag}"
        if total[tag] > 1:
            place = f"{place}/{seen[tag]}"
            seen[tag] += 1
        if tag in without:
            continue
        below = way if tag in _WRAPPERS else f"{way}/{_SAME.get(tag, tag)}".lstrip("/")
        _name(one, place, below, without, ways, paths)


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition("}")[2]
