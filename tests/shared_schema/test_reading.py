"""Reading documents: all faults at once, two views, and nothing but a list of faults comes out."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import record as core_record
from schemas.reading import TYPES, load_record_text, load_submission
from schemas.record import GATEWAY_MEMBERS
from schemas.shape import the
from schemas.versions import WRITTEN, Reading, current, readable

RECORDS = Path(__file__).parents[1] / "data" / "records"
GOOD = sorted(path.stem for path in RECORDS.glob("*.json"))
OUTCOME = {
    "type": "outcome",
    "provider_ref": "OUT-1",
    "record": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
    "code": "case_opened",
    "missing": ["/persons/0/dob"],
}


def good(name):
    return json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))


def text_of(name, **changed):
    body = load_submission(good(name)).body
    own = {
        "id": "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
        "version": 1,
        "schema": current(body["type"]),
        "originator": {"org_id": "police.example", "country": "NL", "org_class": "eu_authority"},
        "created": "2026-02-05T08:00:00Z",
        "nonce": "A" * 43,
        "rendition": {"id": "whole", "withheld": []},
    }
    return {**own, **body, **changed}


def codes(faults):
    return {(fault.pointer, fault.code) for fault in faults}


@pytest.mark.parametrize("name", GOOD)
def test_each_good_submission_is_read_without_a_fault(name):
    loaded = load_submission(good(name))

    assert loaded.faults == ()
    assert loaded.body["type"] in TYPES


def test_an_outcome_is_read_without_a_fault():
    assert load_submission(OUTCOME).faults == ()


@pytest.mark.parametrize("name", GOOD)
def test_the_normal_form_of_a_submission_is_its_own_normal_form(name):
    body = load_submission(good(name)).body

    again = load_submission(body)

    assert again.body == body
    assert again.changes == ()


@pytest.mark.parametrize("name", GOOD)
def test_each_change_names_the_value_before_and_after(name):
    def at(document, pointer):
        for part in pointer.split("/")[1:]:
            document = document[int(part)] if isinstance(document, list) else document[part]
        return document

    loaded = load_submission(good(name))

    assert loaded.changes
    for change in loaded.changes:
        assert at(loaded.body, change.pointer) == change.after
        if change.before is not None:
            assert at(good(name), change.pointer) == change.before


FAULTS = {
    "no reference": ("case", ["provider_ref"], None, ("/provider_ref", "required")),
    "no grounds": ("case", ["grounds"], None, ("/grounds", "required")),
    "an empty list of grounds": ("case", ["grounds"], [], ("/grounds", "too-few")),
    "a misspelt member": ("case", ["sumary"], "x", ("/sumary", "unknown-field")),
    "a misspelt member below": (
        "case",
        ["persons", 0, "categry"],
        "suspect",
        ("/persons/0/categry", "unknown-field"),
    ),
    "a code of no list": (
        "case",
        ["persons", 0, "category"],
        "villain",
        ("/persons/0/category", "not-in-list"),
    ),
    "the gateway's own member": ("case", ["id"], "urn:uuid:1", ("/id", "set-by-gateway")),
    "terms": ("case", ["terms"], {}, ("/terms", "set-by-gateway")),
    "a bad IBAN": (
        "financial_signal",
        ["accounts", 0, "iban"],
        "NL91ABNA0417164301",
        ("/accounts/0/iban", "bad-iban"),
    ),
    "an ambiguous date": (
        "case",
        ["persons", 0, "dob"],
        "03/04/1988",
        ("/persons/0/dob", "ambiguous-date"),
    ),
    "a float for an amount": (
        "financial_signal",
        ["transactions", 0, "amount"],
        40.0,
        ("/transactions/0/amount", "wrong-type"),
    ),
    "too many decimals": (
        "financial_signal",
        ["transactions", 1, "amount"],
        "65.50",
        ("/transactions/1/amount", "minor-units"),
    ),
    "an amount without a currency": (
        "financial_signal",
        ["transactions", 1, "currency"],
        None,
        ("/transactions/1/currency", "required"),
    ),
    "a pointer to nobody": (
        "financial_signal",
        ["transactions", 0, "sender"],
        "/accounts/2",
        ("/transactions/0/sender", "dangling-pointer"),
    ),
    "a pointer to the wrong kind": (
        "financial_signal",
        ["transactions", 0, "sender"],
        "/relations/0",
        ("/transactions/0/sender", "bad-pointer"),
    ),
    "a relation to a part of no kind": (
        "case",
        ["relations", 0, "to"],
        "/grounds/0",
        ("/relations/0/to", "bad-pointer"),
    ),
    "an object for a list": ("case", ["persons"], {"0": {}}, ("/persons", "wrong-type")),
    "a text for an object": ("case", ["risk"], "high", ("/risk", "wrong-type")),
    "truth for a number": (
        "hosting_report",
        ["item_count"],
        True,
        ("/item_count", "wrong-type"),
    ),
    "a summary too long": ("case", ["summary"], "x" * 4_001, ("/summary", "too-long")),
    "a text of blanks": ("case", ["unit"], "  ", ("/unit", "empty")),
    "half of a surrogate pair": ("case", ["unit"], "\ud83d", ("/unit", "control-character")),
    "a list too long": (
        "case",
        ["derived_from"],
        ["x"] * 257,
        ("/derived_from", "too-many"),
    ),
    "urgent without a reason": (
        "case",
        ["risk"],
        {"urgency": "urgent"},
        ("/risk/reason", "required"),
    ),
    "a handle of no platform": (
        "case",
        ["identities", 0, "platform"],
        None,
        ("/identities/0/platform", "required"),
    ),
    "a URL of another host": (
        "hosting_report",
        ["location", "domain"],
        "other.example",
        ("/location/domain", "contradiction"),
    ),
    "a subdivision of another country": (
        "financial_signal",
        ["transactions", 0, "receiver_place", "subdivision"],
        "NL-UT",
        ("/transactions/0/receiver_place/subdivision", "contradiction"),
    ),
    "a null in a list": (
        "case",
        ["persons", 0, "nationalities"],
        [None],
        (
            "/persons/0/nationalities/0",
            "null",
        ),
    ),
    "an unknown type": ("case", ["type"], "cases", ("/type", "not-in-list")),
    "no type": ("case", ["type"], None, ("/type", "required")),
}


def put(document, way, value):
    for part in way[:-1]:
        document = document[part]
    if value is None:
        del document[way[-1]]
    else:
        document[way[-1]] = value


@pytest.mark.parametrize(("name", "way", "value", "wanted"), FAULTS.values(), ids=FAULTS.keys())
def test_one_defect_gives_exactly_its_own_fault(name, way, value, wanted):
    document = good(name)
    put(document, way, value)

    loaded = load_submission(document)

    assert codes(loaded.faults) == {wanted}
    assert loaded.body == {}


def test_all_faults_of_a_document_are_named_at_once():
    document = good("financial_signal")
    for name, way, value, _ in FAULTS.values():
        if name == "financial_signal" and way[0] in ("accounts", "transactions"):
            put(document, way, value)
    document["id"] = "x"

    found = {code for _, code in codes(load_submission(document).faults)}

    assert {"set-by-gateway", "bad-iban", "required", "contradiction"} <= found


def test_a_misspelt_member_is_answered_with_the_nearest_name():
    document = good("case")
    document["provider_reff"] = "x"

    [fault] = load_submission(document).faults

    assert "`provider_ref`" in fault.hint


def test_no_fault_repeats_a_value():
    secret = "Zebedee-0815-Quux"
    document = good("case")
    document["persons"][0].update(dob=secret, category=secret, sex=secret, minor=secret)
    document["network"][0].update(ip=secret, time=secret, asn=secret, port=secret)
    document["identities"][0].update(email=secret, phone=secret)
    document["provider_ref"] = {secret: secret}

    faults = load_submission(document).faults

    assert len(faults) >= 10
    assert not any(secret in f"{f.code}{f.detail}{f.hint}" for f in faults)


def test_null_is_the_same_as_absent_in_a_submission():
    document = good("case")
    document["unit"] = None
    document["persons"][0]["pob"] = None
    without = copy.deepcopy(document)
    del without["unit"], without["persons"][0]["pob"]

    assert load_submission(document).body == load_submission(without).body


def test_a_national_phone_number_is_read_with_the_submitters_country():
    document = good("financial_signal")
    document["identities"][0]["phone"] = "020 555 0123"

    read = load_submission(document, country="NL").body
    refused = load_submission(document)

    assert read["identities"][0]["phone"] == "+31205550123"
    assert codes(refused.faults) == {("/identities/0/phone", "ambiguous-phone")}


def test_a_whole_card_number_never_survives():
    document = good("financial_signal")
    document["accounts"].append({"kind": "card_masked", "card": "4111 1111 1111 1111"})

    body = load_submission(document).body

    assert body["accounts"][2]["card"] == "411111******1111"
    assert "4111111111111111" not in json.dumps(body).replace(" ", "")


def test_persons_without_a_category_are_unknown_and_statements_without_worth_are_x4():
    document = good("case")
    document["persons"] = [{}, {"meta": {"kind": "fact"}}]
    document["relations"] = []
    del document["grounds"][1], document["identities"][0]["holder_ref"]

    first, second = load_submission(document).body["persons"]

    assert first["category"] == "unknown"
    assert first["meta"] == {"kind": "assessment", "source_code": "X", "info_code": "4"}
    assert second["meta"] == {"kind": "fact", "source_code": "X", "info_code": "4"}


def test_governance_that_is_missing_is_no_fault_of_the_schema():
    document = good("case")
    del document["governance"], document["addressees"], document["risk"]

    loaded = load_submission(document)

    assert loaded.faults == ()
    assert loaded.body["governance"] == {}


DEEP = 5_000


@pytest.mark.parametrize("inner", [{}, []])
def test_a_document_too_deep_is_a_fault_and_no_crash(inner):
    document = inner
    for _ in range(DEEP):
        document = {"a": document} if isinstance(inner, dict) else [document]

    faults = load_submission({"type": "case", "provider_ref": "x", "persons": document}).faults

    assert {fault.code for fault in faults} == {"too-deep"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(data=st.data())
def test_whatever_stands_in_a_record_the_answer_is_a_list_of_faults(data):
    name = data.draw(st.sampled_from(GOOD))
    document = text_of(name)
    for _ in range(data.draw(st.integers(1, 3))):
        node = document
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], dict | list) or data.draw(st.booleans()):
                node[key] = data.draw(JSON)
                break
            node = node[key]

    for fault in (*load_record_text(document, sealed=True), *load_submission(document).faults):
        assert fault.code
        assert fault.pointer == "" or fault.pointer.startswith("/")


@given(document=JSON)
def test_whatever_json_is_sent_the_answer_is_a_list_of_faults(document):
    assert load_submission(document).faults
    assert load_record_text(document)


@pytest.mark.parametrize("name", GOOD)
def test_a_record_text_as_we_write_it_is_read_without_a_fault(name):
    assert load_record_text(text_of(name), sealed=True) == []


TEXT_FAULTS = {
    "no id": ({"id": None}, ("/id", "null")),
    "version 0": ({"version": 0}, ("/version", "out-of-range")),
    "another major": ({"schema": "case@2.0"}, ("/schema", "schema-unknown")),
    "the schema of another type": ({"schema": "outcome@1.0"}, ("/schema", "schema-unknown")),
    "a type we do not know": ({"type": "weather"}, ("/type", "schema-unknown")),
    "a short nonce": ({"nonce": "AAAA"}, ("/nonce", "bad-digest")),
    "an unknown member": ({"colour": "red"}, ("/colour", "unknown-field")),
    "floats in terms": ({"terms": {"a": [1.5]}}, ("/terms", "wrong-type")),
    "a value not in normal form": ({"opened": "20260120"}, ("/opened", "not-normal")),
    "a time with an offset": (
        {"created": "2026-02-05T09:00:00+01:00"},
        ("/created", "not-normal"),
    ),
}


@pytest.mark.parametrize(("change", "wanted"), TEXT_FAULTS.values(), ids=TEXT_FAULTS.keys())
def test_a_record_text_with_one_defect_is_refused_for_it(change, wanted):
    assert codes(load_record_text(text_of("case", **change))) == {wanted}


def test_a_version_we_cannot_read_is_the_first_fault_named():
    text = text_of("case", schema="case@2.0", colour="red")

    assert load_record_text(text)[0].code == "schema-unknown"


@pytest.mark.parametrize("member", ["nonce", "rendition"])
def test_a_sealed_text_needs_its_nonce_and_rendition(member):
    text = text_of("case")
    del text[member]

    assert codes(load_record_text(text, sealed=True)) == {(f"/{member}", "required")}
    assert load_record_text(text) == []


def test_a_newer_minor_may_bring_members_we_do_not_know():
    text = text_of("case", schema="case@1.7", colour="red")
    text["persons"][0]["height"] = 180

    assert load_record_text(text) == []


def test_a_newer_minor_does_not_excuse_values_out_of_normal_form():
    text = text_of("case", schema="case@1.7", colour="red", opened="20260120")

    assert codes(load_record_text(text)) == {("/opened", "not-normal")}


def reduced(text, *pointers):
    record = core_record.Record(
        id=text["id"], version=1, type=text["type"], org="police.example", body=text
    )
    body = dict(record.without(pointers).body)
    withheld = [{"pointer": pointer, "code": "R-10"} for pointer in pointers]
    return {**body, "rendition": {"id": "r1", "withheld": withheld}}


REDUCED = {
    "a needed member": ("case", ["/grounds"]),
    "a needed member below": ("hosting_report", ["/origin", "/location"]),
    "the only marks of a place": (
        "hosting_report",
        ["/location/url", "/location/domain", "/location/ip"],
    ),
    "free text": ("case", ["/summary", "/summaries/0/text", "/persons/0/names/0/full"]),
    "all entries of a list": ("case", ["/grounds/0", "/grounds/1"]),
    "an entry's needed member after an entry": (
        "case",
        ["/grounds/0", "/grounds/1/kind", "/network/0", "/network/1/ip"],
    ),
    "the currency of an amount": ("financial_signal", ["/transactions/0/currency"]),
    "why it is urgent": ("financial_signal", ["/risk/reason"]),
}


@pytest.mark.parametrize(("name", "pointers"), REDUCED.values(), ids=REDUCED.keys())
def test_a_reduced_form_is_read_without_what_it_says_was_withheld(name, pointers):
    text = reduced(text_of(name), *pointers)

    assert load_record_text(text, sealed=True) == []


@pytest.mark.parametrize(("name", "pointers"), REDUCED.values(), ids=REDUCED.keys())
def test_the_same_members_are_missed_in_a_form_that_does_not_say_so(name, pointers):
    text = reduced(text_of(name), *pointers)
    text["rendition"] = {"id": "whole", "withheld": []}

    missed = load_record_text(text, sealed=True)

    assert {fault.code for fault in missed} <= {"required", "too-few"}
    assert missed


def test_nobody_withholds_the_reference_or_the_type():
    text = text_of("case")
    del text["provider_ref"]
    text["rendition"]["withheld"] = [{"pointer": "/provider_ref", "code": "R-07"}]

    assert codes(load_record_text(text)) == {("/provider_ref", "required")}


def test_a_member_withheld_from_one_entry_is_still_needed_in_the_next():
    text = text_of("case")
    del text["grounds"][0]["kind"], text["grounds"][1]["kind"]
    text["rendition"]["withheld"] = [{"pointer": "/grounds/0/kind", "code": "R-10"}]

    assert codes(load_record_text(text)) == {("/grounds/1/kind", "required")}


def test_the_gateway_and_the_schema_agree_on_who_writes_what():
    assert frozenset(GATEWAY_MEMBERS) == core_record.GATEWAY_MEMBERS


def test_every_record_type_has_a_version_that_we_read():
    assert TYPES.keys() == WRITTEN.keys()
    for kind in TYPES:
        assert readable(current(kind)) is Reading.WHOLE


@pytest.mark.parametrize("schema", ["case", "case@1", "case@01.0", "case@2.0", "cases@1.0", ""])
def test_a_version_we_do_not_know_is_unknown(schema):
    assert readable(schema) is Reading.UNKNOWN


def test_a_shape_is_built_once():
    assert the(TYPES["case"]) is the(TYPES["case"])
