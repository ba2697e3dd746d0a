"""What follows a release: people act, national systems answer; each call is strictly read."""

from __future__ import annotations

import json

import pytest

from gateway.flow.follow_notices import NoticePage
from gateway.flow.holders import Resting
from gateway.flow.notify import NoSuchPerson, Notified, Wanted

RECORD = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
NOTICE = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8058"
PLACE = f"/v1/records/{RECORD}"
DONE = Notified(
    notice=NOTICE, record=RECORD, version=2, kind="recall", holders=("fiu.ee",),
    resting=(Resting(RECORD, 1, "rests_on"),),
)  # fmt: skip


def post(browser, place, body):
    return browser.post(place, data=json.dumps(body), headers={"Content-Type": "application/json"})


def test_a_recall_of_one_person_reaches_the_journey(calls_as, journeys):
    journeys.answers["notify"] = DONE
    body = {"kind": "recall", "code": "wrong_person", "person": "/persons/0"}

    answer = post(calls_as("person"), f"{PLACE}/notices", body)

    assert answer.status_code == 201
    assert (answer.json["holders"], answer.json["notice"]) == (["fiu.ee"], NOTICE)
    assert answer.json["resting"] == [{"record": RECORD, "version": 1, "by": "rests_on"}]
    ((_, said, _),) = journeys.asked
    wanted = Wanted(kind="recall", record=RECORD, person="/persons/0", code="wrong_person")
    assert said[:3] == (wanted, "officer-17", "fiu.nl")


def test_an_end_is_a_date_or_a_time(calls_as, journeys):
    journeys.answers["notify"] = DONE
    ends = {"2096-01-02": 3_976_300_800_000, "2096-01-01T00:00:01Z": 3_976_214_401_000}
    for text, moment in ends.items():
        post(calls_as("person"), f"{PLACE}/notices", {"kind": "restrict", "until": text})
        assert journeys.asked[-1][1][0].until == moment


def test_what_holds_is_ended_by_saying_so_never_by_a_day_that_is_past(calls_as, journeys):
    journeys.answers["notify"] = DONE
    person, body = calls_as("person"), {"kind": "restrict", "code": "other"}

    past = post(person, f"{PLACE}/notices", body | {"until": "2020-01-01"})

    assert (past.status_code, journeys.asked) == (400, [])
    assert past.json["errors"][0]["pointer"] == "/until"
    assert "lift" in past.json["errors"][0]["detail"]
    assert post(person, f"{PLACE}/notices", body | {"lift": True}).status_code == 201
    assert journeys.asked[-1][1][0].until == 0


BAD = {
    "of an unknown kind": {"kind": "forget"},
    "a correction, which is a submission": {"kind": "correct"},
    "without a kind": {"code": "unlawful"},
    "a kind that is a list": {"kind": ["recall"]},
    "a person that is no place": {"kind": "recall", "person": "Piet Proef"},
    "a code with spaces": {"kind": "erase", "code": "he asked"},
    "an end that is no time": {"kind": "restrict", "until": "tomorrow"},
    "an end of what is lifted": {"kind": "restrict", "lift": True, "until": "2096-01-01"},
    "a lift that is a word": {"kind": "restrict", "lift": "yes"},
    "a code with a hyphen": {"kind": "erase", "code": "court-order"},
    "an end that is a number": {"kind": "restrict", "until": 5},
    "a member unknown": {"kind": "recall", "why": "x"},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_what_is_no_act_is_refused_before_any_journey(calls_as, journeys, body):
    answer = post(calls_as("person"), f"{PLACE}/notices", body)

    assert (answer.status_code, answer.json["code"]) == (400, "request-malformed")
    assert "Piet" not in answer.text
    assert journeys.asked == []


def test_a_person_that_is_not_there_is_404_in_its_own_words(calls_as, journeys):
    journeys.answers["notify"] = NoSuchPerson()
    answer = post(calls_as("person"), f"{PLACE}/notices", {"kind": "recall", "code": "unlawful"})

    assert (answer.status_code, answer.json["code"]) == (404, "no-such-person")


CALLS_OF_PEOPLE = [
    ("POST", f"{PLACE}/notices"),
    ("GET", f"{PLACE}/holders"),
    ("POST", f"{PLACE}/copies"),
    ("POST", f"{PLACE}/copies/c-1"),
    ("POST", f"{PLACE}/passes"),
    ("POST", f"{PLACE}/keeping"),
    ("GET", "/v1/reviews"),
    ("GET", "/v1/held"),
    ("POST", f"/v1/held/{RECORD}"),
]


@pytest.mark.parametrize(("method", "place"), CALLS_OF_PEOPLE)
def test_a_machine_does_none_of_what_people_do(calls_as, journeys, method, place):
    told = calls_as("client").open(place, method=method)
    assert (told.status_code, told.json["code"]) == (403, "forbidden")
    assert "release_officer" in told.json["detail"]
    assert "gateway people list" in told.json["hint"]
    assert calls_as(None).open(place, method=method).status_code == 401
    assert journeys.asked == []


def test_a_person_without_the_role_acts_on_nothing(calls_as, journeys):
    body = {"kind": "recall", "code": "unlawful"}
    assert post(calls_as("reader"), f"{PLACE}/notices", body).status_code == 403
    assert calls_as("reader").get("/v1/reviews").status_code == 403
    assert journeys.asked == []


def test_copies_passes_keeping_and_reviews_reach_their_journeys(calls_as, journeys):
    person = calls_as("person")
    journeys.answers |= {
        "note_copy": {"copy": "c-1"}, "settle_copy": {"copy": "c-1"}, "pass_on": {"state": "due"},
        "keep": None, "release": 2, "review_queue": [], "holders": {"holders": []},
    }  # fmt: skip
    copy = {"holder": "court.nl", "way": "paper", "copies": 3}
    assert post(person, f"{PLACE}/copies", copy).status_code == 201
    assert post(person, f"{PLACE}/copies/c-1", {"state": "back"}).status_code == 200
    assert post(person, f"{PLACE}/passes", {"partner": "fiu.ee"}).status_code == 201
    assert post(person, f"{PLACE}/keeping", {"state": "kept"}).json["state"] == "kept"
    assert post(person, f"{PLACE}/keeping", {"state": "ended"}).json["notices_applied"] == 2
    assert person.get("/v1/reviews?days=5").json == {"items": [], "next": None}
    assert person.get(f"{PLACE}/holders").json == {"holders": []}
    names = [name for name, _, _ in journeys.asked]
    assert names == [
        *("note_copy", "settle_copy", "pass_on", "keep", "release", "review_queue", "holders")
    ]
    assert journeys.asked[0][1][:6] == (RECORD, "court.nl", "paper", 3, "officer-17", "fiu.nl")


def test_what_is_held_is_listed_and_let_in_for_a_reason(calls_as, journeys):
    person = calls_as("person")
    journeys.answers |= {"held": [{"record": RECORD}], "admit": {"record": RECORD}}
    assert person.get("/v1/held").json["items"] == [{"record": RECORD}]
    assert post(person, f"/v1/held/{RECORD}", {"reason": "known"}).status_code == 200
    assert post(person, f"/v1/held/{RECORD}", {}).status_code == 400
    assert [(name, said[:2]) for name, said, _ in journeys.asked if name == "admit"] == [
        ("admit", (RECORD, "known"))
    ]
    assert calls_as("reader").get("/v1/held").status_code == 403


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("copies", {"holder": "a court", "way": "paper"}),
        ("copies", {"holder": "court.nl", "way": "pigeon"}),
        ("copies", {"holder": "court.nl", "way": "paper", "copies": True}),
        ("copies/c-1", {"state": "lost"}),
        ("passes", {"partner": "Somebody"}),
        ("keeping", {"state": "open"}),
    ],
)
def test_what_those_calls_do_not_take_is_refused(calls_as, journeys, place, body):
    assert post(calls_as("person"), f"{PLACE}/{place}", body).status_code == 400
    assert journeys.asked == []


def test_a_national_system_lists_and_answers_notices(national, journeys):
    journeys.answers |= {
        "open_notices": NoticePage([{"notice": NOTICE}], NOTICE),
        "settle_notice": None,
    }
    page = national.get("/v1/inbox/notices")
    national.get(f"/v1/inbox/notices?after={page.json['next']}")
    assert [asked[1][1] for asked in journeys.asked] == ["", NOTICE]

    answer = post(national, f"/v1/inbox/notices/{NOTICE}", {"state": "kept", "code": "court"})
    assert answer.status_code == 200
    _, said, named = journeys.asked[-1]
    assert (said[1], named) == (NOTICE, {"done": False, "reason": "court", "partner": None})
    kept = post(national, f"/v1/inbox/notices/{NOTICE}", {"state": "kept"})
    assert kept.status_code == 400
