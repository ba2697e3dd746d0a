"""Read what a request says: its body, its media type, its parameters, its preferences.

Owns the bounds on a request: size, time, names of parameters, grammar of headers. A body is
read from the stream in pieces and counted while it comes; it is never spooled to a file, never
parsed as a form. What the bytes mean is left to the journeys.

Stays true:
  * Nothing that a caller sends is repeated in a refusal, except names of parameters we know.
  * Whatever is wrong with a request is a class below `Malformed`, or `TooLarge`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from datetime import date
from typing import Any, ClassVar, NoReturn, Protocol
from urllib.parse import unquote

from flask import request

from gateway.core.errors import Fault, Malformed, TooLarge
from gateway.core.ids import is_name
from gateway.web.edge import edge

_PIECE_BYTES = 64 * 1024
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_WAIT = re.compile(r"\s*wait\s*=\s*\"?([0-9]{1,6})\"?\s*(?:;.*)?", re.IGNORECASE)
_KEY = re.compile(r"\"?([A-Za-z0-9._:~-]{1,128})\"?")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,15}")
_LARGEST = 2**53 - 1
_LONGEST_TEXT_CHARS = 200


class RequestMalformed(Malformed):
    """A header, a parameter or the form of the body is not what this call takes."""

    code: ClassVar[str] = "request-malformed"


class MediaTypeRefused(Malformed):
    """The call does not take a body of this media type, or not in this encoding."""

    code: ClassVar[str] = "media-type-refused"
    advice: ClassVar[str] = "Send the media type of the format, in UTF-8, without Content-Encoding."


class BodyTooSlow(Malformed):
    """The body did not arrive in time."""

    code: ClassVar[str] = "body-too-slow"


class BodyBroken(Malformed):
    """The body ended before its announced length, or its chunks are malformed."""

    code: ClassVar[str] = "body-broken"


class _Socket(Protocol):
    def gettimeout(self) -> float | None: ...
    def settimeout(self, value: float | None) -> None: ...


def read_body(limit_bytes: int) -> bytes:
    """Return the body, at most `limit_bytes` of it; larger ones are not read to their end."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise MediaTypeRefused
    if (request.content_length or 0) > limit_bytes:
        raise TooLarge(f"the body may have {limit_bytes} bytes at most")
    request.max_content_length = None  # counted here, with a code of our own
    deadline = time.monotonic() + edge().body_seconds
    socket: _Socket | None = request.environ.get("gunicorn.socket")
    before = socket.gettimeout() if socket is not None else None
    try:
        return _read_pieces(limit_bytes, deadline, socket)
    finally:
        if socket is not None:
            socket.settimeout(before)


def _read_pieces(limit_bytes: int, deadline: float, socket: _Socket | None) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise BodyTooSlow
        if socket is not None:
            socket.settimeout(left)  # one read may not outlast what is left
        try:
            piece = request.stream.read(_PIECE_BYTES)
        except Exception as error:
            if time.monotonic() >= deadline:
                raise BodyTooSlow from error
            raise BodyBroken from error
        if not piece:
            return b"".join(pieces)
        size += len(piece)
        if size > limit_bytes:
            raise TooLarge(f"the body may have {limit_bytes} bytes at most")
        pieces.append(piece)


def media_type() -> str:
    """Return the media type of the body in lower case, without parameters.

    A `charset` other than UTF-8 is refused: every format we read is UTF-8 or, like XML, says its
    encoding itself.
    """
    essence = request.mimetype
    if not _MEDIA_TYPE.fullmatch(essence):
        raise MediaTypeRefused("the request names no media type")
    if request.mimetype_params.get("charset", "utf-8").lower() not in {"utf-8", "us-ascii"}:
        raise MediaTypeRefused
    return essence


def demand_media_type(*wanted: str) -> None:
    """Refuse a body that does not say it is one of `wanted`."""
    if media_type() not in wanted:
        raise MediaTypeRefused(f"this call takes {' or '.join(wanted)}")


def demand_parameters(*known: str) -> None:
    """Refuse parameters that this call does not have, and those given twice."""
    for name in request.args:
        if name not in known:
            raise RequestMalformed(f"this call takes {_listed(known)}")
        if len(request.args.getlist(name)) > 1:
            raise RequestMalformed(f"the parameter {name} is given twice")


def integer(name: str, *, default: int | None, lowest: int = 0, highest: int = _LARGEST) -> int:
    """Return a whole number from the query; `default` None makes it mandatory."""
    text = request.args.get(name)
    if text is None:
        if default is None:
            _refuse(name, "missing", "this parameter is needed")
        return default
    if not _INTEGER.fullmatch(text) or not lowest <= int(text) <= highest:
        _refuse(name, "out-of-range", f"a whole number from {lowest} to {highest}")
    return int(text)


def page_limit(largest: int) -> int:
    """Return how many entries the caller wants on a page, `largest` unless it says less."""
    return integer("limit", default=largest, lowest=1, highest=largest)


def choice(name: str, *values: str) -> str:
    """Return one of `values`, the first unless the caller says another."""
    value = request.args.get(name, values[0])
    if value not in values:
        _refuse(name, "unknown-value", " or ".join(values))
    return value


def text(name: str) -> str:
    """Return a mandatory parameter of at most 200 characters."""
    value = request.args.get(name)
    if value is None or not 0 < len(value) <= _LONGEST_TEXT_CHARS or not value.isprintable():
        _refuse(name, "missing", "this parameter is needed, printable, up to 200 characters")
    return value


def day(name: str) -> date:
    """Return a mandatory parameter that is a day, as ``2027-12-31``."""
    given = text(name)
    try:
        found = date.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or found.isoformat() != given:
        _refuse(name, "date", "a day, as 2027-12-31")
    return found


def cursor() -> str:
    """Return where the page before ended, "" for the first page."""
    given = request.args.get("after", "")
    try:
        plain = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
        decoded = plain.decode("utf-8")
    except (binascii.Error, ValueError):
        _refuse("after", "cursor", "not a cursor that this gateway gave")
    if len(decoded) > _LONGEST_TEXT_CHARS or not decoded.isprintable():
        _refuse("after", "cursor", "not a cursor that this gateway gave")
    return decoded


def as_cursor(place: str | int) -> str:
    """Return a place in a list as an opaque cursor; `cursor` reads it."""
    return base64.urlsafe_b64encode(str(place).encode()).rstrip(b"=").decode("ascii")


def wait_seconds() -> int:
    """Return how long the caller would wait for the receipt, 0 if it does not say so.

    A preference that cannot be read is ignored, as RFC 7240 asks.
    """
    for preference in request.headers.get("Prefer", "").split(","):
        if match := _WAIT.fullmatch(preference):
            return min(int(match[1]), edge().longest_wait_seconds)
    return 0


def idempotency_key() -> str | None:
    """Return the Idempotency-Key, None if there is none; two of them are refused."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    match = _KEY.fullmatch(given.strip())
    if not match:
        raise RequestMalformed("Idempotency-Key: 1 to 128 of A-Z, a-z, 0-9 and . _ : ~ -, once")
    return match[1]


def bulk_name() -> str | None:
    """Return the name that the pieces of one file have in common, None if there is none."""
    given = request.headers.get("Bulk")
    if given is None:
        return None
    if not is_name(given.strip()):
        raise RequestMalformed("Bulk: 1 to 64 of a-z, 0-9, dot and hyphen, once")
    if "Idempotency-Key" not in request.headers:
        raise RequestMalformed("Bulk: a piece has an Idempotency-Key, so that it counts once")
    return given.strip()


def urgent_reason() -> str | None:
    """Return why the caller says it is urgent, None if it does not; percent-encoded UTF-8."""
    given = request.headers.get("Urgent-Reason")
    if given is None:
        return None
    reason = unquote(given, errors="replace").strip()
    if not 0 < len(reason) <= _LONGEST_TEXT_CHARS or not reason.isprintable():
        raise RequestMalformed("Urgent-Reason: 1 to 200 printable characters, percent-encoded")
    return reason


def small_object(limit_bytes: int = 4096) -> dict[str, Any]:
    """Return a small JSON object from the body, strictly read: no member twice, nothing else."""
    demand_media_type("application/json")
    raw = read_body(limit_bytes)
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise RequestMalformed("the body is not the JSON object that this call takes") from error
    if not isinstance(value, dict):
        raise RequestMalformed("the body is not the JSON object that this call takes")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("member given twice")
    return members


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("not JSON")


def _refuse(name: str, code: str, detail: str) -> NoReturn:
    fault = Fault(pointer=f"?{name}", code=code, detail=detail)
    raise RequestMalformed(f"{name}: {detail}", faults=(fault,))


def _listed(known: tuple[str, ...]) -> str:
    return "the parameters " + ", ".join(known) if known else "no parameters"
