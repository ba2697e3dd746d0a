"""Many at once on the same databases: leases running out in mid-seal, writers, readers.

Real stores and real workers in threads, each with a store of its own, as if each were a process.
Pauses are put where processes lose the processor in bad luck: between reading and writing, inside
a commit, and after signing, where they outlast the lease.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import GatewayError, StaleDecision, Unavailable
from gateway.core.limits import Limits
from gateway.flow.audit import verify_ledger
from gateway.flow.configuration import ConfigurationCache
from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import settle, waiting
from gateway.flow.rows import EnvelopeRow, InboxRow, ReleaseRow
from gateway.flow.withdraw import withdraw
from gateway.jobs import Pace, Worker
from gateway.store.work import SqlStore
from tests.faults.how_long import SEED, seconds
from tests.faults.three_gateways import CLIENTS, each_database, items_of, three_gateways
from tests.faults.two_gateways import RealClock
from tests.journeys.gateways import client_named
from tests.journeys.scenes import HUB, NL, VGT, addressed

logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick skipped is as it should be
SECONDS = seconds(short=4, long=60)  # of submitting
FEWEST_RECORDS, FEWEST_WITHDRAWN, FEWEST_LOST_SEALS = 24, 4, 3
PATIENCE_SECONDS = 60  # on a busy machine
DRAIN_SECONDS = 40
LEASE_SECONDS = 0.5
WITHDRAWERS = 4
PACE = Pace(
    tick_seconds=0.3,
    lease_seconds=LEASE_SECONDS,
    fetch_seconds=0.5,
    checkpoint_seconds=1,
    idle_seconds=0.3,
    threads=4,
)
GONE = ("due", "held", "sealed")  # states of a release on which somebody has still to act


class Hesitating:
    """A store whose writing begins late: what was read before is then often old."""

    def __init__(self, store: SqlStore, chance: random.Random) -> None:
        self._store = store
        self._chance = chance

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def writing(self) -> Any:
        if self._chance.random() < 0.3:
            time.sleep(self._chance.uniform(0, 0.02))
        return self._store.writing()


@dataclass
class Pauses:
    """What is done at each step of a journey; counts how often each was reached."""

    chance: random.Random
    reached: Counter[str] = field(default_factory=Counter)

    def reach(self, step: str) -> None:
        self.reached[step] += 1
        if step == "seal.signed" and self.chance.random() < 0.25:
            time.sleep(LEASE_SECONDS * 1.5)
        elif step == "hand_on.numbered.before":
            time.sleep(0.02)
        elif self.chance.random() < 0.1:
            time.sleep(self.chance.uniform(0, 0.01))


class Together:
    """Three gateways on databases, and everything that happens to them at the same time."""

    def __init__(self, urls: dict[str, str], stack: ExitStack) -> None:
        self.chance = random.Random(SEED)
        self.urls = urls
        self.stack = stack
        self.pauses = Pauses(random.Random(SEED + 1))
        self.world = three_gateways(urls, stack, clock=RealClock(), limits=Limits(batch_records=4))
        for name in CLIENTS:  # from now on, what partners call is as unlucky as the rest
            self.world.network.gateways[name] = self.another(name)
        self.stopping = threading.Event()
        self.all_read = threading.Event()
        self.pushed: dict[str, str] = {}  # record: who submitted it
        self.withdrawn: dict[str, list[str]] = {}  # record: who was said to hold it
        self.seen: dict[str, list[tuple[int, str]]] = {HUB: [], VGT: []}  # page after page
        self.to_withdraw: queue.Queue[str | None] = queue.Queue()
        self.failures: list[BaseException] = []

    def another(self, name: str) -> Exchange:
        """Open the same gateway once more, as another process would."""
        store = SqlStore.open(self.urls[name])
        self.stack.callback(store.close)
        return replace(
            self.world.network.gateways[name],
            store=Hesitating(store, random.Random(self.chance.random())),
            configurations=ConfigurationCache(),
            reach=self.pauses.reach,
        )

    def run(self) -> None:
        workers = [Worker(self.another(name), PACE) for name in (NL, NL, HUB, HUB, VGT)]
        for worker in workers:
            worker.start()
        readers = self._threads((self._read, HUB), (self._read, VGT), (self._look, HUB))
        writers = self._threads(
            *((self._write, NL, number) for number in range(3)),
            (self._write, VGT, 3),
            (self._reconfigure,),
        )
        withdrawals = self._threads(*[(self._withdraw,)] * WITHDRAWERS)
        try:
            self._wait()
            self.stopping.set()
            join(writers)
            for _ in withdrawals:
                self.to_withdraw.put(None)
            join(withdrawals)
            self._drain()
            self.all_read.set()
            join(readers)
            self._drain()  # what they settled last
        finally:
            self.stopping.set()
            self.all_read.set()
            for worker in workers:
                worker.stop()
            join([*writers, *readers])
        for name in self.seen:  # what came in since the readers' last look
            self._page(name, self.another(name))

    def _wait(self) -> None:
        """Let it go on for its time, and on a busy machine until enough has happened."""
        begun = time.monotonic()
        while (gone := time.monotonic() - begun) < SECONDS + PATIENCE_SECONDS:
            if gone > SECONDS and self.is_enough():
                return
            time.sleep(0.1)

    def is_enough(self) -> bool:
        """Whether what shall be shown could have gone wrong often enough."""
        told = self.pauses.reached
        return (
            len(self.pushed) >= FEWEST_RECORDS
            and len(self.withdrawn) >= FEWEST_WITHDRAWN
            # Signed and not committed: another worker had the lease by then.
            and told["seal.signed"] - told["seal.records.after"] >= FEWEST_LOST_SEALS
        )

    def _threads(self, *jobs: tuple[Any, ...]) -> list[threading.Thread]:
        def guarded(job: Callable[..., None], *arguments: Any) -> None:
            try:
                job(*arguments)
            except BaseException as error:  # noqa: BLE001 - shown by the test
                self.failures.append(error)

        threads = [threading.Thread(target=guarded, args=job, daemon=True) for job in jobs]
        for thread in threads:
            thread.start()
        return threads

    def _write(self, name: str, writer: int) -> None:
        """Submit records, some of which shall be withdrawn."""
        exchange = self.another(name)
        chance = random.Random(SEED + 10 + writer)
        partners = (HUB, VGT) if name == NL else (HUB,)
        for number in count():
            if self.stopping.is_set():
                return
            reference = f"{writer}-{number}"
            body = addressed("case", *partners, provider_ref=reference)
            (outcome,) = until_done(
                lambda body=body, key=reference: self.world.push(
                    exchange, body, client=CLIENTS[name][1], key=key
                )
            )
            assert outcome.state == "stored", outcome
            record = str(outcome.record)
            self.pushed[record] = name
            if name == NL and chance.random() < 0.3:
                self.to_withdraw.put(record)
            time.sleep(chance.uniform(0, 0.02))

    def _withdraw(self) -> None:
        """Withdraw what is to be, sooner or later after it was submitted."""
        exchange = self.another(NL)
        chance = random.Random(SEED + threading.get_ident())
        while record := self.to_withdraw.get():
            time.sleep(chance.uniform(0, 1.2))
            self.withdrawn[record] = until_done(
                lambda record=record: withdraw(record, "test", "sent_in_error", exchange)
            )

    def _reconfigure(self) -> None:
        """Change what touches no record, again and again: all that is sealed is looked at again."""
        exchange = self.another(NL)
        for number in count():
            if self.stopping.wait(0.8):
                return
            text = items_of(NL).replace('title = "police.nl"', f'title = "{number}"')
            until_done(lambda text=text: self.world.configure(exchange, text))

    def _read(self, name: str) -> None:
        """Read the inbox on from the last position, and settle every other entry."""
        exchange = self.another(name)
        client = client_named(CLIENTS[name][1], exchange)
        while not self.all_read.is_set():
            for position, record in self._page(name, exchange):
                if position % 2:
                    until_done(lambda one=record: settle(client, one, 1, exchange, accepted=True))
            time.sleep(0.02)

    def _look(self, name: str) -> None:
        """Ask for the newest of an inbox, as a second machine of the same client may."""
        exchange = self.another(name)
        client = client_named(CLIENTS[name][1], exchange)
        while not self.all_read.is_set():
            until_done(lambda: waiting(client, 1_000_000, 7, exchange))
            time.sleep(0.02)

    def _page(self, name: str, exchange: Exchange) -> list[tuple[int, str]]:
        client = client_named(CLIENTS[name][1], exchange)
        entries = self.seen[name]
        fresh: list[tuple[int, str]] = []
        while True:
            after = entries[-1][0] if entries else 0
            page = until_done(lambda after=after: waiting(client, after, 7, exchange)).entries
            if not page:
                return fresh
            some = [(entry["position"], entry["record"]) for entry in page]
            entries += some
            fresh += some

    def _drain(self) -> None:
        until = time.monotonic() + DRAIN_SECONDS
        while left := self._left():
            assert time.monotonic() < until, left
            time.sleep(0.1)

    def _left(self) -> list[tuple[str, str, str, int]]:
        found = []
        for name in (NL, HUB, VGT):
            with self.world.network.gateways[name].store.reading() as work:
                found += [(name, *row) for row in work.releases.count_by_state() if row[1] in GONE]
                for partner in {NL, HUB, VGT} - {name}:
                    open_ = len(work.envelopes.unsealed_verdicts(partner, limit=9))
                    for state in ("sealed", "handed"):
                        open_ += len(
                            work.envelopes.page(partner=partner, state=state, after="", limit=9)
                        )
                    if open_:
                        found.append((name, partner, "under way", open_))
        return found

    def releases(self, name: str, record: str) -> dict[str, ReleaseRow]:
        with self.world.network.gateways[name].store.reading() as work:
            rows = work.releases.of_record(record)
        return {row.partner: row for row in rows if not row.notice}

    def envelopes(self, name: str, partner: str) -> list[EnvelopeRow]:
        found: list[EnvelopeRow] = []
        with self.world.network.gateways[name].store.reading() as work:
            while page := work.envelopes.page(
                partner=partner, state=None, after=found[-1].id if found else "", limit=500
            ):
                found += page
        return found

    def inbox(self, name: str) -> list[InboxRow]:
        with self.world.network.gateways[name].store.reading() as work:
            return list(
                work.arrivals.inbox(CLIENTS[name][1], after=0, limit=100_000, open_only=False)
            )


def join(threads: Iterable[threading.Thread]) -> None:
    for thread in threads:
        thread.join(20)


def until_done(act: Callable[[], Any]) -> Any:
    """Do it as a careful client does: what was not done for now is asked for again."""
    for _ in range(50):
        try:
            return act()
        except (StaleDecision, Unavailable):
            time.sleep(0.02)
    raise AssertionError("refused for a second and longer")


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    yield from each_database(request, tmp_path)


@pytest.mark.timeout(150 + SECONDS * 2)
def test_nothing_is_missing_doubled_or_sealed_after_it_was_withdrawn(
    urls: dict[str, str],
) -> None:
    print(f"FAULTS_SEED={SEED}")
    with ExitStack() as stack:
        together = Together(urls, stack)
        together.run()
        assert together.failures == []
        print(
            len(together.pushed),
            "submitted,",
            len(together.withdrawn),
            "withdrawn,",
            sum(map(len, together.withdrawn.values())),
            "too late;",
            {one: n for one, n in together.pauses.reached.items() if one.startswith("seal")},
        )
        assert together.is_enough()
        each_record_where_it_belongs(together)
        each_release_in_one_envelope(together)
        readers_missed_nothing(together)
        ledgers_are_whole(together)


def each_record_where_it_belongs(together: Together) -> None:
    arrived = {name: Counter(row.record for row in together.inbox(name)) for name in (HUB, VGT)}
    for name in (HUB, VGT):
        assert set(arrived[name].values()) == {1}
    for record, sender in together.pushed.items():
        releases = together.releases(sender, record)
        assert set(releases) == ({HUB, VGT} if sender == NL else {HUB, NL})
        for partner in (HUB, VGT) if sender == NL else (HUB,):
            state, there = releases[partner].state, record in arrived[partner]
            told = together.withdrawn.get(record)
            if told is None:
                assert there
                assert state in ("stored", "accepted"), (record, partner)
            elif partner not in told:  # withdraw said that it has not left
                assert not there, (record, partner)
                assert state == "withdrawn"
                assert releases[partner].envelope is None
            else:  # it may be there: either way the sender knows
                assert state in ("withdrawn", "stored", "accepted", "gone")
                assert there or state in ("withdrawn", "gone")


def each_release_in_one_envelope(together: Together) -> None:
    for name, partner in ((NL, HUB), (NL, VGT), (VGT, HUB), (HUB, NL), (HUB, VGT)):
        rows = together.envelopes(name, partner)
        assert sorted(row.seq for row in rows) == list(range(1, len(rows) + 1))
        assert {row.state for row in rows} <= {"stored", "closed", "void"}
        with together.world.network.gateways[name].store.reading() as work:
            held = {row.id: work.releases.of_envelope(row.id) for row in rows}
        with together.world.network.gateways[partner].store.reading() as work:
            channel = work.envelopes.channel(name, "in")
        assert (channel.upto, list(channel.gaps)) == (len(rows), [])
        for row in rows:
            carried = row.kind in ("records", "notice") and row.state != "void"
            assert len(held[row.id]) == (row.count if carried else 0), row.id


def readers_missed_nothing(together: Together) -> None:
    for name, seen in together.seen.items():
        rows = together.inbox(name)
        assert [row.position for row in rows] == list(range(1, len(rows) + 1))
        read = {position for position, _ in seen}
        # A recall may take back what has its position and was not read yet.
        assert {row.state for row in rows if row.position not in read} <= {"withdrawn"}
        assert seen == [(row.position, row.record) for row in rows if row.position in read]


def ledgers_are_whole(together: Together) -> None:
    for name in (NL, HUB, VGT):
        exchange = together.world.network.gateways[name]
        sign(together, exchange)
        found = verify_ledger(exchange, [one.key for one in exchange.agent.public_keys()])
        assert found.is_whole


def sign(together: Together, exchange: Exchange) -> None:
    for _ in range(20):  # the last worker's lease is over in a moment
        try:
            together.world.sign(exchange)
        except (AssertionError, GatewayError):
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the ledger could not be signed")
