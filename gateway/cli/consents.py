"""`gateway consents`: asked of originators, given, withdrawn, by message and by the API."""

from __future__ import annotations

from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.asking import carried_out, due, listed, show_made, show_outcome
from gateway.cli.frame import Invocation, command
from schemas import vocab

_SOURCE: Final = "The native source of your organisation that completes it, if it has several."


@command("list", example="gateway consents list\ngateway consents list --in-force")
@click.option("--all", "every", is_flag=True, help="Also those that are answered.")
@click.option("--in-force", is_flag=True, help="What is allowed now, instead of what is asked.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
def list_(call: Invocation, *, every: bool, in_force: bool, limit: int) -> None:
    """List consents that are asked for, the soonest due first, or those in force."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        if in_force:
            rows = list(api.look("/v1/consents/in-force")["items"])
        else:
            rows = listed("/v1/consents", limit, api, every=every)
    if in_force:
        call.answer(rows, lambda: _show_in_force(rows))
    else:
        call.answer(rows, lambda: _show_asked(rows))


def _show_asked(rows: list[dict[str, Any]]) -> None:
    """Print a block for each: ids stay whole on their lines, to be copied."""
    if not rows:
        show.say("no consent is asked for")
    for row in rows:
        show.say(f"{row['record']}  {_whose(row)}: {_state(row)}")
        lines = {
            "due": " ".join(filter(None, due(row))),
            "asked": f"{show.plain(row['use'])} of {', '.join(row['records'])}",
            "to": _to(row),
            "for": ", ".join(row["purposes"]),
            "why": row["reason"],
            "reply": row["reply"],
        }
        for name, value in lines.items():
            if value:
                show.say(f"  {name:<5}  {value}")


def _whose(row: dict[str, Any]) -> str:
    return ("of us, by " if row["direction"] == "in" else "by us, of ") + str(row["partner"])


def _to(row: dict[str, Any]) -> str:
    return ", ".join([*row["recipients"], *row["communities"]])


def _state(row: dict[str, Any]) -> str:
    """Return how it stands; a reply of ours that has not left says so."""
    if row["conditions_to_accept"]:
        return f"granted, conditions to accept: {row['conditions']}"
    said = str(row["code"] or row["state"])
    if row["code"] == "granted" and row["conditions"]:
        said += ", with conditions"
    if row["code"] is None and row["reply"]:
        said += f", reply {row['reply_state']}"
    return said


@command("show", example="gateway consents show ID")
@click.argument("request")
def show_(call: Invocation, *, request: str) -> None:
    """Show what is asked of an originator, and what was said to it."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        row = api.look(f"/v1/consents/{request}")
    call.answer(row, lambda: _show_one(row))


def _show_one(row: dict[str, Any]) -> None:
    show.pairs(
        {
            "due": " ".join(filter(None, due(row))),
            "asked": _whose(row),
            "use": row["use"],
            "of": ", ".join(row["records"]),
            "to": _to(row),
            "for": ", ".join(row["purposes"]),
            "why": row["reason"],
            "needed until": row["needed_until"],
            "state": _state(row),
            "reply": row["reply"],
            "granted until": row["granted_until"],
            "granted for": ", ".join(row["granted_purposes"]),
            "conditions": row["conditions"],
            "why not": row["why_not"],
        }
    )
    if row["conditions_to_accept"]:
        show.say(f"it allows nothing before: gateway consents accept {row['reply']}")


def _show_in_force(rows: list[dict[str, Any]]) -> None:
    names = ("consent", "use", "of", "to", "records", "purposes", "until")
    cells = [
        (
            row["name"],
            row["use"],
            row["originator"],
            ", ".join([*row["recipients"], *row["communities"]]),
            len(row["records"]),
            ", ".join(row["purposes"]),
            show.local_time(row["until"]),
        )
        for row in rows
    ]
    show.table(names, cells, empty="no consent is in force")


@command(
    "ask",
    example=(
        "gateway consents ask ID --partner hub.example --reason 'He travels there.'\n"
        "gateway consents ask ID --use evidence --reason 'It goes to court.'\n"
        "gateway consents ask ID --use other_purpose --purpose research --reason 'A study.'"
    ),
)
@click.argument("record")
@click.option("--partner", help="To whom the record shall go; without it: for our own use.")
@click.option("--use", type=click.Choice(vocab.CONSENT_USES), help="For what; pass_on by default.")
@click.option("--purpose", "consent_purposes", multiple=True, type=click.Choice(vocab.PURPOSES))
@click.option("--reason", required=True, help="Why, for the originator to read.")
@click.option("--until", metavar="TIME", help="How long it is needed, as 2030-06-01T00:00:00Z.")
@click.option("--answer-by", metavar="TIME", help="When the answer is of no use any more.")
@click.option("--source", help=_SOURCE)
def ask(call: Invocation, *, record: str, **said: Any) -> None:
    """Ask every originator whose consent a record needs: to go to a partner, or for our own use."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    if said["partner"] is None and said["use"] in (None, "pass_on"):
        raise click.UsageError("--partner is needed to pass it on; else --use evidence, say")
    said["consent_purposes"] = list(said["consent_purposes"])
    with api_client(call.settings()) as api:
        made = carried_out("/v1/consents", {"record": record, **said}, api)["items"]

    def tell() -> None:
        for one in made:
            show_outcome(one)

    call.answer(made, tell)


@command(
    "give",
    example=(
        "gateway consents give ID --until 2030-06-01T00:00:00Z\n"
        "gateway consents give ID --until 2030-06-01T00:00:00Z --purpose cross_check\n"
        "gateway consents give ID --refuse --reason 'Not before the arrest.'"
    ),
)
@click.argument("request")
@click.option("--until", metavar="TIME", help="When it ends; a consent without an end is none.")
@click.option("--record", "records", multiple=True, help="Only this record.")
@click.option("--to", "recipients", multiple=True, help="Only to this partner.")
@click.option("--purpose", "consent_purposes", multiple=True, type=click.Choice(vocab.PURPOSES))
@click.option("--conditions", help="In words; a person of the asker accepts them first.")
@click.option("--refuse", is_flag=True, help="Say no.")
@click.option("--reason", help="Why not.")
@click.option("--source", help=_SOURCE)
def give(call: Invocation, *, request: str, refuse: bool, **said: Any) -> None:
    """Answer a consent request: as asked, in part, or no."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    if not refuse and said["until"] is None:
        raise click.UsageError("--until is needed: a consent without an end is none")
    lists = {name: list(value) for name, value in said.items() if isinstance(value, tuple)}
    body = {
        **said,
        **lists,
        "decision": "refused" if refuse else "granted",
    }
    with api_client(call.settings()) as api:
        made = carried_out(f"/v1/consents/{request}/give", body, api)
    show_made(call, made)


@command("withdraw", example="gateway consents withdraw ID --reason 'The matter has changed.'")
@click.argument("consent")
@click.option("--reason", help="Why, for the other side to read.")
@click.option("--source", help=_SOURCE)
def withdraw(call: Invocation, *, consent: str, reason: str | None, source: str | None) -> None:
    """Withdraw a consent that your organisation gave."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        body = {"reason": reason, "source": source}
        made = carried_out(f"/v1/consents/{consent}/withdraw", body, api)
    show_made(call, made)


@command("accept", example="gateway consents accept ID")
@click.argument("consent")
def accept(call: Invocation, *, consent: str) -> None:
    """Accept the conditions of a consent that came; before that it allows nothing."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        made = api.act(f"/v1/consents/{consent}/accept")
    call.answer(made, lambda: show.say(f"in force: {made['consent']}"))


consents = click.Group(
    "consents",
    commands=[list_, show_, ask, give, withdraw, accept],
    help="Ask for, give and withdraw consents.",
)
