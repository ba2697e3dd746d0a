"""What a recipient may do: each question against each form of the terms; not said is no."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.core.policy import Terms
from gateway.core.terms import Evidence, KeepUntil, PassOn, Question, clauses, may

CONTACT = {"name": "Duty desk", "phone": "+31700000000"}
WHOLE = {
    "purposes": ["cross_check", "operational_analysis"],
    "evidence": "ask",
    "pass_on": "ask",
    "keep_until": "2027-06-30",
    "assurances": [],
    "contact": CONTACT,
}


def terms(**changes: Any) -> dict[str, Any]:
    """The whole terms with these members changed; None takes one out."""
    return {name: value for name, value in {**WHOLE, **changes}.items() if value is not None}


LISTED = {"pass_on": "list", "pass_on_to": ["afp.au", "nca.uk"]}
LAST = date(2027, 6, 30)

# question, terms, what is known since: answer, clause that says so
CASES: dict[str, tuple[Question, dict[str, Any], dict[str, Any], str, str]] = {
    "evidence: yes": (Evidence(), terms(evidence="yes"), {}, "yes", "T-evidence"),
    "evidence: ask": (Evidence(), terms(), {}, "ask", "T-evidence"),
    "evidence: no": (Evidence(), terms(evidence="no"), {}, "no", "T-evidence"),
    "evidence: not said": (Evidence(), terms(evidence=None), {}, "no", "T-evidence"),
    "evidence: an unknown code": (Evidence(), terms(evidence="maybe"), {}, "no", "T-evidence"),
    "evidence: not even text": (Evidence(), terms(evidence=["yes"]), {}, "no", "T-evidence"),
    "no terms at all": (Evidence(), {}, {}, "no", "T-evidence"),
    "pass on: ask": (PassOn("afp.au"), terms(), {}, "ask", "T-pass-on"),
    "pass on: nobody": (PassOn("afp.au"), terms(pass_on="nobody"), {}, "no", "T-pass-on"),
    "pass on: one of the list": (PassOn("afp.au"), terms(**LISTED), {}, "yes", "T-pass-on"),
    "pass on: not of the list": (PassOn("fbi.us"), terms(**LISTED), {}, "no", "T-pass-on"),
    "pass on: a list of nobody": (
        PassOn("afp.au"),
        terms(pass_on="list", pass_on_to=[]),
        {},
        "no",
        "T-pass-on",
    ),
    "pass on: a list that is text": (
        PassOn("afp.au"),
        terms(pass_on="list", pass_on_to="afp.au"),
        {},
        "no",
        "T-pass-on",
    ),
    "pass on: not said": (PassOn("afp.au"), terms(pass_on=None), {}, "no", "T-pass-on"),
    "pass on: a list that nobody announced": (
        PassOn("afp.au"),
        terms(pass_on=None, pass_on_to=["afp.au"]),
        {},
        "no",
        "T-pass-on",
    ),
    "keep: to the last day": (KeepUntil(LAST), terms(), {}, "yes", "T-keep"),
    "keep: a day longer": (KeepUntil(date(2027, 7, 1)), terms(), {}, "no", "T-keep"),
    "keep: not said": (KeepUntil(LAST), terms(keep_until=None), {}, "no", "T-keep"),
    "keep: no day": (KeepUntil(LAST), terms(keep_until="soon"), {}, "no", "T-keep"),
    "an assurance that we know": (
        Evidence(),
        terms(evidence="yes", assurances=["no_death_penalty"]),
        {},
        "yes",
        "T-evidence",
    ),
    "an assurance that we do not know": (
        Evidence(),
        terms(evidence="yes", assurances=["no_torture"]),
        {},
        "no",
        "T-unknown",
    ),
    "a term that we do not know": (
        KeepUntil(LAST),
        terms(embargo="2026-09-01"),
        {},
        "no",
        "T-unknown",
    ),
    "evidence: forbidden since": (
        Evidence(),
        terms(evidence="yes"),
        {"since": frozenset({"evidential"})},
        "no",
        "T-since",
    ),
    "evidence: H1 since": (
        Evidence(),
        terms(evidence="yes"),
        {"since": frozenset({"H1"})},
        "no",
        "T-since",
    ),
    "evidence: what was added since is about something else": (
        Evidence(),
        terms(evidence="yes"),
        {"since": frozenset({"H2", "transfer"})},
        "yes",
        "T-evidence",
    ),
    "pass on: H2 since": (
        PassOn("afp.au"),
        terms(**LISTED),
        {"since": frozenset({"H2"})},
        "no",
        "T-since",
    ),
    "recalled": (KeepUntil(LAST), terms(), {"state": "recalled"}, "no", "T-state"),
    "restricted": (Evidence(), terms(evidence="yes"), {"state": "restricted"}, "no", "T-state"),
    "erased": (KeepUntil(LAST), {}, {"state": "erased"}, "no", "T-state"),
    "replaced": (PassOn("afp.au"), terms(**LISTED), {"state": "superseded"}, "no", "T-state"),
    "disputed: a mark, no ban": (
        Evidence(),
        terms(evidence="yes"),
        {"state": "disputed"},
        "yes",
        "T-evidence",
    ),
}


@pytest.mark.parametrize(
    ("question", "given", "known", "answer", "clause"), CASES.values(), ids=CASES.keys()
)
def test_what_may_be_done(
    question: Question, given: dict[str, Any], known: dict[str, Any], answer: str, clause: str
) -> None:
    said = may(question, given, **known)

    assert (said.answer, said.clause.id) == (answer, clause)
    assert said.clause.text.endswith(".")
    assert said.clause.source


def test_whoever_may_not_is_told_whom_to_ask() -> None:
    assert may(Evidence(), terms(evidence="no")).contact == CONTACT
    assert may(Evidence(), {}).contact == {}


def test_the_terms_in_words_begin_with_what_it_is_for_and_end_with_whom_to_ask() -> None:
    said = [(clause.id, clause.text) for clause in clauses(terms(assurances=["no_death_penalty"]))]

    assert [name for name, _ in said] == [
        *("T-purpose", "T-evidence", "T-pass-on", "T-keep", "T-assurance", "T-contact"),
    ]
    assert said[0][1] == (
        "You may use it to compare it with what you hold and for the analysis of a case, and for "
        "nothing else."
    )
    assert said[-1][1] == "Ask, day and night: Duty desk, +31700000000."


def test_terms_that_say_nothing_are_told_as_nothing_allowed() -> None:
    words = {clause.id: clause.text for clause in clauses({})}

    assert words["T-pass-on"] == (
        "The terms do not say to whom it may go on: you may pass it on to nobody."
    )
    assert words["T-purpose"].startswith("The sender named no purpose")
    assert words["T-contact"] == "The sender named nobody to ask."


def test_what_our_own_rules_compute_is_known_here() -> None:
    own = Terms(
        purposes=("cross_check",),
        evidence="ask",
        pass_on="nobody",
        keep_until="2027-06-30",
        assurances=("no_death_penalty",),
    )
    said = [clause.id for clause in clauses({**own.json(), "contact": CONTACT})]

    assert "T-unknown" not in said
