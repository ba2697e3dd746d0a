"""No imagery, in any form: bytes before the adapter, every string after it (rule R-02).

Owns the two passes over a submission. `inspect_bytes` looks at the document as it came: what it
is declared to be, how it begins, and what stands in it, also where no adapter will look.
`inspect_strings` looks at a draft or record. Leaves the marks themselves to `core.media`.

Stays true:
  * What is refused is named by its place and by what gave it away, never by its content.
  * Words about media are no media: a text may say "PhotoDNA" or "image/png".
  * Time is linear in the length of what is inspected.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from adapters import safe_json, safe_xml
from adapters.base import Caps, SourceUnreadable
from gateway.core import carriers, encodings, media
from gateway.core.encodings import Hidden
from gateway.core.errors import Fault, GatewayError
from gateway.core.hidden import Search, begins, may_hold

HINT: Final = "Send metadata only: leave pictures, films, files and their perceptual hashes out."
_POINTER_CHARS: Final = 256
_HEAD: Final = 64
_UNKNOWN_SIZE: Final = 1024 * 1024
_MOST: Final = 32  # findings named; more say nothing new
_INNER_DOCUMENTS: Final = 2  # a document within a text, and one within that
# Wider than an adapter's, so that only what nobody reads goes unread; adapters apply their own.
_CAPS: Final = Caps(max_members=2_000_000, max_string_chars=16 * 1024 * 1024)

_SLASHED: Final = re.compile(r"""\\(["\\/nrt])""")
_NAMES_OF_MEDIA: Final = media.PERCEPTUAL_HASHES | media.THUMBNAILS
_COMMENTS: Final = re.compile(r"<!--(.*?)(?:-->|\Z)|<\?(.*?)(?:\?>|\Z)", re.DOTALL)
# As compact as a record text, and without the search for circles that a draft cannot have.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False)
# Bytes written as text: no word of any language is as long.
_LIKE_BYTES: Final = re.compile(r"\s*[A-Za-z0-9+/_=-]{40}")
_LEAST_PIECE: Final = 16
_LONGEST_TYPE: Final = 256


class ImageryRefused(GatewayError):
    """The submission carries imagery, or what stands for it; nothing of it was kept."""

    code: ClassVar[str] = "imagery"
    advice: ClassVar[str] = HINT


@dataclass(frozen=True, slots=True)
class Imagery:
    """One sign of imagery: where, a stable code, a sentence."""

    pointer: str
    code: str
    detail: str

    @property
    def hint(self) -> str:
        """How to mend it."""
        return HINT


def refuse(found: Sequence[Imagery]) -> None:
    """Raise ImageryRefused, naming every place, if anything was found."""
    if found:
        faults = tuple(Fault(one.pointer, one.code, one.detail, one.hint) for one in found)
        raise ImageryRefused(faults=faults)


def inspect_bytes(raw: bytes, content_type: str, filename: str | None = None) -> list[Imagery]:
    """Return the signs of imagery in a document as it came, before any adapter reads it.

    Looks into JSON, NDJSON, XML and lines of text. A document that cannot be read as what it
    looks like is searched as text; refusing it for its form is the adapter's.
    """
    if media.MEDIA_TYPE.fullmatch(content_type):
        return [Imagery("", "media-type", "The document is declared to be media or an archive.")]
    if filename is not None and media.MEDIA_FILE.fullmatch(filename):
        return [Imagery("", "media-file", "The name of the file is that of media or an archive.")]
    if carriers.is_archive(raw):
        return [Imagery("", "archive", "The document is an archive.")]
    found = begins(raw[:_HEAD], _UNKNOWN_SIZE, lambda: raw)
    if found is not None:
        return [Imagery("", found[0], f"The document is {found[1]}.")]
    plain = _in_utf_8(raw)
    if not _is_suspect(plain):
        return []
    text = plain.decode(errors="replace")
    return list(_unique(_inspect_document(raw, text, Search(len(text)))))


def inspect_strings(value: object) -> list[Imagery]:
    """Return the signs of imagery in a draft or record: names, texts and documents within texts."""
    try:
        whole = _ENCODER.encode(value).encode(errors="replace")
    except (TypeError, ValueError, RecursionError):
        whole = b""  # not of JSON: look at each text
    if whole and not may_hold(whole):
        return []
    return list(_unique(_inspect(value, "", 0, Search(len(whole) or _UNKNOWN_SIZE))))


def _in_utf_8(raw: bytes) -> bytes:
    """Return the document in UTF-8, also from encodings of two bytes that an adapter may read."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif raw[1:2] == b"\x00":
        encoding = "utf-16-le"
    elif raw[:1] == b"\x00":
        encoding = "utf-16-be"
    else:
        return raw
    return raw.decode(encoding, errors="replace").encode(errors="replace")


def _is_suspect(raw: bytes) -> bool:
    """Return whether anything in a document is worth a thorough look."""
    markup = raw[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return may_hold(raw) or (markup and raw.count(b"<?") > raw.count(b"<?xml"))


def _inspect_document(raw: bytes, text: str, search: Search) -> Iterator[Imagery]:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in {"{", "["}:
        yield from _inspect_json(raw, text, search)
    elif start == "<":
        yield from _inspect_xml(raw, text, search)
    else:
        yield from _inspect_lines(text, search)


def _inspect_json(raw: bytes, text: str, search: Search) -> Iterator[Imagery]:
    try:
        yield from _inspect(safe_json.load(raw, _CAPS), "", 0, search)
    except SourceUnreadable:
        lines = [line for line in raw.split(b"\n") if line.strip()]
        if len(lines) == 1:
            yield from _inspect_whole(text, search)
            return
        for number, line in enumerate(lines, start=1):
            try:
                yield from _inspect(safe_json.load(line, _CAPS), f"/{number}", 0, search)
            except SourceUnreadable:
                yield from _inspect_broken(line.decode(errors="replace"), f"/{number}", search)


def _inspect_xml(raw: bytes, text: str, search: Search) -> Iterator[Imagery]:
    for comment in _COMMENTS.finditer(text):
        yield from _inspect_text(comment[1] or comment[2] or "", "", search)
    try:
        root = safe_xml.load(raw, _CAPS)
    except SourceUnreadable:
        yield from _inspect_whole(text, search)
        return
    yield from _inspect_elements(root, "", 0, search)


def _inspect_elements(
    root: safe_xml.Element, pointer: str, documents: int, search: Search
) -> Iterator[Imagery]:
    for element in root.walk():
        path = pointer + element.path
        members = {one.tag: one.text or one.children for one in element.children}
        below = {**element.attributes, **members}
        if element.children or element.attributes:
            if element.text:
                below["content"] = element.text
            yield from _inspect_object(below, path)
        if element.text:
            yield from _inspect(element.text, path, documents, search)
        for name, value in element.attributes.items():
            yield from _inspect(value, safe_json.child(path, f"@{name}"), documents, search)


def _inspect_lines(text: str, search: Search) -> Iterator[Imagery]:
    """Search CSV and other text: the first line for names as well."""
    yield from (Imagery(*found) for found in carriers.in_lines(text))
    for number, names in carriers.headers(text):
        if any(media.plain_name(name) in _NAMES_OF_MEDIA for name in names):
            detail = "A column for thumbnails or perceptual hashes."
            yield Imagery(f"/{number}", "media-column", detail)
    header, _, rest = text.partition("\n")
    yield from _inspect_text(header, "/1", search)
    found = search.in_text(rest)
    if found is None and '""' in rest:
        found = search.in_text(rest.replace('""', '"'))  # as a cell writes one
    if found is None:
        return
    lines = enumerate(rest.split("\n"), start=2)
    named = [one for no, line in lines for one in _inspect_text(line, f"/{no}", search)]
    yield from named or [Imagery("", *found)]  # what is wrapped shows in no single line


def _inspect_broken(text: str, pointer: str, search: Search) -> Iterator[Imagery]:
    """Search a text that is JSON nearly, as it stands and without the marks of escapes."""
    yield from _inspect_text(text, pointer, search)
    if "\\" in text:
        plain = _SLASHED.sub(lambda one: "\n" if one[1] in "nrt" else one[1], text)
        yield from _inspect_text(plain, pointer, search)


def _inspect_whole(text: str, search: Search) -> Iterator[Imagery]:
    """Search a document that cannot be read as one text, what stands in quotes as names."""
    yield from _inspect_broken(text, "", search)
    for name in re.findall(r"[\"<]([A-Za-z0-9_.-]{2,40})[\">]", text[:1_000_000]):
        if media.plain_name(name) in _NAMES_OF_MEDIA:
            yield Imagery("", "media-member", "A member for thumbnails or perceptual hashes.")
            return


def _inspect(value: object, pointer: str, documents: int, search: Search) -> Iterator[Imagery]:
    """Go through a value; with a stack, since the depth of a draft is not measured here."""
    waiting: list[tuple[object, str]] = [(value, pointer)]
    while waiting:
        node, here = waiting.pop()
        if isinstance(node, Mapping):
            yield from _inspect_object(node, here)
            yield from _as_bytes(encodings.from_members(node), here, search)
            for name, below in node.items():
                place = safe_json.child(here, name)
                yield from _inspect_text(str(name), place, search)
                waiting.append((below, place))
        elif isinstance(node, str):
            yield from _inspect_text(node, here, search)
            if documents < _INNER_DOCUMENTS and node.lstrip()[:1] in {"{", "[", "<", '"'}:
                yield from _inspect_inner(node, here, documents + 1, search)
        elif isinstance(node, list | tuple):
            yield from _inspect_list(node, here, search)
            waiting.extend((one, safe_json.child(here, index)) for index, one in enumerate(node))


def _inspect_list(entries: Sequence[object], pointer: str, search: Search) -> Iterator[Imagery]:
    """Look at a list as a whole: bytes as numbers, and a text cut into pieces."""
    if len(entries) >= encodings.LEAST_BYTES and all(type(one) is int for one in entries):
        numbers = [one for one in entries if isinstance(one, int)]
        yield from _as_bytes(encodings.from_numbers(numbers), pointer, search)
    pieces = [one for one in entries if isinstance(one, str) and len(one) >= _LEAST_PIECE]
    if len(pieces) > 1 and not any(" " in piece for piece in pieces):
        yield from _inspect_text("".join(pieces), pointer, search)


def _as_bytes(found: Iterator[Hidden], pointer: str, search: Search) -> Iterator[Imagery]:
    """Look at what numbers may stand for."""
    for hidden in found:
        sign = search.in_bytes(hidden, 1)
        if sign is not None:
            yield Imagery(pointer[:_POINTER_CHARS], *sign)


def _inspect_inner(text: str, pointer: str, documents: int, search: Search) -> Iterator[Imagery]:
    """Open a document within a text. What is none is words that begin with a bracket."""
    try:
        if text.lstrip().startswith("<"):
            root = safe_xml.load(text.encode(errors="replace"), _CAPS)
            yield from _inspect_elements(root, pointer, documents, search)
            return
        inner = safe_json.load(text.encode(errors="replace"), _CAPS)
    except SourceUnreadable:
        return
    yield from _inspect(inner, pointer, documents, search)


def _inspect_text(text: str, pointer: str, search: Search) -> Iterator[Imagery]:
    found = search.in_text(text)
    if found is not None:
        yield Imagery(pointer[:_POINTER_CHARS], *found)


def _inspect_object(members: Mapping[Any, object], pointer: str) -> Iterator[Imagery]:
    for place, code, detail in carriers.in_members(members, pointer):
        yield Imagery(place[:_POINTER_CHARS], code, detail)
    yield from _inspect_names(members, pointer)


def _inspect_names(members: Mapping[Any, object], pointer: str) -> Iterator[Imagery]:
    """Look at the names of one object together: what they say it describes."""
    names = {media.plain_name(str(name)): str(name) for name in members}
    for plain, name in names.items():
        if members.get(name) in ("", None, [], {}):
            continue
        place = safe_json.child(pointer, name)[:_POINTER_CHARS]
        if plain in media.PERCEPTUAL_HASHES:
            yield Imagery(place, "perceptual-hash", "A perceptual hash stands for a picture.")
        elif plain in media.THUMBNAILS:
            yield Imagery(place, "thumbnail", "A member for a small copy of a picture.")
    if names.keys() & media.PROPERTIES_OF_FILES and names.keys() & media.DIGESTS_OF_FILES:
        yield Imagery(pointer[:_POINTER_CHARS], "media-catalogue", "The entry of a media file.")
    yield from _inspect_payloads(members, names, pointer)


def _inspect_payloads(
    members: Mapping[Any, object], names: Mapping[str, str], pointer: str
) -> Iterator[Imagery]:
    """Look for a media type or the name of a media file beside what can be its content."""
    payloads = names.keys() & media.PAYLOADS
    if not payloads:
        return
    for name, value in members.items():
        plain = media.plain_name(str(name))
        beside = payloads - {plain}
        if not beside or not isinstance(value, str) or len(value) > _LONGEST_TYPE:
            continue
        place = safe_json.child(pointer, name)[:_POINTER_CHARS]
        if media.MEDIA_TYPE.fullmatch(value):
            yield Imagery(place, "media-type", "Content of a media type is embedded.")
        elif (
            plain in media.FILE_NAMES
            and media.MEDIA_FILE.fullmatch(value)
            and any(_like_bytes(members.get(names[one])) for one in beside)
        ):
            yield Imagery(place, "media-file", "The content of a media file is embedded.")


def _like_bytes(value: object) -> bool:
    """Return whether a value looks like the bytes of a file, in whatever encoding."""
    if isinstance(value, str):
        return _LIKE_BYTES.match(value) is not None
    return isinstance(value, list | tuple) and len(value) >= encodings.LEAST_BYTES


def _unique(found: Iterator[Imagery]) -> Iterator[Imagery]:
    """Pass each finding on once, up to a bound; stops looking there."""
    seen: set[Imagery] = set()
    for one in found:
        if one not in seen:
            seen.add(one)
            yield one
        if len(seen) == _MOST:
            return
