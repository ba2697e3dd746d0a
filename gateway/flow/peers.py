"""Where a partner's gateway is: from its confirmed card to one endpoint."""

from __future__ import annotations

from gateway.flow.configuration import Configuration
from gateway.flow.ports import Peer


def peer_of(partner: str, configuration: Configuration) -> Peer | None:
    """Return where to push to `partner`: to itself, or to the carrier that brings it there.

    None if it was never confirmed or pulls.
    """
    carrier = carrier_of(partner, configuration)
    row = configuration.partners.get(carrier or partner)
    return None if row is None or row.pulls else endpoint_of(carrier or partner, configuration)


def carrier_of(partner: str, configuration: Configuration) -> str | None:
    """Return the partner that carries between us and this one, if all agreements say so.

    Where one of those in force names none we know the direct way, and take it.
    """
    agreements = configuration.covering(partner)
    active = [one for one in agreements if one.state == "active"]
    named = {one.carrier for one in active or agreements}
    carrier = named.pop() if len(named) == 1 else None
    return carrier if carrier in configuration.partners and carrier != partner else None


def endpoint_of(partner: str, configuration: Configuration) -> Peer | None:
    """Return where `partner` listens; None if it was never confirmed or its card has none."""
    card = configuration.cards.get(partner)
    if card is None or not card.endpoints:
        return None
    return Peer(partner=partner, endpoint=card.endpoints[0], tls=tuple(card.tls))
