"""The worker: one job per partner and task, on APScheduler, until told to stop.

The only place that speaks APScheduler. A job takes its lease, runs one journey until nothing is
left, and gives the lease back; a partner that hangs holds up its own job only. Waiting is nearly
free: a tick looks at one number (`store.changed`) before it does anything else.
"""

from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from gateway.core.errors import GatewayError, LeaseLost, StaleDecision, Unavailable
from gateway.flow import checkpoint
from gateway.flow.alarm_bells import note_rhythms, ring_bells
from gateway.flow.answer import answer
from gateway.flow.bring_files import bring_files
from gateway.flow.bring_push import bring_push
from gateway.flow.carry import carry
from gateway.flow.claims import alarms_now as claims_now
from gateway.flow.configuration import REACHED
from gateway.flow.exchange import Exchange
from gateway.flow.expire import expire
from gateway.flow.fetch import fetch
from gateway.flow.lease import Lease, LeaseKeeper
from gateway.flow.open_arrivals import open_arrivals
from gateway.flow.overdue import overdue_further_now, overdue_now
from gateway.flow.park import alarms_now as parked_now
from gateway.flow.partners import publish
from gateway.flow.promotion import review
from gateway.flow.propose import lapse
from gateway.flow.pull import forget_others
from gateway.flow.pull_folder import pull_folder
from gateway.flow.pull_https import pull_https
from gateway.flow.reconsider import reconsider
from gateway.flow.relay import relay
from gateway.flow.rules_taken_up import take_up_rules
from gateway.flow.seal import seal
from gateway.flow.standing import failing_ways, sources_now
from gateway.flow.unlinked import review_unlinked
from gateway.flow.urgent import alarms_now
from gateway.flow.wake import follow, wake
from gateway.flow.workbench import overdue_now as quarantine_overdue

_log = structlog.get_logger(__name__)

Journey = Callable[[str, Lease, Exchange], int]
CALLS = ("relay", "carry", "wake", "follow", "answer", "fetch")  # tasks that wait for the partner
RUNS_PER_TICK = 64  # of one journey, before others of the pool get their turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the worker looks, in seconds."""

    tick_seconds: float = 0.2
    lease_seconds: float = 30.0
    fetch_seconds: float = 5.0
    checkpoint_seconds: float = 60.0
    expire_seconds: float = 300.0
    lapse_seconds: float = 5.0  # after its end a proposal may count as open no longer than this
    review_seconds: float = 60.0  # looks whether what promotions rest on is still there
    alarm_seconds: float = 60.0
    folder_seconds: float = 2.0  # looks into folders shared with national systems
    idle_seconds: float = 2.0  # how long a look may be left out while nothing changed
    threads: int = 8  # for work that waits for no partner


@dataclass
class _Pulse:
    """What the store says of its commits, asked once for all jobs of a tick.

    An answer that is a moment old does no harm: the next tick finds the difference.
    """

    exchange: Exchange
    fresh_ms: int
    _state: int = 0
    _asked_at: int | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def state(self, now: int) -> int:
        with self._lock:
            if self._asked_at is None or not 0 <= now - self._asked_at < self.fresh_ms:
                self._state, self._asked_at = self.exchange.store.changed(), now
            return self._state


@dataclass
class _Watch:
    """Whether one job has anything to look at: something was committed, or some time passed."""

    exchange: Exchange
    pulse: _Pulse
    idle_ms: int
    _seen: int | None = None
    _looked_at: int = 0

    def is_due(self) -> bool:
        now = self.exchange.now_ms()
        state = self.pulse.state(now)
        if state == self._seen and now - self._looked_at < self.idle_ms:
            return False
        self._seen, self._looked_at = state, now
        return True


@dataclass
class Worker:
    """Runs the journeys of one gateway. `start` returns; `stop` waits for what is running."""

    exchange: Exchange
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(self.pace.threads)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        self._partners: set[str] = set()
        self._leases = LeaseKeeper(self.pace.lease_seconds, self.exchange)
        self._pulse = _Pulse(self.exchange, int(self.pace.tick_seconds * 1000 / 4))
        self._stopping = threading.Event()

    def start(self) -> None:
        """Publish our card, take up the rules, begin to look. Raises what publishing raises."""
        publish(self.exchange)
        take_up_rules(self.exchange)
        tick, pace = self.pace.tick_seconds, self.pace
        self._every(tick * 5, "partners", self._follow_partners)
        watch = self._watch()
        place = self._guarded("place", self._place)
        self._every(tick, "place", lambda: place() if watch.is_due() else None)
        self._every(pace.checkpoint_seconds, "checkpoint", self._guarded("checkpoint", self._sign))
        self._every(pace.expire_seconds, "expire", self._guarded("expire", self._expire), now=True)
        self._every(pace.lapse_seconds, "lapse", self._guarded("lapse", self._lapse))
        self._every(pace.review_seconds, "promoted", self._guarded("promoted", self._review))
        self._every(pace.alarm_seconds, "alarm", self._guarded("alarm", self._alarm))
        self._add_systems()
        self._follow_partners()
        self._scheduler.start()
        _log.info("worker.started", gateway=self.exchange.own.id)

    def stop(self) -> None:
        """Start nothing new and wait for the journeys under way."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)
        self._leases.give_back()
        _log.info("worker.stopped", gateway=self.exchange.own.id)

    def _every(
        self,
        seconds: float,
        name: str,
        job: Callable[[], None],
        executor: str = "default",
        *,
        now: bool = False,
    ) -> None:
        """Run a job every so often; `now`: the first time at once, to catch up after a stop."""
        first = {"next_run_time": datetime.now(UTC)} if now else {}
        self._scheduler.add_job(
            job,
            "interval",
            seconds=seconds,
            id=name,
            replace_existing=True,
            executor=executor,
            **first,
        )

    def _follow_partners(self) -> None:
        """Give each partner its jobs; a revoked one keeps them, for what it is to destroy."""
        try:
            with self.exchange.store.reading() as work:
                reached = {p.id for p in work.config.partners() if p.state in REACHED}
        except Unavailable as error:
            _log.warning("worker.store", code=error.code)
            return
        for partner in reached - self._partners:
            self._add_partner(partner)
        for partner in self._partners - reached:
            for task in (*_WATCHED, "fetch"):
                self._scheduler.remove_job(f"{task}:{partner}")
            self._scheduler.remove_executor(_calls(partner), shutdown=False)
        self._partners = reached

    def _add_partner(self, partner: str) -> None:
        """Give a partner its jobs, and threads of its own for those that wait for it.

        Partners that hang take no thread from others, however many they are.
        """
        self._scheduler.add_executor(ThreadPoolExecutor(len(CALLS)), alias=_calls(partner))
        for task, journey in _WATCHED.items():
            self._every(
                self.pace.tick_seconds,
                f"{task}:{partner}",
                self._journey(task, journey, partner),
                _calls(partner) if task in CALLS else "default",
            )
        self._every(
            self.pace.fetch_seconds,
            f"fetch:{partner}",
            self._journey("fetch", _fetch, partner, watched=False),
            _calls(partner),
        )

    def _add_systems(self) -> None:
        """Give each national system that we speak to a job, and a thread of its own."""
        for name, system in self.exchange.systems.items():
            executor = f"system:{name}"
            self._scheduler.add_executor(ThreadPoolExecutor(1), alias=executor)
            journey = bring_push if system.endpoint is not None else bring_files
            # A folder changes without a commit: it is looked at again and again.
            watched = system.endpoint is not None
            seconds = self.pace.tick_seconds if watched else self.pace.folder_seconds
            job = self._journey("bring", journey, name, watched=watched)
            self._every(seconds, f"bring:{name}", job, executor)
        forget_others(self.exchange)
        for name, source in self.exchange.pulled.items():
            executor = f"source:{name}"
            self._scheduler.add_executor(ThreadPoolExecutor(1), alias=executor)
            journey = pull_https if source.origin is not None else pull_folder
            job = self._journey("pull", journey, name, watched=False)
            self._every(source.interval_seconds, f"pull:{name}", job, executor, now=True)

    def _journey(
        self, task: str, journey: Journey, partner: str, *, watched: bool = True
    ) -> Callable[[], None]:
        watch = self._watch()

        def run(lease: Lease) -> None:
            for _ in range(RUNS_PER_TICK):
                if self._stopping.is_set() or not journey(partner, lease, self.exchange):
                    return

        guarded = self._guarded(f"{task}:{partner}", run)

        def tick() -> None:
            if not watched or watch.is_due():
                guarded()

        return tick

    def _watch(self) -> _Watch:
        return _Watch(self.exchange, self._pulse, int(self.pace.idle_seconds * 1000))

    def _guarded(self, name: str, run: Callable[[Lease], None]) -> Callable[[], None]:
        """Run under the lease `name`; what fails is told and tried again at the next tick."""

        def guarded() -> None:
            try:
                lease = self._leases.take(name)
                if lease is not None:
                    run(lease)
            except LeaseLost as error:
                self._leases.lose(name)
                _log.debug("job.again", job=name, code=error.code)
            except StaleDecision as error:
                _log.debug("job.again", job=name, code=error.code)
            except Unavailable as error:
                _log.info("job.waits", job=name, code=error.code)
            except GatewayError as error:
                _log.warning("job.refused", job=name, code=error.code)
            except Exception as error:  # noqa: BLE001 - one job's fault must not end the others
                _log.error("job.failed", job=name, error=type(error).__name__, exc_info=True)

        return guarded

    def _place(self, lease: Lease) -> None:
        while checkpoint.place_entries(lease, self.exchange):
            if self._stopping.is_set():
                return

    def _sign(self, lease: Lease) -> None:
        checkpoint.checkpoint(lease, self.exchange)

    def _expire(self, lease: Lease) -> None:
        while expire(lease, self.exchange) and not self._stopping.is_set():
            pass

    def _lapse(self, lease: Lease) -> None:
        while lapse(lease, self.exchange) and not self._stopping.is_set():
            pass

    def _review(self, lease: Lease) -> None:
        review(lease, self.exchange)
        review_unlinked(lease, self.exchange)

    def _alarm(self, _: Lease) -> None:
        """Say it again every time, until the receipts and answers are there, and it is opened.

        People outside are told once, and once that it is over.
        """
        note_rhythms(self.exchange)
        late = [("urgent.overdue", one, "urgent_overdue") for one in alarms_now(self.exchange)]
        self._alarm_systems()
        late += [("notices.overdue", one, "count") for one in overdue_now(self.exchange)]
        late += [("further.overdue", one, "count") for one in overdue_further_now(self.exchange)]
        late += [("ids.claimed", one, "count") for one in claims_now(self.exchange)]
        late += [("arrivals.parked", one, "count") for one in parked_now(self.exchange)]
        for event, alarm, count in late:
            duty = alarm["duty"] or {}
            _log.warning(
                event,
                partner=alarm["partner"],
                count=alarm[count],
                oldest_seconds=alarm["oldest_seconds"],
                call=duty.get("phone") or duty.get("email"),
            )
        for group in quarantine_overdue(self.exchange):
            del group["overdue"]
            _log.warning("quarantine.overdue", **group)
        ring_bells(self.exchange)

    def _alarm_systems(self) -> None:
        """Say which national systems cannot be brought anything, and which are silent."""
        with self.exchange.store.reading() as work:
            failing = failing_ways(work, self.exchange.now_ms())
        for one in failing:
            _log.warning(
                "national_system.failing",
                client=one["client"],
                code=one["code"],
                count=one["count"],
                oldest_seconds=one["oldest_seconds"],
            )

        for source in sources_now(self.exchange):
            if source["state"] != "listening":
                _log.warning(
                    f"source.{source['state']}",
                    source=source["source"],
                    code=source["code"],
                    count=source["failures"],
                    silent_seconds=source["silent_seconds"],
                )


def _calls(partner: str) -> str:
    """Return the name of the executor in which a partner is called."""
    return f"calls:{partner}"


def _answer(partner: str, _: Lease, exchange: Exchange) -> int:
    return answer(partner, exchange)


def _fetch(partner: str, _: Lease, exchange: Exchange) -> int:
    return fetch(partner, exchange)


def _follow(partner: str, _: Lease, exchange: Exchange) -> int:
    return follow(partner, exchange)


# Jobs of one partner that look when something was committed; `fetch` goes by its own clock.
_WATCHED: dict[str, Journey] = {
    "open": open_arrivals,
    "reconsider": reconsider,
    "seal": seal,
    "relay": relay,
    "carry": carry,
    "wake": wake,
    "follow": _follow,
    "answer": _answer,
}


def run_worker(exchange: Exchange, pace: Pace) -> None:
    """Work until SIGTERM or SIGINT; then finish what is under way."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker = Worker(exchange, pace)
    worker.start()
    gc.collect()
    gc.freeze()  # what is loaded by now stays until the end: collections need not look at it
    stop.wait()
    worker.stop()
