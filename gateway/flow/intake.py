"""From submitted bytes to candidates: guard, adapter, guard again, normal form. No store.

The first half of `submit`, and all of `replay`. What it gives is complete: every record of the
document as a candidate, or as faults with the stage at which it failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from adapters.base import (
    Adapter,
    AdapterFault,
    Draft,
    SourceUnmapped,
    SourceUnreadable,
    TrailStep,
)
from gateway.core.errors import Fault
from gateway.core.guard import inspect_bytes, inspect_strings
from gateway.core.ids import OrgId, RecordId
from gateway.core.limits import Limits
from gateway.core.normalise import Identity, Normalised, RecordInvalid, normalise
from gateway.core.profile import SourceProfile

SET_BY_GATEWAY = "set-by-gateway"


class Bench(Protocol):
    """What taking apart needs of an exchange: bounds, the time, ids."""

    @property
    def limits(self) -> Limits:
        """Every bound."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""

    def new_record_id(self) -> RecordId:
        """Return a fresh record id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The source a submission names, bound: whose it is, who reads it, what completes it."""

    org: OrgId
    country: str
    org_class: str
    source: str
    adapter: Adapter
    profile: SourceProfile | None
    media_type: str = ""
    urgent_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One record of the document in normal form. `raw` as in `adapters.base.Draft`."""

    normalised: Normalised
    raw: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """One record, or the whole document, that goes no further.

    `state` is ``refused`` (nothing is kept) or ``quarantined`` (the original is, sealed).
    """

    state: str
    stage: str  # guard | adapter | normalise
    faults: tuple[Fault, ...]
    raw: bytes | None = None
    provider_ref: str | None = None


def take_apart(raw: bytes, feed: Feed, bench: Bench) -> list[Candidate | Failed]:
    """Return every record of the document, in order, as a candidate or as what is wrong."""
    imagery = inspect_bytes(raw, feed.media_type, None)
    if imagery:
        return [Failed(state="refused", stage="guard", faults=_as_faults(imagery))]
    found: list[Candidate | Failed] = []
    try:
        found.extend(
            _consider(draft, feed, bench) for draft in feed.adapter.read(raw, bench.limits.caps)
        )
    except SourceUnreadable as error:
        return [Failed(state="refused", stage="adapter", faults=_as_faults(error.faults))]
    except SourceUnmapped as error:
        return [Failed(state="quarantined", stage="adapter", faults=_as_faults(error.faults))]
    return found


def _consider(draft: Draft, feed: Feed, bench: Bench) -> Candidate | Failed:
    if draft.unreadable:
        faults = _as_faults(draft.faults)
        return Failed(state="refused", stage="adapter", faults=faults, raw=draft.raw)
    # Without a step the adapter took the values as they stood, and the document was inspected.
    imagery = inspect_strings(draft.body) if draft.trail else []
    if imagery:
        return Failed(state="refused", stage="guard", faults=_as_faults(imagery), raw=draft.raw)
    if feed.urgent_reason is not None:
        draft = _urgent(draft, feed.urgent_reason)
    now = datetime.fromtimestamp(bench.now_ms() / 1000, tz=UTC)
    identity = Identity(
        id=bench.new_record_id(),
        version=1,
        org_id=feed.org,
        country=feed.country,
        org_class=feed.org_class,
        created=now,
    )
    try:
        normalised = normalise(draft, profile=feed.profile, identity=identity, received=now)
    except RecordInvalid as error:
        gateway_set = any(fault.code == SET_BY_GATEWAY for fault in error.faults)
        reference = draft.body.get("provider_ref")
        return Failed(
            state="refused" if gateway_set else "quarantined",
            stage="adapter" if draft.faults else "normalise",
            faults=error.faults,
            raw=draft.raw,
            provider_ref=reference if isinstance(reference, str) else None,
        )
    return Candidate(normalised=normalised, raw=draft.raw)


def _urgent(draft: Draft, reason: str) -> Draft:
    """Mark a draft urgent on the submitter's word.

    A threat to life is more than urgent and stays; of it only a missing reason is filled in.
    """
    risk = draft.body.get("risk")
    said = risk if isinstance(risk, dict) else {}
    if said.get("urgency") != "threat_to_life":
        set_now = {"urgency": "urgent", "reason": reason}
    elif not said.get("reason"):
        set_now = {"reason": reason}
    else:
        return draft
    body = {**draft.body, "risk": {**said, **set_now}}
    target = f"/risk/{next(iter(set_now))}"
    step = TrailStep(source="(submission)", target=target, rule="submitter-urgent")
    return replace(draft, body=body, trail=(*draft.trail, step))


def _as_faults(found: Sequence[AdapterFault] | Sequence[object]) -> tuple[Fault, ...]:
    return tuple(_fault(fault) for fault in found)


def _fault(fault: object) -> Fault:
    return Fault(
        pointer=str(getattr(fault, "pointer", "")),
        code=str(getattr(fault, "code", "malformed")),
        detail=str(getattr(fault, "detail", "")),
        hint=str(getattr(fault, "hint", "")),
    )


def originals_of(
    found: Sequence[Candidate | Failed], whole: bytes
) -> Iterator[tuple[bytes, list[int]]]:
    """Yield each original worth keeping with the places of the records that came from it."""
    by_raw: dict[bytes, list[int]] = {}
    for place, one in enumerate(found):
        if isinstance(one, Candidate) or one.state == "quarantined":
            by_raw.setdefault(whole if one.raw is None else one.raw, []).append(place)
    yield from by_raw.items()
