"""What stands in a text behind an encoding: base64 and its kin, hex, escapes, deflate. Pure.

Owns finding the encoded runs of one text and decoding them, the first bytes before the rest. Leaves
to `hidden` what the bytes are and how deep to look.

Sources: RFC 4648 (base64, base64url, base32), RFC 2045 (quoted-printable), RFC 3986 (percent),
RFC 1924 and Ascii85 (base85), RFC 1950 and 1951 (zlib, deflate).

Stays true:
  * Time is linear in the length of the text; what is decompressed ends at a cap.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_to_bytes

HEAD_BYTES: Final = 48
LEAST_RUN: Final = 48  # longer than 32 bytes in base64, shorter than any usual line of base64
LEAST_BYTES: Final = 36  # what such a run holds
_MOST_INFLATED: Final = 64 * 1024
_MOST_STARTS: Final = 2_000  # of partly escaped runs in one text


def _classes(characters: bytes) -> bytes:
    """Return the table that makes every character of a class an x, and every other one a blank."""
    return bytes(120 if one in characters else 32 for one in range(256))


_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_OF_BASE64: Final = _classes(_LETTERS + b"+/_-=%")
_OF_BASE85: Final = _classes(_LETTERS + b"!#$%&()*+;<=>?@^_`{|}~-")
_OF_HEX: Final = _classes(b"0123456789abcdefABCDEFxX")
_BETWEEN_HEX: Final = b" \t\r\n:,;-\\"
_LONG: Final = b"x" * LEAST_RUN
_LONG_DUMP: Final = b"x" * (2 * LEAST_BYTES)

_RUN: Final = re.compile(
    r"[A-Za-z0-9+/_-]{48,}+={0,2}(?:\s{1,8}[A-Za-z0-9+/_-]{24,}+={0,2})*+"
    r"(?:[ \t]{0,8}\r?\n[ \t]{0,8}[A-Za-z0-9+/_-]{1,23}={0,2})?+"
)
_HEX_PREFIX: Final = re.compile(r"0?[xX](?=[0-9a-fA-F]{40})")
_HEX: Final = re.compile(r"[0-9a-fA-F]*+")
_BASE32: Final = re.compile(r"(?:[A-Z2-7]{48}|[a-z2-7]{48})")
_PLACE: Final = re.compile(r"[0-9]{1,9}")
_SPACE: Final = re.compile(r"\s+")
_DUMP: Final = re.compile(
    r"(?:(?:0[xX]|\\{1,2}x)?[0-9a-fA-F]{2,16}(?:[ \t\r\n:,;-]{1,3}|(?=\\{1,2}x))){8,}+"
)
_DUMP_MARKS: Final = re.compile(r"0[xX]|[^0-9a-fA-F]")
_DECIMALS: Final = re.compile(r"(?:[0-9]{1,3}[\s,;]{1,3}){36,}+")
_BASE85: Final = re.compile(r"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{60,}+")
_ASCII85: Final = re.compile(r"<~[!-uz\s]{48,}+")
_ESCAPED: Final = {
    "%": re.compile(r"""(?:(?<![!-~])|(?<=["'>;,:(]))[!#$&)-+\--9<=?-~]{0,12}?%[0-9a-fA-F]{2}"""),
    "=": re.compile(r"""(?:(?<![!-~])|(?<=["'>;,:(]))[!#-&)-+\--9<?-~]{0,12}?=[0-9a-fA-F]{2}"""),
}
_FEW_ESCAPES: Final = 8
# What stands before a run and could belong to it: other cells of the same line.
_NUMBERS_BEFORE: Final = 3
_BEFORE_BASE85: Final = re.compile(r"[;=>|]")
_NEAR: Final = 16
_PLAIN_RUN: Final = re.compile(r"[A-Za-z0-9+_=-]{60}")


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a run may decode to: its first bytes, about how many there are, and all of them."""

    head: bytes
    size: int
    whole: Callable[[], bytes] | None  # None where the head is all that is worth a look


def hidden_in(text: str) -> Iterator[Hidden]:
    """Yield what each encoded run of a text decodes to, by every encoding that it may be in."""
    raw = text.encode(errors="replace")
    for may_hold, grammar, decodings in _GRAMMARS:
        if may_hold(raw):
            for found in grammar.finditer(text):
                yield from decodings(found[0])
    for mark in _ESCAPED:
        if text.count(mark) >= _FEW_ESCAPES:
            yield from _partly_escaped(text, mark)


def may_hold_run(raw: bytes) -> bool:
    """Return whether bytes of UTF-8 may hold a run of base64 or hex; costs a nanosecond a byte."""
    return _LONG in raw.translate(_OF_BASE64)


def may_hold_base85(raw: bytes) -> bool:
    """Return whether bytes of UTF-8 may hold a run of base85."""
    return _LONG in raw.translate(_OF_BASE85)


def may_hold_dump(raw: bytes) -> bool:
    """Return whether bytes of UTF-8 may hold many numbers or pairs of hexadecimal digits."""
    return _LONG_DUMP in raw.translate(_OF_HEX, _BETWEEN_HEX)


def of_pieces(text: str) -> Iterator[Hidden]:
    """Yield what a run of base64 decodes to that white space breaks into short pieces."""
    yield from _of_run(text)


def from_numbers(numbers: list[int]) -> Iterator[Hidden]:
    """Yield the bytes that a list of numbers may stand for, be they from 0 or from -128 on."""
    if len(numbers) < LEAST_BYTES:
        return
    least, most = min(numbers), max(numbers)
    if (least >= 0 and most < 256) or (least >= -128 and most < 128):  # noqa: PLR2004
        raw = bytes(one & 255 for one in numbers)
        yield Hidden(raw[:HEAD_BYTES], len(raw), lambda: raw)


def from_members(members: Mapping[Any, object]) -> Iterator[Hidden]:
    """Yield the bytes that an object may stand for whose members are the places of numbers.

    Its numbers come in the order of their places, wherever the first one is.
    """
    if len(members) < LEAST_BYTES:
        return
    found: list[tuple[int, int]] = []
    for name, value in members.items():
        if type(value) is not int or not _PLACE.fullmatch(str(name)):
            return
        found.append((int(name), value))
    found.sort()
    if found[-1][0] - found[0][0] == len(found) - 1:
        yield from from_numbers([value for _, value in found])


def unescaped(text: str) -> Iterator[str]:
    """Yield a text without its escapes, as far as they are characters."""
    if "%" in text:
        yield unquote_to_bytes(text).decode(errors="replace")
    if text.count("=") >= _FEW_ESCAPES:
        yield binascii.a2b_qp(text.encode(errors="replace")).decode(errors="replace")


def inflated(raw: bytes) -> bytes:
    """Return the beginning of what a zlib or deflate stream holds; nothing if it is none."""
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        if wbits > 0 and raw[:1] != b"\x78":
            continue
        try:
            return zlib.decompressobj(wbits).decompress(raw, _MOST_INFLATED)
        except zlib.error:
            continue
    return b""


def may_inflate(head: bytes) -> bool:
    """Return whether bytes may begin a zlib or deflate stream; most others show at once."""
    for wbits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            zlib.decompressobj(wbits).decompress(head, _MOST_INFLATED)
        except zlib.error:
            continue
        return True
    return False


def as_text(raw: bytes) -> str | None:
    """Return bytes as the text that they seem to be, also of two bytes a character, else None."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    if raw.startswith(b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    head = raw[:24]
    for plain, zeros, encoding in (
        (head[::2], head[1::2], "utf-16-le"),
        (head[1::2], head[::2], "utf-16-be"),
    ):
        if zeros and not any(zeros) and _PRINTABLE.fullmatch(plain):
            return raw.decode(encoding, errors="replace")
    return raw.decode(errors="replace") if _PRINTABLE.fullmatch(head) else None


_PRINTABLE: Final = re.compile(rb"[\t\n\r -~]+")


def _of_run(run: str) -> Iterator[Hidden]:
    run = _SPACE.sub("", run)
    prefix = _HEX_PREFIX.match(run)
    digits = _HEX.match(run, prefix.end() if prefix else 0)
    if digits and len(digits[0]) >= LEAST_RUN:
        yield from _decoding(_from_hex, digits[0], 2 * HEAD_BYTES, 2, 1)
    if _BASE32.match(run):
        yield from _decoding(_base32, run.rstrip("="), 80, 8, 5)
    yield from _decoding(_base64, run.rstrip("="), HEAD_BYTES // 3 * 4, 4, 3)


def _of_dump(run: str) -> Iterator[Hidden]:
    digits = _DUMP_MARKS.sub("", run)
    if len(digits) >= 2 * LEAST_BYTES:
        yield from _decoding(_from_hex, digits, 2 * HEAD_BYTES, 2, 1)


def _of_decimals(run: str) -> Iterator[Hidden]:
    numbers = [int(one) for one in re.findall(r"[0-9]+", run)]
    for start in range(_NUMBERS_BEFORE + 1):
        yield from from_numbers(numbers[start:])


def _of_base85(run: str) -> Iterator[Hidden]:
    if _PLAIN_RUN.match(run):
        return  # base64: of 60 characters of base85 some are others
    starts = [found.end() for found in _BEFORE_BASE85.finditer(run, 0, _NEAR)]
    for start in (0, *starts):
        yield from _decoding(_base85, run[start:], 60, 5, 4)


def _of_ascii85(run: str) -> Iterator[Hidden]:
    yield from _decoding(_ascii85, _SPACE.sub("", run[2:]), 60, 5, 4)


def _decoding(
    decode: Callable[[str], bytes], run: str, head_chars: int, group: int, holds: int
) -> Iterator[Hidden]:
    """Yield a run by one decoder; `group` characters hold so many bytes."""
    usable = run[: len(run) // group * group]
    head = decode(usable[:head_chars])
    if head:
        yield Hidden(head, len(run) * holds // group, lambda: decode(usable))


def _from_hex(run: str) -> bytes:
    return bytes.fromhex(run[: len(run) // 2 * 2])


def _base64(run: str) -> bytes:
    try:
        return base64.b64decode(run.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return b""  # a text of many lines, of which a later one is padded


def _base32(run: str) -> bytes:
    try:
        return base64.b32decode(run, casefold=True)
    except (binascii.Error, ValueError):
        return b""


def _base85(run: str) -> bytes:
    try:
        return base64.b85decode(run)
    except ValueError:
        return b""


def _ascii85(run: str) -> bytes:
    try:
        return base64.a85decode(run)
    except ValueError:
        return b""


def _partly_escaped(text: str, mark: str) -> Iterator[Hidden]:
    """Yield bytes of which only some are written as escapes, from where they may begin."""
    decode = unquote_to_bytes if mark == "%" else binascii.a2b_qp
    for count, found in enumerate(_ESCAPED[mark].finditer(text)):
        if count == _MOST_STARTS:
            return
        part = text[found.start() : found.start() + 6 * HEAD_BYTES].encode(errors="replace")
        raw = decode(part)
        yield Hidden(raw[:HEAD_BYTES], len(raw), None)


_Grammar = tuple[Callable[[bytes], bool], re.Pattern[str], Callable[[str], Iterator[Hidden]]]
_GRAMMARS: Final[tuple[_Grammar, ...]] = (
    (may_hold_run, _RUN, _of_run),
    (may_hold_base85, _BASE85, _of_base85),
    (may_hold_dump, _DUMP, _of_dump),
    (may_hold_dump, _DECIMALS, _of_decimals),
    (lambda raw: b"<~" in raw, _ASCII85, _of_ascii85),
)
