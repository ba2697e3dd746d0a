"""The form of a declared mapping: read once, checked whole, all mistakes at once.

Owns what a mapping may say. Leaves applying it to `declared`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from adapters import safe_csv
from adapters.base import AdapterFault
from adapters.safe_json import child
from adapters.sources.converters import CONVERTERS, MOST_ARGUMENT_CHARS, is_argument

FORMATS: Final = ("csv", "json", "ndjson")
MOST_FIELDS: Final = 500
MOST_PATH_CHARS: Final = 512
MOST_LOOKUPS: Final = 2_000
MOST_CONVERTERS: Final = 8
_MEMBERS: Final = ("format", "type", "records", "csv", "fields", "title", "owner")
_FIELD_MEMBERS: Final = ("path", "convert", "lookup", "required", "on_error", "const")
_CSV_MEMBERS: Final = ("delimiter", "quote", "encoding", "columns")
_TARGET: Final = re.compile(r"(?:/(?:[a-z][a-z0-9_]{0,63}|[0-9]{1,3})){1,12}")
# Only the first child of these is looked up in the record itself.
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
_SIMPLE: Final = frozenset({"field", "subexpression", "index", "index_expression"})


class MappingInvalid(ValueError):
    """The mapping has mistakes; `faults` has all of them."""

    code: ClassVar[str] = "mapping-invalid"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__(f"{len(faults)} mistakes in the mapping")
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One field of the draft: where its value comes from. `path` None: a constant."""

    order: int
    target: str
    path: ParsedResult | None = None
    expression: str = ""
    pointer: str | None = None  # of the path, where that is one plain place
    reads: frozenset[str] = frozenset()  # top members that the path looks at
    convert: tuple[tuple[str, str], ...] = ()
    lookup: Mapping[str, Any] | None = None
    required: bool = False
    drops: bool = False  # a value that does not fit is a loss, no fault
    const: object = None

    @property
    def rule(self) -> str:
        """Name of the rule for the trail."""
        if self.path is None:
            return "constant"
        names = [f"{name}:{argument}" if argument else name for name, argument in self.convert]
        return "+".join([*names, *(["lookup"] if self.lookup is not None else [])]) or "as-is"


@dataclass(frozen=True, slots=True)
class Records:
    """Where the records of a JSON document are."""

    path: ParsedResult
    pointer: str | None


@dataclass(frozen=True, slots=True)
class MappingForm:
    """A mapping without mistakes."""

    format: str
    type: str
    records: Records | None
    dialect: safe_csv.Dialect
    fields: tuple[Mapped, ...]


def read_mapping(mapping: Mapping[str, object]) -> MappingForm:
    """Return a mapping, checked. Raises MappingInvalid with all mistakes."""
    reading = _Reading()
    form = reading.form(mapping)
    if reading.faults:
        raise MappingInvalid(*reading.faults)
    return form


class _Reading:
    """One mapping being checked."""

    def __init__(self) -> None:
        self.faults: list[AdapterFault] = []

    def _fault(self, pointer: str, code: str, detail: str, hint: str) -> None:
        self.faults.append(AdapterFault(pointer, code, detail, hint))

    def form(self, mapping: Mapping[str, object]) -> MappingForm:
        self._known(mapping, _MEMBERS, "")
        fields = mapping.get("fields")
        found: list[Mapped] = []
        if not isinstance(fields, Mapping) or not 0 < len(fields) <= MOST_FIELDS:
            hint = f"Write [fields] with 1 to {MOST_FIELDS} entries."
            self._fault("/fields", "required", "A mapping needs fields.", hint)
        else:
            for order, (target, body) in enumerate(fields.items()):
                found.extend(self._field(order, str(target), body))
            self._clashes([one.target for one in found])
        form = self._choice(mapping, "format", FORMATS)
        return MappingForm(
            format=form,
            type=self._type(mapping),
            records=self._records(mapping, form),
            dialect=self._dialect(mapping, form),
            fields=tuple(found),
        )

    def _known(self, table: Mapping[str, object], members: tuple[str, ...], place: str) -> None:
        for name in table:
            if name not in members:
                near = difflib.get_close_matches(str(name)[:64], members, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(members)}."
                self._fault(child(place, name), "unknown-field", "Not a setting here.", hint)

    def _choice(self, table: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> str:
        value = table.get(name)
        if value not in allowed:
            hint = f"One of {', '.join(allowed)}."
            self._fault(f"/{name}", "not-in-list", "Not a value for this setting.", hint)
        return str(value)

    def _type(self, mapping: Mapping[str, object]) -> str:
        value = mapping.get("type")
        if not isinstance(value, str) or not re.fullmatch("[a-z_]{1,64}", value):
            hint = "Name a record type of the shared schema, e.g. case."
            self._fault("/type", "required", "A mapping makes records of one type.", hint)
        return str(value)

    def _records(self, mapping: Mapping[str, object], form: str) -> Records | None:
        text = mapping.get("records")
        if text is None:
            return None
        if form != "json":
            hint = "Rows and lines are records by themselves; leave `records` out."
            self._fault("/records", "contradiction", "Only for the format json.", hint)
            return None
        path = self._path(text, "/records")
        pointer = _pointer(path.parsed) if path else None
        if path and pointer is None and path.parsed["type"] == "projection":
            inner = path.parsed["children"][0]
            pointer = _pointer(inner["children"][0]) if inner["type"] == "flatten" else None
        return Records(path, pointer) if path else None

    def _dialect(self, mapping: Mapping[str, object], form: str) -> safe_csv.Dialect:
        table = mapping.get("csv", {})
        if not isinstance(table, Mapping) or (table and form != "csv"):
            hint = "Write [csv] in a mapping of format csv."
            self._fault("/csv", "contradiction", "Settings of CSV.", hint)
            return safe_csv.Dialect()
        self._known(table, _CSV_MEMBERS, "/csv")
        chosen: dict[str, Any] = {}
        for name, allowed in (
            ("delimiter", safe_csv.DELIMITERS),
            ("quote", safe_csv.QUOTES),
            ("encoding", safe_csv.ENCODINGS),
        ):
            if name in table:
                chosen[name] = table[name]
                if table[name] not in allowed:
                    hint = "One of " + ", ".join(repr(one) for one in allowed) + "."
                    self._fault(f"/csv/{name}", "not-in-list", "Not a CSV setting.", hint)
        columns = table.get("columns", [])
        if not isinstance(columns, list) or not all(isinstance(one, str) for one in columns):
            self._fault("/csv/columns", "wrong-type", "Names of columns.", "Write a list of texts.")
            columns = []
        return safe_csv.Dialect(columns=tuple(columns), **chosen)

    def _field(self, order: int, target: str, body: object) -> Iterator[Mapped]:
        place = child("/fields", target)
        if not _TARGET.fullmatch(target):
            hint = "Write a pointer into the record, e.g. /persons/0/dob."
            self._fault(place, "bad-pointer", "Not a place of a record.", hint)
            return
        if not isinstance(body, Mapping) or ("path" in body) == ("const" in body):
            hint = 'Write { path = "…" } or { const = "…" }.'
            self._fault(place, "required", "A field has either a path or a constant.", hint)
            return
        self._known(body, _FIELD_MEMBERS, place)
        if "const" in body:
            if set(body) & {"convert", "lookup", "required", "on_error"}:
                hint = "Write the constant as it shall stand in the record."
                self._fault(place, "contradiction", "A constant is not converted.", hint)
            yield Mapped(order=order, target=target, const=body["const"])
            return
        path = self._path(body["path"], f"{place}/path")
        if path is None:
            return
        pointer = _pointer(path.parsed)
        yield Mapped(
            order=order,
            target=target,
            path=path,
            expression=str(body["path"]),
            pointer=pointer,
            reads=frozenset(_reads(path.parsed)),
            convert=tuple(self._convert(body.get("convert", []), place)),
            lookup=self._lookup(body.get("lookup"), place),
            required=self._flag(body, place),
            drops=self._on_error(body, place),
        )

    def _path(self, text: object, place: str) -> ParsedResult | None:
        hint = f"Write a JMESPath expression of at most {MOST_PATH_CHARS} characters."
        if isinstance(text, str) and 0 < len(text) <= MOST_PATH_CHARS:
            try:
                return jmespath.compile(text)
            except (JMESPathError, RecursionError):
                pass
        self._fault(place, "bad-path", "Not a path that can be read.", hint)
        return None

    def _convert(self, chain: object, place: str) -> Iterator[tuple[str, str]]:
        place = f"{place}/convert"
        if not isinstance(chain, list) or len(chain) > MOST_CONVERTERS:
            hint = f"Write a list of at most {MOST_CONVERTERS} converters."
            self._fault(place, "wrong-type", "Converters stand in a list.", hint)
            return
        for index, text in enumerate(chain):
            name, _, argument = str(text).partition(":")
            if name not in CONVERTERS:
                near = difflib.get_close_matches(name[:64], CONVERTERS, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(CONVERTERS)}."
                self._fault(f"{place}/{index}", "unknown-converter", "No such converter.", hint)
            elif len(argument) > MOST_ARGUMENT_CHARS or not is_argument(name, argument):
                wanted = CONVERTERS[name].argument
                hint = f"Write `{name}:` and {wanted}." if wanted else f"Write `{name}` alone."
                self._fault(f"{place}/{index}", "bad-argument", "Not its argument.", hint)
            else:
                yield name, argument

    def _lookup(self, table: object, place: str) -> Mapping[str, Any] | None:
        if table is None:
            return None
        if isinstance(table, Mapping) and 0 < len(table) <= MOST_LOOKUPS:
            return {str(name): value for name, value in table.items()}
        hint = f"Write a table of 1 to {MOST_LOOKUPS} entries."
        self._fault(f"{place}/lookup", "wrong-type", "Not a table.", hint)
        return None

    def _flag(self, body: Mapping[str, object], place: str) -> bool:
        value = body.get("required", False)
        if not isinstance(value, bool):
            self._fault(f"{place}/required", "wrong-type", "True or false.", "Write true or false.")
        return value is True

    def _on_error(self, body: Mapping[str, object], place: str) -> bool:
        value = body.get("on_error", "fault")
        if value not in {"fault", "drop"}:
            hint = "One of fault, drop."
            self._fault(f"{place}/on_error", "not-in-list", "What to do if it does not fit.", hint)
        return value == "drop"

    def _clashes(self, targets: list[str]) -> None:
        """Name targets that would write into the value of another."""
        known = set(targets)
        for target in targets:
            parts = target.split("/")
            for count in range(2, len(parts)):
                if "/".join(parts[:count]) in known:
                    place = child("/fields", target)
                    hint = "Map the whole or its members, not both."
                    self._fault(place, "contradiction", "Another field writes above it.", hint)


def _pointer(node: Mapping[str, Any]) -> str | None:
    """Return the pointer of a path that is one plain place: names and indices only."""
    kind = node["type"]
    if kind not in _SIMPLE:
        return None
    if kind == "field":
        return child("", node["value"])
    if kind == "index":
        return child("", node["value"]) if node["value"] >= 0 else None
    parts = [_pointer(one) for one in node["children"]]
    return None if None in parts else "".join(str(part) for part in parts)


def _reads(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the top members a path looks at; an empty text where it looks at the whole."""
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
