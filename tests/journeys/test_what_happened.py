"""The timeline of a record: its notices by their kind, and what one officer took on."""

from __future__ import annotations

from typing import Any, Self

import click
import pytest

from gateway.cli import links
from gateway.cli.frame import Invocation
from gateway.cli.records import _show
from gateway.flow.identify import Person, client_of
from gateway.flow.keep import keep
from gateway.flow.look import record_view, timeline
from gateway.flow.notify import Wanted, notify
from gateway.flow.onward import OurOwn
from gateway.flow.pass_on import pass_on
from tests.journeys.gateways import World
from tests.journeys.scenes import HUB, NL, addressed
from tests.journeys.staff import staffed
from tests.journeys.test_override import held, lifted

OFFICER = Person("officer-3", "police.nl", frozenset({"release_officer"}))


def test_a_timeline_says_which_notice_each_line_is_about(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    world.work()
    record = str(outcome.record)
    for until in (None, nl.now_ms()):
        wanted = Wanted(kind="restrict", record=record, code="other", until=until)
        notify(wanted, "officer-17", "police.nl", nl)
        world.work()
        world.clock.forward(seconds=5)
    events = timeline(record, None, nl)
    assert {one["event"] for one in events if "kind" not in one} >= {"received", "sealed"}
    sealed = [one for one in events if one["event"] == "sealed" and "kind" in one]
    told = [(one["kind"], one["lifts"]) for one in sealed]
    assert told == [("restrict", False), ("restrict", True)]

    _show(record_view(record, None, nl), events)
    shown = capsys.readouterr().out
    assert "restrict lifted" in shown


def test_a_timeline_shows_who_lifted_the_rules_and_that_nobody_confirmed_it(world: World) -> None:
    nl = staffed(world)
    record = held(world, nl)
    lifted(record, nl)
    (begun,) = [one for one in timeline(record, None, nl) if one["event"] == "override"]
    assert (begun["partner"], begun["by"], begun["code"]) == (HUB, "duty-1", "child_at_risk_now")
    client = client_of("police", nl)
    theirs = [one for one in timeline(record, client, nl) if one["event"] == "override"]
    assert [one.get("by") for one in theirs] == [None]


@pytest.mark.parametrize("act", [keep, lambda *given: pass_on(given[0], HUB, *given[1:])])
def test_what_is_only_for_records_of_partners_says_so_of_our_own(world: World, act: Any) -> None:
    nl = world.network.gateways[NL]
    (outcome,) = world.push(nl, addressed("case", HUB))
    with pytest.raises(OurOwn, match=r"record of ours: .*`gateway "):
        act(str(outcome.record), OFFICER, nl)


class Api:
    """Three pages of two records each, with three pairs a record."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def look(self, _path: str, given: dict[str, Any]) -> dict[str, Any]:
        number = int(given.get("after", 0))
        pair = {
            "record": "other", "from": None, "type": "case", "identifiers": ["iban"],
            "same_transfers": 0, "grounds": [], "same_subject": None, "may_promote": False,
        }  # fmt: skip
        one = {"record": f"r{number}", "grounds": [], "links": [pair] * 3, "promotions": []}
        return {"items": [one, one], "next": str(number + 1) if number < 2 else None}


@pytest.mark.parametrize(
    ("limit", "lines", "said"),
    [(4, 4, "at least 2 more"), (6, 6, "at least 6 more"), (17, 17, "1 more"), (18, 18, None)],
)
def test_a_limit_counts_pairs_and_the_rest_is_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    limit: int,
    lines: int,
    said: str | None,
) -> None:
    monkeypatch.setattr("gateway.wiring_commands.api_client", lambda _settings: Api())
    monkeypatch.setattr(Invocation, "settings", lambda _self: None)
    context = click.Context(links.list_)
    with context:
        links.list_.main(["--limit", str(limit)], standalone_mode=False)
    shown = capsys.readouterr().out
    assert shown.count("other") == lines
    assert (f"{said}: gateway links list" in shown) if said else ("more" not in shown)
