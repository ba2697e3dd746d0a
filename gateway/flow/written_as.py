"""Reading: one record that a partner sent, written in a format that the national system names."""

from __future__ import annotations

import json
from typing import Any, Final

from gateway.core.errors import NotFound
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import given
from gateway.flow.identify import Client, demand_scope

_GIVEN: Final = ("waiting", "handed", "accepted", "rejected")


def written_as(
    client: Client, record: str, version: int, rendering: str, exchange: Exchange
) -> dict[str, Any]:
    """Return the document, what it is, and what of the record found no place in it.

    As reading the inbox it settles nothing. Raises Forbidden, NotFound for what this client was
    not given or what is gone, and CannotBeRendered.
    """
    demand_scope(client, "inbox")
    with exchange.store.reading() as work:
        entry = work.arrivals.inbox_of(client.name, record, version)
    found = given(client, [entry], exchange) if entry and entry.state in _GIVEN else []
    if not found:
        raise NotFound
    media_type, rendered = exchange.adapters.render(found[0], rendering)
    text = rendered.body.decode()
    is_json = "json" in media_type
    return {
        "terms_in_words": list(found[0].terms_in_words),
        "record": record,
        "version": version,
        "rendering": rendering,
        "media_type": media_type,
        "losses": [{"pointer": one.source, "code": one.code} for one in rendered.losses],
        "document": json.loads(text) if is_json else text,
    }
