"""A partner speaks for its own records only, whatever ids it writes into what it seals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.core.bodies import VoidItem
from gateway.core.errors import StaleDecision
from gateway.core.rendition import rendition_text
from gateway.flow.applying import Effects
from gateway.flow.exchange import Exchange
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.ports import UnitOfWork
from gateway.flow.relay import relay
from gateway.flow.rows import RecordRow
from gateway.flow.seal import seal
from gateway.flow.supersede import mark_envelopes
from gateway.flow.withdraw import withdraw
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, VGT, addressed, with_puller

Forge = Callable[[Exchange, str | None, int], None]


@pytest.fixture
def forge(world: World, monkeypatch: pytest.MonkeyPatch) -> Forge:
    """Return what lets a gateway send a record to the national one under any id and version."""

    def send(sender: Exchange, record: str | None, version: int) -> None:
        def forged(*args: object, **named: object) -> bytes:
            body = json.loads(rendition_text(*args, **named))  # type: ignore[arg-type]
            return json.dumps(body | {"id": record, "version": version}).encode()

        client = {HUB: "analysts", VGT: "officers"}[sender.own.id]
        body = addressed("case", NL, provider_ref=f"forged-{version}")
        with monkeypatch.context() as patched:
            patched.setattr("gateway.flow.seal.rendition_text", forged)
            world.push(sender, body, client=client)
            world.work()

    return send


def newest(exchange: Exchange, record: str | None) -> RecordRow:
    with exchange.store.reading() as work:
        return work.records.newest([str(record)])[str(record)]


def rejections(exchange: Exchange, partner: str) -> list[tuple[str | None, str | None]]:
    """Return what we rejected of this partner: id and code."""
    with exchange.store.reading() as work:
        sent = work.envelopes.page(partner=partner, state=None, after="", limit=99)
        verdicts = [one for row in sent for one in work.envelopes.verdicts_of(row.id)]
    return [(one.record, one.code) for one in verdicts if one.state == "rejected"]


@pytest.mark.parametrize("version", [1, 2])
def test_a_partner_cannot_write_over_a_record_of_ours(
    world: World, forge: Forge, version: int
) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (ours,) = world.push(nl, addressed("case", HUB))
    world.work()
    forge(hub, ours.record, version)

    row = newest(nl, ours.record)
    assert (row.version, row.state, row.from_partner) == (1, "current", None)
    assert rejections(nl, HUB) == [(ours.record, "another-sender")]
    assert withdraw(str(ours.record), "test", "sent_in_error", nl) == [HUB]


def test_a_partner_cannot_write_over_a_record_of_another(world: World, forge: Forge) -> None:
    vgt = with_puller(world)
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(vgt, addressed("case", NL), client="officers")
    world.work()
    forge(hub, theirs.record, 2)

    row = newest(nl, theirs.record)
    assert (row.version, row.state, row.from_partner) == (1, "current", VGT)
    assert rejections(nl, HUB) == [(theirs.record, "another-sender")]


def test_a_newer_version_of_the_partner_s_own_is_taken(world: World, forge: Forge) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    forge(hub, theirs.record, 2)

    assert newest(nl, theirs.record).version == 2
    assert rejections(nl, HUB) == []


def test_a_record_that_another_brings_meanwhile_is_not_written_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.run(seal, NL, hub)
    world.run(relay, NL, hub)

    (ours,) = world.push(nl, addressed("case", HUB))
    found = Effects.write

    def write(effects: Effects, work: UnitOfWork, exchange: Exchange) -> None:
        effects.records = [replace(row, id=str(ours.record), version=2) for row in effects.records]
        found(effects, work, exchange)

    monkeypatch.setattr(Effects, "write", write)
    with pytest.raises(StaleDecision):
        world.run(open_arrivals, HUB, nl)
    assert newest(nl, ours.record).from_partner is None
    assert theirs.state == "stored"


@pytest.mark.parametrize("ahead", [0, 99_999])
def test_a_void_takes_no_proof_of_what_is_held(
    world: World, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    """It names an envelope that was opened, at another place: what its sender signed stays."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    (theirs,) = world.push(hub, addressed("case", NL), client="analysts")
    world.work()
    row = newest(nl, theirs.record)
    with nl.store.reading() as work:
        before = work.arrivals.get(str(row.statement))
    assert before is not None
    assert before.statement is not None

    def lying(seq: int, digest: str, code: str) -> VoidItem:
        assert digest != before.digest
        return VoidItem(seq=seq + ahead, digest=before.digest, code=code)

    monkeypatch.setattr("gateway.flow.seal.VoidItem", lying)
    world.push(hub, addressed("case", NL, provider_ref="second"), client="analysts")
    world.run(seal, NL, hub)
    with hub.store.writing() as work:
        envelopes = work.envelopes.page(partner=NL, state="sealed", after="", limit=9)
        mark_envelopes(
            [one for row in envelopes for one in work.releases.of_envelope(row.id)],
            work,
            code="withheld",
        )
        work.commit()
    world.work()
    with nl.store.reading() as work:
        assert work.arrivals.get(str(row.statement)) == before
        channel = work.envelopes.channel(HUB, "in")
    last = before.seq + 3
    assert (channel.last_seq, channel.upto) == (last, before.seq if ahead else last)
