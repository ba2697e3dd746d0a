"""The beginnings of a mapping, from a sample of an export that nobody has mapped yet.

Owns looking at a sample: its format, its dialect, its columns and the shapes of their values. What
it writes is a proposal for a person, who decides: each field stands in a comment until then.

Stays true:
  * No value of the sample is repeated, only shapes (``99-99-9999``) and short recurring codes.
  * Where two readings are possible, both are written down and none is chosen.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adapters import safe_csv, safe_json, safe_xml
from adapters.base import AdapterFault, Caps, SourceUnreadable
from adapters.safe_xml import Element
from adapters.sources.converters import CONVERTERS, DATE_FORMS, NotConverted
from adapters.sources.xml_dictionary import Types, dictionary

MOST_ROWS: Final = 200  # looked at
_NO_PLACE: Final = "/PLACE"
_MOST_CODES: Final = 6
_LONGEST_CODE: Final = 16
_MOST_SHAPES: Final = 3
_DEEPEST: Final = 4
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KNOWN: Final[Sequence[tuple[str, str, re.Pattern[str]]]] = tuple(
    (name, target, re.compile(pattern))
    for name, target, pattern in (
        ("IBANs", "/accounts/0/iban", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}"),
        ("e-mail addresses", "/identities/0/email", r"[^@\s]+@[^@\s]+\.[a-z]+"),
        ("URLs", "/location/url", r"h(?:tt|xx)ps?://\S+"),
        # Two colons side by side, or seven: a time of day has neither.
        (
            "IP addresses",
            "/network/0/ip",
            r"\d{1,3}(?:\.\d{1,3}){3}|(?=.*::|(?:[^:]*:){7})[0-9a-fA-F:.]+",
        ),
        ("phone numbers", "/identities/0/phone", r"(?:\+|00)\d[\d ()-]{6,18}"),
        ("currencies", "/transactions/0/currency", r"EUR|USD|GBP|CHF|PHP|SEK|DKK|PLN|CZK"),
    )
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column, or one member of the records of a sample: its path and what stands there."""

    path: str
    values: tuple[str, ...]  # those that are not blank
    rows: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sample was found to be. `head` is TOML; `eaches` are lists within the records."""

    format: str
    head: str
    columns: tuple[Column, ...]
    eaches: tuple[str, ...] = ()


def begin(raw: bytes, record_type: str, name: str) -> tuple[str, str]:
    """Return the text of a mapping to go on from, and the ending of its sample's name.

    Raises SourceUnreadable for a sample that is none of the formats.
    """
    seen = _seen(raw, Caps())
    reference = next((one for one in seen.columns if _is_reference(one)), None)
    lines = [
        f'title = "{name}: what it is an export of"',
        'owner = "who answers for this mapping"',
        f'format = "{seen.format}"',
        f'type = "{record_type}"',
        seen.head,
        "[fields]",
    ]
    if reference is not None:
        lines.append(f'"/provider_ref" = {{ path = {_toml(reference.path)}, required = true }}')
    else:
        lines.append('# "/provider_ref": what tells one record from all others?')
    for column in seen.columns:
        lines += ["", *_proposal(column)]
    for each in seen.eaches:
        lines += ["", f"# {each}: a list. [each] makes a part of each of its entries."]
    return "\n".join(lines) + "\n", seen.format


def _seen(raw: bytes, caps: Caps) -> Seen:
    start = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return _seen_xml(raw, caps)
    if start in {b"{", b"["}:
        return _seen_json(raw, caps)
    return _seen_csv(raw, caps)


_LINE_END: Final = (b"\n", b"\r", b"\n\x00")  # the last in UTF-16


def _seen_csv(raw: bytes, caps: Caps) -> Seen:
    encoding = _encoding(raw)
    head = raw.decode(encoding, errors="replace").splitlines()[:MOST_ROWS]
    delimiter = max(safe_csv.DELIMITERS, key=lambda mark: _regularity(head, mark))
    skipped = _preamble(head, delimiter)
    dialect = safe_csv.Dialect(delimiter=delimiter, encoding=encoding, skip_lines=skipped)
    rows: list[safe_csv.Row] = []
    for row in safe_csv.rows(raw, dialect, caps):
        rows.append(row)
        if len(rows) >= MOST_ROWS:
            break
    if not rows:
        hint = "Give a sample with a header and at least one row."
        raise SourceUnreadable(AdapterFault("", "no-rows", "The sample has no rows.", hint))
    columns = tuple(
        Column(_quoted(name), _texts(row.cells[name] for row in rows), len(rows))
        for name in rows[0].cells
    )
    lines = [
        "",
        "[csv]",
        f"delimiter = {json.dumps(delimiter)}",
        f'encoding = "{encoding}"' + _how_sure(encoding),
        *([f"skip_lines = {skipped}"] if skipped else []),
        *(["final_newline = true  # else the file is cut off"] if raw.endswith(_LINE_END) else []),
        *(f"# group_by = {_toml(name)}  # if its rows are one record" for name in _keys(rows)),
    ]
    return Seen("csv", "\n".join([*lines, ""]), columns)


def _encoding(raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _how_sure(encoding: str) -> str:
    if encoding != "windows-1252":
        return ""
    return "  # not UTF-8; ask which: windows-1250 and iso-8859-2 look alike"


def _regularity(lines: Sequence[str], mark: str) -> tuple[int, int]:
    """Return how many lines hold a mark equally often, and how often that is."""
    often, count = _usual(lines, mark)
    return (count if often else 0, often)


def _usual(lines: Sequence[str], mark: str) -> tuple[int, int]:
    counts = Counter(line.count(mark) for line in lines if line.strip())
    return max(counts.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))


def _preamble(lines: Sequence[str], mark: str) -> int:
    """Return how many lines stand before the first that looks like the others, and like a header.

    Spreadsheets fill the lines above it up with marks; a header names every column.
    """
    often, _ = _usual(lines, mark)
    found = [number for number, line in enumerate(lines) if line.count(mark) == often]
    named = (number for number in found if all(map(str.strip, lines[number].split(mark))))
    return min(next(named, next(iter(found), 0)), safe_csv.MOST_SKIPPED)


def _keys(rows: Sequence[safe_csv.Row]) -> list[str]:
    """Return columns of letters and digits, always filled, that come again: keys of a case."""
    found = []
    for name in rows[0].cells:
        values = [row.cells[name].strip() for row in rows]
        mixed = all(any(map(str.isdigit, one)) and any(map(str.isalpha, one)) for one in values)
        if mixed and len(set(values)) < len(values) and not list(_readings(values)):
            found.append(name)
    return found


def _seen_json(raw: bytes, caps: Caps) -> Seen:
    first, _, rest = raw.strip().partition(b"\n")
    if rest.strip() and first.strip().startswith(b"{") and first.strip().endswith(b"}"):
        records = [safe_json.load(line, caps) for _, line in safe_json.lines(raw, caps)]
        return Seen("ndjson", "", *_members(records[:MOST_ROWS]))
    return _seen_tree("json", safe_json.load(raw, caps), "")


def _seen_xml(raw: bytes, caps: Caps) -> Seen:
    root = safe_xml.load(raw, caps)
    lists = sorted(set(_repeating(root, "")))
    value = dictionary(root, Types(lists=frozenset(lists)))
    head = f"[xml]\nlists = {json.dumps(lists, ensure_ascii=False)}  # what may repeat; add more\n"
    return _seen_tree("xml", value, head)


def _repeating(element: Element, way: str) -> Iterator[str]:
    tags = [one.tag for one in element.children]
    for one in element.children:
        below = f"{way}/{one.tag}".lstrip("/")
        if tags.count(one.tag) > 1:
            yield below
        yield from _repeating(one, below)


def _seen_tree(form: str, value: object, head: str) -> Seen:
    """Look for the longest list of objects: its entries are the records."""
    found = max(_lists(value, "", 0), key=lambda one: len(one[1]), default=None)
    if found is None:
        return Seen(form, head, *_members([value]))
    path, records = found
    line = f"records = {json.dumps(path or '@', ensure_ascii=False)}\n"
    return Seen(form, f"{line}\n{head}" if head else line, *_members(records[:MOST_ROWS]))


def _lists(value: object, path: str, depth: int) -> Iterator[tuple[str, list[object]]]:
    if isinstance(value, list):
        if value and all(isinstance(one, dict) for one in value):
            yield path, value
        return
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, one in value.items():
            yield from _lists(one, _joined(path, name), depth + 1)


def _members(records: Sequence[object]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return a column for each single value of the records, and the lists that are in them."""
    paths: dict[str, list[str]] = {}
    lists: dict[str, None] = {}
    for record in records:
        for path, value in _singles(record, "", 0):
            if isinstance(value, list):
                lists[path] = None
            else:
                paths.setdefault(path, []).append(_text(value))
    columns = tuple(
        Column(path, tuple(one for one in values if one.strip()), len(records))
        for path, values in paths.items()
    )
    return columns, tuple(lists)


def _singles(value: object, path: str, depth: int) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for name, one in value.items():
            yield from _singles(one, _joined(path, name), depth + 1)
    elif path:
        yield path, value


def _text(value: object) -> str:
    if value is None or isinstance(value, dict):
        return ""
    return str(getattr(value, "written", value))


def _texts(values: Iterator[str]) -> tuple[str, ...]:
    return tuple(value.strip() for value in values if value.strip())


def _joined(path: str, name: str) -> str:
    return f"{path}.{_quoted(name)}" if path else _quoted(name)


def _quoted(name: str) -> str:
    """Return a name as JMESPath takes it."""
    return name if _WORD.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _toml(text: str) -> str:
    """Return a text as TOML writes it, without a backslash where that can be."""
    return json.dumps(text, ensure_ascii=False) if '"' not in text or "'" in text else f"'{text}'"


def _is_reference(column: Column) -> bool:
    """Return whether a column could be the reference: always there, never twice, no prose."""
    values = column.values
    if len(values) != column.rows or len(set(values)) != len(values):
        return False
    if list(_readings(values)) or _known(values) != (_NO_PLACE, ""):
        return False
    return all(len(value) <= 64 and " " not in value for value in values)  # noqa: PLR2004


def _proposal(column: Column) -> Iterator[str]:
    """Yield the lines about one column: what it looks like, and a field in a comment."""
    filled = f"{len(column.values)} of {column.rows} filled"
    shapes = ", ".join(dict.fromkeys(map(_shape, column.values[:50])))
    yield f"# {column.path}: {filled}{'; looks like ' + _cut(shapes) if shapes else ''}"
    target, said = _known(column.values)
    readings = list(_readings(column.values))
    if any(one.startswith("time:") for one in readings):
        yield "# in which zone is its clock? Z, an offset, or a name such as Europe/Amsterdam"
    if len(readings) > 1:
        yield f"# which of these is it? {' or '.join(readings)}"
    path = _toml(column.path)
    convert = f", convert = [{json.dumps(readings[0])}]" if len(readings) == 1 else ""
    lookup = _lookup(column) if not readings and not said else ""
    yield f'# "{target}" = {{ path = {path}{convert}{lookup} }}{"  # " + said if said else ""}'


def _known(values: Sequence[str]) -> tuple[str, str]:
    """Return where values of a well-known form belong, and what they are."""
    for name, place, pattern in _KNOWN:
        if values and all(pattern.fullmatch(value) for value in values):
            return place, name
    return _NO_PLACE, ""


def _cut(shapes: str) -> str:
    return ", ".join(shapes.split(", ")[:_MOST_SHAPES])


def _shape(value: str) -> str:
    shape = "".join(
        "9" if sign.isdigit() else "A" if sign.isalpha() else " " if sign.isspace() else sign
        for sign in value[:40]
    )
    return re.sub(r"A{4,}", "A…", re.sub(r"9{9,}", "9…", shape)).replace(",", ";")


def _lookup(column: Column) -> str:
    """Return a table to fill in, where a few short codes come again and again."""
    codes = sorted(set(column.values))
    recurring = len(codes) <= _MOST_CODES and len(codes) < len(column.values)
    if not recurring or not all(len(one) <= _LONGEST_CODE and one.isalpha() for one in codes):
        return ""
    entries = ", ".join(f'{json.dumps(one, ensure_ascii=False)} = "?"' for one in codes)
    return f", lookup = {{ {entries} }}"


def _readings(values: Sequence[str]) -> Iterator[str]:
    """Yield each converter, with its argument, by which every value can be read."""
    if not values:
        return
    for form in DATE_FORMS:
        if form != "YYYY" and _fits(values, "date", form):
            yield f"date:{form}"
    for form in DATE_FORMS:
        if "D" in form and _fits(values, "time", f"{form};Z"):
            yield f"time:{form};Z"  # or the zone in which its clock stands
    marked = any(mark in value for value in values for mark in ",.")
    for name in ("decimal_comma", "decimal_point"):
        if marked and _fits(values, name, ""):
            yield name


def _fits(values: Sequence[str], name: str, argument: str) -> bool:
    apply: Callable[[str, str], object] = CONVERTERS[name].apply
    try:
        for value in values:
            apply(value, argument)
    except NotConverted:
        return False
    return True
