"""Requests, answers, refusals and consents: what each must say, all faults at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.core.record import Record
from gateway.core.withholding import free_texts
from schemas import vocab
from schemas.reading import TYPES, load_submission
from schemas.shape import members_of, the

RECORDS = Path(__file__).parents[1] / "data" / "records"


def good(name):
    return json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))


def faults_of(name, changes):
    document = good(name)
    for member, value in changes.items():
        if value is None:
            document.pop(member, None)
        else:
            document[member] = value
    return {(fault.pointer, fault.code) for fault in load_submission(document).faults}


FAULTS = {
    "a request that does not say whether it is urgent": (
        "request",
        {"urgent": None},
        {("/urgent", "required")},
    ),
    "urgent, and no reason": (
        "request",
        {"urgent_grounds": None, "urgent_reason": None},
        {("/urgent_grounds", "required"), ("/urgent_reason", "required")},
    ),
    "urgent on an empty list of grounds": (
        "request",
        {"urgent_grounds": []},
        {("/urgent_grounds", "required")},
    ),
    "not urgent, with a reason for urgency": (
        "request",
        {"urgent": False},
        {("/urgent", "contradiction")},
    ),
    "nobody knows what is asked": (
        "request",
        {"information": None, "reasons_available": None, "facts": None, "offence": None},
        {
            ("/information", "required"),
            ("/reasons_available", "required"),
            ("/facts", "required"),
            ("/offence", "required"),
        },
    ),
    "a person without a link to the purpose": ("request", {"link": None}, {("/link", "required")}),
    "a body without a link to the purpose": (
        "request",
        {"link": None, "persons": None, "identities": None, "organisations": [{"name": "X"}]},
        {("/link", "required")},
    ),
    "no language to answer in": ("request", {"languages": []}, {("/languages", "too-few")}),
    "no copy to Europol, and not why": (
        "request",
        {"europol": {"sent": False}},
        {("/europol/why_not", "required")},
    ),
    "a copy to Europol, and why none": (
        "request",
        {"europol": {"sent": True, "why_not": "not_necessary"}},
        {("/europol/why_not", "contradiction")},
    ),
    "a pointer to nobody": (
        "request",
        {"identities": [{"email": "a@b.example", "holder_ref": "/persons/9"}]},
        {("/identities/0/holder_ref", "dangling-pointer")},
    ),
    "an answer to nothing": ("answer", {"request": None}, {("/request", "required")}),
    "an answer without the time of receipt": (
        "answer",
        {"received_at": None},
        {("/received_at", "required")},
    ),
    "a part, and not what is still to come": (
        "answer",
        {"outstanding": None},
        {("/outstanding", "required")},
    ),
    "late, and not why": (
        "answer",
        {"state": "delayed", "authorisation": None},
        {("/authorisation", "required")},
    ),
    "late, and no authorisation is needed": (
        "answer",
        {"state": "delayed", "authorisation": {"needed": False}},
        {("/authorisation/needed", "contradiction")},
    ),
    "an authorisation without the delay": (
        "answer",
        {"authorisation": {"needed": True}},
        {("/authorisation/delay", "required"), ("/authorisation/reasons", "required")},
    ),
    "a question back without the question": (
        "answer",
        {"state": "clarification_wanted"},
        {("/clarification", "required")},
    ),
    "a refusal without a ground": ("refusal", {"ground": None}, {("/ground", "required")}),
    "a refusal on a ground of no list": (
        "refusal",
        {"ground": "too_busy"},
        {("/ground", "not-in-list")},
    ),
    "a part refused, and not which": ("refusal", {"text": None}, {("/text", "required")}),
    "a consent asked for no records": (
        "consent_request",
        {"records": []},
        {("/records", "too-few")},
    ),
    "a consent to pass on to nobody": (
        "consent_request",
        {"recipients": None},
        {("/recipients", "required")},
    ),
    "a consent without end, records and purposes": (
        "consent",
        {"until": None, "records": None, "consent_purposes": [], "use": None},
        {
            ("/until", "required"),
            ("/records", "required"),
            ("/consent_purposes", "required"),
            ("/use", "required"),
        },
    ),
    "a withdrawal of nothing": (
        "consent",
        {"decision": "withdrawn"},
        {("/replaces", "required")},
    ),
}


@pytest.mark.parametrize(("name", "changes", "wanted"), FAULTS.values(), ids=FAULTS.keys())
def test_each_defect_gives_exactly_its_own_faults(name, changes, wanted):
    assert faults_of(name, changes) == wanted


GOOD = {
    "not urgent": ("request", {"urgent": False, "urgent_grounds": None, "urgent_reason": None}),
    "about an account alone": ("request", {"persons": None, "link": None, "identities": None}),
    "a whole answer without authorisation": (
        "answer",
        {"state": "complete", "authorisation": None, "outstanding": None},
    ),
    "no authorisation needed": (
        "answer",
        {"authorisation": {"needed": False}},
    ),
    "all refused without words": ("refusal", {"concerns": None, "text": None}),
    "asked for evidence, no recipient": (
        "consent_request",
        {"use": "evidence", "recipients": None},
    ),
    "a consent to a community": ("consent", {"recipients": None, "communities": ["empact"]}),
    "refused": (
        "consent",
        {"decision": "refused", "until": None, "records": None, "consent_purposes": None},
    ),
    "withdrawn": (
        "consent",
        {
            "decision": "withdrawn",
            "replaces": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8058",
            "until": None,
        },
    ),
}


@pytest.mark.parametrize(("name", "changes"), GOOD.values(), ids=GOOD.keys())
def test_what_is_complete_has_no_fault(name, changes):
    assert faults_of(name, changes) == set()


def test_an_urgent_request_goes_before_others_unless_it_says_more():
    body = load_submission(good("request")).body
    assert body["risk"] == {"urgency": "urgent", "reason": body["urgent_reason"]}

    risk = {"urgency": "threat_to_life", "reason": "A child is in danger now."}
    assert load_submission({**good("request"), "risk": risk}).body["risk"] == risk


def test_whatever_is_written_in_words_is_withheld_with_the_person_it_may_name():
    """The members of these types that take sentences are all known as free text."""
    codes = {
        "europol",
        "provider_ref",
        "type",
        "request",
        "due_at",
        "received_at",
        "outcome_by",
        "as_of",
        "answer_by",
        "until",
        "clarifies",
        "replaces",
        "language",
    }
    for name in ("request", "answer", "refusal", "consent_request", "consent"):
        body = dict.fromkeys((member for member, _ in members_of(the(TYPES[name]))), "words")
        record = Record(id="r", version=1, type=name, org="o", body=body)
        sentences = {
            member
            for member, field in members_of(the(TYPES[name]))
            if type(field).__name__ == "Text" and member not in codes
        }
        assert sentences <= {pointer[1:] for pointer in free_texts(record)}, name


def test_the_grounds_of_refusal_are_those_of_the_directive():
    assert len(vocab.REFUSAL_GROUNDS) == len(set(vocab.REFUSAL_GROUNDS)) == 12
