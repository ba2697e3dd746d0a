"""The vectors that we publish mean what they say, for us and for a reader that is not ours."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from faults import FAULTS, GOOD
from forge import Facts, receive
from jwcrypto import jws
from make_vectors import LEFT_OUT, file_name

from gateway.core import steps
from keys.suite import digest, unb64
from tests.second_reader import READER, open_envelope, payload_believed_by_jwcrypto

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


SEALED_TO = next(one["private"] for one in KEYS["police.nl"] if one["use"] == "seal")
SIGNERS = [one["jwk"] for one in KEYS["fiu.ee"] if one["use"] == "sign"]


def vector(name):
    return json.loads((SPEC / "vectors" / name).read_text())["envelope"].encode()


def read_independently(envelope):
    statement, *texts = open_envelope.lines_of(envelope, bytes.fromhex(SEALED_TO))
    by_kty = {one["kty"]: one for one in SIGNERS}
    ours = unb64(by_kty["OKP"]["x"]), unb64(by_kty["AKP"]["pub"])
    open_envelope.check(statement, texts, *ours)
    return statement, texts


def test_a_reader_written_from_the_specification_alone_reads_the_same_texts():
    _, texts = read_independently(vector("00-records.json"))

    assert [json.loads(text)["id"] for text in texts] == ["urn:uuid:1", "urn:uuid:2"]


def test_both_signatures_of_what_it_reads_are_good_to_an_off_the_shelf_library():
    statement, texts = read_independently(vector("00-records.json"))

    said = payload_believed_by_jwcrypto(statement, SIGNERS)
    assert said["iss"] == "fiu.ee"
    assert said["body"]["items"] == [digest(text) for text in texts]


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("12-a-bit-of-the-ed25519-signature.json", "Ed25519"),
        ("12-a-bit-of-the-ml-dsa-signature.json", "ML-DSA-65"),
    ],
)
def test_that_library_refuses_a_signature_when_a_bit_of_it_was_altered(name, algorithm):
    statement, *_ = open_envelope.lines_of(vector(name), bytes.fromhex(SEALED_TO))
    (key,) = [one for one in SIGNERS if algorithm in one.values()]
    (other,) = [one for one in SIGNERS if one is not key]

    assert payload_believed_by_jwcrypto(statement, [other])
    with pytest.raises(jws.InvalidJWSSignature):
        payload_believed_by_jwcrypto(statement, [key])


@pytest.mark.parametrize(
    "name",
    [
        "10-a-bit-of-the-tag.json",
        "12-a-bit-of-the-ed25519-signature.json",
        "12-a-bit-of-the-ml-dsa-signature.json",
        "17-a-text-changed.json",
    ],
)
def test_that_reader_refuses_what_was_altered(name):
    with pytest.raises((InvalidSignature, InvalidTag, ValueError)):
        read_independently(vector(name))


def test_that_reader_needs_cryptography_and_nothing_else_and_opens_in_twenty_lines():
    tree = ast.parse(READER.read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    (opening,) = [one for one in tree.body if getattr(one, "name", "") == "lines_of"]

    assert imported - sys.stdlib_module_names == {"cryptography"}
    assert opening.end_lineno - opening.lineno + 1 <= 20
