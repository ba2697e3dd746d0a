"""The release rules as one table: one defect per row, to each class of recipient.

The record, the facts and the recipient are clean but for that defect, so exactly one rule may say
anything but pass, and it must say what the table says. To the classes that a row does not concern
the same record goes, and the near miss beside it goes to everybody.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from policy_cases import CONSENT, NOW, RECIPIENTS, ROOT, ROUTE, TRANSFER, agreed, facts, record_of
from test_rules_of_exchange import (
    DEROGATION,
    IN_WORDS,
    INFORMANT,
    LEFT,
    LIFE,
    RESTING,
    UNDERCOVER,
    VICTIM,
    X_CONSENT,
    conditioned,
    demanding,
    fiu,
    governed,
    of,
    reducing,
    yes,
)

from gateway.core.facts import Facts, Ground, Recipient, Restriction
from gateway.core.lists import NO_LISTS, Adequacy, listed
from gateway.core.policy import decide
from gateway.core.record import Record
from gateway.core.rules import RULES

REFUSE, HOLD, REDUCE = "refuse", "hold", "reduce"
ABROAD = frozenset({"third_country", "international_organisation"})
AT_HOME = frozenset(RECIPIENTS) - ABROAD
EVERYBODY = frozenset(RECIPIENTS)
NO_POLICE = frozenset({"hotline", "regulator", "private"})
# Each class by itself: nobody behind it of another class.
CLASSES = {name: replace(one, orgs=(), behind=()) for name, one in RECIPIENTS.items()}
CASE = record_of("case")
LINK = {"by": "shared_identifier", "pointer": "/persons/0"}
EVALUATED = {"source_code": "B", "info_code": "3"}
MACHINE = {"kind": "automated_hit", **EVALUATED}
LEANING = ({"kind": "financial", "subject_link": LINK},)
ADEQUATE = Adequacy(name="x", version=1, countries=frozenset({"AU"}), valid_until=NOW + 1)
ONE_FIELD = yes("R-20", "/persons", "/relations", "/identities", "/grounds", by=("officer-1",))
URGENT = record_of(risk=LIFE.body["risk"], governance__handling=["H3"])


def signal(**changes: object) -> Record:
    """A signal of a bank: no FIU has a word in where it goes."""
    return record_of("financial_signal", source_kind="bank_team", fiu_terms=None, **changes)


OF_A_BANK = signal(reporting_entity="Voorbeeldbank NV")


def as_it_is(to: Recipient) -> Recipient:
    return to


def with_(**changes: object) -> Callable[[Recipient], Recipient]:
    return lambda to: replace(to, **changes)


@dataclass(frozen=True)
class Near:
    """What is nearly the defect, and passes."""

    record: Record = CASE
    facts: Facts = field(default_factory=facts)
    to: Callable[[Recipient], Recipient] = as_it_is


@dataclass(frozen=True)
class Row:
    """One defect: what is said of it, to whom it matters, and what only looks like it."""

    outcome: str
    record: Record = CASE
    facts: Facts = field(default_factory=facts)
    to: Callable[[Recipient], Recipient] = as_it_is
    concerns: frozenset[str] = EVERYBODY
    near: Near = field(default_factory=Near)


def approved(rule: str, *fields: str, **members: object) -> Facts:
    return facts(approvals=(yes(rule, *fields, **members),))


def on(lists: object, **members: object) -> Facts:
    return facts(lists=lists, **members)


TABLE = {
    "R-01 a member does not fit the schema": Row(REFUSE, facts=facts(schema_faults=("/x",))),
    "R-02 imagery": Row(REFUSE, facts=facts(imagery=("/summary",))),
    "R-03 nobody knows who provided it": Row(REFUSE, facts=facts(provider_known=False)),
    "R-21 the submitter named others": Row(
        REFUSE,
        record_of(addressees={"recipients": [{"partner": "other.example"}]}),
        near=Near(
            record_of(
                addressees={
                    "recipients": [{"partner": "other.example"}, {"partner": "hub.example"}]
                }
            )
        ),
    ),
    "R-21 nobody is named and no route selects it": Row(
        REFUSE,
        record_of(addressees={"recipients": []}),
        near=Near(record_of(addressees={"recipients": []}), facts(routes=(ROUTE,))),
    ),
    "R-06 the agreement has ended": Row(
        REFUSE, facts=agreed(valid_until=NOW), near=Near(facts=agreed(valid_until=NOW + 1))
    ),
    "R-06 an empty group means nobody": Row(
        REFUSE, facts=agreed(members=()), near=Near(facts=agreed(members=("hub.example",)))
    ),
    "R-06 no crime area": Row(
        HOLD,
        governed(crime_area=None),
        near=Near(governed(crime_area="sexual_abuse_and_exploitation")),
    ),
    "R-06 not what the community works with": Row(
        HOLD,
        governed(operational_action_ref=None),
        replace(
            demanding("operational_action"), agreements=agreed(operational_action=None).agreements
        ),
        near=Near(facts=demanding("operational_action")),
    ),
    "R-04 no legal basis": Row(
        HOLD, governed(legal_basis=None), near=Near(governed(legal_basis={"instrument": "act"}))
    ),
    "R-04 no purpose": Row(
        HOLD,
        governed(purposes=None),
        near=Near(governed(purposes=["research", "operational_analysis"])),
    ),
    "R-05 no handling code": Row(
        HOLD, governed(handling=None), near=Near(governed(handling=["H0"]))
    ),
    "R-05 H2 without a consent": Row(
        HOLD,
        governed(handling=["H2"]),
        near=Near(governed(handling=["H2"]), facts(consents=(CONSENT,))),
    ),
    "R-05 H2 added later": Row(
        HOLD,
        facts=facts(added_handling=frozenset({"H2"})),
        near=Near(facts=facts(added_handling=frozenset({"H1"}))),
    ),
    "R-05 the words mean another class": Row(
        HOLD,
        IN_WORDS,
        conditioned(classes=frozenset({"eu_authority"})),
        concerns=EVERYBODY - {"eu_authority"},
        near=Near(IN_WORDS, conditioned()),
    ),
    "R-07 it rests on a third party's record": Row(
        HOLD,
        RESTING,
        of(),
        near=Near(RESTING, facts()),  # on one of our own
    ),
    "R-07 with leave, not whose": Row(
        REDUCE, RESTING, of(consents=(X_CONSENT,)), near=Near(RESTING, facts())
    ),
    "R-07 material of an FIU for FIUs": Row(
        HOLD,
        fiu(dissemination="fiu_only"),
        concerns=EVERYBODY - {"fiu"},
        near=Near(
            fiu(dissemination="ask", consent_id="x"),
            facts(consents=(replace(X_CONSENT, types=("financial_signal",)),)),
        ),
    ),
    "R-07 material of an FIU for those who enforce the law": Row(
        HOLD,
        fiu(dissemination="law_enforcement"),
        concerns=NO_POLICE,
        near=Near(
            fiu(dissemination="ask", consent_id="x"),
            facts(consents=(replace(X_CONSENT, types=("financial_signal",)),)),
        ),
    ),
    "R-08 no class": Row(HOLD, to=with_(org_class="")),
    "R-08 no country": Row(
        HOLD,
        to=with_(country=""),
        concerns=EVERYBODY - {"eu_agency", "international_organisation"},
    ),
    "R-08 nothing covers it abroad": Row(
        HOLD,
        facts=on(NO_LISTS),
        concerns=ABROAD,
        near=Near(facts=facts(lists=NO_LISTS, approvals=(DEROGATION,))),
    ),
    "R-08 an adequacy decision that has ended": Row(
        HOLD,
        facts=on(listed(adequacy=(replace(ADEQUATE, valid_until=NOW),), transfers=(TRANSFER,))),
        to=with_(country="AU"),
        concerns=EVERYBODY,
        near=Near(
            facts=on(listed(adequacy=(ADEQUATE,), transfers=(TRANSFER,))),
            to=with_(country="AU", org_class="third_country"),
        ),
    ),
    "R-08 no assurance against the death penalty": Row(
        HOLD,
        to=with_(assurances_needed=("no_death_penalty",)),
        concerns=ABROAD,
        near=Near(facts=facts(restrictions=(Restriction(kind="evidential"),))),
    ),
    "R-09 a person of unknown category": Row(
        HOLD, record_of(persons__0__category="unknown"), near=Near(record_of())
    ),
    "R-09 an unknown person to whom nothing refers": Row(
        REDUCE,
        record_of(persons__2={"category": "unknown"}),
        near=Near(record_of(persons__2={"category": "contact"})),
    ),
    "R-10 an informant": Row(
        REFUSE, INFORMANT, near=Near(INFORMANT, approved("R-10", "/persons/2"))
    ),
    "R-10 a victim's name": Row(REDUCE, VICTIM, near=Near(VICTIM, approved("R-10", "/persons/1"))),
    "R-10 an undercover operation": Row(
        REDUCE, UNDERCOVER, near=Near(UNDERCOVER, approved("R-10", "/grounds/2"))
    ),
    "R-10 the reporting entity": Row(
        REDUCE,
        OF_A_BANK,
        concerns=EVERYBODY - {"fiu"},
        near=Near(OF_A_BANK, approved("R-10", "/reporting_entity")),
    ),
    "R-11 a case on financial grounds alone": Row(
        HOLD,
        record_of(grounds=list(LEANING)),
        near=Near(record_of(grounds=[*LEANING, {"kind": "witness", "subject_link": LINK}])),
    ),
    "R-11 a partner's report that is financial at its root": Row(
        HOLD,
        record_of(
            grounds=[
                {
                    "kind": "partner_report",
                    "subject_link": LINK,
                    "roots": [{"kind": "witness", "record": ROOT}],
                }
            ]
        ),
        facts(grounds={ROOT: (Ground("financial"),)}, shared=frozenset({ROOT})),
        near=Near(
            record_of(
                grounds=[
                    {
                        "kind": "partner_report",
                        "subject_link": LINK,
                        "roots": [{"kind": "financial", "record": ROOT}],
                    }
                ]
            ),
            facts(grounds={ROOT: (Ground("witness"),)}, shared=frozenset({ROOT})),
        ),
    ),
    "R-11 a signal that calls somebody a suspect": Row(
        HOLD,
        signal(persons__0__category="suspect"),
        near=Near(signal(persons__0__category="contact")),
    ),
    "R-12 a statement that nobody evaluated": Row(
        REDUCE,
        record_of(evaluated=False, locations=[{"country": "BE"}]),
        near=Near(record_of(locations=[{"country": "BE"}])),
    ),
    "R-13 an assessment out of date": Row(
        HOLD,
        record_of(as_of="2021-01-01T00:00:00Z"),
        near=Near(record_of(as_of="2023-03-03T00:00:00Z")),
    ),
    "R-14 the review date has passed": Row(
        HOLD, governed(review_by="2026-03-01"), near=Near(governed(review_by="2026-03-02"))
    ),
    "R-14 the erase date has passed": Row(
        HOLD, governed(erase_by="2026-03-01"), near=Near(governed(erase_by="2026-03-02"))
    ),
    "R-15 a note for own use": Row(
        REDUCE,
        governed(necessity={"code": "payer_identification", "text": "To find out."}),
        near=Near(governed(necessity={"code": "payer_identification"})),
    ),
    "R-15 what this recipient does not need": Row(
        REDUCE,
        facts=reducing(),
        near=Near(facts=reducing(partners=frozenset({"other.example"}))),
    ),
    "R-16 recalled": Row(
        REFUSE,
        facts=facts(state="recalled"),
        near=Near(facts=facts(state="disputed", disputed_by="data_subject")),
    ),
    "R-16 restricted": Row(
        REFUSE,
        facts=facts(restrictions=(Restriction(kind="access", until=NOW + 1),)),
        near=Near(facts=facts(restrictions=(Restriction(kind="access", until=NOW),))),
    ),
    "R-16 a person was taken back": Row(
        REDUCE,
        record_of(persons__2={"category": "contact"}),
        facts(struck=("/persons/2",)),
        near=Near(record_of(persons__2={"category": "contact"})),
    ),
    "R-17 marked above clearance": Row(
        REFUSE,
        governed(marking="eu_restricted"),
        near=Near(
            governed(marking="eu_restricted"), to=with_(clearance=frozenset({"eu_restricted"}))
        ),
    ),
    "R-18 a suspect by a machine alone": Row(
        HOLD,
        record_of(persons__0__meta={**MACHINE, "rule_ref": "r@1"}),
        near=Near(record_of(persons__0__meta={"kind": "assessment", **EVALUATED})),
    ),
    "R-18 a finding of a machine without its label": Row(
        REDUCE,
        signal(indicator_hits__0__meta={"kind": "fact", **EVALUATED}),
        near=Near(signal()),
    ),
    "R-19 words that one person approved": Row(
        HOLD,
        IN_WORDS,
        approved("R-05", by=("officer-1",)),
        near=Near(IN_WORDS, approved("R-05")),
    ),
    "R-19 one more than the bulk": Row(
        HOLD,
        facts=facts(left=LEFT, bulk_limit=10),
        near=Near(facts=facts(left=LEFT, bulk_limit=11)),
    ),
    "R-19 a transfer that nobody allowed for this year": Row(
        HOLD,
        facts=facts(lists=replace(facts().lists, transfers=())),
        concerns=ABROAD,
        near=Near(facts=facts()),
    ),
    "R-19 a derogation of one person": Row(
        HOLD,
        facts=facts(lists=NO_LISTS, approvals=(replace(DEROGATION, by=("officer-1",)),)),
        concerns=ABROAD,
        near=Near(facts=facts(lists=NO_LISTS, approvals=(DEROGATION,))),
    ),
    "R-20 only what the officer named goes": Row(
        REDUCE,
        URGENT,
        facts(approvals=(ONE_FIELD,)),
        near=Near(record_of(risk=LIFE.body["risk"]), facts(approvals=(ONE_FIELD,))),
    ),
}
PAIRS = [(row, to) for row in TABLE for to in CLASSES]


def told(record: Record, to: Recipient, known: Facts) -> dict[str, str]:
    """What the rules say that do not pass, an override's lifting apart."""
    decision = decide(record, to, known, NOW)
    said = {one.rule: one.outcome for one in decision.trace}
    return {rule: outcome for rule, outcome in said.items() if outcome not in ("pass", "lifted")}


@pytest.mark.parametrize(("name", "to"), PAIRS)
def test_a_defect_is_stopped_by_its_rule_alone(name: str, to: str) -> None:
    row = TABLE[name]
    recipient = row.to(CLASSES[to])
    expected = {name[:4]: row.outcome} if to in row.concerns else {}

    assert told(row.record, recipient, row.facts) == expected
    decision = decide(row.record, recipient, row.facts, NOW)
    states = {"refuse": "refused", "hold": "held", "reduce": "due"}
    assert decision.state == (states[row.outcome] if expected else "due")
    assert decision.rule == next(iter(expected), "")
    assert not expected or decision.reason


@pytest.mark.parametrize(("name", "to"), PAIRS)
def test_a_near_miss_goes_whole(name: str, to: str) -> None:
    near = TABLE[name].near

    assert told(near.record, near.to(CLASSES[to]), near.facts) == {}


def test_every_rule_has_a_row() -> None:
    assert {name[:4] for name, row in TABLE.items() if row.concerns} == {r.id for r in RULES}
