"""Who reads the documents of a source: its adapter, told what the source takes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.base import Adapter, Choosing
from gateway.core.errors import Forbidden
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange


def adapter_of(
    source: Mapping[str, Any], configuration: Configuration, exchange: Exchange
) -> Adapter:
    """Return the adapter of a source. Raises a GatewayError if there is none that may be used."""
    adapter = exchange.adapters.named(str(source["adapter"]), configuration.mappings)
    if not isinstance(adapter, Choosing):
        return adapter
    transfers = source.get("transfers")
    if not transfers:  # its schema demands them: only a source made before does not have them
        raise Forbidden("the source does not say which transfers it takes")
    return adapter.choosing(transfers)
