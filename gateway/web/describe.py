"""The API's description of itself: pieces of OpenAPI 3.1, and a page that shows them.

Owns how calls, parameters and answers are described; the calls say what is true of them in
`@blp.doc`. The page is plain HTML made here: no script, nothing fetched from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_smorest import Api
from markupsafe import escape
from marshmallow import Schema

from gateway.web.serialise import ProblemSchema

TITLE = "Exchange gateway"
VERSION = "1.0"
_INTRODUCTION = (
    "Calls below /v1 are for national systems and for persons, those below /exchange for partners' "
    "gateways; all are known by the certificate of their TLS connection. Every error is an RFC "
    "9457 problem; match on its code."
)
_MEANINGS: dict[int, str] = {
    400: "The request does not have the form this call takes",
    401: "No certificate that belongs to anybody here; any call below /v1 or /exchange",
    403: "Known, and not allowed to do this",
    404: "No such thing, or not yours to see",
    409: "Used before with other content, or not possible in this state",
    413: "Larger than the limit",
    415: "Not a media type or encoding that this call takes",
    422: "Understood, and refused; errors say why",
    429: "Too much of yours waits; see Retry-After",
    503: "Not possible right now; see Retry-After",
}


def describing_api() -> Api:
    """Return the flask-smorest extension that collects the description and serves the JSON."""
    api = Api(
        spec_kwargs={
            "title": TITLE,
            "version": VERSION,
            "openapi_version": "3.1.0",
            "info": {"description": _INTRODUCTION},
            "servers": [{"url": "/"}],
        }
    )
    api.ERROR_SCHEMA = ProblemSchema
    api.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
    return api


def header(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    """Return a request header as an OpenAPI parameter."""
    return _parameter("header", name, description, {"type": "string"}, required=required)


def query(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    """Return a text parameter of the query."""
    return _parameter("query", name, description, {"type": "string"}, required=required)


def number(name: str, description: str, *, required: bool = False) -> dict[str, Any]:
    """Return a whole number of the query."""
    shape = {"type": "integer", "minimum": 0}
    return _parameter("query", name, description, shape, required=required)


def _parameter(
    place: str, name: str, description: str, shape: dict[str, Any], *, required: bool
) -> dict[str, Any]:
    return {
        "in": place,
        "name": name,
        "description": description,
        "required": required,
        "schema": shape,
    }


PAGE_PARAMETERS: list[dict[str, Any]] = [
    query("after", "the cursor `next` of the page before; opaque"),
    number("limit", "entries on a page"),
]


def answers(
    good: Mapping[int, tuple[str, type[Schema] | None]],
    *problems: int,
    content_type: str = "application/json",
) -> dict[str, Any]:
    """Return the `responses` of one call; every problem has the same shape."""
    described: dict[str, Any] = {}
    for status, (meaning, schema) in good.items():
        described[str(status)] = {"description": meaning}
        if status not in (204, 304):
            content: dict[str, Any] = {content_type: {"schema": schema or {}}}
            described[str(status)]["content"] = content
    for status in problems:
        described[str(status)] = {
            "description": _MEANINGS[status],
            "content": {"application/problem+json": {"schema": ProblemSchema}},
        }
    return described


def page_of_calls(spec: Mapping[str, Any]) -> str:
    """Return the description as one HTML page."""
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        f"<title>{escape(TITLE)}</title><h1>{escape(TITLE)}: calls</h1>",
        f"<p>{escape(_INTRODUCTION)}</p>",
        '<p>For machines: <a href="/openapi.json">openapi.json</a></p>',
    ]
    for path, calls in spec["paths"].items():
        for method, call in calls.items():
            if isinstance(call, dict) and "responses" in call:
                parts += _call(path, method, call)
    return "".join((*parts, "</html>"))


def _call(path: str, method: str, call: Mapping[str, Any]) -> Iterable[str]:
    yield f"<h2><code>{escape(method.upper())} {escape(path)}</code></h2>"
    yield f"<p>{escape(call.get('summary', ''))}</p><dl>"
    for given in call.get("parameters", ()):
        if "name" in given:
            yield f"<dt><code>{escape(given['name'])}</code> ({escape(given['in'])})</dt>"
            yield f"<dd>{escape(given.get('description', ''))}</dd>"
    for status, answer in call["responses"].items():
        yield f"<dt>{escape(status)}</dt><dd>{escape(answer.get('description', ''))}</dd>"
    yield "</dl>"
