"""Of whom a rendition speaks, and which marks prove that it is whom somebody asks about."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.subjects import Subject, subjects, wanted

PIET = {
    "category": "suspect",
    "names": [{"full": "Piet Proef"}, {"given": "Peter", "family": "Proef"}],
    "dob": "1988-03-04",
    "nationalities": ["BE"],
    "ids": [{"kind": "passport", "number": "eh 12-34"}],
    "meta": {"kind": "fact"},
}
BODY: dict[str, Any] = {
    "persons": [PIET, {"category": "victim", "minor": "yes"}],
    "accounts": [
        {"kind": "bank", "iban": "NL91ABNA0417164300", "holder_ref": "/persons/0"},
        {"kind": "bank", "iban": "DE89370400440532013000"},
    ],
    "identities": [{"email": "piet@mail.example", "holder_ref": "/persons/0"}],
    "documents": [{"number": "XX-9", "holder_ref": "/persons/0"}],
    "national_ref": "2026-1",
}


def found(body: dict[str, Any], place: str, withheld: tuple[str, ...] = ()) -> Subject:
    return next(one for one in subjects(body, withheld) if one.place == place)


def test_a_person_has_the_marks_of_what_the_person_holds() -> None:
    piet = found(BODY, "/persons/0")

    assert piet.category == "suspect"
    assert {field for field, _ in piet.marks} == {
        *("name_birth", "name_birth_within", "name_birth_country", "document"),
        *("account", "email"),
    }
    assert {value for field, value in piet.marks if field == "document"} == {"EH1234", "XX9"}
    assert piet.kinds == (
        *("names", "dob", "nationalities", "ids", "accounts", "documents", "identities"),
    )


def test_what_belongs_to_nobody_named_stands_by_itself() -> None:
    assert found(BODY, "/accounts/1").marks == (("account", "DE89370400440532013000"),)
    assert {one.place for one in subjects(BODY)} == {"/persons/0", "/accounts/1", ""}


def test_a_place_is_that_of_the_whole_record() -> None:
    reduced = {**BODY, "persons": [BODY["persons"][0]]}

    assert found(reduced, "/persons/2", ("/persons/0", "/persons/1", "/persons/1/dob")).category


# whom the record names, whom somebody asks about: proves it, may be it, or neither
NAMED = {"names": [{"full": "Proef, Piet"}]}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], bool, bool]] = {
    "the same name and birth date": (
        {**NAMED, "dob": "1988-03-04"},
        {**NAMED, "dob": "1988-03-04"},
        True,
        True,
    ),
    "another birth date": (
        {**NAMED, "dob": "1988-03-04"},
        {**NAMED, "dob": "1988-03-05"},
        False,
        False,
    ),
    "the record knows the year only": (
        {**NAMED, "dob": "1988"},
        {**NAMED, "dob": "1988-03-04"},
        False,
        True,
    ),
    "another year": ({**NAMED, "dob": "1987"}, {**NAMED, "dob": "1988-03-04"}, False, False),
    "whoever asks knows the month only": (
        {**NAMED, "dob": "1988-03-04"},
        {**NAMED, "dob": "1988-03"},
        False,
        True,
    ),
    "both know the year only": ({**NAMED, "dob": "1988"}, {**NAMED, "dob": "1988"}, False, True),
    "the record has no birth date": (NAMED, {**NAMED, "dob": "1988-03-04"}, False, True),
    "no birth date at all": (NAMED, NAMED, False, True),
    "another name": (
        {"names": [{"full": "Jan Proef"}], "dob": "1988-03-04"},
        {**NAMED, "dob": "1988-03-04"},
        False,
        False,
    ),
    "accents and order": (
        {"names": [{"given": "Piët", "family": "PROEF"}], "dob": "1988-03-04"},
        {**NAMED, "dob": "1988-03-04"},
        True,
        True,
    ),
    "a paper": ({"ids": [{"number": "EH 1234"}]}, {"ids": [{"number": "eh-1234"}]}, True, True),
    "a paper and another name": (
        {"ids": [{"number": "EH1234"}], "names": [{"full": "A B"}]},
        {"ids": [{"number": "EH1234"}], **NAMED},
        True,
        True,
    ),
}


@pytest.mark.parametrize(("named", "asked", "proves", "may_be"), CASES.values(), ids=CASES.keys())
def test_what_proves_that_it_is_the_same_person(
    named: dict[str, Any], asked: dict[str, Any], *, proves: bool, may_be: bool
) -> None:
    question = wanted({"persons": [asked]})
    marks = [mark for one in subjects({"persons": [named]}) for mark in one.marks]
    shared = [mark for mark in marks if mark in question.marks]

    assert (question.proved_by(shared), bool(shared)) == (proves, may_be)


def test_an_account_of_a_person_proves_it_too() -> None:
    question = wanted({"accounts": [{"kind": "bank", "iban": "NL91ABNA0417164300"}]})

    assert question.proved_by(found(BODY, "/persons/0").marks)
    assert not question.proved_by(found(BODY, "/accounts/1").marks)
