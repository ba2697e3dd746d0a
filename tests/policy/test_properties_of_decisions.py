"""What holds of every decision, whatever the record, the recipient and what is known.

Records are made from the samples by spoiling and narrowing; facts by taking leave away. Nothing
here names a rule: these are promises about all of them together.
"""

import json
from collections import Counter
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from policy_cases import AUSTRALIA, CONSENT, HUB, NOW, RECIPIENTS, ROOT, facts, record_of
from test_rules_of_exchange import DEROGATION, MAPPED, PASSES, PROFILE, REDUCED, X_CONSENT, yes
from test_rules_of_exchange import STOPPED as MORE_STOPPED

from gateway.core.facts import Facts, Restriction, ThirdParty
from gateway.core.lists import NO_LISTS, Demands
from gateway.core.policy import Hold, Refuse, decide, rendered
from gateway.core.rules import RULES

WIDTH = {"refused": 0, "held": 1, "due": 2}
EVERY = {
    **{f"stopped: {name}": case for name, case in MORE_STOPPED.items()},
    **{f"reduced: {name}": case for name, case in REDUCED.items()},
    **{f"passes: {name}": case for name, case in PASSES.items()},
}
CASES = st.sampled_from(sorted(EVERY))


def shown(record, decision):
    """What the recipient gets, as members with their values, however often each."""
    if decision.state != "due":
        return Counter()
    left = rendered(record, decision.rendered).without(decision.withheld)
    return Counter(leaves(left.body))


def leaves(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value)
    elif not str(node).startswith("/"):  # references follow what they name to its new place
        yield json.dumps(node)


def governed(record, **changes):
    return replace(record, body={**record.body, "governance": {**record.governance, **changes}})


def laid(known, *kinds):
    more = tuple(Restriction(kind=kind) for kind in kinds)
    return replace(known, restrictions=(*known.restrictions, *more))


def adding(known, code):
    return replace(known, added_handling=known.added_handling | {code})


RESTRICTING = {
    "H2 laid on it": lambda r, f: (r, adding(f, "H2")),
    "H3 laid on it": lambda r, f: (r, adding(f, "H3")),
    "H1 laid on it": lambda r, f: (r, adding(f, "H1")),
    "no transfer": lambda r, f: (r, laid(f, "transfer")),
    "no death penalty": lambda r, f: (r, laid(f, "no_death_penalty")),
    "a condition in words": lambda r, f: (governed(r, handling_text="Only on paper."), f),
    "a marking": lambda r, f: (governed(r, marking="restricted"), f),
    "a third party": lambda r, f: (
        r,
        replace(f, third_parties=(*f.third_parties, ThirdParty("y.example", (ROOT,)))),
    ),
    "nobody knows whose": lambda r, f: (
        r,
        replace(f, third_parties=(*f.third_parties, ThirdParty("", (ROOT,)))),
    ),
    "a person taken back": lambda r, f: (r, replace(f, struck=(*f.struck, "/persons/0"))),
    "a profile": lambda r, f: (r, replace(f, lists=replace(f.lists, reductions=(PROFILE,)))),
    "a community that takes no personal data": lambda r, f: (
        r,
        replace(
            f,
            demands={
                "empact": Demands(
                    name="empact",
                    requires=frozenset({"no_personal_data", "url_to_addressee"}),
                    carries=("case", "financial_signal", "hosting_report", "outcome"),
                )
            },
        ),
    ),
    "a bulk": lambda r, f: (r, replace(f, left={"operational_analysis": 5}, bulk_limit=5)),
    "a recall": lambda r, f: (r, replace(f, state="recalled")),
    "a dispute": lambda r, f: (r, replace(f, state="disputed")),
}
# Taking something out can let the rest go: what is not sent is no reason for a hold.
REDUCING = {
    "a person taken back",
    "a profile",
    "a community that takes no personal data",
}
# Nobody's leave may be what keeps a record back; so taking it away never lets more go.
TAKING_AWAY = {
    "a consent": lambda f: replace(f, consents=f.consents[1:]),
    "an approval": lambda f: replace(f, approvals=f.approvals[1:]),
    "an agreement": lambda f: replace(f, agreements=f.agreements[1:]),
    "an instrument": lambda f: replace(f, lists=replace(f.lists, instruments=())),
    "an adequacy decision": lambda f: replace(f, lists=replace(f.lists, adequacy=())),
    "a clearance": lambda f: replace(f, lists=replace(f.lists, transfers=())),
    "codes made of words": lambda f: replace(f, lists=replace(f.lists, conditions={})),
    "all lists but profiles": lambda f: replace(
        f, lists=replace(NO_LISTS, reductions=f.lists.reductions)
    ),
    "a second person": lambda f: replace(
        f, approvals=tuple(replace(one, by=one.by[:1]) for one in f.approvals)
    ),
}
LEAVE = facts(
    consents=(CONSENT, X_CONSENT),
    approvals=(
        yes("R-05"),
        yes("R-10", "/persons/1", "/identities", "/persons/2"),
        yes("R-19"),
        yes("text"),
        DEROGATION,
    ),
)
LEAVE = replace(LEAVE, lists=replace(LEAVE.lists, conditions={MAPPED.text: MAPPED}))


def settled(record, known, to):
    decision = decide(record, to, known, NOW)
    return WIDTH[decision.state], shown(record, decision)


@settings(max_examples=300)
@given(
    CASES,
    st.sampled_from(sorted(RECIPIENTS)),
    st.booleans(),
    st.lists(st.sampled_from(sorted(RESTRICTING)), min_size=1, max_size=4),
)
def test_a_restriction_never_widens(name_of_case, to, with_leave, names):
    case = EVERY[name_of_case]
    record, known = case.record, LEAVE if with_leave else case.facts
    width, content = settled(record, known, RECIPIENTS[to])
    for name in names:
        before = record
        record, known = RESTRICTING[name](record, known)
        after, less = settled(record, known, RECIPIENTS[to])
        if name not in REDUCING:
            assert after <= width, (name, name_of_case, to, with_leave, names)
        if before is record and after == width == 2:
            assert less <= content, name
        width, content = after, less


@settings(max_examples=300)
@given(
    CASES,
    st.sampled_from(sorted(RECIPIENTS)),
    st.booleans(),
    st.lists(st.sampled_from(sorted(TAKING_AWAY)), min_size=1, max_size=4),
)
def test_taking_leave_away_never_widens(name_of_case, to, with_leave, names):
    case = EVERY[name_of_case]
    known = LEAVE if with_leave else case.facts
    width, content = settled(case.record, known, RECIPIENTS[to])
    for name in names:
        known = TAKING_AWAY[name](known)
        after, less = settled(case.record, known, RECIPIENTS[to])
        assert after <= width, (name, name_of_case, to, with_leave, names)
        if after == 2 and width == 2:
            assert less <= content, name
        width, content = after, less


UNKNOWN = {
    "category": lambda r: r.with_members({"/persons/0/category": "unknown"}),
    "handling": lambda r: governed(r, handling=["H7"]),
    "no handling": lambda r: governed(r, handling=[]),
    "no basis": lambda r: governed(r, legal_basis=None),
    "no purpose": lambda r: governed(r, purposes=None),
    "review": lambda r: governed(r, review_by="some day"),
    "crime area": lambda r: governed(r, crime_area=None),
    "marking": lambda r: governed(r, marking="cosmic"),
    "chain": lambda r: governed(r, originator_chain=[{"org_id": "nobody.example"}]),
}
PERSONAL = st.sampled_from(
    [
        case.record
        for case in EVERY.values()
        if case.record.body.get("persons") and case.record.body.get("relations")
    ]
)


@given(PERSONAL, st.sampled_from(sorted(UNKNOWN)), st.sampled_from(sorted(RECIPIENTS)))
def test_what_is_unknown_never_lets_go(record, name, to):
    assert decide(UNKNOWN[name](record), RECIPIENTS[to], facts(), NOW).state != "due"


@given(PERSONAL, st.sampled_from(["org_class", "country", "state"]))
def test_a_recipient_of_whom_something_is_unknown_gets_nothing(record, member):
    to = replace(AUSTRALIA, behind=(), **{member: "" if member != "state" else "unknown"})
    assert decide(record, to, facts(), NOW).state != "due"


@given(CASES, st.permutations(RULES))
def test_the_order_of_the_rules_changes_nothing(name_of_case, rules):
    case = EVERY[name_of_case]
    assert decide(case.record, case.to, case.facts, NOW, rules=rules) == decide(
        case.record, case.to, case.facts, NOW
    )


@given(CASES, st.integers(0, len(RULES) - 1))
def test_a_rule_that_fails_never_widens(name_of_case, place):
    case = EVERY[name_of_case]

    def broken(_):
        raise RuntimeError

    rules = list(RULES)
    rules[place] = replace(rules[place], check=broken)
    decision = decide(case.record, case.to, case.facts, NOW, rules=rules)

    # Only a rule that an officer's override lifts may fail and the record still go.
    if decision.state == "due":
        assert {one.rule: one.outcome for one in decision.trace}[rules[place].id] == "lifted"


NOTES = {
    "/persons/0/category_reason": "Named by the child.",
    "/governance/necessity": {"code": "payer_identification", "text": "To find out."},
    "/governance/originator_chain": [{"org_id": "x.example"}],
}


@settings(max_examples=300)
@given(
    CASES,
    st.sampled_from(sorted(RECIPIENTS)),
    st.sets(st.sampled_from(sorted(NOTES))),
    st.sampled_from(["", *sorted(REDUCING)]),
    st.booleans(),
)
@example(
    name_of_case="passes: a clean case to eu_agency",
    to="eu_agency",
    written={*NOTES},
    taken="a person taken back",
    unknown=True,
)
def test_where_only_notes_for_own_use_go_asking_again_would_change_nothing(
    name_of_case, to, written, taken, unknown
):
    case = EVERY[name_of_case]
    members = {
        pointer: NOTES[pointer]
        for pointer in written
        if not pointer.startswith("/persons") or case.record.body.get("persons")
    }
    if unknown and case.record.body.get("persons"):
        members["/persons/0/category"] = "unknown"  # no reason for a hold where that person goes
    record = case.record.with_members(members)
    known = replace(case.facts, consents=(*case.facts.consents, X_CONSENT))
    if taken:
        record, known = RESTRICTING[taken](record, known)
    asked_again = list(RULES)  # a list of its own: every rule is asked of the reduced form
    assert decide(record, RECIPIENTS[to], known, NOW) == decide(
        record, RECIPIENTS[to], known, NOW, rules=asked_again
    )


def test_a_record_that_cannot_be_looked_at_is_held():
    record = record_of()
    broken = replace(record, body={**record.body, "persons": ["nobody"]})
    decision = decide(broken, HUB, facts(), NOW)
    assert (decision.state, len(decision.trace)) == ("held", len(RULES))
    assert "nobody" not in str(decision.trace_json())


NAMES = st.text("abcdefgh", min_size=6, max_size=10)
HIDDEN_AT = {
    "a victim's name": ("/persons/1/names", lambda v: [{"full": v}]),
    "a victim's family name": ("/persons/1/names", lambda v: [{"full": f"Kim {v}", "family": v}]),
    "a victim's paper": ("/persons/1/ids", lambda v: [{"kind": "passport", "number": v}]),
    "a source's provider": (
        "/grounds/0",
        lambda v: {
            "kind": "undercover",
            "provider": v,
            "subject_link": {"by": "shared_identifier", "pointer": "/persons/0"},
        },
    ),
    "a third party's name": ("/derived_from", lambda v: [ROOT]),
}
STANDS_AT = ["/unit", "/national_ref", "/summary", "/external_refs/0/value", "/identities/0/handle"]


@settings(max_examples=300)
@given(
    NAMES,
    st.sampled_from(sorted(HIDDEN_AT)),
    st.sampled_from(STANDS_AT),
    st.booleans(),
    st.booleans(),
)
def test_a_reduced_text_never_contains_a_withheld_value_anywhere(
    value, name, elsewhere, repeated, cleared
):
    pointer, made = HIDDEN_AT[name]
    hidden = ROOT if pointer == "/derived_from" else value
    record = record_of().with_members({pointer: made(value)})
    if repeated:
        record = record.with_members({elsewhere: f"seen with {hidden} there"})
    known = facts(
        consents=(X_CONSENT,),
        third_parties=(ThirdParty("x.example", (ROOT,)),) if hidden == ROOT else (),
        approvals=(yes("text"),) if cleared else (),
    )
    decision = decide(record, HUB, known, NOW)
    if decision.state == "due":
        left = rendered(record, decision.rendered).without(decision.withheld)
        assert hidden not in left.text().decode()
        assert hidden not in json.dumps(decision.trace_json())
    else:
        assert repeated  # nothing else stands in the way


@given(
    st.integers(1, 12),
    st.lists(st.integers(1, 9), min_size=1, max_size=8),
)
def test_slicing_a_bulk_never_escapes(limit, slices):
    left: Counter[str] = Counter()
    for size in slices:
        for _ in range(size):
            known = replace(facts(), left=dict(left), bulk_limit=limit)
            decision = decide(record_of(), HUB, known, NOW)
            if decision.state == "due":
                left[decision.purpose] += 1
            else:
                assert (decision.rule, type(decision.verdict)) == ("R-19", Hold)
    assert left.total() == min(limit, sum(slices))


@given(CASES)
def test_a_decision_that_holds_gives_nothing_away(name_of_case):
    case = EVERY[name_of_case]
    decision = decide(case.record, case.to, case.facts, NOW)
    if isinstance(decision.verdict, (Hold, Refuse)):
        given_away = (decision.withheld, decision.rendered, decision.terms, decision.ground)
        assert not any(given_away)


def test_the_facts_have_no_default_that_allows():
    nothing = Facts(epoch=1, provider_known=True, schema_faults=(), imagery=())
    assert decide(record_of(), HUB, nothing, NOW).state == "refused"
