"""The quick way through a shape and marshmallow say the same of every document."""

import copy
import json
from pathlib import Path

import pytest

from schemas import acceptor, shape
from schemas.reading import TYPES, load_submission
from schemas.record import GATEWAY_MEMBERS
from schemas.shape import View, reading, the

RECORDS = sorted((Path(__file__).parents[1] / "data" / "records").glob("*.json"))
ODD = (
    *(None, "", " ", "unknown", "nl", 0, -1, True, 1.5, "2026-02-30", "/persons/99"),
    *([], {}, [None], ["x", "x"], {"x": 1}, "a" * 5_000, "\x00", "é"),
)
MISSING = object()
IN_DOUBT = object()


def places(value, way=()):
    """Every place of a document, the document itself left out."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in entries:
        yield (*way, key)
        if isinstance(member, (dict, list)):
            yield from places(member, (*way, key))


def spoiled(document, way, value):
    """A copy with another value, or none, at one place."""
    found = copy.deepcopy(document)
    node = found
    for part in way[:-1]:
        node = node[part]
    if value is MISSING:
        del node[way[-1]]
    else:
        node[way[-1]] = value
    return found


def document_of(path):
    body = json.loads(path.read_text())
    return the(TYPES[body["type"]]), {n: v for n, v in body.items() if n not in GATEWAY_MEMBERS}


def outcome(load, form, document):
    body, faults = load(form, document)
    return json.dumps(body), faults


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
@pytest.mark.parametrize("as_text", [False, True])
def test_what_the_quick_way_takes_of_spoiled_documents_marshmallow_takes_too(
    path, as_text, monkeypatch
):
    form, document = document_of(path)
    both = shape.load
    monkeypatch.setattr(shape, "load", lambda *_: (None, [IN_DOUBT]))
    taken = 0
    cases = [document, {**document, "surplus": 1}]
    cases += [
        spoiled(document, way, value) for way in places(document) for value in (*ODD, MISSING)
    ]

    with reading(View(country="NL", as_text=as_text)):
        for case in cases:
            body, faults = acceptor.load(form, case)
            if faults != [IN_DOUBT]:
                taken += 1
                assert (json.dumps(body), faults) == outcome(both, form, case)
    assert len(cases) > taken > 4  # what is in doubt is all marshmallow's: the next test


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_what_the_quick_way_doubts_is_left_to_marshmallow(path):
    form, document = document_of(path)

    for way in places(document):
        case = spoiled(document, way, {"surplus": 1})
        assert outcome(acceptor.load, form, case) == outcome(shape.load, form, case)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_document_in_order_needs_no_marshmallow(path, monkeypatch):
    form, document = document_of(path)
    monkeypatch.setattr(shape.Shape, "load", None)

    body, faults = acceptor.load(form, document)

    assert body
    assert not faults


def test_a_document_is_too_deep_at_the_same_level_wherever_it_ends():
    def nested(levels, end):
        return {"type": "case", "x": nested_value(levels, end)}

    def nested_value(levels, end):
        return end if levels == 0 else [nested_value(levels - 1, end)]

    def codes(document):
        return {fault.code for fault in load_submission(document).faults}

    for end in ("a", 1, [1], {"y": 1}):
        assert "too-deep" in codes(nested(32, end))
    assert "too-deep" not in codes(nested(31, "a"))
    assert "too-deep" not in codes(nested(31, []))
    (fault,) = load_submission(nested(32, "a")).faults
    assert fault.pointer == "/x" + "/0" * 32
