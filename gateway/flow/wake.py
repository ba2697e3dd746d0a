"""The journey of a wake-up: tell a partner that pulls to look now, and look when told.

A partner that empties our mailbox itself may take its time; for what is urgent its endpoint, if its
card names one, gets an empty call. It says nothing of what waits, not even that it is urgent; the
partner comes with its own certificate, as it always does.

Stays true:
  * Being woken costs one row, however often it is done before it was followed.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from gateway.core.errors import Unavailable
from gateway.core.retry import retry_at
from gateway.flow.exchange import Exchange
from gateway.flow.fetch import fetch
from gateway.flow.lease import Lease
from gateway.flow.peers import endpoint_of
from gateway.flow.ports import Answer
from gateway.flow.urgent import MOST_SHOWN, URGENT

AGAIN_MS: Final = 60_000  # to a partner that was told and has not come


def wake(partner: str, lease: Lease, exchange: Exchange) -> int:
    """Wake a partner that pulls if something urgent is sealed for it; return 1 if it was told.

    Told again every minute until it has fetched and its receipt is here.
    """
    now = exchange.now_ms()
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        row = configuration.partners.get(partner)
        peer = endpoint_of(partner, configuration)
        channel = work.envelopes.channel(partner, "out")
        if row is None or not row.pulls or peer is None or channel.retry_at > now:
            return 0
        urgent = work.releases.urgent(up_to=URGENT, limit=MOST_SHOWN)
    if not any(one.partner == partner and one.state == "sealed" for one in urgent):
        return 0
    answer: Answer | None = None
    try:
        answer = exchange.transport.wake(peer)
    except Unavailable:
        answer = None
    told = answer is not None and answer.status == HTTPStatus.ACCEPTED
    again = now + AGAIN_MS
    if not told:
        after = answer.retry_after_seconds if answer else None
        randomness = exchange.entropy.bytes(8)
        again = min(again, retry_at(now, channel.failures, randomness, exchange.pauses, after))
    with exchange.store.writing() as work:
        lease.demand(work)
        channel = work.envelopes.channel(partner, "out")
        failures = 0 if told else channel.failures + 1
        work.envelopes.put_channel(replace(channel, failures=failures, retry_at=again), expect=None)
        exchange.commit(work, "wake")
    return int(told)


def note(partner: str, exchange: Exchange) -> None:
    """Note that `partner` asks us to look into its mailbox; the worker follows it."""
    with exchange.store.reading() as work:
        row = exchange.configuration(work).partners.get(partner)
        if row is None or not row.fetch or partner in work.leases.woken():
            return
    with exchange.store.writing() as work:
        if work.leases.note_wake(partner, exchange.now_ms()):
            exchange.commit(work, "wake.noted")


def follow(partner: str, exchange: Exchange) -> int:
    """Fetch at once if `partner` woke us; return how many things were new.

    The wake-up is forgotten first: one that comes while we look makes us look again.
    """
    with exchange.store.reading() as work:
        if partner not in work.leases.woken():
            return 0
    with exchange.store.writing() as work:
        work.leases.take_wake(partner)
        exchange.commit(work, "wake.followed")
    return fetch(partner, exchange)
