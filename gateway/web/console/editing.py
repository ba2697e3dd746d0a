"""The pages of adapters: what ships, the mappings in force, and the editor of one mapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response, request

from gateway.core.errors import GatewayError
from gateway.flow import administering, mappings, source_view
from gateway.flow.administering import Written
from gateway.flow.try_out import Tried, tried_json
from gateway.web.console import frame
from gateway.web.console.forms import Form, form_key, sent, typed
from gateway.web.console.frame import blp, field, person
from gateway.web.edge import exchange
from gateway.web.problems import status_of

_LOOKS: Final = ("mend_mapping", "complaint", "quality_check")
_REASONS: Final = ("format_changed", "new_code", "mapping_was_wrong", "roll_back")
_EMPTY: Final = 'format = "csv"\ntype = "case"\n\n[fields]\n"/provider_ref" = { path = "" }\n'
_EFFECTS: Final = ("newly_passing", "changed", "newly_failing", "still_failing", "same")

Json = dict[str, Any]


@blp.get("/adapters")
def adapters() -> Response:
    """List the adapters that ship, and the mappings in force."""
    return frame.page("adapters.html", found=mappings.listing(person(), exchange()))


@blp.get("/sources")
def sources() -> Response:
    """List the sources of the organisation: who reads them, what came, which are silent."""
    return frame.page("sources.html", sources=source_view.listing(person(), exchange()))


@blp.get("/mappings")
def new_mapping() -> Response:
    """Offer an empty editor."""
    frame.demand(frame.ADMINISTRATOR)
    return _editor(None, Form("mapping", typed={"text": [_EMPTY]}))


@blp.get("/mappings/<name>")
def mapping(name: str) -> Response:
    """Show a mapping in the editor; the sample is a failed document, where one is named."""
    found = mappings.shown(name, person(), exchange())
    filled = {"text": [found["text"]], "name": [name]}
    for member, given in (("original", "original"), ("look", "reason")):
        filled[member] = [request.args.get(given, "")]
    form = Form("mapping", typed=filled)
    if not form.value("original") or not form.value("look"):
        return _editor(found, form)
    return _tried(found, form, None)


@blp.get("/mappings/<name>/versions/<number>")
def mapping_version(name: str, number: str) -> Response:
    """Show what one version changed against the one before."""
    found = mappings.shown(name, person(), exchange())
    one = mappings.version(name, mappings.parse_version(number), person(), exchange())
    return frame.page(
        "mapping_version.html",
        found=found,
        one=one,
        form=Form("back"),
        reasons=_REASONS,
        may_change=_may_change(found),
    )


@blp.post("/mappings")
def edit_mapping() -> Response:
    """Try what was typed on the sample, check it over all that is stored, or propose it."""
    name = (typed("name") or "").strip()
    found = _known(name)
    acts: dict[str, Callable[[Json | None, Form, Written], Response]] = {
        "check": _checked,
        "propose": _proposed,
    }
    form = sent("mapping")
    try:
        form_key()
        given = mappings.written(name or "tried", field("text"))
        given.compiled(exchange())
        return acts.get(field("do"), _tried)(found, form, given)
    except (mappings.NotToml, mappings.MappingChanged) as error:
        return _refused(error, found)
    except GatewayError as error:
        if error.code not in _OF_THE_FORM:
            raise
        return _refused(error, found)


@blp.post("/mappings/<name>/versions/<number>")
def bring_back(name: str, number: str) -> Response:
    """Propose that an older version is in force again."""
    back = mappings.parse_version(number)
    row = mappings.bring_back(name, back, person(), exchange(), reason=field("why"))
    return frame.go("console.proposal", id_=row.id)


# What somebody who types can mend; anything else is a page of its own.
_OF_THE_FORM: Final = (
    *("adapter-unusable", "configuration-refused", "reason-malformed", "of-a-file"),
)


def _known(name: str) -> Json | None:
    listed = {one["name"] for one in mappings.listing(person(), exchange())["mappings"]}
    return mappings.shown(name, person(), exchange()) if name in listed else None


def _tried(found: Json | None, form: Form, given: Written | None) -> Response:
    original, look = form.value("original"), form.value("look")
    if original and look:
        raw, would = administering.try_original(original, look, given, person(), exchange())
        return _editor(found, form, document=raw.decode(errors="replace"), tried=would)
    sample = form.value("sample").replace("\r\n", "\n")
    source = form.value("source") or _source_of(found)
    if not sample or not source:
        return _editor(found, form)
    would = administering.try_document(sample.encode(), source, given, person(), exchange())
    return _editor(found, form, document=sample, tried=would)


def _checked(found: Json | None, form: Form, given: Written) -> Response:
    report = administering.check_mapping(given, person(), exchange())
    return _editor(found, form, report=report)


def _proposed(_found: Json | None, _form: Form, given: Written) -> Response:
    seen = field("version")
    version = int(seen) if seen.isdecimal() and len(seen) < len("1000000") else -1
    if not typed("name"):
        raise frame.FormRefused
    row = mappings.propose(given, version, person(), exchange(), reason=field("why"))
    return frame.go("console.proposal", id_=row.id)


def _refused(error: GatewayError, found: Json | None) -> Response:
    answer = _editor(found, sent("mapping", error))
    answer.status_code = status_of(error)
    return answer


def _editor(
    found: Json | None,
    form: Form,
    *,
    document: str | None = None,
    tried: list[Tried] | None = None,
    report: Json | None = None,
) -> Response:
    text = form.value("text").replace("\r\n", "\n")
    error = form.error
    faults = list(error.faults) if error else []
    records = [tried_json(one) for one in tried or ()]
    for one in records:
        one["at_lines"] = mappings.at_lines(text, one["faults"])
    changed = isinstance(error, mappings.MappingChanged)
    return frame.page(
        "mapping.html",
        found=found,
        form=form,
        text=text,
        faults=mappings.at_lines(text, faults),
        newer=mappings.compared(text, found["text"]) if changed and found else None,
        document=document,
        tried=records if tried is not None else None,
        report=report,
        effects=_EFFECTS,
        looks=_LOOKS,
        reasons=_REASONS,
        sources=mappings.own_sources(person(), exchange()),
        source=form.value("source") or _source_of(found),
        may_change=found is None or _may_change(found),
    )


def _source_of(found: Json | None) -> str:
    return next(iter(found["sources"]), "") if found else ""


def _may_change(found: Json) -> bool:
    """Return whether it can be changed here: not of a file, nor read by others' sources."""
    return not found["by_file"] and not found["of_others"]
