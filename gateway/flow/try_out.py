"""A document taken apart as `submit` would, for a person who writes a mapping or a profile.

The same guard, adapter and normal form; no store, no decision, nothing kept. It needs no gateway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gateway.core.ids import RecordId, record_id
from gateway.core.limits import Limits
from gateway.flow.intake import Bench, Candidate, Failed, Feed, take_apart
from gateway.flow.ports import Clock, Entropy


@dataclass(frozen=True, slots=True, kw_only=True)
class TryBench:
    """What `intake` needs, without a gateway; the ids that it gives mean nothing."""

    clock: Clock
    entropy: Entropy
    limits: Limits

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return self.clock.now_ms()

    def new_record_id(self) -> RecordId:
        """Return an id of the right form."""
        return record_id(self.clock.now_ms(), self.entropy.bytes(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What would become of one record: its normal form and trail, or the stage and its faults.

    `source` is the slice of the document it came from, None for the whole document.
    """

    state: str  # understood | quarantined | refused
    source: bytes | None
    encoding: str = "utf-8"  # in which its adapter reads it
    stage: str | None = None
    result: Mapping[str, Any] | None = None
    trail: tuple[Mapping[str, Any], ...] = ()
    losses: tuple[Mapping[str, str], ...] = ()
    faults: tuple[Mapping[str, str], ...] = ()


def try_out(raw: bytes, feed: Feed, bench: Bench) -> list[Tried]:
    """Return what would become of each record of a document, in order."""
    encoding = str(getattr(feed.adapter, "encoding", "utf-8"))
    return [_tried(one, encoding) for one in take_apart(raw, feed, bench)]


def _tried(one: Candidate | Failed, encoding: str) -> Tried:
    if isinstance(one, Failed):
        return Tried(
            state=one.state,
            source=one.raw,
            encoding=encoding,
            stage=one.stage,
            faults=tuple(asdict(fault) for fault in one.faults),
        )
    normalised = one.normalised
    return Tried(
        state="understood",
        source=one.raw,
        encoding=encoding,
        result=normalised.record.body,
        trail=tuple(asdict(step) for step in normalised.trail),
        losses=tuple(asdict(loss) for loss in normalised.losses),
    )


def tried_json(one: Tried) -> dict[str, Any]:
    """Return it as plain values."""
    return {
        "state": one.state,
        "stage": one.stage,
        "source": None if one.source is None else one.source.decode(one.encoding, errors="replace"),
        "result": one.result,
        "trail": list(one.trail),
        "losses": list(one.losses),
        "faults": list(one.faults),
    }
