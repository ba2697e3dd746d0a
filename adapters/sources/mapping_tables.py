"""Tables of a mapping: a CSV beside it, pinned by its digest, that says what a code means.

Owns reading the text of a table and of an XSD that came with a mapping. Whoever reads the folder
puts the text in; nothing here opens a file.

    [tables.countries]
    file = "countries.csv"
    digest = "sha256:…"
    key = "code"
    value = "iso"
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters import safe_csv
from adapters.base import Caps, SourceUnreadable
from adapters.safe_json import child

MOST_TABLES: Final = 32
MOST_ROWS: Final = 20_000
MOST_FILE_CHARS: Final = 1024 * 1024
FILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,95}\.(?:csv|xsd)")
_MEMBERS: Final = ("file", "digest", "key", "value", "delimiter", "text")

Tell = Callable[[str, str, str, str], None]  # pointer, code, detail, hint


def digest_of(text: str) -> str:
    """Return the digest that pins a file: of its text, whatever the line ends."""
    plain = text.replace("\r\n", "\n")
    return f"sha256:{hashlib.sha256(plain.encode(errors='surrogatepass')).hexdigest()}"


def pinned(table: Mapping[str, object], place: str, tell: Tell, member: str = "file") -> str | None:
    """Return the text that came with a table if it is the pinned one; else tell what is wrong."""
    name, text = table.get(member), table.get("text")
    if not isinstance(name, str) or not FILE_NAME.fullmatch(name):
        hint = "The name of a file beside the mapping, NAME.csv or NAME.xsd, in small letters."
        tell(f"{place}/{member}", "required", "No file is named.", hint)
        return None
    if not isinstance(text, str):
        hint = f"Put {name} beside the mapping."
        tell(f"{place}/{member}", "no-such-file", "The file is not there.", hint)
        return None
    if len(text) > MOST_FILE_CHARS:
        hint = f"At most {MOST_FILE_CHARS} characters."
        tell(f"{place}/{member}", "too-large", "The file is too large.", hint)
        return None
    if table.get("digest") != digest_of(text):
        hint = f'If the file is the right one, write digest = "{digest_of(text)}".'
        tell(f"{place}/digest", "digest-differs", "The file is another than the pinned one.", hint)
        return None
    return text


def read_tables(
    tables: object, known: Callable[[Mapping[str, object], tuple[str, ...], str], None], tell: Tell
) -> dict[str, Mapping[str, str]]:
    """Return each table by its name; what is wrong is told, and that table left empty."""
    if not isinstance(tables, Mapping) or len(tables) > MOST_TABLES:
        hint = f"Write at most {MOST_TABLES} tables [tables.NAME]."
        tell("/tables", "wrong-type", "Not tables.", hint)
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for name, table in tables.items():
        place = child("/tables", name)
        found[str(name)] = {}
        if not isinstance(table, Mapping):
            tell(place, "wrong-type", "Not a table.", "Write [tables.NAME] and its members.")
            continue
        known(table, _MEMBERS, place)
        text = pinned(table, place, tell)
        if text is not None:
            found[str(name)] = _rows(table, text, place, tell)
    return found


def _rows(table: Mapping[str, Any], text: str, place: str, tell: Tell) -> Mapping[str, str]:
    delimiter = table.get("delimiter", ",")
    if delimiter not in safe_csv.DELIMITERS:
        hint = "One of " + ", ".join(repr(one) for one in safe_csv.DELIMITERS) + "."
        tell(f"{place}/delimiter", "not-in-list", "Not a delimiter.", hint)
        return {}
    caps = Caps(max_bytes=4 * MOST_FILE_CHARS, max_records=MOST_ROWS)
    dialect = safe_csv.Dialect(delimiter=delimiter)
    try:
        rows = list(safe_csv.rows(text.encode(errors="replace"), dialect, caps))
    except SourceUnreadable as refused:
        for fault in refused.faults:
            tell(f"{place}/file", fault.code, f"{fault.pointer}: {fault.detail}", fault.hint)
        return {}
    if not rows:
        tell(f"{place}/file", "required", "The file has no rows.", "Write a header and rows.")
        return {}
    key, value = table.get("key"), table.get("value")
    for member, column in (("key", key), ("value", value)):
        if not isinstance(column, str) or column not in rows[0].cells:
            hint = f"The columns are {', '.join(rows[0].cells)}."[:400]
            tell(f"{place}/{member}", "no-such-column", "Not a column of the file.", hint)
            return {}
    return _by_key(rows, str(key), str(value), place, tell)


def _by_key(
    rows: list[safe_csv.Row], key: str, value: str, place: str, tell: Tell
) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        if row.cells[key] in found:
            detail = f"Line {row.line} of the file has the key of an earlier line."
            tell(f"{place}/file", "doubled-key", detail, "Keep one line for each key.")
        found.setdefault(row.cells[key], row.cells[value])
    return found


def version_of(mapping: Mapping[str, object]) -> str:
    """Return the version of a mapping: the same for the same bytes in, the same record out.

    Title and owner are not in it, texts of tables are.
    """
    said = {name: value for name, value in mapping.items() if name not in ("title", "owner")}
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
