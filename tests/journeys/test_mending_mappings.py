"""A mapping is mended while documents wait: tried, checked over all that is stored, replayed."""

from __future__ import annotations

import json
import tomllib

import pytest
import structlog

from gateway.core.errors import Forbidden, NotFound
from gateway.core.ledger import read_entry
from gateway.flow import administering, checking, expire, look, workbench
from gateway.flow.administering import Written
from gateway.flow.exchange import Exchange
from gateway.flow.identify import person_of
from gateway.flow.lease import leased
from gateway.flow.replay import discard, replay
from gateway.flow.submit import Submission, submit
from gateway.jobs import Worker
from gateway.web.counts import exposition
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import NL, NL_ITEMS, two_gateways
from tests.sources.test_every_sample import PROFILE

MAPPING = """
format = "ndjson"
type = "case"
[fields]
"/provider_ref" = { path = "ref", required = true }
"/as_of" = { path = "seen" }
"/status" = { path = "state", lookup = { open = "open" } }
"/grounds" = { const = [{ kind = "witness" }] }
"/persons/0/names/0/full" = { path = "name" }
"""
MENDED = MAPPING.replace('{ open = "open" }', '{ open = "open", shut = "closed" }')
ITEMS = (
    NL_ITEMS.replace('sources = ["cases"]', 'sources = ["cases", "export"]')
    + PROFILE
    + """
[source.export]
org = "police.nl"
adapter = "mapping:export"
profile = "all"
[person.admin]
org = "police.nl"
key_digests = ["EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE"]
roles = ["administrator"]
[person.other]
org = "police.nl"
key_digests = ["FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE"]
roles = ["analyst"]
"""
)
LINES = [
    {"ref": f"E-{number}", "seen": "2026-02-01T00:00:00Z", "state": state, "name": "Ann"}
    for number, state in enumerate(("open", "shut", "shut", "lost"), start=1)
]


def mapping_items(text: str) -> str:
    return "[mapping.export]\n" + text.replace("[fields]", "[mapping.export.fields]")


def configured(world: World, text: str) -> Exchange:
    nl = world.network.gateways[NL]
    world.configure(nl, ITEMS + mapping_items(text))
    return nl


def push(nl: Exchange, *lines: dict) -> list:
    raw = "\n".join(json.dumps(line) for line in lines).encode()
    client = client_named("police", nl)
    return submit(Submission(client=client, source="export", media_type="x/y", raw=raw), nl)


@pytest.fixture
def nl() -> Exchange:
    exchange = configured(two_gateways(), MAPPING)
    states = [one.state for one in push(exchange, *LINES)]
    assert states == ["stored", "quarantined", "quarantined", "quarantined"]
    return exchange


def acts(nl: Exchange, act: str) -> list[dict]:
    with nl.store.reading() as work:
        rows = [row for row in work.ledger.page(after=0, limit=500) if row.act == act]
        rows += [row for row in work.ledger.unplaced(limit=500) if row.act == act]
    return [read_entry(row.entry) for row in rows]


def mended(nl: Exchange, text: str = MENDED) -> Written:
    return Written("export", tomllib.loads(text))


def test_what_waits_for_the_same_is_one_group_with_the_version_that_read_it(nl):
    (group,) = workbench.groups(None, nl)

    assert (group["count"], group["source"], group["cause"]) == (3, "export", "not-converted")
    assert group["adapter_version"] == group["version_now"]
    assert not group["overdue"]
    configure_again(nl)
    (group,) = workbench.groups("police.nl", nl)
    assert group["adapter_version"] != group["version_now"]
    assert workbench.groups("europol.eu", nl) == []


def configure_again(nl: Exchange, text: str = MENDED) -> None:
    from gateway.flow.configure import ItemFile, apply_items  # noqa: PLC0415 - of this helper

    found = tomllib.loads(ITEMS + mapping_items(text))
    files = [
        ItemFile(kind, name, body) for kind, items in found.items() for name, body in items.items()
    ]
    apply_items(files, "test", nl)


def effects_of(adapter, nl: Exchange) -> dict[str, checking.Checked]:
    """What would become of each line, by its reference."""
    raws = {row.id: json.loads(raw)["ref"] for row, raw in checking.opened("export", nl)}
    return {raws[one.original]: one for one in checking.check(adapter, ["export"], nl)}


def named(found: dict[str, checking.Checked]) -> list[str]:
    return [found[ref].effect for ref in sorted(found)]


def the_one(ref: str, nl: Exchange) -> str:
    raws = {json.loads(raw)["ref"]: row.id for row, raw in checking.opened("export", nl)}
    return raws[ref]


def test_a_mended_mapping_is_checked_over_all_that_is_stored(nl):
    adapter = mended(nl).compiled(nl)
    (source,) = checking.sources_of("mapping:export", None, nl)
    assert checking.tally([source], nl).originals == 4
    found = effects_of(adapter, nl)
    assert named(found) == ["same", "newly_passing", "newly_passing", "still_failing"]
    assert found["E-4"].faults[0].pointer == "/1/state"
    assert found["E-2"].records == {"newly_passing": 1}
    worse = mended(nl, MAPPING.replace('path = "name"', 'path = "seen"')).compiled(nl)
    changed = effects_of(worse, nl)["E-1"]
    assert (changed.effect, changed.changed) == ("changed", ("/0/persons/0/names/0/full",))
    strict = mended(nl, MENDED.replace('{ path = "seen" }', '{ path = "x", required = true }'))
    found = effects_of(strict.compiled(nl), nl)
    assert named(found) == ["newly_failing", *["still_failing"] * 3]
    assert found["E-1"].records == {"newly_failing": 1}
    assert acts(nl, "replayed") == []


def test_checking_with_the_adapter_in_force_compares_with_what_happened(nl):
    with nl.store.reading() as work:
        mappings = nl.configuration(work).mappings
    adapter = nl.adapters.named("mapping:export", mappings)

    assert named(effects_of(adapter, nl)) == ["same", *["still_failing"] * 3]
    configure_again(nl)  # and nobody has replayed yet
    found = named(effects_of(mended(nl).compiled(nl), nl))
    assert found == ["same", "newly_passing", "newly_passing", "still_failing"]


def test_a_group_is_replayed_by_who_knows_its_count_and_what_fails_stays_with_the_version(nl):
    configure_again(nl)
    chosen = workbench.Chosen(source="export", cause="not-converted")
    with pytest.raises(workbench.CountDiffers):
        workbench.replay_all(chosen, 2, "uid-1", nl)
    assert acts(nl, "replayed") == []

    outcomes = workbench.replay_all(chosen, 3, "uid-1", nl)

    assert sorted(one["state"] for one in outcomes) == ["quarantined", "stored", "stored"]
    assert len(acts(nl, "replayed")) == 3
    (group,) = workbench.groups(None, nl)
    assert (group["count"], group["adapter_version"]) == (1, group["version_now"])
    assert workbench.replay_all(workbench.Chosen(cause="other"), 0, "uid-1", nl) == []


def test_the_record_of_a_replayed_document_says_which_mapping_read_it(nl):
    configure_again(nl)
    (outcome,) = workbench.replay_one(the_one("E-2", nl), "uid-1", nl)
    trail = look.trail(str(outcome["record"]), None, nl)

    version = mended(nl).compiled(nl).version
    assert trail["steps"][0]["source"] == f"mapping:export@{version}"


def test_who_opens_a_document_is_in_the_ledger_and_it_stays_as_it_is(nl):
    first = the_one("E-2", nl)
    adapter = mended(nl).compiled(nl)

    raw, found = workbench.try_original(first, "mend", "uid-1", nl, org=None, adapter=adapter)

    assert json.loads(raw)["ref"] == "E-2"
    assert [one.state for one in found] == ["understood"]
    assert found[0].result is not None
    (inspected,) = acts(nl, "inspected")
    assert (inspected["original"], inspected["by"]) == (first, "uid-1")
    assert len(list(workbench.waiting(workbench.Chosen(), nl))) == 3
    with pytest.raises(NotFound):
        workbench.try_original(first, "mend", "x", nl, org="europol.eu", adapter=None)
    assert len(acts(nl, "inspected")) == 1


def test_what_would_be_refused_today_stays_until_somebody_discards_it(nl):
    refusing = MAPPING.replace('{ open = "open" }', '{ open = "open" }, on_error = "refuse"')
    configure_again(nl, refusing)
    (first, *_) = workbench.waiting(workbench.Chosen(), nl)

    (outcome,) = replay([first.id], "uid-1", nl)

    assert outcome.state == "refused"
    still = next(one for one in workbench.waiting(workbench.Chosen(), nl) if one.id == first.id)
    assert (still.id, still.state, still.stage) == (first.id, "quarantined", "adapter")
    discard(first.id, "uid-1", nl)
    assert [one["original"] for one in acts(nl, "discarded")] == [first.id]


NO_MAPPING = """
format = "csv"
type = "case"
[csv]
delimiter = "|"
quote = "'"
group_by = "nothing"
[fields]
"/unit" = { path = "rows[0].x" }
"""


def test_a_document_of_which_one_part_still_fails_stays(nl):
    """It came as a whole that nobody understood; the mended mapping reads it line by line."""
    configure_again(nl, NO_MAPPING.replace("[csv]", "[mapping.export.csv]"))
    lines = [{**LINES[0], "ref": f"E-{number}"} for number in (7, 8, 9)]
    (outcome,) = push(nl, lines[0], {**lines[1], "state": "lost"}, lines[2])
    assert outcome.state == "quarantined"
    configure_again(nl)

    outcomes = replay([str(outcome.original)], "uid-1", nl)

    assert [one.state for one in outcomes] == ["stored", "quarantined", "stored"]
    waiting = {one.id: one.cause for one in workbench.waiting(workbench.Chosen(), nl)}
    assert waiting[str(outcome.original)] == "not-converted"


def test_what_waits_too_long_is_an_alarm_and_does_not_leave_silently(nl):
    assert look.status(nl)["quarantine"] == [
        {
            "stage": "adapter",
            "cause": "not-converted",
            "count": 3,
            "oldest_seconds": 0,
            "erased_in_seconds": nl.limits.quarantine_seconds,
            "overdue": False,
        }
    ]
    assert workbench.overdue_now(nl) == []
    nl.clock.forward(seconds=nl.limits.quarantine_alarm_seconds + 1)
    (alarm,) = workbench.overdue_now(nl)
    assert alarm["count"] == look.status(nl)["quarantined"] == 3
    shown = exposition(look.status(nl)).decode()
    assert 'gateway_quarantine_overdue{cause="not-converted",stage="adapter"} 1.0' in shown
    with structlog.testing.capture_logs() as logs:
        Worker(nl)._alarm(None)  # noqa: SLF001 - one look, without its clock
    assert [(one["event"], one["count"]) for one in logs] == [("quarantine.overdue", 3)]

    nl.clock.forward(seconds=nl.limits.quarantine_seconds)
    with leased("expire", 60, nl) as lease:
        assert lease
        expire.expire(lease, nl)

    assert look.status(nl)["quarantined"] == 0
    assert [one["by"] for one in acts(nl, "discarded")] == ["retention"] * 3


def test_only_an_administrator_of_the_organisation_works_here(nl):
    admin, other = person_of("admin", nl), person_of("other", nl)
    text = json.dumps(LINES[1]).encode()
    calls = (
        lambda person: administering.groups(person, nl),
        lambda person: administering.replay_group({}, None, person, nl),
        lambda person: administering.try_document(text, "export", None, person, nl),
        lambda person: administering.check_mapping(mended(nl), person, nl),
    )
    for call in calls:
        assert call(admin)
        with pytest.raises(Forbidden):
            call(other)
    assert administering.replay_group({}, None, admin, nl) == {"count": 3, "outcomes": []}
    report = administering.check_mapping(mended(nl), admin, nl)
    assert (report["originals"], report["newly_passing"], report["same"]) == (4, 2, 1)
    assert len(report["effects"]) == 3
    (tried,) = administering.try_document(text, "export", mended(nl), admin, nl)
    assert tried.state == "understood"


def test_a_source_that_is_given_to_another_organisation_takes_no_original_with_it(nl):
    """Neither is it read there, nor does a record of the other one's come of it."""
    theirs = ITEMS.replace(
        'org = "police.nl"\nadapter = "mapping:', 'org = "fiu.nl"\nadapter = "mapping:'
    )
    theirs = theirs.replace('[person.admin]\norg = "police.nl"', '[person.admin]\norg = "fiu.nl"')
    theirs = theirs.replace('"cases", "export"', '"cases"')
    theirs += """
[organisation."fiu.nl"]
title = "fiu.nl"
country = "NL"
org_class = "eu_authority"
"""
    World.configure(two_gateways(), nl, theirs + mapping_items(MENDED))
    admin = person_of("admin", nl)

    report = administering.check_mapping(mended(nl), admin, nl)
    assert (report["looked_at"], report["effects"]) == (0, [])
    for one in list(workbench.waiting(workbench.Chosen(), nl)):
        with pytest.raises(NotFound, match="another organisation"):
            replay([one.id], "uid-1", nl)
        with pytest.raises(NotFound):
            workbench.try_original(one.id, "check", "x", nl, org="police.nl", adapter=None)
    assert look.status(nl)["quarantined"] == 3
