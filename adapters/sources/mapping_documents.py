"""The records of a document that a mapping is for, each with the place it stands at.

Owns taking a CSV, JSON, NDJSON or XML document apart into records, and saying what of it no
record took.

Stays true:
  * Whatever of a document is in no record is named once, as a loss of the first record.
  * A row or line that no kind of record is for is never passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from adapters import safe_csv, safe_json, safe_xml
from adapters.base import AdapterFault, Caps, Loss, SourceUnmapped, SourceUnreadable
from adapters.drafting import unused_of_json
from adapters.sources import xml_dictionary
from adapters.sources.mapping import MappingForm, RecordForm
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
        yield from self._left_in(record, self.used)
        if record.number == 0 and self.records:
            yield from unused_of_json(self.value, self.used | self.records, self.place)

    def lost_by_all(self, found: Sequence[Found]) -> list[list[Loss]]:
        """Return what each record is to tell of all that they left together.

        Of an entry that several were made of, the first tells; entries within it tell their own.
        """
        places = {one.place for one in found}
        told: list[list[Loss]] = []
        seen: set[str] = set()
        for one in found:
            first = one.place not in seen
            aside = self.used | (places - {one.place})
            told.append(list(self._left_in(one, aside)) if first else [])
            seen.add(one.place)
        if told and self.records:
            told[0] += unused_of_json(self.value, self.used | self.records, self.place)
        return told

    def _left_in(self, record: Found, used: AbstractSet[str]) -> Iterator[Loss]:
        if self.moved and isinstance(record.value, dict):
            self._mark_key()
            for row in record.value["rows"]:
                yield from unused_of_json(row, self.used, self.moved[id(row)])
            return
        yield from unused_of_json(record.value, used, record.place)

    def _mark_key(self) -> None:
        """Count the common cell as read in every row once one of them was."""
        cells = {safe_json.child(place, self.key) for place in self.moved.values()}
        if cells & self.used:
            self.used |= cells


@dataclass(frozen=True, slots=True)
class Batch:
    """One document, and its records with the number of the `RecordForm` that each is for.

    `refused`: in their place, a row or line that cannot be read or that no record is for.
    """

    document: Document
    found: Iterable[tuple[int, Found]] = ()
    refused: Found | None = None


def documents(raw: bytes, form: MappingForm, caps: Caps) -> Iterator[Batch]:
    """Yield each document with its records. Raises SourceUnreadable or SourceUnmapped."""
    if form.format == "csv":
        yield from _of_csv(raw, form, caps)
    elif form.format == "ndjson":
        yield from _of_lines(raw, form, caps)
    elif form.format == "xml":
        root = safe_xml.load(raw, caps)
        yield _of_tree(xml_dictionary.dictionary(root, form.xml), root.path, form)
    else:
        yield _of_tree(safe_json.load(raw, caps), "", form)


def _of_lines(raw: bytes, form: MappingForm, caps: Caps) -> Iterator[Batch]:
    """Yield a document for each line; one that cannot be read stops no other."""
    for number, line in safe_json.lines(raw, caps):
        place = f"/{number}"
        try:
            value = safe_json.load(line, caps)
        except SourceUnreadable as refused:
            faults = tuple(replace(one, pointer=place + one.pointer) for one in refused.faults)
            unread = Found(place, None, line, unreadable=faults)
            yield Batch(Document(None, place), refused=unread)
        else:
            yield _of_entry(Found(place, value, line), Document(value, place), form)


def _of_csv(raw: bytes, form: MappingForm, caps: Caps) -> Iterator[Batch]:
    if form.group_by is None:
        for row in safe_csv.rows(raw, form.dialect, caps):
            place = f"/{row.line}"
            yield _of_entry(Found(place, row.cells), Document(row.cells, place), form)
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
        document = Document(value, place, moved=moved, key=form.group_by)
        yield _of_entry(Found(place, value), document, form)


def _of_entry(found: Found, document: Document, form: MappingForm) -> Batch:
    """Return a row or line with each kind of record that it is for."""
    made = [
        (number, found)
        for number, one in enumerate(form.records)
        if _is_for(one, found.value, found.place, document)
    ]
    return Batch(document, made) if made else Batch(document, refused=found)


def _is_for(form: RecordForm, value: object, place: str, document: Document) -> bool:
    """Return whether an entry meets what its kind of record asks for.

    Single values that were compared count as read then.
    """
    path = form.when
    if path is None:
        return True
    try:
        said = path.search(value)
    except UNFIT:
        return False
    if said is None or said is False or said in ("", [], {}):
        return False
    if path.plain and not isinstance(said, dict | list):
        document.used.add(document.place_of(path, value, place))
    elif isinstance(value, dict):  # of a list it is not known which entries were looked at
        single = [one for one in path.reads if not isinstance(value.get(one), dict | list)]
        document.used.update(safe_json.child(place, one) for one in single)
    return True


def _of_tree(value: object, place: str, form: MappingForm) -> Batch:
    document = Document(value, place)
    chosen: list[tuple[int, Found]] = []
    is_there = is_met = False
    for number, one in enumerate(form.records):
        if one.records is None:
            listed: list[tuple[object, str]] | None = [(value, place)]
        else:
            listed = _listed(one.records, value, place)
        if listed is None:
            continue
        is_there = True
        is_met |= not listed and one.when is None
        chosen += [
            (number, Found(there, entry))
            for entry, there in listed
            if _is_for(one, entry, there, document)
        ]
    if not is_there:
        raise SourceUnmapped(_fault("", "no-records", "records"))
    if not chosen and not is_met:
        raise SourceUnmapped(_fault("", "no-records", "when"))
    if any(one.records is not None for one in form.records):
        document.records = frozenset(one.place for _, one in chosen)
    numbered = [(kind, replace(one, number=number)) for number, (kind, one) in enumerate(chosen)]
    return Batch(document, numbered)


def _listed(path: Path, value: object, place: str) -> list[tuple[object, str]] | None:
    """Return the entries of a list of records, None where there is no such list."""
    try:
        found = entries(path, value, place) if path.search(value) is not None else None
    except UNFIT:
        return None
    if not found and not (path.plain or path.text.endswith(("[]", "[*]"))):
        return None
    return found


def _fault(place: str, code: str, setting: str) -> AdapterFault:
    return AdapterFault(
        place,
        code,
        f"What `{setting}` of the mapping names is not in this document.",
        f"Correct `{setting}` in the mapping, or send the format it is for.",
    )
