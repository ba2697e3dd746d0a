"""The quarantine in the console: groups, one document read with a reason, tried again, erased."""

from __future__ import annotations

import re

import pytest

from gateway.flow import look
from gateway.flow.exchange import Exchange
from tests.journeys.browsing import Browser, of
from tests.journeys.gateways import World
from tests.journeys.scenes import two_gateways
from tests.journeys.staff import acts
from tests.journeys.test_mending_mappings import (
    ITEMS,
    LINES,
    MAPPING,
    MENDED,
    mapping_items,
    push,
    the_one,
)

pytestmark = pytest.mark.usefixtures("cheap_hashes")

PEOPLE = """
[organisation."fiu.nl"]
title = "FIU"
country = "NL"
org_class = "fiu"
"""
_PERSON = """
[person.{name}]
org = "{org}"
roles = ["{role}"]
key_digests = ["{letter}"]
"""
for _number, (_name, _org, _role) in enumerate(
    (
        ("admin-1", "police.nl", "administrator"),
        ("admin-2", "police.nl", "administrator"),
        ("analyst-1", "police.nl", "analyst"),
        ("stranger-1", "fiu.nl", "administrator"),
    )
):
    PEOPLE += _PERSON.format(name=_name, org=_org, role=_role, letter=f"{_number:0>42}A")


def configure(world: World, nl: Exchange, text: str) -> None:
    world.configure(nl, ITEMS + PEOPLE + mapping_items(text))


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def nl(world: World) -> Exchange:
    exchange = world.network.gateways["police.nl.gw"]
    configure(world, exchange, MAPPING)
    push(exchange, *LINES)
    return exchange


@pytest.fixture
def admin(world: World, nl: Exchange) -> Browser:
    return of("admin-1", world, nl)


def group_of(browser: Browser) -> str:
    found = re.search(r'/console(/quarantine/group[^"]+)"', browser.get("/quarantine").text)
    assert found
    return found[1].replace("&amp;", "&")


def inspected(nl: Exchange) -> list[dict]:
    return acts(nl, "inspected")


def test_what_waits_for_the_same_is_counted_then_tried_again_as_one(world, nl, admin):
    group = group_of(admin)
    assert "mended since" not in admin.get("/quarantine").text
    configure(world, nl, MENDED)
    assert "mended since" in admin.get("/quarantine").text
    page = admin.get(group).text
    assert "Try all 3 documents again" in page
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    few = admin.send("/quarantine/group", **{**fields, "count": "2"})
    assert few.status_code == 409
    assert look.status(nl)["quarantined"] == 3

    done = admin.send("/quarantine/group", **fields)

    assert done.status_code == 200
    assert "state-stored" in done.text
    assert "Nothing of this group waits any more." in done.text
    assert look.status(nl)["quarantined"] == 1  # by the new version: a group of its own
    assert admin.send("/quarantine/group", **fields).status_code == 409  # sent twice


def test_a_document_says_where_it_failed_and_is_read_with_a_reason_only(nl, admin):
    page = f"/quarantine/originals/{the_one('E-2', nl)}"
    told = admin.get(page).text
    assert "<code>/2/state</code>" in told
    assert "not-converted" in told
    assert "Ann" not in told
    assert inspected(nl) == []

    shown = admin.get(f"{page}?reason=mend_mapping").text

    assert "Ann" in shown
    assert [(one["by"], one["reason"]) for one in inspected(nl)] == [("admin-1", "mend_mapping")]
    assert admin.get(f"{page}?reason=Because I want").status_code == 400
    assert len(inspected(nl)) == 1


def test_one_document_is_tried_again(world, nl, admin):
    page = f"/quarantine/originals/{the_one('E-2', nl)}"
    assert "state-quarantined" in admin.post(f"{page}/replay", page).text
    configure(world, nl, MENDED)
    assert "state-stored" in admin.post(f"{page}/replay", page).text
    assert admin.get(page).status_code == 404
    assert {one["by"] for one in acts(nl, "replayed")} == {"person:admin-1"}


def test_two_people_erase_a_document_for_good(world, nl, admin):
    waiting = the_one("E-4", nl)
    page = f"/quarantine/originals/{waiting}"
    world.clock.forward(seconds=301)
    assert "/console/proof" in admin.post(f"{page}/discard", page, reason="complaint").text
    second = of("admin-2", world, nl)
    bad = second.post(f"{page}/discard", page, reason="No code")
    assert bad.status_code == 400
    assert "No code" in bad.text
    there = second.post(f"{page}/discard", page, reason="complaint").location
    assert admin.get(page).status_code == 200  # it waits until somebody else says so
    shown = there.removeprefix("/console")
    digest = re.search(r'name="digest" value="([^"]+)"', admin.get(shown).text)
    assert digest
    third = of("admin-1", world, nl)
    assert third.post(f"{shown}/approve", shown, digest=digest[1]).status_code == 303
    assert admin.get(page).status_code in (303, 404)
    assert third.get(page).status_code == 404
    (entry,) = acts(nl, "discarded")
    assert (entry["original"], entry["by"]) == (waiting, "admin-2+admin-1")


@pytest.mark.parametrize("person", ["analyst-1", "stranger-1"])
def test_nobody_else_reaches_what_waits(world, nl, admin, person):
    group, waiting = group_of(admin), the_one("E-2", nl)
    other = of(person, world, nl)
    page = f"/quarantine/originals/{waiting}"
    refused = {403} if person == "analyst-1" else {404}
    assert other.get(page).status_code in refused
    assert other.get(f"{page}?reason=mend_mapping").status_code in refused
    assert other.post(f"{page}/replay").status_code in refused
    assert other.post(f"{page}/discard", reason="complaint").status_code in {400, *refused}
    shown = other.get(group)
    assert shown.status_code == 403 or waiting[-12:] not in shown.text
    tried = other.post("/quarantine/group", source="export", count="3")
    assert tried.status_code in {403, 409}
    assert look.status(nl)["quarantined"] == 3
    assert inspected(nl) == []


def test_words_of_an_address_are_shown_and_mean_nothing(admin):
    for stage, shown in (
        ("<form>x", "&lt;form&gt;x"),
        ("100% %(x)s", "100% %(x)s"),
        ("normalise", "normalise"),
    ):
        answer = admin.get("/quarantine/group", query_string={"stage": stage})
        assert answer.status_code == 200
        assert f">{shown}</span>" in answer.text
