"""STIX bundles are what their standard says, say the terms first, and name every loss."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from stix2validator import ValidationOptions, validate_instance

from adapters import renderings
from adapters.base import Handed, Loss, Rendered, RenderingRefused
from adapters.renderings.stix import AS_TEXT, NO_PLACE, STIX, defanged
from gateway.core.terms import in_words
from gateway.core.tlp import LABELS
from tests.journeys.gateways import record
from tests.shared_schema.test_normalise import normal

RECORDS = sorted((Path(__file__).parent.parent / "data" / "records").glob("*.json"))
TERMS = {
    "purposes": ["operational_analysis"],
    "evidence": "no",
    "pass_on": "nobody",
    "keep_until": "2027-12-31",
    "contact": {"name": "Duty desk", "phone": "+31700000000"},
}


def handed(name: str, label: str = "TLP:AMBER+STRICT", **changes: Any) -> Handed:
    """A record as a national system gets it."""
    body = json.loads(json.dumps(dict(normal(record(name, **changes)).record.body)))
    body["terms"] = TERMS
    return Handed(
        terms_in_words=in_words(TERMS),
        terms=TERMS,
        record=str(body["id"]),
        version=int(body["version"]),
        type=str(body["type"]),
        sender="police.nl.gw",
        urgency="routine",
        label=label,
        body=body,
    )


def bundle(one: Handed) -> dict[str, Any]:
    return json.loads(STIX.render(one).body)


def of_type(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in found["objects"] if one["type"] == kind]


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a validator must need no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def faults(found: dict[str, Any]) -> list[str]:
    options = ValidationOptions(version="2.1", enforce_refs=True, strict_types=True)
    options.strict_properties = True
    result = validate_instance(found, options)
    return [str(error) for error in result.errors]


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_type_of_record_is_a_valid_bundle(path: Path, label: str) -> None:
    assert faults(bundle(handed(path.stem, label))) == []


@pytest.mark.usefixtures("offline")
def test_the_validator_would_notice() -> None:
    found = bundle(handed("case"))
    del of_type(found, "report")[0]["published"]
    assert faults(found)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_member_is_said_or_named_as_lost(path: Path) -> None:
    """Each value stands in the bundle, or its member is named; nothing goes quietly."""
    one = handed(path.stem)
    rendered = STIX.render(one)
    written = rendered.body.decode()
    lost = {loss.source for loss in rendered.losses}
    left_out = {loss.source for loss in rendered.losses if loss.code == NO_PLACE}
    for pointer, value in leaves(dict(one.body)):
        if any(pointer == gone or pointer.startswith(f"{gone}/") for gone in left_out):
            continue
        text = json.dumps(value, ensure_ascii=False).strip('"')
        named = any(pointer == gone or pointer.startswith(f"{gone}/") for gone in lost)
        forms = (text, text.replace("_", "-"), text.replace("Z", ".000Z"))
        assert named or any(form in written for form in forms), pointer


def leaves(value: Any, pointer: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [
            leaf for name, inner in value.items() for leaf in leaves(inner, f"{pointer}/{name}")
        ]
    if isinstance(value, list):
        return [leaf for at, inner in enumerate(value) for leaf in leaves(inner, f"{pointer}/{at}")]
    if pointer.endswith("_ref") or pointer.startswith(("/relations", "/terms")):
        return []
    return [(pointer, value)]


def test_what_is_lost_as_words_stands_there_in_words() -> None:
    rendered = STIX.render(handed("financial_signal"))
    assert Loss("/persons/0/dob", AS_TEXT) in rendered.losses
    assert Loss("/transactions/0/amount", AS_TEXT) in rendered.losses
    written = rendered.body.decode()
    assert "dob: 1971-05" in written
    assert "amount: 40" in written
    report = of_type(json.loads(written), "report")[0]
    (extension,) = report["extensions"].values()
    assert {"pointer": "/persons/0/dob", "code": AS_TEXT} in extension["losses"]
    assert len(extension["losses"]) == len(rendered.losses)


def test_the_terms_come_first_and_mark_everything() -> None:
    found = bundle(handed("case"))
    first = found["objects"][0]
    assert first["definition_type"] == "statement"
    assert "You may pass it on to nobody." in first["definition"]["statement"]
    for one in found["objects"]:
        if one["type"] not in ("marking-definition", "extension-definition"):
            assert first["id"] in one["object_marking_refs"]
            assert len(one["object_marking_refs"]) == 3


@pytest.mark.parametrize(
    ("label", "old"),
    [
        ("TLP:CLEAR", "white"),
        ("TLP:GREEN", "green"),
        ("TLP:AMBER", "amber"),
        ("TLP:AMBER+STRICT", "red"),  # TLP 1 has nothing in between
        ("TLP:RED", "red"),
    ],
)
def test_a_reader_of_the_older_labels_reads_nothing_wider(label: str, old: str) -> None:
    markings = of_type(bundle(handed("case", label)), "marking-definition")
    assert [one["definition"].get("tlp") for one in markings if "definition" in one][-1] == old
    (extension,) = next(one["extensions"] for one in markings if "extensions" in one).values()
    assert extension["tlp_2_0"] == label.removeprefix("TLP:").lower()


def test_the_same_record_is_the_same_bytes() -> None:
    one = handed("case")
    assert STIX.render(one) == STIX.render(one)


def test_a_reported_address_is_in_no_object_that_a_program_follows() -> None:
    found = bundle(handed("hosting_report"))
    assert of_type(found, "url") == []
    assert [one["value"] for one in of_type(found, "ipv4-addr")] == ["198.51.100.23"]
    assert "hxxps://forum[.]example[.]com/" in json.dumps(found)
    assert "https://forum.example.com" not in json.dumps(found)


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://a.example/b.c", "hxxps://a[.]example/b.c"),
        ("HTTP://A.example", "hxxp://A[.]example"),
        ("hxxps://a[.]example/", "hxxps://a[.]example/"),
    ],
)
def test_defanging(url: str, read: str) -> None:
    assert defanged(url) == read


def test_persons_accounts_and_who_holds_what() -> None:
    found = bundle(handed("financial_signal"))
    individuals = [
        one for one in of_type(found, "identity") if one["identity_class"] == "individual"
    ]
    assert [one["name"] for one in individuals] == ["Jan Voorbeeld", "Maria Halimbawa"]
    accounts = {one["user_id"]: one for one in of_type(found, "user-account")}
    iban = accounts["NL91ABNA0417164300"]
    assert iban["account_type"] == "bank"
    ties = [
        one
        for one in of_type(found, "relationship")
        if (one["source_ref"], one["target_ref"]) == (iban["id"], individuals[0]["id"])
    ]
    assert len(ties) == 1


class Placeless:
    """A format like some: nowhere to say terms."""

    name = "bare"
    media_type = "text/csv"
    holds_terms = False

    def render(self, handed: Handed) -> Rendered:
        return Rendered(handed.record.encode())


def test_what_may_not_be_evidence_goes_into_no_format_without_its_terms() -> None:
    def bare(_: str) -> Placeless:
        return Placeless()

    with pytest.raises(RenderingRefused):
        renderings.render(handed("financial_signal"), "bare", known=bare)  # H1
    assert renderings.render(handed("case"), "bare", known=bare)[1].body  # H0


@pytest.mark.parametrize("name", renderings.names())
def test_every_rendering_has_a_place_for_the_terms_and_says_them_first(name: str) -> None:
    rendering, rendered = renderings.render(handed("financial_signal"), name)
    assert rendering.holds_terms
    assert rendered.body.index(b"You may") < rendered.body.index(b"NL91ABNA0417164300")


def test_an_unknown_rendering_is_refused_with_those_there_are() -> None:
    with pytest.raises(renderings.RenderingUnknown, match="native, stix"):
        renderings.rendering("misp")
