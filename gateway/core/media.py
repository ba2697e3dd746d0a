"""The marks of media: how a picture, a film, a sound or an archive begins, and what names it.

Owns the tables and the detectors of one text that `guard` goes through a document with.

Sources: the registered file signatures of the formats; the member names of the VICS data model
2.0 (Project VIC) and of XARF 4.

Stays true:
  * A mark that random bytes could bear by chance counts only at the start of a run longer than
    any digest, key or nonce that a record may hold.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

# Longer than a digest of 64 bytes in base64 (88 characters), in hex (128).
_LONG_BASE64: Final = 96
_LONG_HEX: Final = 136
_HEAD_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Signature:
    """How a format begins. `rare`: long enough that nothing else begins like that."""

    pattern: re.Pattern[bytes]
    code: str
    what: str
    rare: bool


def _starts(pattern: bytes, code: str, what: str, *, rare: bool) -> Signature:
    return Signature(re.compile(pattern, re.DOTALL), code, what, rare)


SIGNATURES: Final = (
    _starts(rb"\xff\xd8\xff[\xc0-\xfe]", "image", "a JPEG picture", rare=False),
    _starts(rb"\x89PNG\r\n\x1a\n", "image", "a PNG picture", rare=True),
    _starts(rb"GIF8[79]a", "image", "a GIF picture", rare=True),
    _starts(rb"RIFF.{4}(?:WEBP|AVI |WAVE)", "image", "a RIFF picture, film or sound", rare=True),
    _starts(rb"(?:II\x2a\x00|MM\x00\x2a)", "image", "a TIFF picture", rare=False),
    _starts(rb"BM.{4}\x00{4}", "image", "a BMP picture", rare=True),
    _starts(rb"8BPS\x00\x01", "image", "a PSD picture", rare=True),
    _starts(rb"\x00\x00\x01\x00.\x00", "image", "an icon", rare=False),
    _starts(rb"\x00\x00\x00\x0cjP  ", "image", "a JPEG 2000 picture", rare=True),
    _starts(rb"(?:\x00\x00\x00\x0cJXL |\xff\x0a\xff)", "image", "a JPEG XL picture", rare=False),
    _starts(rb"\x00\x00.{2}ftyp", "video", "an MP4, HEIF or AVIF file", rare=True),
    _starts(rb"\x1aE\xdf\xa3", "video", "a Matroska or WebM film", rare=False),
    _starts(rb"\x00\x00\x01[\xb3\xba]", "video", "an MPEG film", rare=False),
    _starts(rb"FLV\x01", "video", "a Flash film", rare=False),
    _starts(rb"0&\xb2u\x8ef\xcf\x11", "video", "an ASF film", rare=True),
    _starts(rb"OggS\x00", "audio", "an Ogg file", rare=False),
    _starts(rb"(?:ID3[\x02-\x04]\x00|fLaC\x00)", "audio", "a sound file", rare=False),
    _starts(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "archive", "a ZIP archive", rare=False),
    _starts(rb"\x1f\x8b\x08[\x00-\x1f]", "archive", "a gzip archive", rare=False),
    _starts(rb"7z\xbc\xaf\x27\x1c", "archive", "a 7z archive", rare=True),
    _starts(rb"Rar!\x1a\x07", "archive", "a RAR archive", rare=True),
    _starts(rb"\xfd7zXZ\x00", "archive", "an xz archive", rare=True),
    _starts(rb"BZh[1-9]1AY&SY", "archive", "a bzip2 archive", rare=True),
    _starts(rb"\x28\xb5\x2f\xfd", "archive", "a Zstandard archive", rare=False),
    _starts(rb"%PDF-", "document", "a PDF, which can hold pictures", rare=True),
    _starts(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "document", "an office document", rare=True),
    _starts(rb"\s*<svg[\s>]", "image", "an SVG picture", rare=True),
)

MEDIA_TYPE: Final = re.compile(
    r"\s*(?:(?:image|video|audio)/[\w.+*-]+"
    r"|application/(?:pdf|zip|gzip|x-7z-compressed|x-rar-compressed|vnd\.rar|x-tar))\s*(?:;.*)?",
    re.IGNORECASE | re.DOTALL,
)
MEDIA_FILE: Final = re.compile(
    r".*\.(?:jpe?g|jfif|png|gif|webp|bmp|tiff?|heic|heif|avif|psd|svg|jp2|jxl|ico|mp4|m4v|mov|avi"
    r"|mkv|webm|wmv|flv|mpe?g|3gp|mp3|wav|flac|ogg|m4a|zip|7z|rar|gz|tgz|bz2|xz|zst|tar|pdf|docx?"
    r"|pptx?|xlsx?)",
    re.IGNORECASE | re.DOTALL,
)
# Member names, in lower case without marks between words.
PERCEPTUAL_HASHES: Final = frozenset(
    {
        "photodna", "photodnahash", "photodnahashes", "pdna", "pdq", "pdqhash", "pdqhashes",
        "phash", "phashes", "perceptualhash", "perceptualhashes", "dhash", "ahash", "whash",
        "neuralhash", "tmk", "tmkpdqf", "videomd5frames", "robusthash", "fuzzyimagehash",
    }
)  # fmt: skip
THUMBNAILS: Final = frozenset(
    {"miniature", "miniatures", "thumbnail", "thumbnails", "thumbnaildata", "thumb", "previewimage"}
)
DIGESTS_OF_FILES: Final = frozenset({"md5", "sha1", "sha256"})
PROPERTIES_OF_FILES: Final = frozenset({"mediasize", "mediaid", "mediafiles", "relativefilepath"})
PAYLOADS: Final = frozenset(
    {
        "payload", "data", "content", "contents", "body", "blob", "bytes", "base64", "b64", "file",
        "filedata", "attachment", "binary", "raw", "value", "embedded", "image", "picture", "video",
        "audio",
    }
)  # fmt: skip
DATA_MODEL: Final = "vicsdatamodel"

# How runs begin that encode the signatures above, in base64 and in hex (lower case here).
_BASE64_HEADS: Final = (
    "/9j/", "_9j_", "iVBORw", "R0lGOD", "UklGR", "SUkqA", "TU0AK", "Qk0", "Qk1", "Qk2", "Qk3",
    "OEJQU", "AAABAA", "AAAADG", "GkXfo", "AAABs", "AAABu", "RkxWAQ", "MCaydY", "T2dnUw", "SUQz",
    "ZkxhQ", "/wr/", "_wr_", "UEsD", "UEsF", "UEsH", "H4sI", "N3q8r", "UmFyI", "/Td6W", "_Td6W",
    "QlpoM", "QlpoN", "QlpoO", "KLUv", "JVBER", "0M8R4", "PHN2Z",
)  # fmt: skip
_BASE64_FTYP: Final = "Z0eX"  # after a length of four bytes
_HEX_HEADS: Final = (
    "ffd8ff", "89504e47", "47494638", "52494646", "49492a00", "4d4d002a", "424d", "38425053",
    "1a45dfa3", "000001b", "464c5601", "3026b275", "4f676753", "494433", "664c6143", "504b03",
    "504b05", "504b07", "1f8b08", "377abcaf", "52617221", "fd377a58", "425a68", "28b52ffd",
    "25504446", "d0cf11e0", "0000000c6a50",
)  # fmt: skip
_HEX_FTYP: Final = "66747970"
# One search for all of them is twice as quick as one for each.
_MIXED_MARKS: Final = re.compile("|".join(map(re.escape, (*_BASE64_HEADS, _BASE64_FTYP))))
_LOWER_MARKS: Final = re.compile(
    "|".join(map(re.escape, ("data:", "<svg", DATA_MODEL, _HEX_FTYP, *_HEX_HEADS)))
)
_RUN: Final = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?:"
    + "|".join(re.escape(head) for head in _BASE64_HEADS)
    + rf"|AAA[A-D]..{_BASE64_FTYP}|(?i:{'|'.join(_HEX_HEADS)}|0000[0-9a-f]{{4}}{_HEX_FTYP})"
    + ")"
)
# Beyond so many beginnings a text is taken for what they begin: no ordinary text has them.
_MOST_BEGINNINGS: Final = 2_000
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_DATA_URI: Final = re.compile(
    r"data:\s{0,8}(?:(?:image|video|audio)/|application/(?:pdf|zip|octet-stream)"
    r"|[\w.+/;=-]{0,128};\s{0,8}base64\s{0,8},)",
    re.IGNORECASE,
)
_PLAIN: Final = (
    (_DATA_URI, "data-uri", "A data URI carries a file."),
    (re.compile(r"<svg[\s>]", re.IGNORECASE), "image", "The text holds an SVG picture."),
    (
        re.compile(DATA_MODEL, re.IGNORECASE),
        "media-catalogue",
        "The document follows a data model for catalogues of media.",
    ),
)
_SPACE: Final = re.compile(r"\s+")


def signature(head: bytes) -> Signature | None:
    """Return the format that begins like `head`, whatever the length of what follows."""
    return next((one for one in SIGNATURES if one.pattern.match(head)), None)


def may_hold_media(text: str) -> bool:
    """Return whether `in_text` could find anything; only looks for fixed texts, so it is quick."""
    return _MIXED_MARKS.search(text) is not None or _LOWER_MARKS.search(text.lower()) is not None


def in_text(text: str) -> tuple[str, str] | None:
    """Return code and sentence of the first sign of media in one text, None if there is none.

    Finds data URIs, SVG, and base64, base64url or hex runs that begin as media do. A run that
    begins in the middle of another is not seen.
    """
    if not may_hold_media(text):
        return None
    for grammar, code, sentence in _PLAIN:
        if grammar.search(text):
            return code, sentence
    return _encoded_media(text)


def _encoded_media(text: str) -> tuple[str, str] | None:
    for count, found in enumerate(_RUN.finditer(text)):
        what = _encoded(text, found.start())
        if what is not None:
            return f"encoded-{what.code}", f"The text holds {what.what}, encoded."
        if count == _MOST_BEGINNINGS:
            return "encoded-unclear", "The text holds a great many beginnings of encoded files."
    return None


def _encoded(text: str, start: int) -> Signature | None:
    """Return what the run at `start` decodes to, if that begins as media do."""
    for grammar, decode, long in (
        (_HEX, _from_hex, _LONG_HEX),
        (_BASE64, _from_base64, _LONG_BASE64),
    ):
        found = signature(decode(_run(grammar, text, start, 2 * _HEAD_BYTES)))
        if found and (found.rare or len(_run(grammar, text, start, long)) >= long):
            return found
    return None


def _run(grammar: re.Pattern[str], text: str, start: int, most: int) -> str:
    """Return up to `most` characters of the encoded run at `start`, over line breaks."""
    found = grammar.match(_SPACE.sub("", text[start : start + 2 * most])[:most])
    return found[0] if found else ""


def _from_hex(run: str) -> bytes:
    return bytes.fromhex(run[: len(run) // 2 * 2][: 2 * _HEAD_BYTES])


def _from_base64(run: str) -> bytes:
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")[: _HEAD_BYTES // 3 * 4]
    try:
        return base64.b64decode(plain[: len(plain) // 4 * 4], validate=True)
    except binascii.Error:
        return b""
