"""The text of a notice, and one person who leaves a record that stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.ids import OrgId, RecordId
from gateway.core.leaving_out import (
    has_person,
    marks_of_person,
    with_category,
    withheld_of,
    without_person,
)
from gateway.core.notice import KINDS, MEMBERS, Notice, NoticeMalformed, lay_out, parse
from gateway.core.places import here, whole_of
from gateway.core.record import Record

ID = "urn:uuid:01a20bf4-75b7-735b-82b7-1d9a5b0343a0"
NONCE = "A" * 43
NOTICE = Notice(id=ID, record=ID, version=2, kind="recall", code="wrong_person", at=1_767_225_600)
CODES = {
    "restrict": "evidence",
    "recall": "unlawful",
    "change_restrictions": "H2",
    "category_change": "victim",
    "dispute": "court",
}
RECORDS = Path(__file__).parent.parent / "data" / "records"


def test_a_notice_says_its_members_in_the_order_of_the_specification() -> None:
    text = json.loads(lay_out(NOTICE, NONCE))
    order = ["id", "nonce", "record", "version", "kind", "person", "code", "until", "at"]
    assert list(text) == order == list(MEMBERS)
    assert (text["person"], text["until"]) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_of_every_kind_reads_back_as_it_was(kind: str) -> None:
    person = "/persons/0" if kind == "category_change" else None
    notice = replace(NOTICE, kind=kind, code=CODES.get(kind), person=person)
    assert parse(lay_out(notice, NONCE)) == notice


REFUSED: dict[str, dict[str, Any]] = {
    "of an unknown kind": {"kind": "forget"},
    "a recall without a reason": {"code": None},
    "a recall for no reason that we know": {"code": "because"},
    "a recall with an end": {"until": 1_800_000_000},
    "a restriction of a kind that nobody has": {"kind": "change_restrictions", "code": "H0"},
    "a change of category of nobody": {"kind": "category_change", "code": "victim"},
    "a change to no category": {
        "kind": "category_change",
        "code": "wrong_person",
        "person": "/persons/0",
    },
    "an expiry of one person": {"kind": "expire", "person": "/persons/0"},
    "a person that is no person": {"person": "/accounts/0"},
    "a place that is no pointer": {"person": "/persons/01"},
    "version 0": {"version": 0},
    "a version that is a text": {"version": "1"},
    "an id that is none": {"id": "1"},
    "a short nonce": {"nonce": "A"},
    "a time with a fraction": {"at": 1.5},
    "a member too many": {"name": "x"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_notice_is_refused(changes: dict[str, Any]) -> None:
    text = {**json.loads(lay_out(NOTICE, NONCE)), **changes}
    with pytest.raises(NoticeMalformed):
        parse(json.dumps(text).encode())


def test_a_notice_without_a_member_is_refused() -> None:
    text = json.loads(lay_out(NOTICE, NONCE))
    for member in MEMBERS:
        with pytest.raises(NoticeMalformed):
            parse(json.dumps({k: v for k, v in text.items() if k != member}).encode())


def test_a_place_is_found_again_whatever_was_taken() -> None:
    taken = ["/persons/1", "/persons/3", "/accounts/0/iban", "/persons/0/names/0"]
    assert here("/persons/0", taken) == "/persons/0"
    assert here("/persons/1", taken) is None
    assert here("/persons/1/names/0", taken) is None
    assert here("/persons/2", taken) == "/persons/1"
    assert here("/persons/4", taken) == "/persons/2"
    assert here("/persons/0/names/2", taken) == "/persons/0/names/1"
    assert here("/accounts/1", taken) == "/accounts/1"
    for whole in ("/persons/0", "/persons/2", "/persons/4", "/persons/0/names/2", "/accounts/1"):
        assert whole_of(here(whole, taken) or "", taken) == whole


def case(**changes: Any) -> Record:
    body = {**json.loads((RECORDS / "case.json").read_text()), **changes}
    return Record(id=RecordId(ID), version=1, type="case", org=OrgId("police.nl"), body=body)


def three() -> Record:
    """A case of three persons, each with an account."""
    persons = [
        {"category": "suspect", "names": [{"full": name, "kind": "legal"}]}
        for name in ("Anna Adam", "Bert Boer", "Carla Claes")
    ]
    accounts = [
        {"kind": "bank", "iban": f"NL0{index}", "holder_ref": f"/persons/{index}"}
        for index in range(3)
    ]
    return case(
        persons=persons,
        accounts=accounts,
        identities=[{"email": "bert@mail.example", "holder_ref": "/persons/1"}],
        network=[{"ip": "192.0.2.1", "time": "t", "identity_ref": "/identities/0"}],
        relations=[
            {"from": "/persons/0", "to": "/persons/1", "type": "contact"},
            {"from": "/accounts/0", "to": "/accounts/2", "type": "payment"},
        ],
        grounds=[{"kind": "witness", "subject_link": {"pointer": "/persons/1"}}],
    )


def test_with_a_person_goes_what_is_theirs_and_every_free_text() -> None:
    left = without_person(three(), "/persons/1")
    assert left is not None
    said = json.dumps(left.content())
    assert [one["names"][0]["full"] for one in left.body["persons"]] == ["Anna Adam", "Carla Claes"]
    assert [one["iban"] for one in left.body["accounts"]] == ["NL00", "NL02"]
    assert left.body["accounts"][1]["holder_ref"] == "/persons/1"  # Carla, at her new place
    assert left.body["relations"] == [
        {"from": "/accounts/0", "to": "/accounts/1", "type": "payment"}
    ]
    assert left.body["identities"] == left.body["network"] == []
    assert "pointer" not in left.body["grounds"][0]["subject_link"]
    for trace in ("Boer", "NL01", "bert@", "192.0.2.1"):
        assert trace not in said
    for text in ("summary", "summaries"):
        assert text not in left.body


def test_two_persons_leave_in_any_order_and_the_same_is_left() -> None:
    def gone(*persons: str) -> Record:
        left = three()
        for person in persons:
            taken = without_person(left, person)
            assert taken is not None
            left = taken
        return left

    one, other = gone("/persons/0", "/persons/2"), gone("/persons/2", "/persons/0")
    assert one.content() == other.content()
    assert sorted(withheld_of(one.body)) == sorted(withheld_of(other.body))
    assert [person["names"][0]["full"] for person in one.body["persons"]] == ["Bert Boer"]
    assert gone("/persons/0", "/persons/0").body == gone("/persons/0").body
    assert not has_person(one, "/persons/2")


def test_a_rendition_loses_the_same_person_as_the_whole_record() -> None:
    reduced = three().without(["/persons/0"])
    rendition = {"id": "r", "withheld": [{"pointer": "/persons/0", "code": "R-09"}]}
    reduced = replace(reduced, body={**reduced.body, "rendition": rendition})
    left = without_person(reduced, "/persons/1")
    assert left is not None
    assert [one["names"][0]["full"] for one in left.body["persons"]] == ["Carla Claes"]
    unchanged = without_person(reduced, "/persons/0")  # the recipient never had that person
    assert unchanged is not None
    assert unchanged.body == reduced.body


def test_a_record_that_still_names_the_person_cannot_stay() -> None:
    assert without_person(replace_unit(three(), "Team Bert Boer"), "/persons/1") is None


def replace_unit(record: Record, unit: str) -> Record:
    return replace(record, body={**record.body, "unit": unit})


def test_the_category_changes_of_that_person_alone() -> None:
    changed = with_category(three(), "/persons/1", "victim")
    assert [one["category"] for one in changed.body["persons"]] == ["suspect", "victim", "suspect"]
    assert with_category(three(), "/persons/9", "victim").body == three().body


def test_the_marks_of_a_person_are_names_and_identifiers_of_what_is_theirs() -> None:
    marks = marks_of_person(three(), "/persons/1")
    assert ("person_name", "bert boer") in marks
    assert ("account", "NL01") in marks
    assert ("email", "bert@mail.example") in marks
    assert not [value for _, value in marks if value in ("NL00", "anna adam")]
