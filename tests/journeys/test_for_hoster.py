"""A hosting report is written for the hoster who can remove the page, and for nobody else."""

from __future__ import annotations

import pytest

from adapters.hoster_xarf import Judgment, Notifier
from gateway.core.errors import Forbidden, NotFound
from gateway.flow.for_hoster import NotWritten, terms_for, write_for_hoster
from gateway.flow.withdraw import withdraw
from tests.journeys.gateways import World
from tests.journeys.scenes import addressed
from tests.journeys.staff import acts, staffed

DESK = Notifier(org="Takedown desk", contact="desk@police.example", domain="police.example")
SAID = Judgment(kind="csam", value="A1", method="manual_review")
HOSTER = "hoster.example"


@pytest.fixture
def nl(world: World):
    return staffed(world)


def pushed(world, nl, **changes):
    body = addressed("hosting_report", **changes)
    (outcome,) = world.push(nl, body)
    assert outcome.state == "stored", outcome.faults
    return outcome.record


def write(record, nl, judgment=SAID):
    return write_for_hoster(record, HOSTER, DESK, judgment, "uid-0", nl)


def open_handling():
    return {**addressed("hosting_report")["governance"], "handling": ["H0"]}


def test_a_report_of_ours_is_written_and_the_ledger_says_so(world, nl):
    record = pushed(world, nl, governance=open_handling())
    written = write(record, nl)

    assert written.report["type"] == "csam"
    assert written.report["report_id"] == record.removeprefix("urn:uuid:")
    (act,) = acts(nl, "looked")
    assert (act["record"], act["by"], act["reason"]) == (record, "uid-0", "takedown_notice")


def test_what_came_under_h1_is_refused_and_nothing_is_said_to_have_gone(world, nl):
    record = pushed(world, nl, governance={**open_handling(), "handling": ["H1"]})
    with pytest.raises(NotWritten) as refused:
        write(record, nl)

    assert "no-place-for-terms" in {fault.code for fault in refused.value.faults}
    assert acts(nl, "looked") == []


def test_what_was_recalled_is_not_written_any_more(world, nl):
    record = pushed(world, nl, governance=open_handling())
    withdraw(record, "test", "sent_in_error", nl)

    with pytest.raises(Forbidden):
        write(record, nl)


def test_there_is_nothing_to_write_of_a_record_nobody_has(nl):
    with pytest.raises(NotFound):
        write("urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057", nl)


TERMS = {
    "purposes": ["operational_analysis"],
    "evidence": "no",
    "keep_until": "2030-01-01",
    "contact": {"name": "Desk of the partner", "email": "duty@hub.example"},
}
ANSWERS = {
    "to nobody": {"pass_on": "nobody"},
    "on asking": {"pass_on": "ask"},
    "to others": {"pass_on": "list", "pass_on_to": ["police.de"]},
    "unsaid": {},
}


def received(**terms):
    return {"from": "hub.eu", "state": "current", "body": {"terms": {**TERMS, **terms}}}


@pytest.mark.parametrize("terms", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_partners_record_goes_to_no_hoster_that_its_terms_do_not_name(terms):
    with pytest.raises(Forbidden):
        terms_for(received(**terms), HOSTER)


def test_a_partners_terms_are_read_first_without_whom_we_may_call():
    said = " ".join(terms_for(received(pass_on="list", pass_on_to=[HOSTER]), HOSTER))

    assert "evidence" in said
    assert "duty@hub.example" not in said
