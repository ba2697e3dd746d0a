"""The records of a document that a mapping is for, each with the place it stands at.

Owns taking a CSV, JSON, NDJSON or XML document apart into records, and saying what of it no
record took.

Stays true:
  * Whatever of a document is in no record is named once, as a loss of the first record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from adapters import safe_csv, safe_json, safe_xml
from adapters.base import AdapterFault, Caps, Loss, SourceUnmapped, SourceUnreadable
from adapters.drafting import unused_of_json
from adapters.sources import xml_dictionary
from adapters.sources.mapping import MappingForm
from adapters.sources.mapping_paths import UNFIT, Kept, Path, entries


@dataclass(frozen=True, slots=True)
class Found:
    """One record of a document. `raw`: its own slice, where the format divides cleanly."""

    place: str
    value: object
    raw: bytes | None = None
    number: int = 0
    unreadable: tuple[AdapterFault, ...] = ()


@dataclass(slots=True)
class Document:
    """What the records of one document share: itself, and which places of it were read."""

    value: object
    place: str = ""
    records: frozenset[str] = frozenset()  # the places that are records
    moved: Mapping[int, str] = field(default_factory=dict)  # identity of a row → its place
    key: str = ""  # the column that all rows of a group have in common
    used: set[str] = field(default_factory=set)
    kept: Kept = field(default_factory=Kept)

    def place_of(self, path: Path, start: object, within: str) -> str:
        """Return where a path leads; a row that was put into a group stands on its own line."""
        if not self.moved or path.steps is None:
            return path.place(within)
        for step in path.steps:
            within = safe_json.child(within, step)
            try:
                start = start[step]  # type: ignore[index]  # whatever cannot be indexed ends it
            except (KeyError, IndexError, TypeError):
                start = None
            within = self.moved.get(id(start), within)
        return within

    def mark(self, path: Path, within: str) -> None:
        """Remember what a path that computes has read: whole members, or cells of grouped rows."""
        self.used.update(safe_json.child(within, name) if name else within for name in path.reads)
        for place in self.moved.values():
            self.used.update(safe_json.child(place, name) for name in path.names)

    def lost(self, record: Found) -> Iterator[Loss]:
        """Yield what a record left; for the first one also what is outside of all records."""
        if self.moved and isinstance(record.value, dict):
            self._mark_key()
            for row in record.value["rows"]:
                yield from unused_of_json(row, self.used, self.moved[id(row)])
            return
        yield from unused_of_json(record.value, self.used, record.place)
        if record.number == 0 and self.records:
            yield from unused_of_json(self.value, self.used | self.records, self.place)

    def _mark_key(self) -> None:
        """Count the common cell as read in every row once one of them was."""
        cells = {safe_json.child(place, self.key) for place in self.moved.values()}
        if cells & self.used:
            self.used |= cells


def documents(raw: bytes, form: MappingForm, caps: Caps) -> Iterator[tuple[Found, Document]]:
    """Yield each record with its document. Raises SourceUnreadable or SourceUnmapped."""
    if form.format == "csv":
        yield from _of_csv(raw, form, caps)
    elif form.format == "ndjson":
        yield from _of_lines(raw, caps)
    elif form.format == "xml":
        root = safe_xml.load(raw, caps)
        yield from _of_tree(xml_dictionary.dictionary(root, form.xml), root.path, form)
    else:
        yield from _of_tree(safe_json.load(raw, caps), "", form)


def _of_lines(raw: bytes, caps: Caps) -> Iterator[tuple[Found, Document]]:
    """Yield a record for each line; one that cannot be read stops no other."""
    for number, line in safe_json.lines(raw, caps):
        place = f"/{number}"
        try:
            value = safe_json.load(line, caps)
        except SourceUnreadable as refused:
            faults = tuple(replace(one, pointer=place + one.pointer) for one in refused.faults)
            yield Found(place, None, line, unreadable=faults), Document(None, place)
        else:
            yield Found(place, value, line), Document(value, place)


def _of_csv(raw: bytes, form: MappingForm, caps: Caps) -> Iterator[tuple[Found, Document]]:
    if form.group_by is None:
        for row in safe_csv.rows(raw, form.dialect, caps):
            yield Found(f"/{row.line}", row.cells), Document(row.cells, f"/{row.line}")
        return
    groups: dict[str, list[safe_csv.Row]] = {}
    for row in safe_csv.rows(raw, form.dialect, caps):
        if form.group_by not in row.cells:
            raise SourceUnmapped(_fault(f"/{row.line}", "no-such-column", "group_by"))
        key = row.cells[form.group_by].strip()
        groups.setdefault(key or f"\x00{row.line}", []).append(row)
    for rows in groups.values():
        moved = {id(row.cells): f"/{row.line}" for row in rows}
        value = {"rows": [row.cells for row in rows]}
        place = f"/{rows[0].line}"
        yield Found(place, value), Document(value, place, moved=moved, key=form.group_by)


def _of_tree(value: object, place: str, form: MappingForm) -> Iterator[tuple[Found, Document]]:
    path = form.records
    if path is None:
        yield Found(place, value), Document(value, place)
        return
    try:
        found = entries(path, value, place) if path.search(value) is not None else None
    except UNFIT:
        found = None
    if found is None or (not found and not (path.plain or path.text.endswith(("[]", "[*]")))):
        raise SourceUnmapped(_fault("", "no-records", "records"))
    document = Document(value, place, records=frozenset(one for _, one in found))
    for number, (one, there) in enumerate(found):
        yield Found(there, one, number=number), document


def _fault(place: str, code: str, setting: str) -> AdapterFault:
    return AdapterFault(
        place,
        code,
        f"What `{setting}` of the mapping names is not in this document.",
        f"Correct `{setting}` in the mapping, or send the format it is for.",
    )
