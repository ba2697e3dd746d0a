"""The calls of auditors: strictly read, each with a reason, paged without losing it."""

import pytest

from gateway.flow.disclosures import Wanted

RECORD = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
DAY = 86_400_000
NEW_YEAR = 1_767_225_600_000  # 2026-01-01


@pytest.fixture
def auditor(calls_as):
    return calls_as("auditor")


def test_a_page_is_asked_for_as_it_was_named(auditor, journeys):
    journeys.answers["page"] = ([{"id": "d7"}], "d7")

    first = auditor.get(
        f"/v1/disclosures?reason=complaint&record={RECORD}&partner=fiu.ee"
        "&from=2026-01-01&to=2026-01-01&limit=1"
    )
    auditor.get(first.headers["Link"].partition(">")[0][1:])

    wanted = Wanted(record=RECORD, partner="fiu.ee", since=NEW_YEAR, until=NEW_YEAR + DAY)
    assert [asked[1][1:5] for asked in journeys.asked] == [
        ("complaint", wanted, "", 1),
        ("complaint", wanted, "d7", 1),
    ]
    assert first.json["items"] == [{"id": "d7"}]


def test_one_is_shown(auditor, journeys):
    journeys.answers["show"] = {"id": "d7"}

    assert auditor.get("/v1/disclosures/d7?reason=court").json == {"id": "d7"}
    assert journeys.asked[0][1][1:3] == ("court", "d7")


def test_the_register_takes_both_days(auditor, journeys):
    journeys.answers["transfers"] = [{"partner": "afp.au"}]

    answer = auditor.get("/v1/transfers?reason=yearly_audit&from=2026-01-01&to=2026-12-31")

    assert answer.json["items"] == [{"partner": "afp.au"}]
    assert journeys.asked[0][1][1:4] == ("yearly_audit", NEW_YEAR, NEW_YEAR + 365 * DAY)


BAD = {
    "no reason": "/v1/disclosures",
    "no reason for one": "/v1/disclosures/d7",
    "no days": "/v1/transfers?reason=court",
    "one day": "/v1/transfers?reason=court&from=2026-01-01",
    "no day": "/v1/disclosures?reason=court&from=soon",
    "no record": "/v1/disclosures?reason=court&record=7",
    "no partner": "/v1/disclosures?reason=court&partner=A B",
    "about whom": "/v1/disclosures?reason=court&name=Piet",
}


@pytest.mark.parametrize("path", BAD.values(), ids=BAD.keys())
def test_what_is_not_asked_as_it_should_be_reaches_no_journey(auditor, journeys, path):
    answer = auditor.get(path)

    assert answer.status_code == 400
    assert journeys.asked == []
