"""Broken documents of the native form and of payment messages: a record, or faults; never a crash.

FUZZ_INPUTS and FUZZ_SEED are those of the properties of the other formats, `make fuzz`.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from accounting import recorded, untraced
from test_format_properties import INPUTS, SEED, mutated

from adapters.base import Caps, SourceUnmapped, SourceUnreadable
from adapters.registry import adapter
from gateway.core.guard import inspect_bytes, inspect_strings
from gateway.core.normalise import RecordInvalid

DATA = Path(__file__).parents[1] / "data"
SAMPLES = [
    *(("native", path) for path in sorted((DATA / "records").glob("*.json"))),
    *(("iso20022", path) for path in sorted((DATA / "iso20022").glob("*.xml"))),
]
MEDIA = {"native": "application/json", "iso20022": "application/xml"}


def survives(name: str, raw: bytes) -> int:
    """Read a document as the gateway does; return how many records it gave."""
    if inspect_bytes(raw, MEDIA[name]):
        return 0
    try:
        drafts = list(adapter(name).read(raw, Caps()))
    except (SourceUnreadable, SourceUnmapped) as refused:
        if not (refused.faults and all(one.code and one.detail for one in refused.faults)):
            raise
        return 0
    made = 0
    for draft in drafts:
        if name != "native":  # what is read as it stands needs no trail
            assert untraced(draft) == set()
        inspect_strings(draft.body)
        try:
            recorded(draft)
            made += 1
        except RecordInvalid as invalid:
            if not invalid.faults:
                raise
    return made


@pytest.mark.parametrize("name", ["native", "iso20022"])
@pytest.mark.timeout(3600)
def test_a_broken_document_gives_records_or_faults(name: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 - no secret
    samples = [path.read_bytes() for kind, path in SAMPLES if kind == name]
    made = [survives(name, mutated(chance.choice(samples), chance)) for _ in range(INPUTS // 2)]
    assert any(made)
    assert not all(made)
