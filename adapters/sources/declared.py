"""A national export → records of any type, by a mapping that an administrator declares.

Owns the application of a mapping. A mapping is data: JMESPath picks, a closed list converts, a
table translates; no loops, no input or output. docs/reference/mappings.md says what it may hold.

Stays true:
  * The first step of every trail names the mapping and its version.
  * A constant within an entry of a list is written only where something else of that entry is; a
    constant that points to a part (``/persons/1``) only where that part is.
  * What is in the document and in no record is a loss of its first record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.base import AdapterFault, Caps, Draft, Loss, SourceUnmapped, TrailStep
from adapters.sources.converters import CONVERTERS, NotConverted
from adapters.sources.mapping import MappingForm, MappingInvalid, read_mapping
from adapters.sources.mapping_documents import Document, Found, documents
from adapters.sources.mapping_fields import Each, Mapped
from adapters.sources.mapping_layout import Layouts, Part, Place, Value, write
from adapters.sources.mapping_paths import UNFIT, Kept, entries

__all__ = ["DeclaredAdapter", "MappingInvalid", "compile"]

READ_BY: Final = "read-by"
_MOST_ENTRIES: Final = 10_000  # of a list one path gives
_MOST_VALUES: Final = 50_000  # of one record; also entries of lists, with a value or without
_UNFIT: Final = (*UNFIT, NotConverted, RecursionError)


def compile(  # noqa: A001 - the word of the field, always used with its module
    mapping: Mapping[str, object], *, name: str = "declared"
) -> DeclaredAdapter:
    """Return the adapter of a mapping. Raises MappingInvalid with all its mistakes."""
    return DeclaredAdapter(read_mapping(mapping), name)


class DeclaredAdapter:
    """Reads one national format as its mapping says; its version is the mapping's digest."""

    media_types: Sequence[str] = ()

    def __init__(self, form: MappingForm, name: str) -> None:
        self._plan = _Plan.of(form)
        self.name = name
        self.version = form.version

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield one draft for each record of the document.

        Raises SourceUnreadable, or SourceUnmapped where the records are not to be found.
        """
        read_by = TrailStep(f"{self.name}@{self.version}", "", READ_BY)
        for count, (found, document) in enumerate(documents(raw, self._plan.form, caps), start=1):
            if count > caps.max_records:
                raise SourceUnmapped(_too_many(found.place, caps))
            if found.unreadable:
                yield Draft(body={}, raw=found.raw, faults=found.unreadable, unreadable=True)
                continue
            draft = _Applying(self._plan, found, document).draft()
            yield replace(draft, trail=(read_by, *draft.trail))


@dataclass(frozen=True, slots=True)
class _Plan:
    """A mapping with what is worked out once for all its records."""

    form: MappingForm
    fields: Mapping[str, tuple[tuple[int, Mapped, str], ...]]  # by scope: number, field, rule
    eaches: Mapping[str, tuple[Each, ...]]  # by scope
    orders: Mapping[str, int]
    places: Mapping[str, Place]  # of targets without a star
    layouts: Layouts

    @classmethod
    def of(cls, form: MappingForm) -> _Plan:
        scopes = ["", *(each.target for each in form.eaches)]
        targets = [one.target for one in form.fields] + [one.part or "" for one in form.fields]
        return cls(
            form=form,
            fields={
                scope: tuple(
                    (number, one, one.rule)
                    for number, one in enumerate(form.fields)
                    if one.scope == scope
                )
                for scope in scopes
            },
            eaches={
                scope: tuple(each for each in form.eaches if each.scope == scope)
                for scope in scopes
            },
            orders={each.target: each.order for each in form.eaches},
            places={target: _plain_place(target) for target in targets if "*" not in target},
            layouts=Layouts(),
        )


@dataclass(frozen=True, slots=True)
class _Level:
    """What paths of one scope are read from."""

    value: object
    place: str
    numbers: Mapping[str, int]  # of the entry in each list around


class _Full(Exception):
    """A record has more entries and values than one may have."""


class _Applying:
    """One record being mapped."""

    def __init__(self, plan: _Plan, found: Found, document: Document) -> None:
        self._plan = plan
        self._record = found
        self._document = document
        self._values: list[Value] = []
        self._losses: list[Loss] = []
        self._faults: list[AdapterFault] = []
        self._refused = False
        self._entries = 0
        self._kept = Kept()

    def draft(self) -> Draft:
        with suppress(_Full):  # a fault tells it
            self._walk("", _Level(self._record.value, self._record.place, {}))
        if self._refused:
            faults = tuple(self._faults)
            return Draft(body={}, faults=faults, raw=self._record.raw, unreadable=True)
        body: dict[str, Any] = {"type": self._plan.form.type}
        trail = [TrailStep("", "/type", "constant")]
        for laid in self._plan.layouts.of(self._values):
            one = self._values[laid.number]
            write(body, laid.way, one.value if laid.part is None else laid.part)
            trail.append(TrailStep(one.source, laid.pointer, one.rule))
        return Draft(
            body=body,
            trail=tuple(trail),
            losses=(*self._losses, *self._document.lost(self._record)),
            faults=tuple(self._faults),
            raw=self._record.raw,
            indicators=tuple(dict.fromkeys(self._indicators())),
        )

    def _walk(self, scope: str, level: _Level) -> None:
        for number, mapped, rule in self._plan.fields[scope]:
            if len(self._values) >= _MOST_VALUES:
                raise self._full(level.place, mapped.target)
            self._take(number, mapped, rule, level)
        for each in self._plan.eaches[scope]:
            for number, (entry, place) in enumerate(self._entries_of(each, level)):
                self._entries += 1
                if self._entries > _MOST_VALUES:
                    raise self._full(place, each.target)
                numbers = {**level.numbers, each.target: number}
                self._walk(each.target, _Level(entry, place, numbers))

    def _entries_of(self, each: Each, level: _Level) -> list[tuple[object, str]]:
        value, place = self._start(each.level, level)
        try:
            kept = self._kept_of(each.level)
            found = (
                entries(each.path, value, place)
                if kept is None
                else kept.entries(each.path, value, place)
            )
        except _UNFIT:
            found = None
        source = self._document.place_of(each.path, value, place)
        if found is None:
            self._fault(source, "not-a-list", f"What stands there for {each.target} is no list.")
            return []
        if len(found) > _MOST_ENTRIES or len(self._values) >= _MOST_VALUES:
            self._fault(source, "too-many-entries", f"Too many entries for {each.target}.")
            return []
        if not each.path.plain and not all(isinstance(one, dict | list) for one, _ in found):
            self._document.mark(each.path, place)  # texts in a list have no place of their own
        return [(one, self._document.moved.get(id(one), there)) for one, there in found]

    def _start(self, name: str, level: _Level) -> tuple[object, str]:
        """Return what a path starts from, and where that stands."""
        if name == "record":
            return self._record.value, self._record.place
        if name == "document":
            return self._document.value, self._document.place
        return level.value, level.place

    def _kept_of(self, name: str) -> Kept | None:
        """Return where it is kept what paths of a level find: the same for every entry."""
        return {"record": self._kept, "document": self._document.kept}.get(name)

    def _take(self, number: int, mapped: Mapped, rule: str, level: _Level) -> None:
        path = mapped.path
        if path is None:
            part = None if mapped.part is None else self._placed(mapped.part, level)
            self._put(number, mapped, level, mapped.const, "", rule, constant=True, part=part)
            return
        start, within = self._start(mapped.level, level)
        source = self._document.place_of(path, start, within)
        if path.plain:
            self._document.used.add(source)
        else:
            self._document.mark(path, within)
        try:
            kept = None if path.plain else self._kept_of(mapped.level)
            found = path.search(start) if kept is None else kept.search(path, start)
            value = None if _blank(found) else _converted(found, mapped)
        except _UNFIT:
            self._unfit(mapped, source)
            return
        if not _blank(value):
            self._put(number, mapped, level, value, source, rule)
        elif mapped.required:
            self._missing(mapped, source)
        elif not _blank(mapped.default):
            self._put(number, mapped, level, mapped.default, "", "default", constant=True)

    def _put(
        self,
        number: int,
        mapped: Mapped,
        level: _Level,
        value: object,
        source: str,
        rule: str,
        *,
        constant: bool = False,
        part: Place | None = None,
    ) -> None:
        place = self._placed(mapped.target, level)
        # A default is laid out as a constant is, though the same field may give a value too.
        alike = number if rule != "default" else -2 - number
        field = None if mapped.scope else alike
        self._values.append(Value(place, value, source, rule, constant, part, field))

    def _placed(self, target: str, level: _Level) -> Place:
        known = self._plan.places.get(target)
        if known is not None:
            return known
        parts: list[Part] = []
        way = ""
        for part in target.split("/")[1:]:
            way = f"{way}/{part}"
            if part.startswith("*"):
                parts.append((1, self._plan.orders[way], self._number(way, level)))
            else:
                parts.append((0, int(part), 0) if part.isdigit() else part)
        return tuple(parts)

    def _number(self, target: str, level: _Level) -> int:
        """Return the number of the entry of a list; that of one with the same path is the same."""
        if target in level.numbers:
            return level.numbers[target]
        wanted = next(each for each in self._plan.form.eaches if each.target == target)
        return next(
            level.numbers[each.target]
            for each in self._plan.form.eaches
            if each.target in level.numbers and each.made_as(wanted)
        )

    def _missing(self, mapped: Mapped, source: str) -> None:
        self._refused |= mapped.on_error == "refuse"
        self._faults.append(
            AdapterFault(
                source,
                "required",
                f"Nothing stands there for {mapped.target}.",
                "Fill it at the source, or make it optional in the mapping.",
            )
        )

    def _unfit(self, mapped: Mapped, source: str) -> None:
        if mapped.on_error == "drop_with_loss":
            self._losses.append(Loss(source, "not-converted"))
            return
        self._refused |= mapped.on_error == "refuse"
        self._faults.append(
            AdapterFault(
                source,
                "not-converted",
                f"The value for {mapped.target} is not written as the mapping says.",
                f"The mapping reads it by {mapped.rule}.",
            )
        )

    def _full(self, source: str, target: str) -> _Full:
        self._fault(source, "too-many-entries", f"Too many entries or values, here for {target}.")
        return _Full()

    def _fault(self, source: str, code: str, detail: str) -> None:
        self._faults.append(AdapterFault(source, code, detail, "Correct the mapping."))

    def _indicators(self) -> list[str]:
        path = self._plan.form.indicators
        if path is None:
            return []
        try:
            found = path.search(self._record.value)
        except _UNFIT:
            return []
        texts = found if isinstance(found, list) else [found]
        return [one for one in texts[:_MOST_ENTRIES] if isinstance(one, str) and one.strip()]


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
        return [_by_converter(name, argument, one) for one in value]
    return CONVERTERS[name].apply(_text(value), argument)


def _text(value: object) -> str:
    """Return the text of a single value, a number as it was written."""
    if isinstance(value, str):
        return value
    written = getattr(value, "written", None)  # of a number with a fraction
    if isinstance(written, str):
        return written
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise NotConverted


def _looked_up(value: object, table: Mapping[str, Any]) -> object:
    text = _text(value)
    if text not in table:
        raise NotConverted
    return table[text]


def _plain_place(target: str) -> Place:
    """Return the place of a target without a star."""
    return tuple((0, int(part), 0) if part.isdigit() else part for part in target.split("/")[1:])


def _too_many(place: str, caps: Caps) -> AdapterFault:
    return AdapterFault(
        place,
        "too-many-records",
        f"More than {caps.max_records} records in one document.",
        "Send them in several requests.",
    )
