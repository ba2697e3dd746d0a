"""What partners sent is pushed to a national system that listens, until it says yes or no."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gateway.adapter_shelf import CannotBeRendered
from gateway.core.errors import NotFound, Unavailable
from gateway.flow import look
from gateway.flow.configure import ConfigurationRefused
from gateway.flow.follow_notices import open_notices
from gateway.flow.hand_on import settle
from gateway.flow.ports import Answer
from gateway.flow.written_as import written_as
from keys.errors import SignatureWrong
from keys.suite import verify
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import HUB, HUB_ITEMS, NL, addressed
from tests.journeys.systems import Listening, bring, listening, status
from tests.journeys.test_notices import act

WITH_BANK = (
    HUB_ITEMS
    + """
[client.bank]
org = "europol.eu"
key_digests = ["EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEA"]
sources = ["cases"]
scopes = ["inbox"]
"""
)


def sent(world: World, **changes: Any) -> str:
    (outcome,) = world.push(world.network.gateways[NL], addressed("case", HUB, **changes))
    world.work()
    return str(outcome.record)


def inbox_state(world: World, record: str, client: str = "analysts") -> str | None:
    with world.network.gateways[HUB].store.reading() as work:
        entry = work.arrivals.inbox_of(client, record, 1)
    return entry.state if entry else None


def test_a_yes_ends_it_and_the_sender_learns_it_once(world: World) -> None:
    hub, system = listening(world)
    record = sent(world)

    assert bring(world, hub) == 1
    assert bring(world, hub) == 0
    world.work()

    assert system.records == [record]
    assert list(system.given[0])[:2] == ["terms_in_words", "terms"]  # read first
    assert inbox_state(world, record) == "accepted"
    assert releases(world.network.gateways[NL], record) == {HUB: "accepted"}
    assert look.status(hub)["national_systems"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [(b'{"code": "not-ours"}', "not-ours"), (b"no", "refused"), (b'{"code": "N <"}', "refused")],
)
def test_a_no_ends_it_with_its_code(world: World, body: bytes, code: str) -> None:
    hub, system = listening(world)
    system.answer = status(422, body)
    record = sent(world)
    bring(world, hub)
    world.work()

    with hub.store.reading() as work:
        entry = work.arrivals.inbox_of("analysts", record, 1)
    assert entry is not None
    assert (entry.state, entry.code) == ("rejected", code)
    assert releases(world.network.gateways[NL], record) == {HUB: "rejected"}


def test_what_one_record_meets_holds_up_no_other(world: World) -> None:
    hub, system = listening(world)
    bad = sent(world, provider_ref="bad")
    system.answer = lambda said: Answer(status=500 if said["record"] == bad else 200, body=b"")
    good = sent(world, provider_ref="good")

    bring(world, hub)
    assert (inbox_state(world, bad), inbox_state(world, good)) == ("handed", "accepted")
    bring(world, hub)
    assert system.records.count(bad) == 1  # not before its pause is over

    world.clock.forward(seconds=2)
    system.answer = status(200)
    bring(world, hub)
    assert inbox_state(world, bad) == "accepted"


@pytest.mark.parametrize("number", [401, 403, 404, 429, 502, 503])
def test_what_the_way_meets_holds_up_all_and_rings(world: World, number: int) -> None:
    hub, system = listening(world)
    system.answer = status(number)
    first, second = sent(world, provider_ref="1"), sent(world, provider_ref="2")
    bring(world, hub)
    bring(world, hub)

    assert len(system.posts) == 1
    (standing,) = look.status(hub)["national_systems"]
    assert standing["stage"] == "failing"
    assert standing["code"] == str(number)

    world.clock.forward(seconds=2)
    system.answer = status(204)
    bring(world, hub)
    assert {inbox_state(world, one) for one in (first, second)} == {"accepted"}
    assert look.status(hub)["national_systems"] == []


def test_pauses_grow_while_nobody_answers(world: World) -> None:
    hub, system = listening(world)

    def gone(_: Mapping[str, Any]) -> Answer:
        raise Unavailable

    system.answer = gone
    record = sent(world)
    for _ in range(200):
        bring(world, hub)
        world.clock.forward(seconds=1)

    assert 6 <= len(system.posts) <= 14
    assert inbox_state(world, record) == "handed"


def test_a_system_may_answer_later(world: World) -> None:
    hub, system = listening(world)
    system.answer = status(202)
    record = sent(world)
    bring(world, hub)
    world.clock.forward(seconds=3600)
    bring(world, hub)
    assert len(system.posts) == 1
    assert look.status(hub)["national_systems"][0]["stage"] == "owed"

    settle(client_named("analysts", hub), record, 1, hub, accepted=True)
    world.clock.forward(days=2)
    bring(world, hub)
    assert len(system.posts) == 1
    assert look.status(hub)["national_systems"] == []


def test_a_system_that_forgot_its_answer_is_asked_again(world: World) -> None:
    hub, system = listening(world)
    system.answer = status(202)
    sent(world)
    bring(world, hub)
    world.clock.forward(days=1, seconds=1)
    bring(world, hub)

    (_, first), (_, second) = system.posts
    assert first["Idempotency-Key"] == second["Idempotency-Key"]


def test_what_was_settled_another_way_stands(world: World) -> None:
    hub, system = listening(world)
    record = sent(world)

    def settled_meanwhile(_: Mapping[str, Any]) -> Answer:
        settle(client_named("analysts", hub), record, 1, hub, accepted=False, code="mine")
        return Answer(status=200, body=b"")

    system.answer = settled_meanwhile
    bring(world, hub)
    world.work()
    assert inbox_state(world, record) == "rejected"
    assert releases(world.network.gateways[NL], record) == {HUB: "rejected"}


@pytest.mark.parametrize(
    ("answer", "state"), [(status(200), "done"), (status(422, b'{"code":"court"}'), "kept")]
)
def test_a_notice_goes_the_same_way(
    world: World, answer: Callable[[Mapping[str, Any]], Answer], state: str
) -> None:
    hub, system = listening(world)
    record = sent(world)
    bring(world, hub)
    told = act(world, "recall", record, code="unlawful")
    world.work()
    system.answer = answer
    system.given.clear()

    assert bring(world, hub) == 1
    (notice,) = system.given
    assert (notice["notice"], notice["kind"], notice["record"]) == (told.notice, "recall", record)
    with hub.store.reading() as work:
        (entry,) = work.follow.entries_named("analysts", told.notice)
    assert entry.state == state
    assert open_notices(client_named("analysts", hub), "", 9, hub).entries == []


def test_notices_go_before_records(world: World) -> None:
    hub, system = listening(world)
    record = sent(world, provider_ref="1")
    bring(world, hub)
    sent(world, provider_ref="2")
    act(world, "recall", record, code="unlawful")
    world.work()
    system.given.clear()
    bring(world, hub)
    assert ["notice" in one for one in system.given] == [True, False]


def test_what_was_recalled_before_it_was_brought_never_goes(world: World) -> None:
    hub, system = listening(world)
    system.answer = status(503)
    record = sent(world)
    bring(world, hub)
    act(world, "recall", record, code="unlawful")
    world.work()
    system.answer = status(200)
    system.given.clear()
    world.clock.forward(seconds=9)
    bring(world, hub)
    assert system.records == []
    assert inbox_state(world, record) == "withdrawn"


def test_the_signature_is_over_body_address_and_name(world: World) -> None:
    hub, system = listening(world)
    record = sent(world)
    bring(world, hub)
    ((body, headers),) = system.posts

    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{digest}:"
    label, _, parameters = headers["Signature-Input"].partition("=")
    base = "\n".join(
        [
            '"@method": POST',
            f'"@target-uri": {system.url}',
            f'"content-type": {headers["Content-Type"]}',
            f'"content-digest": {headers["Content-Digest"]}',
            f'"idempotency-key": {headers["Idempotency-Key"]}',
            f'"@signature-params": {parameters}',
        ]
    )
    signature = base64.b64decode(headers["Signature"].removeprefix(f"{label}=:").rstrip(":"))
    keys = {one.key.kid: one.key for one in hub.agent.public_keys()}
    key = keys[parameters.partition('keyid="')[2].partition('"')[0]]
    verify(key, signature, base.encode())
    with pytest.raises(SignatureWrong):
        verify(key, signature, base.replace("cms.example", "other.example").encode())
    assert record.removeprefix("urn:uuid:") in headers["Idempotency-Key"]


def test_nothing_is_brought_to_a_client_that_is_no_more(world: World) -> None:
    hub, system = listening(world)
    sent(world)
    world.configure(hub, HUB_ITEMS.replace("[client.analysts]", "[client.others]"))
    assert bring(world, hub) == 0
    assert system.posts == []


ROUTES = {
    "by type": ('types = ["financial_signal"]', "bank"),
    "by originator": ('org = "bank.example"', "bank"),
    "by partner": ('from_partners = ["other.gw"]', "bank"),
    "by agreement": ('agreements = ["other"]', "bank"),
    "by one of two": ('types = ["case"]\nagreements = ["other"]', "bank"),
}
MATCHING = {
    "by type": 'types = ["case"]',
    "by originator": 'org = "police.nl"',
    "by partner": f'from_partners = ["{NL}"]',
    "by agreement": 'agreements = ["nl-hub"]',
    "by all of them": f'types = ["case"]\norg = "police.nl"\nagreements = ["nl-hub"]\n'
    f'from_partners = ["{NL}"]\ncrime_areas = ["sexual_abuse_and_exploitation"]',
}


def routed(when: str) -> str:
    return f"""{WITH_BANK}
[route.some]
clients = ["bank"]
[route.some.when]
{when}
[route.rest]
clients = ["analysts"]
otherwise = true
when = {{}}
"""


@pytest.mark.parametrize("when", MATCHING.values(), ids=MATCHING.keys())
def test_a_route_names_the_systems_that_get_a_record(world: World, when: str) -> None:
    world.configure(world.network.gateways[HUB], routed(when))
    record = sent(world)
    assert (inbox_state(world, record, "bank"), inbox_state(world, record)) == ("waiting", None)


@pytest.mark.parametrize(("when", "_client"), ROUTES.values(), ids=ROUTES.keys())
def test_what_no_route_selects_goes_where_the_rest_goes(
    world: World, when: str, _client: str
) -> None:
    world.configure(world.network.gateways[HUB], routed(when))
    record = sent(world)
    assert (inbox_state(world, record, "bank"), inbox_state(world, record)) == (None, "waiting")


def test_two_systems_answer_for_themselves(world: World) -> None:
    world.configure(world.network.gateways[HUB], WITH_BANK)
    listening(world)
    hub, bank = listening(world, "bank")
    bank.answer = status(503)
    record = sent(world)
    for client in ("analysts", "bank"):
        bring(world, hub, client)
    assert (inbox_state(world, record), inbox_state(world, record, "bank")) == (
        "accepted",
        "handed",
    )


def test_a_listening_system_is_given_what_the_api_gives(world: World) -> None:
    hub, system = listening(world)
    assert isinstance(system, Listening)
    sent(world)
    bring(world, hub)
    assert json.loads(system.posts[0][0])["body"]["national_ref"]


def test_routes_that_would_leave_something_to_nobody_are_refused(world: World) -> None:
    alone = routed('types = ["case"]').partition("[route.rest]")[0]
    with pytest.raises(ConfigurationRefused) as caught:
        world.configure(world.network.gateways[HUB], alone)
    assert [fault.code for fault in caught.value.faults] == ["no-otherwise"]


@pytest.mark.parametrize(
    "route",
    [
        'clients = ["bank"]\npartners = ["p"]\nwhen = { types = ["case"] }',
        'clients = ["bank"]\nwhen = {}',
        'partners = ["p"]\nwhen = { agreements = ["a"] }',
        'partners = ["p"]\notherwise = true\nwhen = {}',
        'clients = ["bank"]\notherwise = true\nwhen = { types = ["case"] }',
        "when = {}",
    ],
)
def test_a_route_goes_one_way_and_selects_something(world: World, route: str) -> None:
    with pytest.raises(ConfigurationRefused) as caught:
        world.configure(world.network.gateways[HUB], f"{WITH_BANK}[route.some]\n{route}\n")
    assert any(fault.pointer.startswith("route/some") for fault in caught.value.faults)


def test_a_system_that_reads_stix_gets_a_bundle(world: World) -> None:
    hub, system = listening(world, rendering="stix")
    record = sent(world)
    bring(world, hub)
    (found,) = system.given
    assert found["type"] == "bundle"
    assert found["objects"][0]["definition_type"] == "statement"
    assert inbox_state(world, record) == "accepted"
    ((_, headers),) = system.posts
    assert headers["Content-Type"] == "application/stix+json;version=2.1"


def test_what_its_rendering_refuses_stays_in_the_inbox(world: World) -> None:
    hub, system = listening(world, rendering="none-such")
    record = sent(world)
    bring(world, hub)
    assert system.posts == []
    with hub.store.reading() as work:
        row = work.handovers.get("analysts", record, 1)
    assert row is not None
    assert (row.stage, row.outcome) == ("tried", "rendering-refused")
    assert settle(client_named("analysts", hub), record, 1, hub, accepted=True) is None


def test_a_record_is_read_as_stix_without_settling_it(world: World) -> None:
    hub = world.network.gateways[HUB]
    record = sent(world)
    analysts = client_named("analysts", hub)
    written = written_as(analysts, record, 1, "stix", hub)
    assert next(iter(written)) == "terms_in_words"
    assert written["document"]["type"] == "bundle"
    assert {"pointer": "/nonce", "code": "no-place"} in written["losses"]
    assert inbox_state(world, record) == "handed"
    with pytest.raises(NotFound):
        written_as(analysts, record, 2, "stix", hub)
    with pytest.raises(CannotBeRendered):
        written_as(analysts, record, 1, "misp", hub)
    act(world, "recall", record, code="unlawful")
    world.work()
    with pytest.raises(NotFound):
        written_as(analysts, record, 1, "stix", hub)
