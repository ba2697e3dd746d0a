"""An administrator writes the dialect of an FIU, and its reports are read by it from then on."""

from __future__ import annotations

import hashlib
import re
import time
import tomllib
from pathlib import Path

import pytest
from accounting import SOURCES, recorded

from adapters.base import Caps
from adapters.sources.goaml import GoamlAdapter
from adapters.sources.goaml_dialect import read_dialect
from adapters.sources.goaml_forms import DateForm, pattern
from adapters.sources.goaml_schema import ReportSchema, SchemaUnusable
from gateway.adapter_shelf import AdapterUnusable, KnownAdapters
from gateway.flow.configure import ConfigurationRefused
from gateway.flow.look import record_view, trail
from gateway.flow.replay import replay
from gateway.flow.submit import Submission, submit
from tests.journeys.gateways import World, client_named
from tests.journeys.scenes import NL, NL_ITEMS

GOAML = SOURCES / "goaml"
REPORT = (GOAML / "fiu-test-dialect.xml").read_bytes()
WRITTEN = (GOAML / "fiu-test.toml").read_text()
BODY = tomllib.loads(WRITTEN)
XSD = (GOAML / "fiu-test.xsd").read_text()
FEED = """
[source.fiu]
org = "police.nl"
adapter = "goaml:fiu.test"
profile = "fiu"
[source_profile.fiu]
handling = ["H0"]
purposes = ["operational_analysis"]
crime_area = "sexual_abuse_and_exploitation"
legal_basis = { instrument = "Directive (EU) 2015/849" }
source_code = "B"
info_code = "3"
review_days = 365
person_category = "person_of_interest_not_suspect"
"""


def dialect(**changed):
    return read_dialect("fiu.test", {**BODY, **changed})


def read(raw, form, schema=None):
    (draft,) = GoamlAdapter(form, schema).read(raw, Caps())
    return draft


def item(text):
    return '[goaml_dialect."fiu.test"]\n' + text.replace("\n[", '\n[goaml_dialect."fiu.test".')


@pytest.fixture
def nl():
    world = World()
    gateway = world.add(NL)
    return world, gateway


def configured(nl, text=WRITTEN):
    world, gateway = nl
    items = NL_ITEMS.replace('sources = ["cases"]', 'sources = ["cases", "fiu"]')
    world.configure(gateway, items + FEED + item(text))
    return gateway


def push(gateway, raw):
    client = client_named("police", gateway)
    (outcome,) = submit(
        Submission(client=client, source="fiu", media_type="application/xml", raw=raw), gateway
    )
    return outcome


def test_a_report_is_read_by_the_dialect_its_source_names(nl):
    gateway = configured(nl)
    outcome = push(gateway, REPORT)

    assert outcome.state == "stored"
    body = record_view(outcome.record, None, gateway)["body"]
    payment = body["transactions"][0]
    assert payment["time"] == "2026-01-14T21:45:00Z"  # 23:45 in Athens in winter
    assert payment["time_local"] == "2026-01-14T23:45:00"
    assert (payment["instrument"], payment["channel"]) == ("remittance", "mobile_app")
    assert payment["sender_place"] == {"country": "GR"}
    assert body["report_kind"] == "iftr"
    assert body["locations"][0]["locality"] == "Proefstad"


def test_the_trail_names_the_dialect_and_keeps_tags_of_what_was_changed(nl):
    gateway = configured(nl)
    steps = trail(push(gateway, REPORT).record, None, gateway)["steps"]

    assert steps[0]["source"].startswith("goaml:fiu.test@2+")
    assert steps[0]["rule"] == "read-by"
    by_target = {}
    for step in steps:
        by_target.setdefault(step["target"], []).append(step)
    changed = by_target["/transactions/0/time"][0]
    assert changed["source"] == "/report/transaction/date_transaction"
    assert changed["rule"] == "clock-of-dialect:fiu.test:Europe/Athens"
    assert changed["before"]
    assert "14/01/2026" not in str(steps)
    assert by_target["/provider_ref"][0]["before"] is None


def test_what_was_dropped_is_told_in_the_answer(nl):
    losses = {one["source"]: one["code"] for one in push(configured(nl), REPORT).losses}

    assert losses["/report/reporting_person"] == "staff-dropped"
    assert losses["/report/transaction/involved_parties/party/2/role"] == "second-party"


def test_a_quarantined_report_is_stored_once_its_dialect_is_mended(nl):
    gateway = configured(nl, WRITTEN.replace("DD/MM/YYYY hh:mm", "YYYY-MM-DDThh:mm:ss"))
    kept = push(gateway, REPORT)

    assert kept.state == "quarantined"
    assert {fault.code for fault in kept.faults} >= {"bad-time"}
    configured(nl)
    (again,) = replay([kept.original], "test", gateway)
    assert again.state == "stored"


def test_a_source_cannot_name_a_dialect_that_nobody_wrote(nl):
    world, gateway = nl
    with pytest.raises(ConfigurationRefused) as refused:
        world.configure(gateway, NL_ITEMS + FEED)

    assert ("source/fiu#/adapter", "no-such-item") in {
        (fault.pointer, fault.code) for fault in refused.value.faults
    }


def test_all_mistakes_of_a_dialect_are_told_when_it_is_applied(nl):
    text = 'clock = "C.E.T."\n[goods]\nCAR = "cars"\n[countries]\nEL = "EL"\n'
    with pytest.raises(ConfigurationRefused) as refused:
        configured(nl, text)

    assert {fault.pointer for fault in refused.value.faults} == {
        "goaml_dialect/fiu.test#/clock",
        "goaml_dialect/fiu.test#/goods/CAR",
        "goaml_dialect/fiu.test#/countries/EL",
    }
    assert all(fault.hint for fault in refused.value.faults)


def test_another_dialect_is_another_version():
    versions = {GoamlAdapter(one).version for one in (dialect(), dialect(language="el"))}

    assert len(versions) == 2
    assert GoamlAdapter(dialect()).version in versions


FORMS = {
    "days first": ("DD/MM/YYYY hh:mm:ss", "03/04/2026 05:06:07", "2026-04-03T05:06:07"),
    "months first": ("MM/DD/YYYY hh:mm:ss", "03/04/2026 05:06:07", "2026-03-04T05:06:07"),
    "dots, no seconds": ("DD.MM.YYYY hh:mm", "03.04.2026 05:06", "2026-04-03T05:06:00"),
    "no marks": ("YYYYMMDDhhmmss", "20260403050607", "2026-04-03T05:06:07"),
    "the clock first": ("hh:mm DD-MM-YYYY", "05:06 03-04-2026", "2026-04-03T05:06:00"),
    "a part of a second": ("YYYY-MM-DDThh:mm:ss", "2026-04-03T05:06:07.250", "2026-04-03T05:06:07"),
}


@pytest.mark.parametrize(("form", "text", "local"), FORMS.values(), ids=FORMS.keys())
def test_a_date_has_the_one_reading_of_its_form(form, text, local):
    assert DateForm(form).time(text).local == local
    assert DateForm(form).day(text) == local[:10]


NOT_OF_THE_FORM = [
    "2026-04-03T05:06:07",
    "3/4/2026 5:06:07",
    "31/02/2026 01:00:00",
    "03/04/1752 01:00:00",
    "03/04/2026",
    "03/04/2026 25:00:00",
    "\u0660\u0663/04/2026 05:06:07",
]


@pytest.mark.parametrize("text", NOT_OF_THE_FORM)
def test_what_has_not_the_form_is_no_time(text):
    assert DateForm("DD/MM/YYYY hh:mm:ss").time(text) is None


def test_a_value_that_has_not_the_pattern_is_a_fault_with_its_place():
    raw = REPORT.replace(b"FT-TX-77", b"TX-77")
    (fault,) = read(raw, dialect()).faults

    assert (fault.pointer, fault.code) == (
        "/report/transaction/transactionnumber",
        "not-of-pattern",
    )
    assert "FT-TX-[0-9]{1,10}" in fault.hint
    assert "TX-77" not in fault.detail


@pytest.mark.parametrize("text", ["a*a*a*a*a*b", "[ab]*[ab]*[ab]*[ab]*c", "a?a?a?b|a{1,100}b"])
def test_no_pattern_costs_more_than_a_glance(text):
    allowed = pattern(text)
    start = time.thread_time()
    assert not allowed.fits("a" * 100_000)
    assert time.thread_time() - start < 0.1


def test_a_report_is_held_against_the_schema_of_its_fiu():
    broken = REPORT.replace(b"<report_code>WTR<", b"<report_code>XXX<").replace(
        b">35.00<", b">-35<"
    )
    schema = ReportSchema(XSD)

    assert read(REPORT, dialect(), schema).faults == ()
    faults = read(broken, dialect(), schema).faults
    assert {(one.pointer, one.code) for one in faults} >= {
        ("/report/report_code", "not-of-schema"),
        ("/report/transaction", "not-of-schema"),
    }
    assert "XXX" not in str(faults)


def test_the_place_of_a_fault_counts_as_our_paths_do():
    second = REPORT.replace(
        b"<report_indicators>",
        b"<transaction><amount_local>-1</amount_local></transaction><report_indicators>",
    )
    faults = read(second, dialect(), ReportSchema(XSD)).faults

    assert "/report/transaction/1" in {one.pointer for one in faults}


CONDITIONS = [
    "*:amount_local idiv 0 = 1",
    "*:amount_local cast as xs:integer = 3",
    "sum(*:transactionnumber) = 3",
    "matches(*:amount_local, '(((((')",
    "number(*:amount_local) ge 0",
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_that_cannot_be_worked_out_is_a_fault_at_most(condition):
    text = XSD.replace("number(*:amount_local) ge 0", condition)
    codes = {one.code for one in read(REPORT, dialect(), ReportSchema(text)).faults}

    assert codes == (set() if condition.endswith("ge 0") else {"not-of-schema"})


WRONG_SCHEMAS = {
    "no XML": "report",
    "an entity": '<!DOCTYPE s [<!ENTITY x "y">]><xs:schema '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema"/>',
    "no report in it": '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>',
    "another file included": XSD.replace(
        '<xs:element name="report">',
        '<xs:include schemaLocation="file:///etc/hostname"/><xs:element name="report">',
        1,
    ),
}


@pytest.mark.parametrize("text", WRONG_SCHEMAS.values(), ids=WRONG_SCHEMAS.keys())
def test_a_schema_that_cannot_be_used_is_said_so(text):
    with pytest.raises(SchemaUnusable):
        ReportSchema(text)


def named(path, text=XSD):
    return {**BODY, "schema": {"path": str(path), "sha256": digest(text)}}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_schema_lies_on_this_machine_and_has_the_digest_that_was_approved(tmp_path):
    path = tmp_path / "fiu.xsd"
    path.write_text(XSD)
    adapter = KnownAdapters().goaml("fiu.test", named(path))

    assert adapter.name == "goaml:fiu.test"
    (draft,) = adapter.read(REPORT.replace(b">WTR<", b">XXX<"), Caps())
    assert "not-of-schema" in {fault.code for fault in draft.faults}


UNUSABLE = {
    "gone": (None, XSD, "/schema/path", "no-such-file"),
    "another": (XSD + " ", XSD, "/schema/sha256", "another-file"),
    "no schema": ("report", "report", "/schema/path", "schema-unusable"),
    "endless": (" " * (4 * 1024 * 1024 + 1), XSD, "/schema/path", "too-large"),
}


@pytest.mark.parametrize(
    ("text", "meant", "pointer", "code"), UNUSABLE.values(), ids=UNUSABLE.keys()
)
def test_a_schema_file_that_cannot_be_used_is_a_fault_of_the_item(
    tmp_path, text, meant, pointer, code
):
    path = tmp_path / "fiu.xsd"
    if text is not None:
        path.write_text(text)
    with pytest.raises(AdapterUnusable) as refused:
        KnownAdapters().goaml("fiu.test", named(path, meant))

    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == (pointer, code)
    assert fault.hint


def test_placeholders_of_the_dialect_say_nothing():
    body = recorded(read(REPORT, dialect())).record.body

    assert body["persons"][1]["names"] == [{"full": "Ontvanger", "family": "Ontvanger"}]
    assert "dob" not in body["persons"][1]  # 1753, in the order of the dialect
    assert "purpose_text" not in body["transactions"][0]


def test_roles_of_holders_and_relatives_are_the_dialects():
    roles = {"UBO": "other", "P": "parent", "M": "account_holder"}
    form = read_dialect("fiu.test", {"relation_roles": roles, "goods": {"W": "vessel"}})
    body = recorded(read((GOAML / "v5-activity.xml").read_bytes(), form)).record.body

    said = {(one["from"], one["to"]): one.get("role") for one in body["relations"]}
    assert said[("/persons/1", "/persons/0")] == "parent"
    assert said[("/persons/2", "/organisations/0")] == "other"
    assert said[("/persons/3", "/accounts/0")] == "account_holder"
    assert body["means_of_transport"][0]["kind"] == "vessel"
    assert body["means_of_transport"][0]["registration"] == "TEST-HULL-1"


def test_the_dialect_of_the_reference_page_is_one():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "goaml.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    read_dialect("fiu.gr", tomllib.loads(example.replace("…", "0" * 64)))
