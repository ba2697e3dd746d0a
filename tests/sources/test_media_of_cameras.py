"""What cameras, telephones and Java programs make of media is found as well."""

from __future__ import annotations

import base64
import json

import pytest

from gateway.core.guard import inspect_bytes

REST = bytes(range(255))
FILES = {
    "QuickTime, wide": b"\0\0\0\x08wide\0\x12\x34\x56mdat" + REST,
    "QuickTime, index first": b"\0\0\x0a\x34moov\0\0\0\x6cmvhd" + REST,
    "AMR": b"#!AMR\n" + REST,
    "AIFF": b"FORM\0\0\x12\x34AIFFCOMM" + REST,
    "Core Audio": b"caff\0\1\0\0" + REST,
    "Panasonic": b"IIU\0\x18\0\0\0" + REST,
    "Olympus": b"IIRO\x08\0\0\0" + REST,
    "Fujifilm": b"FUJIFILMCCD-RAW 0201" + REST,
    "metafile": b"\1\0\0\0\x6c\0\0\0" + bytes(32) + b" EMF\0\0\1\0" + REST,
    "JPEG 2000": b"\xff\x4f\xff\x51\0\x2f" + REST,
}
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + REST


def look(document: object) -> list[str]:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    return [one.code for one in inspect_bytes(raw, "application/json")]


@pytest.mark.parametrize("raw", FILES.values(), ids=FILES)
def test_formats_of_cameras_and_telephones_are_found_plain_and_encoded(raw):
    assert look(raw)
    assert look({"a": {"note": base64.b64encode(raw).decode()}})


def test_a_list_of_bytes_as_java_counts_them_is_found():
    assert look({"a": [byte - 256 if byte > 127 else byte for byte in JPEG]}) == ["encoded-image"]
    assert look({"a": [-129, *JPEG[1:]]}) == []


@pytest.mark.parametrize(
    "name",
    ["PhotoDnaValue", "pHashValue", "imagePhash", "pdq_hash_value", "perceptual_hash_value"],
)
def test_a_perceptual_hash_is_found_by_longer_names(name):
    assert look({"x": {name: "8f373714acfcf4d0"}}) == ["perceptual-hash"]


def test_a_namespace_hides_no_name():
    head = b'<r xmlns:a="urn:a" xmlns:b="urn:b" '
    found = inspect_bytes(head + b'a:PhotoDNA="x" b:PhotoDNA="y"/>', "application/xml")
    assert {one.code for one in found} == {"perceptual-hash"}
    kind = b'a:type="pdq" b:type="pdq" value="8f373714acfcf4d0"/>'
    assert inspect_bytes(head + kind, "application/xml")
