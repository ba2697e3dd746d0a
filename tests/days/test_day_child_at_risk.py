"""A working day that is a night: a referral of the CyberTipline, and a child at risk.

At three in the morning a platform announces a live stream. What may go goes by itself, before all
else. The partner in whose country the child lives is outside the Union, and nobody allowed
transfers to it for this year: one officer's word carries it for an hour, a second confirms. The
partner pulls; it is woken, and when it does not come the alarm says whom to call.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core.limits import Limits
from gateway.core.proposal import NotOverridable
from gateway.flow import look, propose, wake
from gateway.flow.exchange import Exchange
from gateway.flow.holders import holders
from gateway.flow.seal import seal
from gateway.flow.submit import Submission, submit
from gateway.flow.urgent import lift, waiting
from tests.days.acts import Acts
from tests.journeys.after import states
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import ABROAD, HUB, NL, VGT, VGT_ITEMS, addressed, items, two_gateways
from tests.journeys.staff import acts as entries
from tests.journeys.staff import approvals, let_lapse, person, staffed
from tests.journeys.subjects import body_at

TIP = Path(__file__).parents[1] / "data" / "sources" / "cybertip" / "files-and-pages.xml"
MINUTE_S = 60
NIGHT_DAYS = 10 + 2 / 24  # from the first of January to the eleventh, 02:00 UTC
# Transfers to the partner rest on an instrument, and nobody has allowed them for this year.
NOT_THIS_YEAR = ABROAD.partition("[transfer")[0]
REFERRALS = f"""
[source.cybertips]
org = "police.nl"
adapter = "cybertip"
profile = "referrals"
[source_profile.referrals]
handling = ["H0"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
operational_action_ref = "OA-2026-3.1"
legal_basis = {{ instrument = "Directive (EU) 2016/680", article = "8" }}
person_category = "person_of_interest_not_suspect"
review_days = 730
[route.action]
partners = ["{HUB}"]
[route.action.when]
operational_action = "OA-2026-3.1"
types = ["case"]
"""


def night() -> tuple[World, Exchange, Exchange]:
    """A hub that is pushed to; a partner outside the Union that pulls and can be woken."""
    world = two_gateways(limits=Limits(batch_records=1))
    nl = world.network.gateways[NL]
    vgt = world.add(VGT, community="vgt")
    world.introduce(vgt, nl, one_fetches=True, woken=True)
    ours = items("police.nl", "NL", "police", "B", HUB, VGT)
    ours = ours.replace('sources = ["cases"]', 'sources = ["cases", "cybertips"]')
    staffed(world, NOT_THIS_YEAR, REFERRALS, base=ours)
    world.configure(vgt, VGT_ITEMS)
    world.clock.forward(days=NIGHT_DAYS)
    world.work()
    return world, nl, vgt


def refer(nl: Exchange) -> str:
    """What the platform's referral becomes when the national system pushes it on; the case."""
    outcomes = submit(
        Submission(
            client=client_named("police", nl),
            source="cybertips",
            media_type="application/cybertip+xml",
            raw=TIP.read_bytes(),
        ),
        nl,
    )
    assert [one.state for one in outcomes] == ["stored"] * 3  # the case, and two pages
    return str(outcomes[0].record)


def case_of(referral: str) -> dict[str, object]:
    """What the duty officer makes of the referral: whose life, and on what basis."""
    risk = {
        "urgency": "threat_to_life",
        "reason": "A live stream is announced for 04:00.",
        "child_at_risk_now": {"value": "yes", "basis": "Announced in a chat."},
    }
    return addressed("case", VGT, provider_ref="NIGHT-1", risk=risk, derived_from=[referral])


def test_a_referral_with_a_child_at_risk_in_five_acts(acts: Acts) -> None:
    """Three acts of the officer on duty, one of a second; one look tells whom to call."""
    world, nl, vgt = night()

    # Work of the day lies there, waiting to be sealed, when the referral comes in.
    calm = [
        str(world.push(nl, addressed("case", HUB, provider_ref=f"CALM-{n}"))[0].record)
        for n in range(3)
    ]
    referral = refer(nl)

    # It says itself that it is urgent: nobody does anything, and it is the first to be sealed.
    world.run(seal, HUB, nl)
    assert releases(nl, referral)[HUB] == "sealed"
    assert {releases(nl, one)[HUB] for one in calm} == {"due"}
    world.work()
    assert releases(nl, referral)[HUB] == "stored"

    # 1: the officer reads it. No machine has said that a child is at risk now, and none may.
    police = client_named("police", nl)
    body = acts.by("duty-1", "reads the referral", look.record_view, referral, police, nl)["body"]
    assert body["risk"]["urgency"] == "urgent"
    assert body["risk"]["child_at_risk_now"]["value"] == "unknown"
    with pytest.raises(NotOverridable, match="a life is at stake"):
        lift(referral, [VGT], "child_at_risk_now", person("duty-1", nl), nl, fields=("",))

    # 2: the officer says so in a case, for the country where the child lives. A rule holds it.
    (outcome,) = acts.by("duty-1", "pushes a case about it", world.push, nl, case_of(referral))
    case = str(outcome.record)
    (held,) = [one for one in outcome.releases if one.partner == VGT]
    assert (held.state, held.code) == ("held", "R-19")

    # 3: one word lets it go, and in the same moment those who must know are told.
    duty = person("duty-1", nl)
    row = acts.by(
        "duty-1", "lets it go", lift, case, [VGT], "child_at_risk_now", duty, nl, fields=("",)
    )
    informed = {one["whom"] for one in entries(nl, "informed")}
    assert informed == {"originator:police.nl", "data_protection_officer:police.nl"}

    # The partner is woken, with a call that says nothing; it does not come.
    world.work(nl)
    assert releases(nl, case)[VGT] == "sealed"
    world.run(wake.wake, VGT, nl)
    assert world.network.woken == [(NL, VGT)]

    # 4: a second officer reads what was done, and confirms exactly that within the hour.
    world.clock.forward(seconds=10 * MINUTE_S)
    acts.by("duty-2", "confirms it", propose.approve, row.id, row.digest, person("duty-2", nl), nl)
    lasting = [one for one in approvals(nl, case) if one.until is None]
    assert [one.by for one in lasting] == [("duty-1", "duty-2")]

    # 5: fifteen minutes after it could go the officer looks, and is told whom to call.
    assert look.status(nl)["alarms"] == []
    world.clock.forward(seconds=5 * MINUTE_S)
    (late,) = acts.by("duty-1", "sees that no receipt has come", waiting, duty, nl)
    assert (late["record"], late["partner"], late["overdue"]) == (case, VGT, True)
    assert late["duty"] == {"name": "Duty desk", "phone": "+31700000000", "email": None}
    (alarm,) = look.status(nl)["alarms"]
    assert (alarm["partner"], alarm["urgent_overdue"]) == (VGT, 1)

    # The telephone rings there; they fetch, and the alarm is over.
    wake.follow(NL, vgt)
    world.work()
    assert releases(nl, case)[VGT] == "stored"
    assert waiting(duty, nl) == []
    assert look.status(nl)["alarms"] == []
    arrived = body_at(vgt, case)
    assert arrived["risk"]["child_at_risk_now"]["value"] == "yes"

    # Confirmed is confirmed: when the hour is over nothing is taken back.
    world.clock.forward(seconds=60 * MINUTE_S)
    assert let_lapse(nl) == 0
    assert entries(nl, "reported") == []
    assert acts.told() == 5


def unconfirmed(acts: Acts, *, fetched: bool) -> tuple[Exchange, Exchange, str]:
    """The same night without a second officer, an hour later."""
    world, nl, vgt = night()
    (outcome,) = acts.by("duty-1", "pushes a case about it", world.push, nl, case_of(refer(nl)))
    case, duty = str(outcome.record), person("duty-1", nl)
    acts.by("duty-1", "lets it go", lift, case, [VGT], "child_at_risk_now", duty, nl, fields=("",))
    world.work(*(() if fetched else (nl,)))
    assert releases(nl, case)[VGT] == ("stored" if fetched else "sealed")
    world.clock.forward(seconds=60 * MINUTE_S)
    assert let_lapse(nl) == 1
    world.work()
    (report,) = entries(nl, "reported")
    assert (report["record"], report["partner"], report["code"]) == (
        *(case, VGT, "override_unconfirmed"),
    )
    return nl, vgt, case


def test_when_nobody_confirms_what_was_not_fetched_is_not_given_out(acts: Acts) -> None:
    """It ends with the hour and is reported; nobody has to do anything for that."""
    nl, vgt, case = unconfirmed(acts, fetched=False)
    assert releases(nl, case)[VGT] == "held"
    with vgt.store.reading() as work:
        assert work.records.versions(case) == []
    assert acts.told() == 2


def test_when_nobody_confirms_whoever_has_it_is_told_to_restrict_it(acts: Acts) -> None:
    """The partner came at once, and has it: there it is kept, and used for nothing."""
    nl, vgt, case = unconfirmed(acts, fetched=True)
    (notice,) = holders(case, "police.nl", nl)["notices"]
    (row,) = notice["holders"]
    assert (notice["kind"], row["holder"], row["gateway"]) == ("restrict", VGT, "applied")
    assert states(vgt, case) == {1: "restricted"}
    assert acts.told() == 2
