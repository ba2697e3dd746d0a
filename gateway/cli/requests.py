"""`gateway requests`: what partners ask of us and we of them, with its clocks, by the API."""

from __future__ import annotations

from typing import Any, Final

import click

from gateway.cli import show
from gateway.cli.asking import carried_out, listed, show_made, show_questions
from gateway.cli.frame import Invocation, command
from schemas import vocab

_SOURCE: Final = "The source of your organisation whose profile completes it."


@command("list", example="gateway requests list\ngateway requests list --all --limit 20")
@click.option("--all", "every", is_flag=True, help="Also those that are answered or refused.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
def list_(call: Invocation, *, every: bool, limit: int) -> None:
    """List requests, the soonest due first; what is overdue says so."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        rows = listed("/v1/requests", limit, api, every=every)
    call.answer(rows, lambda: show_questions(rows, empty="nothing is asked"))


@command("show", example="gateway requests show ID")
@click.argument("record")
def show_(call: Invocation, *, record: str) -> None:
    """Show a request, and beside each match found what the rules say for this requester."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    with api_client(call.settings()) as api:
        found = api.look(f"/v1/requests/{record}")
    call.answer(found, lambda: _show(found))


def _show(found: dict[str, Any]) -> None:
    body = found["body"]
    show.pairs(
        {
            "due": show.local_time(found["due_at"]) + ("  OVERDUE" if found["over"] else ""),
            "clock": found["clock"],
            "from": found["partner"],
            "state": found["state"],
            "urgent": body.get("urgent_reason") if found["urgent"] else "no",
            "asked for": body.get("information"),
            "why here": body.get("reasons_available"),
            "facts": body.get("facts"),
            "offence": body.get("offence"),
            "link": body.get("link"),
            "limits": body.get("use_restrictions"),
            "languages": ", ".join(body.get("languages", ())),
            "reply": found["reply"],
        }
    )
    show.say()
    rows = [
        (
            one["record"],
            one["type"],
            one["from"] or "ours",
            ", ".join(one["in_common"]),
            _decided(one["decision"]),
            one["decision"]["deciding"],
            one["decision"]["remedy"] or one["decision"]["reason"],
        )
        for one in found["found"]
    ]
    names = ("record", "type", "from", "in common", "decision", "rule", "what would change it")
    show.table(names, rows, empty="nothing that is held has an identifier in common")


def _decided(decision: dict[str, Any]) -> str:
    """Return what the rules say; that an officer lifted them stands beside it."""
    outcome = str(decision["outcome"])
    return f"{outcome}, lifted by override" if decision["overridden"] else outcome


@command(
    "answer",
    example=(
        "gateway requests answer ID --use MATCH --direct\n"
        "gateway requests answer ID --partial 'Subscriber data.' --text 'Seen twice.' "
        "--handling H0\n"
        "gateway requests answer ID --delay P3D --because 'The court sits on Monday.' "
        "--handling H0\n"
        "gateway requests answer ID --clarify 'Which of the two accounts?' --handling H0"
    ),
)
@click.argument("record")
@click.option("--text", help="The answer in words.")
@click.option("--use", multiple=True, metavar="RECORD", help="Draw the answer from this record.")
@click.option("--direct/--not-direct", default=None, help="The information is directly accessible.")
@click.option("--partial", metavar="TEXT", help="A part is answered; what is still to come.")
@click.option("--delay", metavar="SPAN", help="Late by a judicial authorisation: P3D, PT12H.")
@click.option("--because", metavar="TEXT", help="With --delay: why it takes that long.")
@click.option("--clarify", metavar="TEXT", help="What the requester shall make clearer.")
@click.option("--evidence", type=click.Choice(vocab.EVIDENCE_CONSENTS), help="Use in court.")
@click.option("--no-europol-copy", type=click.Choice(vocab.NO_EUROPOL_COPY), help="Why none.")
@click.option("--europol-copy", is_flag=True, help="A copy goes to Europol.")
@click.option("--outcome-by", metavar="DAY", help="Ask what became of it, by this day.")
@click.option("--handling", multiple=True, type=click.Choice(vocab.HANDLING))
@click.option("--source", help=_SOURCE)
def answer(call: Invocation, *, record: str, **said: Any) -> None:
    """Answer a request or a part of it, tell a delay, or ask for something clearer.

    An answer drawn from records rests on them: their conditions go with it, never widened.
    """
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    body = _answer(**said)
    with api_client(call.settings()) as api:
        made = carried_out(f"/v1/requests/{record}/answer", body, api)
    show_made(call, made)


def _answer(**said: Any) -> dict[str, Any]:
    """Return what the options say as members of an answer. Raises click.UsageError."""
    kinds = {"partial": "partial", "delay": "delayed", "clarify": "clarification_wanted"}
    chosen = [kind for option, kind in kinds.items() if said[option]]
    if len(chosen) > 1:
        raise click.UsageError("one of --partial, --delay and --clarify")
    if bool(said["delay"]) != bool(said["because"]):
        raise click.UsageError("--delay and --because go together")
    if said["europol_copy"] and said["no_europol_copy"]:
        raise click.UsageError("one of --europol-copy and --no-europol-copy")
    body = {
        "state": chosen[0] if chosen else "complete",
        "text": said["text"],
        "use": list(said["use"]),
        "directly_accessible": said["direct"],
        "outstanding": said["partial"],
        "clarification": said["clarify"],
        "evidence": said["evidence"],
        "outcome_by": said["outcome_by"],
        "handling": list(said["handling"]),
        "source": said["source"],
    }
    if said["delay"]:
        late = {"needed": True, "delay": said["delay"], "reasons": said["because"]}
        body["authorisation"] = late
    if said["europol_copy"]:
        body["europol"] = {"sent": True}
    elif said["no_europol_copy"]:
        body["europol"] = {"sent": False, "why_not": said["no_europol_copy"]}
    return body


@command(
    "refuse",
    example=(
        "gateway requests refuse ID --ground not_available\n"
        "gateway requests refuse ID --ground ongoing_investigation --part 'The conversations.'"
    ),
)
@click.argument("record")
@click.option("--ground", required=True, type=click.Choice(vocab.REFUSAL_GROUNDS), help="Why.")
@click.option("--part", metavar="TEXT", help="Only this part is refused.")
@click.option("--text", help="The ground in words.")
@click.option("--source", help=_SOURCE)
def refuse(
    call: Invocation,
    *,
    record: str,
    ground: str,
    part: str | None,
    text: str | None,
    source: str | None,
) -> None:
    """Refuse a request, or a part of it, on a ground of Directive (EU) 2023/977."""
    from gateway.wiring_commands import api_client  # noqa: PLC0415 - help must be quick

    body = {
        "ground": ground,
        "concerns": "part" if part else "all",
        "text": part or text,
        "source": source,
    }
    with api_client(call.settings()) as api:
        made = carried_out(f"/v1/requests/{record}/refuse", body, api)
    show_made(call, made)


requests = click.Group(
    "requests",
    commands=[list_, show_, answer, refuse],
    help="See and answer requests for information.",
)
