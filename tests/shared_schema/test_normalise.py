"""From a draft to a record: what is filled, what is refused, and what the trail says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.base import AdapterFault, Draft, Loss, TrailStep
from gateway.core.ids import OrgId, RecordId
from gateway.core.links import FIELDS, identifiers
from gateway.core.normalise import (
    Identity,
    RecordInvalid,
    Step,
    content_tag_input,
    normalise,
)
from gateway.core.profile import ProfileInvalid, read_profile
from gateway.core.record import Record
from schemas.reading import load_record_text

RECORDS = Path(__file__).parents[1] / "data" / "records"
RECEIVED = datetime(2026, 2, 5, 8, 0, tzinfo=UTC)
IDENTITY = Identity(
    id=RecordId("urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"),
    version=1,
    org_id=OrgId("fiu.example"),
    country="NL",
    org_class="fiu",
    created=RECEIVED,
)
PROFILE = read_profile(
    "goaml-example",
    2,
    {
        "handling": ["H1", "H0"],
        "purposes": ["operational_analysis"],
        "legal_basis": {"instrument": "Directive (EU) 2015/849"},
        "crime_area": "sexual_abuse_and_exploitation",
        "review_days": 365,
        "person_category": "person_of_interest_not_suspect",
        "source_code": "B",
        "info_code": "3",
        "cases": [
            {"type": "financial_signal", "handling": ["H2"], "info_code": "2"},
            {"indicator": "LIVE", "phenomenon": ["live_stream_for_payment"], "info_code": "4"},
            {"type": "case", "indicator": "LIVE", "info_code": "1"},
        ],
    },
)


def good(name):
    return json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))


def bare(**members):
    return {
        "type": "financial_signal",
        "provider_ref": "R-1",
        "source_kind": "fiu",
        "persons": [{}, {"category": "victim"}],
        **members,
    }


def normal(body, profile=None, **draft):
    return normalise(
        Draft(body=body, **draft), profile=profile, identity=IDENTITY, received=RECEIVED
    )


@pytest.mark.parametrize("name", [path.stem for path in RECORDS.glob("*.json")])
def test_a_good_draft_becomes_a_record_that_anybody_can_read(name):
    record = normal(good(name)).record

    assert load_record_text(json.loads(record.text())) == []
    assert record.body["originator"]["org_id"] == "fiu.example"
    assert record.body["created"] == "2026-02-05T08:00:00Z"


def test_a_profile_fills_what_the_source_never_gives():
    record = normal(bare(), PROFILE).record

    assert record.governance == {
        "handling": ["H2"],
        "purposes": ["operational_analysis"],
        "legal_basis": {"instrument": "Directive (EU) 2015/849"},
        "crime_area": "sexual_abuse_and_exploitation",
        "review_by": "2027-02-05",
    }
    first, second = record.body["persons"]
    assert first["category"] == "person_of_interest_not_suspect"
    assert second["category"] == "victim"
    assert first["meta"] == {"kind": "assessment", "source_code": "B", "info_code": "2"}


def test_a_profile_never_overrides_what_the_source_said():
    body = good("financial_signal")

    with_profile = normal(body, PROFILE).record

    assert with_profile.governance["handling"] == ["H1"]
    assert with_profile.governance["review_by"] == "2028-01-14"
    assert with_profile.body["accounts"][0]["meta"]["source_code"] == "A"
    assert with_profile.body["addressees"] == normal(body).record.body["addressees"]


def test_a_profile_names_no_recipient():
    record = normal(bare(), PROFILE).record

    assert record.body["addressees"] == {"recipients": []}
    with pytest.raises(ProfileInvalid):
        read_profile("p", 1, {"addressees": {"recipients": [{"partner": "hub.example"}]}})


@pytest.mark.parametrize(
    ("type_", "indicators", "info_code", "handling"),
    [
        ("hosting_report", (), "3", ("H0", "H1")),
        ("financial_signal", (), "2", ("H2",)),
        ("hosting_report", ("LIVE",), "4", ("H0", "H1")),
        ("financial_signal", ("LIVE",), "4", ("H2",)),
        ("case", ("OTHER", "LIVE"), "1", ("H0", "H1")),
    ],
)
def test_the_narrower_case_of_a_profile_wins(type_, indicators, info_code, handling):
    fill = PROFILE.fill_for(type_, indicators)

    assert (fill.info_code, fill.handling) == (info_code, handling)


def test_an_evaluation_on_another_scale_is_not_filled_over():
    meta = {"original_code": {"scheme": "admiralty@1", "value": "B2"}}

    record = normal(bare(persons=[{"category": "victim", "meta": meta}]), PROFILE).record

    assert record.body["persons"][0]["meta"]["source_code"] == "X"


def test_a_profile_with_mistakes_names_them_all():
    with pytest.raises(ProfileInvalid) as refused:
        read_profile("p", 1, {"handling": ["H9"], "review_days": 2_000, "cases": [{}], "x": 1})

    assert {fault.pointer for fault in refused.value.faults} == {
        "/handling/0",
        "/review_days",
        "/cases/0/type",
        "/x",
    }


def test_faults_of_adapter_and_schema_come_together():
    body = bare(persons="nobody", governance=[], id="x")
    fault = AdapterFault("/report/1", "bad-code", "No such code.")

    with pytest.raises(RecordInvalid) as refused:
        normal(body, PROFILE, faults=(fault,))

    assert {(f.pointer, f.code) for f in refused.value.faults} == {
        ("/report/1", "bad-code"),
        ("/id", "set-by-gateway"),
        ("/persons", "wrong-type"),
        ("/governance", "wrong-type"),
    }


def test_the_trail_has_the_sources_path_the_profile_and_each_changed_value():
    body = bare(accounts=[{"kind": "bank", "iban": "NL91 ABNA 0417 1643 00"}])
    way = TrailStep("/report/account[1]/iban", "/accounts/0/iban", "copy")

    trail = normal(body, PROFILE, trail=(way,)).trail

    assert Step(way.source, way.target, "copy", None) in trail
    changed = Step(way.source, way.target, "iban", "NL91 ABNA 0417 1643 00")
    assert changed in trail
    filled = Step("profile:goaml-example@2", "/governance/handling", "source-profile", None)
    assert filled in trail
    assert Step("", "/risk", "default", None) in trail


def test_losses_of_the_adapter_are_kept():
    loss = Loss("/report/reporting_person", "staff-dropped")

    assert normal(bare(), losses=(loss,)).losses == (loss,)


def test_a_draft_is_not_changed_by_normalising_it():
    body = good("financial_signal")

    normal(body, PROFILE)

    assert body == good("financial_signal")


def test_a_record_too_large_to_be_sealed_is_refused():
    long = [{"lang": "en", "text": "x" * 4_000}] * 8
    persons = [{"category_reason": "y" * 1_000}] * 250

    with pytest.raises(RecordInvalid) as refused:
        normal(bare(summaries=long, persons=persons))

    assert [fault.code for fault in refused.value.faults] == ["too-large"]


def test_the_same_content_has_the_same_tag_whoever_wrote_it_down():
    spaced = good("financial_signal")
    tight = json.loads(json.dumps(spaced).replace("NL91 ABNA 0417 1643 00", "NL91ABNA0417164300"))
    other = Identity(
        id=RecordId("urn:uuid:01890a5d-ac96-774b-bcce-b302099a8058"),
        version=2,
        org_id=OrgId("fiu.example"),
        country="NL",
        org_class="fiu",
        created=datetime(2026, 3, 1, tzinfo=UTC),
    )
    first = normal(spaced).record
    second = normalise(Draft(body=tight), profile=None, identity=other, received=RECEIVED).record
    changed = normal(good("financial_signal") | {"report_kind": "sar"}).record

    assert content_tag_input(first) == content_tag_input(second)
    assert content_tag_input(first) != content_tag_input(changed)


def record_of(**members):
    return normal(bare(persons=[], **members)).record


LINKS = {
    "an IBAN": (
        {"accounts": [{"kind": "bank", "iban": "de89 3704 0044 0532 0130 00"}]},
        {("account", "DE89370400440532013000")},
    ),
    "a number without its bank": ({"accounts": [{"kind": "bank", "account_no": "12"}]}, set()),
    "a masked card": (
        {"accounts": [{"kind": "card_masked", "card": "411111******1111"}]},
        set(),
    ),
    "an Ethereum address in any case": (
        {
            "accounts": [
                {
                    "kind": "wallet",
                    "network": "ethereum",
                    "address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                }
            ]
        },
        {("wallet", "ethereum\x1f0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed")},
    ),
    "a handle in any case": (
        {"identities": [{"platform": "Chat.example", "handle": "Proef"}]},
        {("handle", "chat.example\x1fproef")},
    ),
    "an e-mail address in any case": (
        {"identities": [{"email": "Jan@Example.org"}]},
        {("email", "jan@example.org")},
    ),
    "an address at an hour": (
        {"network": [{"ip": "192.0.2.1", "time": "2026-01-01T10:59:59Z"}]},
        {("ip_hour", "192.0.2.1\x1f2026-01-01T10")},
    ),
    "a number elsewhere": (
        {"external_refs": [{"scheme": "ncmec", "value": "99-00"}]},
        {("case_ref", "ncmec\x1f9900")},
    ),
    "a fingerprint both banks agree on": (
        {
            "transactions": [
                {
                    "time": "2026-01-01T10:00:00Z",
                    "amount": "1",
                    "currency": "EUR",
                    "fingerprint": "abc",
                }
            ]
        },
        {("transaction", "fingerprint\x1fabc")},
    ),
}


@pytest.mark.parametrize(("members", "wanted"), LINKS.values(), ids=LINKS.keys())
def test_an_identifier_is_written_in_one_way_only(members, wanted):
    assert set(identifiers(record_of(**members))) == wanted


@pytest.mark.parametrize(
    ("person", "linked"),
    [
        ({"names": [{"full": "José Müller"}], "dob": "1970-01-02", "nationalities": ["DE"]}, True),
        ({"names": [{"full": "José Müller"}], "dob": "1970-01-02"}, False),
        ({"names": [{"full": "José Müller"}], "dob": "1970", "nationalities": ["DE"]}, False),
        ({"names": [{"full": "José Müller"}], "nationalities": ["DE"]}, False),
    ],
)
def test_a_name_links_only_with_a_whole_birth_date_and_a_country(person, linked):
    found = identifiers(normal(bare(persons=[person])).record)

    wanted = [("name_birth_country", "jose muller\x1f1970-01-02\x1fDE")] if linked else []
    assert found == wanted


def test_identifiers_are_of_the_listed_fields_once_each_and_of_any_form_of_a_record():
    record = normal(good("financial_signal")).record
    found = identifiers(record)

    assert {field for field, _ in found} <= set(FIELDS)
    assert len(found) == len(set(found))
    shorn = record.without(["/accounts/0/iban", "/identities/0/email", "/transactions/0/time"])
    assert set(identifiers(Record(**_members(shorn)))) < set(found)


def _members(record):
    names = ("id", "version", "type", "org", "body")
    return {name: getattr(record, name) for name in names}


@pytest.mark.parametrize(
    "body",
    [
        {"type": ["case"]},
        {"type": {"of": "case"}},
        {"type": "knowledge_product", "tlp": ["TLP:RED"], "governance": {}},
        {
            "type": "knowledge_product",
            "tlp": "TLP:RED",
            "governance": {"handling": [["H1"]], "restrictions": [{"kind": ["no_x"]}]},
        },
    ],
)
def test_a_list_where_a_code_belongs_is_a_fault_and_no_crash(body):
    with pytest.raises(RecordInvalid) as refused:
        normal(body, read_profile("p", 1, {"cases": [{"type": "case", "handling": ["H1"]}]}))
    assert refused.value.faults
