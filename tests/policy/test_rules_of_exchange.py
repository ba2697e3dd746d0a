"""The release rules as a table, second part: third parties, countries, persons, worth, two people.

Each defect is stopped or reduced by its rule, to every class of recipient; the near miss passes.
"""

from dataclasses import dataclass, field, replace

import pytest
from policy_cases import (
    AUSTRALIA,
    CONSENT,
    HUB,
    ID,
    INSTRUMENT,
    LISTS,
    NOW,
    OTHER_ROOT,
    RECIPIENTS,
    ROOT,
    TRANSFER,
    agreed,
    facts,
    ms,
    record_of,
)
from test_release_rules import PASSES as FIRST_PASSES
from test_release_rules import STOPPED as FIRST_STOPPED

from gateway.core.facts import (
    Approval,
    Facts,
    Ground,
    Recipient,
    Restriction,
    Source,
    ThirdParty,
    third_parties,
)
from gateway.core.lists import (
    NO_LISTS,
    Adequacy,
    Condition,
    Demands,
    EndRecipient,
    Membership,
    Reduction,
    listed,
    way,
)
from gateway.core.looked import digest_of, look
from gateway.core.policy import Hold, Reduce, Refuse, Release, decide, rendered
from gateway.core.record import Record
from gateway.core.rules import RULES

CASE = record_of("case")
SIGNAL = record_of("financial_signal")
REPORT = record_of("hosting_report")
HOUR = 3_600_000


@dataclass(frozen=True)
class Stopped:
    """What is spoiled, and what stops it."""

    rule: str
    verdict: type
    record: Record = CASE
    facts: Facts = field(default_factory=facts)
    to: Recipient = HUB


@dataclass(frozen=True)
class Reduced:
    """What is too much, what is left out for it, and what stands there instead."""

    rule: str
    record: Record = CASE
    facts: Facts = field(default_factory=facts)
    to: Recipient = HUB
    without: tuple[str, ...] = ()
    instead: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class Passes:
    record: Record = CASE
    facts: Facts = field(default_factory=facts)
    to: Recipient = HUB


def yes(rule, *fields, by=("officer-1", "officer-2"), **members):
    return Approval(rule=rule, partner="hub.example", by=by, fields=fields, **members)


def approved(rule, *fields, **members):
    return facts(approvals=(yes(rule, *fields, **members),))


def abroad(lists=NO_LISTS, **members):
    return facts(lists=lists, **members)


def governed(**changes):
    return record_of(**{f"governance__{name}": value for name, value in changes.items()})


def of(**members):
    """Third parties as a fact, with their consents."""
    return facts(third_parties=(ThirdParty("x.example", (ROOT,)),), **members)


def demanding(*codes, types=("case", "financial_signal", "hosting_report", "outcome")):
    return facts(
        demands={"empact": Demands(name="empact", requires=frozenset(codes), carries=types)}
    )


X_CONSENT = replace(CONSENT, name="x", org="x.example")
RESTING = record_of(derived_from=[ROOT])
GBP = Adequacy(name="gb", version=4, countries=frozenset({"AU"}), valid_until=NOW + 1)
DEROGATION = yes("R-08", ground="vital_interest", necessity="victim_safeguarding")
VICTIM = record_of(persons__1__names=[{"full": "Kim Kind"}], persons__1__dob="2014")
HANDLED = record_of(
    persons__1__names=[{"full": "Kim Kind"}],
    identities__1={"platform": "chat.example", "handle": "kim_14", "holder_ref": "/persons/1"},
)
INFORMANT = record_of(persons__2={"category": "informant", "names": [{"full": "Inge Bron"}]})
UNDERCOVER = record_of(
    grounds__2={
        "kind": "undercover",
        "provider": "Team Heimelijk",
        "subject_link": {"by": "shared_identifier", "pointer": "/persons/0"},
    }
)
ENTITY = record_of("financial_signal", reporting_entity="Voorbeeldbank NV")
WORDS = "Only for use\n in this case."
IN_WORDS = governed(handling=["H3"], handling_text=WORDS)
MAPPED = Condition(
    name="words",
    version=1,
    text=digest_of("Only for use in this case."),
    restrictions=frozenset({"evidential"}),
    purposes=frozenset({"operational_analysis"}),
    classes=frozenset(RECIPIENTS),
    by=frozenset({"officer-1", "officer-2"}),
)
LEFT = {"operational_analysis": 10}
PROFILE = Reduction(
    name="hub-cases",
    version=1,
    types=frozenset({"case"}),
    partners=frozenset({"hub.example"}),
    withhold=(way("/external_refs"),),
    needed=((frozenset({"victim_identification"}), (way("/network/*/asn"),)),),
)
LIFE = record_of(risk={"urgency": "threat_to_life", "reason": "The child is missing."})


def fiu(**terms):
    body = {"use": "intelligence", **terms}
    return record_of("financial_signal", fiu_terms=body)


def conditioned(**changes):
    return facts(
        lists=listed(
            instruments=(INSTRUMENT,),
            transfers=(TRANSFER,),
            conditions=(replace(MAPPED, **changes),),
        )
    )


def reducing(**changes):
    return facts(lists=replace(LISTS, reductions=(replace(PROFILE, **changes),)))


STOPPED = {
    "R-07 it rests on a third party's record": Stopped("R-07", Hold, RESTING, of()),
    "R-07 the consent is for another purpose": Stopped(
        "R-07", Hold, RESTING, of(consents=(replace(X_CONSENT, purposes=("research",)),))
    ),
    "R-07 the consent is for another recipient": Stopped(
        "R-07", Hold, RESTING, of(consents=(replace(X_CONSENT, recipients=("b.example",)),))
    ),
    "R-07 the consent is for another record of theirs": Stopped(
        "R-07",
        Hold,
        RESTING,
        of(consents=(replace(X_CONSENT, types=(), records=(OTHER_ROOT,)),)),
    ),
    "R-07 the consent has ended": Stopped(
        "R-07", Hold, RESTING, of(consents=(replace(X_CONSENT, valid_until=NOW),))
    ),
    "R-07 the consent is our own": Stopped("R-07", Hold, RESTING, of(consents=(CONSENT,))),
    "R-07 nobody knows whose record it rests on": Stopped(
        "R-07", Hold, RESTING, facts(third_parties=(ThirdParty("", (ROOT,)),))
    ),
    "R-07 it passed through somebody": Stopped(
        "R-07", Hold, governed(originator_chain=[{"org_id": "x.example"}])
    ),
    "R-07 FIU material that may go to nobody": Stopped("R-07", Hold, fiu(dissemination="none")),
    "R-07 FIU material for FIUs alone": Stopped("R-07", Hold, fiu(dissemination="fiu_only")),
    "R-07 FIU material that nobody asked for": Stopped("R-07", Hold, fiu(dissemination="ask")),
    "R-07 FIU material without a word on it": Stopped(
        "R-07", Hold, record_of("financial_signal", fiu_terms=None)
    ),
    "R-07 FIU material to somebody who enforces no law": Stopped(
        "R-07", Hold, fiu(dissemination="law_enforcement"), to=RECIPIENTS["private"]
    ),
    "R-08 a class that nobody set": Stopped("R-08", Hold, to=replace(HUB, org_class="")),
    "R-08 a country that nobody set": Stopped("R-08", Hold, to=replace(HUB, country="", behind=())),
    "R-08 an EU authority in a country that is none": Stopped(
        "R-08", Hold, to=replace(HUB, org_class="eu_authority", country="AU")
    ),
    "R-08 an organisation behind a hub that nobody described": Stopped(
        "R-08", Hold, to=replace(HUB, behind=())
    ),
    "R-08 an organisation abroad behind a hub at home": Stopped(
        "R-08",
        Hold,
        facts=abroad(),
        to=replace(
            HUB,
            behind=(EndRecipient(org="agency-a.example", org_class="third_country", country="AU"),),
        ),
    ),
    "R-08 a third country on nothing": Stopped("R-08", Hold, facts=abroad(), to=AUSTRALIA),
    "R-08 a hotline abroad on nothing": Stopped(
        "R-08", Hold, facts=abroad(), to=replace(RECIPIENTS["hotline"], country="AU")
    ),
    "R-08 an adequacy decision that has ended": Stopped(
        "R-08",
        Hold,
        facts=abroad(listed(adequacy=(replace(GBP, valid_until=NOW),))),
        to=AUSTRALIA,
    ),
    "R-08 an adequacy decision without an end": Stopped(
        "R-08",
        Hold,
        facts=abroad(listed(adequacy=(replace(GBP, valid_until=None),))),
        to=AUSTRALIA,
    ),
    "R-08 an adequacy decision about another country": Stopped(
        "R-08",
        Hold,
        facts=abroad(listed(adequacy=(replace(GBP, countries=frozenset({"NZ"})),))),
        to=AUSTRALIA,
    ),
    "R-08 an instrument for another type": Stopped(
        "R-08",
        Hold,
        facts=abroad(listed(instruments=(replace(INSTRUMENT, types=frozenset({"outcome"})),))),
        to=AUSTRALIA,
    ),
    "R-08 an instrument with nobody in it": Stopped(
        "R-08",
        Hold,
        facts=abroad(listed(instruments=(replace(INSTRUMENT, recipients=frozenset()),))),
        to=AUSTRALIA,
    ),
    "R-08 a derogation without its necessity": Stopped(
        "R-08",
        Hold,
        facts=abroad(approvals=(replace(DEROGATION, necessity=None),)),
        to=AUSTRALIA,
    ),
    "R-08 a derogation on no ground of the law": Stopped(
        "R-08",
        Hold,
        facts=abroad(approvals=(replace(DEROGATION, ground="convenience"),)),
        to=AUSTRALIA,
    ),
    "R-08 no assurance where one is configured": Stopped(
        "R-08", Hold, to=replace(AUSTRALIA, assurances_needed=("no_death_penalty",))
    ),
    "R-08 no assurance where the originator asks for one": Stopped(
        "R-08", Hold, governed(restrictions=[{"kind": "no_death_penalty"}]), to=AUSTRALIA
    ),
    "R-08 no assurance where one was asked for later": Stopped(
        "R-08",
        Hold,
        facts=facts(restrictions=(Restriction(kind="no_death_penalty"),)),
        to=AUSTRALIA,
    ),
    "R-10 an informant": Stopped("R-10", Refuse, INFORMANT),
    "R-10 an informant, approved by one": Stopped(
        "R-10", Refuse, INFORMANT, approved("R-10", "/persons/2", by=("officer-1",))
    ),
    "R-10 an informant, another person approved": Stopped(
        "R-10", Refuse, INFORMANT, approved("R-10", "/persons/1")
    ),
    "R-13 an assessment of four years ago": Stopped(
        "R-13",
        Hold,
        record_of(
            persons__0__meta={
                "kind": "assessment",
                "source_code": "B",
                "info_code": "2",
                "as_of": "2023-02-28T00:00:00Z",
            }
        ),
    ),
    "R-13 a whole record of long ago": Stopped(
        "R-13", Hold, record_of(as_of="2021-01-01T00:00:00Z")
    ),
    "R-18 a suspect by a machine alone": Stopped(
        "R-18",
        Hold,
        record_of(
            persons__0__meta={
                "kind": "automated_hit",
                "source_code": "B",
                "info_code": "3",
                "rule_ref": "r@1",
            }
        ),
    ),
    "R-18 a finding of no named rule": Stopped(
        "R-18",
        Hold,
        record_of(
            identities__0__meta={"kind": "automated_hit", "source_code": "B", "info_code": "3"}
        ),
    ),
    "R-19 a condition in words, one person": Stopped(
        "R-19", Hold, IN_WORDS, approved("R-05", by=("officer-1",))
    ),
    "R-19 a condition in words, the same person twice": Stopped(
        "R-19",
        Hold,
        IN_WORDS,
        facts(approvals=(yes("R-05", by=("officer-1",)), yes("R-05", by=("officer-1",)))),
    ),
    "R-19 a derogation of one person": Stopped(
        "R-19",
        Hold,
        facts=abroad(approvals=(replace(DEROGATION, by=("officer-1",)),)),
        to=AUSTRALIA,
    ),
    "R-19 an instrument that nobody cleared for this year": Stopped(
        "R-19", Hold, facts=abroad(listed(instruments=(INSTRUMENT,))), to=AUSTRALIA
    ),
    "R-19 an adequacy decision that nobody cleared for this year": Stopped(
        "R-19", Hold, facts=abroad(listed(adequacy=(GBP,))), to=AUSTRALIA
    ),
    "R-19 cleared by one person": Stopped(
        "R-19",
        Hold,
        facts=abroad(
            listed(
                instruments=(INSTRUMENT,),
                transfers=(replace(TRANSFER, by=frozenset({"officer-1"})),),
            )
        ),
        to=AUSTRALIA,
    ),
    "R-19 cleared for longer than a year": Stopped(
        "R-19",
        Hold,
        facts=abroad(
            listed(
                instruments=(INSTRUMENT,),
                transfers=(replace(TRANSFER, valid_until=ms("2028-01-01")),),
            )
        ),
        to=AUSTRALIA,
    ),
    "R-19 cleared for another type": Stopped(
        "R-19",
        Hold,
        facts=abroad(
            listed(
                instruments=(INSTRUMENT,),
                transfers=(replace(TRANSFER, types=frozenset({"outcome"})),),
            )
        ),
        to=AUSTRALIA,
    ),
    "R-19 one more than the bulk": Stopped("R-19", Hold, facts=facts(left=LEFT, bulk_limit=10)),
    "R-05 codes made of the words by one person": Stopped(
        "R-05", Hold, IN_WORDS, conditioned(by=frozenset({"officer-1"}))
    ),
    "R-05 codes made of other words": Stopped(
        "R-05", Hold, IN_WORDS, conditioned(text=digest_of("Ask us first."))
    ),
    "R-05 the words mean that it stays": Stopped(
        "R-05", Hold, IN_WORDS, conditioned(restrictions=frozenset({"transfer"}))
    ),
    "R-05 the words mean another class": Stopped(
        "R-05", Hold, IN_WORDS, conditioned(classes=frozenset({"international_organisation"}))
    ),
    "R-05 the words mean another purpose": Stopped(
        "R-05", Hold, IN_WORDS, conditioned(purposes=frozenset({"research"}))
    ),
    "R-05 H3 was added after the words were made codes of": Stopped(
        "R-05", Hold, IN_WORDS, replace(conditioned(), added_handling=frozenset({"H3"}))
    ),
    "R-05 H2 that was added later": Stopped(
        "R-05", Hold, facts=facts(added_handling=frozenset({"H2"}))
    ),
    "R-05 the community's membership has ended": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, recipients=(), communities=("empact",)),)),
        replace(HUB, memberships=(Membership(community="empact", until=NOW),)),
    ),
    "R-05 our lists say another community than the card": Stopped(
        "R-05",
        Hold,
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, recipients=(), communities=("empact",)),)),
        replace(HUB, memberships=(Membership(community="vgt"),)),
    ),
    "R-06 a type that the community does not exchange": Stopped(
        "R-06", Refuse, facts=demanding(types=("hosting_report",))
    ),
    "R-06 no operational action in a community that works under one": Stopped(
        "R-06",
        Hold,
        governed(operational_action_ref=None),
        replace(
            demanding("operational_action"), agreements=agreed(operational_action=None).agreements
        ),
    ),
    "R-06 no summary in English": Stopped(
        "R-06",
        Hold,
        record_of(summaries=[{"lang": "nl", "text": "Een verdachte.", "by": "person"}]),
        demanding("english_summary"),
    ),
    "R-16 disputed, and nobody knows by whom": Stopped(
        "R-16", Refuse, facts=facts(state="disputed")
    ),
    "R-20 lifts nothing of R-06": Stopped(
        "R-06", Refuse, LIFE, facts(agreements=(), approvals=(yes("R-20", ""),))
    ),
    "R-20 lifts nothing of R-11": Stopped(
        "R-11",
        Hold,
        record_of("case_financial_only", risk=LIFE.body["risk"]),
        approved("R-20", ""),
    ),
    "R-20 lifts nothing of R-16": Stopped(
        "R-16", Refuse, LIFE, facts(state="recalled", approvals=(yes("R-20", ""),))
    ),
    "R-20 lifts nothing of R-17": Stopped(
        "R-17",
        Refuse,
        record_of(risk=LIFE.body["risk"], governance__marking="restricted"),
        approved("R-20", ""),
    ),
    "R-20 lifts nothing of R-21": Stopped(
        "R-21",
        Refuse,
        record_of(risk=LIFE.body["risk"], addressees={"recipients": []}),
        approved("R-20", ""),
    ),
    "R-20 lifts nothing of R-08": Stopped(
        "R-08", Hold, LIFE, replace(approved("R-20", ""), lists=NO_LISTS), AUSTRALIA
    ),
    "R-20 lifts no refusal of R-10": Stopped(
        "R-10",
        Refuse,
        record_of(risk=LIFE.body["risk"], persons__2={"category": "informant"}),
        approved("R-20", "", by=("officer-1",)),
    ),
    "R-20 without a life at stake": Stopped("R-05", Hold, IN_WORDS, approved("R-20", "")),
    "R-20 that has ended": Stopped(
        "R-05",
        Hold,
        record_of(risk=LIFE.body["risk"], governance__handling=["H3"]),
        approved("R-20", "", until=NOW),
    ),
    "R-20 that names nothing": Stopped(
        "R-05",
        Hold,
        record_of(risk=LIFE.body["risk"], governance__handling=["H3"]),
        approved("R-20"),
    ),
    "R-20 for another recipient": Stopped(
        "R-05",
        Hold,
        record_of(risk=LIFE.body["risk"], governance__handling=["H3"]),
        facts(approvals=(replace(yes("R-20", ""), partner="vgt.example"),)),
    ),
    "R-09 an emergency that names somebody else": Stopped(
        "R-09",
        Hold,
        record_of(risk=LIFE.body["risk"], persons__1__category="unknown"),
        approved("R-20", "/persons/0"),
    ),
}

TEXTS = ("/risk/child_at_risk_now/basis", "/summaries", "/summary")
REDUCED = {
    "R-07 with leave, without saying whose": Reduced(
        "R-07",
        record_of(
            derived_from=[ROOT, OTHER_ROOT],
            grounds__2={
                "kind": "partner_report",
                "provider": "x.example",
                "roots": [{"kind": "witness", "record": ROOT, "provider": "Team X"}],
            },
        ),
        of(consents=(X_CONSENT,), grounds={ROOT: (Ground("witness"),)}),
        without=(
            "/derived_from/0",
            "/grounds/2/provider",
            "/grounds/2/roots/0/provider",
            "/grounds/2/roots/0/record",
        ),
    ),
    "R-10 a victim's names and birth": Reduced(
        "R-10", VICTIM, without=("/persons/1/dob", "/persons/1/names", *TEXTS)
    ),
    "R-10 a victim's data, approved by one": Reduced(
        "R-10",
        VICTIM,
        approved("R-10", "/persons/1", by=("officer-1",)),
        without=("/persons/1/dob", "/persons/1/names", *TEXTS),
    ),
    "R-10 a victim's handle": Reduced(
        "R-10", HANDLED, without=("/identities/1", "/persons/1/names", *TEXTS)
    ),
    "R-10 a witness": Reduced(
        "R-10",
        record_of(persons__2={"category": "witness", "names": [{"full": "Wil Getuige"}]}),
        without=("/persons/2/names", *TEXTS),
    ),
    "R-10 somebody under 18 by birth date, in whatever capacity": Reduced(
        "R-10",
        record_of(persons__0__dob="2008-03-02", persons__0__minor="no"),
        without=(
            "/grounds/0/subject_link/pointer",
            "/identities/0",
            "/persons/0/dob",
            "/persons/0/names",
            "/persons/0/nationalities",
            *TEXTS,
        ),
    ),
    "R-10 an undercover operation goes as another ground": Reduced(
        "R-10",
        UNDERCOVER,
        without=("/grounds/2/provider",),
        instead=(("/grounds/2/kind", "other_non_financial"),),
    ),
    "R-10 the reporting entity": Reduced("R-10", ENTITY, without=("/reporting_entity",)),
    "R-12 a statement that nobody evaluated": Reduced(
        "R-12",
        record_of(evaluated=False, locations=[{"country": "BE"}]),
        instead=(
            ("/locations/0/meta", {"kind": "assessment", "source_code": "X", "info_code": "4"}),
        ),
    ),
    "R-15 what the profile lists, and what is not needed": Reduced(
        "R-15", CASE, reducing(), without=("/external_refs", "/network/0/asn")
    ),
    "R-15 by the class of the recipient": Reduced(
        "R-15",
        CASE,
        reducing(partners=frozenset(), classes=frozenset({"eu_agency"}), needed=()),
        without=("/external_refs",),
    ),
    "R-15 by the community": Reduced(
        "R-15",
        CASE,
        reducing(partners=frozenset(), communities=frozenset({"empact"}), needed=()),
        without=("/external_refs",),
    ),
    "R-15 no personal data, nor the exact address": Reduced(
        "R-15",
        record_of("hosting_report", persons=[{"category": "contact"}]),
        demanding("no_personal_data", "url_to_addressee"),
        without=("/location/url", "/persons", "/risk/reason", "/summaries"),
    ),
    "R-16 a person that a notice took back": Reduced(
        "R-16",
        record_of(persons__2={"category": "contact", "names": [{"full": "Con Tact"}]}),
        facts(struck=("/persons/2",)),
        without=("/persons/2", *TEXTS),
    ),
    "R-18 a finding that is not labelled": Reduced(
        "R-18",
        record_of(
            "financial_signal",
            indicator_hits__0__meta={"kind": "assessment", "source_code": "B", "info_code": "4"},
        ),
        instead=(
            (
                "/indicator_hits/0/meta",
                {
                    "kind": "automated_hit",
                    "source_code": "B",
                    "info_code": "4",
                    "rule_ref": "small-remittances-at-night@3",
                },
            ),
        ),
    ),
    "R-20 lifts a hold for what it names, and nothing else goes": Reduced(
        "R-20",
        record_of(
            risk=LIFE.body["risk"],
            governance__handling=["H3"],
            persons__1__dob="2014",
            relations=[],
        ),
        approved("R-20", "/persons/0", "/network", "/grounds", by=("officer-1",)),
        without=(
            "/external_refs",
            "/grounds/0/subject_link/pointer",
            "/identities",
            "/jurisdictions",
            "/national_ref",
            "/opened",
            "/persons/1",
            "/persons/1/dob",
            "/relations",
            "/risk/reason",
            "/status",
            "/summaries",
            "/summary",
            "/unit",
            "/victim_count_range",
        ),
    ),
    "R-20 lifts a reduction for what it names": Reduced(
        "R-10",
        record_of(
            risk=LIFE.body["risk"],
            persons__1__names=[{"full": "Kim Kind"}],
            persons__1__dob="2014",
        ),
        approved("R-20", "/persons/1/names", by=("officer-1",)),
        without=("/persons/1/dob", "/risk/reason", "/summaries", "/summary"),
    ),
    "R-20 somebody unknown goes as a person of interest": Reduced(
        "R-09",
        record_of(risk=LIFE.body["risk"], persons__0__category="unknown"),
        approved("R-20", "/persons/0", by=("officer-1",)),
        instead=(("/persons/0/category", "person_of_interest_not_suspect"),),
    ),
}

PASSES = {
    **{f"a clean case to {name}": Passes(to=recipient) for name, recipient in RECIPIENTS.items()},
    "R-07 back to whom it came from": Passes(
        RESTING, facts(third_parties=(ThirdParty("hub.example", (ROOT,)),))
    ),
    "R-07 FIU material that may go to law enforcement": Passes(
        fiu(dissemination="law_enforcement"), to=AUSTRALIA
    ),
    "R-07 FIU material for FIUs to an FIU": Passes(
        fiu(dissemination="fiu_only"),
        to=replace(RECIPIENTS["fiu"], orgs=(), behind=()),
    ),
    "R-07 FIU material that the unit itself sends": Passes(
        record_of(
            "financial_signal",
            fiu_terms=None,
            originator={"org_id": "police.example", "country": "NL", "org_class": "fiu"},
        )
    ),
    "R-07 FIU material with the consent that it names": Passes(
        fiu(dissemination="ask", consent_id="x"),
        facts(consents=(replace(X_CONSENT, types=("financial_signal",)),)),
    ),
    "R-08 an EU agency of no country": Passes(to=replace(HUB, country="")),
    "R-08 the record names the organisation at home": Passes(
        record_of(
            addressees={"recipients": [{"partner": "hub.example", "org_id": "agency-a.example"}]}
        ),
        abroad(),
        replace(AUSTRALIA, behind=HUB.behind),
    ),
    "R-08 the agreement's group is at home": Passes(
        record_of(addressees={"recipients": [{"partner": "hub.example"}]}),
        replace(agreed(members=("agency-a.example",)), lists=NO_LISTS),
        replace(AUSTRALIA, behind=HUB.behind),
    ),
    "R-08 the last millisecond of an adequacy decision": Passes(
        facts=abroad(listed(adequacy=(GBP,), transfers=(TRANSFER,))), to=AUSTRALIA
    ),
    "R-08 an instrument for the country": Passes(
        facts=abroad(
            listed(
                instruments=(
                    replace(INSTRUMENT, recipients=frozenset(), countries=frozenset({"AU", "BE"})),
                ),
                transfers=(TRANSFER,),
            )
        ),
        to=AUSTRALIA,
    ),
    "R-08 a derogation of two people": Passes(facts=abroad(approvals=(DEROGATION,)), to=AUSTRALIA),
    "R-08 the assurance was given": Passes(
        governed(restrictions=[{"kind": "no_death_penalty"}]),
        abroad(
            listed(
                instruments=(replace(INSTRUMENT, assurances=frozenset({"no_death_penalty"})),),
                transfers=(TRANSFER,),
            )
        ),
        AUSTRALIA,
    ),
    "R-08 no assurance is needed at home": Passes(
        governed(restrictions=[{"kind": "no_death_penalty"}])
    ),
    "R-10 a victim in the reduced form": Passes(),
    "R-10 a victim's data, approved by two": Passes(VICTIM, approved("R-10", "/persons/1")),
    "R-10 an informant, approved by two": Passes(INFORMANT, approved("R-10", "/persons/2")),
    "R-10 somebody who is 18 today": Passes(record_of(persons__0__dob="2008-03-01")),
    "R-10 the reporting entity to an FIU": Passes(
        ENTITY, to=replace(RECIPIENTS["fiu"], orgs=(), behind=())
    ),
    "R-10 the reporting entity, named for it": Passes(
        ENTITY, approved("R-10", "/reporting_entity")
    ),
    "R-13 a fact of long ago": Passes(
        record_of(
            persons__1__meta={
                "kind": "fact",
                "source_code": "A",
                "info_code": "1",
                "as_of": "2001-01-01T00:00:00Z",
            }
        )
    ),
    "R-13 the last day of an assessment": Passes(
        record_of(
            persons__0__meta={
                "kind": "assessment",
                "source_code": "B",
                "info_code": "2",
                "as_of": "2023-03-02T00:00:01Z",
            }
        )
    ),
    "R-15 a profile for another type": Passes(CASE, reducing(types=frozenset({"outcome"}))),
    "R-15 a profile for another partner": Passes(CASE, reducing(partners=frozenset({"b.example"}))),
    "R-15 a profile that has ended": Passes(CASE, reducing(valid_until=NOW)),
    "R-15 what the necessity lets go": Passes(
        governed(necessity={"code": "victim_identification"}), reducing(withhold=())
    ),
    "R-15 the exact address to the addressee of a notice": Passes(
        record_of(
            "hosting_report",
            notices__0__target="hub.example",
            summaries=None,
            risk={"urgency": "routine"},
        ),
        demanding("no_personal_data", "url_to_addressee"),
    ),
    "R-18 somebody of interest by a machine": Passes(
        record_of(
            "financial_signal",
            persons__0__meta={
                "kind": "automated_hit",
                "source_code": "B",
                "info_code": "3",
                "rule_ref": "r@1",
            },
        )
    ),
    "R-19 two people, one after the other": Passes(
        IN_WORDS,
        facts(approvals=(yes("R-05", by=("officer-1",)), yes("R-05", by=("officer-2",)))),
    ),
    "R-19 codes made of the words by two": Passes(IN_WORDS, conditioned()),
    "R-19 the last of the bulk": Passes(facts=facts(left=LEFT, bulk_limit=11)),
    "R-19 more for another purpose": Passes(facts=facts(left={"research": 99}, bulk_limit=10)),
    "R-19 the bulk, approved by two": Passes(
        facts=facts(left=LEFT, bulk_limit=10, approvals=(yes("R-19"),))
    ),
    "R-05 H2 with a consent for the community": Passes(
        governed(handling=["H2"]),
        facts(consents=(replace(CONSENT, recipients=(), communities=("empact",)),)),
        replace(HUB, memberships=(Membership(community="empact", until=NOW + 1),)),
    ),
    "R-06 all that the community works with": Passes(
        facts=demanding("english_summary", "operational_action", "handling_codes")
    ),
    "R-16 disputed by the data subject": Passes(
        facts=facts(state="disputed", disputed_by="data_subject")
    ),
}


@pytest.mark.parametrize("case", STOPPED.values(), ids=STOPPED.keys())
def test_one_defect_is_stopped_by_its_rule(case):
    decision = decide(case.record, case.to, case.facts, NOW)

    assert (decision.rule, type(decision.verdict)) == (case.rule, case.verdict), decision.reason
    assert decision.reason
    assert decision.remedy.endswith(".")
    assert (decision.ground, decision.withheld, decision.rendered) == (None, (), ())


@pytest.mark.parametrize("case", REDUCED.values(), ids=REDUCED.keys())
def test_what_is_too_much_is_left_out_by_its_rule(case):
    decision = decide(case.record, case.to, case.facts, NOW)

    assert isinstance(decision.verdict, Reduce), (decision.rule, decision.reason)
    assert case.rule in {one.rule for one in decision.trace if one.outcome == "reduce"}
    assert decision.withheld == tuple(sorted(case.without))
    assert [(one.pointer, one.value) for one in decision.rendered] == list(case.instead)


@pytest.mark.parametrize("case", PASSES.values(), ids=PASSES.keys())
def test_a_near_miss_passes_every_rule(case):
    decision = decide(case.record, case.to, case.facts, NOW)

    assert isinstance(decision.verdict, Release), (decision.rule, decision.reason)
    assert {result.outcome for result in decision.trace} == {"pass"}


# Where the class of the recipient is itself the matter, or decides what the rule asks.
OF_A_CLASS = ("R-07 FIU material", "R-08", "R-05 the words mean", "R-20 lifts nothing of R-08")
EVERY_CLASS = {
    name: case
    for name, case in {**FIRST_STOPPED, **STOPPED}.items()
    if not name.startswith(OF_A_CLASS) and case.to is HUB and "derogation" not in name
}


@pytest.mark.parametrize("to", RECIPIENTS.values(), ids=RECIPIENTS.keys())
@pytest.mark.parametrize("case", EVERY_CLASS.values(), ids=EVERY_CLASS.keys())
def test_a_defect_is_stopped_to_every_class_of_recipient(case, to):
    decision = decide(case.record, to, case.facts, NOW)

    found = {one.rule: one.outcome for one in decision.trace}
    assert found[case.rule] == {Hold: "hold", Refuse: "refuse"}[case.verdict]
    assert decision.state != "due"


@pytest.mark.parametrize("to", RECIPIENTS.values(), ids=RECIPIENTS.keys())
@pytest.mark.parametrize("record", [CASE, REPORT], ids=["case", "hosting report"])
def test_a_clean_record_goes_to_every_class_of_recipient(record, to):
    assert isinstance(decide(record, to, facts(), NOW).verdict, Release)


GROUNDS = {
    "under Union law": (HUB, facts(), None),
    "an instrument": (AUSTRALIA, facts(), "instrument:treaty@2"),
    "adequacy comes first": (
        AUSTRALIA,
        abroad(listed(adequacy=(GBP,), instruments=(INSTRUMENT,), transfers=(TRANSFER,))),
        "adequacy:gb@4",
    ),
    "a derogation comes last": (
        AUSTRALIA,
        abroad(approvals=(DEROGATION,)),
        "derogation:vital_interest",
    ),
}


@pytest.mark.parametrize(("to", "known", "ground"), GROUNDS.values(), ids=GROUNDS.keys())
def test_a_decision_says_on_what_it_goes_abroad(to, known, ground):
    assert decide(CASE, to, known, NOW).ground == ground


def test_a_condition_that_is_withheld_still_binds():
    record = record_of(
        governance__handling_text="Only on paper.",
        persons__2={"category": "contact", "names": [{"full": "Con Tact"}]},
    )
    decision = decide(record, HUB, facts(struck=("/persons/2",)), NOW)
    assert (decision.state, decision.rule) == ("held", "R-05")


def test_a_decision_says_who_approved():
    assert decide(VICTIM, HUB, approved("R-10", "/persons/1"), NOW).approvers == (
        "officer-1",
        "officer-2",
    )
    assert decide(CASE, HUB, facts(), NOW).approvers == ()


def test_an_assurance_that_is_needed_stands_in_the_terms():
    known = abroad(
        listed(
            instruments=(replace(INSTRUMENT, assurances=frozenset({"no_death_penalty"})),),
            transfers=(TRANSFER,),
        )
    )
    to = replace(AUSTRALIA, assurances_needed=("no_death_penalty",))
    assert decide(CASE, to, known, NOW).terms.assurances == ("no_death_penalty",)


def test_codes_made_of_words_stand_in_the_terms():
    assert decide(IN_WORDS, HUB, conditioned(), NOW).terms.evidence == "no"


def test_whom_a_purpose_was_not_allowed_by_does_not_get_it():
    record = record_of(
        derived_from=[ROOT], governance__purposes=["research", "operational_analysis"]
    )
    known = replace(
        of(consents=(X_CONSENT,)),
        agreements=agreed(purposes=("research", "operational_analysis")).agreements,
    )
    assert decide(record, HUB, known, NOW).purpose == "operational_analysis"


def test_a_root_that_is_withheld_still_counts_as_what_it_is():
    link = {"by": "shared_identifier", "pointer": "/persons/0"}
    record = record_of(
        grounds=[
            {
                "kind": "partner_report",
                "subject_link": link,
                "roots": [{"kind": "witness", "record": ROOT}],
            }
        ]
    )
    for truth, state in (("witness", "due"), ("financial", "held")):
        known = of(
            consents=(X_CONSENT,), grounds={ROOT: (Ground(truth),)}, shared=frozenset({ROOT})
        )
        assert decide(record, HUB, known, NOW).state == state


def test_a_form_never_says_that_a_ground_was_rendered():
    decision = decide(UNDERCOVER, HUB, facts(), NOW)
    left = rendered(UNDERCOVER, decision.rendered).without(decision.withheld)

    assert "/grounds/2/kind" not in decision.withheld
    assert left.body["grounds"][2]["kind"] == "other_non_financial"
    assert "undercover" not in left.text().decode()
    assert look(left).undercover == ()


def test_the_third_parties_of_a_record_are_found_however_far_back():
    mine, theirs, deep, lost = (f"urn:uuid:0198c0de-0000-7000-8000-00000000001{n}" for n in "1234")
    sources = {
        mine: Source("police.example", rests_on=(theirs, deep)),
        theirs: Source("x.example", "x.example", rests_on=(lost,)),
        deep: Source("fiu.example", rests_on=(mine,)),
    }
    record = record_of(derived_from=[mine])
    assert third_parties(record, sources) == (
        ThirdParty("fiu.example", (deep,)),
        ThirdParty("x.example", (theirs, lost)),  # what a partner's record rests on is theirs here
    )
    resting = record_of(derived_from=[lost])
    assert third_parties(resting, sources) == (ThirdParty("", (lost,)),)
    assert third_parties(resting, sources, is_a_partners=True) == ()
    assert third_parties(record_of(derived_from=[ID]), sources) == ()


MOMENTS = {
    "adequacy ends": abroad(
        listed(adequacy=(replace(GBP, valid_until=NOW + HOUR),), transfers=(TRANSFER,))
    ),
    "an instrument ends": abroad(
        listed(instruments=(replace(INSTRUMENT, valid_until=NOW + HOUR),), transfers=(TRANSFER,))
    ),
    "a clearance ends": abroad(
        listed(instruments=(INSTRUMENT,), transfers=(replace(TRANSFER, valid_until=NOW + HOUR),))
    ),
    "a bulk is a day old": facts(left=LEFT, bulk_limit=10, left_until=NOW + HOUR),
}


@pytest.mark.parametrize("known", MOMENTS.values(), ids=MOMENTS.keys())
def test_a_decision_ends_when_what_it_rests_on_ends(known):
    assert decide(CASE, AUSTRALIA, known, NOW).until == NOW + HOUR


def test_a_decision_ends_when_somebody_comes_of_age_an_assessment_is_old_or_a_membership_ends():
    plain = replace(agreed(valid_from=None, valid_until=None), lists=NO_LISTS)
    young = record_of(persons__0__dob="2008-03-02")
    assert decide(young, HUB, plain, NOW).until == ms("2026-03-02")
    old = record_of(as_of="2023-03-03T00:00:00Z")
    assert decide(old, HUB, plain, NOW).until == ms("2026-03-02")
    member = replace(HUB, memberships=(Membership(community="empact", until=NOW + 5),))
    assert decide(CASE, member, plain, NOW).until == NOW + 5


def test_every_rule_has_a_defect_a_reduction_and_a_near_miss_in_the_tables():
    told = {case.rule for case in (*FIRST_STOPPED.values(), *STOPPED.values())}
    told |= {case.rule for case in REDUCED.values()}
    assert {rule.id for rule in RULES} == told == {f"R-{n:02}" for n in range(1, 22)}
    near = {name[:4] for name in (*FIRST_PASSES, *PASSES)} | {"R-01", "R-02", "R-03"}
    assert told - near == {"R-09", "R-12", "R-20"}  # clean records; the others have no near miss
