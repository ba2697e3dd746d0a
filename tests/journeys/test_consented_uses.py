"""What a consent allows a holder: evidence, another purpose, passing on to those it names."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.errors import Forbidden
from gateway.core.terms import Evidence, PassOn, Purpose, Question
from gateway.flow.consents import accept, ask, give, in_force, withdraw
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import waiting
from gateway.flow.identify import client_of
from gateway.flow.may import may
from gateway.flow.notify import Wanted, notify
from gateway.flow.pass_on import NotPassedOn, pass_on
from tests.journeys.gateways import World, releases
from tests.journeys.questions import ASKED, ASKING, DE, pen, widened, with_a_third
from tests.journeys.scenes import HUB, NL, addressed, items
from tests.journeys.test_dates import let_expire

UNTIL = "2026-06-01T00:00:00Z"
OFFICER = ASKING


@pytest.fixture
def scene(world: World) -> World:
    world.introduce(with_a_third(world), world.network.gateways[HUB])
    world.work()
    return world


def sent(world: World, **changes: Any) -> str:
    """A case of the hub's that the national gateway has."""
    hub = world.network.gateways[HUB]
    (outcome,) = world.push(hub, addressed("case", NL, **changes), client="analysts")
    world.work()
    return str(outcome.record)


def coded(*codes: str, **more: Any) -> dict[str, Any]:
    return {"governance": {**addressed("case", NL)["governance"], "handling": [*codes], **more}}


def asked(world: World, record: str, **said: Any) -> str:
    nl = world.network.gateways[NL]
    (made,) = ask(record, {"reason": "It goes to court.", **said}, pen(ASKING), nl)
    world.work()
    return str(made.record)


def granted(world: World, record: str, use: str, **said: Any) -> str:
    hub = world.network.gateways[HUB]
    request = asked(world, record, use=use, **said)
    outcome = give(request, {"until": UNTIL}, pen(ASKED), hub)
    world.work()
    return str(outcome.record)


def told(world: World, record: str, question: Question, at: str = NL) -> tuple[str, str]:
    exchange = world.network.gateways[at]
    clients = {NL: "police", HUB: "analysts", DE: "fahnder"}
    said = may(client_of(clients[at], exchange), record, None, question, exchange)
    return said["answer"], said["clause"]["text"]


def terms(exchange: Exchange, client: str, record: str) -> dict[str, Any]:
    entries = waiting(client_of(client, exchange), 0, 99, exchange).entries
    return max((one for one in entries if one["record"] == record), key=lambda one: one["version"])[
        "terms"
    ]


def test_what_is_no_evidence_may_be_when_its_originator_consented(scene) -> None:
    record = sent(scene, **coded("H0", "H1"))
    assert told(scene, record, Evidence())[0] == "no"

    granted(scene, record, "evidence")

    answer, clause = told(scene, record, Evidence())
    assert answer == "yes"
    assert clause.startswith("Granted by consent consent-")
    assert clause.endswith(f"until {UNTIL}.")
    (held,) = in_force(ASKING, scene.network.gateways[NL])
    assert (held["use"], held["recipients"]) == ("evidence", [NL])


def test_it_is_asked_for_our_own_use_without_naming_a_partner(scene) -> None:
    record = sent(scene)
    request = asked(scene, record, use="evidence")
    hub = scene.network.gateways[HUB]
    with hub.store.reading() as work:
        row = work.records.newest([request])[request]
    assert row.type == "consent_request"


def test_what_is_refused_stays_as_the_terms_say(scene) -> None:
    record = sent(scene)
    request = asked(scene, record, use="evidence")
    give(request, {"decision": "refused", "reason": "No."}, pen(ASKED), scene.network.gateways[HUB])
    scene.work()
    assert told(scene, record, Evidence())[0] == "ask"


def test_what_was_granted_ends_on_its_day(scene) -> None:
    record = sent(scene)
    granted(scene, record, "evidence")
    assert told(scene, record, Evidence())[0] == "yes"
    scene.clock.forward(days=160)
    assert told(scene, record, Evidence())[0] == "ask"


def test_what_was_granted_ends_when_it_is_withdrawn(scene) -> None:
    record = sent(scene)
    consent = granted(scene, record, "evidence")
    withdraw(consent, {}, pen(ASKED), scene.network.gateways[HUB])
    scene.work()
    assert told(scene, record, Evidence())[0] == "ask"
    assert in_force(ASKED, scene.network.gateways[HUB]) == []


def test_a_consent_undoes_nothing_that_was_laid_on_the_record_since(scene) -> None:
    record = sent(scene)
    granted(scene, record, "evidence")
    hub = scene.network.gateways[HUB]
    wanted = Wanted(kind="change_restrictions", record=record, code="evidential")
    notify(wanted, "spoc-7", None, hub)
    scene.work()
    assert told(scene, record, Evidence())[0] == "no"


def test_a_consent_to_evidence_allows_no_other_purpose_and_the_other_way(scene) -> None:
    record = sent(scene)
    granted(scene, record, "other_purpose", consent_purposes=["research"])
    assert told(scene, record, Purpose("research"))[0] == "yes"
    assert told(scene, record, Purpose("public_appeal"))[0] == "ask"
    assert told(scene, record, Evidence())[0] == "ask"
    assert told(scene, record, Purpose("operational_analysis"))[1].startswith("You may use it")


def test_a_record_given_again_says_that_it_is_evidence_now(scene) -> None:
    record = sent(scene, **coded("H0", "H1"))
    consent = granted(scene, record, "evidence")
    hub, nl = scene.network.gateways[HUB], scene.network.gateways[NL]

    sent(scene, corrects=1, unit="another unit", **coded("H0", "H1"))
    assert terms(nl, "police", record)["evidence"] == "yes"

    withdraw(consent, {}, pen(ASKED), hub)
    scene.work()
    assert told(scene, record, Evidence())[0] == "no"  # a notice follows what the terms said


def test_another_purpose_is_among_those_of_what_is_given_again(scene) -> None:
    nl, hub = scene.network.gateways[NL], scene.network.gateways[HUB]
    both = '"cross_check", "operational_analysis"'
    ours = widened(items("police.nl", "NL", "police", "B", HUB))
    theirs = widened(items("europol.eu", "NL", "analysts", "C", NL))
    scene.configure(nl, ours.replace(both, f'{both}, "research"'))
    scene.configure(hub, theirs.replace(both, f'{both}, "research"'))
    record = sent(scene)
    assert "research" not in terms(nl, "police", record)["purposes"]
    granted(scene, record, "other_purpose", consent_purposes=["research"])

    sent(scene, corrects=1, unit="another unit")

    assert "research" in terms(nl, "police", record)["purposes"]


def test_who_may_pass_on_to_whom_is_a_list_in_the_terms_of_what_is_given_again(scene) -> None:
    record = sent(scene)
    nl = scene.network.gateways[NL]
    granted(scene, record, "pass_on", partner=DE)
    assert told(scene, record, PassOn(DE))[1].startswith("Granted by consent")

    sent(scene, corrects=1, unit="another unit")

    said = terms(nl, "police", record)
    assert (said["pass_on"], said["pass_on_to"]) == ("list", [DE])
    assert told(scene, record, PassOn(DE)) == (
        "yes",
        f"You may pass it on to {DE}, and to nobody else.",
    )
    assert told(scene, record, PassOn("agency.au"))[0] == "no"


def test_what_may_go_on_to_one_by_its_terms_goes_to_that_one_alone(scene) -> None:
    nl, hub = scene.network.gateways[NL], scene.network.gateways[HUB]
    scene.configure(
        hub, widened(items("europol.eu", "NL", "analysts", "C", NL)) + _consent_to("police.fr.gw")
    )
    other = sent(scene)
    assert terms(nl, "police", other)["pass_on_to"] == ["police.fr.gw"]
    with pytest.raises(NotPassedOn, match="R-07"):
        pass_on(other, DE, OFFICER, nl)

    scene.configure(hub, widened(items("europol.eu", "NL", "analysts", "C", NL)) + _consent_to(DE))
    record = sent(scene, provider_ref="SECOND")
    assert pass_on(record, DE, OFFICER, nl)["state"] == "due"
    scene.work()
    assert releases(nl, record) == {DE: "stored"}


def _consent_to(partner: str) -> str:
    return f"""
[consent.onward]
valid_until = 1900000000000
originator = "europol.eu"
recipients = ["{partner}"]
types = ["case"]
records = []
purposes = ["operational_analysis"]
"""


def test_the_members_of_an_agreement_are_a_list(scene) -> None:
    nl, hub = scene.network.gateways[NL], scene.network.gateways[HUB]
    text = widened(items("europol.eu", "NL", "analysts", "C", NL))
    scene.configure(hub, text + f'members = ["{NL}", "bka.de"]\n')

    record = sent(scene)

    assert terms(nl, "police", record)["pass_on_to"] == ["bka.de"]
    assert told(scene, record, PassOn("bka.de"))[0] == "yes"
    coded_h2 = sent(scene, provider_ref="H3", **coded("H0", restrictions=[{"kind": "transfer"}]))
    assert terms(nl, "police", coded_h2)["pass_on"] == "nobody"


def test_who_was_told_a_list_is_told_when_a_name_on_it_goes(scene) -> None:
    record = sent(scene)
    hub = scene.network.gateways[HUB]
    consent = granted(scene, record, "pass_on", partner=DE)
    sent(scene, corrects=1, unit="another unit")
    assert told(scene, record, PassOn(DE))[0] == "yes"

    withdraw(consent, {}, pen(ASKED), hub)
    scene.work()
    let_expire(scene)
    scene.work()

    assert told(scene, record, PassOn(DE))[0] == "no"


def test_what_is_allowed_on_conditions_repeats_them(scene) -> None:
    record = sent(scene, **coded("H1"))
    nl, hub = scene.network.gateways[NL], scene.network.gateways[HUB]
    said = {"until": UNTIL, "conditions": "Name no source in court."}
    made = give(asked(scene, record, use="evidence"), said, pen(ASKED), hub)
    scene.work()
    assert told(scene, record, Evidence())[0] == "no"

    accept(str(made.record), ASKING, nl)

    answer, words = told(scene, record, Evidence())
    assert answer == "yes"
    assert words.endswith("You accepted its conditions: Name no source in court.")


def test_who_may_give_a_consent_may_not_be_anybody(scene) -> None:
    record = sent(scene)
    request = asked(scene, record, use="evidence")
    contact = pen(type(ASKED)(ASKED.name, ASKED.org, frozenset({"contact_point"})))
    with pytest.raises(Forbidden):
        give(request, {"until": UNTIL}, contact, scene.network.gateways[HUB])
