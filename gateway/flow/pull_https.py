"""The journey to a source that offers a document at an address: asked for if it has changed.

What the server says of the document's version is kept in the commit that took the document, so it
is never asked "if it has changed" since a version that we do not have.
"""

from __future__ import annotations

import io
from http import HTTPStatus

from gateway.core.errors import Forbidden, Unavailable, Unidentified
from gateway.flow.exchange import Exchange
from gateway.flow.lease import Lease
from gateway.flow.pull import is_put_off, note_failure, note_look, read, take

_MOST_CHARS = 512  # of what a server calls a version


def pull_https(name: str, lease: Lease, exchange: Exchange) -> int:
    """Ask once; there is nothing more to do at once, so the answer is 0."""
    source = exchange.pulled[name]
    if source.origin is None or is_put_off(name, exchange):
        return 0
    with exchange.store.reading() as work:
        row = work.pulls.get(name)
    try:
        answer = source.origin.get(row.etag if row else None, row.modified if row else None)
        exchange.reach("pull.fetched")
        if answer.status == HTTPStatus.OK:
            headers = answer.headers or {}
            document = read(source.origin.url, io.BytesIO(answer.body))
            take(
                document,
                source,
                lease,
                exchange,
                etag=_version(headers.get("etag")),
                modified=_version(headers.get("last-modified")),
            )
            return 0
    except (Unavailable, Forbidden, Unidentified) as error:
        note_failure(source, error, lease, exchange)
        return 0
    if answer.status in (HTTPStatus.NOT_MODIFIED, HTTPStatus.NO_CONTENT):
        note_look(source, lease, exchange)
    else:
        note_failure(source, str(answer.status), lease, exchange)
    return 0


def _version(text: str | None) -> str | None:
    """Return a version as the server names it, if it can stand in a header again."""
    return text if text and len(text) <= _MOST_CHARS and text.isprintable() else None
