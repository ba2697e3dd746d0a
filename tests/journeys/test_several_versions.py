"""Several versions of one record at once: whose they are, and that nothing stays stuck on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.core.statement import parse
from gateway.flow.approving import approve_set
from gateway.flow.exchange import Exchange
from gateway.flow.holds import Group
from gateway.flow.notify import Wanted, notify
from gateway.flow.origin import Evidence, Origin, origin_of
from gateway.flow.pass_on import pass_on
from gateway.flow.records import open_texts
from keys.jws import Signed
from tests.journeys.after import inbox, states, versions
from tests.journeys.forging import notices_forged, texts_forged
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, VGT, addressed
from tests.journeys.staff import person, staffed
from tests.journeys.test_lifecycle import CONSENT, EST, EST_ITEMS, OFFICER, PASSING
from tests.journeys.test_notices import ground
from tests.journeys.test_whose_record import rejections

ANNA, BERT = (
    {
        "category": "suspect",
        "names": [{"full": name, "kind": "legal"}],
        "dob": "1980-01-02",
        "nationalities": ["NL"],
    }
    for name in ("Anna Adam", "Bert Boer")
)
ALONE: dict[str, Any] = {"identities": [], "network": [], "relations": []}


def of(*persons: dict[str, Any]) -> dict[str, Any]:
    """Return what a case says of these; its ground is about the last of them."""
    return {**ALONE, "persons": list(persons), "grounds": [ground(f"/persons/{len(persons) - 1}")]}


def from_hub(world: World, ref: str, *persons: dict[str, Any]) -> str:
    hub = world.network.gateways[HUB]
    body = addressed("case", NL, provider_ref=ref, **of(*persons))
    (outcome,) = world.push(hub, body, client="analysts")
    return str(outcome.record)


@contextmanager
def unlooked() -> Iterator[None]:
    """Let the sender's own gateway not see that a person comes back."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gateway.flow.known.brings_back", lambda *_: set())
        yield


def names(exchange: Exchange, record: str) -> dict[int, list[str]]:
    """Return who stands in each version that is held."""
    rows = [row for row in versions(exchange, record) if row.text]
    bodies = [json.loads(text) for text in open_texts(rows, exchange)]
    return {
        row.version: [one["names"][0]["full"] for one in body["persons"]]
        for row, body in zip(rows, bodies, strict=True)
    }


@pytest.fixture
def est(world: World) -> Exchange:
    """One that the hub passes on to."""
    est = world.add(EST)
    world.introduce(est, world.network.gateways[HUB])
    world.introduce(est, world.network.gateways[NL])
    world.configure(world.network.gateways[HUB], PASSING + CONSENT)
    world.configure(est, EST_ITEMS)
    world.work()
    return est


@pytest.mark.parametrize("urgency", ["urgent", "routine"])
def test_who_passes_a_record_on_does_not_take_it_over_by_a_version_beside_it(
    world: World, est: Exchange, urgency: str
) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (outcome,) = world.push(nl, addressed("case", HUB))
    record = str(outcome.record)
    world.work()
    governance = {**addressed("case")["governance"], "purposes": ["operational_analysis"]}
    forgery = addressed(
        "case",
        EST,
        provider_ref="forged",
        governance=governance,
        risk={"urgency": urgency, "reason": "a raid"},
    )
    world.push(hub, forgery, client="analysts")
    pass_on(record, EST, OFFICER, hub)
    with texts_forged({"forged": (record, 2)}):
        world.work()

    with hub.store.reading() as work:
        sent = work.envelopes.page(partner=EST, state=None, after="", limit=99)
    assert [row.count for row in sent if row.kind == "records"] == [2]
    (row,) = versions(est, record)
    assert (row.version, row.from_partner, row.state) == (1, NL, "current")
    assert rejections(est, HUB) == [(record, "another-sender")]


def test_evidence_of_its_own_makes_nothing_another_s(world: World) -> None:
    """Beside a record that it passes on, it would have been as good as the originator's."""
    nl = world.network.gateways[NL]
    record = from_hub(world, "first", ANNA)
    world.work()
    (row,) = versions(nl, record)
    (text,) = open_texts([row], nl)
    with nl.store.reading() as work:
        configuration = nl.configuration(work)
        arrival = work.arrivals.get(str(row.statement))
    assert arrival is not None
    assert arrival.statement is not None
    evidence = Evidence.read([arrival.statement])
    assert origin_of(text, evidence, HUB, EST, configuration) == Origin(HUB)
    brought = origin_of(text, evidence, EST, VGT, configuration)
    assert (brought.author, brought.via, brought.brought_by) == (HUB, NL, EST)


def test_evidence_is_read_once_however_many_texts_stand_beside_it(
    world: World, est: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    records = []
    for ref in ("first", "second", "third"):
        (outcome,) = world.push(nl, addressed("case", HUB, provider_ref=ref))
        world.work()  # an envelope each, and so a statement
        records.append(str(outcome.record))
    for record in records:
        pass_on(record, EST, OFFICER, hub)
    read: list[bytes] = []

    def counted(line: bytes) -> Signed:
        read.append(line)
        return parse(line)

    monkeypatch.setattr("gateway.flow.origin.parse", counted)
    world.work()
    assert [states(est, record) for record in records] == [{1: "current"}] * 3
    assert len(read) == len(set(read)) == 3


def test_of_two_versions_in_one_envelope_the_newer_stands(world: World) -> None:
    nl = world.network.gateways[NL]
    record = from_hub(world, "first", ANNA)
    world.work()
    from_hub(world, "third", ANNA, BERT)
    from_hub(world, "second", BERT)
    with texts_forged({"second": (record, 2), "third": (record, 3)}):
        world.work()
    assert states(nl, record) == {1: "superseded", 2: "superseded", 3: "current"}


def test_a_notice_on_one_of_two_versions_that_come_at_once_works(world: World) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    record = from_hub(world, "first", ANNA, BERT)
    world.work()
    wanted = Wanted(kind="recall", record=record, person="/persons/0", code="wrong_person")
    with notices_forged(version=2):
        notify(wanted, "officer", "europol.eu", hub)
        world.work()
    assert names(nl, record) == {1: ["Anna Adam", "Bert Boer"]}  # it waits for its version
    with texts_forged({"second": (record, 2), "third": (record, 3)}), unlooked():
        from_hub(world, "second", ANNA, BERT)
        from_hub(world, "third", BERT)
        world.work()
    later = from_hub(world, "later", BERT)
    world.work()

    assert names(nl, record) == {2: ["Bert Boer"], 3: ["Bert Boer"]}
    assert states(nl, record) == {1: "superseded", 2: "superseded", 3: "current"}
    assert states(nl, later) == {1: "current"}


# Who was taken out comes back unseen into no version, and into no other record


def recalled(world: World) -> str:
    """A record of the hub from which Anna was taken as a wrong person, here too."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    record = from_hub(world, "first", ANNA, BERT)
    world.work()
    wanted = Wanted(kind="recall", record=record, person="/persons/0", code="wrong_person")
    notify(wanted, "officer", "europol.eu", hub)
    world.work()
    assert names(nl, record) == {1: ["Bert Boer"]}
    return record


def held(exchange: Exchange, record: str, version: int) -> tuple[str, str | None]:
    with exchange.store.reading() as work:
        entry = work.arrivals.inbox_of("police", record, version)
    assert entry
    return entry.state, entry.code


def test_a_correction_that_names_the_recalled_person_at_another_place_is_held(
    world: World,
) -> None:
    nl = world.network.gateways[NL]
    record = recalled(world)
    from_hub(world, "second", BERT, {**ANNA, "dob": "1981-01-02"})
    with texts_forged({"second": (record, 2)}):
        world.work()
    assert held(nl, record, 2) == ("held", "R-16")
    assert [entry["version"] for entry in inbox(nl, "police")] == [1]


def test_another_record_of_the_originator_that_names_the_recalled_person_is_held(
    world: World,
) -> None:
    nl = world.network.gateways[NL]
    recalled(world)
    again = "urn:uuid:0198f6a0-0000-7000-8000-000000000001"
    other = from_hub(world, "namesake", {**ANNA, "dob": "1999-09-09"})
    with texts_forged({"again": (again, 1)}), unlooked():
        from_hub(world, "again", ANNA)
        world.work()
    assert held(nl, again, 1) == ("held", "R-16")
    assert held(nl, other, 1) == ("waiting", None)


def test_our_own_record_that_names_the_recalled_person_waits_for_a_person(world: World) -> None:
    nl = staffed(world)
    first = addressed("case", HUB, **of(ANNA, BERT))
    (outcome,) = world.push(nl, first)
    wanted = Wanted(
        kind="recall", record=str(outcome.record), person="/persons/0", code="wrong_person"
    )
    notify(wanted, "officer", "police.nl", nl)
    (again,) = world.push(nl, addressed("case", HUB, provider_ref="again", **of(ANNA)))
    (decision,) = again.releases
    assert (decision.state, decision.code) == ("held", "R-16")
    group = Group("R-16", "cases", HUB)
    assert approve_set(group, None, "necessary", person("officer-1", nl), nl).proposal is None
    world.work()
    assert releases(nl, again.record) == {HUB: "stored"}
