"""Formats that carry media are refused, each by the path that gave it away; their words are not."""

from __future__ import annotations

import base64
import io
import json
import tarfile

import pytest
from accounting import SOURCES

from gateway.core.guard import inspect_bytes

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(120))
SHORT = base64.b64encode(b"TEST").decode()  # too short to be known by how it begins
MD5 = "d" * 32


def tar():
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w") as archive:
        entry = tarfile.TarInfo("a.txt")
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"TEST"))
    return into.getvalue()


def mail(head, body):
    return f"From: a@b.example\nMIME-Version: 1.0\n{head}\n\n{body}\n".encode()


CARRIERS = {
    "VICS 2, as shipped": (
        (SOURCES / "vics-2.0-must-be-refused.json").read_bytes(),
        "/value/0/Media/0",
        "media-catalogue",
    ),
    "VICS 2 without digests": (
        {"value": [{"Media": [{"MediaID": 1, "Category": 1, "MediaFiles": [{"FilePath": "x"}]}]}]},
        "/value/0/Media/0",
        "media-catalogue",
    ),
    "VICS 1": (
        {"CaseID": "1", "Media": [{"MediaID": 1, "MD5": MD5, "RelativeFilePath": "x"}]},
        "/Media/0",
        "media-catalogue",
    ),
    "VICS as CSV": (f"MediaID,Category,MD5\n1,1,{MD5}\n".encode(), "/1", "media-catalogue"),
    "VICS as XML": (
        b"<Case><Media><MediaID>1</MediaID><Category>1</Category></Media></Case>",
        "/Case/Media",
        "media-catalogue",
    ),
    "a STIX artifact": (
        {"objects": [{"type": "artifact", "mime_type": "image/jpeg", "payload_bin": SHORT}]},
        "/objects/0/mime_type",
        "media-type",
    ),
    "content in UCO": (
        {"@graph": [{"uco-observable:dataPayload": SHORT, "uco-observable:mimeType": "video/mp4"}]},
        "/@graph/0/uco-observable:mimeType",
        "media-type",
    ),
    "a MISP attachment": (
        {"Event": {"Attribute": [{"type": "attachment", "value": "a.jpg", "data": SHORT}]}},
        "/Event/Attribute/0/data",
        "attachment",
    ),
    "a MISP sample": (
        {"Event": {"Attribute": [{"type": "malware-sample", "value": "a|b", "data": SHORT}]}},
        "/Event/Attribute/0/data",
        "attachment",
    ),
    "a mail with a picture": (
        mail("Content-Type: multipart/mixed; boundary=x", "--x\ncontent-type: image/gif\n\nVEVT"),
        "/6",
        "media-part",
    ),
    "a picture of a CyberTipline file by its hash": (
        b"<report><file><originalFileHash hashType='PhotoDNA'>0</originalFileHash></file></report>",
        "/report/file/originalFileHash/hashType",
        "perceptual-hash",
    ),
    "and by a pair of name and value": (
        b"<details><nameValuePair><name>PDQ</name><value>ff</value></nameValuePair></details>",
        "/details/nameValuePair/name",
        "perceptual-hash",
    ),
    "a list of hashes": (
        {"hashes": [{"hash_type": "pdq", "hash": "f" * 64}]},
        "/hashes/0/hash_type",
        "perceptual-hash",
    ),
    "a tar archive": (tar(), "", "archive"),
}  # fmt: skip


@pytest.mark.parametrize(("carrier", "pointer", "code"), CARRIERS.values(), ids=CARRIERS.keys())
def test_a_carrier_of_media_is_refused_by_its_path(carrier, pointer, code):
    raw = carrier if isinstance(carrier, bytes) else json.dumps(carrier).encode()

    assert (pointer, code) in {(one.pointer, one.code) for one in inspect_bytes(raw, "", None)}


WORDS = {
    "an attachment that is spoken of": {"note": "See the attachment.", "type": "attachment"},
    "a type without bytes": {"type": "attachment", "value": "a.txt", "data": ""},
    "a category without a medium": {"category": 1, "mimetype": "text/plain"},
    "a digest of a file": {"hash_type": "sha256", "hash": "e" * 64},
    "a person of that name": {"name": "TMK", "category": "contact"},
    "a method": {"detection_method": "PhotoDNA", "value": "A1"},
}


@pytest.mark.parametrize("value", WORDS.values(), ids=WORDS.keys())
def test_words_about_media_are_none(value):
    assert inspect_bytes(json.dumps(value).encode(), "application/json", None) == []


def test_a_mail_of_words_is_none():
    assert inspect_bytes(mail("Content-Type: text/plain", "image/png was found"), "", None) == []
