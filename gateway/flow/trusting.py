"""Who is trusted and who no more, as acts of two people: confirm a partner, revoke one.

Stays true:
  * The words that one person heard stand in the proposal; the other compares them with what they
    heard themselves. Executed is the very card that both saw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gateway.core.errors import Conflict, NotFound
from gateway.core.lifecycle import may
from gateway.core.proposal import ActUnknown, BasisChanged
from gateway.flow.acts import Act
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.partners import confirmed, demand_words, introduced
from gateway.flow.ports import UnitOfWork
from gateway.flow.revoked import revoke_in
from gateway.flow.rows_people import ProposalRow
from gateway.flow.two_people import Body, TwoPeopleAct
from keys.suite import digest

WORDS: Final = 8


def _complete_confirm(asked: Body, _: Person, exchange: Exchange) -> Body:
    words, partner = asked.get("words"), asked.get("partner")
    if not isinstance(partner, str) or not isinstance(words, list):
        raise ActUnknown("partner is a text, words a list of texts")
    flags = {name: asked.get(name, False) for name in ("fetch", "pulls")}
    if not all(isinstance(one, bool) for one in flags.values()):
        raise ActUnknown("fetch and pulls are true or false")
    with exchange.store.reading() as work:
        held, signed = introduced(partner, work)
    if not may("partner", held.state, "confirm"):
        raise Conflict("this partner was confirmed or revoked before")
    demand_words([str(word) for word in words], signed)
    return {
        "partner": partner,
        "card": digest(held.card.encode()),
        "words": list(signed.words),
        **flags,
    }


def _execute_confirm(row: ProposalRow, _: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    body, by = row.body, f"{row.proposer}+{row.approver}"

    def commit(work: UnitOfWork) -> Sequence[Act]:
        held, _signed = introduced(body["partner"], work)
        same = digest(held.card.encode()) == body["card"]
        if not same or not may("partner", held.state, "confirm"):
            raise BasisChanged
        flags = {"fetch": body["fetch"], "pulls": body["pulls"]}
        return [confirmed(body["partner"], body["words"], by, work, **flags)]

    return commit


def _complete_revoke(asked: Body, _: Person, exchange: Exchange) -> Body:
    partner, lost = asked.get("partner"), asked.get("keys_lost", False)
    if not isinstance(partner, str) or not isinstance(lost, bool):
        raise ActUnknown("partner is a text, keys_lost true or false")
    with exchange.store.reading() as work:
        held = {one.id: one for one in work.config.partners()}.get(partner)
    if held is None:
        raise NotFound("no such partner")
    if not may("partner", held.state, "revoke"):
        raise Conflict("this partner was revoked before")
    return {"partner": partner, "keys_lost": lost}


def _execute_revoke(row: ProposalRow, exchange: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    body, by = row.body, f"{row.proposer}+{row.approver}"

    def commit(work: UnitOfWork) -> Sequence[Act]:
        now = exchange.now_ms()
        return [revoke_in(body["partner"], by, work, now, keys_lost=body["keys_lost"])]

    return commit


CONFIRM_PARTNER: Final = TwoPeopleAct(complete=_complete_confirm, execute=_execute_confirm)
REVOKE_PARTNER: Final = TwoPeopleAct(complete=_complete_revoke, execute=_execute_revoke)
