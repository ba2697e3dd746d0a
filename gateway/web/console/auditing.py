"""The pages of an auditor: search and verify the ledger, export it, what was given to whom."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from gateway.core.errors import GatewayError
from gateway.core.ledger import ACTS
from gateway.flow import audit, disclosures, look
from gateway.flow.audit_search import Hits, Sought, demand_whole, published_keys, search
from gateway.web.console import frame
from gateway.web.console.forms import Form, first_moment, form_key, tried
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange
from schemas.vocab import AUDIT_REASONS

_DAY_MS: Final = 86_400_000
_PAGE: Final = 50


@blp.get("/audit")
def audit_page() -> Response:
    """Search the ledger; with a reason, since a look is use."""
    return _shown(Form("audit"))


@blp.post("/audit/verify")
def verify_ledger() -> Response:
    """Compute the whole ledger again and compare it with every signed head."""

    def act() -> Response:
        form_key()
        demand_whole(field("reason"), "verify", person(), exchange())
        report = audit.verify_ledger(exchange(), published_keys(exchange()))
        return _shown(Form("audit"), report)

    return tried(act, _shown, "verify")


@blp.post("/audit/export")
def export_ledger() -> Response:
    """Give the ledger as lines of JSON, to be verified elsewhere."""

    def act() -> Response:
        form_key()
        demand_whole(field("reason"), "export", person(), exchange())
        lines = audit.export(exchange())
        answer = Response((line + b"\n" for line in lines), content_type="application/x-ndjson")
        answer.headers["Content-Disposition"] = 'attachment; filename="ledger.ndjson"'
        return answer

    return tried(act, _shown, "export")


@blp.get("/disclosures")
def disclosures_page() -> Response:
    """List what was given to whom, oldest first."""
    frame.demand(*disclosures.ROLES)
    given = dict(request.args.items())
    rows: list[dict[str, Any]] = []
    following, fault = None, None
    if given.get("reason"):
        try:
            wanted = disclosures.Wanted(
                record=given.get("record") or None,
                partner=given.get("partner") or None,
                since=first_moment(given.get("since", ""), "since"),
                until=_after(first_moment(given.get("until", ""), "until")),
            )
            rows, following = disclosures.page(
                person(), given["reason"], wanted, given.get("after", ""), _PAGE, exchange()
            )
        except GatewayError as error:
            fault = error
    return frame.page(
        "disclosures.html",
        422 if fault else 200,
        rows=rows,
        following=following,
        form=_form("disclosures", given, fault),
        query={name: value for name, value in given.items() if value and name != "after"},
        reasons=AUDIT_REASONS,
    )


@blp.get("/disclosures/<id_>")
def disclosure_page(id_: str) -> Response:
    """Show one disclosure in full: terms, ground, rules, receipt and what followed."""
    found = disclosures.show(person(), request.args.get("reason", ""), id_, exchange())
    return frame.page("disclosure.html", found=found)


def _shown(form: Form, report: audit.Report | None = None) -> Response:
    frame.demand(*disclosures.ROLES)
    given = dict(request.args.items())
    hits: Hits | None = None
    fault: GatewayError | None = None
    if given.get("reason"):
        try:
            sought = Sought(
                act=given.get("act", ""),
                word=given.get("word", "").strip(),
                since=first_moment(given.get("since", ""), "since"),
                until=_after(first_moment(given.get("until", ""), "until")),
                before=given.get("before", ""),
            )
            hits = search(sought, given["reason"], person(), exchange())
        except GatewayError as error:
            fault = error
    return frame.page(
        "audit.html",
        422 if fault else 200,
        hits=hits,
        report=report,
        form=form,
        asked=_form("search", given, fault),
        query={name: value for name, value in given.items() if value and name != "before"},
        acts=sorted(ACTS),
        reasons=AUDIT_REASONS,
        status=look.status(exchange()),
    )


def _form(name: str, given: dict[str, str], fault: GatewayError | None) -> Form:
    typed = {one: [value] for one, value in given.items()}
    faults = {key.lstrip("?"): text for key, text in frame.said(fault).items()} if fault else {}
    return Form(name, typed=typed, faults=faults, error=fault)


def _after(day: int | None) -> int | None:
    """Return the end of a day that is part of it."""
    return None if day is None else day + _DAY_MS
