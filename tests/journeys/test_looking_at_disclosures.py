"""Who may look at disclosures, what is shown, and the register of transfers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.disclosure import transfer_approvals
from gateway.core.errors import Forbidden, NotFound
from gateway.core.ids import first_of
from gateway.core.lists import Transfer
from gateway.flow import disclosures
from gateway.flow.disclosures import ReasonRefused, Wanted
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.records import open_records
from gateway.flow.transfers import transfers
from schemas.vocab import ROLES
from tests.journeys.gateways import World
from tests.journeys.scenes import ABROAD, HUB, NL, VGT, addressed, items, with_puller
from tests.journeys.staff import staffed
from tests.journeys.test_audit_by_person import looks
from tests.store.store_rows import a_disclosure


@pytest.fixture
def nl(world: World) -> Exchange:
    exchange = world.network.gateways[NL]
    world.push(exchange, addressed("case", HUB))
    world.work()
    return exchange


# Who may look: every role, one by one
MAY = {"auditor", "data_protection_officer"}


def person(role: str, org: str = "police.nl") -> Person:
    return Person("staff-7", org, frozenset({role}))


CALLS: dict[str, Callable[[Person, Exchange, str], object]] = {
    "list": lambda who, nl, _: disclosures.page(who, "court", Wanted(), "", 9, nl),
    "show": lambda who, nl, id_: disclosures.show(who, "court", id_, nl),
    "transfers": lambda who, nl, _: transfers(who, "court", 0, 2**43, nl),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_who_may_look_at_disclosures(
    nl: Exchange, role: str, call: Callable[[Person, Exchange, str], object]
) -> None:
    with nl.store.reading() as work:
        (row,) = work.disclosures.page(None, limit=9)
    if role in MAY:
        assert call(person(role), nl, row.id) is not None
        (look,) = looks(nl)
        assert (look["by"], look["reason"], look["second"]) == ("staff-7", "court", None)
        return
    with pytest.raises(Forbidden):
        call(person(role), nl, row.id)
    assert looks(nl) == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_look_takes_a_reason_that_the_ledger_knows(
    nl: Exchange, call: Callable[[Person, Exchange, str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with nl.store.reading() as work:
        (row,) = work.disclosures.page(None, limit=9)
    monkeypatch.setattr("gateway.flow.disclosures.AUDIT_REASONS", ("another",))
    with pytest.raises(ReasonRefused):
        call(person("auditor"), nl, row.id)
    assert looks(nl) == []


def test_an_auditor_sees_no_other_organisation(nl: Exchange) -> None:
    stranger = person("auditor", "customs.nl")
    (one,), _ = disclosures.page(person("auditor"), "court", Wanted(), "", 9, nl)

    assert disclosures.page(stranger, "court", Wanted(), "", 9, nl)[0] == []
    with pytest.raises(NotFound):
        disclosures.show(stranger, "court", one["id"], nl)


def test_disclosures_are_listed_by_record_partner_day_and_page(world: World, nl: Exchange) -> None:
    second = world.clock.ms + 86_400_000
    world.clock.forward(days=1)
    world.push(nl, addressed("case", HUB, provider_ref="second"))
    world.work()

    def listed(after: str = "", limit: int = 9, **wanted: Any) -> list[str]:
        found, _ = disclosures.page(person("auditor"), "court", Wanted(**wanted), after, limit, nl)
        return [one["record"] for one in found]

    first, later = listed()
    assert listed(record=later) == [later]
    assert listed(since=second) == [later]
    assert listed(until=second) == [first]
    assert listed(partner="nobody.eu") == []
    (one,), following = disclosures.page(person("auditor"), "court", Wanted(), "", 1, nl)
    assert one["record"] == first
    assert listed(after=str(following)) == [later]


def test_one_disclosure_is_shown_with_what_came_back(nl: Exchange) -> None:
    (one,), _ = disclosures.page(person("auditor"), "court", Wanted(), "", 9, nl)
    shown = disclosures.show(person("auditor"), "court", one["id"], nl)

    assert shown["terms_in_words"][0]["id"] == "T-purpose"
    assert shown["delivery"]["taken"] == "yes"
    assert shown["trace"][0] == {"rule": "R-01", "version": 1, "outcome": "pass"}
    assert one["withheld"] == len(shown["withheld"])


def test_the_register_counts_what_left_for_third_countries(world: World, nl: Exchange) -> None:
    with_puller(world)
    day = world.clock.ms
    row = {
        "org": "police.nl", "partner": VGT, "recipient_class": "third_country",
        "recipient_country": "AU", "envelope": "gone", "sealed_at": day,
    }  # fmt: skip
    derogation = {
        "ground": "derogation:vital_interest",
        "approvals": ({"rule": "R-08", "by": ["officer-1", "officer-2"]},),
    }
    item = {"ground": "agreement:nl-hub@1", "approvals": ()}  # any item that was approved
    with nl.store.writing() as work:
        work.disclosures.add(
            [
                a_disclosure(1, id=first(day, "a"), **row, **derogation),
                a_disclosure(2, id=first(day, "b"), **row, **derogation),
                a_disclosure(3, id=first(day, "c"), **row, **item),
                a_disclosure(4, id=first(day, "d"), **{**row, "org": "customs.nl"}, **derogation),
                a_disclosure(5, id=first(day + 9_000, "e"), **row, **derogation),
                a_disclosure(6, id=first(day, "f"), **row, ground=None, approvals=()),
            ],
            None,
        )
        work.commit()

    found = transfers(person("auditor"), "yearly_audit", day, day + 1_000, nl)

    assert [(line["ground"], line["authorised_by"], line["count"]) for line in found] == [
        ("derogation:vital_interest", ["officer-1", "officer-2"], 2),
        ("agreement:nl-hub@1", approvers(nl), 1),
        (None, [], 1),  # a finding: it went abroad on no ground
    ]
    assert {(line["partner"], line["country"], line["class"]) for line in found} == {
        (VGT, "AU", "third_country")
    }


def approvers(nl: Exchange) -> list[str]:
    with nl.store.reading() as work:
        return sorted(work.config.history("agreement", "nl-hub")[0].approved_by)


def first(moment: int, letter: str) -> str:
    return first_of(moment)[:-1] + letter


def test_a_record_for_a_partner_at_home_is_no_transfer(nl: Exchange) -> None:
    assert transfers(person("auditor"), "yearly_audit", 0, 2**43, nl) == []


def test_the_register_names_the_two_who_allow_transfers_of_a_type_for_a_year(world: World) -> None:
    with_puller(world)
    nl = staffed(world, ABROAD, base=items("police.nl", "NL", "police", "B", HUB, VGT))
    world.push(nl, addressed("case", HUB, VGT))
    world.work()

    (line,) = transfers(person("auditor"), "yearly_audit", 0, 2**43, nl)

    assert (line["ground"], line["authorised_by"]) == (
        *("instrument:australia@1", ["officer-1", "officer-2"]),
    )
    shown, _ = disclosures.page(person("auditor"), "court", Wanted(partner=HUB), "", 9, nl)
    assert disclosures.show(person("auditor"), "court", shown[0]["id"], nl)["approvals"] == []


ALLOWED = Transfer(
    name="t", version=1, partner=VGT, types=frozenset({"case"}), by=frozenset({"one", "two"}),
    valid_from=10, valid_until=20,
)  # fmt: skip
INSTRUMENT = "instrument:australia@1"
NOT_ALLOWED_BY_IT = {
    "another partner": (replace(ALLOWED, partner=HUB), INSTRUMENT, 15),
    "another type": (replace(ALLOWED, types=frozenset({"hosting_report"})), INSTRUMENT, 15),
    "one person alone": (replace(ALLOWED, by=frozenset({"one"})), INSTRUMENT, 15),
    "over by then": (ALLOWED, INSTRUMENT, 20),
    "a derogation, which is per record": (ALLOWED, "derogation:vital_interest", 15),
    "it stays in the Union": (ALLOWED, None, 15),
}


@pytest.mark.parametrize(
    ("item", "ground", "at"), NOT_ALLOWED_BY_IT.values(), ids=NOT_ALLOWED_BY_IT.keys()
)
def test_whose_yes_was_not_needed_is_not_named(
    nl: Exchange, item: Transfer, ground: str | None, at: int
) -> None:
    with nl.store.reading() as work:
        rows = work.records.page("police.nl", after="", limit=1)
    (record,) = open_records(rows, nl)
    named = [{"rule": "R-19", "by": ["one", "two"]}]
    assert transfer_approvals(record, VGT, INSTRUMENT, [ALLOWED], 15) == named
    assert transfer_approvals(record, VGT, ground, [item], at) == []
