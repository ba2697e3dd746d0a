"""The published JSON Schema and reference page are current, valid, and agree with the classes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from schemas import publish
from schemas.problem import ProblemSchema
from schemas.reading import TYPES, load_submission
from schemas.reference import FORMS
from schemas.shape import load, members_of, the

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / "tests" / "data" / "records"
FILES = publish.files()
SCHEMAS = [name for name in FILES if name.startswith("spec/schema/")]
OWN = {
    "id": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
    "version": 1,
    "originator": {"org_id": "police.example", "country": "NL", "org_class": "eu_authority"},
    "created": "2026-02-05T08:00:00Z",
}


def validator(name):
    return Draft202012Validator(json.loads(FILES[f"spec/schema/{name}.json"]))


def submissions():
    for path in sorted(RECORDS.glob("*.json")):
        yield pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem)


@pytest.mark.parametrize("name", FILES)
def test_what_is_committed_is_what_the_classes_say(name):
    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")

    assert committed == FILES[name], "run: python -m schemas.publish docs"


@pytest.mark.parametrize("folder", ["spec/schema", "spec/vectors/normal-forms"])
def test_nothing_else_lies_among_the_published_files(folder):
    found = {f"{folder}/{path.name}" for path in (ROOT / "docs" / folder).iterdir()}

    assert found == {name for name in FILES if name.startswith(f"{folder}/")}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_published_schema_is_one_of_2020_12(name):
    schema = json.loads(FILES[name])

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("submission", list(submissions()))
def test_a_good_submission_validates(submission):
    assert list(validator(f"{submission['type']}.submission").iter_errors(submission)) == []


@pytest.mark.parametrize("submission", list(submissions()))
def test_its_normal_form_validates_as_a_record(submission):
    kind = submission["type"]
    text = {**OWN, "schema": f"{kind}@1.0", **load_submission(submission).body}

    assert list(validator(f"{kind}.record").iter_errors(text)) == []


@pytest.mark.parametrize(
    "change",
    [{"provider_ref": None}, {"colour": "red"}, {"id": OWN["id"]}, {"status": "lost"}],
    ids=["no reference", "unknown member", "the gateway's own", "no such code"],
)
def test_a_submission_that_the_classes_refuse_is_refused_by_the_schema_too(change):
    submission = json.loads((RECORDS / "case.json").read_text(encoding="utf-8")) | change

    assert load_submission(submission).faults
    assert not validator("case.submission").is_valid(submission)


def test_a_whole_record_needs_what_a_reduced_one_may_lack():
    submission = json.loads((RECORDS / "case.json").read_text(encoding="utf-8"))
    text = {**OWN, "schema": "case@1.0", **load_submission(submission).body}
    del text["grounds"]
    withheld = [{"pointer": "/grounds", "code": "R-10"}]

    assert not validator("case.record").is_valid(text)
    text["rendition"] = {"id": "r1", "withheld": withheld}
    assert validator("case.record").is_valid(text)


def test_every_rule_of_a_field_is_explained_on_the_page():
    seen, waiting = set(), [the(shape) for shape in TYPES.values()]
    used = set()
    while waiting:
        for _, field in members_of(waiting.pop()):
            inner = getattr(field, "inner", field)
            used.add(inner.rule)
            if hasattr(inner, "of") and isinstance(inner.of, type) and inner.of not in seen:
                seen.add(inner.of)
                waiting.append(inner.schema)

    assert used - {"as-is", "set", "integer"} <= {form.rule for form in FORMS}


def test_every_field_says_what_it_is_for():
    for shape in TYPES.values():
        for name, field in members_of(the(shape)):
            assert field.about.endswith("."), name


def test_a_problem_body_follows_its_schema():
    problem = {
        "type": "/problems/record-invalid",
        "title": "The submission does not follow the shared schema.",
        "status": 422,
        "code": "record-invalid",
        "detail": "One fault.",
        "errors": [{"pointer": "/x", "code": "unknown-field", "detail": "No.", "hint": "Go."}],
        "request_id": "r-1",
    }

    assert load(the(ProblemSchema), problem) == (problem, [])
    assert validator("problem").is_valid(problem)


def test_the_command_writes_every_file_and_says_so(tmp_path, capsys):
    assert publish.main([str(tmp_path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(FILES)
    assert (tmp_path / "spec/records.md").read_text(encoding="utf-8") == FILES["spec/records.md"]
    assert publish.main([]) == 2
