"""A national export → records of any type, by a mapping that an administrator declares.

Owns the application of a mapping. A mapping is data: JMESPath picks, a closed list converts, a
table translates; no loops, no input or output. docs/reference/mappings.md says what it may hold.

Stays true:
  * The first step of every trail names the mapping and its version.
  * A constant within an entry of a list is written only where something else of that entry is; a
    constant that points to a part (``/persons/1``) only where that part is.
  * What is in the document and in no record is a loss of its first record; what several records
    of one entry left, of the first of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from adapters.base import AdapterFault, Caps, Draft, Loss, SourceUnmapped, TrailStep
from adapters.sources.converters import NotConverted
from adapters.sources.mapping import MappingForm, MappingInvalid, read_mapping
from adapters.sources.mapping_documents import Batch, Document, Found, documents
from adapters.sources.mapping_fields import Each, Mapped
from adapters.sources.mapping_layout import Body, Part, Place, Value
from adapters.sources.mapping_paths import UNFIT, Kept, Path, entries
from adapters.sources.mapping_plan import Field, Plan
from adapters.sources.mapping_values import MOST_ENTRIES, blank, converted

__all__ = ["DeclaredAdapter", "MappingInvalid", "compile"]

READ_BY: Final = "read-by"
_MOST_VALUES: Final = 50_000  # of one record; also entries of lists, with a value or without
_UNFIT: Final = (*UNFIT, NotConverted, RecursionError)


def compile(  # noqa: A001 - the word of the field, always used with its module
    mapping: Mapping[str, object], *, name: str = "declared", by_schema: bool = False
) -> DeclaredAdapter:
    """Return the adapter of a mapping. Raises MappingInvalid with all its mistakes.

    `by_schema`: as `read_mapping` has it.
    """
    return DeclaredAdapter(read_mapping(mapping, by_schema=by_schema), name)


class DeclaredAdapter:
    """Reads one national format as its mapping says; its version is the mapping's digest."""

    media_types: Sequence[str] = ()

    def __init__(self, form: MappingForm, name: str) -> None:
        self._form = form
        self.name = name
        self.version = form.version
        read_by = TrailStep(f"{name}@{form.version}", "", READ_BY)
        self._plans = tuple([Plan.of(one, read_by) for one in form.records])

    @property
    def encoding(self) -> str:
        """The encoding that its documents are in, as far as the mapping declares one."""
        return self._form.dialect.encoding

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield one draft for each record of the document.

        Raises SourceUnreadable, or SourceUnmapped where the records are not to be found.
        """
        count = 0
        for batch in documents(raw, self._form, caps):
            for place, draft in self._drafts(batch):
                count += 1
                if count > caps.max_records:
                    raise SourceUnmapped(_too_many(place, caps))
                yield draft

    def _drafts(self, batch: Batch) -> Iterator[tuple[str, Draft]]:
        """Yield the drafts of one document with their places."""
        if batch.refused is not None:
            yield batch.refused.place, _without_a_record(batch.refused)
            return
        document = batch.document
        made = (
            (found, _Applying(self._plans[number], found, document).draft())
            for number, found in batch.found
        )
        if len(self._plans) == 1:
            for found, draft in made:
                losses = () if draft.unreadable else tuple(document.lost(found))
                yield found.place, _losing(draft, losses)
            return
        all_made = list(made)  # what one of them left, another may have read
        lost = iter(document.lost_by_all([one for one, draft in all_made if not draft.unreadable]))
        for found, draft in all_made:
            told = () if draft.unreadable else tuple(next(lost))
            yield found.place, _losing(draft, told)


def _losing(draft: Draft, losses: tuple[Loss, ...]) -> Draft:
    return replace(draft, losses=(*draft.losses, *losses)) if losses else draft


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

    def __init__(self, plan: Plan, found: Found, document: Document) -> None:
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
        body = Body(type=self._plan.form.type)
        trail = [self._plan.read_by, self._type_step()]
        for laid in self._plan.layouts.of(self._values):
            one = self._values[laid.number]
            body.write(laid, one.value if laid.part is None else laid.part)
            trail.append(TrailStep(one.source, laid.pointer, one.rule))
        return Draft(
            body=body.members,
            trail=tuple(trail),
            losses=tuple(self._losses),
            faults=tuple(self._faults),
            raw=self._record.raw,
            indicators=tuple(dict.fromkeys(self._indicators())),
        )

    def _type_step(self) -> TrailStep:
        """Say what the type rests on: the mapping, or what in the source it is chosen by."""
        when = self._plan.form.when
        if when is None:
            return TrailStep("", "/type", "constant")
        record = self._record
        source = self._document.place_of(when, record.value, record.place)
        return TrailStep(source, "/type", "when")

    def _walk(self, scope: str, level: _Level) -> None:
        for one in self._plan.fields[scope]:
            if len(self._values) >= _MOST_VALUES:
                raise self._full(level.place, one.mapped.target)
            self._take(one, level)
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
        if len(found) > MOST_ENTRIES or len(self._values) >= _MOST_VALUES:
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

    def _take(self, one: Field, level: _Level) -> None:
        mapped = one.mapped
        path = mapped.path
        if path is None:
            part = None if mapped.part is None else self._placed(mapped.part, level)
            self._put(one, level, mapped.const, "", constant=True, part=part)
            return
        start, within = self._start(mapped.level, level)
        source = self._document.place_of(path, start, within)
        try:
            found = self._found(one, path, start)
            if one.as_is and isinstance(found, str):
                value: object = found
            else:
                value = None if blank(found) else converted(found, mapped)
        except _UNFIT:
            self._read(path, source, within)
            self._unfit(mapped, source)
            return
        if path.steps is not None or not blank(found):  # else what was looked at is left, and told
            self._read(path, source, within)
        if not blank(value):
            self._put(one, level, value, source)
        elif mapped.required:
            self._missing(mapped, source)
        elif not blank(mapped.default):
            self._put(one, level, mapped.default, "", constant=True, is_default=True)

    def _found(self, one: Field, path: Path, start: object) -> Any:
        """Return what a path finds; raises one of `_UNFIT`."""
        if one.member is not None:  # most are such
            return start.get(one.member) if isinstance(start, dict) else None
        kept = None if path.plain else self._kept_of(one.mapped.level)
        return path.search(start) if kept is None else kept.search(path, start)

    def _read(self, path: Path, source: str, within: str) -> None:
        if path.steps is not None:
            self._document.used.add(source)
        else:
            self._document.mark(path, within)

    def _put(
        self,
        one: Field,
        level: _Level,
        value: object,
        source: str,
        *,
        constant: bool = False,
        part: Place | None = None,
        is_default: bool = False,
    ) -> None:
        place = one.place if one.place is not None else self._placed(one.mapped.target, level)
        rule, alike = one.rule, one.alike
        if is_default:
            rule = "default"
            # It is laid out as a constant is, though the same field may give a value too.
            alike = None if alike is None else -2 - alike
        self._values.append(Value(place, value, source, rule, constant, part, alike))

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
        return [one for one in texts[:MOST_ENTRIES] if isinstance(one, str) and one.strip()]


def _without_a_record(found: Found) -> Draft:
    """Return the draft of a row or line that cannot be read, or that no record is for."""
    if found.unreadable:
        return Draft(body={}, raw=found.raw, faults=found.unreadable, unreadable=True)
    detail = "No [[record]] of the mapping is for what stands here."
    hint = "Add a [[record]] whose `when` it meets, or one without `when`."
    return Draft(
        body={}, raw=found.raw, faults=(AdapterFault(found.place, "no-record", detail, hint),)
    )


def _too_many(place: str, caps: Caps) -> AdapterFault:
    return AdapterFault(
        place,
        "too-many-records",
        f"More than {caps.max_records} records in one document.",
        "Send them in several requests.",
    )
