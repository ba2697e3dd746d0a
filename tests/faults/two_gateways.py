"""A whole exchange in one process that may be told to die at any of its steps.

Run as a child: ``python -m tests.faults.two_gateways FOLDER``. Everything is on disk, so that the
same command goes on where the last one died. Each record that was acknowledged is noted in
``FOLDER/acknowledged`` at once; with ``--report`` it tells at the end what became of all of them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gateway.core.errors import Conflict, GatewayError, NotFound
from gateway.flow import partners
from gateway.flow.audit import verify_ledger
from gateway.flow.exchange import Exchange
from gateway.flow.expire import expire
from gateway.flow.follow_notices import open_notices, settle_notice
from gateway.flow.hand_on import settle, waiting
from gateway.flow.holders import holders, note_copy, settle_copy
from gateway.flow.lease import leased
from gateway.flow.notify import Wanted, notify
from gateway.flow.replay import discard, replay
from gateway.flow.seal import seal
from gateway.flow.withdraw import withdraw
from gateway.wiring import failpoint
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import HUB, HUB_ITEMS, NL, VGT, VGT_ITEMS, addressed, items

WITH_BOTH = items("police.nl", "NL", "police", "B", HUB, VGT)
WITHOUT_VGT = items("police.nl", "NL", "police", "B", HUB)


class RealClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def build(folder: Path, environ: dict[str, str]) -> World:
    """Open three gateways on files; a gateway that is there already is opened as it is."""
    world = World(clock=RealClock(), reach=failpoint(environ), lease_seconds=0.01)
    for name, listens in ((NL, True), (HUB, True), (VGT, False)):
        world.add(name, listens=listens, url=f"sqlite:///{folder}/{name}.db")
    gateways = world.network.gateways
    for here, there, fetch in (
        (NL, HUB, False),
        (HUB, NL, False),
        (NL, VGT, False),
        (VGT, NL, True),
    ):
        _introduce(gateways[here], gateways[there], fetch=fetch)
    world.configure(gateways[NL], WITH_BOTH)
    world.configure(gateways[HUB], HUB_ITEMS)
    world.configure(gateways[VGT], VGT_ITEMS)
    return world


def _introduce(here: Exchange, there: Exchange, *, fetch: bool) -> None:
    views = {view.id: view for view in partners.listing(here)}
    if there.own.id not in views:
        partners.add_card(partners.own_card(there).encode(), here)
        views = {view.id: view for view in partners.listing(here)}
    view = views[there.own.id]
    if view.state == "introduced":
        partners.confirm(view.id, view.words, "test", here, fetch=fetch)


def live(world: World, folder: Path) -> None:
    """Push, seal, withdraw, end an agreement, replay, settle: one day of an exchange."""
    nl = world.network.gateways[NL]
    world.work()
    for number in range(3):
        _push(world, folder, f"both-{number}", HUB, VGT)
    world.work()
    withdrawn = _push(world, folder, "withdrawn", HUB)
    with suppress(GatewayError):
        world.run(seal, HUB, nl)
    with suppress(Conflict):  # withdrawn already, by the run that died
        withdraw(withdrawn, "test", "sent_in_error", nl)
    world.work()
    world.push(nl, {**addressed("case", HUB), "provider_ref": "bad", "opened": "yesterday"})
    with nl.store.reading() as work:
        waits = [row.id for row in work.records.quarantined(org=None, after="", limit=9)]
    with suppress(NotFound):
        replay(waits, "test", nl)
        for id_ in waits:
            discard(id_, "test", nl)
    _push(world, folder, "voided", VGT)
    with suppress(GatewayError):
        world.run(seal, VGT, nl)
    world.configure(nl, WITHOUT_VGT)
    with suppress(Conflict):  # paused already, by the run that died
        partners.pause(HUB, "test", nl)
    partners.resume(HUB, "test", nl)
    world.work()
    recalled = _push(world, folder, "recalled", HUB)
    world.work()
    for name, client in ((HUB, "analysts"), (VGT, "officers")):
        _settle(world.network.gateways[name], client)
    world.work()
    _follow(world, folder, recalled)
    for exchange in world.network.gateways.values():
        with leased("expire", 60, exchange) as lease:
            while lease and expire(lease, exchange):
                pass
        world.sign(exchange)


def _follow(world: World, folder: Path, record: str) -> None:
    """Recall what the hub's national system has, which then says so; and let a date come."""
    nl, hub = world.network.gateways[NL], world.network.gateways[HUB]
    copies = holders(record, None, nl)["copies"]
    copy = copies[0] if copies else note_copy(record, "court.nl", "paper", 1, "test", None, nl)
    with suppress(Conflict):
        settle_copy(record, str(copy["copy"]), "back", "test", None, nl)
    with suppress(Conflict):  # recalled already, by the run that died
        notify(Wanted(kind="recall", record=record, code="unlawful"), "test", None, nl)
    world.work()
    analysts = client_named("analysts", hub)
    for entry in open_notices(analysts, "", 9, hub).entries:
        settle_notice(analysts, entry["notice"], hub, done=True)
    over = {**addressed("case", HUB)["governance"], "erase_by": "2020-01-01"}
    _push(world, folder, "over", HUB, governance=over)
    world.work()


def _push(world: World, folder: Path, reference: str, *to: str, **changes: Any) -> str:
    body = addressed("case", *to, provider_ref=reference, **changes)
    (outcome,) = world.push(world.network.gateways[NL], body, key=reference)
    assert outcome.state in ("stored", "duplicate"), outcome
    with (folder / "acknowledged").open("a") as file:
        file.write(f"{outcome.record} {reference}\n")
    return str(outcome.record)


def _settle(exchange: Exchange, client: str) -> None:
    national = client_named(client, exchange)
    for entry in waiting(national, 0, 99, exchange).entries:
        with suppress(Conflict):
            settle(national, entry["record"], entry["version"], exchange, accepted=True)


def report(world: World) -> dict[str, Any]:
    """Return what is where, as the stores of all three say."""
    found: dict[str, Any] = {}
    for name, exchange in world.network.gateways.items():
        with exchange.store.reading() as work:
            envelopes = [
                row
                for partner in (NL, HUB, VGT)
                for row in work.envelopes.page(partner=partner, state=None, after="", limit=500)
            ]
            inbox = work.arrivals.inbox(
                {NL: "police", HUB: "analysts", VGT: "officers"}[name],
                after=0,
                limit=500,
                open_only=False,
            )
        found[name] = {
            "inbox": [row.record for row in inbox],
            "envelopes": [[row.partner, row.ep, row.seq, row.state] for row in envelopes],
            "ledger": verify_ledger(
                exchange, [one.key for one in exchange.agent.public_keys()]
            ).is_whole,
        }
    with world.network.gateways[NL].store.reading() as work:
        rows = [row for row in work.releases.due(HUB, limit=500) if row.notice]
        found["untold"] = len(rows) + len(work.releases.unanswered(decided_before=2**62, limit=9))
        found["releases"] = [list(row) for row in work.releases.count_by_state()]
    return found


def main(folder: Path, *, told: bool) -> None:
    time.sleep(0.05)  # the leases of a run that died are over by then
    world = build(folder, dict(os.environ))
    live(world, folder)
    if told:
        print(json.dumps(report(world)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), told="--report" in sys.argv)
