"""The marks of media: how a picture, a film, a sound or an archive begins, and what names it.

Owns the tables. Leaves the search of a text to `hidden`, of a document to `guard`.

Sources: the registered file signatures of the formats; the member names of the VICS data model
2.0 (Project VIC) and of XARF 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME_MARKS: Final = re.compile(r"[^a-z0-9]+")


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
    # Also with its line ends changed, as programs do that take it for a text.
    _starts(rb"\x89PNG[\r\n]{1,2}\x1a[\r\n]", "image", "a PNG picture", rare=True),
    _starts(rb"GIF8[79]a", "image", "a GIF picture", rare=True),
    _starts(rb"RIFF.{4}(?:WEBP|AVI |WAVE)", "image", "a RIFF picture, film or sound", rare=True),
    _starts(rb"(?:II\x2a\x00|MM\x00\x2a)", "image", "a TIFF picture", rare=False),
    _starts(rb"BM.{4}\x00{4}", "image", "a BMP picture", rare=True),
    _starts(rb"II(?:U\x00|R[OS]\x08\x00)", "image", "a picture of a camera", rare=False),
    _starts(rb"FUJIFILMCCD-RAW", "image", "a picture of a camera", rare=True),
    _starts(rb"\x01\x00{3}.{36} EMF", "image", "a metafile", rare=True),
    _starts(rb"\xff\x4f\xff\x51\x00", "image", "a JPEG 2000 picture", rare=True),
    _starts(rb"8BPS\x00\x01", "image", "a PSD picture", rare=True),
    _starts(rb"\x00\x00\x01\x00.\x00", "image", "an icon", rare=False),
    _starts(rb"\x00\x00\x00\x0cjP  ", "image", "a JPEG 2000 picture", rare=True),
    _starts(rb"(?:\x00\x00\x00\x0cJXL |\xff\x0a\xff)", "image", "a JPEG XL picture", rare=False),
    _starts(rb"\x00\x00.{2}ftyp", "video", "an MP4, HEIF or AVIF file", rare=True),
    # Films of QuickTime without a head that says so: cameras and telephones write them.
    _starts(rb"\x00.{3}(?:moov|mdat|wide|free|skip|pnot)", "video", "a QuickTime film", rare=True),
    _starts(rb"\x1aE\xdf\xa3", "video", "a Matroska or WebM film", rare=False),
    _starts(rb"\x00\x00\x01[\xb3\xba]", "video", "an MPEG film", rare=False),
    _starts(rb"FLV\x01", "video", "a Flash film", rare=False),
    _starts(rb"0&\xb2u\x8ef\xcf\x11", "video", "an ASF film", rare=True),
    _starts(rb"OggS\x00", "audio", "an Ogg file", rare=False),
    _starts(rb"(?:ID3[\x02-\x04]\x00|fLaC\x00)", "audio", "a sound file", rare=False),
    _starts(
        rb"(?:#!AMR(?:-WB)?\n|caff\x00\x01|FORM.{4}AIF[FC])", "audio", "a sound file", rare=True
    ),
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
        "photodnavalue", "pdqhashvalue", "phashvalue", "imagephash", "perceptualhashvalue",
        "neuralhash", "neuralhashvalue", "tmk", "tmkpdqf", "videomd5frames", "robusthash",
        "fuzzyimagehash",
    }
)  # fmt: skip
THUMBNAILS: Final = frozenset(
    {
        "miniature",
        "miniatures",
        "thumbnail",
        "thumbnails",
        "thumbnaildata",
        "thumb",
        "previewimage",
        "thumbnailbase64",
        "thumbnailimage",
    }
)
DIGESTS_OF_FILES: Final = frozenset({"md5", "sha1", "sha256"})
PROPERTIES_OF_FILES: Final = frozenset({"mediasize", "mediaid", "mediafiles", "relativefilepath"})
# Members that name a file, in lower case without marks between words.
FILE_NAMES: Final = frozenset(
    {"filename", "name", "file", "path", "filepath", "title", "originalname", "attachmentname"}
)
PAYLOADS: Final = frozenset(
    {
        "payload", "data", "content", "contents", "body", "blob", "bytes", "base64", "b64", "file",
        "filedata", "attachment", "binary", "raw", "value", "embedded", "image", "picture", "video",
        "audio",
    }
)  # fmt: skip
DATA_MODEL: Final = "vicsdatamodel"
# One match for all of them is twenty times as quick as one for each.
_ANY: Final = re.compile(
    b"|".join(b"(" + one.pattern.pattern + b")" for one in SIGNATURES), re.DOTALL
)


def signature(head: bytes) -> Signature | None:
    """Return the format that begins like `head`, whatever the length of what follows."""
    found = _ANY.match(head)
    return SIGNATURES[found.lastindex - 1] if found and found.lastindex else None


def plain_name(name: str) -> str:
    """Return a member's name in lower case without namespace and marks between its words."""
    return _NAME_MARKS.sub("", name.rpartition("}")[2].lower())
