"""A partner's newer card, as a `key-notice` brings it.

New sealing keys are taken up at once, if nothing else differs and a pair of confirmed keys signed
the card; everything else waits for a person. Ruled by docs/spec/wire.md, "Partner cards".

Stays true:
  * A sealing key that was taken up takes no records before its owner has shown that it opens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.core.bodies import CardNotice
from gateway.flow.acts import Act
from gateway.flow.configuration import Configuration, key_row
from gateway.flow.exchange import Exchange
from gateway.flow.partners import note_partner
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import PartnerRow
from keys.errors import KeysError, SignerRevoked
from keys.ring import SEAL, Ring
from keys.trust import SignedCard, changes_only_sealing, demand_update, parse_card, ring_keys

if TYPE_CHECKING:
    from gateway.flow.applying import Effects

RENEWED: Final = "card-renewed"


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card that takes the place of the one that was confirmed."""

    row: PartnerRow
    signed: SignedCard

    def write(self, work: UnitOfWork) -> Act:
        """Keep the card and its new sealing keys; return the act to be ledgered."""
        partner, card = self.row.id, self.signed.card
        work.config.put_partner(self.row)
        held = {row.kid for row in work.config.keys(partner)}
        fresh = [one for one in ring_keys(card) if one.use == SEAL and one.key.kid not in held]
        work.config.put_keys([key_row(partner, one, confirmed_by=None) for one in fresh])
        by = f"partner:{partner}"
        note_partner(partner, {"state": self.row.state, "card": card.version, "by": by}, work)
        return ("partner", {"partner": partner, "event": RENEWED, "by": by})


def consider_card(
    body: CardNotice, effects: Effects, configuration: Configuration, exchange: Exchange
) -> None:
    """Apply a card that we hold already, or new sealing keys; all else waits for a person."""
    held = configuration.partners[effects.arrival.partner]
    if body.card != held.card:
        effects.card = _newer(body.card, held, configuration.rings[held.id])
        if effects.card is None:
            effects.say("held", "card-needs-confirmation", None, None, exchange)
            return
    effects.say("applied", None, None, None, exchange)


def _newer(raw: str, held: PartnerRow, ring: Ring) -> NewCard | None:
    try:
        new, before = parse_card(raw.encode()), parse_card(held.card.encode())
        demand_update(new, before, revoked=_revoked(before, ring))
    except KeysError:
        return None
    if not changes_only_sealing(new.card, before.card):
        return None
    return NewCard(replace(held, card=raw, card_version=new.card.version), new)


def _revoked(card: SignedCard, ring: Ring) -> frozenset[str]:
    found = set()
    for key in card.card.signing:
        try:
            ring.verifier(key.kid)
        except SignerRevoked:
            found.add(key.kid)
        except KeysError:
            continue  # not ours to believe either: `demand_update` asks for a whole pair
    return frozenset(found)
