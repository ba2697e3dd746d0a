"""The paths of a mapping: JMESPath, a closed part of it, and where what it finds stands.

Owns what an expression may be made of, and the way back from a value to its place in the source.

Stays true:
  * No expression makes more than it was given by more than a bounded factor: the kinds of node
    that multiply are counted.
  * No function computes a new number: a number in a record is one that stood in the source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from adapters.safe_json import child

MOST_PATH_CHARS: Final = 512
MOST_PATH_DEPTH: Final = 24
MOST_PROJECTIONS: Final = 4
MOST_MULTI_SELECTS: Final = 2
FUNCTIONS: Final = (
    "contains",
    "ends_with",
    "join",
    "keys",
    "length",
    "max_by",
    "min_by",
    "not_null",
    "reverse",
    "sort",
    "sort_by",
    "starts_with",
    "to_array",
    "to_string",
    "type",
    "values",
)
# Only the first child of these is looked up in the value itself.
_FROM_THE_LEFT: Final = frozenset(
    {
        "subexpression",
        "index_expression",
        "projection",
        "filter_projection",
        "value_projection",
        "flatten",
        "pipe",
    }
)
_PROJECTIONS: Final = frozenset({"projection", "filter_projection", "value_projection", "flatten"})
_MULTI_SELECTS: Final = frozenset({"multi_select_list", "multi_select_dict"})
# What JMESPath raises when a function meets a value it was not written for.
UNFIT: Final = (JMESPathError, ValueError, TypeError, AttributeError, KeyError)


class _AsWritten(functions.Functions):
    """The functions of JMESPath, but that no number changes when it becomes a text."""

    @functions.signature({"types": []})
    def _func_to_string(self, value: object) -> object:
        if value is None or isinstance(value, str):
            return value
        written = getattr(value, "written", None)  # of a number with a fraction
        return written if isinstance(written, str) else _AS_TEXT.encode(_told_exactly(value))


def _told_exactly(value: object) -> object:
    """Return a value whose numbers JSON writes as they were written. Raises ValueError."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, float):
            raise ValueError  # noqa: TRY004 - it is one of `UNFIT`
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return value


_AS_TEXT: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_OPTIONS: Final = jmespath.Options(custom_functions=_AsWritten())


class PathRefused(ValueError):
    """The text is no expression that a mapping may have. `hint` says what may stand there."""

    code: ClassVar[str] = "bad-path"

    def __init__(self, detail: str, hint: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Path:
    """One expression. `steps`: names and indices, where it is one plain place and no more."""

    text: str
    parsed: ParsedResult
    steps: tuple[str | int, ...] | None
    reads: frozenset[str]  # top members that it looks at; an empty text: the whole
    names: frozenset[str]  # all members that it names anywhere
    suffix: str | None = None  # of a plain path: its pointer

    @property
    def is_condition(self) -> bool:
        """Whether it is ``a && b``: what stands there only on a condition."""
        return bool(self.parsed.parsed["type"] == "and_expression")

    @property
    def plain(self) -> bool:
        """Whether the path is one place and selects nothing."""
        return self.steps is not None

    def search(self, value: object) -> Any:
        """Return what stands there; raises one of `UNFIT`.

        Where a condition does not hold, nothing stands there.
        """
        if self.steps is None:
            found = self.parsed.search(value, options=_OPTIONS)
            return None if found is False and self.is_condition else found
        for step in self.steps:  # the same as JMESPath finds, sooner
            if isinstance(step, str):
                value = value.get(step) if isinstance(value, dict) else None
            elif isinstance(value, list) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def place(self, within: str) -> str:
        """Return the pointer of what it finds, or the place with the expression behind it."""
        return f"{within}?{self.text}" if self.suffix is None else within + self.suffix


def read_path(text: object) -> Path:
    """Return the path that a text is. Raises PathRefused."""
    if not isinstance(text, str) or not 0 < len(text) <= MOST_PATH_CHARS:
        raise PathRefused(
            "Not a path that can be read.",
            f"Write a JMESPath expression of at most {MOST_PATH_CHARS} characters.",
        )
    try:
        parsed = jmespath.compile(text)
    except (JMESPathError, RecursionError):
        hint = "Names with blanks or capitals beyond A to Z stand in double quotes."
        raise PathRefused("Not a path that can be read.", hint) from None  # it repeats the text
    _demand_bounded(parsed.parsed)
    root = parsed.parsed
    steps = _steps(root)
    return Path(
        text=text,
        parsed=parsed,
        steps=steps,
        reads=frozenset(_reads(root)),
        names=frozenset(_names(root)),
        suffix=None if steps is None else "".join(child("", step) for step in steps),
    )


def _demand_bounded(root: Mapping[str, Any]) -> None:
    projections = selects = 0
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        kind = node["type"]
        projections += kind in _PROJECTIONS
        selects += kind in _MULTI_SELECTS
        if kind == "function_expression" and node["value"] not in FUNCTIONS:
            hint = f"Use a converter, or one of {', '.join(FUNCTIONS)}."
            raise PathRefused("A function that a mapping may not use.", hint)
        if depth > MOST_PATH_DEPTH or projections > 2 * MOST_PROJECTIONS:
            raise PathRefused("Nested too deeply.", "Write it in fewer steps.")
        if selects > MOST_MULTI_SELECTS:
            raise PathRefused(
                f"More than {MOST_MULTI_SELECTS} selections in brackets or braces.",
                "Map the members by fields of their own.",
            )
        waiting += [(one, depth + 1) for one in node["children"]]


def _steps(node: Mapping[str, Any]) -> tuple[str | int, ...] | None:
    kind = node["type"]
    if kind in {"current", "identity"}:
        return ()
    if kind == "field":
        return (str(node["value"]),)
    if kind == "index":
        return (int(node["value"]),) if node["value"] >= 0 else None
    if kind not in {"subexpression", "index_expression"}:
        return None
    steps: tuple[str | int, ...] = ()
    for one in node["children"]:
        found = _steps(one)
        if found is None:
            return None
        steps += found
    return steps


def _reads(node: Mapping[str, Any]) -> Iterator[str]:
    kind = node["type"]
    if kind == "field":
        yield node["value"]
    elif kind in {"identity", "current"}:
        yield ""
    elif kind in _FROM_THE_LEFT:
        yield from _reads(node["children"][0])
    else:
        for one in node["children"]:
            yield from _reads(one)


def _names(node: Mapping[str, Any]) -> Iterator[str]:
    if node["type"] == "field":
        yield node["value"]
    for one in node["children"]:
        yield from _names(one)


def entries(path: Path, value: object, place: str) -> list[tuple[object, str]] | None:
    """Return each entry of the list that a path finds, with the pointer it stands at.

    One object counts as a list of it: many systems write one and many differently. None: there is
    something, and it is no list.
    """
    found = path.search(value)
    if found is None:
        return []
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        return None
    known = _places_of_containers(value, place) if found else {}
    label = path.place(place)
    return [(one, known.get(id(one), child(label, index))) for index, one in enumerate(found)]


class _Unfit(ValueError):
    """A path met a value that one of its functions was not written for, before."""


class Kept:
    """What paths find in one value that many entries look into: looked for once."""

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._entries: dict[str, list[tuple[object, str]] | None] = {}

    def search(self, path: Path, value: object) -> Any:
        """Return what stands there; raises one of `UNFIT`, each time."""
        if path.text not in self._found:
            try:
                self._found[path.text] = path.search(value)
            except UNFIT:
                self._found[path.text] = _Unfit
        found = self._found[path.text]
        if found is _Unfit:
            raise _Unfit
        return found

    def entries(self, path: Path, value: object, place: str) -> list[tuple[object, str]] | None:
        """Return what the function `entries` does."""
        if path.text not in self._entries:
            self._entries[path.text] = entries(path, value, place)
        return self._entries[path.text]


def _places_of_containers(value: object, place: str) -> dict[int, str]:
    """Return the pointer of each object and list by its identity: a path finds them, no copies."""
    places: dict[int, str] = {}
    waiting = [(value, place)]
    while waiting:
        one, here = waiting.pop()
        if isinstance(one, dict):
            places[id(one)] = here
            waiting += [(below, child(here, name)) for name, below in one.items()]
        elif isinstance(one, list):
            places[id(one)] = here
            waiting += [(below, child(here, index)) for index, below in enumerate(one)]
    return places
