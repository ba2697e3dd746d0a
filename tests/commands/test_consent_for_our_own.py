"""The how-to works: what stands on the page lets a record of our own go under H2."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.frame import Invocation
from schemas.items import Consent
from tests.commands.conftest import House
from tests.commands.in_process import acting_on
from tests.journeys.gateways import releases
from tests.journeys.scenes import HUB, addressed, two_gateways
from tests.journeys.staff import staffed

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "consent-for-our-own.md"
TEXT = PAGE.read_text(encoding="utf-8")
(WHOLE,) = re.findall(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^gateway (.*)$", TEXT, re.MULTILINE)


def test_the_page_lets_a_record_of_our_own_go(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = two_gateways()
    nl = staffed(world)
    act = acting_on(nl, house, monkeypatch)
    monkeypatch.setattr(Invocation, "exchange", lambda _: nullcontext(nl))  # for `explain`
    body = addressed("case", HUB)
    body["governance"] = {**body["governance"], "handling": ["H2"]}
    (outcome,) = world.push(nl, body)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "held"}
    remedy = act("officer-1", "explain", str(outcome.record), "--partner", HUB)["remedy"]
    assert "item of kind `consent`" in remedy
    assert "gateway proposals make configure" in remedy

    file = house.file("consent.json", json.loads(WHOLE))
    known: dict[str, Any] = {"consent.json": str(file), "RECORD": str(outcome.record)}
    ran = []
    for line in COMMANDS:
        words = [known.get(word, word) for word in line.split()]
        second = words[0] == "proposals" and words[1] != "make"
        by = "officer-1" if words[0] != "proposals" else "admin-2" if second else "admin-1"
        ran.append((words[1], act(by, *words)))
        if words[1] == "make":
            known |= {"ID": ran[-1][1]["id"], "DIGEST": ran[-1][1]["digest"]}
    world.work()

    assert [name for name, _ in ran] == ["make", "show", "approve", "list", str(outcome.record)]
    assert [one["name"] for one in ran[3][1]] == ["cases-to-the-hub"]
    assert releases(nl, outcome.record) == {HUB: "stored"}


def test_the_page_tells_every_member() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert told == {*Consent().fields, "valid_from", "valid_until"}
    assert set(json.loads(WHOLE)["body"]) == set(Consent().fields)


def test_a_consent_for_nobody_is_refused_with_its_field(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = acting_on(staffed(two_gateways()), house, monkeypatch)
    whole = json.loads(WHOLE)
    whole["body"]["recipients"] = []
    words = ("proposals", "make", "configure", str(house.file("c.json", whole)), "--reason", "ok")
    refused = act("admin-1", *words, plain=True)
    assert refused.exit_code == 1
    assert "/recipients" in refused.stderr
    assert "name recipients or communities" in refused.stderr
