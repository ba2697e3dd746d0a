"""The audit in the console: search with a reason, verify, export, and a disclosure's full row."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from gateway.flow.acts import Act, entries
from gateway.flow.audit_search import Sought, search
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from tests.journeys.browsing import of
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, NL_ITEMS, addressed
from tests.journeys.staff import acts

pytestmark = pytest.mark.usefixtures("cheap_hashes")
_ALONE = """
[person.{name}]
org = "police.nl"
roles = ["{role}"]
key_digests = ["{digest}"]
"""


@pytest.fixture
def given(world: World, nl: Exchange) -> str:
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    return str(outcome.record)


@pytest.fixture
def alone(world: World) -> Exchange:
    """The same gateway when it serves one organisation only."""
    nl = world.network.gateways[NL]
    people = (("auditor-1", "auditor", "F"), ("admin-1", "administrator", "G"))
    text = "".join(
        _ALONE.format(name=name, role=role, digest=letter * 42 + "A")
        for name, role, letter in people
    )
    world.configure(nl, NL_ITEMS + text)
    return nl


def test_the_ledger_is_searched_with_a_reason(world: World, nl: Exchange, given: str) -> None:
    browser = of("auditor-1", world, nl)
    assert "<code>submitted</code>" not in browser.get("/audit").text
    found = browser.get(f"/audit?reason=yearly_audit&act=submitted&word={given}").text
    assert "<code>submitted</code>" in found
    assert "<code>decided</code>" not in found
    assert "<code>decided</code>" in browser.get(f"/audit?reason=yearly_audit&word={HUB}").text
    assert "Nothing that fits" in browser.get("/audit?reason=yearly_audit&word=nobody").text
    assert "Nothing that fits" in browser.get("/audit?reason=court&until=2020-01-01").text
    looks = acts(nl, "looked_up")
    assert {one["by"] for one in looks} == {"auditor-1"}
    assert [one["reason"] for one in looks].count("yearly_audit") == 3


def test_who_looked_is_found_by_staff_number(world: World, nl: Exchange, given: str) -> None:
    browser = of("auditor-1", world, nl)
    browser.get("/audit?reason=complaint")
    assert "<code>looked_up</code>" in browser.get("/audit?reason=court&word=auditor-1").text


def test_a_look_without_a_reason_of_the_list_is_none(world: World, nl: Exchange) -> None:
    answer = of("auditor-1", world, nl).get("/audit?reason=curious&word=x%3Cy")
    assert answer.status_code == 422
    assert 'id="search-reason-fault"' in answer.text
    assert 'value="x&lt;y"' in answer.text
    assert acts(nl, "looked_up") == []


def test_another_organisation_finds_nothing_of_ours(world: World, nl: Exchange, given: str) -> None:
    theirs = Person("auditor-9", "fiu.nl", frozenset({"auditor"}))
    found = search(Sought(word=given), "court", theirs, nl)
    assert found.entries == []
    every = search(Sought(), "court", theirs, nl)
    assert given not in json.dumps(list(every.entries))
    assert not [one for one in every.entries if one["fields"].get("org") == "police.nl"]
    items = {one["fields"]["item"] for one in every.entries if "item" in one["fields"]}
    assert "person/stranger-1" in items
    assert not items & {"person/admin-1", "client/police", "source/cases"}


def test_a_whole_ledger_is_verified_and_exported(world: World, alone: Exchange) -> None:
    world.push(alone, addressed("case", HUB))
    world.work()
    browser = of("auditor-1", world, alone)
    done = browser.post("/audit/verify", "/audit", reason="yearly_audit")
    assert done.status_code == 200
    assert "The ledger is whole." in done.text
    exported = browser.post("/audit/export", "/audit", reason="yearly_audit")
    assert exported.content_type.startswith("application/x-ndjson")
    lines = exported.get_data(as_text=True).splitlines()
    assert json.loads(lines[0])["origin"] == NL
    assert len(lines) > 3
    assert {one["kind"] for one in acts(alone, "looked_up")} == {"verify", "export"}


def test_what_speaks_of_several_organisations_is_not_given_whole(
    world: World, nl: Exchange, given: str
) -> None:
    browser = of("auditor-1", world, nl)
    for act in ("verify", "export"):
        answer = browser.post(f"/audit/{act}", "/audit", reason="yearly_audit")
        assert answer.status_code == 422
        assert "gateway audit verify" in answer.text
        assert given not in answer.text


def test_a_disclosure_shows_its_full_row(world: World, nl: Exchange, given: str) -> None:
    browser = of("dpo-1", world, nl)
    listed = browser.get(f"/disclosures?reason=complaint&record={given}").text
    found = re.search(r'href="/console(/disclosures/[^"]+)"', listed)
    assert found is not None
    page = browser.get(found[1].replace("&amp;", "&")).text
    assert "The full row" in page
    assert "R-01" in page
    assert given in page
    assert browser.get(found[1].split("?")[0]).status_code == 400  # a look needs a reason
    wrong = browser.get("/disclosures?reason=complaint&since=soon")
    assert 'id="disclosures-since-fault"' in wrong.text


def test_only_who_audits_sees_any_of_it(world: World, nl: Exchange, given: str) -> None:
    for name in ("officer-1", "admin-1", "analyst-1"):
        browser = of(name, world, nl)
        for page in ("/audit", "/audit?reason=court", "/disclosures?reason=court"):
            assert browser.get(page).status_code == 403, (name, page)
        for act in ("verify", "export"):
            refused = browser.post(f"/audit/{act}", reason="court", form_key="0" * 32)
            assert refused.status_code == 403, (name, act)
    assert acts(nl, "looked_up") == []


def test_what_two_people_or_one_who_left_did_is_their_organisations(
    world: World, nl: Exchange
) -> None:
    done: list[Act] = [
        ("discarded", {"original": "o-1", "by": "admin-1+admin-2"}),
        ("searched", {"field": "email", "count": 1, "by": "analyst-1", "reason": "court"}),
    ]
    with nl.store.writing() as work:
        work.ledger.add(entries(done, nl))
        (held,) = [one for one in work.config.items("person") if one.name == "analyst-1"]
        work.config.put(replace(held, state="ended"))
        work.commit()
    for org, seen in (("police.nl", 1), ("fiu.nl", 0)):
        auditor = Person("auditor-9", org, frozenset({"auditor"}))
        for act, _ in done:
            assert len(search(Sought(act=act), "court", auditor, nl).entries) == seen


def test_any_day_that_is_one_can_be_asked_for(world: World, nl: Exchange) -> None:
    browser = of("auditor-1", world, nl)
    for page in ("audit", "disclosures"):
        for day in ("0001-01-01", "1969-12-31", "9999-12-31"):
            for name in ("since", "until"):
                answer = browser.get(f"/{page}?reason=court&{name}={day}")
                assert answer.status_code == 200, (page, name, day)
