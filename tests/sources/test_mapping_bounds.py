"""A mapping stays within its bounds, whatever document meets it; and no number is rewritten."""

from __future__ import annotations

import json
import time

from tests.sources.test_mappings_to_depth import drafts

NESTED = """
format = "json"
type = "case"
[each]
"/persons/*" = "p"
"/persons/*/names/*" = { path = "p", of = "document" }
[fields]
"/persons/*/names/*/full" = { path = "missing" }
"""
WIDE = """
format = "json"
type = "financial_signal"
[each]
"/transactions/*" = "p"
[fields]
"/provider_ref" = { path = "ref" }
"/transactions/*/a" = { path = "a" }
"/transactions/*/b" = { path = "b" }
"/transactions/*/c" = { path = "c" }
"/transactions/*/d" = { path = "d" }
"/transactions/*/e" = { path = "e" }
"/transactions/*/f" = { path = "f" }
"""
SORTED = """
format = "json"
type = "financial_signal"
[each]
"/transactions/*" = "p"
[fields]
"/transactions/*/a" = { path = "sort_by(p, &a)[0].a", of = "LEVEL" }
"/transactions/*/b" = { path = "length(a)", of = "LEVEL", on_error = "drop_with_loss" }
"""
TEXT = """
format = "json"
type = "case"
[fields]
"/provider_ref" = { path = "to_string(n)" }
"/summary" = { path = "to_string([n])", on_error = "drop_with_loss" }
"""


def many(count: int, **entry: str) -> str:
    return json.dumps({"p": [{**entry, "a": f"{number:05}"} for number in range(count)]})


def test_lists_within_lists_end_at_a_bound_though_nothing_stands_in_them():
    began = time.process_time()
    (draft,) = drafts(NESTED, many(3_000))

    assert [fault.code for fault in draft.faults] == ["too-many-entries"]
    assert time.process_time() - began < 10


def test_a_record_with_more_values_than_one_may_have_is_held_and_not_cut():
    entry = dict.fromkeys("bcdef", "x")
    (whole,) = drafts(WIDE, many(8_333, **entry))
    (draft,) = drafts(WIDE, many(8_400, **entry))

    assert whole.faults == ()
    assert [fault.code for fault in draft.faults] == ["too-many-entries"]


def test_what_all_entries_ask_of_the_document_is_looked_for_once():
    for level in ("document", "record"):
        began = time.process_time()
        (draft,) = drafts(SORTED.replace("LEVEL", level), many(5_000))

        assert {one["a"] for one in draft.body["transactions"]} == {"00000"}
        assert len([one for one in draft.losses if one.code == "not-converted"]) == 5_000
        assert time.process_time() - began < 10  # 19 seconds where each entry asks anew


def test_a_number_becomes_the_text_that_it_was_written_as():
    for written in ("12.50", "0.1000000000000000001", "12345678901234567890.12", "1e2", "7"):
        (draft,) = drafts(TEXT, f'{{"n": {written}}}')
        assert draft.body["provider_ref"] == written
    assert draft.body["summary"] == "[7]"
    (draft,) = drafts(TEXT, '{"n": 12.50}')
    assert "summary" not in draft.body
    assert [loss.code for loss in draft.losses] == ["not-converted"]
    (draft,) = drafts(TEXT, "{}")
    assert "provider_ref" not in draft.body
