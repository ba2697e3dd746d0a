"""What the commands about requests, consents and outcomes share: paging, and what was made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from gateway.cli import show
from gateway.cli.frame import Invocation

if TYPE_CHECKING:
    from gateway.transport.client import ApiClient

_PAGE: Final = 100

Json = dict[str, Any]


def listed(path: str, limit: int, api: ApiClient, *, every: bool) -> list[Json]:
    """Return up to `limit` questions; `every`: also those that are over."""
    found: list[Json] = []
    after: str | None = None
    while len(found) < limit:
        parameters: dict[str, str | int] = {"limit": min(_PAGE, limit - len(found))}
        if every:
            parameters["all"] = "yes"
        if after is not None:
            parameters["after"] = after
        page = api.look(path, parameters)
        found += page["items"]
        after = page.get("next")
        if after is None or not page["items"]:
            break
    return found[:limit]


def due(row: Json) -> tuple[str, str]:
    """Return when a question is due, and what makes it pressing."""
    mark = "OVERDUE" if row["over"] else ("urgent" if row["urgent"] else "")
    return show.local_time(row["due_at"]), mark


def show_questions(rows: list[Json], *, empty: str) -> None:
    """Print questions, one a line, the soonest due first."""
    names = ("due", "", "record", "partner", "asked", "state", "found", "reply", "code")
    cells = [
        (
            *due(row),
            row["record"],
            row["partner"],
            "of us" if row["direction"] == "in" else "by us",
            row["state"],
            row["matches"] if row["direction"] == "in" else None,
            row["reply_state"],
            row["code"],
        )
        for row in rows
    ]
    show.table(names, cells, empty=empty)


def carried_out(path: str, body: Mapping[str, Any], api: ApiClient) -> Json:
    """Carry out an act under a fresh key, so that a repeated call of the transport is one act."""
    return api.act(path, body, idempotency_key=uuid.uuid4().hex)


def show_made(call: Invocation, made: Json) -> None:
    """Answer with what was made, and whether it may leave."""
    call.answer(made, lambda: show_outcome(made))


def show_outcome(made: Json) -> None:
    """Print one record that was made: its id, and the decision for each recipient."""
    show.say(f"{made.get('type', 'record')}  {made.get('record')}")
    rows = [
        (one["partner"], one["state"], one.get("code"), one.get("reason"))
        for one in made.get("releases", ())
    ]
    none = "no agreement covers it: it goes to nobody"
    show.table(("partner", "state", "rule", "why"), rows, empty=none)
