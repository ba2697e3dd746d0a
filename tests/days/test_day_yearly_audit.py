"""A working day: the yearly audit by person, with the records there and after their erasure.

Two people hold the key together, and neither can look alone. The answer does not come from the
records, so it stays the same when nothing of them is left.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.subject_report import AUDITOR, SUBJECT, as_text, render
from gateway.core.whom import read
from gateway.flow.audit import verify_ledger
from gateway.flow.audit_subject import Findings, audit_subject
from gateway.flow.exchange import Exchange
from gateway.flow.notify import Wanted, notify
from gateway.flow.transfers import transfers
from keys.agent import LocalKeyAgent
from keys.audit import Holder, make, newest, open_together
from keys.errors import PassphraseWrong
from keys.files import Cost
from keys.memory import MemoryKeys
from tests.days.acts import Acts
from tests.journeys.after import dump
from tests.journeys.gateways import START_MS, World
from tests.journeys.scenes import ABROAD, HUB, NL, VGT, items, with_puller
from tests.journeys.staff import acts as entries
from tests.journeys.staff import person, staffed
from tests.journeys.test_what_was_disclosed import with_people

CHEAP = Cost(iterations=1, lanes=1, memory_kib=64)
DPO = Holder("dpo-1", b"the passphrase of the officer")
SECOND = Holder("auditor-1", b"the passphrase of the auditor")
PIET = read(["name: Piet Proef", "born: 1988-03-04"])
VALUES = ("Piet", "Proef", "1988", "proef88", "88001234")
REASON = "yearly_audit"


def with_disclosures(world: World, shares: Path) -> Exchange:
    """In January: one case went to the hub and to a partner outside the Union."""
    with_puller(world)
    nl = staffed(world, ABROAD, base=items("police.nl", "NL", "police", "B", HUB, VGT))
    keys = MemoryKeys(NL.encode(), not_before=START_MS // 1000 - 86_400)
    nl = replace(nl, agent=LocalKeyAgent(keys, keys, newest(shares)))
    world.network.gateways[NL] = nl
    both = {"recipients": [{"partner": HUB}, {"partner": VGT}]}
    world.push(nl, {**with_people(), "addressees": both})
    world.work()
    world.clock.forward(days=300)
    return nl


def look_together(acts: Acts, shares: Path, nl: Exchange) -> Findings:
    """Both people type their passphrases; one person's, typed twice, opens nothing."""
    first = acts.by(DPO.name, "types a passphrase", lambda: DPO.passphrase)
    with pytest.raises(PassphraseWrong):
        open_together(shares, first, first)
    second = acts.by(SECOND.name, "types the other, and they look", lambda: SECOND.passphrase)
    keys = open_together(shares, first, second)
    return audit_subject(PIET, keys, REASON, nl, org="police.nl")


def essence(found: Findings) -> list[dict[str, Any]]:
    """What was given to whom on which ground, without what has become of it since."""
    since = ("now", "notices", "delivery")
    rows = [
        {**{k: v for k, v in one.items() if k not in since}, "taken": one["delivery"]["taken"]}
        for one in found.proven
    ]
    return sorted(rows, key=lambda one: str(one["partner"]))


def test_the_yearly_audit_by_person_also_after_erasure(
    world: World, acts: Acts, tmp_path: Path
) -> None:
    """Two acts for each look by person, one each for the register and the ledger."""
    shares = tmp_path / "keys"
    make(shares, DPO, SECOND, START_MS // 1000, CHEAP)
    nl = with_disclosures(world, shares)

    # What was given about this person, to whom, on which ground?
    before = look_together(acts, shares, nl)
    here, abroad = sorted(before.proven, key=lambda one: one["partner"] != HUB)
    assert (here["partner"], here["ground"]) == (HUB, None)
    assert (abroad["partner"], abroad["recipient_class"]) == (VGT, "third_country")
    assert abroad["ground"] == "instrument:australia@1"
    assert {one["now"] for one in before.proven} == {"current"}
    assert (before.shut, before.possible) == (0, [])

    # The register of transfers names the same transfer, and who stood behind it.
    auditor = person("auditor-1", nl)
    (line,) = acts.by(
        "auditor-1", "reads the register of transfers", transfers, auditor, REASON, 0, 2**43, nl
    )
    assert (line["partner"], line["ground"], line["count"]) == (VGT, "instrument:australia@1", 1)
    assert line["authorised_by"] == ["officer-1", "officer-2"]

    # A court orders the record erased, everywhere.
    wanted = Wanted(kind="erase", record=here["record"], code="court_order")
    acts.by("officer-17", "erases the record", notify, wanted, "officer-17", "police.nl", nl)
    world.work()
    world.clock.forward(days=365)
    for exchange in world.network.gateways.values():
        assert "Proef" not in dump(exchange)

    # A year later the same question has the same answer, and says that it was erased.
    after = look_together(acts, shares, nl)
    assert essence(after) == essence(before)
    assert [row["taken"] for row in essence(after)] == ["yes", "yes"]
    assert {one["now"] for one in after.proven} == {"erased"}
    assert all([one["kind"] for one in row["notices"]] == ["erase"] for row in after.proven)

    # What the auditor and the person read holds no value of the record.
    head = {"gateway": NL, "org": after.org, "asked_at": after.at, "reason": REASON}
    head |= {"since": after.since, "by": [DPO.name, SECOND.name], "blocks": 1, "shut": 0}
    for reader in (AUDITOR, SUBJECT):
        report = render(reader, head, after.proven, after.possible)
        told = json.dumps(report) + as_text(report)
        assert [value for value in VALUES if value in told] == []
    assert "We hold it no longer." in as_text(render(SUBJECT, head, after.proven, []))

    # Each look stands in the ledger with its reason, and the ledger is whole.
    looks = entries(nl, "looked_up")
    # Rows of one millisecond, on a clock that stands still, have no order.
    assert sorted((one["kind"], one["count"]) for one in looks) == [
        ("subject", 2), ("subject", 2), ("transfers", 1),
    ]  # fmt: skip
    assert {one["reason"] for one in looks} == {REASON}
    assert not any(value in json.dumps(looks) for value in VALUES)
    world.sign(nl)
    keys = [one.key for one in nl.agent.public_keys()]
    assert acts.by("auditor-1", "verifies the ledger", verify_ledger, nl, keys).is_whole
    assert acts.told() == 7
