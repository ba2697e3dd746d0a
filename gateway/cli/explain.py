"""`gateway explain`: every rule's answer about one record and one partner."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli import show
from gateway.cli.frame import Invocation, command


@command("explain", example="gateway explain ID --partner hub.eu")
@click.argument("record")
@click.option("--partner", required=True, help="The partner it may go to, or not.")
def explain(call: Invocation, *, record: str, partner: str) -> None:
    """Tell why a record may go to a partner, or not.

    Decides again as of now, and shows every rule with its answer; the deciding one is marked,
    with what would change it.
    """
    from gateway.flow import look  # noqa: PLC0415 - help must be quick

    with call.exchange() as exchange:
        found = look.explain(record, partner, None, exchange)
    call.answer(found, lambda: _show(found))


def _show(found: dict[str, Any]) -> None:
    outcome = str(found["outcome"])
    about = f"{found['record']} version {found['version']} ({found['type']}) for {found['partner']}"
    show.say(f"{about}: {outcome}", style=show.COLOURS.get(outcome, ""))
    rows = [
        (
            "=>" if one["rule"] == found["deciding"] else " ",
            one["rule"],
            one["outcome"],
            one["title"],
            one["reason"],
        )
        for one in found["trace"]
    ]
    show.table(("", "rule", "answer", "title", "reason"), rows, empty="no rule was asked")
    show.say()
    if found["deciding"]:
        show.say(f"decided by {found['deciding']}: {found['reason']}", style="bold")
    if found["remedy"]:
        show.say(f"what would change it: {found['remedy']}")
    if found["ask"]:
        show.say(f"a consent can be asked of {', '.join(found['ask'])}:")
        words = f"{found['record']} --partner {found['partner']}"
        show.say(f"  gateway consents ask {words} --reason TEXT")
    if found["agreement"]:
        show.say(f"under agreement {found['agreement']}, for {show.plain(found['purpose'])}")
    for cut in found["withheld"]:
        show.say(f"withheld: {cut['pointer']} ({cut['code']})")
