"""Errors as RFC 9457 problem details: the only place where a refusal gets an HTTP status.

Owns the table from error classes to statuses, the shape of every error answer, and the pages
that the `type` of a problem leads to. The shape is the same for our refusals, for HTTP's own
(405 keeps its `Allow`) and for faults of ours.

Stays true:
  * A fault of ours tells the caller an incident number and nothing else; the log gets the class
    and the place in the code, not the message, which might quote what was being worked on.
"""

from __future__ import annotations

import json
import secrets
import traceback
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import structlog
from flask import Flask, Response, g
from markupsafe import escape
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.http import HTTP_STATUS_CODES

from gateway.core.errors import (
    Conflict,
    Fault,
    Forbidden,
    GatewayError,
    Malformed,
    NotFound,
    StaleDecision,
    TooLarge,
    Unavailable,
    Unidentified,
)
from gateway.flow.take_in import QuotaReached
from gateway.web.asked import BodyBroken, BodyTooSlow, MediaTypeRefused

CONTENT_TYPE = "application/problem+json"

# The first class that fits decides; whatever is not named was understood and refused: 422.
_STATUSES: tuple[tuple[type[GatewayError], int], ...] = (
    (MediaTypeRefused, 415),
    (BodyTooSlow, 408),
    (QuotaReached, 429),
    (Malformed, 400),
    (Unidentified, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (StaleDecision, 409),
    (TooLarge, 413),
    (Unavailable, 503),
)
_REFUSED = 422
_FIRST_ERROR = 400

# Codes that no error class has: outcomes of a journey, faults of ours.
_SENTENCES: dict[str, str] = {
    "record-refused": "The record was understood and is refused; errors name each fault.",
    "envelope-refused": "The envelope is refused; the step that failed is in the ledger of its "
    "recipient, under the incident number.",
    "internal-error": "The gateway failed; its administrator finds the incident in the log.",
}

_log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Answer every error of `app` as a problem; after flask-smorest, whose handler it replaces."""
    app.register_error_handler(GatewayError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault_of_ours)


def status_of(error: GatewayError) -> int:
    """Return the HTTP status that tells a caller about `error`."""
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status
    return _REFUSED


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    faults: Iterable[Fault] = (),
    hint: str = "",
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Return a problem answer; `more` are members of its own beside the standard ones."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": HTTP_STATUS_CODES.get(status, "Refused"),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id(),
    }
    if hint:
        body["hint"] = hint
    if errors := [fault_body(fault) for fault in faults]:
        body["errors"] = errors
    body.update(more or {})
    return Response(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)


def fault_body(fault: Fault) -> dict[str, str]:
    """Return one fault as it stands in `errors[]`: where, what, how to mend it."""
    members = {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
    if fault.hint:
        members["hint"] = fault.hint
    return members


def request_id() -> str:
    """Return the id of this request, made when first asked for; our own, never the caller's."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return str(g.request_id)


def page_of(code: str) -> str:
    """Return the page that explains a problem code. Raises HTTP's 404 for an unknown one."""
    sentence, advice = _SENTENCES.get(code, ""), ""
    for kind in _every(GatewayError):
        if kind.code == code:
            sentence, advice = (kind.__doc__ or code).strip().splitlines()[0], kind.advice
            break
    for status, name in HTTP_STATUS_CODES.items():
        if not sentence and status >= _FIRST_ERROR and _slug(name) == code:
            sentence = f"HTTP {status}: {name}."
    if not sentence:
        raise NoSuchPage
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(code)}</title><h1>{escape(code)}</h1>"
        f"<p>{escape(sentence)}</p><p>{escape(advice)}</p></html>"
    )


def _every(kind: type[GatewayError]) -> Iterator[type[GatewayError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _every(below)


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _refused(error: GatewayError) -> Response:
    status = status_of(error)
    answer = problem(status, error.code, error.detail, faults=error.faults, hint=error.advice)
    if isinstance(error, Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, Unidentified):
        # The scheme is ours to name: the proof is the certificate of the connection.
        answer.headers["WWW-Authenticate"] = 'TLS-Client-Certificate realm="exchange-gateway"'
    if isinstance(error, TooLarge | BodyTooSlow | BodyBroken):
        answer.headers["Connection"] = "close"  # the rest of the body is not waited for
    return answer


def _http(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < _FIRST_ERROR:
        return error
    name = HTTP_STATUS_CODES.get(status, "refused")
    answer = problem(status, _slug(name), f"{name}.")
    for header, value in error.get_headers():
        if header.lower() != "content-type":
            answer.headers[header] = value
    return answer


def _fault_of_ours(error: Exception) -> Response:
    incident = incident_of(error)
    detail = "The gateway failed at this; the incident number is in its log."
    return problem(500, "internal-error", detail, more={"incident": incident})


def incident_of(error: Exception) -> str:
    """Log a fault of ours without what it was about; return the number by which it is found."""
    incident = secrets.token_hex(8)
    frames = traceback.extract_tb(error.__traceback__)
    _log.error(
        "web.failed",
        incident=incident,
        kind=f"{type(error).__module__}.{type(error).__qualname__}",
        where=[f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames[-8:]],
        request_id=request_id(),
    )
    return incident
