"""What a person sees of the sources of their organisation: who reads them, what came, silence.

Writes nothing; counts, codes and times only. A source is silent when nothing came for much longer
than ever lately: what is usual is learned from its newest documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from gateway.core.errors import GatewayError
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import DocumentCount, UnitOfWork
from gateway.flow.reading import adapter_of
from gateway.flow.standing import standing_of_sources

LATELY: Final = 50  # documents from which it is learned what is usual
_FEWEST: Final = 5
_TIMES: Final = 2  # the longest pause lately, so many times, is silence
_SHORTEST_MS: Final = 3_600_000
# What a person calls the states of originals; the record of an erased one is here still.
_SHOWN: Final[Mapping[str, str]] = {
    "kept": "stored",
    "replayed": "stored",
    "erased": "stored",
    "expired": "stored",
    "quarantined": "quarantined",
    "refused": "refused",
    "discarded": "discarded",
}

Json = dict[str, Any]


def listing(person: Person, exchange: Exchange) -> list[Json]:
    """Return the sources of the person's organisation, with their documents by what became."""
    return listing_of(person.org, exchange)


def listing_of(org: str, exchange: Exchange) -> list[Json]:
    """Return the sources of an organisation, for who runs the gateway."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        counted = work.found.documents(org)
        pulled = {one["source"]: one for one in standing_of_sources(work, exchange.now_ms())}
        mappings = configuration.mappings.values()
        owners = {item.name: str(item.body.get("owner", "")) for item in mappings}
        return [
            {
                "name": name,
                **_reader(name, configuration, owners, exchange),
                **_counts([one for one in counted if one.source == name]),
                **_silence(name, org, work, exchange),
                "clients": _clients(name, configuration),
                "pulled": pulled.get(name, {}).get("state"),
            }
            for name in _names(org, configuration, counted)
        ]


def is_silent(arrivals: Sequence[int], now_ms: int) -> bool:
    """Return whether a source has given nothing for longer than is usual.

    `arrivals`: when its newest documents came, the newest first.
    """
    if len(arrivals) < _FEWEST:
        return False
    pauses = [later - sooner for later, sooner in pairwise(arrivals)]
    return now_ms - arrivals[0] > max(_SHORTEST_MS, _TIMES * max(pauses))


def _names(org: str, configuration: Configuration, counted: Sequence[DocumentCount]) -> list[str]:
    """Return configured sources, then those that gave something once."""
    own = [name for name, body in configuration.sources.items() if body["org"] == org]
    return list(dict.fromkeys([*sorted(own), *(one.source for one in counted)]))


def _reader(
    name: str, configuration: Configuration, owners: Mapping[str, str], exchange: Exchange
) -> Json:
    """Return who reads a source now; nobody where it is not configured any more."""
    source = configuration.sources.get(name)
    if source is None:
        return {"adapter": None, "version": None, "owner": "", "mapping": None}
    adapter = str(source["adapter"])
    mapping = adapter.partition("mapping:")[2] or None
    try:
        version = adapter_of(source, configuration, exchange).version
    except GatewayError:
        version = None
    owner = owners.get(mapping or "", "")
    return {"adapter": adapter, "version": version, "owner": owner, "mapping": mapping}


def _counts(counted: Sequence[DocumentCount]) -> Json:
    found: Counter[str] = Counter()
    for one in counted:
        found[_SHOWN.get(one.state, one.state)] += one.count
    newest = max((one.newest for one in counted), default=None)
    names = ("stored", "quarantined", "refused", "discarded")
    return {"last_seen": newest, "counts": {state: found[state] for state in names}}


def _silence(name: str, org: str, work: UnitOfWork, exchange: Exchange) -> Json:
    arrivals = work.found.arrivals(org, name, limit=LATELY)
    return {"silent": is_silent(arrivals, exchange.now_ms())}


def _clients(name: str, configuration: Configuration) -> list[str]:
    return sorted(
        client for client, body in configuration.clients.items() if name in body["sources"]
    )
