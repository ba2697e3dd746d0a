"""XARF reports are held against what XARF says, and hosting reports are written as such."""

from __future__ import annotations

import copy
import json

import pytest
from accounting import SOURCES, recorded, untraced
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from adapters.base import Caps, SourceUnmapped
from adapters.hoster_xarf import Judgment, NotForHoster, Notifier, for_hoster
from adapters.registry import adapter
from adapters.sources.xarf_rules import faults_of

XARF = SOURCES / "xarf"
CSAM = json.loads((XARF / "content-csam.json").read_text())
CSEM = json.loads((XARF / "csem-grooming.json").read_text())
NETWORK = json.loads((XARF / "csam-network.json").read_text())
REPORTS = {"csam": [CSAM, NETWORK], "csem": [CSEM]}
DESK = Notifier(org="Takedown desk", contact="desk@police.example", domain="police.example")
TERMS = ["For the removal of this content only; do not pass it on."]


def validators():
    schemas = [json.loads(path.read_text()) for path in (XARF / "schemas").rglob("*.json")]
    known = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    place = "https://xarf.org/schemas/v4/types/content-{}.json"
    return {
        kind: Draft202012Validator(
            known.contents(place.format(kind)),
            registry=known,
            format_checker=FormatChecker(formats=["uuid"]),
        )
        for kind in REPORTS
    }


PUBLISHED = validators()


def read(report):
    (draft,) = adapter("xarf").read(json.dumps(report).encode(), Caps())
    return draft


def body_of(report, **changes):
    body = json.loads(json.dumps(recorded(read(report)).record.body))
    body["governance"]["handling"] = ["H0"]
    for pointer, value in changes.items():
        body[pointer] = value
    return body


def places(report):
    """Yield the way of each value of a report."""
    waiting = [()]
    while waiting:
        way = waiting.pop()
        node = report
        for name in way:
            node = node[name]
        if way:
            yield way
        if isinstance(node, dict):
            waiting.extend((*way, name) for name in node)
        elif isinstance(node, list):
            waiting.extend((*way, index) for index in range(len(node)))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 70_000),
    st.floats(-1, 2),
    st.sampled_from(["", "x", "A1", "csam", "csem", "grooming", "NL", "4.2.0", "a:b", "x" * 1_001]),
    st.lists(st.sampled_from(["x", "a:b", 1]), max_size=60),
    st.dictionaries(st.sampled_from(["org", "payload", "size"]), st.just("x"), max_size=2),
)
GONE = object()


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_our_table_refuses_exactly_what_the_published_schemas_refuse(data):
    kind = data.draw(st.sampled_from(sorted(REPORTS)))
    report = copy.deepcopy(data.draw(st.sampled_from(REPORTS[kind])))
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from(sorted(places(report), key=str)))
        value = data.draw(st.one_of(st.just(GONE), VALUES))
        node = report
        for name in way[:-1]:
            node = node[name]
        if value is GONE and isinstance(node, dict):
            del node[way[-1]]
        elif value is not GONE:
            node[way[-1]] = value

    theirs = list(PUBLISHED[kind].iter_errors(report))
    assert bool(faults_of(report, kind)) == bool(theirs), theirs


def members(kind):
    """Return the names of all members that the published schemas give a report of this type."""
    named = {}
    for name in ("xarf-core", "types/content-base", f"types/content-{kind}"):
        schema = json.loads((XARF / "schemas" / f"{name}.json").read_text())
        for one in (schema, *schema.get("allOf", ())):
            named.update(one.get("properties", {}))
    return sorted(named)


@pytest.mark.parametrize("kind", REPORTS)
def test_the_table_knows_every_member_of_the_published_schemas(kind):
    for name in members(kind):
        wrong = {**REPORTS[kind][0], name: 1.5 if name != "confidence" else "x"}
        assert list(PUBLISHED[kind].iter_errors(wrong)), name
        assert faults_of(wrong, kind), name


@pytest.mark.parametrize("report", [CSAM, CSEM, NETWORK], ids=["csam", "csem", "network"])
def test_what_goes_out_is_xarf_and_comes_in_the_same(report):
    body = body_of(report)
    written = for_hoster(body, DESK, terms=TERMS, judgment=Judgment())

    assert list(PUBLISHED[report["type"]].iter_errors(dict(written.report))) == []
    again = body_of(dict(written.report))
    lost = {loss.source for loss in written.losses}
    for name in ("location", "host_country", "assessment", "media_kind", "state", "observations"):
        if name in body and not [one for one in lost if one.startswith(f"/{name}")]:
            assert again.get(name) == body[name], name


def test_a_hoster_is_told_of_the_place_and_of_nobody():
    body = body_of(CSEM)
    written = for_hoster(body, DESK, terms=TERMS, judgment=Judgment())
    text = written.text()

    for word in ("user-000301", "Example Safety Team", "Words of the analyst", "staf"):
        assert word not in text
    assert written.report["reporter"] == written.report["sender"]
    assert written.report["url"] == CSEM["url"]
    codes = {loss.source: loss.code for loss in written.losses}
    for name in ("/persons", "/identities", "/organisations", "/summaries", "/provider_ref"):
        assert codes[name] == "not-for-a-hoster"


def test_every_member_is_in_the_report_or_named_as_lost():
    body = body_of(NETWORK)
    written = for_hoster(body, DESK, terms=TERMS, judgment=Judgment())
    lost = {loss.source.split("/")[1] for loss in written.losses}
    said = {
        "id", "as_of", "location", "host_country", "assessment", "attribution", "media_kind",
    }  # fmt: skip
    of_gateway = {"type", "version", "schema", "corrects", "addressees"}

    assert set(body) - said - of_gateway - lost == set()


def test_the_terms_are_the_first_that_is_read():
    body = body_of(CSAM, item_count=7)
    written = for_hoster(body, DESK, terms=TERMS, judgment=Judgment())

    assert written.report["description"] == f"{TERMS[0]} Items at this address: 7."


AGAINST = {
    "H1": (("governance", "handling", ["H0", "H1"]), "/governance/handling/1"),
    "H3": (("governance", "handling", ["H3"]), "/governance/handling/0"),
    "a restriction": (
        ("governance", "restrictions", [{"kind": "use", "text": "x"}]),
        "/governance/restrictions",
    ),
    "no address": (("location", "url", None), "/location/url"),
}


@pytest.mark.parametrize(("change", "pointer"), AGAINST.values(), ids=AGAINST.keys())
def test_what_xarf_has_no_place_for_is_refused(change, pointer):
    body = body_of(CSAM)
    part, name, value = change
    body[part][name] = value
    with pytest.raises(NotForHoster) as refused:
        for_hoster(body, DESK, terms=TERMS, judgment=Judgment())

    assert pointer in {fault.pointer for fault in refused.value.faults}
    assert all(fault.hint for fault in refused.value.faults)


def test_another_scheme_needs_a_word_of_whoever_sends():
    body = body_of(CSAM)
    body["assessment"] = {"scheme": "national", "value": "2", "by": "desk"}
    with pytest.raises(NotForHoster) as refused:
        for_hoster(body, DESK, terms=TERMS, judgment=Judgment())
    assert "/assessment" in {fault.pointer for fault in refused.value.faults}

    said = Judgment(kind="csam", value="A1", method="manual_review")
    written = for_hoster(body, DESK, terms=TERMS, judgment=said)
    assert (written.report["classification"], written.report["detection_method"]) == (
        "A1",
        "manual_review",
    )


def test_terms_that_do_not_fit_are_not_cut():
    with pytest.raises(NotForHoster):
        for_hoster(body_of(CSAM), DESK, terms=["word " * 250], judgment=Judgment())


def test_a_case_is_not_written_for_a_hoster():
    with pytest.raises(NotForHoster):
        for_hoster({"type": "case"}, DESK, terms=TERMS, judgment=Judgment())


def test_tags_are_keys_of_a_source_profile_and_a_child_is_a_victim():
    draft = read(CSEM)

    assert {"tag:source:hotline", "tag:case:test-7", "csem:sextortion"} <= set(draft.indicators)
    assert draft.body["persons"] == [{"minor": "yes", "category": "victim"}]
    assert untraced(draft) == set()


@pytest.mark.parametrize("version", ["3.0", "5.0.0", "4", None, 4])
def test_another_version_is_kept_for_a_person(version):
    with pytest.raises(SourceUnmapped):
        read({**CSAM, "xarf_version": version})


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://name@forum.example/x", "forum.example"),
        ("https://name:word@forum.example:8080/x", "forum.example"),
        ("https://forum.example?x=@other.example", "forum.example"),
    ],
)
def test_the_service_of_an_account_is_the_host_of_the_page_and_never_a_name_before_it(
    url, platform
):
    report = {**CSAM, "url": url, "perpetrator_indicators": {"account_id": "u-1"}}
    report.pop("domain", None)
    (identity,) = read(report).body["identities"]
    assert identity == {"user_id": "u-1", "platform": platform}
