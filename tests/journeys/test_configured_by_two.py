"""A change of configuration is seen before it is made, and made by two people."""

from __future__ import annotations

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.proposal import ActUnknown, BasisChanged, SecondPersonNeeded
from gateway.flow import propose
from gateway.flow.configure import ConfigurationRefused, ItemFile, checked, planned
from gateway.flow.configuring import NamesOthers, OfAFile, preview_of
from gateway.flow.exchange import Exchange
from gateway.flow.preview import preview
from tests.journeys.gateways import World, releases
from tests.journeys.scenes import HUB, addressed
from tests.journeys.staff import acts, person, staffed

AGREEMENT = {
    "partner": HUB,
    "direction": "out",
    "types": ["knowledge_product"],
    "crime_areas": ["sexual_abuse_and_exploitation"],
    "purposes": ["cross_check"],
}
CONSENT = {
    "originator": "police.nl",
    "recipients": [HUB],
    "communities": [],
    "records": [],
    "purposes": ["cross_check", "operational_analysis"],
    "types": ["case"],
}


def apply(kind: str = "agreement", name: str = "nl-hub-2", **members):
    return {"change": "apply", "kind": kind, "name": name, "body": AGREEMENT, **members}


def consent(**members):
    until = 4_000_000_000_000
    return apply("consent", "to-the-hub", body=CONSENT, valid_until=until, **members)


@pytest.fixture
def nl(world: World) -> Exchange:
    return staffed(world)


def proposed(asked, nl: Exchange, by: str = "admin-1"):
    return propose.propose("configure", asked, person(by, nl), nl, reason="agreed")


def approve(row, nl: Exchange, by: str = "admin-2"):
    return propose.approve(row.id, row.digest, person(by, nl), nl)


def active(nl: Exchange, kind: str = "agreement"):
    with nl.store.reading() as work:
        return {item.name: item for item in work.config.active(kind)}


def test_an_agreement_is_in_force_when_the_second_person_says_so(nl):
    row = proposed(apply(), nl)
    assert "nl-hub-2" not in active(nl)
    approve(row, nl)
    item = active(nl)["nl-hub-2"]
    assert (item.origin, tuple(item.approved_by)) == ("database", ("admin-1", "admin-2"))
    (entry,) = [one for one in acts(nl, "configured") if one["item"] == "agreement/nl-hub-2"]
    assert (entry["change"], entry["by"]) == ("added", "admin-1+admin-2")


def test_it_takes_another_administrator_and_no_officer(nl):
    row = proposed(apply(), nl)
    with pytest.raises(SecondPersonNeeded):
        approve(row, nl, "admin-1")
    with pytest.raises(Forbidden):
        approve(row, nl, "officer-2")
    with pytest.raises(NotFound):
        approve(row, nl, "stranger-2")
    with pytest.raises(Forbidden):
        proposed(apply(), nl, "officer-1")
    assert "nl-hub-2" not in active(nl)


def test_an_item_that_changed_since_is_not_overwritten(nl):
    first, second = proposed(apply(), nl), proposed(apply(valid_until=4_000_000_000_000), nl)
    approve(first, nl)
    with pytest.raises(BasisChanged):
        approve(second, nl)


def test_an_item_is_ended_by_two(nl):
    approve(proposed(apply(), nl), nl)
    end = {"change": "end", "kind": "agreement", "name": "nl-hub-2"}
    approve(proposed(end, nl), nl)
    assert "nl-hub-2" not in active(nl)
    with pytest.raises(NotFound):
        proposed(end, nl)


def test_what_a_file_says_is_changed_in_the_file(nl):
    with pytest.raises(OfAFile):
        proposed(apply(name="nl-hub"), nl)
    with pytest.raises(OfAFile):
        proposed({"change": "end", "kind": "agreement", "name": "nl-hub"}, nl)


WRONG = {
    "a client": apply("client"),
    "a person": apply("person"),
    "an unknown kind": apply("secret"),
    "another change": {**apply(), "change": "drop"},
    "a member unknown": apply(why="so"),
    "no name": {"change": "apply", "kind": "agreement"},
    "a body that is a list": apply(body=[]),
    "a date that is a text": apply(valid_until="2030-01-01"),
    "a date that is a truth": apply(valid_until=True),
}


@pytest.mark.parametrize("asked", WRONG.values(), ids=WRONG)
def test_what_is_no_change_is_not_proposed(nl, asked):
    with pytest.raises(ActUnknown):
        proposed(asked, nl)


def test_a_bad_body_names_every_fault_before_anybody_is_asked(nl):
    with pytest.raises(ConfigurationRefused) as refused:
        proposed(apply(body={**AGREEMENT, "direction": "up", "purposes": None}), nl)
    assert {fault.pointer.partition("#")[2] for fault in refused.value.faults} == {
        "/direction",
        "/purposes",
    }
    assert refused.value.detail == "2 faults in the items"
    with pytest.raises(ConfigurationRefused) as named:
        proposed(apply(name="Not A Name"), nl)
    assert named.value.detail == "1 fault in the items"


def test_a_consent_is_its_originators_alone(world, nl):
    with pytest.raises(Forbidden):
        proposed(consent(), nl, "stranger-2")
    body = addressed("case", HUB)
    handled = {**body, "governance": {**body["governance"], "handling": ["H2"]}}
    (outcome,) = world.push(nl, handled)
    assert releases(nl, outcome.record) == {HUB: "held"}

    row = proposed(consent(), nl)
    (hub,) = preview_of(row, nl, last=100).partners
    assert (hub.partner, hub.goes, hub.stops) == (HUB, 1, 0)
    assert hub.examples[0]["before"]["rule"] == "R-05"
    assert releases(nl, outcome.record) == {HUB: "held"}  # a preview changes nothing

    approve(row, nl)
    world.work()
    assert releases(nl, outcome.record) == {HUB: "stored"}


TRANSFER = {"partner": HUB, "types": ["case"], "by": ["admin-1", "admin-2"]}
WORDS = {"words": "Not in court.", "restrictions": ["evidential"], "by": ["admin-1", "admin-2"]}


def test_what_names_two_people_is_settled_by_these_two(nl):
    dates = {"valid_from": nl.now_ms(), "valid_until": nl.now_ms() + 86_400_000}
    approve(proposed(apply("transfer", "hub", body=TRANSFER, **dates), nl), nl)
    assert active(nl, "transfer")["hub"].body["by"] == ["admin-1", "admin-2"]

    others = {**TRANSFER, "by": ["admin-1", "officer-1"]}
    row = proposed(apply("transfer", "other", body=others, **dates), nl)
    with pytest.raises(NamesOthers):
        approve(row, nl)
    assert "other" not in active(nl, "transfer")


def test_of_words_only_a_digest_is_proposed(nl):
    row = proposed(apply("condition", "no-court", body=WORDS), nl)
    assert "court." not in str(row.body)
    approve(row, nl)
    assert active(nl, "condition")["no-court"].body == row.body["body"]


def files(nl: Exchange, **bodies):
    """Every item in force as files, agreements replaced by `bodies`; None takes one away."""
    with nl.store.reading() as work:
        found = [
            ItemFile(item.kind, item.name, item.body, item.valid_from, item.valid_until)
            for kind in ("organisation", "client", "person", "source", "agreement")
            for item in work.config.active(kind)
        ]
    kept = [one for one in found if one.kind != "agreement" or one.name not in bodies]
    return kept + [ItemFile("agreement", name, body) for name, body in bodies.items() if body]


def previewed(nl: Exchange, last: int = 100, **bodies):
    rows = checked(files(nl, **bodies), nl)
    with nl.store.reading() as work:
        plan = planned(rows, work, "uid-0")
    seen: list[int] = []
    return preview(plan, nl, org=None, last=last, progress=seen.append), seen


def test_a_preview_of_a_folder_says_what_would_stop_and_what_would_go(world, nl):
    for number in range(3):
        world.push(nl, addressed("case", HUB, provider_ref=f"PL-{number}"))
    hub = dict(active(nl)["nl-hub"].body)

    stopped, seen = previewed(nl, **{"nl-hub": {**hub, "types": ["hosting_report"]}})
    (one,) = stopped.partners
    assert (one.goes, one.stops, one.differs) == (0, 3, 0)
    assert one.examples[0]["before"]["state"] == "due"
    assert one.examples[0]["after"] == {
        "state": None, "rule": None, "reason": "no agreement covers it", "withheld": 0,
    }  # fmt: skip
    assert (stopped.records, seen) == (3, [3])

    ended, _ = previewed(nl, **{"nl-hub": None})
    assert [one.stops for one in ended.partners] == [3]

    other, _ = previewed(nl, **{"nl-hub": {**hub, "purposes": ["cross_check"]}})
    assert [(one.stops, one.differs) for one in other.partners] == [(3, 0)]

    same, seen = previewed(nl, **{"nl-hub": hub})
    assert (same.records, same.partners, seen) == (0, (), [])  # nothing would change: no look

    few, _ = previewed(nl, last=2, **{"nl-hub": None})
    assert (few.records, few.partners[0].stops) == (2, 2)


def test_what_would_go_in_another_form_is_told_apart(world, nl):
    world.push(nl, addressed("case", HUB))
    hub = dict(active(nl)["nl-hub"].body)
    found, _ = previewed(nl, **{"nl-hub": None, "nl-hub-next": hub})
    (one,) = found.partners
    assert (one.goes, one.stops, one.differs) == (0, 0, 1)


def test_a_preview_looks_at_the_own_organisation_alone(world, nl):
    world.push(nl, addressed("case", HUB))
    row = proposed(apply(body={**AGREEMENT, "types": ["case"]}), nl, "stranger-2")
    assert preview_of(row, nl, last=100).records == 0


def test_only_a_change_of_configuration_has_a_preview(world, nl):
    from tests.journeys.staff import with_words  # noqa: PLC0415
    from tests.journeys.test_two_people import proposed as an_approval  # noqa: PLC0415

    world.push(nl, with_words())
    with pytest.raises(ActUnknown):
        preview_of(an_approval(nl), nl, last=100)
