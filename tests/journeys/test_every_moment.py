"""One defect of each rule, to each class of recipient, at each moment: as release-rules.md says.

A defect that can come later does come later, by a change of items, an approval that ends, a notice
or time. What can only be in the record itself, or in the gateway, is shown by a gateway that did
not know the rule until then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.core.limits import Limits
from gateway.core.rules import RULES
from gateway.flow.again import decide_again
from gateway.flow.outcome import Outcome
from gateway.flow.reconsider import reconsider
from gateway.flow.relay import relay
from gateway.flow.rows import Sealed
from gateway.flow.rows_after import NoticeRow
from gateway.flow.seal import seal
from tests.journeys.moments import ABROAD, COUNTRIES, PARTNERS, Given, Stage, case, staged
from tests.journeys.scenes import NL

Moment = str
Appears = Callable[[Stage, list[Outcome]], None]
SUBMIT, SEALING, CHANGE, AGAIN, PULL = (
    "at submit",
    "at sealing",
    "on change",
    "before re-delivery",
    "at pull",
)
MOMENTS = (SUBMIT, SEALING, CHANGE, AGAIN, PULL)


@dataclass(frozen=True)
class Late:
    """A defect that comes when a record is on its way: of which rule, and what comes of it."""

    state: str  # held | refused | reduced
    appears: Appears
    body: Callable[[Stage], dict[str, Any]] = lambda _: case()
    given: tuple[Given, ...] = ()
    items: Callable[[str], str] = lambda text: text  # what is configured before
    unknown: bool = False  # the gateway does not know the rule before
    says: str = ""  # the rule that stops it, where it is another
    not_at: tuple[Moment, ...] = ()


def learned(*bare: str, **seen: Any) -> Appears:
    """The gateway knows the rule from now on, or finds what it is about, or finds it missing."""

    def appear(stage: Stage, _: list[Outcome]) -> None:
        stage.unknown, stage.seen, stage.bare = "", seen, bare
        stage.configure(stage.items().replace('title = "police.nl"', 'title = "Politie"'))

    return appear


def changed(*pairs: tuple[str, str], more: str = "") -> Appears:
    """The items are others from now on."""

    def appear(stage: Stage, _: list[Outcome]) -> None:
        text = stage.items()
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        stage.configure(text + more)

    return appear


def in_days(days: int) -> Appears:
    """Nothing happens, but time goes by."""

    def appear(stage: Stage, _: list[Outcome]) -> None:
        stage.world.clock.forward(days=days)

    return appear


def noticed(kind: str, code: str) -> Appears:
    """A notice about each of these records is applied here."""

    def appear(stage: Stage, records: list[Outcome]) -> None:
        for one in records:
            row = NoticeRow(
                id=stage.nl.new_id(),
                record=str(one.record),
                version=1,
                kind=kind,
                person=None,
                code=code,
                from_partner=None,
                until=None,
                at=stage.nl.now_ms(),
                state="applied",
                text=Sealed(b"notice"),
            )
            with stage.nl.store.writing() as work:
                work.notices.add([row])
                decide_again(row.record, row.version, work)
                work.commit()

    return appear


def day(stage: Stage, days: int) -> str:
    """Return a date so many days from now."""

    return (
        datetime.fromtimestamp(stage.world.clock.ms / 1000 + days * 86_400, UTC).date().isoformat()
    )


def with_person(number: int, **members: Any) -> Callable[[Stage], dict[str, Any]]:
    def body(_: Stage) -> dict[str, Any]:
        made = case()
        persons = [*made["persons"]]
        known = persons[number] if number < len(persons) else {}
        meta = {"kind": "fact", "source_code": "A", "info_code": "1"}
        persons[number : number + 1] = [{"meta": meta, **known, **members}]
        return {**made, "persons": persons}

    return body


def governed(**members: Any) -> Callable[[Stage], dict[str, Any]]:
    return lambda _: case(**members)


def without(name: str) -> Callable[[Stage], dict[str, Any]]:
    def body(_: Stage) -> dict[str, Any]:
        made = case()
        return {**made, "governance": {k: v for k, v in made["governance"].items() if k != name}}

    return body


CONSENTS = """
[consent.{name}]
originator = "{org}"
recipients = [{partners}]
types = ["case"]
purposes = ["operational_analysis"]
valid_until = 1798761600000
"""
EVERY_PARTNER = ", ".join(f'"{one}"' for one in PARTNERS.values())
OF_X = CONSENTS.format(name="of-x", org="x.example", partners=EVERY_PARTNER)
OWN = CONSENTS.format(name="own", org="police.nl", partners=EVERY_PARTNER)
ROUTE = f"""
[route.belgium]
partners = [{EVERY_PARTNER}]
[route.belgium.when]
jurisdictions = ["BE"]
"""
PROFILE = f"""
[reduction.all]
types = ["case"]
partners = [{EVERY_PARTNER}]
withhold = ["/external_refs"]
"""
ELSEWHERE = (
    *((f'country = "{one}"\n', 'country = "BR"\n') for one in COUNTRIES.values() if one),
    *((f'recipients = ["{PARTNERS[one]}"]', "recipients = []") for one in ABROAD),
)
LIFE = {"urgency": "threat_to_life", "reason": "A child is in danger now."}
LINK = {"by": "shared_identifier", "pointer": "/persons/0"}
FINDING = {"kind": "automated_hit", "source_code": "B", "info_code": "3", "rule_ref": "r@1"}

TABLE = {
    "R-01 a schema that it does not fit any more": Late("refused", learned(schema_faults=("/x",))),
    "R-02 imagery that is found later": Late("refused", learned(imagery=("/summary",))),
    "R-03 a provider that cannot be shown any more": Late("refused", learned(provider_known=False)),
    "R-04 no legal basis": Late("held", learned(), without("legal_basis"), unknown=True),
    "R-05 H2 is laid on it": Late("held", noticed("change_restrictions", "H2"), not_at=(SUBMIT,)),
    "R-05 H2, and the consent ends": Late(
        "held", changed(), governed(handling=["H2"]), items=lambda text: text + OWN
    ),
    "R-06 the agreements end": Late(
        "refused", changed(('crime_areas = ["sexual_abuse_and_exploitation"]', "crime_areas = []"))
    ),
    "R-07 the third party's consent ends": Late(
        "held",
        changed(),
        governed(originator_chain=[{"org_id": "x.example"}]),
        items=lambda text: text + OF_X,
    ),
    "R-08 elsewhere, and nothing covers it there": Late("held", changed(*ELSEWHERE)),
    "R-09 a person of unknown category": Late(
        "held", learned(), with_person(0, category="unknown"), unknown=True
    ),
    "R-10 a victim's name, and the approval ends": Late(
        "reduced",
        in_days(2),
        with_person(1, names=[{"full": "Kim Kind"}]),
        (Given("R-10", ("/persons/1",), days=1),),
    ),
    "R-11 financial grounds alone": Late(
        "held",
        learned(),
        lambda _: {**case(), "grounds": [{"kind": "financial", "subject_link": LINK}]},
        unknown=True,
    ),
    "R-12 a statement from long ago that nobody evaluated": Late(
        "reduced", learned("/identities/0/meta")
    ),
    "R-13 an assessment grows too old": Late(
        "held", in_days(2), lambda stage: {**case(), "as_of": day(stage, -1_094) + "T00:00:00Z"}
    ),
    "R-14 the review date passes": Late(
        "held", in_days(2), lambda stage: case(review_by=day(stage, 1))
    ),
    "R-15 a profile takes something out": Late("reduced", changed(more=PROFILE)),
    "R-16 use is restricted": Late(
        "refused", noticed("change_restrictions", "use"), not_at=(SUBMIT,)
    ),
    "R-17 the clearance is taken back": Late(
        "refused",
        changed(('clearance = ["restricted"]', "clearance = []")),
        governed(marking="restricted"),
    ),
    "R-18 a suspect by a machine alone": Late(
        "held", learned(), with_person(0, meta=FINDING), unknown=True
    ),
    "R-19 the second approval ends": Late(
        "held",
        in_days(2),
        governed(handling=["H3"]),
        (Given("R-05", by=("officer-1",)), Given("R-05", by=("officer-2",), days=1)),
        not_at=(SUBMIT,),
    ),
    "R-20 the override ends": Late(
        "held",
        in_days(2),
        lambda _: {**case(handling=["H3"]), "risk": LIFE},
        (Given("R-20", ("",), by=("officer-1",), days=1),),
        says="R-05",
    ),
    "R-21 the route ends": Late(
        "refused",
        changed(),
        lambda _: {**case(), "addressees": {"recipients": []}},
        items=lambda text: text + ROUTE,
    ),
}


CLEAN = Late("", learned())
TERMS = {
    "H1 is laid on it": (noticed("change_restrictions", "H1"), "evidence", "no"),
    "evidence is excluded": (noticed("change_restrictions", "evidential"), "evidence", "no"),
    "an assurance is asked for": (
        noticed("change_restrictions", "no_death_penalty"),
        "assurances",
        ["no_death_penalty"],
    ),
}


@pytest.fixture(scope="module")
def made() -> Stage:
    return staged()


@pytest.fixture
def stage(made: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    copy = made.copy()
    monkeypatch.setattr("gateway.core.policy.decide", copy.decide)
    return copy


def on_the_way(stage: Stage, body: dict[str, Any], late: Late) -> tuple[Outcome, Outcome, Outcome]:
    """Push three records: one was tried and is not receipted, one is sealed, one is due."""
    stage.world.network.down.update(PARTNERS.values())
    tried = stage.push(body, *late.given)
    stage.everybody(seal)
    stage.once(relay)
    waiting = stage.push(body, *late.given)
    stage.everybody(seal)
    due = stage.push(body, *late.given)
    stage.world.network.down.clear()
    for outcome, state in ((tried, "sealed"), (waiting, "sealed"), (due, "due")):
        assert {said[0] for said in stage.states(outcome).values()} == {state}, stage.states(
            outcome
        )
    return tried, waiting, due


def at_each_moment(stage: Stage, name: str, late: Late) -> dict[Moment, object]:
    """Let the defect appear while records are on their way; return what each moment made of it."""
    stage.unknown = name[:4] if late.unknown else ""
    stage.configure(late.items(stage.items()))
    body = late.body(stage)
    tried, waiting, due = on_the_way(stage, body, late)

    late.appears(stage, [tried, waiting, due])
    stage.world.clock.forward(seconds=3_600)
    found: dict[Moment, object] = {PULL: stage.offered(), AGAIN: stage.delivered()}
    stage.once(seal)
    found[SEALING] = stage.states(due)
    stage.everybody(reconsider)
    stage.everybody(seal)
    stage.everybody(reconsider)
    found[CHANGE] = [stage.states(waiting), stage.states(tried)]
    found[SUBMIT] = stage.states(stage.push(body))
    return found


@pytest.mark.parametrize("name", TABLE)
def test_a_defect_stops_it_at_every_moment(name: str, stage: Stage) -> None:
    late = TABLE[name]
    rule = late.says or name[:4]

    found = at_each_moment(stage, name, late)

    sealed_again = "sealed" if late.state == "reduced" else late.state
    everybody = dict.fromkeys(COUNTRIES, (sealed_again, rule))
    at_submit = dict.fromkeys(COUNTRIES, ("due" if late.state == "reduced" else late.state, rule))
    expected = {
        PULL: dict.fromkeys(COUNTRIES, 0),
        AGAIN: 0,
        SEALING: everybody,
        CHANGE: [everybody, everybody],
        SUBMIT: at_submit,
    }
    for moment in late.not_at:
        del expected[moment]
        del found[moment]
    assert found == expected


def goes(stage: Stage) -> dict[str, object]:
    """Return what becomes of a clean record on its way when something else changes."""
    tried, waiting, due = on_the_way(stage, case(), CLEAN)
    learned()(stage, [])
    stage.world.clock.forward(seconds=3_600)
    stage.everybody(reconsider)
    offered = stage.offered()
    left = stage.delivered()
    stage.everybody(seal)
    return {
        PULL: offered,
        AGAIN: left,
        SEALING: stage.states(due),
        CHANGE: [stage.states(waiting), stage.states(tried)],
        SUBMIT: stage.states(stage.push(case())),
    }


def test_a_clean_record_goes_at_every_moment(stage: Stage) -> None:
    both = dict.fromkeys(COUNTRIES, 2)
    sealed = dict.fromkeys(COUNTRIES, ("sealed", ""))
    assert goes(stage) == {
        PULL: both,
        AGAIN: 2 * len(COUNTRIES),
        SEALING: sealed,
        CHANGE: [sealed, sealed],
        SUBMIT: dict.fromkeys(COUNTRIES, ("due", "")),
    }


def test_every_rule_is_shown_at_every_moment() -> None:
    shown = {
        (name[:4], moment)
        for name, late in TABLE.items()
        for moment in MOMENTS
        if moment not in late.not_at
    }
    # A bulk is shown below; what people approved or laid on a record comes after its submission.
    left = {(rule.id, moment) for rule in RULES for moment in MOMENTS} - shown
    assert left == {("R-16", SUBMIT), ("R-19", SUBMIT)}


def test_a_full_bulk_stops_what_is_submitted_and_what_is_sealed(stage: Stage) -> None:
    stage.push(case())
    stage.everybody(seal)
    whole, due = stage.nl, stage.push(case())
    stage.nl = replace(whole, limits=Limits(bulk_records=1))
    stage.world.network.gateways[NL] = stage.nl
    try:
        first = stage.push(case())
        stage.once(seal)
        assert stage.states(due) == dict.fromkeys(COUNTRIES, ("held", "R-19"))
        assert stage.states(first) == stage.states(due)  # at submit already
    finally:
        stage.nl = stage.world.network.gateways[NL] = whole


@pytest.mark.parametrize(("appears", "term", "value"), TERMS.values(), ids=TERMS.keys())
def test_what_was_sealed_under_other_terms_is_sealed_again(
    appears: Appears, term: str, value: object, stage: Stage
) -> None:
    tried, waiting, _ = on_the_way(stage, case(), CLEAN)
    before = {one.id: one.envelope for row in (tried, waiting) for one in stage.rows(row)}

    appears(stage, [tried, waiting])
    stage.everybody(reconsider)
    assert stage.offered() == dict.fromkeys(COUNTRIES, 0)
    stage.everybody(seal)

    at_home = [PARTNERS[one] for one in COUNTRIES if one not in ABROAD]
    for row in (*stage.rows(tried), *stage.rows(waiting)):
        if row.partner in at_home:
            assert row.state == "sealed"
            assert row.envelope != before[row.id]
            assert row.terms[term] == value
