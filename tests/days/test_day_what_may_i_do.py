"""A working day: an officer of a VGT partner asks what may be done with a case.

The answer comes from the terms that were signed with the record, with the clause, its legal source
and the number to call; what the sender adds later takes a yes away, and never gives one.
"""

from __future__ import annotations

from datetime import date, timedelta

from gateway.core.terms import Evidence, KeepUntil, PassOn
from gateway.flow.hand_on import waiting
from gateway.flow.may import may
from gateway.flow.notify import Wanted, notify
from tests.days.acts import Acts
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import ABROAD, HUB, NL, VGT, addressed, items, with_puller
from tests.journeys.staff import staffed


def test_a_partner_asks_what_it_may_do_and_is_told_with_the_clause(
    world: World, acts: Acts
) -> None:
    """One act reads the case with its terms; each question is one more."""
    vgt = with_puller(world)
    nl = staffed(world, ABROAD, base=items("police.nl", "NL", "police", "B", HUB, VGT))
    world.push(nl, addressed("case", VGT))
    world.work()
    officers = client_named("officers", vgt)

    # The terms stand before the case, in plain English.
    (case,) = acts.by(
        "officer-9", "reads the case and its terms", waiting, officers, 0, 9, vgt
    ).entries
    assert next(iter(case)) == "terms_in_words"
    clauses = {clause["id"]: clause["text"] for clause in case["terms_in_words"]}
    assert clauses["T-assurance"].startswith("You assure that it serves no sentence of death")
    record = case["record"]
    last = date.fromisoformat(case["terms"]["keep_until"])

    # May it go to a colleague in New Zealand? Not before the sender was asked: here is the number.
    onward = acts.by(
        "officer-9",
        "asks whether it may go on",
        may,
        officers,
        record,
        None,
        PassOn("police.nz"),
        vgt,
    )
    assert (onward["answer"], onward["clause"]["id"]) == ("ask", "T-pass-on")
    assert onward["clause"]["text"] == clauses["T-pass-on"]
    assert "art. 35(1)(e)" in onward["clause"]["source"]
    assert (onward["from"], onward["contact"]["phone"]) == (NL, "+31700000000")

    # May it be shown to a court?
    court = acts.by(
        "officer-9", "asks whether it is evidence", may, officers, record, None, Evidence(), vgt
    )
    assert (court["answer"], court["clause"]["id"]) == ("ask", "T-evidence")

    # How long may it be kept? To the last day, and not one longer.
    answers = [
        acts.by(
            "officer-9", f"asks whether it may be kept until {day}", may, officers, record, None,
            KeepUntil(day), vgt,
        )
        for day in (last, last + timedelta(days=1))
    ]  # fmt: skip
    assert [one["answer"] for one in answers] == ["yes", "no"]
    assert {one["clause"]["id"] for one in answers} == {"T-keep"}
    assert last.isoformat() in answers[0]["clause"]["text"]

    # The sender has second thoughts about courts: asked again, the answer is no.
    wanted = Wanted(kind="change_restrictions", record=record, code="evidential")
    acts.by("officer-17", "forbids its use in court", notify, wanted, "officer-17", "police.nl", nl)
    world.work()
    again = acts.by(
        "officer-9",
        "asks again whether it is evidence",
        may,
        officers,
        record,
        None,
        Evidence(),
        vgt,
    )
    assert (again["answer"], again["clause"]["id"]) == ("no", "T-since")
    assert "evidential" in again["clause"]["text"]
    assert acts.told() == 7
