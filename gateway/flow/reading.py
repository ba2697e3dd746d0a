"""Who reads the documents of a source: its adapter, told what the source takes of them.

And what completes them, its source profile. What was read by another of these may be read
otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.base import Adapter, Choosing
from gateway.core.errors import Forbidden
from gateway.core.profile import SourceProfile
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


def read_by(adapter: Adapter, profile: SourceProfile | None) -> str:
    """Return who reads a document, with versions: the same name, the same records."""
    return f"{adapter.name}@{adapter.version} {profile.ref if profile else ''}".rstrip()


def read_by_now(name: str, configuration: Configuration, exchange: Exchange) -> str:
    """Return who reads the documents of a source now. Raises Forbidden if there is no such one."""
    source = configuration.sources.get(name)
    if source is None:
        raise Forbidden("there is no such source")
    profile = configuration.profiles.get(str(source.get("profile") or ""))
    return read_by(adapter_of(source, configuration, exchange), profile)
