"""Where a partner's gateway is: from its confirmed card to one endpoint."""

from __future__ import annotations

from gateway.flow.configuration import Configuration
from gateway.flow.ports import Peer


def peer_of(partner: str, configuration: Configuration) -> Peer | None:
    """Return where to push to `partner`; None if it was never confirmed or pulls."""
    row = configuration.partners.get(partner)
    return None if row is None or row.pulls else endpoint_of(partner, configuration)


def endpoint_of(partner: str, configuration: Configuration) -> Peer | None:
    """Return where `partner` listens; None if it was never confirmed or its card has none."""
    card = configuration.cards.get(partner)
    if card is None or not card.endpoints:
        return None
    return Peer(partner=partner, endpoint=card.endpoints[0], tls=tuple(card.tls))
