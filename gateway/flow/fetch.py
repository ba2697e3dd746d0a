"""The journey to a partner's mailbox: what waits there for us, and its receipts for what we sent.

Envelopes go through `take_in`, receipts through `acknowledge`, exactly as if they had been pushed.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from gateway.core.errors import GatewayError, Malformed
from gateway.core.receipt import MalformedReceipt, ReceiptRefused
from gateway.flow.acknowledge import acknowledge
from gateway.flow.exchange import Exchange
from gateway.flow.peers import peer_of
from gateway.flow.ports import Answer, Peer
from gateway.flow.take_in import QuotaReached, take_in
from keys.errors import KeysError
from keys.strict import strict_json


class MailboxMalformed(Malformed):
    """The partner's answer is not a mailbox page."""

    code = "mailbox-malformed"


def fetch(partner: str, exchange: Exchange) -> int:
    """Read the mailbox and the receipts once; return how many things were new.

    Raises Unavailable when the partner cannot be reached, MailboxMalformed.
    """
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        row = configuration.partners.get(partner)
        peer = peer_of(partner, configuration)
    if row is None or peer is None or not row.fetch:
        return 0
    return _fetch_envelopes(partner, peer, exchange) + _fetch_receipts(partner, peer, exchange)


def _fetch_envelopes(partner: str, peer: Peer, exchange: Exchange) -> int:
    with exchange.store.reading() as work:
        channel = work.envelopes.channel(partner, "in")
        after = channel.upto
        for seq in work.arrivals.claimed(partner, channel.ep, above=after):
            if seq != after + 1:
                break
            after = seq
    answer = exchange.transport.mailbox(
        peer, iss=partner, ep=channel.ep, after=after, limit=exchange.limits.batch_envelopes
    )
    if answer.status != HTTPStatus.OK:
        return 0
    lines = answer.body.split(b"\n")[:-1]
    try:
        count = strict_json(lines[0])["count"] if lines else None
    except (KeysError, TypeError, KeyError):
        raise MailboxMalformed from None
    if count != len(lines) - 1:
        raise MailboxMalformed
    taken = 0
    for line in lines[1:]:
        try:
            taken += take_in(line, partner, exchange).state == "waiting"
        except QuotaReached:
            break  # what is not taken stays in the mailbox
    return taken


def _fetch_receipts(partner: str, peer: Peer, exchange: Exchange) -> int:
    with exchange.store.reading() as work:
        after = work.envelopes.channel(partner, "out").receipts_after
    answer = exchange.transport.get_receipts(peer, after=after)
    numbered = _receipts(answer) if answer.status == HTTPStatus.OK else []
    if not numbered:
        return 0
    fault: GatewayError | None = None
    try:
        news = acknowledge([text for _, text in numbered], partner, exchange)
    except (ReceiptRefused, MalformedReceipt) as error:  # it must not be fetched for ever
        news, fault = 0, error
    last = max(number for number, _ in numbered)
    with exchange.store.writing() as work:
        channel = work.envelopes.channel(partner, "out")
        work.envelopes.put_channel(
            replace(channel, receipts_after=max(channel.receipts_after, last)), expect=None
        )
        exchange.commit(work, "fetch.receipts")
    if fault is not None:
        raise fault
    return news


def _receipts(answer: Answer) -> list[tuple[int, bytes]]:
    """Split ``{"number":N,"receipt":…}`` lines; the receipt's bytes are kept as sent."""
    found = []
    for line in answer.body.split(b"\n")[:-1]:
        head, comma, rest = line.partition(b',"receipt":')
        number = head.removeprefix(b'{"number":')
        if not comma or not number.isdigit() or not rest.endswith(b"}"):
            raise MailboxMalformed
        found.append((int(number), rest[:-1]))
    return found
