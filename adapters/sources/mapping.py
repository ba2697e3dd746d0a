"""The form of a declared mapping: read once, checked whole, all mistakes at once.

Owns what a mapping may say; docs/reference/mappings.md tells it to those who write one. Leaves
applying it to `declared`, paths to `mapping_paths`, single fields to `mapping_fields`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from adapters import safe_csv
from adapters.base import AdapterFault
from adapters.safe_json import child
from adapters.sources import xml_dictionary
from adapters.sources.mapping_fields import Each, FieldReading, Mapped
from adapters.sources.mapping_paths import Path, PathRefused, read_path
from adapters.sources.mapping_places import misplaced
from adapters.sources.mapping_tables import Tell, pinned, read_tables, version_of

FORMATS: Final = ("csv", "json", "ndjson", "xml")
MOST_FIELDS: Final = 500
MOST_RECORDS: Final = 16  # blocks [[record]]
MOST_XML_NAMES: Final = 500
_OF_ONE: Final = ("type", "records", "indicators", "each", "fields")
_MEMBERS: Final = ("format", *_OF_ONE, "record", "csv", "xml", "tables", "title", "owner")
_RECORD_MEMBERS: Final = (*_OF_ONE, "when")
_CSV_MEMBERS: Final = (
    "delimiter", "quote", "encoding", "columns", "skip_lines", "final_newline", "group_by",
)  # fmt: skip
_XML_MEMBERS: Final = ("lists", "types", "schema", "digest", "check", "text")
_CHECKS: Final = ("whole", "values")
_XML_NAME: Final = re.compile(r"[^\s/]{1,100}(?:/[^\s/]{1,100}){0,31}")


class MappingInvalid(ValueError):
    """The mapping has mistakes; `faults` has all of them."""

    code: ClassVar[str] = "mapping-invalid"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__(f"{len(faults)} mistakes in the mapping")
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordForm:
    """What a mapping makes records of one type from, and how.

    `records`: the list of them; `when`: what an entry must meet. `place`: where in the mapping it
    stands, empty for a mapping of one type.
    """

    type: str
    records: Path | None
    when: Path | None
    indicators: Path | None
    eaches: tuple[Each, ...]
    fields: tuple[Mapped, ...]
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingForm:
    """A mapping without mistakes."""

    format: str
    version: str
    dialect: safe_csv.Dialect
    group_by: str | None
    xml: xml_dictionary.Types
    records: tuple[RecordForm, ...]


def read_mapping(mapping: Mapping[str, object], *, by_schema: bool = False) -> MappingForm:
    """Return a mapping, checked. Raises MappingInvalid with all mistakes.

    `by_schema`: types and places that the shared schema does not have are mistakes too, as are
    constants that nothing ever lets stand. What is in force may have some of an older release.
    """
    reading = _Reading()
    form = reading.form(mapping)
    if by_schema:
        reading.faults += [fault for one in form.records for fault in misplaced(one)]
    if reading.faults:
        raise MappingInvalid(*reading.faults)
    return replace(form, version=version_of(mapping))


class _Reading:
    """One mapping being checked."""

    def __init__(self) -> None:
        self.faults: list[AdapterFault] = []

    def tell(self, pointer: str, code: str, detail: str, hint: str) -> None:
        self.faults.append(AdapterFault(pointer, code, detail, hint))

    def form(self, mapping: Mapping[str, object]) -> MappingForm:
        self.known(mapping, _MEMBERS, "")
        form = str(mapping.get("format"))
        if form not in FORMATS:
            hint = f"One of {', '.join(FORMATS)}."
            self.tell("/format", "not-in-list", "Not a value for this setting.", hint)
        tables = read_tables(mapping.get("tables", {}), self.known, self.tell)
        dialect, group_by = self._dialect(mapping, form)
        return MappingForm(
            format=form,
            version="",  # only what is well formed has one
            dialect=dialect,
            group_by=group_by,
            xml=self._xml(mapping, form),
            records=tuple(self._blocks(mapping, form, tables)),
        )

    def _blocks(
        self, mapping: Mapping[str, object], form: str, tables: Mapping[str, Mapping[str, str]]
    ) -> Iterator[RecordForm]:
        blocks = mapping.get("record")
        if blocks is None:
            yield self._record(mapping, form, tables, "")
            return
        for name in _OF_ONE:
            if name in mapping:
                hint = "Write it in each [[record]], or leave [[record]] out."
                self.tell(f"/{name}", "contradiction", "Each [[record]] has its own.", hint)
        if not isinstance(blocks, list | tuple) or not 0 < len(blocks) <= MOST_RECORDS:
            hint = f"Write 1 to {MOST_RECORDS} blocks [[record]]."
            self.tell("/record", "wrong-type", "Not blocks of records.", hint)
            return
        for number, block in enumerate(blocks):
            place = f"/record/{number}"
            if not isinstance(block, Mapping):
                self.tell(place, "wrong-type", "Not a block.", "Write [[record]] and its members.")
                continue
            self.known(block, _RECORD_MEMBERS, place)
            yield self._record(block, form, tables, place)

    def _record(
        self,
        block: Mapping[str, object],
        form: str,
        tables: Mapping[str, Mapping[str, str]],
        place: str,
    ) -> RecordForm:
        reading = FieldReading(tell=self._within(place), known=self._known_in(place), tables=tables)
        eaches = reading.eaches(block.get("each", {}))
        return RecordForm(
            type=self._type(block, place),
            records=self._records(block, form, place),
            when=self._optional_path(block, "when", place) if place else None,
            indicators=self._optional_path(block, "indicators", place),
            eaches=eaches,
            fields=self._fields(block.get("fields"), reading, place),
            place=place,
        )

    def _within(self, place: str) -> Tell:
        def tell(pointer: str, code: str, detail: str, hint: str) -> None:
            self.tell(place + pointer, code, detail, hint)

        return tell

    def _known_in(self, place: str) -> Callable[[Mapping[str, object], tuple[str, ...], str], None]:
        def known(table: Mapping[str, object], members: tuple[str, ...], pointer: str) -> None:
            self.known(table, members, place + pointer)

        return known

    def known(self, table: Mapping[str, object], members: tuple[str, ...], place: str) -> None:
        """Tell each name of a table that has no meaning there."""
        for name in table:
            if name not in members:
                near = difflib.get_close_matches(str(name)[:64], members, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(members)}."
                self.tell(child(place, name), "unknown-field", "Not a setting here.", hint)

    def _fields(self, fields: object, reading: FieldReading, place: str) -> tuple[Mapped, ...]:
        if not isinstance(fields, Mapping) or not 0 < len(fields) <= MOST_FIELDS:
            hint = f"Write [{'record.' if place else ''}fields] with 1 to {MOST_FIELDS} entries."
            self.tell(f"{place}/fields", "required", "A mapping needs fields.", hint)
            return ()
        return reading.fields(fields)

    def _type(self, block: Mapping[str, object], place: str) -> str:
        value = block.get("type")
        if not isinstance(value, str) or not re.fullmatch("[a-z_]{1,64}", value):
            hint = "Name a record type of the shared schema, e.g. case."
            detail = "A mapping, or each [[record]] of one, makes records of one type."
            self.tell(f"{place}/type", "required", detail, hint)
        return str(value)

    def _records(self, block: Mapping[str, object], form: str, place: str) -> Path | None:
        if "records" in block and form not in ("json", "xml"):
            hint = "Rows and lines are records by themselves; leave `records` out."
            detail = "Only for the formats json and xml."
            self.tell(f"{place}/records", "contradiction", detail, hint)
            return None
        return self._optional_path(block, "records", place)

    def _optional_path(self, block: Mapping[str, object], name: str, place: str) -> Path | None:
        if block.get(name) is None:
            return None
        try:
            return read_path(block[name])
        except PathRefused as refused:
            self.tell(f"{place}/{name}", refused.code, refused.detail, refused.hint)
        return None

    def _dialect(
        self, mapping: Mapping[str, object], form: str
    ) -> tuple[safe_csv.Dialect, str | None]:
        table = self._section(mapping, "csv", form)
        self.known(table, _CSV_MEMBERS, "/csv")
        chosen: dict[str, Any] = {}
        for name, allowed in (
            ("delimiter", safe_csv.DELIMITERS),
            ("quote", safe_csv.QUOTES),
            ("encoding", safe_csv.ENCODINGS),
            ("skip_lines", tuple(range(safe_csv.MOST_SKIPPED + 1))),
        ):
            if name in table:
                chosen[name] = table[name]
                if table[name] not in allowed or isinstance(table[name], bool):
                    shown = allowed if len(allowed) < 30 else (allowed[0], "…", allowed[-1])  # noqa: PLR2004
                    hint = "One of " + ", ".join(repr(one) for one in shown) + "."
                    self.tell(f"/csv/{name}", "not-in-list", "Not a CSV setting.", hint)
        chosen["final_newline"] = table.get("final_newline", False)
        if not isinstance(chosen["final_newline"], bool):
            hint = "true if the last line of every file ends as the others do."
            self.tell("/csv/final_newline", "wrong-type", "Yes or no.", hint)
        columns = table.get("columns", [])
        if not _are_texts(columns):
            self.tell("/csv/columns", "wrong-type", "Names of columns.", "Write a list of texts.")
            columns = []
        group_by = table.get("group_by")
        if group_by is not None and not isinstance(group_by, str):
            self.tell("/csv/group_by", "wrong-type", "Name of a column.", "Write one text.")
        dialect = {**chosen, "columns": tuple(columns)}
        broken = any(fault.pointer.startswith("/csv/") for fault in self.faults)
        return safe_csv.Dialect(**({} if broken else dialect)), group_by

    def _section(self, mapping: Mapping[str, object], name: str, form: str) -> Mapping[str, Any]:
        table = mapping.get(name, {})
        if isinstance(table, Mapping) and (not table or form == name):
            return table
        hint = f"Write [{name}] in a mapping of format {name}."
        self.tell(f"/{name}", "contradiction", f"Settings of {name.upper()}.", hint)
        return {}

    def _xml(self, mapping: Mapping[str, object], form: str) -> xml_dictionary.Types:
        table = self._section(mapping, "xml", form)
        self.known(table, _XML_MEMBERS, "/xml")
        if "schema" in table:
            return self._by_schema(table)
        lists, values = table.get("lists", []), table.get("types", {})
        if not _are_texts(lists) or not all(_XML_NAME.fullmatch(one) for one in lists):
            hint = 'Write names below the root, e.g. ["order/line"].'
            self.tell("/xml/lists", "wrong-type", "Names of elements that repeat.", hint)
            lists = []
        if not isinstance(values, Mapping) or len(values) > MOST_XML_NAMES:
            self.tell("/xml/types", "wrong-type", "Types of elements.", "Write [xml.types].")
            values = {}
        for name, kind in values.items():
            if kind not in xml_dictionary.TYPES:
                hint = f"One of {', '.join(xml_dictionary.TYPES)}."
                self.tell(child("/xml/types", name), "not-in-list", "Not a type.", hint)
        return xml_dictionary.Types(lists=frozenset(lists), values=dict(values))

    def _by_schema(self, table: Mapping[str, Any]) -> xml_dictionary.Types:
        if "lists" in table or "types" in table:
            hint = "Leave `lists` and `types` out: the XSD says both."
            self.tell("/xml/schema", "contradiction", "Types are declared twice.", hint)
        said = table.get("check", _CHECKS[0])
        if said not in _CHECKS:
            hint = f"One of {', '.join(_CHECKS)}."
            self.tell("/xml/check", "not-in-list", "What the XSD is held against.", hint)
        text = pinned(table, "/xml", self.tell, "schema")
        if text is None:
            return xml_dictionary.Types()
        try:
            schema = xml_dictionary.read_schema(text)
            return xml_dictionary.Types(schema=schema, whole=said == _CHECKS[0])
        except xml_dictionary.SchemaRefused as refused:
            hint = "An XSD may import and include nothing; put it all in one file."
            self.tell("/xml/schema", "bad-schema", refused.detail, hint)
        return xml_dictionary.Types()


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
