"""No imagery comes in, in any form; words about it do."""

from __future__ import annotations

import base64
import gzip
import io
import json
import secrets
import time
import zipfile
from pathlib import Path

import pytest

from gateway.core.guard import ImageryRefused, inspect_bytes, inspect_strings, refuse

DATA = Path(__file__).parents[1] / "data"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(80)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(120))
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00" + bytes(80)
GIF = b"GIF89a\x01\x00\x01\x00" + bytes(20)
PDF = b"%PDF-1.7\n" + bytes(60)


def _zip():
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("a.txt", "x" * 200)
    return into.getvalue()


FILES = {"png": PNG, "jpeg": JPEG, "mp4": MP4, "gif": GIF, "pdf": PDF, "zip": _zip(),
         "gzip": gzip.compress(secrets.token_bytes(200))}  # fmt: skip
ENCODINGS = {
    "base64": lambda raw: base64.b64encode(raw).decode(),
    "base64url": lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="),
    "lines of base64": lambda raw: base64.encodebytes(raw).decode(),
    "hex": lambda raw: raw.hex(),
    "capital hex": lambda raw: raw.hex().upper(),
    "data URI": lambda raw: "data:image/png;base64," + base64.b64encode(raw).decode(),
}


@pytest.mark.parametrize("raw", FILES.values(), ids=FILES.keys())
def test_a_media_file_itself_is_refused(raw):
    assert inspect_bytes(raw, "application/json", None)


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
@pytest.mark.parametrize("raw", FILES.values(), ids=FILES.keys())
def test_an_encoded_file_is_found_wherever_it_stands(raw, encode):
    text = encode(raw)
    draft = {"persons": [{"names": [{"full": text}]}]}
    assert [one.pointer for one in inspect_strings(draft)] == ["/persons/0/names/0/full"]
    assert [one.pointer for one in inspect_strings({"note": json.dumps({"x": text})})][-1:] in (
        ["/note/x"],
        ["/note"],
    )
    assert inspect_bytes(json.dumps(draft).encode(), "application/json", None)
    assert inspect_bytes(f"<a><b>{text}</b></a>".encode(), "application/xml", None)
    assert inspect_bytes(f"<a><!-- {text} --></a>".encode(), "application/xml", None)
    quoted = text.replace("\n", " ")
    assert inspect_bytes(f'naam;opmerking\nx;"{quoted}"\n'.encode(), "text/csv", None)


MEMBERS = {
    "media type beside content": {"content_type": "image/png", "payload": "VEVTVA=="},
    "PhotoDNA": {"PhotoDNA": "0,1,2"},
    "pHash": {"file": {"p_hash": "8f8f"}},
    "pdq": {"hashes": [{"pdq-hash": "f" * 64}]},
    "Miniature": {"Miniature": "x"},
    "thumbnail": {"thumbnail": "x"},
    "catalogue entry": {"MD5": "d" * 32, "MediaSize": 12},
    "in a text": {"note": '{"PhotoDNA": "1"}'},
    "svg": {"note": "<svg onload=x>"},
}


@pytest.mark.parametrize("value", MEMBERS.values(), ids=MEMBERS.keys())
def test_members_for_media_are_refused(value):
    assert inspect_strings(value)
    assert inspect_bytes(json.dumps(value).encode(), "application/json", None)


PICTURE = base64.b64encode(JPEG).decode()
HIDDEN = {
    "escaped name": b'{"\\u0050hotoDNA": "1"}',
    "escaped slash": b'{"content_type": "image\\/png", "payload": "VEVTVA=="}',
    "utf-16 xml": (
        '<?xml version="1.0" encoding="UTF-16"?><a><Miniature>x</Miniature></a>'.encode("utf-16")
    ),
    "character reference": b"<a>data&#58;image/png;base64,AAAA</a>",
    "ndjson, second line": b'{"a": 1}\n{"b": {"photodna": "1"}}\n',
    "csv header": b"zaak;PhotoDNA\n1;2\n",
    "broken json": b'{"Miniature": "VEVTVA==", ',
    "attribute": b"<a thumbnail='x'/>",
    "utf-16 without a mark": f"zaak;foto\n1;{PICTURE}\n".encode("utf-16-le"),
    "utf-16 without a mark, high byte first": f"<a>{PICTURE}</a>".encode("utf-16-be"),
    "a section of XML": f"<a>{PICTURE[:2]}<![CDATA[{PICTURE[2:]}]]></a>".encode(),
    "a comment of XML": f"<a>{PICTURE[:2]}<!-- -->{PICTURE[2:]}</a>".encode(),
    "after something": json.dumps({"note": f"img/{PICTURE}"}).encode(),
    "hex after 0x": json.dumps({"note": f"0x{JPEG.hex()}"}).encode(),
    "entries of a list": json.dumps([PICTURE[at : at + 64] for at in (0, 64)]).encode(),
}  # fmt: skip


@pytest.mark.parametrize("raw", HIDDEN.values(), ids=HIDDEN.keys())
def test_hiding_does_not_help(raw):
    assert inspect_bytes(raw, "", None)


def test_the_catalogue_of_media_is_refused_naming_the_path():
    raw = (DATA / "sources" / "vics-2.0-must-be-refused.json").read_bytes()
    pointers = {one.pointer for one in inspect_bytes(raw, "application/json", None)}
    assert {"/value/0/Media/0", "/value/0/Media/0/Miniature"} <= pointers


def test_an_image_as_evidence_is_refused_naming_the_path():
    name = "xarf-csam-with-image-evidence-must-be-refused.json"
    raw = (DATA / "sources" / name).read_bytes()
    assert [o.pointer for o in inspect_bytes(raw, "", None)] == ["/evidence/0/content_type"]


@pytest.mark.parametrize("kind", ["image/png", "Video/MP4; x=y", "application/zip"])
def test_a_declared_media_type_is_refused(kind):
    assert inspect_bytes(b"{}", kind, None)
    assert inspect_bytes(b"{}", "application/json", "holiday.JPG")


ORDINARY = {
    "words about media": "PhotoDNA matched; the file was image/png, a thumbnail of a video.",
    "a data word": "Data: zie bijlage. metadata:none data: 2026-01-01",
    "a SHA-256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "a SHA-256 that begins like JPEG": "ffd8ffe0" + "ab" * 28,
    "a digest that begins like gzip": "H4sIAAAA" + "b" * 35,
    "an IBAN": "NL91 ABNA 0417 1643 00",
    "a JWS": ".".join(
        base64.urlsafe_b64encode(part).decode().rstrip("=")
        for part in (b'{"alg":"EdDSA"}', b'{"iss":"x"}' * 20, bytes(range(64)))
    ),
    "a public key": base64.b64encode(bytes(range(200))).decode(),
    "a path": "C:/9j/UEsD/iVBORw",
    "brackets": "[no subject] {see below}",
    "a bitcoin address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "Dutch": "Bijlage \u201cfoto\u2019s\u201d is verwijderd \u2013 zie p.v. nr. 12",
}


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY.keys())
def test_ordinary_text_gives_no_false_alarm(text):
    assert inspect_strings({"summary": text, "persons": [text]}) == []
    assert inspect_bytes(json.dumps({"summary": text}).encode(), "application/json", None) == []


def test_random_keys_and_nonces_give_no_false_alarm():
    for _ in range(2_000):
        raw = secrets.token_bytes(32)
        value = {"nonce": base64.urlsafe_b64encode(raw).decode().rstrip("="), "sha256": raw.hex()}
        assert inspect_strings(value) == []


def _samples():
    for place in ("records", "sources"):
        for path in sorted((DATA / place).rglob("*.*")):
            good = "must-be-refused" not in path.name and "schemas" not in path.parent.parts[-2:]
            if path.suffix in {".json", ".xml", ".csv"} and good:
                yield path


@pytest.mark.parametrize("path", list(_samples()), ids=lambda path: path.name)
def test_every_good_sample_goes_in(path):
    assert inspect_bytes(path.read_bytes(), "", path.name) == []


def test_a_mime_type_without_content_beside_it_is_only_a_word():
    assert inspect_strings({"type": "image/png", "count": 3}) == []


def test_the_refusal_names_places_and_repeats_nothing():
    found = inspect_strings({"a": ENCODINGS["base64"](PNG)})
    with pytest.raises(ImageryRefused) as refused:
        refuse(found)
    assert refused.value.code == "imagery"
    assert [(f.pointer, f.code) for f in refused.value.faults] == [("/a", "encoded-image")]
    assert "iVBOR" not in str(refused.value.faults)
    refuse([])


@pytest.mark.parametrize("part", [b"/9j/ ", b" Qk0", b"data:", b"UEsD,", b'"\\u0041"', b"&#65;"])
def test_many_marks_cost_linear_time(part):
    start = time.thread_time()
    inspect_bytes(part * (1_000_000 // len(part)), "", None)
    assert time.thread_time() - start < 5


@pytest.mark.parametrize("between", ['", "', '"}\n{"b": "'])
def test_many_marks_in_many_texts_cost_no_more_than_in_one(between):
    document = '{"a": ["' + between.join(["/9j/ " * 1_900] * 200) + '"]}'
    start = time.thread_time()
    inspect_bytes(document.encode(), "", None)
    assert time.thread_time() - start < 3


def test_what_is_wrapped_over_lines_of_text_is_found():
    document = b"reference,note\n" + base64.encodebytes(JPEG)
    assert [one.code for one in inspect_bytes(document, "text/csv", None)] == ["encoded-image"]
