"""What rings, who sees it, and how it is told: once when it begins, once when it ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from gateway.cli.status import _alarms
from gateway.core.errors import Unavailable
from gateway.flow import look, requests
from gateway.flow.alarm_bells import note_rhythms, ring_bells
from gateway.flow.alarms import ringing_for, ringing_now
from gateway.flow.exchange import Exchange
from gateway.flow.identify import person_of
from gateway.flow.ports import Answer
from gateway.flow.rows_alarms import RhythmRow
from gateway.web.counts import exposition
from tests.journeys.gateways import START_MS, World
from tests.journeys.questions import ASKED, a_request, asking_each_other, pen
from tests.journeys.scenes import HUB, NL, addressed, two_gateways
from tests.journeys.staff import staffed

DAY_MS = 86_400_000


@dataclass
class Mailbox:
    """A mail server, and a webhook, that keep what they get, or are down."""

    url: str = "https://watch.example/alarms"
    is_down: bool = False
    status: int = 204
    got: list[str] = field(default_factory=list)

    def send(self, subject: str, text: str) -> None:
        if self.is_down:
            raise Unavailable
        self.got.append(f"{subject}\n{text}")

    def post(self, body: bytes, headers: dict[str, str]) -> Answer:
        if self.is_down:
            raise Unavailable
        assert "Signature" in headers
        self.got.append(body.decode())
        return Answer(status=self.status, body=b"")


@dataclass
class Disk:
    free: int | None = 50

    def free_percent(self) -> int | None:
        return self.free


@pytest.fixture
def world() -> World:
    return two_gateways()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def nl(world: World, disk: Disk) -> Exchange:
    return replace(staffed(world), disk=disk)


def codes(exchange: Exchange) -> list[tuple[str, str]]:
    return [(one.code, one.subject) for one in ringing_now(exchange)]


def test_nothing_rings_on_a_quiet_day(nl: Exchange) -> None:
    assert codes(nl) == []


def test_an_urgent_record_without_a_receipt_rings_with_whom_to_call(
    world: World, nl: Exchange
) -> None:
    world.push(nl, addressed("case", HUB), urgent="child_at_risk")
    world.clock.forward(seconds=16 * 60)
    (alarm,) = ringing_now(nl)
    assert (alarm.code, alarm.subject, alarm.count) == ("urgent-overdue", HUB, 1)
    assert alarm.since == START_MS
    assert alarm.duty["phone"]


def test_a_full_disk_rings_by_how_much_is_free(nl: Exchange, disk: Disk) -> None:
    disk.free = 10
    assert codes(nl) == []
    disk.free = 9
    (alarm,) = ringing_now(nl)
    assert (alarm.code, alarm.count) == ("disk-low", 9)
    disk.free = None
    assert codes(nl) == []


def test_a_key_rings_a_month_before_its_end(world: World, nl: Exchange) -> None:
    with nl.store.reading() as work:
        (sealing,) = (row for row in work.config.keys(NL) if row.use == "seal")
    end = 1_767_225_600 + 60 * 86_400
    with nl.store.writing() as work:
        work.config.put_keys([replace(sealing, not_after=end)])
        work.commit()
    world.clock.forward(days=29)
    assert codes(nl) == []
    world.clock.forward(days=2)
    assert codes(nl) == [("key-ends", NL)]
    with nl.store.writing() as work:
        following = replace(sealing, kid="next", state="next", not_after=end + 90 * 86_400)
        work.config.put_keys([following])
        work.commit()
    assert codes(nl) == []


def test_a_certificate_rings_a_month_before_its_end(
    nl: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = {bytes(nl.own.tls[0]): START_MS // 1000 + 29 * 86_400}
    monkeypatch.setattr("gateway.flow.alarms.ends_at", lambda der: ends.get(bytes(der)))
    assert codes(nl) == [("certificate-ends", NL)]


def test_old_quarantine_is_named_to_its_own_organisation_alone(world: World, nl: Exchange) -> None:
    world.push(nl, {"type": "case"})
    world.clock.forward(days=8)
    assert codes(nl) == [("quarantine-old", "cases")]
    for person, seen in (("officer-1", 1), ("admin-1", 1), ("stranger-1", 0)):
        assert len(ringing_for(person_of(person, nl), nl)) == seen
    assert look.status(nl)["ringing"] == [
        {"code": "quarantine-old", "subject": "", "count": 1, "seconds": 8 * 86_400}
    ]
    metric = b'gateway_ringing_count{code="quarantine-old",subject=""} 1.0'
    assert metric in exposition(look.status(nl))


def test_a_partner_that_is_silent_for_longer_than_ever_rings(world: World, nl: Exchange) -> None:
    rhythm = RhythmRow(
        partner=HUB, first_at=START_MS - 20 * DAY_MS, heard_at=START_MS, times=99,
        longest_ms=2 * DAY_MS,
    )  # fmt: skip
    with nl.store.writing() as work:
        work.alarms.put_rhythm(rhythm)
        work.commit()
    world.clock.forward(days=2)
    assert codes(nl) == []
    world.clock.forward(days=2)
    assert codes(nl) == [("partner-silent", HUB)]


def test_the_rhythm_of_a_partner_is_kept(world: World, nl: Exchange) -> None:
    hub = world.network.gateways[HUB]
    for days in (1, 2):
        world.clock.forward(days=days)
        world.push(hub, addressed("case", NL, provider_ref=f"h-{days}"), client="analysts")
        world.work()
        note_rhythms(nl)
        note_rhythms(nl)
    with nl.store.reading() as work:
        (row,) = work.alarms.rhythms()
    assert (row.partner, row.times, row.longest_ms) == (HUB, 2, 2 * DAY_MS)


def test_each_bell_is_told_once_of_a_beginning_and_once_of_an_end(nl: Exchange, disk: Disk) -> None:
    mail, hook = Mailbox(), Mailbox(is_down=True)
    rung = replace(nl, alarm_mail=mail, alarm_hook=hook)
    assert ring_bells(rung) == 0
    disk.free = 3
    assert ring_bells(rung) == 1
    assert ring_bells(rung) == 0
    assert "1 alarms began" in mail.got[0]
    assert "BEGAN disk-low  count 3" in mail.got[0]
    hook.is_down = False
    assert ring_bells(rung) == 1
    disk.free = 80
    assert ring_bells(rung) == 2
    assert "ENDED disk-low" in mail.got[1]
    assert [json.loads(body)["ended"] for body in hook.got] == [
        [],
        [{"code": "disk-low", "subject": ""}],
    ]
    assert ring_bells(rung) == 0


def test_a_webhook_that_says_no_is_tried_again(nl: Exchange, disk: Disk) -> None:
    hook = Mailbox(status=500)
    rung = replace(nl, alarm_hook=hook)
    disk.free = 3
    assert (ring_bells(rung), ring_bells(rung)) == (0, 0)
    hook.status = 200
    assert (ring_bells(rung), ring_bells(rung)) == (1, 0)
    assert len(hook.got) == 3


def test_a_message_holds_nothing_of_a_record(world: World, nl: Exchange) -> None:
    world.push(nl, addressed("case", HUB, provider_ref="PL-SECRET-1"), urgent="child_at_risk")
    world.clock.forward(seconds=16 * 60)
    mail, hook = Mailbox(), Mailbox()
    ring_bells(replace(nl, alarm_mail=mail, alarm_hook=hook))
    for text in (*mail.got, *hook.got):
        assert "urgent-overdue" in text
        assert "SECRET" not in text
        assert "Duty" not in text


def test_the_command_line_names_what_no_other_list_does(nl: Exchange, disk: Disk) -> None:
    disk.free = 4
    assert list(_alarms(look.status(nl))) == [
        "ALARM: disk-low: 4 % are free; see docs/howto/alarms.md"
    ]


def test_an_answer_that_is_overdue_rings_on_both_sides(world: World) -> None:
    nl, hub = asking_each_other(world)
    (sent,) = world.push(nl, a_request(HUB))
    world.work()
    world.clock.forward(seconds=8 * 3600 - 1)
    assert (codes(nl), codes(hub)) == ([], [])
    world.clock.forward(seconds=2)
    (theirs,), (ours,) = ringing_now(nl), ringing_now(hub)
    assert (theirs.code, theirs.subject, theirs.org) == ("answer-overdue", HUB, "police.nl")
    assert (ours.code, ours.subject, ours.org) == ("request-overdue", NL, "europol.eu")
    assert ours.since == START_MS + 8 * 3_600_000
    said = {"state": "complete", "text": "Nothing more.", "handling": ["H0"]}
    requests.answer(str(sent.record), said, pen(ASKED), hub)
    world.work()
    assert (codes(nl), codes(hub)) == ([], [])
