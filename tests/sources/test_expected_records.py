"""Each sample of goAML, CyberTipline and XARF becomes exactly the records that are written down.

`tests/data/expected` holds what each becomes with the profile of `accounting`: the records without
what a gateway makes up, the losses, the faults. A sample without it fails, so does a leftover.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from accounting import SOURCES, recorded, untraced

from adapters.base import Caps
from adapters.registry import adapter
from adapters.sources.goaml import GoamlAdapter
from adapters.sources.goaml_dialect import read_dialect
from adapters.sources.goaml_schema import ReportSchema
from gateway.core.normalise import RecordInvalid

EXPECTED = Path(__file__).parents[1] / "data" / "expected"
FORMATS = ("goaml", "cybertip", "xarf")
MADE_UP = ("id", "version", "created", "schema", "originator")
SAMPLES = sorted(
    path
    for name in FORMATS
    for path in (SOURCES / name).iterdir()
    if path.suffix in {".xml", ".json"}
)


def reader(path):
    if path.stem != "fiu-test-dialect":
        return adapter(path.parent.name)
    dialect = tomllib.loads((path.parent / "fiu-test.toml").read_text())
    schema = ReportSchema((path.parent / "fiu-test.xsd").read_text())
    return GoamlAdapter(read_dialect("fiu.test", dialect), schema)


def became(path):
    """Return what becomes of a sample, in the form of the expected files."""
    found = []
    for draft in reader(path).read(path.read_bytes(), Caps()):
        assert untraced(draft) == set()
        one = {"losses": [[loss.source, loss.code] for loss in draft.losses]}
        try:
            body = recorded(draft).record.body
        except RecordInvalid as invalid:
            one["faults"] = [[fault.pointer, fault.code] for fault in invalid.faults]
        else:
            one["record"] = {name: body[name] for name in body if name not in MADE_UP}
        found.append(one)
    return found


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_becomes_the_records_that_are_written_down(path):
    expected = EXPECTED / path.parent.name / f"{path.stem}.json"

    assert became(path) == json.loads(expected.read_text())


def test_nothing_is_expected_of_a_sample_that_is_gone():
    named = {f"{path.parent.name}/{path.stem}" for path in SAMPLES}

    assert {f"{one.parent.name}/{one.stem}" for one in EXPECTED.rglob("*.json")} == named
