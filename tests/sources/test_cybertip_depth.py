"""Of a CyberTipline report everything that is nobody's picture is understood, for every kind."""

from __future__ import annotations

import pytest
from accounting import SOURCES, recorded

from adapters.base import Caps
from adapters.registry import adapter
from adapters.sources.cybertip import WHERE
from gateway.flow.candidates import of_record
from gateway.flow.look import trail
from gateway.flow.submit import Submission, submit
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import NL, NL_ITEMS
from tests.journeys.staff import person, staffed

PLACES = (SOURCES / "cybertip" / "every-kind-of-place.xml").read_bytes()
USERS = (SOURCES / "cybertip" / "users-and-victims.xml").read_bytes()
FEED = """
[source.tips]
org = "police.nl"
adapter = "cybertip"
profile = "tips"
[source_profile.tips]
handling = ["H0"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
legal_basis = { instrument = "Directive (EU) 2016/680" }
source_code = "B"
info_code = "3"
review_days = 365
person_category = "suspect"
"""
TYPES = [
    ("Child Pornography (possession, manufacture, and distribution)", ["distribution"]),
    ("Child Sex Trafficking", ["trafficking"]),
    ("Child Sex Tourism", ["travelling_offender"]),
    ("Child Sexual Molestation", None),
    ("Misleading Domain Name", None),
    ("Misleading Words or Digital Images on the Internet", None),
    ("Online Enticement of Children for Sexual Acts", ["grooming"]),
    ("Unsolicited Obscene Material Sent to a Child", None),
]


def read(raw):
    return list(adapter("cybertip").read(raw, Caps()))


def report(inside):
    return f"<report><reportId>1</reportId>{inside}</report>".encode()


@pytest.mark.parametrize(("kind", "phenomenon"), TYPES, ids=[kind for kind, _ in TYPES])
def test_every_type_of_incident_is_named_and_can_be_keyed_on(kind, phenomenon):
    raw = report(f"<incidentSummary><incidentType>{kind}</incidentType></incidentSummary>")
    (draft,) = read(raw)

    assert draft.body.get("governance", {}).get("phenomenon") == phenomenon
    assert draft.body["summaries"][0]["text"] == f"CyberTipline report: {kind}."
    assert [one for one in draft.indicators if one.startswith("incident:child") or " " in one] in (
        [],
        [draft.indicators[0]],
    )
    assert recorded(draft).record.type == "case"


@pytest.mark.parametrize("kind", WHERE)
def test_every_place_of_an_incident_is_named_and_can_be_keyed_on(kind):
    details = f"<internetDetails><{kind}/></internetDetails>"
    draft, *_ = read(report(f"<incidentSummary/>{details}"))

    assert draft.indicators == (f"where:{kind}",)
    assert draft.body["summaries"][0]["text"] == f"Where: {WHERE[kind]}."


def test_whoever_stands_by_a_victim_is_never_what_reported_persons_become():
    case, _ = read(USERS)
    profile_says = {one["category"] for one in recorded(case).record.body["persons"]}

    reported, child, parent, second = case.body["persons"]
    assert "category" not in reported  # the profile's to give
    assert (child["category"], second["category"]) == ("victim", "victim")
    assert parent["category"] == "contact"
    assert profile_says == {"person_of_interest_not_suspect", "victim", "contact"}


def test_a_linked_account_of_a_victim_is_a_victims():
    raw = report(
        "<incidentSummary/><victim><screenName>a</screenName><associatedAccount "
        "accountType='Linked'><firstName>B</firstName></associatedAccount></victim>"
    )
    (draft,) = read(raw)

    assert [one["category"] for one in draft.body["persons"]] == ["victim", "victim"]


def test_an_upload_without_a_time_of_its_own_has_that_of_the_file():
    uploads = [one for one in read(USERS)[0].body["network"] if one.get("event") == "upload"]

    assert uploads == [
        {"ip": "2001:db8::21", "time": "2026-01-12T09:59:00Z", "event": "upload", "port": 40002}
    ]


def test_of_files_nothing_else_stays():
    drafts = [*read(USERS), *read(PLACES)]
    written = str([draft.body for draft in drafts])

    for word in ("name-of", "Example Camera", "hashType", "A2", "f-1", "words of the mail", "taf"):
        assert word not in written


@pytest.fixture
def gateway():
    world = World()
    world.add(NL)
    items = NL_ITEMS.replace('sources = ["cases"]', 'sources = ["cases", "tips"]')
    return staffed(world, FEED, base=items)


def push(gateway, raw):
    client = client_named("police", gateway)
    submission = Submission(client=client, source="tips", media_type="application/xml", raw=raw)
    return submit(submission, gateway)


def test_several_reports_on_one_user_are_related(gateway):
    """By the account of the user with its service, and by the reports that the platform names."""
    outcomes = [*push(gateway, USERS), *push(gateway, PLACES)]
    records = [one.record for one in outcomes if one.type == "case"]
    first, second, earlier = records

    shown = of_record(first, person("analyst-1", gateway), "case_work", gateway)
    by = {one["record"]: set(one["identifiers"]) for one in shown["links"]}
    assert "handle" in by[second]
    assert by[earlier] == {"case_ref"}


def test_the_trail_and_the_losses_of_each_report_are_its_own(gateway):
    first, second = push(gateway, USERS)
    sources = {step["source"] for step in trail(second.record, None, gateway)["steps"]}

    assert not [one for one in sources if one.startswith("/reports/report/0")]
    assert {one["source"] for one in second.losses} == {
        "/reports/report/1/reporter/reportingPerson"
    }
    assert first.losses
