"""The vectors that we publish mean what they say, for us and for a reader that is not ours."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from faults import FAULTS, GOOD
from forge import Facts, receive
from make_vectors import LEFT_OUT, file_name

from gateway.core import steps
from keys.suite import unb64

SPEC = Path(__file__).parent.parent.parent / "docs" / "spec"
VECTORS = sorted(path for path in (SPEC / "vectors").glob("*.json") if path.name != "keys.json")
KEYS = json.loads((SPEC / "vectors" / "keys.json").read_text())


def outcome(raw, facts):
    try:
        receive(raw, facts)
    except steps.EnvelopeRefused as refusal:
        return {"step": refusal.step, "code": refusal.code}
    return None


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_vector_comes_out_as_it_says(path):
    vector = json.loads(path.read_text())
    known = {name: value for name, value in vector["known"].items() if name not in ("us", "sender")}
    raw = vector["envelope"].encode() + b" " * vector["append_spaces"]

    assert outcome(raw, Facts(**known)) == vector["expect"]


def test_there_is_a_vector_for_every_row_of_the_table():
    expected = {
        file_name(case.outcome.step if case.outcome else 0, name)
        for name, case in (GOOD | FAULTS).items()
        if name not in LEFT_OUT
    }

    assert {path.name for path in VECTORS} == expected


def reader():
    spec = importlib.util.spec_from_file_location("open_envelope", SPEC / "open_envelope.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_independently(name):
    envelope = json.loads((SPEC / "vectors" / name).read_text())["envelope"].encode()
    seed = next(one["private"] for one in KEYS["police.nl"] if one["use"] == "seal")
    signing = {one["jwk"]["kty"]: one["jwk"] for one in KEYS["fiu.ee"] if one["use"] == "sign"}
    return reader().read(
        envelope, bytes.fromhex(seed), unb64(signing["OKP"]["x"]), unb64(signing["AKP"]["pub"])
    )


def test_a_reader_written_from_the_specification_alone_reads_the_same_texts():
    texts = read_independently("00-records.json")

    assert [json.loads(text)["id"] for text in texts] == ["urn:uuid:1", "urn:uuid:2"]


@pytest.mark.parametrize(
    "name",
    ["10-a-bit-of-the-tag.json", "12-a-bit-of-the-ml-dsa-signature.json", "17-a-text-changed.json"],
)
def test_that_reader_refuses_what_was_altered(name):
    from cryptography.exceptions import InvalidSignature, InvalidTag  # noqa: PLC0415

    with pytest.raises((InvalidSignature, InvalidTag, ValueError)):
        read_independently(name)


def test_that_reader_knows_nothing_of_ours():
    source = (SPEC / "open_envelope.py").read_text()

    assert not any(
        f"import {ours}" in source or f"from {ours}" in source
        for ours in ("keys", "gateway", "schemas", "adapters")
    )
