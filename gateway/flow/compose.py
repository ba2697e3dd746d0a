"""Records that a person here has composed: replies, questions to originators, outcomes.

They are submitted like those of a national system, through a source of the person's organisation
that reads the native format, so that its source profile fills what they leave open. What has
faults is told at once and not kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from gateway.core.errors import Fault, Forbidden, NotFound
from gateway.core.normalise import RecordInvalid
from gateway.core.record import Record
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Client, Person
from gateway.flow.matching import sees
from gateway.flow.outcome import Outcome
from gateway.flow.records import open_records
from gateway.flow.submit import Submission, submit
from schemas import vocab
from schemas.reading import load_submission

NATIVE: Final = "native"
# What a reply takes over from the record it is about: it serves the same matter.
_SHARED: Final = ("purposes", "legal_basis", "crime_area", "operational_action_ref", "review_by")

Json = dict[str, Any]


class SourceNotNamed(Forbidden):
    """The organisation has no source for this, or several."""

    code: ClassVar[str] = "source-not-named"
    advice: ClassVar[str] = (
        "Name a source of your organisation whose adapter is `native`. If there is none, an "
        "administrator adds one to the folder of items and applies it: "
        "docs/howto/answer-a-request.md shows it."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Who composes, by which source, and under which key a repeated call is the same call."""

    person: Person
    source: str | None = None
    key: str | None = None


def submit_composed(kind: str, body: Mapping[str, Any], pen: Pen, exchange: Exchange) -> Outcome:
    """Submit one composed record. Raises RecordInvalid with all its faults, SourceNotNamed."""
    reference = pen.key or exchange.new_id()
    whole = {"type": kind, "provider_ref": f"{kind}-{reference}", **body}
    faults = load_submission(whole).faults
    if faults:
        raise RecordInvalid(
            faults=tuple(Fault(one.pointer, one.code, one.detail, one.hint) for one in faults)
        )
    with exchange.store.reading() as work:
        source = _source(pen, exchange.configuration(work))
    client = Client(
        name=_client_of(pen),
        org=pen.person.org,
        scopes=frozenset({"submit"}),
        sources=(source,),
    )
    submission = Submission(
        client=client,
        source=source,
        media_type="application/json",
        raw=json.dumps(whole, ensure_ascii=False).encode(),
        idempotency_key=pen.key,
    )
    (outcome,) = submit(submission, exchange)
    if outcome.faults:
        raise RecordInvalid(faults=outcome.faults)
    return outcome


def is_repeated(pen: Pen, exchange: Exchange) -> bool:
    """Return whether this call came before: it gets the same answer, whatever has changed since."""
    if pen.key is None:
        return False
    with exchange.store.reading() as work:
        return work.idempotent(_client_of(pen), pen.key) is not None


def _client_of(pen: Pen) -> str:
    return f"person:{pen.person.name}"


def sources_of(org: str, configuration: Configuration) -> list[str]:
    """Return the sources of an organisation by which its persons may compose."""
    return sorted(
        name
        for name, body in configuration.sources.items()
        if body["org"] == org and body["adapter"] == NATIVE
    )


def _source(pen: Pen, configuration: Configuration) -> str:
    native = sources_of(pen.person.org, configuration)
    if pen.source is not None and pen.source in native:
        return pen.source
    if pen.source is None and len(native) == 1:
        return native[0]
    raise SourceNotNamed


def to(*partners: str) -> Json:
    """Return the addressees of a record for these partners."""
    return {"recipients": [{"partner": partner, "org_id": None} for partner in partners]}


def governance_like(about: Record, given: Mapping[str, Any]) -> Json:
    """Return the conditions of a record without personal data about another one.

    It is open to its recipient (H0) unless `given` says otherwise.
    """
    shared = {name: about.governance[name] for name in _SHARED if name in about.governance}
    return {"handling": ["H0"], **shared, **_said(given)}


def governance_of(about: Record, sources: Iterable[Record], given: Mapping[str, Any]) -> Json:
    """Return the conditions of an answer that rests on `sources`: theirs, never widened.

    Without sources its handling is for the person or the source profile to say.
    """
    shared = {name: about.governance[name] for name in _SHARED if name in about.governance}
    rest = [one.governance for one in sources]
    if not rest:
        return {**shared, **_said(given)}
    purposes = set.intersection(*(set(one.get("purposes") or ()) for one in rest))
    narrowed: Json = {
        "handling": sorted({code for one in rest for code in one.get("handling") or ()}),
        "restrictions": [limit for one in rest for limit in one.get("restrictions") or ()],
        "purposes": [code for code in vocab.PURPOSES if code in purposes],
        "legal_basis": rest[0].get("legal_basis"),
        "handling_text": " / ".join(filter(None, (one.get("handling_text") for one in rest))),
        "marking": _highest(rest),
    }
    for name in ("review_by", "erase_by"):
        dates = [str(one[name]) for one in (*rest, about.governance) if one.get(name)]
        narrowed[name] = min(dates, default=None)
    kept = {name: value for name, value in narrowed.items() if value}
    added = [code for code in given.get("handling") or () if code not in kept.get("handling", ())]
    if added:
        kept["handling"] = [*kept.get("handling", ()), *added]
    said = {name: value for name, value in _said(given).items() if name != "handling"}
    return {**shared, **kept, **said}


def _said(given: Mapping[str, Any]) -> Json:
    return {name: given[name] for name in ("handling", "legal_basis") if given.get(name)}


def _highest(rest: Iterable[Mapping[str, Any]]) -> str | None:
    marks = [str(one["marking"]) for one in rest if one.get("marking")]
    return max(marks, key=vocab.MARKINGS.index, default=None)


def held_by(org: str, record: str, exchange: Exchange) -> Record:
    """Return the newest version of a record that this organisation sees. Raises NotFound."""
    with exchange.store.reading() as work:
        row = work.records.newest([record]).get(record)
        if row is None or not sees(org, row, exchange.configuration(work), work):
            raise NotFound
    return newest_of(record, exchange)[0]


def newest_of(record: str, exchange: Exchange) -> tuple[Record, str | None]:
    """Return the newest version of a record and the partner that sent it. Raises NotFound."""
    with exchange.store.reading() as work:
        row = work.records.newest([record]).get(record)
    if row is None or row.text is None:
        raise NotFound
    return open_records([row], exchange)[0], row.from_partner
