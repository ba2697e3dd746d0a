"""How the answers of the rules become one decision, whatever the rules are."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import AGREEMENT, CONSENT, HUB, NOW, ROUTE, agreed, facts, ms, record_of

from gateway.core.facts import Approval, Restriction
from gateway.core.lists import NO_LISTS
from gateway.core.policy import Hold, Reduce, Refuse, Release, decide, look, needs
from gateway.core.rules import RULES
from gateway.core.rules.base import PASS, Context, Rule
from gateway.core.withholding import FREE_TEXTS
from schemas import fields
from schemas.reading import TYPES, load_record_text

WIDTH = {Refuse: 0, Hold: 1, Reduce: 2, Release: 3}
LINK = {"by": "shared_identifier", "pointer": "/persons/0"}
BYSTANDER = {"category": "unknown", "names": [{"full": "Bea Bijstander", "family": "Bijstander"}]}
WITH_BYSTANDER = record_of(persons__2=BYSTANDER)


def rule(id_, outcome):
    return Rule(id_, 1, "a rule", "a law", lambda _: outcome)


def asked(*outcomes, record=None):
    rules = tuple(rule(f"T-{index}", outcome) for index, outcome in enumerate(outcomes))
    return decide(record or record_of(), HUB, facts(), NOW, rules=rules)


PRECEDENCE = {
    "refuse before hold": ((Hold("h"), Refuse("r")), Refuse, "T-1"),
    "refuse before reduce": ((Reduce(("/summary",)), Refuse("r")), Refuse, "T-1"),
    "the first of two holds is the one told": ((Hold("a"), Hold("b")), Hold, "T-0"),
    "nothing in the way": ((PASS, PASS), Release, ""),
}


@pytest.mark.parametrize(
    ("outcomes", "verdict", "deciding"), PRECEDENCE.values(), ids=PRECEDENCE.keys()
)
def test_precedence(outcomes, verdict, deciding):
    decision = asked(*outcomes)
    assert isinstance(decision.verdict, verdict)
    assert decision.rule == deciding


def cutting(id_, *pointers):
    """A rule that is content once these top-level members are gone."""

    def check(context):
        left = tuple(name for name in pointers if name[1:] in context.record.body)
        return Reduce(left, "too much") if left else PASS

    return Rule(id_, 1, "a rule", "a law", check)


def test_reductions_unite_and_each_says_who_made_it():
    rules = (cutting("T-1", "/summary"), cutting("T-2", "/unit", "/summary"))
    decision = decide(record_of(), HUB, facts(), NOW, rules=rules)

    assert decision.verdict.fields == ("/summary", "/unit")
    assert [(cut.pointer, cut.code) for cut in decision.reductions] == [
        ("/summary", "T-1"),
        ("/unit", "T-2"),
    ]
    assert decision.state == "due"


def test_a_hold_comes_before_a_reduction():
    rules = (cutting("T-1", "/summary"), rule("T-2", Hold("h")))
    decision = decide(record_of(), HUB, facts(), NOW, rules=rules)
    assert (decision.state, decision.rule) == ("held", "T-2")


def test_two_rules_that_take_the_same_give_the_same_decision_in_either_order():
    rules = (cutting("T-1", "/summary"), cutting("T-2", "/unit", "/summary"))
    first = decide(record_of(), HUB, facts(), NOW, rules=rules)
    assert decide(record_of(), HUB, facts(), NOW, rules=rules[::-1]) == first


def test_the_reduced_text_is_decided_on_again_and_only_a_clean_pass_leaves():
    def misses_it(context):
        return PASS if "summary" in context.record.body else Hold("now it says nothing")

    rules = (cutting("T-1", "/summary"), Rule("T-2", 1, "t", "s", misses_it))
    decision = decide(record_of(), HUB, facts(), NOW, rules=rules)

    assert (decision.state, decision.rule, decision.withheld) == ("held", "T-2", ())


def test_a_rule_that_is_never_content_holds():
    assert asked(Reduce(("/summary",), "more")).state == "held"


def test_a_rule_that_fails_is_a_hold_that_names_the_fault_and_no_content():
    def broken(context):
        raise KeyError(context.record.body["persons"][0]["names"][0]["full"])

    decision = decide(record_of(), HUB, facts(), NOW, rules=(Rule("T-1", 1, "t", "s", broken),))

    assert (decision.state, decision.rule) == ("held", "T-1")
    assert "KeyError" in decision.reason
    assert "Piet" not in str(decision.trace_json())


CASES = {
    "clean": (record_of(), facts()),
    "held and refused": (
        record_of(governance__handling=None, addressees={"recipients": []}),
        facts(),
    ),
    "reduced": (WITH_BYSTANDER, facts()),
    "reduced and held": (replace(WITH_BYSTANDER), facts(state="current", provider_known=True)),
    "three reasons": (
        record_of(governance={}, persons__0__category="unknown"),
        facts(state="recalled", imagery=("/x",)),
    ),
}


@given(st.sampled_from(sorted(CASES)), st.permutations(RULES))
def test_the_order_of_the_rules_changes_nothing(name, rules):
    record, known = CASES[name]
    assert decide(record, HUB, known, NOW, rules=rules) == decide(record, HUB, known, NOW)


RESTRICTING = {
    "another handling code": lambda r, f: (with_handling(r, "H2"), f),
    "a condition in words": lambda r, f: (with_handling(r, "H3"), f),
    "a marking": lambda r, f: (governed(r, marking="m"), f),
    "an earlier review date": lambda r, f: (governed(r, review_by="2026-02-01"), f),
    "one purpose less": lambda r, f: (governed(r, purposes=r.governance["purposes"][1:]), f),
    "a restriction laid on it": lambda r, f: (
        r,
        replace(f, restrictions=(Restriction(kind="use"),)),
    ),
    "a recall": lambda r, f: (r, replace(f, state="recalled")),
    "no agreement": lambda r, f: (r, replace(f, agreements=())),
    "no consent": lambda r, f: (r, replace(f, consents=())),
    "no approval": lambda r, f: (r, replace(f, approvals=())),
    "no route": lambda r, f: (r, replace(f, routes=())),
}


def governed(record, **changes):
    body = {**record.body, "governance": {**record.governance, **changes}}
    return replace(record, body=body)


def with_handling(record, code):
    return governed(record, handling=sorted({*record.governance.get("handling", ()), code}))


STARTS = st.sampled_from(
    [
        record_of(),
        WITH_BYSTANDER,
        record_of("financial_signal"),
        record_of("case_financial_only"),
        record_of(addressees={"recipients": []}),
        record_of(governance__handling=["H2"]),
        record_of(governance__handling=["H3"]),
    ]
)
KNOWN = facts(
    consents=(CONSENT,),
    routes=(ROUTE,),
    approvals=(Approval(rule="R-05", partner="hub.example", by=("officer-1", "officer-2")),),
)


@given(STARTS, st.lists(st.sampled_from(sorted(RESTRICTING)), max_size=5))
def test_a_restriction_never_widens(record, names):
    known, before = KNOWN, WIDTH[type(decide(record, HUB, KNOWN, NOW).verdict)]
    for name in names:
        record, known = RESTRICTING[name](record, known)
        after = WIDTH[type(decide(record, HUB, known, NOW).verdict)]
        assert after <= before, name
        before = after


def test_an_unneeded_person_of_unknown_category_is_left_out_with_all_free_text():
    decision = decide(WITH_BYSTANDER, HUB, facts(), NOW)
    left = WITH_BYSTANDER.without(decision.withheld)

    assert isinstance(decision.verdict, Reduce)
    assert decision.rule == "R-09"
    assert {cut.pointer: cut.code for cut in decision.reductions} == {
        "/persons/2": "R-09",
        "/summaries": "free-text",
        "/summary": "free-text",
        "/risk/child_at_risk_now/basis": "free-text",
    }
    assert len(left.body["persons"]) == 2
    assert b"Bijstander" not in left.text()


def test_free_text_stays_when_a_person_has_cleared_it():
    cleared = facts(
        approvals=(Approval(rule="text", partner="hub.example", by=("officer-1", "officer-2")),)
    )
    assert decide(WITH_BYSTANDER, HUB, cleared, NOW).withheld == ("/persons/2",)


NAMED_ELSEWHERE = {
    "as an organisation": {"organisations": [{"name": "bijstander bv"}]},
    "in a reference": {"national_ref": "case of BEA BIJSTANDER"},
    "as a handle": {"identities": [{"platform": "chat.example", "handle": "Bijstander"}]},
}


@pytest.mark.parametrize("change", NAMED_ELSEWHERE.values(), ids=NAMED_ELSEWHERE.keys())
def test_it_is_held_when_what_is_left_still_names_who_was_left_out(change):
    decision = decide(record_of(persons__2=BYSTANDER, **change), HUB, facts(), NOW)
    assert (decision.state, decision.rule) == ("held", "R-09")


@given(
    st.text("abcdefg", min_size=5, max_size=12),
    st.sampled_from(["summary", "unit", "national_ref"]),
)
def test_what_leaves_never_names_who_was_left_out(name, member):
    person = {"category": "unknown", "names": [{"full": name}]}
    record = record_of(persons__2=person, **{member: f"seen with {name} there"})
    decision = decide(record, HUB, facts(), NOW)
    if decision.state == "due":
        assert name not in record.without(decision.withheld).text().decode()


def test_notes_for_own_use_never_leave_and_take_no_text_with_them():
    record = record_of(
        persons__0__category_reason="Named by the child.",
        governance__necessity={"code": "payer_identification", "text": "To find out."},
        governance__originator_chain=[{"org_id": "a.example", "consent_id": "c-1"}],
    )
    leave = replace(CONSENT, org="a.example")
    decision = decide(record, HUB, facts(consents=(leave,)), NOW)

    assert decision.withheld == (
        "/governance/necessity/text",
        "/governance/originator_chain",
        "/persons/0/category_reason",
    )
    assert {cut.code for cut in decision.reductions} == {"R-15"}
    assert "summary" in record.without(decision.withheld).body


def test_what_is_reduced_still_fits_the_schema():
    record = replace(WITH_BYSTANDER, body={**WITH_BYSTANDER.body, **GATEWAY_MEMBERS})
    decision = decide(record, HUB, facts(), NOW)
    withheld = [{"pointer": cut.pointer, "code": cut.code} for cut in decision.reductions]
    body = {
        **record.without(decision.withheld).body,
        "rendition": {"id": RENDITION, "withheld": withheld},
    }
    assert load_record_text(body) == []


RENDITION = "urn:uuid:0198c0de-0000-7000-8000-000000000009"
GATEWAY_MEMBERS = {
    "id": "urn:uuid:0198c0de-0000-7000-8000-000000000001",
    "version": 1,
    "schema": "case@1.0",
    "nonce": "A" * 43,
    "originator": {"org_id": "police.example", "country": "NL", "org_class": "eu_authority"},
    "terms": {},
}


def long_texts(schema, way=()):
    for name, one in schema.fields.items():
        inner = getattr(one, "inner", one)
        starred = (*way, name, "*") if inner is not one else (*way, name)
        nested = getattr(inner, "schema", None)
        if nested is not None:
            yield from long_texts(nested, starred)
        elif type(inner) is fields.Text and inner.most > 256:
            yield starred


# Notes for own use are taken by R-15; an address belongs to somebody who stays.
ACCOUNTED = {
    ("governance", "necessity", "text"),
    ("persons", "*", "category_reason"),
}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_long_text_of_the_schema_is_known_as_free_text(name):
    unknown = [
        way
        for way in long_texts(TYPES[name]())
        if not any(way[: len(known)] == known for known in {*FREE_TEXTS, *ACCOUNTED})
        and way[-2:] != ("text",)
        and "addresses" not in way
        and "address" not in way
        and "locations" not in way
    ]
    assert unknown == []


MOMENTS = {
    "agreement ends": agreed(valid_until=NOW + 50),
    "agreement starts": agreed(valid_from=NOW + 50),
    "consent ends": facts(consents=(replace(CONSENT, valid_until=NOW + 50),)),
    "route ends": facts(routes=(replace(ROUTE, valid_until=NOW + 50),)),
    "approval ends": facts(
        approvals=(Approval(rule="R-05", partner="hub.example", by=("o", "p"), until=NOW + 50),)
    ),
    "restriction ends": facts(restrictions=(Restriction(kind="use", until=NOW + 50),)),
}


@pytest.mark.parametrize("known", MOMENTS.values(), ids=MOMENTS.keys())
@given(record=STARTS, ahead=st.integers(0, 120))
def test_until_the_moment_it_names_the_decision_stays_the_same(record, known, ahead):
    decision = decide(record, HUB, known, NOW)
    assert decision.until <= NOW + 50
    later = decide(record, HUB, known, NOW + ahead)
    if decision.holds(7, NOW + ahead):
        assert (later.verdict, later.trace) == (decision.verdict, decision.trace)
    assert not decision.holds(8, NOW)


def test_a_decision_also_ends_with_the_review_date():
    known = replace(agreed(valid_until=None), lists=NO_LISTS)
    assert decide(record_of(), HUB, known, NOW).until == ms("2028-02-01")


def test_a_decision_names_the_agreement_the_purpose_and_the_terms():
    record = record_of(
        governance__handling=["H1"],
        governance__purposes=["research", "operational_analysis"],
        governance__restrictions=[
            {"kind": "transfer", "text": "Ask."},
            {"kind": "no_death_penalty"},
            {"kind": "evidential", "until": "2026-01-01"},
        ],
    )
    decision = decide(record, HUB, facts(), NOW)

    assert (decision.basis, decision.purpose) == ("hub-2026@3", "operational_analysis")
    assert decision.epoch == 7
    assert decision.terms.json() == {
        "purposes": ["operational_analysis"],
        "evidence": "no",
        "pass_on": "nobody",
        "keep_until": "2028-02-01",
        "assurances": ["no_death_penalty"],
    }


def test_a_restriction_that_ended_is_no_term():
    record = record_of(
        governance__restrictions=[{"kind": "evidential", "until": "2026-01-01", "text": "x"}]
    )
    assert decide(record, HUB, facts(), NOW).terms.evidence == "ask"


def test_of_two_agreements_the_first_by_name_is_used():
    both = facts(agreements=(AGREEMENT, replace(AGREEMENT, name="a-2026", version=1)))
    assert decide(record_of(), HUB, both, NOW).basis == "a-2026@1"


def test_with_h2_the_purpose_is_one_that_was_consented_to():
    record = record_of(
        governance__handling=["H2"], governance__purposes=["research", "operational_analysis"]
    )
    known = facts(
        agreements=(replace(AGREEMENT, purposes=("research", "operational_analysis")),),
        consents=(CONSENT,),
    )
    assert decide(record, HUB, known, NOW).purpose == "operational_analysis"


def test_what_is_stopped_names_no_agreement_and_withholds_nothing():
    stopped = decide(record_of(persons__0__category="unknown"), HUB, facts(), NOW)
    assert (stopped.basis, stopped.terms, stopped.withheld) == (None, None, ())


def test_a_record_says_what_must_be_known_about_it():
    root = "urn:uuid:0198c0de-0000-7000-8000-000000000002"
    known = needs(
        record_of(
            derived_from=[root],
            grounds=[{"kind": "partner_report", "roots": [{"kind": "witness", "record": root}]}],
        )
    )
    assert known.recipients == ("hub.example", "vgt.example")
    assert (known.roots, known.derived_from) == ((root,), (root,))
    assert known.operational_action == "OA-2026-3.1"


def test_a_ground_is_judged_beside_itself_though_one_before_it_is_withheld():
    """Those behind it move, and each still stands or falls alone (R-11)."""
    (corroboration,) = [rule for rule in RULES if rule.id == "R-11"]
    witness = {"kind": "witness", "subject_link": LINK}
    grounds = [{"kind": "undercover", "subject_link": LINK}, {"kind": "financial"}, witness]

    def said(count):
        record = record_of(grounds=grounds[:count])
        whole = Context(record, HUB, facts(), NOW, "out", look(record))
        cuts = ("/grounds/0",)
        shown = record.without(cuts)
        return corroboration.check(
            replace(whole, record=shown, looked=look(shown), whole=whole, cuts=cuts)
        )

    assert said(3) is PASS
    assert isinstance(said(2), Hold)
