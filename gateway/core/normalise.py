"""From a draft to a record: fill, check, put in normal form, and say what was done.

Owns the step between an adapter and everything that trusts a record. Leaves to `schemas` what a
record may be, to `profile` what a source's records get, and to the release rules whether what is
still missing matters.

Stays true:
  * A record comes out whole and in normal form, or all its faults do.
  * Every value that was filled in or changed has its step in the trail.
  * Recipients come from the submitter alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from adapters.base import Draft, Loss
from gateway.core.errors import Fault, GatewayError
from gateway.core.ids import OrgId, RecordId
from gateway.core.limits import WireLimits
from gateway.core.profile import Fill, SourceProfile
from gateway.core.record import Record, canonical
from gateway.core.tlp import LABELLED, LABELS, codes_of
from schemas.faults import Change
from schemas.reading import load_submission
from schemas.versions import current

# Kept free in a record text for what a release adds: rendition, nonce, terms.
ROOM_FOR_RELEASE_BYTES: Final = 16 * 1024
# Members whose entries carry an evaluation.
_STATEMENTS: Final = (
    "persons",
    "organisations",
    "accounts",
    "identities",
    "network",
    "locations",
    "means_of_transport",
    "documents",
    "relations",
    "grounds",
    "indicator_hits",
)


class RecordInvalid(GatewayError):
    """The submission does not follow the shared schema."""

    code: ClassVar[str] = "record-invalid"
    advice: ClassVar[str] = "Mend each of the faults named and send it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What only the gateway says of a record: which it is, and whose."""

    id: RecordId
    version: int
    org_id: OrgId
    country: str  # ISO 3166-1 alpha-2, or "unknown" for an organisation of no country
    org_class: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the mapping trail.

    `source` is the path in the source, ``profile:NAME@VERSION``, or nothing for a default.
    `before` is the value as found, None where it was filled in or taken over as it stood.
    """

    source: str
    target: str
    rule: str
    before: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """A record, the way its values went, and what of the source has no place in it."""

    record: Record
    trail: tuple[Step, ...]
    losses: tuple[Loss, ...]


def normalise(
    draft: Draft, *, profile: SourceProfile | None, identity: Identity, received: datetime
) -> Normalised:
    """Return the record that a draft describes. Raises RecordInvalid with all faults.

    `received` is when we first got it: the review period of the profile runs from there.
    """
    body, filled = _fill_in(draft, profile, received)
    body, laid = _with_label(body)
    loaded = load_submission(body, country=_known(identity.country))
    faults = [Fault(f.pointer, f.code, f.detail, f.hint) for f in draft.faults]
    faults += [Fault(f.pointer, f.code, f.detail, f.hint) for f in loaded.faults]
    if faults:
        raise RecordInvalid(faults=tuple(dict.fromkeys(faults)))
    record = _compose(loaded.body, identity)
    _demand_room(record)
    trail = [Step(step.source, step.target, step.rule, step.before) for step in draft.trail]
    trail += filled
    trail += laid
    trail += _changed(loaded.changes, {step.target: step.source for step in draft.trail})
    return Normalised(record=record, trail=tuple(trail), losses=tuple(draft.losses))


def content_tag_input(record: Record) -> bytes:
    """Return the bytes whose tag says whether two submissions have the same content."""
    return canonical(record.content())


def _changed(changes: Sequence[Change], sources: Mapping[str, str]) -> Iterator[Step]:
    """Yield a step per changed value; a value that was filled in has no source of its own."""
    for change in changes:
        found = sources.get(change.pointer, "" if change.before is None else change.pointer)
        yield Step(found, change.pointer, change.rule, change.before)


def _known(country: str) -> str | None:
    return None if country == "unknown" else country


def _compose(content: Mapping[str, Any], identity: Identity) -> Record:
    kind = content["type"]
    body = {
        "id": identity.id,
        "version": identity.version,
        "schema": current(kind),
        "originator": {
            "org_id": identity.org_id,
            "country": identity.country,
            "org_class": identity.org_class,
        },
        "created": identity.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **content,
    }
    return Record(
        id=identity.id, version=identity.version, type=kind, org=identity.org_id, body=body
    )


def _demand_room(record: Record) -> None:
    most = WireLimits().max_record_text_bytes - ROOM_FOR_RELEASE_BYTES
    if len(record.text()) > most:
        fault = Fault(
            "",
            "too-large",
            f"The record has more than {most} bytes in normal form.",
            "Divide it into several records that name each other in `derived_from`.",
        )
        raise RecordInvalid(faults=(fault,))


def _fill_in(
    draft: Draft, profile: SourceProfile | None, received: datetime
) -> tuple[dict[str, Any], list[Step]]:
    """Return the draft's body with what the profile gives, and a step for each value given.

    Whatever has not even the right kind of container is left for the schema to name.
    """
    body: dict[str, Any] = dict(draft.body)
    if profile is None:
        return body, []
    fill = profile.fill_for(str(body.get("type")), draft.indicators)
    filled: list[str] = []
    body["governance"] = _filled(
        body.get("governance"), _governance(fill, received), "/governance", filled
    )
    for name, values in _statement_fills(fill):
        entries = body.get(name)
        if isinstance(entries, list):
            body[name] = [
                _filled_statement(entry, values, f"/{name}/{index}", filled)
                for index, entry in enumerate(entries)
            ]
    return body, [
        Step(f"profile:{profile.ref}", target, "source-profile", None) for target in filled
    ]


def _with_label(body: dict[str, Any]) -> tuple[dict[str, Any], list[Step]]:
    """Return the body with the codes and restrictions that its TLP label lays, and the steps.

    What has not even the right kind of container is left for the schema to name.
    """
    label, governance = body.get("tlp"), body.get("governance") or {}
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in LABELLED or label not in LABELS:
        return body, []
    if not _is_open(governance):
        return body, []
    laid = codes_of(str(label))
    codes, limits = governance.get("handling") or [], governance.get("restrictions") or []
    kinds = {
        str(one.get("kind")) for one in limits if isinstance(one, Mapping) and not one.get("until")
    }
    more = [one for one in sorted(laid.handling) if one not in codes]
    further = [{"kind": one} for one in sorted(laid.restrictions - kinds)]
    whole = {**governance, "handling": [*codes, *more], "restrictions": [*limits, *further]}
    steps = [Step("/tlp", "/governance/handling", "tlp", list(codes))] if more else []
    if further:
        steps.append(Step("/tlp", "/governance/restrictions", "tlp", None))
    kept = {name: value for name, value in whole.items() if value}
    return {**body, "governance": kept}, steps


def _is_open(governance: object) -> bool:
    return isinstance(governance, Mapping) and all(
        isinstance(governance.get(name) or [], list) for name in ("handling", "restrictions")
    )


def _governance(fill: Fill, received: datetime) -> dict[str, Any]:
    review: str | None = None
    if fill.review_days is not None:
        review = (received.astimezone(UTC) + timedelta(days=fill.review_days)).date().isoformat()
    return {
        "handling": list(fill.handling),
        "purposes": list(fill.purposes),
        "legal_basis": dict(fill.legal_basis) if fill.legal_basis else None,
        "crime_area": fill.crime_area,
        "phenomenon": list(fill.phenomenon),
        "operational_action_ref": fill.operational_action_ref,
        "review_by": review,
    }


def _statement_fills(fill: Fill) -> Iterator[tuple[str, dict[str, Any]]]:
    evaluation = {"source_code": fill.source_code, "info_code": fill.info_code}
    for name in _STATEMENTS:
        category = {"category": fill.person_category} if name == "persons" else {}
        yield name, {**category, "meta": evaluation}


def _filled_statement(
    entry: object, values: Mapping[str, Any], place: str, filled: list[str]
) -> object:
    if not isinstance(entry, Mapping):
        return entry
    own = {name: value for name, value in values.items() if name != "meta"}
    members: dict[str, Any] = _filled(entry, own, place, filled)
    meta = members.get("meta")
    # A national evaluation is for a mapping table to translate, not for a profile to override.
    if isinstance(meta, Mapping) and meta.get("original_code") is not None:
        return members
    completed = _filled(meta, values["meta"], f"{place}/meta", filled)
    return {**members, "meta": completed} if completed else members


def _filled(given: Any, values: Mapping[str, Any], place: str, filled: list[str]) -> Any:
    """Return `given` with those of `values` that it lacks, or as it is if it is no object."""
    if given is not None and not isinstance(given, Mapping):
        return given
    members = dict(given or {})
    for name, value in values.items():
        if value and _is_missing(members.get(name)):
            members[name] = value
            filled.append(f"{place}/{name}")
    return members


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, Sequence) and not value)
