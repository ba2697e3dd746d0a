"""Every sample goes the whole way, and its end is what its kind says.

What is understood is stored, decided on and reaches a partner as the same record. What carries
imagery is refused and names the place. What is no report at all is kept sealed for a person, or
refused when it cannot even be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from gateway.flow.exchange import Exchange
from gateway.flow.hand_on import waiting
from gateway.flow.look import record_view
from gateway.flow.outcome import Outcome
from gateway.flow.submit import Submission, submit
from tests.journeys.gateways import World, client_named, releases
from tests.journeys.scenes import HUB, HUB_ITEMS, NL, NL_ITEMS

SOURCES = Path(__file__).parents[1] / "data" / "sources"
DECLARED = SOURCES / "declared"
XARF_SCHEMAS = SOURCES / "xarf" / "schemas"
MEDIA_TYPES = {".xml": "application/xml", ".csv": "text/csv", ".json": "application/json"}
FORMATS = {
    "goaml": "goaml",
    "goaml-test": "goaml:fiu.test",
    "cybertip": "cybertip",
    "xarf": "xarf",
    "register": "mapping:meldingen-json",
    "export": "mapping:zaken-csv",
    "payments": "iso20022",
}

FEEDS = """
[source.{name}]
org = "police.nl"
adapter = "{adapter}"
profile = "all"
"""
TRANSFERS = """
[source.payments.transfers]
seen_by = "fiu"
all = true
"""
PROFILE = """
[source_profile.all]
handling = ["H0"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
legal_basis = { instrument = "Directive (EU) 2016/680", article = "8" }
operational_action_ref = "OA-2026-3.1"
source_code = "B"
info_code = "3"
review_days = 365
person_category = "person_of_interest_not_suspect"
[route.everything]
partners = ["hub.eu"]
[route.everything.when]
operational_action = "OA-2026-3.1"
"""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Records come of it: of this type, with these values; the first one is looked at.

    It reaches the partner, or a rule holds it back.
    """

    type: str
    values: Mapping[str, Any]
    records: int = 1
    held_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """It waits in quarantine; this is what is said."""

    said: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Nothing of it is kept; these are the places that are named, with their codes."""

    named: Mapping[str, str] = field(default_factory=dict)


# The police hold it, and the unit that it came from has not consented to its going further.
OF_AN_FIU = "R-07"
SAMPLES: dict[tuple[str, str], Stored | Kept | Refused] = {
    ("goaml", "goaml-str-lsac-pattern.xml"): Stored(
        type="financial_signal",
        values={
            "/provider_ref": "TEST-STR-0001",
            "/report_kind": "str",
            "/transactions/0/amount": "40.00",
            "/transactions/0/currency": "EUR",
            "/transactions/0/sender_place/country": "NL",
            "/transactions/0/receiver_place/country": "PH",
            "/persons/0/category": "person_of_interest_not_suspect",
        },
        held_by=OF_AN_FIU,
    ),
    ("goaml", "goaml/accounts-and-parties.xml"): Stored(
        type="financial_signal", values={"/accounts/0/kind": "bank"}, held_by=OF_AN_FIU
    ),
    ("goaml", "goaml/v4-parties-and-goods.xml"): Stored(
        type="financial_signal",
        values={"/transactions/0/amount": "1250.50", "/accounts/1/kind": "e_money"},
        held_by=OF_AN_FIU,
    ),
    ("goaml", "goaml/v5-activity.xml"): Stored(
        type="financial_signal",
        values={"/report_kind": "sar", "/network/1/port": 51234, "/fiu_ref": "FIU-2026-7"},
        held_by=OF_AN_FIU,
    ),
    ("goaml-test", "goaml/fiu-test-dialect.xml"): Stored(
        type="financial_signal",
        values={
            "/transactions/0/time": "2026-01-14T21:45:00Z",
            "/transactions/0/instrument": "remittance",
            "/means_of_transport/0/kind": "car",
        },
        held_by=OF_AN_FIU,
    ),
    ("cybertip", "cybertipline-report-metadata-only.xml"): Stored(
        type="case",
        values={
            "/grounds/0/kind": "platform_report",
            "/grounds/0/provider": "Example Platform",
            "/identities/0/handle": "test_screen_name",
            "/network/0/ip": "198.51.100.7",
            "/network/0/port": 51234,
            "/network/0/time": "2026-01-10T01:10:00Z",
            "/governance/phenomenon/0": "grooming",
        },
    ),
    ("cybertip", "cybertip/files-and-pages.xml"): Stored(
        type="case", records=3, values={"/risk/urgency": "urgent", "/persons/1/minor": "yes"}
    ),
    ("cybertip", "cybertip/every-kind-of-place.xml"): Stored(
        type="case", records=2, values={"/identities/3/phone": "+31205550124"}
    ),
    ("cybertip", "cybertip/users-and-victims.xml"): Stored(
        type="case", records=2, values={"/persons/1/category": "victim", "/network/0/proxy": True}
    ),
    ("cybertip", "cybertip/faults.xml"): Kept(
        said="The report has no number, nor a reported user with the time of the incident."
    ),
    ("xarf", "xarf/content-csam.json"): Stored(
        type="hosting_report",
        values={
            "/provider_ref": "b7ca7591-811e-4d40-83d9-dc043c08555d",
            "/origin": "xarf",
            "/location/ip": "198.51.100.42",
            "/location/domain": "example.com",
            "/assessment/value": "A1",
            "/media_kind": "image",
            "/state": "removed",
        },
    ),
    ("xarf", "xarf/csem-grooming.json"): Stored(
        type="hosting_report",
        values={"/identities/0/user_id": "user-000301", "/persons/0/category": "victim"},
    ),
    ("xarf", "xarf/csam-network.json"): Stored(
        type="hosting_report",
        values={"/location/ip": "2001:db8::30", "/location/port": 8443, "/host_country": "NL"},
    ),
    ("xarf", "xarf/faults.json"): Kept(said="Not of the form that XARF demands."),
    ("register", "declared/meldingen.json"): Stored(
        type="financial_signal",
        records=2,
        values={
            "/provider_ref": "NB-2026-0007",
            "/accounts/0/iban": "NL91ABNA0417164300",
            "/transactions/1/amount": "35.00",
            "/persons/0/dob": "1971-05-20",
        },
        held_by=OF_AN_FIU,
    ),
    ("export", "declared/zaken.csv"): Stored(
        type="case",
        records=3,
        held_by="R-11",  # nothing links its witness to the suspect
        values={
            "/national_ref": "PL-2026-000101",
            "/opened": "2026-02-03",
            "/network/0/time": "2026-02-02T20:04:00Z",
            "/persons/1/category": "victim",
        },
    ),
    ("payments", "iso20022/pain.001.001.08-gs-test.xml"): Stored(
        type="financial_signal",
        values={
            "/provider_ref": "GSLDGB20/test-160620/test-160620/1",
            "/transactions/0/amount": "10.00",
            "/transactions/0/day": "2020-06-16",
            "/transactions/0/sender": "/accounts/0",
            "/accounts/1/bic": "BARCGB22",
        },
        held_by=OF_AN_FIU,
    ),
    ("payments", "iso20022/camt.054.001.02-fi-sample.xml"): Stored(
        type="financial_signal",
        records=13,
        values={"/transactions/0/amount": "1900.00", "/accounts/0/iban": "FI7433010001222090"},
        held_by=OF_AN_FIU,
    ),
    ("cases", "vics-2.0-must-be-refused.json"): Refused(
        named={
            "/value/0/Media/0/Miniature": "thumbnail",
            "/value/0/Media/0": "media-catalogue",
            "/@odata.context": "media-catalogue",
        }
    ),
    ("xarf", "xarf-csam-with-image-evidence-must-be-refused.json"): Refused(
        named={"/evidence/0/content_type": "media-type"}
    ),
    # What describes reports is none: kept for a person. One names perceptual hashes: refused.
    ("xarf", "xarf/schemas/xarf-core.json"): Kept(said="Only version 4 is read here."),
    ("xarf", "xarf/schemas/types/content-base.json"): Kept(said="Only version 4 is read here."),
    ("xarf", "xarf/schemas/types/content-csem.json"): Kept(said="Only version 4 is read here."),
    ("xarf", "xarf/schemas/types/content-csam.json"): Refused(
        named={"/allOf/1/properties/hash_values/properties/photodna": "perceptual-hash"}
    ),
    ("goaml", "cybertipline-report-metadata-only.xml"): Kept(
        said="The document is no goAML report."
    ),
    ("cybertip", "goaml-str-lsac-pattern.xml"): Kept(
        said="The document is no CyberTipline report."
    ),
    ("cases", "goaml-str-lsac-pattern.xml"): Refused(named={"": "malformed"}),
    ("goaml", "xarf/content-csam.json"): Refused(named={"": "malformed"}),
}


@pytest.fixture(scope="module")
def world() -> World:
    """A national gateway with a source for each format, and a hub that gets everything."""
    world = World()
    national, hub = world.add(NL), world.add(HUB)
    world.introduce(national, hub)
    names = ", ".join(f'"{name}"' for name in ("cases", *FORMATS))
    items = NL_ITEMS.replace('sources = ["cases"]', f"sources = [{names}]") + PROFILE
    items += "".join(FEEDS.format(name=name, adapter=one) for name, one in FORMATS.items())
    items += TRANSFERS
    for mapping in DECLARED.glob("*.toml"):
        head, fields = mapping.read_text().split("[fields]\n")
        head = head.replace("[csv]", f"[mapping.{mapping.stem}.csv]")
        items += f"[mapping.{mapping.stem}]\n{head}\n[mapping.{mapping.stem}.fields]\n{fields}"
    items += dialect_item()
    world.configure(national, items)
    world.configure(hub, HUB_ITEMS)
    world.work()
    return world


def dialect_item() -> str:
    """Return the dialect beside the samples as an item."""
    item = '[goaml_dialect."fiu.test"]\n'
    text = (SOURCES / "goaml" / "fiu-test.toml").read_text()
    return item + text.replace("\n[", '\n[goaml_dialect."fiu.test".')


def push(world: World, source: str, raw: bytes, media_type: str) -> list[Outcome]:
    national = world.network.gateways[NL]
    client = client_named("police", national)
    submission = Submission(client=client, source=source, media_type=media_type, raw=raw)
    return submit(submission, national)


def values_of(outcome: Outcome, exchange: Exchange, expected: Stored) -> dict[str, Any]:
    body = record_view(str(outcome.record), None, exchange)["body"]
    return {pointer: value_at(body, pointer) for pointer in expected.values}


def value_at(body: Any, pointer: str) -> Any:
    for name in pointer.split("/")[1:]:
        body = body[int(name)] if isinstance(body, list) else body[name]
    return body


@pytest.mark.parametrize(
    ("source", "file", "expected"),
    [(*named, expected) for named, expected in SAMPLES.items()],
    ids=[f"{file} as {source}" for source, file in SAMPLES],
)
def test_a_sample_ends_as_its_kind_says(
    world: World, source: str, file: str, expected: Stored | Kept | Refused
) -> None:
    path = SOURCES / file
    outcomes = push(world, source, path.read_bytes(), MEDIA_TYPES[path.suffix])

    match expected:
        case Stored():
            assert [one.state for one in outcomes] == ["stored"] * expected.records
            assert outcomes[0].type == expected.type
            assert values_of(outcomes[0], world.network.gateways[NL], expected) == expected.values
            reaches_the_partner(world, outcomes[0], expected)
        case Kept():
            (outcome,) = outcomes
            assert outcome.state == "quarantined"
            assert outcome.original
            assert outcome.faults[0].detail == expected.said
            assert outcome.faults[0].hint
        case Refused():
            (outcome,) = outcomes
            assert (outcome.state, outcome.original) == ("refused", None)
            assert {one.pointer: one.code for one in outcome.faults} == expected.named


def reaches_the_partner(world: World, outcome: Outcome, expected: Stored) -> None:
    national, hub = world.network.gateways[NL], world.network.gateways[HUB]
    world.work()
    if expected.held_by:
        assert [(one.state, one.code) for one in outcome.releases] == [("held", expected.held_by)]
        return
    page = waiting(client_named("analysts", hub), 0, 99, hub)

    assert releases(national, outcome.record) == {HUB: "stored"}
    assert outcome.record in [entry["record"] for entry in page.entries]
    assert values_of(outcome, hub, expected) == expected.values


def test_no_sample_is_left_out() -> None:
    files = [one for one in SOURCES.rglob("*") if one.suffix in MEDIA_TYPES]

    assert {str(one.relative_to(SOURCES)) for one in files} == {file for _, file in SAMPLES}


def test_a_schema_in_place_of_a_report_is_kept_for_a_person(world: World) -> None:
    schema = b'<?xml version="1.0"?><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>'
    (outcome,) = push(world, "goaml", schema, "application/xml")

    (fault,) = outcome.faults
    assert (outcome.state, fault.pointer, fault.code) == ("quarantined", "/schema", "not-goaml")


@pytest.mark.parametrize(
    "name", ["xarf/content-csam.json", "xarf-csam-with-image-evidence-must-be-refused.json"]
)
def test_what_xarf_allows_and_we_refuse_is_valid_by_its_own_schemas(name: str) -> None:
    schemas = [json.loads(path.read_text()) for path in XARF_SCHEMAS.rglob("*.json")]
    known: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    csam = known.contents("https://xarf.org/schemas/v4/types/content-csam.json")
    report = json.loads((SOURCES / name).read_text())

    faults = Draft202012Validator(csam, registry=known).iter_errors(report)
    assert [fault.message for fault in faults] == []
