"""The pages of what was not understood: the quarantine, one document of it, trying it again."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from gateway.flow import administering, propose
from gateway.flow.try_out import tried_json
from gateway.flow.workbench import CountDiffers
from gateway.web.asked import as_cursor, cursor
from gateway.web.console import frame
from gateway.web.console.door import demand_proof
from gateway.web.console.forms import Form, tried, typed
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange

_PAGE: Final = 50
_CHOOSERS: Final = ("source", "cause", "stage", "adapter_version")
_REASONS: Final = ("mend_mapping", "complaint", "quality_check")
_MAPPING: Final = "mapping:"
_STATES: Final = ("stored", "duplicate", "quarantined", "refused", "conflict", "gone")


@blp.get("/quarantine")
def quarantine() -> Response:
    """List what waits for the same, the largest groups first."""
    return frame.page("quarantine.html", groups=administering.groups(person(), exchange()))


@blp.get("/quarantine/group")
def quarantine_group() -> Response:
    """Show one group with its documents, and how many there are."""
    return _group(Form("replay"))


@blp.post("/quarantine/group")
def replay_group() -> Response:
    """Try a whole group again, by who knows how many it holds."""

    def act() -> Response:
        given = field("count")
        if not given.isdecimal():
            raise CountDiffers
        outcomes = administering.replay_oldest(_chosen(), int(given), person(), exchange())
        return _group(Form("replay"), outcomes)

    return tried(act, _group, "replay")


@blp.get("/quarantine/originals/<original_id>")
def quarantine_original(original_id: str) -> Response:
    """Show why one document waits; with a reason, the document beside what would become of it."""
    return _original(original_id, Form())


@blp.post("/quarantine/originals/<original_id>/replay")
def replay_original(original_id: str) -> Response:
    """Try one document again."""
    outcomes = administering.replay_original(original_id, person(), exchange())
    return frame.page("replayed.html", outcomes=_seen(outcomes), counts=_counts(outcomes))


@blp.post("/quarantine/originals/<original_id>/discard")
def discard_original(original_id: str) -> Response:
    """Propose that one document is erased for good."""
    demand_proof()

    def act() -> Response:
        asked = {"original": original_id}
        reason = typed("reason") or ""
        row = propose.propose("discard-original", asked, person(), exchange(), reason=reason)
        return frame.go("console.proposal", id_=row.id)

    return tried(act, lambda form: _original(original_id, form), "discard")


def mapping_of(adapter: str | None) -> str | None:
    """Return the name of the mapping that an adapter stands for, None if it is none."""
    return adapter.removeprefix(_MAPPING) if adapter and adapter.startswith(_MAPPING) else None


def _chosen() -> dict[str, str]:
    """Return what the page is about: of its address, or of the form that it sent."""
    return {name: value for name in _CHOOSERS if (value := request.values.get(name, ""))}


def _group(form: Form, outcomes: list[dict[str, Any]] | None = None) -> Response:
    chosen = _chosen()
    found, following = administering.group_page(chosen, cursor(), _PAGE, person(), exchange())
    counted = administering.replay_group(chosen, None, person(), exchange())["count"]
    return frame.page(
        "quarantine_group.html",
        chosen=chosen,
        waiting=found,
        following=as_cursor(following) if following else None,
        count=counted,
        most=administering.MOST_REPLAYED,
        form=form,
        outcomes=None if outcomes is None else _seen(outcomes),
        counts=_counts(outcomes or []),
    )


def _original(original_id: str, form: Form) -> Response:
    found = administering.original(original_id, person(), exchange())
    reason = request.args.get("reason", "")
    document, records = None, []
    if reason:
        raw, would = administering.try_original(original_id, reason, None, person(), exchange())
        document, records = raw.decode(errors="replace"), [tried_json(one) for one in would]
    return frame.page(
        "quarantine_original.html",
        found=found,
        form=form,
        reason=reason,
        reasons=_REASONS,
        document=document,
        tried=records,
        mapping=mapping_of(found["adapter"]),
    )


def _seen(outcomes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a page lists of outcomes: first what still does not go."""
    return sorted(outcomes, key=lambda one: one["state"] in ("stored", "duplicate"))[:_PAGE]


def _counts(outcomes: list[dict[str, Any]]) -> dict[str, int]:
    found = {state: sum(one["state"] == state for one in outcomes) for state in _STATES}
    return {state: count for state, count in found.items() if count}
