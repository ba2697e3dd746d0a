"""One HTTPS call under limits: time for the whole of it, bytes of the answer, no redirects.

Owns what both callers share: partners' gateways (`partners`) and our own API (`client`). The
caller brings a session whose adapter says whom to trust.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import requests
from urllib3.exceptions import HTTPError

from gateway.flow.ports import Answer
from gateway.transport.addresses import Unreachable
from gateway.transport.pinned import CertificateUnknown, Deadline

_PIECE_BYTES = 64 * 1024
_REDIRECTS = frozenset(range(300, 400)) - {304}
_LONGEST_RETRY_AFTER_SECONDS = 24 * 3600


class TimedOut(Unreachable):
    """The whole exchange took longer than it may."""

    code: ClassVar[str] = "timed-out"


class AnswerTooLarge(Unreachable):
    """The answer is larger than any that this call can have."""

    code: ClassVar[str] = "answer-too-large"


class Redirected(Unreachable):
    """The answer sends us elsewhere; a gateway never does."""

    code: ClassVar[str] = "redirected"


class AnswerMalformed(Unreachable):
    """The answer is not one of HTTP, or encoded though we asked for none."""

    code: ClassVar[str] = "answer-malformed"


class AnswerEndless(Unreachable):
    """The answer says nowhere how long it is, so that half of it would look like the whole."""

    code: ClassVar[str] = "answer-endless"
    advice: ClassVar[str] = "Let the server send Content-Length, or chunks."


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What to ask."""

    method: str
    url: str
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    answer_bytes: int
    seconds: float
    is_document: bool = False  # the answer must say where it ends


def new_session(adapter: requests.adapters.BaseAdapter) -> requests.Session:
    """Return a session that speaks through `adapter` only, whatever the environment says."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    session.mount("https://", adapter)
    session.headers.clear()
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "exchange-gateway"})
    return session


def ask(session: requests.Session, call: Call, deadline: Deadline) -> Answer:
    """Make one call. Raises Unreachable for anything but a whole HTTP answer in time."""
    deadline.arm(call.seconds)
    failure: Exception | None = None
    answer: Answer | None = None
    try:
        answer = _ask(session, call)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        failure = error
    finally:
        over = deadline.disarm()
    if over:
        raise TimedOut from failure
    if answer is None:
        raise _reason(failure) from failure
    return answer


def _ask(session: requests.Session, call: Call) -> Answer:
    with session.request(
        call.method,
        call.url,
        params=dict(call.parameters),
        headers=dict(call.headers),
        data=call.body,
        allow_redirects=False,
        stream=True,
        timeout=call.seconds,
    ) as response:
        if response.status_code in _REDIRECTS:
            raise Redirected
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise AnswerMalformed
        if call.is_document and not _ends_for_certain(response):
            raise AnswerEndless
        body = _read(response, call.answer_bytes)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(
            status=response.status_code,
            body=body,
            retry_after_seconds=_seconds(headers.get("retry-after", "")),
            headers=headers,
        )


def _ends_for_certain(response: requests.Response) -> bool:
    """Return whether an answer that breaks off can be told from one that is over."""
    return response.raw.length_remaining is not None or bool(response.raw.chunked)


def _read(response: requests.Response, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read(_PIECE_BYTES, decode_content=False):
        size += len(piece)
        if size > most_bytes:
            raise AnswerTooLarge
        pieces.append(piece)
    return b"".join(pieces)


def _seconds(text: str) -> int | None:
    """Return Retry-After in seconds; a date is not understood, and so no hint."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return None
    return min(int(text), _LONGEST_RETRY_AFTER_SECONDS)


def _reason(failure: Exception | None) -> Unreachable:
    if isinstance(failure, TimeoutError | requests.Timeout):
        return TimedOut()
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(failure)):
        return CertificateUnknown()
    if isinstance(failure, requests.exceptions.SSLError):
        return Unreachable("TLS with the other side failed: it may not know our certificate")
    return Unreachable()


def _causes(failure: BaseException | None) -> Iterator[BaseException]:
    while failure is not None:
        yield failure
        failure = failure.__cause__ or failure.__context__
