"""An 8-hour request from its arrival to its answer, and every other way it can go."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.normalise import RecordInvalid
from gateway.flow.as_asked import ReplyHeld
from gateway.flow.compose import Pen, SourceNotNamed, newest_of
from gateway.flow.identify import Person
from gateway.flow.requests import answer, page, refuse, show
from gateway.flow.urgent import lift
from tests.journeys.gateways import World, record, releases
from tests.journeys.questions import (
    ASKED,
    ASKING,
    a_request,
    asking_each_other,
    listed,
    pen,
    widened,
)
from tests.journeys.scenes import HUB, NL, items

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
HELD = {
    "provider_ref": "HELD-1",
    "addressees": {"recipients": []},
    "identities": [{"platform": "chat.example", "handle": "SunnyDay77"}],
    "relations": [],
}


def asked(world, **changes):
    """A national request that reached the hub; the id of the request."""
    nl, hub = asking_each_other(world)
    (sent,) = world.push(nl, a_request(HUB, **changes))
    world.work()
    return nl, hub, sent.record


def body_of(exchange, record_id):
    return newest_of(record_id, exchange)[0].body


def test_an_urgent_request_is_answered_in_time_in_three_acts(world: World) -> None:
    nl, hub = asking_each_other(world)
    (held,) = world.push(hub, record("case", **HELD), client="analysts")
    (sent,) = world.push(nl, a_request(HUB))
    world.work()
    world.clock.forward(seconds=7 * 3600)

    (first,) = listed(ASKED, hub)  # act 1
    assert (first["record"], first["partner"], first["clock"]) == (sent.record, NL, "8h")
    assert first["due_at"] - first["asked_at"] == 8 * HOUR_MS
    assert (first["over"], first["matches"]) == (False, 1)
    seen = show(sent.record, ASKED, hub)  # act 2
    (match,) = seen["found"]
    assert (match["record"], match["in_common"]) == (held.record, ["handle"])
    assert match["decision"]["outcome"] == "release"
    said = {"state": "complete", "directly_accessible": True, "use": [match["record"]]}
    given = answer(sent.record, said, pen(ASKED), hub)  # act 3
    world.work()

    assert releases(hub, given.record) == {NL: "stored"}
    assert listed(ASKED, hub) == []
    (done,) = listed(ASKING, nl, open_only=False)
    assert (done["state"], done["reply"], done["direction"]) == ("answered", given.record, "out")
    assert done["replied_at"] < done["due_at"]
    came = body_of(nl, given.record)
    assert came["identities"][0]["handle"] == "SunnyDay77"
    assert came["derived_from"] == [held.record]
    assert came["request"] == sent.record


def test_what_was_found_is_told_to_our_own_persons_alone(world: World) -> None:
    nl, hub = asking_each_other(world)
    world.push(hub, record("case", **HELD), client="analysts")
    _, hub, request = asked(world)
    show(request, ASKED, hub)
    world.work()

    with nl.store.reading() as work:
        assert [row.type for row in work.records.page(HUB, after="", limit=9)] == []
    for exchange in (nl, hub):
        with exchange.store.reading() as work:
            acts = [row.act for row in work.ledger.page(after=-1, limit=500)]
        assert acts.count("cross_checked") == (2 if exchange is hub else 0)


def test_the_decision_beside_a_match_is_the_one_for_this_requester(world: World) -> None:
    nl, hub = asking_each_other(world)
    governance = {**record("case")["governance"], "handling": ["H2"]}
    world.push(hub, record("case", **{**HELD, "governance": governance}), client="analysts")
    (sent,) = world.push(nl, a_request(HUB))
    world.work()

    (match,) = show(sent.record, ASKED, hub)["found"]

    assert match["decision"]["outcome"] == "hold"
    assert match["decision"]["deciding"] == "R-05"
    assert match["decision"]["remedy"]


def test_a_match_that_an_override_lifted_says_what_the_rules_say(world: World) -> None:
    nl, hub = asking_each_other(world)
    governance = {**record("case")["governance"], "handling": ["H2"]}
    life = {"urgency": "threat_to_life", "reason": "A child is in danger now."}
    body = {**HELD, "governance": governance, "risk": life}
    body["addressees"] = {"recipients": [{"partner": NL}]}
    (held,) = world.push(hub, record("case", **body), client="analysts")
    (sent,) = world.push(nl, a_request(HUB))
    world.work()
    (match,) = show(sent.record, ASKED, hub)["found"]
    assert (match["decision"]["outcome"], match["decision"]["overridden"]) == ("hold", False)

    lift(str(held.record), [NL], "child_at_risk_now", ASKED, hub, fields=("",))

    (match,) = show(sent.record, ASKED, hub)["found"]
    assert (match["decision"]["outcome"], match["decision"]["overridden"]) == ("hold", True)
    assert match["decision"]["deciding"] == "R-05"


def test_while_an_answer_is_held_no_second_one_is_taken(world: World) -> None:
    _, hub, request = asked(world)
    said = {"state": "complete", "text": "Nothing more.", "handling": ["H3"]}
    keyed = Pen(person=ASKED, key="k-1")
    first = answer(request, said, keyed, hub)
    no = {"ground": "national_security", "concerns": "all", "handling": ["H0"]}
    for again, more in ((answer, said), (refuse, no)):
        with pytest.raises(ReplyHeld) as caught:
            again(request, more, pen(ASKED), hub)
        (fault,) = caught.value.faults
        assert str(first.record) in fault.detail

    assert answer(request, said, keyed, hub) == first
    delay = {"needed": True, "delay": "P3D", "reasons": "The court sits on Monday."}
    late = {"state": "delayed", "authorisation": delay, "handling": ["H0"]}
    assert answer(request, late, pen(ASKED), hub).state == "stored"


def test_a_delay_beside_a_held_answer_does_not_hide_it(world: World) -> None:
    _, hub, request = asked(world)
    said = {"state": "complete", "text": "Nothing more.", "handling": ["H3"]}
    first = answer(request, said, pen(ASKED), hub)
    delay = {"needed": True, "delay": "P3D", "reasons": "The court sits on Monday."}
    answer(
        request, {"state": "delayed", "authorisation": delay, "handling": ["H0"]}, pen(ASKED), hub
    )
    for _ in range(2):  # before the delay has left, and after
        with pytest.raises(ReplyHeld) as caught:
            answer(request, said, pen(ASKED), hub)
        assert str(first.record) in caught.value.faults[0].detail
        world.work()
    (row,) = listed(ASKED, hub)
    assert (row["reply"], row["reply_state"]) == (str(first.record), "held")


def test_who_has_no_native_source_is_told_how_to_get_one(world: World) -> None:
    _, hub, request = asked(world)
    said = {"state": "complete", "text": "Nothing more.", "handling": ["H0"]}
    with pytest.raises(SourceNotNamed) as caught:
        answer(request, said, Pen(person=ASKED, source="nowhere"), hub)
    assert "adapter is `native`" in caught.value.advice
    page = caught.value.advice.split()[-3]
    text = (Path(__file__).parents[2] / page).read_text(encoding="utf-8")
    assert 'adapter = "native"' in text


def test_a_held_answer_stops_no_clock_and_says_where_it_waits(world: World) -> None:
    _, hub, request = asked(world)
    said = {"state": "complete", "text": "Nothing more.", "handling": ["H3"]}
    answer(request, said, pen(ASKED), hub)
    world.work()
    world.clock.forward(seconds=9 * 3600)

    (row,) = listed(ASKED, hub)

    assert (row["state"], row["reply_state"], row["over"]) == ("open", "held", True)


def test_a_request_that_is_not_urgent_has_seven_days(world: World) -> None:
    calm = {"urgent": False, "urgent_grounds": None, "urgent_reason": None}
    _, hub, _ = asked(world, **calm)
    (row,) = listed(ASKED, hub)
    assert (row["clock"], row["due_at"] - row["asked_at"]) == ("7d", 7 * DAY_MS)
    world.clock.forward(days=7)
    assert listed(ASKED, hub)[0]["over"]


def test_saying_that_it_is_not_directly_accessible_makes_it_three_days(world: World) -> None:
    nl, hub, request = asked(world)
    said = {
        "state": "partial",
        "directly_accessible": False,
        "text": "The account is known.",
        "outstanding": "The subscriber.",
        "handling": ["H0"],
    }
    answer(request, said, pen(ASKED), hub)
    world.work()

    for person, exchange in ((ASKED, hub), (ASKING, nl)):
        (row,) = listed(person, exchange)
        assert (row["state"], row["clock"], row["directly_accessible"]) == ("open", "3d", "no")
        assert row["due_at"] - row["asked_at"] == 3 * DAY_MS


def test_a_delay_by_a_judicial_authorisation_is_told_at_once(world: World) -> None:
    nl, hub, request = asked(world)
    said = {
        "state": "delayed",
        "authorisation": {"needed": True, "delay": "P4D", "reasons": "The court sits on Monday."},
        "handling": ["H0"],
    }
    answer(request, said, pen(ASKED), hub)
    world.work()

    (row,) = listed(ASKING, nl)
    assert row["state"] == "delayed"
    assert row["due_at"] - row["replied_at"] == 4 * DAY_MS
    assert body_of(nl, row["reply"])["authorisation"]["reasons"] == "The court sits on Monday."

    answer(request, {"state": "complete", "text": "Here.", "handling": ["H0"]}, pen(ASKED), hub)
    world.work()
    assert listed(ASKING, nl) == []


def test_a_refusal_names_its_ground(world: World) -> None:
    nl, hub, request = asked(world)

    refuse(request, {"ground": "ongoing_investigation"}, pen(ASKED), hub)
    world.work()

    (row,) = listed(ASKING, nl, open_only=False)
    assert (row["state"], row["code"]) == ("refused", "ongoing_investigation")


def test_a_part_refused_leaves_the_rest_to_be_answered(world: World) -> None:
    nl, hub, request = asked(world)
    said = {"ground": "safety_of_individual", "concerns": "part", "text": "The source."}

    refuse(request, said, pen(ASKED), hub)
    world.work()

    (row,) = listed(ASKING, nl)
    assert (row["state"], row["code"]) == ("open", "safety_of_individual")


def test_the_clock_stands_still_while_the_requester_makes_something_clearer(world: World) -> None:
    nl, hub, request = asked(world)
    (before,) = listed(ASKED, hub)
    world.clock.forward(seconds=3600)
    said = {
        "state": "clarification_wanted",
        "clarification": "Which of the two accounts of that name?",
        "handling": ["H0"],
    }
    answer(request, said, pen(ASKED), hub)
    world.work()
    assert [row["state"] for row in listed(ASKING, nl)] == ["clarifying"]
    world.clock.forward(seconds=20 * 3600)
    assert not listed(ASKED, hub)[0]["over"]

    clearer = a_request(HUB, provider_ref="REQ-2", clarifies=request)
    (second,) = world.push(nl, clearer)
    world.work()

    (row,) = listed(ASKED, hub)
    assert (row["record"], row["state"]) == (request, "open")
    assert row["due_at"] - before["due_at"] == 20 * HOUR_MS
    assert releases(nl, second.record) == {HUB: "stored"}


def test_a_partner_cannot_end_what_was_asked_of_another(world: World) -> None:
    nl, hub, request = asked(world)
    with nl.store.writing() as work:
        (row,) = work.asked.of_record(request)
        work.asked.add([replace(row, partner="agency.au")])
        work.commit()
    refuse(request, {"ground": "not_available"}, pen(ASKED), hub)
    world.work()

    states = {row["partner"]: row["state"] for row in listed(ASKING, nl, open_only=False)}
    assert states == {HUB: "refused", "agency.au": "open"}


def test_a_new_version_of_a_request_starts_no_new_clock(world: World) -> None:
    nl, hub, _ = asked(world)
    (before,) = listed(ASKED, hub)
    world.clock.forward(seconds=3600)
    world.push(nl, a_request(HUB, corrects=1, information="The logins alone."))
    world.work()

    (row,) = listed(ASKED, hub)
    assert (row["asked_at"], row["due_at"]) == (before["asked_at"], before["due_at"])


def test_faults_of_an_answer_are_told_all_at_once_and_nothing_is_kept(world: World) -> None:
    _, hub, request = asked(world)
    said = {"state": "partial", "evidence": "perhaps", "handling": ["H9"]}

    with pytest.raises(RecordInvalid) as caught:
        answer(request, said, pen(ASKED), hub)

    assert {fault.pointer for fault in caught.value.faults} == {
        "/outstanding",
        "/evidence",
        "/governance/handling/0",
    }
    with hub.store.reading() as work:
        assert work.records.quarantined(org=None, after="", limit=9) == []


def test_who_is_not_concerned_sees_nothing(world: World) -> None:
    _, hub, request = asked(world)
    stranger = Person("x-1", "other.org", frozenset({"contact_point"}))
    reader = Person("r-1", "europol.eu", frozenset({"auditor"}))

    assert listed(stranger, hub) == []
    with pytest.raises(NotFound):
        show(request, stranger, hub)
    with pytest.raises(NotFound):
        refuse(request, {"ground": "not_available"}, pen(stranger), hub)
    with pytest.raises(Forbidden):
        page("request", reader, open_only=True, after=(0, "", ""), limit=9, exchange=hub)
    analyst = Person("a-1", "europol.eu", frozenset({"analyst"}))
    with pytest.raises(Forbidden):
        answer(request, {"state": "complete"}, pen(analyst), hub)


def test_an_answer_never_widens_the_conditions_of_what_it_is_drawn_from(world: World) -> None:
    nl, hub = asking_each_other(world)
    limits = [{"kind": "use", "text": "Not in court."}]
    first = {**record("case")["governance"], "handling": ["H0"], "restrictions": limits}
    second = {**first, "handling": ["H1"], "review_by": "2026-11-01", "restrictions": []}
    refs = []
    for number, governance in enumerate((first, second)):
        body = {**HELD, "provider_ref": f"HELD-{number}", "governance": governance}
        refs.append(world.push(hub, record("case", **body), client="analysts")[0].record)
    (sent,) = world.push(nl, a_request(HUB))
    world.work()

    given = answer(sent.record, {"state": "complete", "use": refs}, pen(ASKED), hub)

    body = body_of(hub, given.record)
    assert body["governance"]["handling"] == ["H0", "H1"]
    assert body["governance"]["restrictions"] == limits
    assert body["governance"]["review_by"] == "2026-11-01"
    assert len(body["persons"]) == 2 * len(record("case")["persons"])
    assert json.dumps(body).count("SunnyDay77") == 2


SECOND = """
[organisation."customs.nl"]
title = "customs.nl"
country = "NL"
org_class = "eu_authority"
[client.customs]
org = "customs.nl"
key_digests = ["{digest}"]
sources = ["goods"]
scopes = ["submit"]
[source.goods]
org = "customs.nl"
adapter = "native"
"""


def test_what_another_organisation_of_the_same_gateway_holds_is_not_found(world: World) -> None:
    nl, hub = asking_each_other(world)
    text = widened(items("europol.eu", "NL", "analysts", "C", NL))
    world.configure(hub, text + SECOND.format(digest="E" * 42 + "A"))
    (theirs,) = world.push(hub, record("case", **HELD), client="customs", source="goods")
    (sent,) = world.push(nl, a_request(HUB))
    world.work()

    assert listed(ASKED, hub)[0]["matches"] == 0
    assert show(sent.record, ASKED, hub)["found"] == []
    said = {"state": "complete", "use": [theirs.record]}
    with pytest.raises(NotFound):
        answer(sent.record, said, pen(ASKED), hub)


def test_what_a_partner_sent_is_found_by_who_was_given_it(world: World) -> None:
    nl, hub = asking_each_other(world)
    first = record("case", **{**HELD, "addressees": {"recipients": [{"partner": HUB}]}})
    (given,) = world.push(nl, first)
    world.work()
    (sent,) = world.push(nl, a_request(HUB))
    world.work()

    found = show(sent.record, ASKED, hub)["found"]

    assert [(one["record"], one["from"]) for one in found] == [(given.record, NL)]


def test_pointers_of_an_answer_lead_to_the_same_parts(world: World) -> None:
    nl, hub = asking_each_other(world)
    paid = {"from": "/persons/0", "to": "/transactions/0", "type": "payment"}
    signal = record("financial_signal", provider_ref="HELD-0")
    signal["relations"] = [paid, *signal["relations"]]
    held = world.push(hub, signal, record("case", provider_ref="HELD-1"), client="analysts")
    refs = [one.record for one in held]
    (sent,) = world.push(nl, a_request(HUB))
    world.work()

    made = answer(sent.record, {"state": "complete", "use": refs}, pen(ASKED), hub)

    body = body_of(hub, made.record)
    first, second = (body_of(hub, ref) for ref in refs)
    offset = len(first["persons"])
    assert second["identities"][0]["holder_ref"] == "/persons/0"
    assert body["identities"][len(first["identities"])]["holder_ref"] == f"/persons/{offset}"
    # a relation to a transaction has no place in an answer, and does not come along
    assert len(first["relations"]) == 2
    assert len(body["relations"]) == len(second["relations"]) + 1
