"""A national export becomes records by a mapping; its mistakes are told all at once."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Caps, SourceUnmapped
from adapters.sources import declared
from adapters.sources.converters import CONVERTERS, NotConverted
from schemas.reading import load_submission

DATA = Path(__file__).parents[1] / "data" / "sources" / "declared"
CAPS = Caps()
EXAMPLES = [
    (name, *example) for name, converter in CONVERTERS.items() for example in converter.examples
]


def _adapter(name):
    return declared.compile(tomllib.loads((DATA / name).read_text()), name=name)


def _one(fields, row=b'{"a": "1", "b": ["x", "y"]}', **mapping):
    made = declared.compile({"format": "json", "type": "case", "fields": fields, **mapping})
    [draft] = made.read(row, CAPS)
    return draft


@pytest.mark.parametrize(("name", "text", "argument", "result"), EXAMPLES)
def test_each_converter_does_what_its_examples_say(name, text, argument, result):
    assert CONVERTERS[name].apply(text, argument) == result


def test_every_converter_has_a_sentence_and_an_example():
    assert all(one.about.endswith(".") and one.examples for one in CONVERTERS.values())


@given(st.sampled_from(EXAMPLES), st.text(max_size=60))
def test_a_value_that_does_not_fit_is_not_converted_and_nothing_else(example, text):
    with contextlib.suppress(NotConverted):
        CONVERTERS[example[0]].apply(text, example[2])


NOT_CONVERTED = [
    ("date", "31-2-2026", "DD-MM-YYYY"), ("date", "2026-02-03", "DD-MM-YYYY"),
    ("date", "1-13-2026", "DD-MM-YYYY"), ("time", "3-4-2026 24:00", "DD-MM-YYYY;Z"),
    ("time", "3-4-2026 9:05:99", "DD-MM-YYYY;Z"), ("decimal_comma", "1,234.50", ""),
    ("decimal_comma", "1.23", ""), ("whole", "1.5", ""), ("truth", "misschien", "ja/nee"),
    ("minor_units", "1.5", "2"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "argument"), NOT_CONVERTED)
def test_a_converter_never_guesses(name, text, argument):
    with pytest.raises(NotConverted):
        CONVERTERS[name].apply(text, argument)


@pytest.mark.parametrize(
    ("mapping", "document", "count"),
    [("zaken-csv.toml", "zaken.csv", 3), ("meldingen-json.toml", "meldingen.json", 2)],
)
def test_a_national_export_becomes_records(mapping, document, count):
    drafts = list(_adapter(mapping).read((DATA / document).read_bytes(), CAPS))
    assert len(drafts) == count
    for draft in drafts:
        assert draft.faults == ()
        assert load_submission(draft.body, country="NL").faults == ()
        assert any(loss.source.lower().endswith("behandelaar") for loss in draft.losses) or (
            draft.body["provider_ref"] == "NB-2026-0008"
        )


def test_a_row_without_a_suspect_makes_no_empty_suspect():
    first, second, third = _adapter("zaken-csv.toml").read((DATA / "zaken.csv").read_bytes(), CAPS)
    assert [person["category"] for person in first.body["persons"]] == ["suspect", "victim"]
    assert [person["category"] for person in second.body["persons"]] == ["victim"]
    assert "holder_ref" not in second.body["identities"][0]
    assert ("/4/Verdachte geboren", "not-converted") in [(x.source, x.code) for x in third.losses]


def test_the_trail_names_the_cell_the_place_and_the_rule():
    draft = next(_adapter("zaken-csv.toml").read((DATA / "zaken.csv").read_bytes(), CAPS))
    steps = {step.target: (step.source, step.rule) for step in draft.trail}
    assert steps["/persons/0/dob"] == ("/2/Verdachte geboren", "date:DD-MM-YYYY")
    assert steps["/persons/0/category"] == ("", "constant")


def test_a_required_value_that_is_missing_is_a_fault_and_the_others_go_on():
    draft = _one({"/provider_ref": {"path": "zz", "required": True}, "/unit": {"path": "a"}})
    assert [(fault.pointer, fault.code) for fault in draft.faults] == [("/zz", "required")]
    assert draft.body["unit"] == "1"


def test_what_does_not_fit_is_a_fault_or_dropped_as_the_mapping_says():
    field = {"path": "a", "convert": ["date:DD-MM-YYYY"]}
    assert [fault.code for fault in _one({"/opened": field}).faults] == ["not-converted"]
    dropped = _one({"/opened": {**field, "on_error": "drop_with_loss"}})
    assert not dropped.faults
    assert ("/a", "not-converted") in [(loss.source, loss.code) for loss in dropped.losses]


def test_a_path_that_computes_is_named_as_it_is_written():
    draft = _one({"/unit": {"path": "join('-', b)"}})
    assert draft.body["unit"] == "x-y"
    assert "?join('-', b)" in [step.source for step in draft.trail]


def test_what_a_condition_leaves_is_told_as_left():
    for condition in ("b && a", "c == 'x' && a", "list[?x == 'y'].z | [0]"):
        fields = {"/unit": {"path": condition}, "/provider_ref": {"path": "ref"}}
        draft = _one(fields, b'{"ref": "R", "a": "1", "c": "z", "list": [{"x": "q"}]}')
        assert "unit" not in draft.body
        assert draft.faults == ()
        assert {loss.source for loss in draft.losses} == {"/a", "/c", "/list"}
    draft = _one({"/unit": {"path": "c == 'z' && a"}}, b'{"a": "1", "c": "z"}')
    assert (draft.body["unit"], draft.losses) == ("1", ())


def test_a_function_given_the_wrong_kind_is_a_fault_no_error():
    assert _one({"/unit": {"path": "length(`1`)"}}).faults[0].code == "not-converted"


def test_records_that_are_not_there_are_unmapped():
    with pytest.raises(SourceUnmapped):
        _one({"/unit": {"path": "a"}}, records="zaken[]")


WRONG = {
    "format": "xlsx",
    "type": "Case!",
    "nonsense": 1,
    "records": "a[",
    "csv": {"delimiter": ";"},
    "fields": {
        "unit": {"path": "a"},
        "/unit": {"path": "a", "const": 1},
        "/status": {"path": "[["},
        "/opened": {"path": "a", "convert": ["dat:x", "date:YY", "upper:x"]},
        "/summary": {"path": "a", "lookup": [], "required": "yes", "on_error": "guess"},
        "/persons": {"path": "b"},
        "/persons/0/dob": {"path": "a"},
        "/persons/0/sex": {"const": "male", "required": True},
    },
}


def test_all_mistakes_of_a_mapping_are_told_at_once_each_with_a_hint():
    with pytest.raises(declared.MappingInvalid) as refused:
        declared.compile(WRONG)
    found = {(fault.pointer, fault.code) for fault in refused.value.faults}
    assert found >= {
        ("/format", "not-in-list"), ("/type", "required"), ("/nonsense", "unknown-field"),
        ("/records", "contradiction"), ("/csv", "contradiction"), ("/fields/unit", "bad-pointer"),
        ("/fields/~1unit", "required"), ("/fields/~1status/path", "bad-path"),
        ("/fields/~1opened/convert/0", "unknown-converter"),
        ("/fields/~1opened/convert/1", "bad-argument"),
        ("/fields/~1opened/convert/2", "bad-argument"),
        ("/fields/~1summary/lookup", "wrong-type"), ("/fields/~1summary/required", "wrong-type"),
        ("/fields/~1summary/on_error", "not-in-list"),
        ("/fields/~1persons~10~1dob", "contradiction"),
        ("/fields/~1persons~10~1sex", "contradiction"),
    }  # fmt: skip
    assert all(fault.hint for fault in refused.value.faults)


def test_a_path_too_deep_to_read_is_a_mistake_no_crash():
    with pytest.raises(declared.MappingInvalid):
        declared.compile(
            {"format": "json", "type": "case", "fields": {"/unit": {"path": "(" * 512}}}
        )
