"""Search one text for media, also behind encodings within encodings. Pure.

Owns the detectors of one text and how deep they look. Leaves documents and their names to `guard`,
the marks of formats to `media`, decoding to `encodings`.

`docs/reference/imagery.md` says what is found and what is not.

Stays true:
  * `may_hold` is quick and never overlooks what the search would find.
  * A mark that random bytes could bear by chance counts only where enough bytes follow it.
  * What is decoded in one document is bounded; beyond, the document is refused as unclear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gateway.core import encodings, media, streams
from gateway.core.encodings import Hidden

_LAYERS: Final = 3  # two encodings, and one that a sending system adds
_LEAST_TEXT: Final = 12  # the shortest sign is a few characters more
_LEAST_ENCODED: Final = 32  # characters of the smallest picture there is, in base64
_LEAST_BEHIND_COMMON: Final = 72  # bytes that must follow a mark that chance could write
_SPARE_BYTES: Final = 1024 * 1024

Sign = tuple[str, str]

# --- the quick look -------------------------------------------------------------------------------

# Words of names; a name can be written with blanks or colons between its words.
_WORDS: Final = frozenset(
    word.encode()
    for word in (
        *media.PERCEPTUAL_HASHES,
        *media.THUMBNAILS,
        *media.PROPERTIES_OF_FILES,
        *("hash", "dna", "neural", "perceptual", "preview", "attachment", "malwaresample"),
    )
)
# A slash is found much more quickly than four words with one.
_SLASHED: Final = re.compile(rb"/(?:9j[/\\]|(?<=image/)|(?<=video/)|(?<=audio/)|(?<=application/))")
_MARKS: Final = (b"iVBORw0KGgo", b"R0lGOD")
_MARKS_WITH_BACKSLASH: Final = (b"\\u00", b"\\/", b"\\\\x", b"\\x")
_MARKS_IN_MARKUP: Final = (b"<svg", b"<~", b"&lt;~", b"<!--", b"<![cdata[")
_IN_LOWER: Final = bytes(
    ord(chr(one).lower()) if chr(one).isalnum() and one < 128 else 32  # noqa: PLR2004
    for one in range(256)
)
_WITHIN_NAMES: Final = b"_-."
# The first two signs of a JPEG picture, of frames of sound.
_LATIN_HEADS: Final = re.compile(rb"\xc3\xbf\xc3[\x98\xa2-\xbf]")
# Bytes as the members of an object, as far as they must be for a look: {"0": 255, "1": 216, …}
_NUMBERED: Final = re.compile(rb'"%d\\*"\s*:' % (encodings.LEAST_BYTES - 1))
_MANY_ESCAPES: Final = 8


def may_hold(raw: bytes) -> bool:
    """Return whether a document may hold anything that a thorough look would find.

    Costs some nanoseconds a byte: every step runs over the bytes without a loop of ours.
    """
    lower = raw.lower()
    return (
        _may_hold_a_run(raw)
        or not _WORDS.isdisjoint(raw.translate(_IN_LOWER, _WITHIN_NAMES).split())
        or _SLASHED.search(lower) is not None
        or b"data:" in lower
        or b"vicsdata" in lower
        or any(map(raw.__contains__, _MARKS))
        or encodings.may_hold_dump(raw)
        or _may_hold_escapes(raw, lower)
        or b"\x1a" in raw
        or b"\x00" in raw
        or _NUMBERED.search(raw) is not None
        or (not raw.isascii() and _LATIN_HEADS.search(raw) is not None)
    )


def _may_hold_escapes(raw: bytes, lower: bytes) -> bool:
    return (
        (b"\\" in raw and any(map(raw.__contains__, _MARKS_WITH_BACKSLASH)))
        or (b"<" in raw and any(map(lower.__contains__, _MARKS_IN_MARKUP)))
        or (b"&" in raw and b"&#" in raw)
        or raw.count(b"%") >= _MANY_ESCAPES
        or (
            raw.count(b"=") >= _MANY_ESCAPES
            and raw.count(b"=") - raw.count(b'="') - raw.count(b"='") >= _MANY_ESCAPES
        )
    )


def _may_hold_a_run(raw: bytes) -> bool:
    return encodings.may_hold_run(raw) or encodings.may_hold_base85(raw)


# --- the thorough look ----------------------------------------------------------------------------

_DATA_URI: Final = re.compile(
    r"data:\s{0,8}(?:(?:image|video|audio)/|application/(?:pdf|zip|octet-stream)"
    r"|[\w.+/;=-]{0,128};\s{0,8}base64\s{0,8},)",
    re.IGNORECASE,
)
_MIME_PART: Final = re.compile(
    r"content-type:[ \t]{0,8}(?:image|video|audio)/[^\r\n]{1,200}(?:\r?\n[^\r\n]{1,200}){0,10}"
    r"\r?\n\r?\n\s{0,8}[A-Za-z0-9+/=]{20}",
    re.IGNORECASE,
)
_SVG: Final = re.compile(r"<svg[\s>]", re.IGNORECASE)
_DATA_MODEL: Final = re.compile(media.DATA_MODEL, re.IGNORECASE)
# Too long to come about by chance, so they count inside of a run and in one line of many, too.
_WHOLE_HEADS: Final = re.compile(
    r"iVBORw0KGgo|R0lGOD[dl]h|[/_]9j[/_](?:4AAQSkZJRg|4[\w+/-]{3}RXhpZg|2wBDA)"
)
_NAMED_HASH: Final = re.compile(
    r"(?:photo[-_ ]?dna|pdna|pdq|tmk|\b[pdaw][-_]?hash|neural[-_ ]?hash|perceptual[-_ ]?hash)"
    r"(?:[-_ ]?(?:hash|value))?[\s\"':=(\[]{1,4}(?:[0-9a-f]{16}|(?:[0-9]{1,3}[,; ]){16})",
    re.IGNORECASE,
)
# A word that must stand in the text in lower case, a grammar, a code, a sentence.
_PLAIN: Final = (
    (("data:",), _DATA_URI, "data-uri", "A data URI carries a file."),
    (("<svg",), _SVG, "image", "The text holds an SVG picture."),
    (
        (media.DATA_MODEL,),
        _DATA_MODEL,
        "media-catalogue",
        "The document follows a data model for catalogues of media.",
    ),
    (("content-type:",), _MIME_PART, "mime-part", "The text holds a part of a media type."),
    (
        ("hash", "dna", "pdq", "tmk"),
        _NAMED_HASH,
        "perceptual-hash",
        "A perceptual hash stands for a picture.",
    ),
)
# Runs broken into pieces that are shorter than any run that is looked for elsewhere.
_PIECES: Final = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:[/_]9j[/_]|iVBORw|R0lGOD)[A-Za-z0-9+/_-]{0,48}"
    r"(?:\s{1,4}[A-Za-z0-9+/_-]{4,48})*+"
)
_NAMES: Final = re.compile(
    r"""["']([A-Za-z0-9_.-]{2,40})["']\s{0,4}:|<([A-Za-z0-9_.-]{2,40})[\s/>]"""
)
_UNCLEAR: Final = ("encoded-unclear", "Too much is encoded to be looked through.")


class Search:
    """A search of the texts of one document, bounded in what it looks at closely."""

    def __init__(self, size: int = 0) -> None:
        """`size`: of the document, in characters."""
        self._left = 4 * size + _SPARE_BYTES

    def in_text(self, text: str, layer: int = 0) -> Sign | None:
        """Return code and sentence of the first sign of media in a text, None if there is none."""
        if len(text) < _LEAST_TEXT:
            return None
        return self._plainly(text) or self._encoded(text, layer)

    def in_bytes(self, hidden: Hidden, layer: int) -> Sign | None:
        """Return the sign of media in what a run decodes to; `layer` counts what was taken off."""
        found = begins(hidden.head, hidden.size, hidden.whole)
        if found is not None:
            return f"encoded-{found[0]}", f"The text holds {found[1]}, encoded."
        if layer >= _LAYERS or hidden.whole is None:
            return None
        is_text = encodings.as_text(hidden.head) is not None
        if not is_text and not encodings.may_inflate(hidden.head):
            return None
        whole = hidden.whole() if is_text else encodings.inflated(hidden.whole())
        found = None if is_text else begins(whole, len(whole), lambda: whole)
        if found is not None:
            return f"encoded-{found[0]}", f"The text holds {found[1]}, compressed."
        self._left -= len(whole)
        if self._left < 0:
            return _UNCLEAR
        text = encodings.as_text(whole)
        return self._in_document(text, layer) if text else None

    def _in_document(self, text: str, layer: int) -> Sign | None:
        """Search what was decoded to a text, which can be a document of its own."""
        for name in _NAMES.finditer(text):
            plain = media.plain_name(name[1] or name[2])
            if plain in media.PERCEPTUAL_HASHES or plain in media.THUMBNAILS:
                return "media-member", "A member for thumbnails or perceptual hashes, encoded."
        return self.in_text(text, layer)

    def _plainly(self, text: str) -> Sign | None:
        lower = text.lower()
        for words, grammar, code, sentence in _PLAIN:
            if any(map(lower.__contains__, words)) and grammar.search(text):
                return code, sentence
        if _may_begin(text) and _WHOLE_HEADS.search(text):
            return "encoded-image", "The text holds a picture, encoded."
        if not text[:4].isascii() or "\x00" in text[:8] or "\x1a" in text[:8]:
            return _raw_bytes(text)
        return None

    def _encoded(self, text: str, layer: int) -> Sign | None:
        if len(text) < _LEAST_ENCODED or not may_hold(text.encode(errors="replace")):
            return None
        for hidden in encodings.hidden_in(text):
            found = self.in_bytes(hidden, layer + 1)
            if found is not None:
                return found
        return self._in_pieces(text) or self._behind_escapes(text, layer)

    def _behind_escapes(self, text: str, layer: int) -> Sign | None:
        for plain in encodings.unescaped(text) if layer < _LAYERS else ():
            found = self.in_text(plain, layer + 1) if plain != text else None
            if found is not None:
                return found
        return None

    def _in_pieces(self, text: str) -> Sign | None:
        for found in _PIECES.finditer(text) if _may_begin(text) else ():
            for hidden in encodings.of_pieces(found[0]):
                sign = self.in_bytes(hidden, _LAYERS)
                if sign is not None:
                    return sign
        return None


def _may_begin(text: str) -> bool:
    return "9j" in text or "R0lGOD" in text or "iVBORw" in text


def _raw_bytes(text: str) -> Sign | None:
    """Return the sign of bytes that stand in a text as characters of the same number."""
    try:
        head = text[: encodings.HEAD_BYTES].encode("latin-1")
        found = begins(head, len(text), lambda: text.encode("latin-1"))
    except UnicodeEncodeError:
        return None
    return (found[0], f"The text is {found[1]}.") if found else None


def begins(head: bytes, size: int, whole: Callable[[], bytes] | None) -> Sign | None:
    """Return code and name of the format of so many bytes, by their head or by all of them."""
    found = media.signature(head)
    if found and (found.rare or size >= _LEAST_BEHIND_COMMON):
        return found.code, found.what
    if whole is not None and streams.may_begin(head):
        return streams.stream(whole())
    return None
