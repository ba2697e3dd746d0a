"""One mapping makes records of several types; and what could never stand in one is a mistake."""

from __future__ import annotations

import tomllib

import pytest

from adapters.base import Caps, SourceUnmapped
from adapters.sources import declared
from gateway.core.toml_lines import line_of
from tests.sources.accounting import untraced

CAPS = Caps()
TREE = """
format = "json"
[[record]]
type = "case"
records = "cases"
[record.fields]
"/provider_ref" = { path = "no", required = true }
"/summary" = { path = "text" }
[[record]]
type = "financial_signal"
records = "cases"
when = "length(money) > `0`"
[record.each]
"/transactions/*" = "money"
[record.fields]
"/provider_ref" = { path = "join('', [no, '/money'])", required = true }
"/as_of" = { path = "sent", of = "document" }
"/transactions/*/amount" = { path = "sum" }
"""
CASES = """{"sent": "2026-02-01", "by": "clerk", "cases": [
 {"no": "C1", "text": "one", "money": [], "desk": "x"},
 {"no": "C2", "text": "two", "money": [{"sum": "1.00", "note": "n"}]}]}"""
ROWS = """
format = "csv"
[[record]]
type = "case"
when = "Kind == 'C'"
[record.fields]
"/provider_ref" = { path = "Ref", required = true }
[[record]]
type = "financial_signal"
when = "Kind == 'F'"
[record.fields]
"/provider_ref" = { path = "Ref", required = true }
"/transactions/0/amount" = { path = "Sum" }
"""
TYPED = """
format = "json"
type = "case"
[fields]
"/provider_ref" = { path = "ref" }
"/persons/0/dob" = { path = "born" }
"/persons/0/category" = { const = "suspect" }
"/accounts/0/holder_ref" = { const = "/persons/1" }
"/accounts/0/iban" = { path = "iban" }
"""


def read(mapping: str, document: str):
    return list(declared.compile(tomllib.loads(mapping)).read(document.encode(), CAPS))


def mistakes(text: str):
    with pytest.raises(declared.MappingInvalid) as refused:
        declared.compile(tomllib.loads(text), by_schema=True)
    return {fault.pointer: (fault.code, fault.hint) for fault in refused.value.faults}


def lost(drafts):
    return [{loss.source for loss in draft.losses} for draft in drafts]


def test_a_document_becomes_records_of_several_types_and_tells_once_what_none_took():
    drafts = read(TREE, CASES)

    assert [(one.body["type"], one.body["provider_ref"]) for one in drafts] == [
        ("case", "C1"),
        ("case", "C2"),
        ("financial_signal", "C2/money"),
    ]
    assert lost(drafts) == [{"/cases/0/desk", "/by"}, {"/cases/1/money/0/note"}, set()]
    assert not any(untraced(draft) for draft in drafts)
    chosen = [step for step in drafts[2].trail if step.target == "/type"]
    assert [(step.source, step.rule) for step in chosen] == [
        ("/cases/1?length(money) > `0`", "when")
    ]
    assert len({draft.trail[0] for draft in drafts}) == 1


def test_entries_within_entries_tell_their_own():
    inner = TREE.replace('records = "cases"\nwhen', 'records = "cases[].money[]"\nwhen')
    inner = inner.replace("length(money) > `0`", "sum").replace('"money"', '"@"')
    inner = inner.replace("join('', [no, '/money'])", "sum")

    drafts = read(inner, CASES)
    assert [draft.body["type"] for draft in drafts] == ["case", "case", "financial_signal"]
    assert lost(drafts) == [{"/cases/0/desk", "/by"}, set(), {"/cases/1/money/0/note"}]


def test_each_row_is_of_the_kind_that_it_says_and_none_is_passed_over():
    case, money, other = read(ROWS, "Kind,Ref,Sum\nC,R1,\nF,R2,5.00\nX,R3,\n")

    assert (case.body["type"], money.body["type"]) == ("case", "financial_signal")
    assert lost((case, money)) == [set(), set()]
    assert [(fault.pointer, fault.code) for fault in other.faults] == [("/4", "no-record")]
    assert not other.unreadable  # so it waits for a person


def test_a_document_of_which_no_record_is_made_waits_for_a_person():
    only = TREE.replace('type = "case"\nrecords = "cases"', 'type = "case"\nrecords = "x"')
    with pytest.raises(SourceUnmapped):
        read(only, '{"cases": [{"no": "C1", "money": []}]}')
    with pytest.raises(SourceUnmapped):
        read(TREE, '{"case": []}')


def test_mistakes_of_a_block_are_told_with_its_line():
    wrong = TREE.replace('"/summary"', '"/sumary"').replace(
        '"/transactions/*/amount"', '"/transactions/*/amout"'
    )
    found = mistakes(wrong)

    assert found == {
        "/record/0/fields/~1sumary": ("no-such-place", "Did you mean `/summary`?"),
        "/record/1/fields/~1transactions~1*~1amout": (
            "no-such-place",
            "Did you mean `/transactions/*/amount`?",
        ),
    }
    lines = wrong.splitlines()
    for pointer, words in zip(found, ("/sumary", "amout"), strict=True):
        assert words in lines[line_of(wrong, pointer) - 1]
    assert mistakes('type = "case"\n' + TREE)["/type"][0] == "contradiction"
    assert mistakes('format = "json"\nrecord = []')["/record"][0] == "wrong-type"


def test_a_misspelt_place_of_a_constant_is_a_mistake_and_names_the_nearest():
    declared.compile(tomllib.loads(TYPED.replace("/persons/1", "/persons/0")), by_schema=True)
    found = mistakes(TYPED.replace("/persons/0/category", "/person/0/category"))
    assert found["/fields/~1person~10~1category"] == (
        "no-such-place",
        "Did you mean `/persons/0/category`?",
    )
    assert mistakes(TYPED.replace('"case"', '"cases"')) == {
        "/type": ("not-in-list", "Did you mean `case`?")
    }


def test_a_constant_that_nothing_lets_stand_is_a_mistake():
    assert mistakes(TYPED) == {
        "/fields/~1accounts~10~1holder_ref/const": (
            "never-written",
            "Point to a part that has a value, or map one below /persons/1.",
        )
    }
    alone = TYPED.replace("/persons/1", "/persons/0").replace("/persons/0/cat", "/persons/2/cat")
    assert mistakes(alone)["/fields/~1persons~12~1category"][0] == "never-written"


def test_what_is_in_force_goes_on_though_a_place_of_it_is_none():
    (draft,) = read(TYPED.replace("/persons/1", "/persons/7"), '{"ref": "R", "iban": "x"}')
    assert draft.body["accounts"] == [{"iban": "x"}]
