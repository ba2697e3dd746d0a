"""Read CSV that a stranger wrote: the only CSV parser of the gateway.

Owns strictness: nothing is sniffed. Delimiter, quote, encoding and header are declared by whoever
owns the mapping; bytes that do not fit are refused with line and column.

Stays true:
  * Whatever the bytes, the answer is rows or SourceUnreadable, in time linear in their length.
  * A place is ``/LINE/COLUMN``: the line of the file a row starts on (from 1), the column's name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.base import AdapterFault, Caps, SourceUnreadable
from adapters.safe_json import check_size, child

if TYPE_CHECKING:
    from _csv import Reader

ENCODINGS: Final = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "us-ascii",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-5",
    "iso-8859-7",
    "iso-8859-15",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1257",
)
DELIMITERS: Final = (",", ";", "\t", "|")
MOST_SKIPPED: Final = 50
QUOTES: Final = ('"', "'")
_NEWLINE: Final = "\n"
_DELIMITERS_IN_TEXT: Final = 4  # per cell that counts, before rows are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How the file is written. `columns` names them where the file has no header line.

    `skip_lines` stand before the header and are no part of the table. `final_newline`: the last
    line ends as the others do, so that a file cut in its last cell can be told from a whole one.
    """

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    columns: tuple[str, ...] = ()
    skip_lines: int = 0
    final_newline: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it starts on, its cells by column name."""

    line: int
    cells: dict[str, str]


def rows(raw: bytes, dialect: Dialect, caps: Caps) -> Iterator[Row]:
    """Yield the rows of a file, without its header; blank lines are passed over.

    Raises SourceUnreadable. A cell is as written; nothing is trimmed.
    """
    text = _below(_decode(raw, dialect, caps), dialect.skip_lines)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        strict=True,
    )
    columns = dialect.columns
    cells = count = 0
    for start, values in _read(reader, dialect.skip_lines + 1):
        if not values:
            continue
        cells += len(values)
        _check_row(values, start, cells, caps)
        if not columns:
            columns = _header(values, start)
            continue
        if len(values) != len(columns):
            raise _fault(
                f"/{start}",
                "wrong-columns",
                f"The row has {len(values)} cells, the header {len(columns)}.",
                "Check quotes and delimiter of this line.",
            )
        count += 1
        if count > caps.max_records:
            raise _fault(
                f"/{start}",
                "too-many-records",
                f"More than {caps.max_records} rows in one file.",
                "Send them in several requests.",
            )
        yield Row(start, dict(zip(columns, values, strict=True)))


def _decode(raw: bytes, dialect: Dialect, caps: Caps) -> str:
    check_size(raw, caps)
    try:
        text = raw.decode(dialect.encoding)
    except (UnicodeDecodeError, UnicodeError) as error:
        start = getattr(error, "start", 0)
        raise _fault(
            "",
            "bad-encoding",
            f"Byte {start} is not {dialect.encoding}.",
            "Write the file in the encoding that the mapping declares, or change the mapping.",
        ) from None  # the original holds the document
    if "\x00" in text:
        raise _fault("", "malformed", "The file holds a null character.", "Export it as text.")
    if text.startswith("\ufeff"):
        raise _fault(
            "",
            "bad-encoding",
            "The file starts with a byte order mark.",
            "Declare `utf-8-sig` in the mapping.",
        )
    if dialect.final_newline and text and text[-1] not in "\r\n":
        raise _fault(
            f"/{text.count(_NEWLINE) + 1}",
            "no-final-newline",
            "The last line does not end: the file may be cut off in its last cell.",
            "Send it whole. If its writer never ends the last line, leave `final_newline` out.",
        )
    breaks = text.count(dialect.delimiter) + text.count("\n") + text.count("\r")
    if breaks > _DELIMITERS_IN_TEXT * caps.max_members:
        raise _too_many(caps)
    return text


def _below(text: str, lines: int) -> str:
    """Return the text without its first lines."""
    start = 0
    for _ in range(lines):
        start = text.find("\n", start) + 1 or len(text)
    return text[start:]


def _read(reader: Reader, first: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it starts on; a row may span lines."""
    while True:
        start = reader.line_num + first
        try:
            values = next(reader, None)
        except csv.Error:
            raise _fault(
                f"/{start}",
                "malformed",
                "A row that cannot be told apart into cells.",
                "Check its quotes; a quote inside a cell is doubled.",
            ) from None  # the original quotes the document
        if values is None:
            return
        yield start, values


def _check_row(values: list[str], line: int, cells: int, caps: Caps) -> None:
    if cells > caps.max_members:
        raise _too_many(caps)
    if len(values) > caps.max_columns:
        raise _fault(
            f"/{line}",
            "too-many-columns",
            f"More than {caps.max_columns} columns.",
            "Check the delimiter.",
        )
    for place, value in enumerate(values):
        if len(value) > caps.max_string_chars:
            raise _fault(
                f"/{line}/{place}",
                "too-long",
                f"A cell of more than {caps.max_string_chars} characters.",
                "Check the quotes; files do not belong in a record.",
            )


def _header(values: list[str], line: int) -> tuple[str, ...]:
    names = tuple(value.strip() for value in values)
    for place, name in enumerate(names):
        if not name or name in names[:place]:
            raise _fault(
                child(f"/{line}", place),
                "bad-header",
                "A column without a name, or with the name of another.",
                "Name every column once, or name them in the mapping.",
            )
    return names


def _too_many(caps: Caps) -> SourceUnreadable:
    return _fault(
        "",
        "too-many-members",
        f"More than {caps.max_members} cells in one file.",
        "Send fewer rows in one file.",
    )


def _fault(pointer: str, code: str, detail: str, hint: str) -> SourceUnreadable:
    return SourceUnreadable(AdapterFault(pointer, code, detail, hint))
