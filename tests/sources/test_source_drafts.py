"""Each source format becomes a draft that the shared schema takes, with its trail and losses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import registry
from adapters.base import Caps, MediaRefused, SourceUnmapped, SourceUnreadable
from adapters.partners import PROFILES
from adapters.sources.goaml import GoamlAdapter
from adapters.sources.goaml_dialect import DialectInvalid, read_dialect
from gateway.core.lists import DEMANDS
from schemas.reading import load_submission

DATA = Path(__file__).parents[1] / "data" / "sources"
CAPS = Caps()
GOAML = (DATA / "goaml-str-lsac-pattern.xml").read_bytes()
CYBERTIP = (DATA / "cybertipline-report-metadata-only.xml").read_bytes()
XARF = (DATA / "xarf" / "content-csam.json").read_bytes()


def _read(name, raw):
    return list(registry.adapter(name).read(raw, CAPS))


def _losses(draft):
    return {loss.source: loss.code for loss in draft.losses}


def _leaves(value, pointer=""):
    if isinstance(value, dict) and value:
        for name, below in value.items():
            yield from _leaves(below, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _leaves(below, f"{pointer}/{index}")
    else:
        yield pointer


@pytest.mark.parametrize(
    ("name", "raw"), [("goaml", GOAML), ("cybertip", CYBERTIP), ("xarf", XARF)]
)
def test_a_sample_becomes_a_record_and_its_trail_covers_every_value(name, raw):
    for draft in _read(name, raw):
        assert draft.faults == ()
        assert load_submission(draft.body).faults == ()
        targets = {step.target for step in draft.trail}
        assert set(_leaves(draft.body)) <= targets


def test_goaml_gives_the_payment_and_both_ends():
    [draft] = _read("goaml", GOAML)
    [payment] = draft.body["transactions"]
    assert draft.body["provider_ref"] == "TEST-STR-0001"
    assert draft.body["report_kind"] == "str"
    assert (payment["amount"], payment["currency"]) == ("40.00", "EUR")
    assert payment["receiver_place"] == {"country": "PH"}
    assert payment["sender"] == "/persons/0"
    assert draft.body["persons"][0]["names"][0]["full"] == "Testvoornaam Testachternaam"
    assert all("category" not in person for person in draft.body["persons"])


def test_goaml_leaves_the_reporting_entity_and_its_staff_out():
    [draft] = _read("goaml", GOAML)
    losses = _losses(draft)
    assert losses["/report/reporting_user_code"] == "staff-dropped"
    assert losses["/report/rentity_id"] == "reporting-entity"
    assert losses["/report/transaction/transmode_code"] == "code-unknown"
    assert "TESTUSER" not in json.dumps(draft.body)
    assert "Exampleton" not in json.dumps(draft.body)


def test_a_dialect_gives_meaning_to_codes_and_clocks():
    dialect = read_dialect(
        "nl", {"clock": "+01:00", "language": "en", "instruments": {"A": "remittance"}}
    )
    [draft] = GoamlAdapter(dialect).read(GOAML, CAPS)
    payment = draft.body["transactions"][0]
    assert payment["time"] == "2026-01-10T01:12:00+01:00"
    assert payment["instrument"] == "remittance"
    assert "clock-of-dialect:nl:+01:00" in {step.rule for step in draft.trail}


def test_a_dialect_tells_all_its_mistakes():
    with pytest.raises(DialectInvalid) as refused:
        read_dialect("x", {"clock": "C.E.T.", "instruments": 1, "nonsense": {}})
    assert len(refused.value.faults) == 3


RICH = """<report><report_code>SAR</report_code><entity_reference>R-1</entity_reference>
<report_date>2026-01-15T00:00:00Z</report_date><currency_code_local>EUR</currency_code_local>
<reporting_person><first_name>Clerk</first_name></reporting_person>
<transaction><transactionnumber>T-1</transactionnumber><teller>Clerk</teller>
<date_transaction>2026-01-10T01:12:00</date_transaction><amount_local>40.0000</amount_local>
<t_from_my_client><from_account><institution_name>Voorbeeldbank</institution_name>
<swift>ABNANL2A</swift><iban>NL91ABNA0417164300</iban><signatory><is_primary>true</is_primary>
<t_person><gender>M</gender><first_name>Jan</first_name><last_name>Voorbeeld</last_name>
<birthdate>1971-05-20T00:00:00</birthdate><passport_number>X1</passport_number>
<passport_country>NL</passport_country><nationality1>NL</nationality1>
<phones><phone><tph_country_prefix>31</tph_country_prefix><tph_number>0205550123</tph_number>
</phone></phones><addresses><address><address>Voorbeeldstraat 1</address><city>Utrecht</city>
<country_code>NL</country_code></address></addresses><email>jan@mail.example</email></t_person>
</signatory><signatory><t_person><first_name>Piet</first_name><last_name>Proef</last_name>
</t_person></signatory></from_account><from_country>NL</from_country></t_from_my_client>
<t_to><to_entity><name>Example Shop</name></to_entity><to_is_suspected>true</to_is_suspected>
<to_country>PH</to_country></t_to></transaction>
<transaction><transactionnumber>T-2</transactionnumber>
<date_transaction>2026-01-11T01:12:00</date_transaction><amount_local>10</amount_local>
<involved_parties><party><role>S</role><person><first_name>A</first_name><last_name>B</last_name>
</person><country>NL</country></party></involved_parties></transaction>
<activity><report_parties><report_party><person><first_name>Eva</first_name>
<last_name>Fictief</last_name></person><is_suspected>true</is_suspected></report_party>
</report_parties></activity>
<report_indicators><indicator>LSAC</indicator></report_indicators></report>"""


def test_goaml_accounts_entities_parties_and_activity_become_parts():
    [draft] = _read("goaml", RICH.encode())
    loaded = load_submission(draft.body)
    assert loaded.faults == ()
    body = loaded.body
    assert body["accounts"][0]["holder_ref"] == "/persons/0"
    assert body["transactions"][0]["amount"] == "40.00"
    assert body["transactions"][0]["receiver"] == "/organisations/0"
    assert body["persons"][0]["ids"][0]["number"] == "X1"
    assert body["persons"][3]["category"] == "person_of_interest_not_suspect"
    assert [one.get("phone") for one in body["identities"]] == ["+31205550123", None]
    assert body["relations"][0]["from"] == "/persons/1"
    assert draft.indicators == ("report:SAR", "LSAC")
    losses = _losses(draft)
    assert losses["/report/reporting_person"] == "staff-dropped"
    assert losses["/report/transaction/0/teller"] == "staff-dropped"
    assert "Clerk" not in json.dumps(draft.body)


def test_a_report_without_a_reference_or_before_1753_is_told_so():
    raw = GOAML.replace(b"<entity_reference>TEST-STR-0001</entity_reference>", b"")
    [draft] = _read("goaml", raw.replace(b"2026-01-15T", b"1752-12-31T"))
    assert [fault.code for fault in draft.faults] == ["required", "bad-time"]


def test_cybertip_keeps_the_reported_user_and_its_sign_in():
    [draft] = _read("cybertip", CYBERTIP)
    body = draft.body
    assert body["type"] == "case"
    assert body["provider_ref"] == "user-000001@2026-01-10T01:12:00Z"
    assert body["identities"][0]["user_id"] == "user-000001"
    assert body["network"][0]["port"] == 51234
    assert body["network"][0]["proxy"] is False
    assert body["grounds"][0]["kind"] == "platform_report"
    assert "risk" not in body
    assert _losses(draft)["/report/reporter/reportingPerson"] == "staff-dropped"
    assert "trust@platform.example" not in json.dumps(body)


MARKED = CYBERTIP.replace(
    b"<incidentSummary>",
    b"<reportId>9900001</reportId><incidentSummary>"
    b"<escalateToHighPriority>Child in danger tonight</escalateToHighPriority>",
).replace(
    b"</report>",
    b"<victim><victimPerson><firstName>Kim</firstName><age>12</age></victimPerson></victim>"
    b"<fileDetails><originalFileName>secret-name.jpg</originalFileName>"
    b"<originalBinaryHash>d41d8cd98f00b204e9800998ecf8427e</originalBinaryHash>"
    b"<fileAnnotations><liveStreaming/></fileAnnotations><ipCaptureEvent>"
    b"<ipAddress>203.0.113.9</ipAddress><dateTime>2026-01-10T01:11:00Z</dateTime><port>40000</port>"
    b"</ipCaptureEvent></fileDetails></report>",
).replace(
    b"</internetDetails>",
    b"<webPageIncident><url>https://forum.example/x</url></webPageIncident></internetDetails>",
)  # fmt: skip


def test_cybertip_marks_become_risk_and_files_are_reduced_to_their_upload():
    case, page = _read("cybertip", MARKED)
    text = json.dumps([case.body, page.body])
    assert load_submission(case.body).faults == ()
    assert load_submission(page.body).faults == ()
    assert case.body["provider_ref"] == "9900001"
    assert case.body["risk"]["urgency"] == "urgent"
    assert case.body["risk"]["child_at_risk_now"]["value"] == "unknown"
    assert case.body["network"][-1] == {
        "ip": "203.0.113.9", "time": "2026-01-10T01:11:00Z", "event": "upload", "port": 40000,
    }  # fmt: skip
    assert case.body["persons"][0] == {
        "category": "victim", "names": [{"given": "Kim"}], "minor": "yes",
    }  # fmt: skip
    assert "Files in the report: 1." in case.body["summaries"][0]["text"]
    assert "secret-name" not in text
    assert "d41d8cd9" not in text
    assert _losses(case)["/report/fileDetails/originalFileName"] == "file-detail"
    assert page.body["location"]["url"] == "https://forum.example/x"


def test_xarf_gives_the_place_and_leaves_digests_and_evidence():
    [draft] = _read("xarf", XARF)
    body = draft.body
    assert body["provider_ref"] == "b7ca7591-811e-4d40-83d9-dc043c08555d"
    assert body["location"]["ip"] == "198.51.100.42"
    assert body["assessment"]["value"] == "A1"
    assert body["state"] == "removed"
    assert {"scheme": "ncmec", "value": "12345678"} in body["external_refs"]
    losses = _losses(draft)
    assert losses["/evidence"] == "evidence"
    assert losses["/hash_values"] == "digests-of-files"
    assert losses["/reporter/contact"] == "staff-dropped"
    assert losses["/tags"] == "no-place"
    assert "e3b0c442" not in json.dumps(body)


def _xarf(**members):
    return json.dumps({**json.loads(XARF), **members}).encode()


def test_xarf_internal_notes_are_dropped_by_name():
    [draft] = _read("xarf", _xarf(_internal={"analyst": "j.doe"}))
    assert _losses(draft)["/_internal"] == "internal"
    assert "j.doe" not in json.dumps(draft.body)


def test_xarf_with_an_image_is_refused_for_good():
    raw = (DATA / "xarf-csam-with-image-evidence-must-be-refused.json").read_bytes()
    with pytest.raises(MediaRefused) as refused:
        _read("xarf", raw)
    assert refused.value.faults[0].pointer == "/evidence/0/content_type"


def test_xarf_faults_come_all_at_once():
    [draft] = _read("xarf", _xarf(classification="Z9", url=5, reporter={}))
    assert {(fault.pointer, fault.code) for fault in draft.faults} == {
        ("/classification", "not-in-list"), ("/url", "wrong-type"), ("/reporter/org", "required"),
        ("/reporter/contact", "required"), ("/reporter/domain", "required"),
    }  # fmt: skip


def test_xarf_exploitation_becomes_a_phenomenon():
    raw = _xarf(
        type="csem",
        exploitation_type="grooming",
        perpetrator_indicators={"account_id": "u1", "ip_addresses": ["203.0.113.5"]},
    )
    [draft] = _read("xarf", raw)
    assert load_submission(draft.body).faults == ()
    assert draft.body["governance"]["phenomenon"] == ["grooming"]
    assert draft.body["identities"] == [{"user_id": "u1", "platform": "example.com"}]
    assert "/perpetrator_indicators/ip_addresses" in _losses(draft)


OTHERS = {
    "goaml": [b"<report/>", b"<x/>", CYBERTIP],
    "cybertip": [b"<report/>", GOAML],
    "xarf": [b"[]", b'{"xarf_version": "3.0.0"}', _xarf(type="phishing")],
    "native": [b"[]"],
}


@pytest.mark.parametrize(("name", "raw"), [(n, raw) for n, all_ in OTHERS.items() for raw in all_])
def test_a_document_of_another_format_is_unmapped(name, raw):
    with pytest.raises(SourceUnmapped):
        _read(name, raw)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(json.loads(XARF))), JSON_VALUES)
def test_no_value_of_a_wrong_kind_escapes_xarf_as_another_error(name, value):
    try:
        for draft in _read("xarf", _xarf(**{name: value})):
            load_submission(draft.body)
    except (SourceUnmapped, SourceUnreadable):
        return


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([("goaml", RICH.encode()), ("cybertip", MARKED)]), st.data())
def test_a_report_that_lacks_anything_is_still_a_draft(report, data):
    name, raw = report
    root = ElementTree.fromstring(raw)
    places = [(parent, one) for parent in root.iter() for one in parent]
    for _ in range(data.draw(st.integers(1, 6))):
        parent, one = data.draw(st.sampled_from(places))
        if one in list(parent):
            if data.draw(st.booleans()):
                parent.remove(one)
            else:
                one.text = data.draw(st.sampled_from(["", "x", "-", "99999999999999999999"]))
    try:
        drafts = _read(name, ElementTree.tostring(root))
    except SourceUnmapped:
        return
    for draft in drafts:
        faults = load_submission(draft.body, country="NL").faults
        assert not [fault for fault in faults if fault.code in {"dangling-pointer", "wrong-type"}]


def test_native_lines_are_drafts_with_their_own_bytes():
    one, two = _read("native", b'{"type":"case"}\n{"type":"outcome"}\n')
    assert (one.body, one.raw) == ({"type": "case"}, b'{"type":"case"}')
    assert two.raw == b'{"type":"outcome"}'


def test_adapters_are_found_by_name_and_content_type():
    assert set(registry.names()) >= {"native", "goaml", "cybertip", "xarf"}
    assert registry.for_media_type("application/json; charset=utf-8") == "native"
    assert registry.for_media_type("text/csv") is None
    with pytest.raises(registry.AdapterUnknown) as refused:
        registry.adapter("goalm")
    assert "goaml" in refused.value.hint


def test_communities_say_what_they_demand():
    assert PROFILES["empact"].requires == {
        "operational_action",
        "handling_codes",
        "evaluation",
        "purposes",
    }
    assert PROFILES["vgt"].requires == {"english_summary"}
    assert PROFILES["hotline"].requires == {"no_personal_data", "url_to_addressee"}
    assert {name: one.usual_way for name, one in PROFILES.items()} == {
        "empact": "push",
        "vgt": "pull",
        "hotline": "either",
    }
    assert PROFILES["empact"].clocks["request_urgent_accessible"] == "PT8H"


def test_every_demand_of_a_community_is_one_that_the_rules_know():
    for profile in PROFILES.values():
        assert profile.requires <= DEMANDS
