"""The release rules as a table: one defect is stopped by its rule, the near miss passes."""

from dataclasses import dataclass, field, replace

import pytest
from policy_cases import (
    AGREEMENT,
    CONSENT,
    HUB,
    ID,
    NOW,
    OTHER_ROOT,
    ROOT,
    ROUTE,
    agreed,
    facts,
    ms,
    record_of,
)

from gateway.core.facts import Approval, Facts, Ground, Recipient, Restriction, Root, Signal, When
from gateway.core.policy import Hold, Refuse, Release, decide, decide_in
from gateway.core.record import Record
from gateway.core.rules import RULES

CASE = record_of("case")
SIGNAL = record_of("financial_signal")
NOBODY = {"recipients": []}
LINK = {"by": "shared_identifier", "pointer": "/persons/0"}
ABROAD = Recipient(partner="vgt.example", community="vgt")


@dataclass(frozen=True)
class Stopped:
    """What is spoiled, and what stops it."""

    rule: str
    verdict: type
    record: Record = CASE
    facts: Facts = field(default_factory=facts)
    to: Recipient = HUB
    says: str = ""


@dataclass(frozen=True)
class Passes:
    record: Record = CASE
    facts: Facts = field(default_factory=facts)
    to: Recipient = HUB


def governed(**changes):
    return record_of(**{f"governance__{name}": value for name, value in changes.items()})


def grounded(*grounds):
    return record_of(grounds=list(grounds))


def report(*roots):
    return grounded({"kind": "partner_report", "subject_link": LINK, "roots": list(roots)})


def on_record(**changes):
    """A case whose one ground is another record."""
    ground = {
        "kind": "hotline_report",
        "subject_link": LINK,
        "roots": [{"kind": "hotline_report", "record": ROOT}],
        **changes,
    }
    return grounded({name: value for name, value in ground.items() if value})


def paying(category):
    relation = {"from": "/persons/0", "to": "/persons/1", "type": "payment", "role": "payer"}
    return record_of(relations=[relation], persons__0__category=category)


HOTLINE = (Ground("hotline_report"),)
FROM_BANK = Signal(
    org="police.example",
    org_class="eu_authority",
    from_unit=False,
    dissemination="",
    consent="",
    payer_may_be_victim=False,
)
FROM_UNIT = replace(FROM_BANK, org="fiu.example", org_class="fiu", from_unit=True)
MAYBE_VICTIM = {"payer_may_be_victim": True}


def routed(**when):
    return facts(routes=(replace(ROUTE, when=When(**when)),))


OUTCOME = record_of(type="outcome", derived_from=[ROOT], governance__crime_area=None)

STOPPED = {
    "R-01 a member does not fit the schema": Stopped(
        "R-01", Refuse, facts=facts(schema_faults=("/persons/0/dob",))
    ),
    "R-02 imagery was found": Stopped("R-02", Refuse, facts=facts(imagery=("/summary",))),
    "R-03 nobody knows who provided it": Stopped("R-03", Refuse, facts=facts(provider_known=False)),
    "R-04 no legal basis": Stopped("R-04", Hold, governed(legal_basis=None)),
    "R-04 a legal basis without an instrument": Stopped(
        "R-04", Hold, governed(legal_basis={"article": "8"})
    ),
    "R-04 no purpose": Stopped("R-04", Hold, governed(purposes=None)),
    "R-05 no handling code": Stopped("R-05", Hold, governed(handling=None)),
    "R-05 an empty list of handling codes": Stopped("R-05", Hold, governed(handling=[])),
    "R-05 an unknown handling code": Stopped("R-05", Hold, governed(handling=["H9"])),
    "R-05 H2 without a consent": Stopped("R-05", Hold, governed(handling=["H2"])),
    "R-05 H2, the consent has ended": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, valid_until=NOW),)),
    ),
    "R-05 H2, the consent has no end": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, valid_until=None),)),
    ),
    "R-05 H2, the consent was withdrawn": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, state="withdrawn"),)),
    ),
    "R-05 H2, the consent names others": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, recipients=("other.example",)),)),
    ),
    "R-05 H2, the consent is somebody else's": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, org="other.example"),)),
    ),
    "R-05 H2, the consent names no record and no type": Stopped(
        "R-05", Hold, governed(handling=["H2"]), facts(consents=(replace(CONSENT, types=()),))
    ),
    "R-05 H2, the consent is for another purpose": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, purposes=("research",)),)),
    ),
    "R-05 H3 that nobody has read": Stopped("R-05", Hold, governed(handling=["H3"])),
    "R-05 a condition in words without H3": Stopped(
        "R-05", Hold, governed(handling_text="Ask us first.")
    ),
    "R-05 H3, approved for another partner": Stopped(
        "R-05",
        Hold,
        governed(handling=["H3"]),
        facts(
            approvals=(
                Approval(rule="R-05", partner="other.example", by=("officer-1", "officer-2")),
            )
        ),
    ),
    "R-05 H3, the approval has ended": Stopped(
        "R-05",
        Hold,
        governed(handling=["H3"]),
        facts(approvals=(Approval(rule="R-05", partner="hub.example", by=("o", "p"), until=NOW),)),
    ),
    "R-06 no agreement at all": Stopped("R-06", Refuse, facts=facts(agreements=())),
    "R-06 an agreement with another partner": Stopped(
        "R-06", Refuse, facts=agreed(partner="other.example")
    ),
    "R-06 an agreement for the other direction": Stopped(
        "R-06", Refuse, facts=agreed(direction="in")
    ),
    "R-06 an agreement that was ended": Stopped("R-06", Refuse, facts=agreed(state="ended")),
    "R-06 an agreement that ends now": Stopped("R-06", Refuse, facts=agreed(valid_until=NOW)),
    "R-06 an agreement that starts later": Stopped(
        "R-06", Refuse, facts=agreed(valid_from=NOW + 1)
    ),
    "R-06 another type": Stopped("R-06", Refuse, facts=agreed(types=("hosting_report",))),
    "R-06 no type listed": Stopped("R-06", Refuse, facts=agreed(types=())),
    "R-06 another crime area": Stopped("R-06", Refuse, facts=agreed(crime_areas=("cybercrime",))),
    "R-06 no crime area listed": Stopped("R-06", Refuse, facts=agreed(crime_areas=())),
    "R-06 the record has no crime area": Stopped("R-06", Hold, governed(crime_area=None)),
    "R-06 another purpose": Stopped("R-06", Refuse, facts=agreed(purposes=("research",))),
    "R-06 no purpose listed": Stopped("R-06", Refuse, facts=agreed(purposes=())),
    "R-06 another operational action": Stopped(
        "R-06", Refuse, facts=agreed(operational_action="OA-2026-9")
    ),
    "R-06 no operational action in the record": Stopped(
        "R-06", Refuse, governed(operational_action_ref=None)
    ),
    "R-06 an empty group is nobody": Stopped("R-06", Refuse, facts=agreed(members=())),
    "R-06 not a member of the group": Stopped("R-06", Refuse, facts=agreed(members=("b.example",))),
    "R-06 two agreements that cover it only together": Stopped(
        "R-06",
        Refuse,
        facts=facts(
            agreements=(replace(AGREEMENT, types=("outcome",)), replace(AGREEMENT, purposes=("x",)))
        ),
    ),
    "R-06 a partner that is not confirmed": Stopped(
        "R-06", Refuse, to=replace(HUB, state="introduced")
    ),
    "R-06 a partner that was revoked": Stopped("R-06", Refuse, to=replace(HUB, state="revoked")),
    "R-06 an outcome to somebody whom it does not concern": Stopped(
        "R-06", Refuse, OUTCOME, facts(origins={ROOT: "other.example"})
    ),
    "R-09 the category of the only person is unknown": Stopped(
        "R-09", Hold, record_of(persons=[{"category": "unknown"}], relations=[], identities=[])
    ),
    "R-09 the only person is unknown, and nothing refers to that person": Stopped(
        "R-09",
        Hold,
        record_of(
            persons=[{"category": "unknown"}],
            relations=[],
            identities=[],
            grounds=[{"kind": "witness", "subject_link": {**LINK, "pointer": "/network/0"}}],
        ),
    ),
    "R-09 no category at all": Stopped("R-09", Hold, record_of(persons__0__category=None)),
    "R-09 unknown, and the record refers to that person": Stopped(
        "R-09", Hold, record_of(persons__1__category="unknown")
    ),
    "R-11 a case with financial grounds alone": Stopped(
        "R-11", Hold, grounded({"kind": "financial", "subject_link": LINK})
    ),
    "R-11 the case of two banks and a partner's report": Stopped(
        "R-11", Hold, record_of("case_financial_only"), says="financial_signal"
    ),
    "R-11 a case without grounds": Stopped("R-11", Hold, record_of(grounds=None)),
    "R-11 a partner's report without roots": Stopped("R-11", Hold, report()),
    "R-11 a partner's report whose root is financial": Stopped(
        "R-11", Hold, report({"kind": "financial"})
    ),
    "R-11 a partner's report whose root is unknown": Stopped(
        "R-11", Hold, report({"kind": "witness", "record": ROOT})
    ),
    "R-11 a root that says witness and is financial": Stopped(
        "R-11",
        Hold,
        report({"kind": "witness", "record": ROOT}),
        facts(grounds={ROOT: (Ground("financial"),)}, shared=frozenset({ROOT})),
    ),
    "R-11 roots that lean on each other": Stopped(
        "R-11",
        Hold,
        report({"kind": "partner_report", "record": ROOT}),
        facts(
            grounds={
                ROOT: (Ground("partner_report", (Root("", OTHER_ROOT),)),),
                OTHER_ROOT: (Ground("partner_report", (Root("", ROOT),)),),
            },
            shared=frozenset({ROOT}),
        ),
        says="financial_signal",  # not by running round until it falls
    ),
    "R-11 a ground about nobody in particular": Stopped(
        "R-11", Hold, grounded({"kind": "witness"})
    ),
    "R-11 a link that no other person confirmed": Stopped(
        "R-11",
        Hold,
        grounded(
            {"kind": "witness", "subject_link": {"by": "confirmed_link", "pointer": "/persons/0"}}
        ),
    ),
    "R-11 a ground on which its promotion fell back": Stopped(
        "R-11",
        Hold,
        on_record(),
        facts(grounds={ROOT: HOTLINE}, shared=frozenset({ROOT}), fallen=frozenset({ROOT})),
    ),
    "R-11 an identifier that only its submitter says is shared": Stopped(
        "R-11", Hold, on_record(), facts(grounds={ROOT: HOTLINE})
    ),
    "R-11 a link that only its submitter says is confirmed": Stopped(
        "R-11",
        Hold,
        on_record(subject_link={**LINK, "by": "confirmed_link", "confirmed_by": "desk 2"}),
        facts(grounds={ROOT: HOTLINE}),
    ),
    "R-11 two roots, of which the financial one shares an identifier": Stopped(
        "R-11",
        Hold,
        report({"kind": "financial", "record": OTHER_ROOT}, {"kind": "witness", "record": ROOT}),
        facts(
            grounds={ROOT: HOTLINE, OTHER_ROOT: (Ground("financial"),)},
            shared=frozenset({OTHER_ROOT}),
        ),
    ),
    "R-11 a case that its originator demoted": Stopped("R-11", Hold, facts=facts(demoted=True)),
    "R-11 another record was linked by persons": Stopped(
        "R-11",
        Hold,
        on_record(subject_link=None),
        facts(grounds={ROOT: HOTLINE}, confirmed=frozenset({OTHER_ROOT})),
    ),
    "R-11 a payer who may be a victim, called a suspect": Stopped(
        "R-11", Hold, paying("suspect"), facts(signals=(replace(FROM_BANK, **MAYBE_VICTIM),))
    ),
    "R-07 it rests on a signal whose unit is to be asked": Stopped(
        "R-07", Hold, facts=facts(signals=(FROM_UNIT,))
    ),
    "R-11 a signal that calls somebody a suspect": Stopped(
        "R-11", Hold, record_of("financial_signal", persons__0__category="suspect")
    ),
    "R-11 an inference evaluated at 2": Stopped(
        "R-11",
        Hold,
        record_of("financial_signal", persons__1__meta={"kind": "assessment", "info_code": "2"}),
    ),
    "R-11 an automated finding evaluated at 1": Stopped(
        "R-11",
        Hold,
        record_of(
            "financial_signal",
            indicator_hits__0__meta={"kind": "automated_hit", "info_code": "1"},
        ),
    ),
    "R-14 no review date": Stopped("R-14", Hold, governed(review_by=None)),
    "R-14 a review date that is none": Stopped("R-14", Hold, governed(review_by="soon")),
    "R-14 the review date has passed": Stopped("R-14", Hold, governed(review_by="2026-03-01")),
    "R-14 a review date more than three years on": Stopped(
        "R-14", Hold, governed(review_by="2029-02-06")
    ),
    "R-14 three years from the oldest material, not from this version": Stopped(
        "R-14",
        Hold,
        facts=facts(first_received=ms("2024-06-01")),
        record=governed(review_by="2027-06-02"),
    ),
    "R-14 the erase date has passed": Stopped("R-14", Hold, governed(erase_by="2026-02-28")),
    "R-16 recalled": Stopped("R-16", Refuse, facts=facts(state="recalled")),
    "R-16 restricted": Stopped("R-16", Refuse, facts=facts(state="restricted")),
    "R-16 superseded": Stopped("R-16", Refuse, facts=facts(state="superseded")),
    "R-16 erased": Stopped("R-16", Refuse, facts=facts(state="erased")),
    "R-16 disputed by a court": Stopped(
        "R-16", Refuse, facts=facts(state="disputed", disputed_by="court")
    ),
    "R-16 a restriction of use laid on it": Stopped(
        "R-16", Refuse, facts=facts(restrictions=(Restriction(kind="use", until=NOW + 1),))
    ),
    "R-17 marked above the recipient's clearance": Stopped(
        "R-17", Refuse, governed(marking="eu_restricted")
    ),
    "R-21 the submitter named others": Stopped(
        "R-21", Refuse, record_of(addressees={"recipients": [{"partner": "other.example"}]})
    ),
    "R-21 others are named, and a route would select": Stopped(
        "R-21",
        Refuse,
        record_of(addressees={"recipients": [{"partner": "other.example"}]}),
        facts(routes=(ROUTE,)),
    ),
    "R-21 an organisation that is not behind this partner": Stopped(
        "R-21",
        Refuse,
        record_of(addressees={"recipients": [{"partner": "hub.example", "org_id": "b.example"}]}),
    ),
    "R-21 nobody named and no route": Stopped("R-21", Refuse, record_of(addressees=NOBODY)),
    "R-21 a route by type alone": Stopped(
        "R-21", Refuse, record_of(addressees=NOBODY), routed(types=("case",))
    ),
    "R-21 a route by crime area and phenomenon alone": Stopped(
        "R-21",
        Refuse,
        record_of(addressees=NOBODY),
        routed(crime_areas=("sexual_abuse_and_exploitation",), phenomenon=("grooming",)),
    ),
    "R-21 a route by the country that only reported it": Stopped(
        "R-21", Refuse, record_of(addressees=NOBODY), routed(jurisdictions=("US",))
    ),
    "R-21 a route to another partner": Stopped(
        "R-21",
        Refuse,
        record_of(addressees=NOBODY),
        facts(routes=(replace(ROUTE, partners=("other.example",)),)),
    ),
    "R-21 a route that has ended": Stopped(
        "R-21",
        Refuse,
        record_of(addressees=NOBODY),
        facts(routes=(replace(ROUTE, valid_until=NOW),)),
    ),
    "R-21 a route whose other condition is not met": Stopped(
        "R-21",
        Refuse,
        record_of(addressees=NOBODY),
        routed(jurisdictions=("BE",), types=("hosting_report",)),
    ),
    "R-21 an unknown country is no country": Stopped(
        "R-21",
        Refuse,
        record_of(addressees=NOBODY, jurisdictions={"host": ["unknown"]}),
        routed(jurisdictions=("unknown",)),
    ),
}

PASSES = {
    "a clean case": Passes(),
    "a clean signal": Passes(SIGNAL),
    "a clean hosting report": Passes(record_of("hosting_report")),
    "R-04 one purpose too many": Passes(governed(purposes=["operational_analysis", "research"])),
    "R-05 H1": Passes(governed(handling=["H1"])),
    "R-05 H2 with a consent": Passes(governed(handling=["H2"]), facts(consents=(CONSENT,))),
    "R-05 H2, the consent names the community and the record": Passes(
        governed(handling=["H2"]),
        facts(
            consents=(
                replace(CONSENT, recipients=(), communities=("empact",), types=(), records=(ID,)),
            )
        ),
    ),
    "R-05 H3 that was approved": Passes(
        governed(handling=["H3"], handling_text="Ask us first."),
        facts(
            approvals=(Approval(rule="R-05", partner="hub.example", by=("officer-1", "officer-2")),)
        ),
    ),
    "R-06 the last millisecond of an agreement": Passes(facts=agreed(valid_until=NOW + 1)),
    "R-06 its first": Passes(facts=agreed(valid_from=NOW)),
    "R-06 an agreement not bound to an action": Passes(facts=agreed(operational_action=None)),
    "R-06 a member through its organisation": Passes(facts=agreed(members=("agency-a.example",))),
    "R-06 the second agreement covers it": Passes(
        facts=facts(agreements=(replace(AGREEMENT, name="a", types=()), AGREEMENT))
    ),
    "R-06 an outcome may go back to where the record came from": Passes(
        OUTCOME, facts(origins={ROOT: "hub.example"})
    ),
    "R-11 one ground of another kind": Passes(
        grounded({"kind": "financial"}, {"kind": "witness", "subject_link": LINK})
    ),
    "R-11 a partner's report that rests on a hotline's": Passes(report({"kind": "hotline_report"})),
    "R-11 a root that is known to be more": Passes(
        report({"kind": "partner_report", "record": ROOT}),
        facts(
            grounds={
                ROOT: (Ground("partner_report", (Root("", OTHER_ROOT),)),),
                OTHER_ROOT: (Ground("financial"), Ground("forensic")),
            },
            shared=frozenset({ROOT}),
        ),
    ),
    "R-11 a record that two persons linked with it": Passes(
        on_record(subject_link=None),
        facts(grounds={ROOT: HOTLINE}, confirmed=frozenset({ROOT})),
    ),
    "R-11 a promotion that fell back on another ground": Passes(
        on_record(),
        facts(grounds={ROOT: HOTLINE}, shared=frozenset({ROOT}), fallen=frozenset({OTHER_ROOT})),
    ),
    "R-11 a payer who may be a victim, called a person of interest": Passes(
        paying("person_of_interest_not_suspect"),
        facts(signals=(replace(FROM_BANK, **MAYBE_VICTIM),)),
    ),
    "R-11 a payer who is no victim, called a suspect": Passes(
        paying("suspect"), facts(signals=(FROM_BANK,))
    ),
    "R-07 it rests on a signal that its unit gives to law enforcement": Passes(
        facts=facts(signals=(replace(FROM_UNIT, dissemination="law_enforcement"),))
    ),
    "R-07 it rests on a signal of the recipient's own unit": Passes(
        facts=facts(signals=(replace(FROM_UNIT, org="agency-a.example"),))
    ),
    "R-11 a past conviction as a dated fact": Passes(
        record_of(
            "financial_signal",
            persons__0__convictions=[{"date": "2019-05-01", "offence": "x", "country": "NL"}],
        )
    ),
    "R-11 an observed fact may be evaluated at 1": Passes(
        record_of("financial_signal", persons__0__meta={"kind": "fact", "info_code": "1"})
    ),
    "R-14 exactly three years": Passes(governed(review_by="2029-02-05")),
    "R-16 disputed by the person concerned": Passes(
        facts=facts(state="disputed", disputed_by="other")
    ),
    "R-16 a restriction that has ended": Passes(
        facts=facts(restrictions=(Restriction(kind="use", until=NOW),))
    ),
    "R-16 a restriction that binds only the recipient": Passes(
        facts=facts(restrictions=(Restriction(kind="evidential"),))
    ),
    "R-17 a marking within clearance": Passes(
        governed(marking="eu_restricted"), to=replace(HUB, clearance=frozenset({"eu_restricted"}))
    ),
    "R-17 said to be unmarked": Passes(governed(marking="unmarked")),
    "R-21 an organisation behind the partner": Passes(
        record_of(
            addressees={"recipients": [{"partner": "hub.example", "org_id": "agency-a.example"}]}
        )
    ),
    "R-21 a route by the suspect's country": Passes(
        record_of(addressees=NOBODY), facts(routes=(ROUTE,))
    ),
    "R-21 a route by operational action": Passes(
        record_of(addressees=NOBODY), routed(operational_action="OA-2026-3.1")
    ),
}


@pytest.mark.parametrize("case", STOPPED.values(), ids=STOPPED.keys())
def test_one_defect_is_stopped_by_its_rule(case):
    decision = decide(case.record, case.to, case.facts, NOW)

    assert (decision.rule, type(decision.verdict)) == (case.rule, case.verdict)
    assert decision.reason
    assert case.says in decision.remedy
    assert decision.remedy.endswith(".")


@pytest.mark.parametrize("case", PASSES.values(), ids=PASSES.keys())
def test_a_near_miss_passes_every_rule(case):
    decision = decide(case.record, case.to, case.facts, NOW)

    assert isinstance(decision.verdict, Release), (decision.rule, decision.reason)
    assert {result.outcome for result in decision.trace} == {"pass"}


NOT_COVERED = {
    "nothing at all": (CASE, facts(agreements=()), "there is no agreement", "applies an agreement"),
    "only for what comes in": (CASE, agreed(direction="in"), "the other direction", "applies"),
    "it has ended": (CASE, agreed(valid_until=NOW), "hub-2026@3 with this partner has", "valid_un"),
    "it was ended": (CASE, agreed(state="ended"), "has ended", "extends"),
    "it begins later": (CASE, agreed(valid_from=NOW + 1), "not in force yet", "valid_from"),
    "it begins later, another has ended": (
        CASE,
        facts(
            agreements=(
                replace(AGREEMENT, name="old", state="ended", valid_until=None),
                replace(AGREEMENT, valid_from=NOW + 1),
            )
        ),
        "hub-2026@3 with this partner is not in force yet",
        "valid_from",
    ),
    "no operational action": (
        governed(operational_action_ref=None),
        facts(),
        "the record names none",
        "Set governance.operational_action_ref",
    ),
    "another operational action": (
        governed(operational_action_ref="OA-2026-9"),
        facts(),
        "another operational action than that of the record",
        "Correct governance.operational_action_ref",
    ),
    "not a member": (CASE, agreed(members=()), "none of them", "adds the recipient"),
    "another type": (CASE, agreed(types=("outcome",)), "this type of record", "added"),
    "another name in the statement": (
        CASE,
        facts(agreement="x"),
        "of the name that the statement gives",
        "applies",
    ),
}


@pytest.mark.parametrize(
    ("record", "known", "reason", "remedy"), NOT_COVERED.values(), ids=NOT_COVERED.keys()
)
def test_r_06_says_what_is_missing_and_who_can_mend_it(record, known, reason, remedy):
    decision = decide(record, HUB, known, NOW)

    assert decision.rule == "R-06"
    assert reason in decision.reason
    assert remedy in decision.remedy


def test_every_rule_says_its_title_version_and_source():
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.title and rule.source and rule.version >= 1 for rule in RULES)
    assert all(rule.failure.endswith(".") and rule.remedy.endswith(".") for rule in RULES)


def test_no_reason_and_no_remedy_repeats_what_the_record_says():
    secrets = [
        "Piet",
        "Proef",
        "proef_88",
        "Ask us first",
        "Jan",
        "Voorbeeld",
        "NL91ABNA0417164300",
    ]
    for case in STOPPED.values():
        told = str(decide(case.record, case.to, case.facts, NOW).trace_json())
        assert not [word for word in secrets if word in told]


INCOMING = {
    "what is in order is taken": (CASE, facts(), "waiting", ""),
    "R-01": (CASE, facts(schema_faults=("/x",)), "rejected", "R-01"),
    "R-02": (CASE, facts(imagery=("/x",)), "rejected", "R-02"),
    "R-03": (CASE, facts(provider_known=False), "rejected", "R-03"),
    "R-06 an agreement that only lets out": (CASE, agreed(direction="out"), "rejected", "R-06"),
    "R-06 the agreement that it names is another": (CASE, facts(agreement="x"), "rejected", "R-06"),
    "R-06 the purpose that it names is not agreed": (
        CASE,
        facts(purpose="research"),
        "rejected",
        "R-06",
    ),
    "R-09 unknown persons are held, also bystanders": (
        record_of(persons__2={"category": "unknown"}),
        facts(),
        "held",
        "R-09",
    ),
    "R-16 recalled here before": (CASE, facts(state="recalled"), "rejected", "R-16"),
    "R-17 marked above our clearance": (governed(marking="m"), facts(), "rejected", "R-17"),
    "a marking that we may see": (
        governed(marking="m"),
        facts(clearance=frozenset({"m"})),
        "waiting",
        "",
    ),
    "who else it is addressed to is not for us to judge": (
        record_of(addressees=NOBODY),
        facts(),
        "waiting",
        "",
    ),
    "an outcome of what we sent always comes in": (
        OUTCOME,
        facts(origins={ROOT: ""}),
        "waiting",
        "",
    ),
}


@pytest.mark.parametrize(
    ("record", "known", "inbox", "rule"), INCOMING.values(), ids=INCOMING.keys()
)
def test_what_comes_in(record, known, inbox, rule):
    decision = decide_in(record, HUB, known, NOW)
    assert (decision.inbox, decision.rule) == (inbox, rule)
    assert decision.withheld == ()
