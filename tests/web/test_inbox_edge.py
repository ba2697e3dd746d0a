"""The inbox of a national system: reading settles nothing, an answer is strictly read."""

import json
from datetime import date

import pytest

from gateway.core.terms import Evidence, KeepUntil, PassOn
from gateway.flow.hand_on import Page

RECORD = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"


def settle(national, body, record=RECORD, version=1, kind="application/json"):
    return national.post(f"/v1/inbox/{record}/{version}", data=body, headers={"Content-Type": kind})


def test_what_waits_is_read_in_pages(national, journeys):
    journeys.answers["waiting"] = Page([{"position": 7, "record": RECORD}], 7)

    first = national.get("/v1/inbox")
    national.get(f"/v1/inbox?after={first.json['next']}")

    assert first.json["items"][0]["record"] == RECORD
    assert [asked[1][1] for asked in journeys.asked] == [0, 7]


@pytest.mark.parametrize(
    ("body", "accepted", "code"),
    [
        ({"state": "accepted"}, True, None),
        ({"state": "accepted", "code": None}, True, None),
        ({"state": "rejected", "code": "not-ours"}, False, "not-ours"),
    ],
)
def test_an_answer_reaches_the_journey(national, journeys, body, accepted, code):
    journeys.answers["settle"] = None

    answer = settle(national, json.dumps(body))

    assert answer.status_code == 200
    ((_, said, named),) = journeys.asked
    assert said[1:3] == (RECORD, 1)
    assert named == {"accepted": accepted, "code": code}


BAD_ANSWERS = {
    "nothing": b"",
    "not JSON": b"accepted",
    "not UTF-8": b'{"state":"\xff"}',
    "a list": b'["accepted"]',
    "no state": b"{}",
    "another state": b'{"state":"held"}',
    "a state that is a list": b'{"state":["accepted"]}',
    "a member unknown": b'{"state":"accepted","why":"x"}',
    "a member twice": b'{"state":"rejected","state":"accepted"}',
    "a rejection without code": b'{"state":"rejected"}',
    "a code with spaces": b'{"state":"rejected","code":"not ours"}',
    "NaN": b'{"state":NaN}',
    "very deep": b"[" * 4000,
}


@pytest.mark.parametrize("body", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_settles_nothing(national, journeys, body):
    answer = settle(national, body)

    assert (answer.status_code, answer.json["code"]) == (400, "request-malformed")
    assert journeys.asked == []


def test_an_answer_of_another_media_type_is_refused(national):
    assert settle(national, b"{}", kind="text/plain").status_code == 415


def test_a_large_answer_is_refused(national):
    assert settle(national, b" " * 5000).status_code == 413


@pytest.mark.parametrize("version", ["0", "-1", "1.0", "x", "9" * 50])
def test_a_version_is_a_whole_number_from_one(national, version):
    assert settle(national, b'{"state":"accepted"}', version=version).status_code == 400


QUESTIONS = {
    "pass_on=afp.au": PassOn("afp.au"),
    "evidence=yes": Evidence(),
    "keep_until=2027-12-31": KeepUntil(date(2027, 12, 31)),
}


@pytest.mark.parametrize(("asked", "question"), QUESTIONS.items(), ids=QUESTIONS.keys())
@pytest.mark.parametrize(("version", "number"), [("newest", None), ("3", 3)])
def test_a_question_reaches_the_journey(national, journeys, asked, question, version, number):
    journeys.answers["may"] = {"answer": "ask"}

    answer = national.get(f"/v1/inbox/{RECORD}/{version}/may?{asked}")

    assert answer.json == {"answer": "ask"}
    assert journeys.asked[0][1][1:4] == (RECORD, number, question)


BAD_QUESTIONS = {
    "none": "",
    "two": "evidence=yes&pass_on=x",
    "evidence is no question of no": "evidence=no",
    "no day": "keep_until=tomorrow",
    "a day that is none": "keep_until=2027-02-30",
    "a day in another form": "keep_until=20271231",
    "an unknown one": "sell_to=x",
    "twice": "pass_on=a&pass_on=b",
    "to nobody": "pass_on=",
}


@pytest.mark.parametrize("asked", BAD_QUESTIONS.values(), ids=BAD_QUESTIONS.keys())
def test_a_question_that_is_none_reaches_no_journey(national, journeys, asked):
    answer = national.get(f"/v1/inbox/{RECORD}/1/may?{asked}")

    assert (answer.status_code, answer.json["code"]) == (400, "request-malformed")
    assert journeys.asked == []


def test_another_format_is_asked_for_by_its_name(national, journeys):
    journeys.answers["written_as"] = {"document": {"type": "bundle"}}

    answer = national.get(f"/v1/inbox/{RECORD}/1/as/stix")

    assert answer.json == {"document": {"type": "bundle"}}
    assert journeys.asked[0][1][1:4] == (RECORD, 1, "stix")
    assert national.get(f"/v1/inbox/{RECORD}/newest/as/stix").status_code == 400
