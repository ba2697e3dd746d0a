"""A national export → records of any type, by a mapping that an administrator declares.

Owns the mapping's form, its checking, and its application. A mapping is data: JMESPath picks, a
closed list converts, a table translates; no loops, no input or output.

    format = "csv"                                  # csv, json or ndjson
    type = "case"
    records = "zaken[]"                             # json: where the records are; absent: one
    [csv]
    delimiter = ";"
    encoding = "windows-1252"
    [fields]
    "/provider_ref" = { path = "zaaknummer", required = true }
    "/persons/0/dob" = { path = "geboren", convert = ["date:DD-MM-YYYY"], on_error = "drop" }
    "/persons/0/sex" = { path = "geslacht", lookup = { M = "male", V = "female" } }
    "/persons/0/category" = { const = "victim" }

A constant within an entry of a list is written only where something else of that entry is; a
constant that points to a part (``/persons/1``) only where that part is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jmespath.exceptions import JMESPathError

from adapters import safe_csv, safe_json
from adapters.base import AdapterFault, Caps, Draft, Loss, SourceUnmapped
from adapters.drafting import Sketch, unused_of_json
from adapters.sources.converters import CONVERTERS, NotConverted
from adapters.sources.mapping import Mapped, MappingForm, MappingInvalid, read_mapping

__all__ = ["DeclaredAdapter", "MappingInvalid", "compile"]

_MOST_ENTRIES: Final = 1_000  # of a list one path gives
# What JMESPath raises when a function meets a value it was not written for.
_UNFIT: Final = (JMESPathError, NotConverted, ValueError, TypeError, AttributeError, KeyError)
_PART: Final = re.compile(r"/[a-z_]+/[0-9]{1,4}")


def compile(  # noqa: A001 - the word of the field, always used with its module
    mapping: Mapping[str, object], *, name: str = "declared", version: str = "1"
) -> DeclaredAdapter:
    """Return the adapter of a mapping. Raises MappingInvalid with all its mistakes."""
    return DeclaredAdapter(read_mapping(mapping), name, version)


class DeclaredAdapter:
    """Reads one national format as its mapping says."""

    media_types: Sequence[str] = ()

    def __init__(self, form: MappingForm, name: str, version: str) -> None:
        self._form = form
        self.name = name
        self.version = version

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield one draft for each record of the document."""
        for count, (place, value, part) in enumerate(self._records(raw, caps), start=1):
            if count > caps.max_records:
                raise SourceUnmapped(
                    AdapterFault(
                        place,
                        "too-many-records",
                        f"More than {caps.max_records} records in one document.",
                        "Send them in several requests.",
                    )
                )
            yield _Applying(self._form, place, value).draft(part)

    def _records(self, raw: bytes, caps: Caps) -> Iterator[tuple[str, object, bytes | None]]:
        form = self._form
        if form.format == "csv":
            for row in safe_csv.rows(raw, form.dialect, caps):
                yield f"/{row.line}", row.cells, None
        elif form.format == "ndjson":
            for number, line in safe_json.lines(raw, caps):
                yield f"/{number}", safe_json.load(line, caps), line
        else:
            yield from self._of_json(safe_json.load(raw, caps))

    def _of_json(self, document: object) -> Iterator[tuple[str, object, bytes | None]]:
        records = self._form.records
        if records is None:
            yield "", document, None
            return
        try:
            found = records.path.search(document)
        except _UNFIT:
            found = None
        if not isinstance(found, list):
            raise SourceUnmapped(
                AdapterFault(
                    "",
                    "no-records",
                    "The path of the records finds no list in this document.",
                    "Correct `records` in the mapping, or send the format it is for.",
                )
            )
        for index, one in enumerate(found):
            yield f"{records.pointer or ''}/{index}", one, None


class _Applying:
    """One record being mapped."""

    def __init__(self, form: MappingForm, place: str, value: object) -> None:
        self._form = form
        self._place = place
        self._value = value
        self._found: list[tuple[Mapped, object, str]] = []
        self._losses: list[Loss] = []
        self._faults: list[AdapterFault] = []
        self._used: set[str] = set()

    def draft(self, raw: bytes | None) -> Draft:
        for mapped in self._form.fields:
            if mapped.path is not None:
                self._pick(mapped)
        entries = {entry for mapped, _, _ in self._found for entry in _entries(mapped.target)}
        for mapped in self._form.fields:
            if mapped.path is None and set(_entries(mapped.target)) <= entries:
                points = isinstance(mapped.const, str) and _PART.fullmatch(mapped.const)
                if not points or mapped.const in entries:
                    self._found.append((mapped, mapped.const, ""))
        sketch = Sketch(self._form.type)
        numbers = _renumbered(entries)
        for mapped, value, source in sorted(self._found, key=lambda one: one[0].order):
            if mapped.path is None and isinstance(value, str) and value in entries:
                value = _moved(value, numbers)  # noqa: PLW2901
            sketch.put(_moved(mapped.target, numbers), value, source, mapped.rule)
        sketch.losses.extend(self._losses)
        sketch.losses.extend(unused_of_json(self._value, self._used, self._place))
        sketch.faults.extend(self._faults)
        return sketch.finish(raw)

    def _pick(self, mapped: Mapped) -> None:
        source = self._source(mapped)
        for name in mapped.reads:
            self._used.add(safe_json.child(self._place, name) if name else self._place)
        if mapped.pointer is not None:
            self._used.difference_update(
                safe_json.child(self._place, name) for name in mapped.reads
            )
            self._used.add(source)
        try:
            found = mapped.path.search(self._value) if mapped.path is not None else None
            value = None if _blank(found) else _converted(found, mapped)
        except _UNFIT:
            self._unfit(mapped, source)
            return
        if not _blank(value):
            self._found.append((mapped, value, source))
        elif mapped.required:
            self._faults.append(
                AdapterFault(
                    source,
                    "required",
                    f"Nothing stands there for {mapped.target}.",
                    "Fill it at the source, or make it optional in the mapping.",
                )
            )

    def _unfit(self, mapped: Mapped, source: str) -> None:
        if mapped.drops:
            self._losses.append(Loss(source, "not-converted"))
            return
        self._faults.append(
            AdapterFault(
                source,
                "not-converted",
                f"The value for {mapped.target} is not written as the mapping says.",
                f"The mapping reads it by {mapped.rule}.",
            )
        )

    def _source(self, mapped: Mapped) -> str:
        if mapped.pointer is not None:
            return self._place + mapped.pointer
        return f"{self._place}?{mapped.expression}"


def _blank(value: object) -> bool:
    return value in (None, "", [], {}) or (isinstance(value, str) and not value.strip())


def _converted(value: object, mapped: Mapped) -> object:
    if isinstance(value, list):
        if len(value) > _MOST_ENTRIES:
            raise NotConverted
        return [one for part in value if not _blank(one := _converted(part, mapped))]
    for name, argument in mapped.convert:
        value = _by_converter(name, argument, value)
    if mapped.lookup is None or value is None:
        return value
    if isinstance(value, list):
        return [_looked_up(one, mapped.lookup) for one in value]
    return _looked_up(value, mapped.lookup)


def _by_converter(name: str, argument: str, value: object) -> object:
    if value is None:
        return None
    if isinstance(value, list):
        return [CONVERTERS[name].apply(str(one), argument) for one in value]
    if isinstance(value, dict | float | bool):
        raise NotConverted
    return CONVERTERS[name].apply(str(value), argument)


def _looked_up(value: object, table: Mapping[str, Any]) -> object:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if str(value) not in table:
        raise NotConverted
    return table[str(value)]


def _entries(target: str) -> Iterator[str]:
    """Yield the pointer of each entry of a list that a target lies in."""
    parts = target.split("/")
    for index, part in enumerate(parts):
        if part.isdigit():
            yield "/".join(parts[: index + 1])


def _renumbered(entries: set[str]) -> dict[str, int]:
    """Return the place of each entry when those without a value are left out."""
    lists: dict[str, list[int]] = {}
    for entry in entries:
        way, _, index = entry.rpartition("/")
        lists.setdefault(way, []).append(int(index))
    return {f"{way}/{i}": at for way, found in lists.items() for at, i in enumerate(sorted(found))}


def _moved(target: str, numbers: Mapping[str, int]) -> str:
    parts = target.split("/")
    moved = [
        str(numbers.get("/".join(parts[: index + 1]), part)) if part.isdigit() else part
        for index, part in enumerate(parts)
    ]
    return "/".join(moved)
