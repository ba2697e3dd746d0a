"""Formats whose business is media: what gives each away, so that it is refused by its path.

Owns the tables and three looks: at a document as a whole, at its lines, at the members of one
object. `guard` goes through the document and asks here. A format that merely may carry media is
judged by what it carries, not by its name.

Sources: the member names of the VICS data models 1 and 2 (Project VIC), of MISP, of STIX 2.1
(`artifact`), of UCO (`ContentDataFacet`), and RFC 2045 for parts of a mail.

Stays true:
  * What is found is named by its path and by what gave it away, never by its content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from adapters.safe_json import child
from gateway.core.media import DIGESTS_OF_FILES, MEDIA_TYPE, PERCEPTUAL_HASHES

Found = tuple[str, str, str]  # pointer, code, sentence

# The entry of a catalogue of media that leaves digests out: its number, and what is said of it.
_NUMBER_OF_MEDIUM: Final = "mediaid"
_SAID_OF_MEDIA: Final = DIGESTS_OF_FILES | {
    "mediafiles", "category", "mimetype", "filepath", "victimidentified", "offenderidentified",
    "isprecategorized", "isdistributed",
}  # fmt: skip
# An entry that says of which kind a digest is, and gives it.
_KINDS_OF_DIGEST: Final = frozenset(
    {"hashtype", "hashalgorithm", "algorithm", "algo", "alg", "type", "kind", "name"}
)
_DIGESTS: Final = frozenset({"hash", "hashvalue", "digest", "value", "content"})
# Attributes of an event that are files, with the member that has their bytes.
_ATTACHMENTS: Final = frozenset({"attachment", "malwaresample"})
_BYTES: Final = "data"
_PAYLOADS: Final = frozenset({"payloadbin", "datapayload"})
_PART: Final = re.compile(
    r"^Content-Type:[ \t]{0,8}(?:image|video|audio)/", re.IGNORECASE | re.MULTILINE
)
_TAR: Final = (257, b"ustar")  # the one archive that begins with the name of a file
_LONGEST_KIND: Final = 64
_MARKS: Final = re.compile(r"[^a-z0-9]+")
_SEPARATORS: Final = re.compile(r"[,;\t|]")
_MOST_ABOVE_HEADER: Final = 51  # lines of which one can be the header: 50 may be passed over
_MOST_LINES: Final = 80
_LEAST_COLUMNS: Final = 2
_LONGEST_HEADER: Final = 64 * 1024
_BESIDE_CELLS: Final = " \t\r\"'\ufeff"
_NAME: Final = re.compile(r"[^\W\d_][\w .:/()-]{0,39}")
_DIGIT: Final = re.compile(r"\d")
_DIGITS: Final = 3  # as in sha256


def is_archive(raw: bytes) -> bool:
    """Return whether a document is an archive that does not begin like one."""
    place, mark = _TAR
    return raw[place : place + len(mark)] == mark


def in_lines(text: str) -> Iterator[Found]:
    """Yield what gives away a document of lines: its columns, the heads of its parts."""
    for number, names in headers(text):
        if _is_catalogue({_plain(name) for name in names}):
            detail = "The columns are those of a catalogue of media."
            yield f"/{number}", "media-catalogue", detail
    for part in _PART.finditer(text):
        line = text.count("\n", 0, part.start()) + 1
        yield f"/{line}", "media-part", "A part of the document is declared to be media."
        return


def headers(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that can be the header of a table, with its cells: the first, and another.

    That one is of names alone, none twice. All lines below have its shape, and not all they hold
    are names; of the lines above none is like it.
    """
    lines = text.split("\n", _MOST_LINES)[:_MOST_LINES]
    heads = (line[:_LONGEST_HEADER] for line in lines)
    table = [[cell.strip(_BESIDE_CELLS) for cell in _SEPARATORS.split(line)] for line in heads]
    yield 1, table[0]
    filled = [(number, cells) for number, cells in enumerate(table) if any(cells)]
    width = len(filled[-1][1]) if filled else 0
    while filled and (len(filled[0][1]) != width or sum(map(bool, filled[0][1])) < _LEAST_COLUMNS):
        del filled[0]
    if not filled or not 0 < filled[0][0] < _MOST_ABOVE_HEADER or not _are_names(filled[0][1]):
        return
    below = [cells for _, cells in filled[1:]]
    cells = [cell for one in below for cell in one]
    if all(len(one) == width for one in below) and not all(map(_is_name, cells)):
        yield filled[0][0] + 1, filled[0][1]


def _are_names(cells: list[str]) -> bool:
    return all(map(_is_name, cells)) and len(set(cells)) == len(cells)


def _is_name(cell: str) -> bool:
    return _NAME.fullmatch(cell) is not None and len(_DIGIT.findall(cell)) <= _DIGITS


def in_members(members: Mapping[Any, object], pointer: str) -> Iterator[Found]:
    """Yield what gives away one object, by the names of its members and what they say."""
    names = {_plain(str(name)): str(name) for name in members}
    if _is_catalogue(names.keys()):
        yield pointer, "media-catalogue", "The entry of a media file."
    if names.keys() & _DIGESTS:
        for plain in sorted(names.keys() & _KINDS_OF_DIGEST):
            if _kind(members, names[plain]) in PERCEPTUAL_HASHES:
                place = child(pointer, names[plain])
                yield place, "perceptual-hash", "A perceptual hash stands for a picture."
    if members.get(_BYTES) and _kind(members, "type") in _ATTACHMENTS:
        yield child(pointer, _BYTES), "attachment", "A file is attached."
    if names.keys() & _PAYLOADS:
        yield from _embedded(members, pointer)


def _embedded(members: Mapping[Any, object], pointer: str) -> Iterator[Found]:
    for name, value in members.items():
        if isinstance(value, str) and MEDIA_TYPE.fullmatch(value[:_LONGEST_KIND]):
            place = child(pointer, str(name))
            yield place, "media-type", "Content of a media type is embedded."


def _kind(members: Mapping[Any, object], name: str) -> str:
    said = members.get(name)
    return _plain(said[:_LONGEST_KIND]) if isinstance(said, str) else ""


def _is_catalogue(names: AbstractSet[str]) -> bool:
    return _NUMBER_OF_MEDIUM in names and not names.isdisjoint(_SAID_OF_MEDIA)


def _plain(name: str) -> str:
    """Return a name without case, marks, and the prefix of a namespace."""
    return _MARKS.sub("", name.rpartition("}")[2].rpartition(":")[2].casefold())
