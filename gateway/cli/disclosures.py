"""`gateway disclosures list|show`: what was given to whom, by the API, as an auditor."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command, reason_option

_PAGE = 100

Json = dict[str, Any]


@command(
    "list",
    example="gateway disclosures list --reason yearly_audit --from 2026-01-01 --to 2026-12-31\n"
    "gateway disclosures list --reason complaint --record ID",
)
@reason_option
@click.option("--record", metavar="ID", help="Of this record only.")
@click.option("--partner", help="To this partner only.")
@click.option("--from", "since", metavar="DAY", help="From this day.")
@click.option("--to", "until", metavar="DAY", help="Until this day, which is part of it.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
def list_(
    call: Invocation,
    *,
    reason: str,
    record: str | None,
    partner: str | None,
    since: str | None,
    until: str | None,
    limit: int,
) -> None:
    """List what was given to partners, oldest first; takes the role of an auditor.

    Speaks to the running gateway with the certificate under [client], which must be a person's.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    given = {"record": record, "partner": partner, "from": since, "to": until}
    only = {name: value for name, value in given.items() if value is not None}
    found: list[Json] = []
    after: str | None = None
    with api_client(call.settings()) as api:
        while len(found) < limit:
            page = api.disclosures(reason, after, min(_PAGE, limit - len(found)), **only)
            found += page["items"]
            after = page.get("next")
            if after is None:
                break
    rows = [
        (
            one["id"],
            show.local_time(one["sealed_at"]),
            one["partner"],
            one["type"],
            one["purpose"],
            one["agreement"],
            one["ground"],
            (one["delivery"] or {}).get("taken"),
            len(one["notices"]),
        )
        for one in found
    ]
    names = (
        "id",
        "sealed",
        "partner",
        "type",
        "purpose",
        "agreement",
        "ground",
        "taken",
        "notices",
    )
    call.answer(found, lambda: show.table(names, rows, empty="nothing was given"))


@command("show", example="gateway disclosures show ID --reason yearly_audit")
@click.argument("disclosure")
@reason_option
def show_(call: Invocation, *, disclosure: str, reason: str) -> None:
    """Show one disclosure: terms, transfer ground, rules, receipt and what followed."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.disclosure(disclosure, reason)

    def tell() -> None:
        show.terms(found["terms_in_words"])
        show.say()
        show.document({name: value for name, value in found.items() if name != "terms_in_words"})

    call.answer(found, tell)


disclosures = click.Group(
    "disclosures", commands=[list_, show_], help="See what was given to whom, and by which rules."
)
