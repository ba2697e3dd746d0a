"""CyberTipline reports become cases with a platform's report as their ground."""

from __future__ import annotations

import pytest
from accounting import SOURCES, recorded, unaccounted, untraced
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.base import Caps, SourceUnmapped, SourceUnreadable
from adapters.registry import adapter
from gateway.core.guard import inspect_bytes, inspect_strings

SIMPLE = (SOURCES / "cybertipline-report-metadata-only.xml").read_bytes()
RICH = (SOURCES / "cybertip" / "files-and-pages.xml").read_bytes()


def read(raw):
    return list(adapter("cybertip").read(raw, Caps()))


def case(raw):
    return read(raw)[0]


def report(inside="", summary="", users="<espIdentifier>u-1</espIdentifier>"):
    return (
        "<report><incidentSummary><platform>Example Platform</platform>"
        f"<incidentDateTime>2026-01-10T01:12:00Z</incidentDateTime>{summary}</incidentSummary>"
        f"<personOrUserReported>{users}</personOrUserReported>{inside}</report>"
    ).encode()


def losses(draft):
    return {loss.source: loss.code for loss in draft.losses}


def test_a_report_becomes_a_case_whose_ground_is_the_platform():
    (draft,) = read(SIMPLE)
    body = recorded(draft).record.body

    assert body["type"] == "case"
    (ground,) = body["grounds"]
    assert (ground["kind"], ground["provider"]) == ("platform_report", "Example Platform")
    assert ground["subject_link"] == {"by": "shared_identifier", "pointer": "/identities/0"}
    (identity,) = body["identities"]
    assert (identity["platform"], identity["handle"]) == ("Example Chat", "test_screen_name")
    assert identity["user_id"] == "user-000001"
    (seen,) = body["network"]
    assert seen["ip"] == "198.51.100.7"
    assert seen["port"] == 51234
    assert seen["time"] == "2026-01-10T01:10:00Z"
    assert seen["event"] == "login"
    assert seen["proxy"] is False
    assert seen["identity_ref"] == "/identities/0"
    assert body["governance"]["phenomenon"] == ["grooming"]
    assert "persons" not in body


@pytest.mark.parametrize("raw", [SIMPLE, RICH], ids=["simple", "rich"])
def test_every_value_has_its_way_and_everything_else_is_named_as_lost(raw):
    drafts = read(raw)

    assert [untraced(draft) for draft in drafts] == [set()] * len(drafts)
    assert unaccounted(raw, *drafts) == set()


@pytest.mark.parametrize("raw", [SIMPLE, RICH], ids=["simple", "rich"])
def test_a_report_passes_the_guard_and_becomes_records(raw):
    assert inspect_bytes(raw, "application/cybertip+xml", None) == []
    for draft in read(raw):
        assert draft.faults == ()
        assert inspect_strings(draft.body) == []
        assert recorded(draft).record.body["governance"]["handling"] == ["H1"]


def test_staff_and_officers_are_dropped_and_said_so():
    drafts = read(RICH)

    assert not [draft for draft in drafts if "taf" in str(draft.body)]
    assert {source for source, code in losses(drafts[0]).items() if code == "staff-dropped"} == {
        "/report/reporter/reportingPerson",
        "/report/reporter/contactPerson",
        "/report/lawEnforcement/officerContact",
    }


def test_of_a_file_only_its_upload_and_its_marks_stay():
    draft = case(RICH)
    written = str(draft.body)

    assert "name-of" not in written
    assert losses(draft)["/report/fileDetails/0/originalFileName"] == "file-detail"
    assert losses(draft)["/report/fileDetails/1"] == "file-detail"
    uploads = [one for one in draft.body["network"] if one.get("event") == "upload"]
    assert uploads == [
        {"ip": "2001:db8::8", "time": "2026-01-10T00:59:00Z", "event": "upload", "port": 40001}
    ]
    assert "Files in the report: 2." in draft.body["summaries"][0]["text"]


def test_the_chat_itself_is_left_out():
    assert "words of the chat" not in str(case(RICH).body)
    assert losses(case(RICH))["/report/internetDetails/1/chatImIncident/content"] == "content"


def test_marks_become_risk_and_phenomena():
    body = recorded(case(RICH)).record.body

    assert body["risk"]["urgency"] == "urgent"
    assert body["risk"]["reason"] == (
        "The user announced a stream for tonight. The platform marks live streaming."
    )
    assert body["risk"]["child_at_risk_now"]["value"] == "unknown"
    assert set(body["governance"]["phenomenon"]) == {"distribution", "ai_generated"}


RISKS = {
    "nothing marked": ("", None),
    "escalated in words": ("<escalateToHighPriority>Tonight.</escalateToHighPriority>", "Tonight."),
    "escalated by a mark": (
        "<escalateToHighPriority>true</escalateToHighPriority>",
        "The platform escalated the report.",
    ),
    "not escalated": ("<escalateToHighPriority>false</escalateToHighPriority>", None),
}


@pytest.mark.parametrize(("summary", "reason"), RISKS.values(), ids=RISKS.keys())
def test_an_escalation_is_urgent_and_says_why(summary, reason):
    risk = case(report(summary=summary)).body.get("risk")

    assert risk == (reason and {"urgency": "urgent", "reason": reason})


def test_a_long_reason_is_shortened_and_said_so():
    draft = case(report(summary=f"<escalateToHighPriority>{'w' * 3000}</escalateToHighPriority>"))

    assert len(recorded(draft).record.body["risk"]["reason"]) == 1000
    assert losses(draft)["/report/incidentSummary/escalateToHighPriority"] == "shortened"


def test_indicators_are_keys_of_a_source_profile():
    draft = case(SIMPLE)

    assert draft.indicators == (
        "incident:online-enticement-of-children-for-sexual-acts",
        "where:chatImIncident",
        "annotation:csamSolicitation",
    )
    solicited = {"indicator": "annotation:csamSolicitation", "purposes": ["cross_check"]}
    assert recorded(draft, cases=[solicited]).record.body["governance"]["purposes"] == [
        "cross_check"
    ]


def test_a_mark_said_to_be_false_is_none():
    assert "annotation:spam" not in case(RICH).indicators
    assert "annotation:sextortion" in case(RICH).indicators


def test_the_person_reported_is_no_suspect_and_the_victim_is_one():
    body = case(RICH).body

    reported, victim = body["persons"]
    assert "category" not in reported
    assert reported["minor"] == "no"
    assert reported["addresses"] == [{"locality": "Utrecht", "country": "NL"}]
    assert victim == {"category": "victim", "minor": "yes"}
    holders = {
        one.get("handle") or one.get("email") or one.get("phone"): one["holder_ref"]
        for one in body["identities"]
    }
    assert holders == {
        "reported@mail.example": "/persons/0",
        "+31 20 555 0123": "/persons/0",
        "test_two": "/persons/0",
        "child_screen_name": "/persons/1",
    }


def test_an_observation_needs_its_address_and_its_time():
    draft = case(RICH)

    place = "/report/personOrUserReported/ipCaptureEvent"
    assert losses(draft)[f"{place}/1"] == "address-or-time-missing"
    assert losses(draft)[f"{place}/0/eventName"] == "code-unknown"
    assert [one["ip"] for one in draft.body["network"]] == ["198.51.100.8", "2001:db8::8"]


def test_each_page_becomes_a_hosting_report_of_its_own():
    _, *pages = read(RICH)

    assert [page.body["provider_ref"] for page in pages] == ["9900001/web/0", "9900001/web/1"]
    records = [recorded(page).record.body for page in pages]
    assert [one["location"]["url"] for one in records] == [
        "https://bad.example/one",
        "https://bad.example/two",
    ]
    assert {one["origin"] for one in records} == {"cybertip"}
    assert {one["risk"]["urgency"] for one in records} == {"urgent"}


REFERENCES = {
    "its number": (RICH, "9900001", "report-id"),
    "user and time": (SIMPLE, "user-000001@2026-01-10T01:12:00Z", "user-and-time"),
}


@pytest.mark.parametrize(("raw", "reference", "rule"), REFERENCES.values(), ids=REFERENCES.keys())
def test_a_report_has_its_number_or_a_stated_derivation(raw, reference, rule):
    draft = case(raw)

    assert draft.body["provider_ref"] == reference
    assert {step.rule for step in draft.trail if step.target == "/provider_ref"} == {rule}


def test_a_report_that_nothing_names_is_a_fault():
    (fault,) = case(report(users="")).faults

    assert (fault.pointer, fault.code) == ("/report/reportId", "required")


def test_a_user_without_a_service_is_one_of_the_platform():
    assert case(report()).body["identities"] == [{"user_id": "u-1", "platform": "Example Platform"}]


REFUSED = {
    "no XML": (b"{}", SourceUnreadable),
    "a document type": (b"<!DOCTYPE report><report/>", SourceUnreadable),
    "another root": (b"<Document><incidentSummary/></Document>", SourceUnmapped),
    "a goAML report": (b"<report><report_code>STR</report_code></report>", SourceUnmapped),
}


@pytest.mark.parametrize(("raw", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_cybertip_report_is_refused(raw, error):
    with pytest.raises(error):
        read(raw)


NAMES = [
    "reportId", "incidentSummary", "incidentType", "platform", "escalateToHighPriority",
    "reportAnnotations", "sextortion", "internetDetails", "webPageIncident", "url",
    "chatImIncident", "content", "additionalInfo", "reporter", "reportingPerson", "firstName",
    "personOrUserReported", "personOrUserReportedPerson", "victim", "victimPerson", "age",
    "espIdentifier", "screenName", "espService", "deviceId", "idValue", "ipCaptureEvent",
    "ipAddress", "dateTime", "eventName", "port", "fileDetails", "fileAnnotations",
    "liveStreaming", "generativeAi", "email", "address", "city", "peer2peerIncident",
]  # fmt: skip
TEXTS = st.sampled_from(["", "x", "true", "false", "7", "2026-01-10T01:12:00Z", "198.51.100.7"])
TREES = st.recursive(
    st.tuples(st.sampled_from(NAMES), TEXTS).map(lambda one: f"<{one[0]}>{one[1]}</{one[0]}>"),
    lambda below: st.tuples(st.sampled_from(NAMES), st.lists(below, max_size=4)).map(
        lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"
    ),
    max_leaves=30,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TREES, max_size=6))
def test_whatever_stands_where_the_drafts_account_for_themselves(trees):
    raw = report("".join(trees))
    drafts = read(raw)

    assert [untraced(draft) for draft in drafts] == [set()] * len(drafts)
    assert unaccounted(raw, *drafts) == set()
