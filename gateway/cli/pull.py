"""`gateway pull`: a partner's mailbox, now rather than at the worker's next turn."""

from __future__ import annotations

from typing import Final

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command
from gateway.core.errors import Conflict, NotFound

_LEASE_SECONDS: Final = 120
_MOST_CALLS: Final = 1_000


class BeingFetched(Conflict):
    """The worker reads this partner's mailbox right now."""

    code = "being-fetched"


@command("pull", example="gateway pull hub.eu")
@click.argument("partner")
def pull(call: Invocation, *, partner: str) -> None:
    """Fetch a partner's mailbox now.

    Takes in envelopes and receipts until nothing new is there. The worker opens them.
    """
    from gateway.flow.fetch import fetch  # noqa: PLC0415 - help must be quick
    from gateway.flow.lease import leased  # noqa: PLC0415

    with call.exchange() as exchange:
        with exchange.store.reading() as work:
            row = exchange.configuration(work).partners.get(partner)
        if row is None or not row.fetch:
            raise NotFound("no partner of that id whose mailbox we read")
        fetched = 0
        with leased(f"fetch:{partner}", _LEASE_SECONDS, exchange) as lease:
            if lease is None:
                raise BeingFetched
            for _ in range(_MOST_CALLS):
                new = fetch(partner, exchange)
                fetched += new
                if not new:
                    break
    call.answer(
        {"partner": partner, "fetched": fetched},
        lambda: show.say(f"{fetched} new envelopes and receipts from {partner}"),
    )
