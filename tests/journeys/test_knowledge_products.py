"""What is known of a phenomenon goes out when a person has read it, and under its label."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.terms import Evidence, PassOn
from gateway.flow.approving import approve_set
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import waiting
from gateway.flow.holds import Group
from gateway.flow.identify import client_of
from gateway.flow.look import explain
from gateway.flow.may import may
from gateway.flow.notify import Wanted, notify
from tests.journeys.gateways import World, releases
from tests.journeys.questions import TYPES
from tests.journeys.scenes import HUB, NL, VGT, addressed, items, with_puller
from tests.journeys.staff import acts, person, staffed

KINDS = TYPES + ', "knowledge_product", "operation"'
SIGN_OFF = Group("R-09", "cases", VGT)
CONSENT = f"""
[consent.products]
valid_until = 1900000000000
originator = "police.nl"
recipients = ["{VGT}"]
types = ["knowledge_product"]
records = []
purposes = ["strategic_analysis"]
"""


def with_kinds(text: str) -> str:
    return text.replace(TYPES, KINDS).replace('"cross_check", ', '"strategic_analysis", ')


@pytest.fixture
def vgt(world: World) -> Exchange:
    puller = with_puller(world)
    world.configure(puller, with_kinds(items("afp.au", "AU", "officers", "D", NL)))
    return puller


@pytest.fixture
def nl(world: World, vgt: Exchange) -> Exchange:
    text = with_kinds(items("police.nl", "NL", "police", "B", HUB, VGT))
    return staffed(world, CONSENT, base=text)


def product(*partners: str, **changes: Any) -> dict[str, Any]:
    return addressed("knowledge_product", *(partners or (VGT,)), **changes)


def why(exchange: Exchange, record: str | None) -> tuple[str, str, str]:
    found = explain(str(record), VGT, None, exchange)
    said = next(one for one in found["trace"] if one["rule"] == found["deciding"])
    return found["outcome"], found["deciding"], said["reason"]


def signed_off(world: World, nl: Exchange) -> None:
    approve_set(SIGN_OFF, None, "read", person("officer-1", nl), nl)
    world.work()


def arrived(vgt: Exchange) -> dict[str, Any]:
    (entry,) = waiting(client_of("officers", vgt), 0, 9, vgt).entries
    return entry


def test_a_product_leaves_only_after_a_person_signed_it_off(world, nl, vgt) -> None:
    (outcome,) = world.push(nl, product())
    world.work()
    assert why(nl, outcome.record)[:2] == ("hold", "R-09")
    assert releases(nl, outcome.record)[VGT] == "held"

    signed_off(world, nl)

    assert releases(nl, outcome.record)[VGT] == "stored"
    assert arrived(vgt)["body"]["text"].startswith("# What is seen")
    (act,) = acts(nl, "allowed")
    assert (act["rule"], act["by"], act["second"]) == ("R-09", "officer-1", None)


def test_a_correction_is_signed_off_anew(world, nl) -> None:
    world.push(nl, product())
    signed_off(world, nl)
    (second,) = world.push(nl, product(corrects=1, title="Payments for live abuse, revised"))
    world.work()
    assert why(nl, second.record)[:2] == ("hold", "R-09")


NAMED = {
    "an e-mail address": "jan.v@example.org",
    "an IBAN": "NL91 ABNA 0417 1643 00",
    "a handle": "@kees_1971",
    "a telephone number": "+31 6 1234 5678",
}


@pytest.mark.parametrize(("kind", "value"), NAMED.items(), ids=NAMED.keys())
def test_a_product_with_an_identifier_in_it_is_refused_with_the_place(world, nl, kind, value):
    (outcome,) = world.push(nl, product(text=f"# What is seen\n\nSeen with {value} in May."))
    outcome_of, rule, reason = why(nl, outcome.record)
    assert (outcome_of, rule) == ("refuse", "R-09")
    assert f"{kind} at /text, line 3" in reason
    assert value not in reason


def test_what_is_held_of_somebody_is_found_in_a_product_that_tells_it(world, nl) -> None:
    line = "On Snapchat the receiver is called ate.marisol.77 by most."
    (free,) = world.push(nl, product(text=line))
    assert why(nl, free.record)[0] == "hold"
    identity = {"platform": "snapchat", "handle": "ate.marisol.77"}
    world.push(nl, addressed("case", HUB, identities=[identity]))

    (outcome,) = world.push(nl, product(text=line, provider_ref="KP-2"))

    assert why(nl, outcome.record)[:2] == ("refuse", "R-09")
    assert "a handle that is held here at /text, line 1" in why(nl, outcome.record)[2]
    assert why(nl, free.record)[:2] == ("refuse", "R-09")  # also what waited for its sign-off


@pytest.mark.parametrize(
    ("label", "handling", "kinds"),
    [
        ("TLP:CLEAR", ["H0"], []),
        ("TLP:GREEN", ["H0", "H1"], []),
        ("TLP:AMBER+STRICT", ["H0", "H1", "H2"], ["transfer"]),
    ],
)
def test_a_label_lays_codes_at_submit_and_the_recipient_is_bound_by_them(
    world, nl, vgt, label, handling, kinds
) -> None:
    (outcome,) = world.push(nl, product(tlp=label))
    signed_off(world, nl)
    assert releases(nl, outcome.record)[VGT] == "stored"

    entry = arrived(vgt)

    governance = entry["body"]["governance"]
    assert governance["handling"] == handling
    assert [one["kind"] for one in governance.get("restrictions", [])] == kinds
    assert entry["tlp"] == entry["body"]["tlp"] == label
    officers = client_of("officers", vgt)
    said = may(officers, entry["record"], None, Evidence(), vgt)["answer"]
    assert said == ("no" if "H1" in handling else "ask")
    assert (may(officers, entry["record"], None, PassOn(HUB), vgt)["answer"] == "no") == bool(kinds)


def test_what_is_laid_on_it_before_it_is_sealed_makes_the_label_stricter(world, nl, vgt) -> None:
    (outcome,) = world.push(nl, product(tlp="TLP:CLEAR"))
    notify(
        Wanted(kind="change_restrictions", record=str(outcome.record), code="H1"),
        "officer-1",
        None,
        nl,
    )
    signed_off(world, nl)
    assert arrived(vgt)["body"]["tlp"] == "TLP:GREEN"


def test_a_product_without_a_label_goes_as_one_for_the_recipient_alone(world, nl, vgt) -> None:
    body = product(tlp=None)
    body["governance"] = {**body["governance"], "handling": ["H0"]}
    world.push(nl, body)
    signed_off(world, nl)
    assert arrived(vgt)["body"]["tlp"] == "TLP:AMBER+STRICT"


def test_what_a_notice_laid_on_it_since_is_shown_in_the_label(world, nl, vgt) -> None:
    (outcome,) = world.push(nl, product(tlp="TLP:CLEAR"))
    signed_off(world, nl)
    assert arrived(vgt)["tlp"] == "TLP:CLEAR"

    notify(
        Wanted(kind="change_restrictions", record=str(outcome.record), code="transfer"),
        "officer-1",
        None,
        nl,
    )
    world.work()

    assert arrived(vgt)["tlp"] == "TLP:AMBER+STRICT"
    assert arrived(vgt)["body"]["tlp"] == "TLP:CLEAR"  # the signed text is as it came


def test_a_community_that_does_not_exchange_them_gets_none(world, nl) -> None:
    (outcome,) = world.push(nl, product(HUB))
    found = explain(str(outcome.record), HUB, None, nl)
    assert (found["outcome"], found["deciding"]) == ("refuse", "R-06")


def test_an_operation_goes_to_its_members_as_it_is(world, nl, vgt) -> None:
    (outcome,) = world.push(nl, addressed("operation", VGT))
    world.work()
    assert releases(nl, outcome.record)[VGT] == "stored"
    body = arrived(vgt)["body"]
    assert [one["role"] for one in body["members"]] == ["lead", "support", "participant"]
    assert body["embargo"] == "2026-05-21T08:00:00Z"
