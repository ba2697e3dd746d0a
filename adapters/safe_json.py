"""Read JSON that a stranger wrote: the only JSON parser of the gateway.

Owns strictness: UTF-8 without a mark, no doubled member, no number that is not one, no half of a
surrogate pair, bounds on depth, members, strings and digits. Bounds that protect the parser
itself (depth, members) are checked on the text, before it is parsed.

Stays true:
  * Whatever the bytes, the answer is a value or SourceUnreadable, in time linear in their length.
  * No fault repeats a value of the document.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from adapters.base import AdapterFault, Caps, SourceUnreadable

# The closing quote is optional, so that an unclosed string cannot make the search start over.
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_HALF_PAIR: Final = re.compile(r"\\u[dD][89a-fA-F]")
_QUOTES_PER_MEMBER: Final = 4  # of a name and of a value


class _Doubled(dict[str, object]):
    """An object in which a name stands twice."""

    name = ""


class Fraction(float):
    """A number with a fraction or an exponent, and how it was written."""

    written: str

    @classmethod
    def read(cls, text: str) -> Fraction:
        """Return the number that a text of JSON is."""
        made = cls(text)
        made.written = text
        return made


class _LongNumber:
    """A number with more digits than allowed, or one no computer holds."""


def load(raw: bytes, caps: Caps) -> object:
    """Return the value of one JSON document. Raises SourceUnreadable.

    Numbers with a fraction come back as `Fraction`; whether one may stand there is not decided.
    """
    text = decode(raw, caps)
    _measure(text, caps)
    reader = _Reader(caps)
    try:
        value = reader.decoder.decode(text)
    except json.JSONDecodeError as error:
        raise _malformed(
            f"Not JSON at line {error.lineno}, column {error.colno}.",
            "Check the document with a JSON formatter.",
        ) from None  # the original message quotes the document
    if reader.suspicious or _HALF_PAIR.search(text) or len(text) > caps.max_string_chars:
        faults = list(_look(value, "", caps))
        if faults:
            raise SourceUnreadable(*faults)
    return value


def lines(raw: bytes, caps: Caps) -> Iterator[tuple[int, bytes]]:
    """Yield number (from 1) and bytes of each line of NDJSON that is not blank.

    The bytes are a slice of the document without its line end. Raises SourceUnreadable when the
    document holds more lines than a document may hold records.
    """
    check_size(raw, caps)
    count = 0
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        count += 1
        if count > caps.max_records:
            raise SourceUnreadable(
                AdapterFault(
                    f"/{number}",
                    "too-many-records",
                    f"More than {caps.max_records} records in one document.",
                    "Send them in several requests.",
                )
            )
        yield number, line.removesuffix(b"\r")


def check_size(raw: bytes, caps: Caps) -> None:
    """Raise SourceUnreadable if the document is larger than allowed."""
    if len(raw) > caps.max_bytes:
        raise SourceUnreadable(
            AdapterFault(
                "",
                "too-large",
                f"The document is larger than {caps.max_bytes} bytes.",
                "Send fewer records in one document.",
            )
        )


def decode(raw: bytes, caps: Caps) -> str:
    """Return the text of a UTF-8 document. Raises SourceUnreadable."""
    check_size(raw, caps)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceUnreadable(
            AdapterFault(
                "",
                "bad-encoding",
                f"Byte {error.start} is not UTF-8.",
                "Write the document in UTF-8.",
            )
        ) from None  # the original holds the document
    if text.startswith("\ufeff"):
        raise SourceUnreadable(
            AdapterFault(
                "",
                "bad-encoding",
                "The document starts with a byte order mark.",
                "Write UTF-8 without a mark.",
            )
        )
    return text


def child(pointer: str, name: str | int) -> str:
    """Return the pointer (RFC 6901) of the member or entry `name` below `pointer`."""
    text = str(name)
    if "~" in text or "/" in text:
        text = text.replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{text}"


def _measure(text: str, caps: Caps) -> None:
    """Refuse what is too deep or too many before the parser sees it."""
    if text.count("[") + text.count("{") <= caps.max_depth and len(text) <= caps.max_members:
        return
    quotes = text.count('"') - text.count('\\"')
    if quotes > _QUOTES_PER_MEMBER * caps.max_members:
        raise _too_many(caps)
    bare = _STRING.sub("", text)
    if bare.count(",") + bare.count("[") + bare.count("{") > caps.max_members:
        raise _too_many(caps)
    if bare.count("]") + bare.count("}") > caps.max_members:
        raise _malformed("More brackets close than open.", "Check the end of the document.")
    depth = 0
    for match in _BRACKET.finditer(bare):
        depth += 1 if match[0] in "[{" else -1
        if depth > caps.max_depth:
            raise SourceUnreadable(
                AdapterFault(
                    "",
                    "too-deep",
                    f"Objects and arrays stand more than {caps.max_depth} deep.",
                    "Flatten the document.",
                )
            )


class _Reader:
    """One reading: a decoder whose hooks mark what is wrong, to be found with its place later."""

    def __init__(self, caps: Caps) -> None:
        self.suspicious = False
        self._most_digits = caps.max_number_digits
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=self._number(int),
            parse_float=self._number(Fraction.read),
            parse_constant=self._constant,
        )

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self.suspicious = True
        doubled = _Doubled(found)
        last_places = {name: place for place, (name, _) in enumerate(pairs)}
        doubled.name = next(n for place, (n, _) in enumerate(pairs) if last_places[n] != place)
        return doubled

    def _number(self, kind: Callable[[str], float]) -> Callable[[str], object]:
        def number(text: str) -> object:
            if len(text) <= self._most_digits:
                value = kind(text)
                if math.isfinite(value):
                    return value
            self.suspicious = True
            return _LongNumber()

        return number

    def _constant(self, _: str) -> NoReturn:
        raise _malformed("NaN and Infinity are not JSON.", "Leave the member out.")


def _look(value: object, place: str, caps: Caps) -> Iterator[AdapterFault]:
    """Yield what is wrong with values; recursion is safe, since depth was measured before."""
    if isinstance(value, dict):
        if isinstance(value, _Doubled):
            yield AdapterFault(
                child(place, value.name),
                "doubled-member",
                "The same member stands twice in one object.",
                "Keep one of them.",
            )
        for name, below in value.items():
            yield from _look_at_text(name, child(place, name), caps)
            yield from _look(below, child(place, name), caps)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _look(below, child(place, index), caps)
    elif isinstance(value, str):
        yield from _look_at_text(value, place, caps)
    elif isinstance(value, _LongNumber):
        yield AdapterFault(
            place,
            "number-too-long",
            f"A number with more than {caps.max_number_digits} digits, or too great to hold.",
            "Write it as a string.",
        )


def _look_at_text(text: str, place: str, caps: Caps) -> Iterator[AdapterFault]:
    if len(text) > caps.max_string_chars:
        yield AdapterFault(
            place[:256],
            "too-long",
            f"A text of more than {caps.max_string_chars} characters.",
            "Shorten it; files do not belong in a record.",
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        yield AdapterFault(
            place.encode(errors="replace").decode(),
            "half-character",
            "A text holds half of a surrogate pair.",
            "Write the whole character, or leave it out.",
        )


def _malformed(detail: str, hint: str) -> SourceUnreadable:
    return SourceUnreadable(AdapterFault("", "malformed", detail, hint))


def _too_many(caps: Caps) -> SourceUnreadable:
    return SourceUnreadable(
        AdapterFault(
            "",
            "too-many-members",
            f"More than {caps.max_members} members and entries in one document.",
            "Send fewer records in one document.",
        )
    )
