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


def reaches_nobody(configuration: Configuration, own: str) -> list[str]:
    """Return the agreements in force under which what is carried can be brought to nobody.

    A carrier brings; who only pulls, or has no endpoint, cannot be brought anything by us, be it
    the member that we carry for or the carrier that we give it to.
    """
    found = []
    for agreements in configuration.agreements.values():
        for agreement in agreements:
            if agreement.carrier is None or agreement.state != "active":
                continue
            brought_to = agreement.partner if agreement.carrier == own else agreement.carrier
            row = configuration.partners.get(brought_to)
            if row is None or row.state != "confirmed":
                continue
            if row.pulls or endpoint_of(brought_to, configuration) is None:
                found.append(agreement.name)
    return sorted(found)
