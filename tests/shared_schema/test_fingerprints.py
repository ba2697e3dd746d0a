"""Two reports of one transfer find each other, and count once."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fingerprint import DAYS_APART, Report, Terms, count_once, once, terms_of, values

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "docs" / "spec" / "fingerprints.json").read_text())["cases"]


def reports(case):
    return [
        Report(
            reporter=one["reporter"],
            transfers=[terms_of(transaction, one) for transaction in one["transactions"]],
        )
        for one in case["records"]
    ]


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_the_published_vectors_hold(case):
    found = reports(case)

    assert [
        [[value.replace("\x1f", "|") for value in values(terms)] for terms in report.transfers]
        for report in found
    ] == case["values"]
    assert once(found) == case["transfers"]


def terms(day="2026-01-10", **more):
    known = {"amount": "40.00", "currency": "EUR", "sender": "iban:A", "receiver": "iban:B"}
    return Terms(day=day, **{**known, **more})


DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31))


@given(DAYS, st.integers(0, 3 * DAYS_APART))
def test_days_that_may_be_one_transfer_always_share_a_value(day, apart):
    later = str(day + timedelta(days=apart))
    shared = set(values(terms(str(day)))) & set(values(terms(later)))

    assert shared or apart > DAYS_APART
    assert not shared or apart < 2 * DAYS_APART


NAMED = st.builds(
    terms,
    day=st.integers(1, 9).map(lambda day: f"2026-01-0{day}"),
    amount=st.sampled_from(["40.00", "41.00"]),
    fingerprint=st.sampled_from(["", "", "uetr:1", "uetr:2"]),
    refs=st.sampled_from([frozenset[str](), frozenset({"E2E-1"})]),
)
REPORTS = st.lists(
    st.builds(
        lambda reporter, transfers: Report(reporter=reporter, transfers=transfers),
        st.sampled_from(["bank.nl", "bank.fi", "fiu.nl"]),
        st.lists(NAMED, max_size=4),
    ),
    max_size=4,
)


@given(REPORTS)
def test_no_record_names_a_transfer_twice_and_no_transfer_is_lost(found):
    numbers = once(found)

    assert [len(one) for one in numbers] == [len(report.transfers) for report in found]
    assert all(len(set(one)) == len(one) for one in numbers)
    in_order = [number for one in numbers for number in one]
    assert list(dict.fromkeys(in_order)) == list(range(count_once(found)))


@given(REPORTS)
def test_one_more_report_of_what_is_known_adds_nothing(found):
    known = [report for report in found if report.transfers][:1]
    for report in known:
        again = Report(reporter="bank.de", transfers=report.transfers)
        assert count_once([report, again]) == len(report.transfers)
