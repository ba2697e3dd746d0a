"""A working day: a bank's alert, a second bank's, then a hotline's report of the same subject.

Money alone starts no investigation, however many banks see it. What the hotline knows makes a case
of it, by three acts of two persons; and when the hotline withdraws that, it is money again.
"""

from __future__ import annotations

from gateway.flow import propose
from gateway.flow.withdraw import withdraw
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB
from tests.journeys.staff import acts, person
from tests.journeys.subjects import (
    alert,
    at_hub,
    body_at,
    candidates,
    consent,
    desked,
    only,
    promotions,
    report,
    told_at,
    with_hotline,
)


def test_bank_alert_then_second_bank_then_hotline(world: World) -> None:
    """Three acts of two persons; what the machines do needs none."""
    nl = desked(world, consent(days=60))
    hotline = with_hotline(world)
    done_by_people = 0

    # A bank's alert goes out as what it is, and says of nobody that he is a suspect.
    first = only(world.push(nl, alert("BANK-1")))
    world.work()
    assert releases(nl, first) == {HUB: "stored"}

    # A second bank sees the same payer: still financial information, and nothing else.
    second = only(world.push(nl, alert("BANK-2")))
    world.work()
    seen = candidates(first, "analyst-1", nl)[second]
    assert "account" in seen["identifiers"]
    assert (seen["grounds"], seen["more_than_financial"]) == (["financial"], False)
    assert not seen["may_promote"]

    # A hotline in another place reports the same address.
    theirs = only(world.push(hotline, report(), client="analysts"))
    world.work()

    # 1: the analyst looks, and sees which identifier links them, never its value.
    done_by_people += 1
    seen = candidates(first, "analyst-1", nl)[theirs]
    assert (seen["from"], seen["identifiers"]) == ("hotline.nl.gw", ["email"])
    assert (seen["grounds"], seen["may_promote"]) == (["hotline_report"], True)

    # 2 and 3: one proposes, another approves exactly that.
    asked = {"record": first, "ground": theirs}
    row = propose.propose("promote", asked, person("analyst-1", nl), nl, reason="corroborated")
    done_by_people += 1
    propose.approve(row.id, row.digest, person("officer-2", nl), nl)
    done_by_people += 1
    world.work()

    # It has left as a case, by itself, with the hotline's leave and without its name.
    hub = world.network.gateways[HUB]
    (promotion,) = promotions(first, nl)
    assert releases(nl, promotion.record) == {HUB: "stored"}
    arrived = body_at(hub, promotion.record)
    assert (arrived["type"], [one["kind"] for one in arrived["grounds"]]) == (
        "case",
        ["financial", "hotline_report"],
    )
    assert theirs not in str(arrived)
    assert {one["category"] for one in arrived["persons"]} == {
        "person_of_interest_not_suspect",
        "contact",
    }
    assert done_by_people == 3

    # The hotline withdraws its report: here it falls back, and whoever has the case is told.
    withdraw(theirs, "analyst-9", "sent_in_error", hotline)
    world.work()
    (promotion,) = promotions(first, nl)
    assert (promotion.state, promotion.code) == ("fallen", "recall")
    (fell,) = acts(nl, "fell_back")
    assert (fell["record"], fell["holders"]) == (promotion.record, 1)
    assert told_at(hub, promotion.record) == ["demote"]
    # The signal is what it was, here and there.
    assert at_hub(first, nl) == "stored"
    assert told_at(hub, first) == []
