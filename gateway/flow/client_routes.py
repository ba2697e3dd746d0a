"""Which of our national systems, and so which organisations, a received record is for."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.inward import Came, chosen
from gateway.core.record import Record
from gateway.flow.configuration import Configuration


def clients_for(record: Record, came: Came, configuration: Configuration) -> list[str]:
    """Return the national systems that get this record.

    Those of the inward routes that select it; without any such route, every client with the
    scope `inbox`.
    """
    listening = {name for name, body in configuration.clients.items() if "inbox" in body["scopes"]}
    if not configuration.inward_routes:
        return sorted(listening)
    return sorted(chosen(record, came, configuration.inward_routes) & listening)


def orgs_of(clients: Sequence[str], configuration: Configuration) -> tuple[str, ...]:
    """Return whose clients these are; where nobody listens, the only organisation there is."""
    orgs = sorted({str(configuration.clients[client]["org"]) for client in clients})
    if not orgs and len(configuration.organisations) == 1:
        orgs = list(configuration.organisations)
    return tuple(orgs)
