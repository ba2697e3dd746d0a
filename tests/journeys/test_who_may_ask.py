"""What a partner tries out tells it nothing, and what does not fit is not believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.bodies import VerdictItem
from gateway.core.notice import Notice, lay_out
from gateway.flow.exchange import Exchange
from gateway.flow.holders import holders
from gateway.flow.notify import Wanted, notify
from gateway.flow.overdue import overdue_notices
from gateway.flow.pass_on import pass_on
from gateway.flow.reporting import hear
from gateway.flow.revoked import revoke
from gateway.flow.rows import ReleaseRow
from gateway.flow.rows_after import NoticeRow
from keys.suite import b64
from tests.journeys.after import states, versions
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, NL, VGT, addressed, with_puller
from tests.journeys.staff import acts
from tests.journeys.test_lifecycle import (
    CONSENT,
    EST,
    EST_ITEMS,
    OFFICER,
    PASSING,
    take_over,
)
from tests.journeys.test_notices import act, forged, hub, received

UNKNOWN = "urn:uuid:01890000-0000-7000-8000-000000000001"


def asked(
    record: str, vgt: Exchange, world: World, notice: NoticeRow, like: str
) -> tuple[object, ...]:
    """What the third is answered to a notice about this record, which it says is its own."""
    (row,) = versions(world.network.gateways[NL], like)
    row = replace(row, id=record, ref_tag=notice.id, data_key=None, original=None, statement=None)
    with vgt.store.writing() as work:
        if not work.records.versions(record):
            work.records.add(records=[replace(row, org="afp.au", from_partner=None)])
        work.notices.add([notice])
        release = forged(record, vgt)
        work.releases.add(
            [replace(release, id=vgt.new_id(), state="due", notice=notice.id, tried=False)]
        )
        work.commit()
    world.work()
    with vgt.store.reading() as work:
        (told,) = [one for one in work.releases.of_record(record) if one.notice == notice.id]
    return told.state, told.verdict, told.code


def a_notice(record: str, kind: str, code: str, number: int, at: int) -> NoticeRow:
    notice = NoticeRow(
        id=f"urn:uuid:01890000-0000-7000-8000-{number:012}",
        record=record,
        version=1,
        kind=kind,
        person=None,
        code=code,
        from_partner=None,
        until=None,
        at=at * 1000,
        state="applied",
    )
    lay_out(
        Notice(id=notice.id, record=record, version=1, kind=kind, code=code, until=None, at=at),
        b64(bytes(32)),
    )
    return notice


@pytest.mark.parametrize(
    "tries", [[("recall", "unlawful", 9)], [("restrict", "other", 9), ("restrict", "other", 5)]]
)
def test_whether_a_record_is_held_is_not_to_be_found_out(world: World, tries) -> None:
    """The hub holds a record of the national gateway; the third asks for it, and for any id."""
    vgt = with_puller(world)
    nl = world.network.gateways[NL]
    record = received(world)
    answers = []
    for turn, id_ in enumerate((record, UNKNOWN)):
        for number, (kind, code, at) in enumerate(tries):
            notice = a_notice(id_, kind, code, 10 * turn + number, at)
            answers.append(asked(id_, vgt, world, notice, record))
    half = len(tries)
    assert answers[:half] == answers[half:]
    assert states(nl, record) == {1: "current"}
    codes = {one["code"] for one in acts(nl, "taken") if one["partner"] == VGT}
    assert "not-originator" in codes  # our own people see that somebody tried


def test_a_notice_that_another_gave_is_not_to_be_found_out_either(world: World) -> None:
    """Who was told of a recall tries its id: who else was told shall not be learned."""
    vgt = with_puller(world)
    record = received(world)
    (theirs,) = world.push(hub(world), addressed("case", NL), client="analysts")
    world.work()
    told = notify(
        Wanted(kind="recall", record=str(theirs.record), code="unlawful"), "x", None, hub(world)
    )
    world.work()
    known = a_notice(str(theirs.record), "recall", "unlawful", 1, 9)
    unknown = replace(known, id=known.id[:-1] + "2", record=UNKNOWN)
    answer = asked(known.record, vgt, world, replace(known, id=told.notice), record)
    assert answer == asked(UNKNOWN, vgt, world, unknown, record)
    assert states(world.network.gateways[NL], record) == {1: "current"}


def test_what_a_revoked_originator_wrote_does_not_come_round_by_another(world: World) -> None:
    est = world.add(EST)
    nl = world.network.gateways[NL]
    world.introduce(est, hub(world))
    world.introduce(est, nl)
    world.configure(hub(world), PASSING + CONSENT)
    world.configure(est, EST_ITEMS)
    record = received(world)
    take_over(world, HUB, "analysts")
    revoke(NL, "admin", est)
    pass_on(record, EST, OFFICER, hub(world))
    world.work()
    assert versions(est, record) == []
    assert releases(hub(world), record) == {EST: "rejected"}
    with hub(world).store.reading() as work:
        (row,) = [one for one in work.releases.of_record(record) if one.partner == EST]
    assert (row.verdict, row.code) == ("rejected", "originator-revoked")


def says(verdict: str, notice: str, world: World) -> ReleaseRow:
    """Let the hub's verdict on a notice be heard; the release of the notice after it."""
    nl = world.network.gateways[NL]
    item = VerdictItem(ep=1, seq=1, id=notice, version=1, state=verdict, code=None)
    with nl.store.writing() as work:
        hear(item, HUB, work, nl)
        work.commit()
    with nl.store.reading() as work:
        (row,) = work.notices.of_id(notice)
        (told,) = [one for one in work.releases.of_record(row.record) if one.notice == notice]
    return told


def test_erased_is_no_answer_to_what_removes_nothing(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    told = act(world, "restrict", record, code="other")
    row = says("erased", told.notice, world)
    assert (row.verdict, row.state) == (None, "due")
    assert releases(nl, record) == {HUB: "stored"}  # it is a holder still, and hears the next
    world.clock.forward(days=2)
    with nl.store.reading() as work:
        assert [
            one["partner"] for one in overdue_notices(work, nl.configuration(work), nl.now_ms())
        ] == [HUB]


def test_who_erased_all_for_one_person_counts_as_a_holder_still(world: World) -> None:
    nl = world.network.gateways[NL]
    record = received(world)
    told = act(world, "recall", record, code="wrong_person", person="/persons/0")
    assert says("erased", told.notice, world).verdict == "erased"
    assert releases(nl, record) == {HUB: "stored"}
    (row,) = holders(record, "police.nl", nl)["holders"]
    assert row["holder"] == HUB
