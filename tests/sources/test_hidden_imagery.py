"""A picture behind any encoding, two deep, at any place of a document is found."""

from __future__ import annotations

import base64
import json
import os
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Draft, TrailStep
from adapters.sources.native import NativeAdapter
from benchmarks import ordinary
from gateway.core.guard import inspect_bytes, inspect_strings
from gateway.core.hidden import Search, may_hold
from gateway.core.ids import OrgId
from gateway.core.limits import Limits
from gateway.flow.intake import Failed, Feed, take_apart
from tests.sources.encoded import ENCODINGS, OUTER, PLACES

# How files begin, as cameras and programs write them: more than 72 bytes of each.
_REST = bytes((7 * one + one // 3) % 256 for one in range(160))
HEADS = {
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + _REST,
    "exif": b"\xff\xd8\xff\xe1\x12\x34Exif\x00\x00II*\x00\x08\x00\x00\x00" + _REST,
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00" + _REST,
    "gif": b"GIF89a\x40\x01\xf0\x00\xf7\x00\x00" + _REST,
    "webp": b"RIFF\x24\x10\x00\x00WEBPVP8 " + _REST,
    "tiff": b"MM\x00\x2a\x00\x00\x00\x08" + _REST,
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + _REST,
    "mp4": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + _REST,
    "webm": b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01" + _REST,
    "mpeg": b"\x00\x00\x01\xba\x44\x00\x04" + _REST,
    "mp3": b"ID3\x04\x00\x00\x00\x00\x00\x23" + _REST,
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + _REST,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + _REST,
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + _REST,
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
@pytest.mark.parametrize("raw", HEADS.values(), ids=HEADS.keys())
def test_every_format_is_found_behind_every_encoding(raw, encode):
    text = encode(raw)

    assert inspect_strings({"persons": [{"names": [{"full": text}]}]})
    assert inspect_bytes(json.dumps({"note": text}).encode(), "application/json")


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_encoding_is_found_at_every_place(encode, place):
    assert inspect_bytes(place(encode(HEADS["jpeg"])), "")


@given(
    st.sampled_from(sorted(HEADS)),
    st.binary(max_size=400),
    st.sampled_from(sorted(ENCODINGS)),
    st.one_of(st.none(), st.sampled_from(sorted(OUTER))),
    st.sampled_from(sorted(PLACES)),
)
def test_any_picture_in_any_two_encodings_at_any_place_is_found(head, rest, inner, outer, place):
    text = ENCODINGS[inner](HEADS[head] + rest)
    if outer is not None:
        text = OUTER[outer](text.encode())

    assert inspect_bytes(PLACES[place](text), "")


@given(st.text(max_size=200), st.sampled_from(sorted(ENCODINGS)), st.binary(max_size=120))
def test_the_quick_look_overlooks_nothing_that_the_search_finds(before, encoding, raw):
    text = before + ENCODINGS[encoding](raw)

    if Search(len(text)).in_text(text) is not None:
        assert may_hold(json.dumps(text, ensure_ascii=False).encode(errors="replace"))


def test_bytes_as_a_list_of_numbers_are_found():
    assert [one.pointer for one in inspect_strings({"a": {"b": list(HEADS["png"])}})] == ["/a/b"]
    assert inspect_bytes(json.dumps({"a": list(HEADS["jpeg"])}).encode(), "")
    assert inspect_strings({"a": list(range(200))}) == []


@pytest.mark.parametrize(("name", "size"), [("heic", 60), ("jpeg", 20), ("png", 16)])
def test_a_text_cut_into_a_list_is_found(name, size):
    text = base64.b64encode(HEADS[name]).decode()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]

    assert inspect_strings({"a": pieces})
    assert inspect_bytes(json.dumps({"a": pieces}).encode(), "")


def test_bytes_as_characters_are_found():
    for name in ("jpeg", "png", "mp4", "zip"):
        text = HEADS[name].decode("latin-1")
        assert inspect_strings({"a": text}), name
        assert inspect_bytes(json.dumps({"a": text}).encode(), ""), name


NAMED = {
    "pdq": "pdq: " + "f8" * 32,
    "pHash in words": "The pHash 8f373714acfcf4d0 was seen twice",
    "PhotoDNA": "PhotoDNA=" + ",".join(["12", "0", "255"] * 48),
    "neural hash": 'neural-hash "59a34eabe31910abfb06f308"',
}


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED.keys())
def test_a_perceptual_hash_named_in_a_text_is_refused(text):
    assert [one.code for one in inspect_strings({"note": text})] == ["perceptual-hash"]
    assert inspect_bytes(f"a,b\n1,{text}\n".encode(), "text/csv")


def test_the_name_of_a_media_file_beside_its_bytes_is_refused_and_alone_is_words():
    content = base64.b64encode(bytes(range(1, 90))).decode()

    found = inspect_strings({"filename": "holiday.jpg", "content": content})
    assert [(one.pointer, one.code) for one in found] == [("/filename", "media-file")]
    assert inspect_bytes(json.dumps({"name": "a.mp4", "data": content}).encode(), "")
    assert inspect_strings({"filename": "holiday.jpg", "content": "on the beach"}) == []
    assert inspect_strings({"filename": "list.txt", "content": content}) == []


def test_members_for_media_are_found_behind_an_encoding():
    text = base64.b64encode(json.dumps({"PhotoDNA": "1,2,3", "note": "x" * 40}).encode()).decode()

    assert [one.code for one in inspect_strings({"a": text})] == ["media-member"]


def _bomb():
    return base64.b64encode(zlib.compress(bytes(30_000_000), 6)).decode()


def _nested(text, layers):
    for _ in range(layers):
        text = base64.b64encode(text.encode()).decode()
    return text


def test_a_decompression_bomb_costs_next_to_nothing():
    bomb = _bomb()
    start = time.thread_time()

    assert inspect_strings({"a": [bomb] * 5}) == []
    assert time.thread_time() - start < 2


def test_texts_within_texts_are_bounded():
    document = {"a": [_nested("Nothing to see here. " * 2_000, 6)] * 4}
    start = time.thread_time()

    inspect_strings(document)
    assert time.thread_time() - start < 5


@pytest.mark.parametrize(
    "part",
    ["A" * 47 + " ", "ab " * 16, "%41", "=41", "0x41, ", "1,2,", "<~", "A\n" * 8, "!A" * 31 + " ",
     "pdq ", "data:a", "content-type: image/", "{", "<a>", "7z\xbc"],
)  # fmt: skip
def test_the_search_is_linear(part):
    def cost(size):
        text = part * (size // len(part))
        start = time.thread_time()
        inspect_bytes(json.dumps({"a": text}).encode(), "")
        return time.thread_time() - start

    assert cost(400_000) < 10 * cost(100_000) + 0.2


@pytest.mark.parametrize("kind", ordinary.KINDS)
def test_one_ordinary_text_of_each_kind_goes_in_as_a_document(kind):
    text = next(text for found, text in ordinary.strings(len(ordinary.KINDS)) if found == kind)

    assert inspect_bytes(json.dumps({"summary": text}).encode(), "application/json") == []
    assert inspect_strings({"summary": text, "persons": [text]}) == []


def test_ordinary_texts_that_look_encoded_give_no_false_alarm():
    """Less than one in 100,000: `make alarms` looks at so many, here are the first of them."""
    count = 100_000 if os.environ.get("ALARMS") == "all" else 9_500

    assert not ordinary.false_alarms(count)


class Bench:
    """What taking apart needs: bounds, a time, ids."""

    limits = Limits()

    def now_ms(self):
        return 1_800_000_000_000

    def new_record_id(self):
        return "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"


class Joining:
    """An adapter that puts together what stands apart in its document."""

    name = "joining"
    version = "1"
    media_types = ("text/plain",)

    def read(self, raw, _):
        first, second = raw.decode().split(" ")
        step = TrailStep("/", "/summary", "join")
        yield Draft(body={"summary": first + second}, raw=None, trail=[step])


def feed(adapter):
    return Feed(
        org=OrgId("police.example"),
        country="NL",
        org_class="eu_authority",
        source="cases",
        adapter=adapter,
        profile=None,
    )


def test_what_an_adapter_makes_of_a_document_is_inspected_too():
    raw = b"data :image/png;base64,AAAA"
    assert inspect_bytes(raw, "") == []

    (failed,) = take_apart(raw, feed(Joining()), Bench())

    assert isinstance(failed, Failed)
    assert (failed.state, failed.stage) == ("refused", "guard")


@pytest.mark.parametrize("place", ["a member of JSON", "deep in JSON", "JSON within JSON"])
def test_a_draft_that_holds_its_document_as_it_stood_is_refused_with_the_document(place):
    raw = PLACES[place](ENCODINGS["base64 in lines of 64"](HEADS["heic"]))
    (draft,) = NativeAdapter().read(raw, Limits().caps)
    assert not draft.trail

    (failed,) = take_apart(raw, feed(NativeAdapter()), Bench())

    assert (failed.state, failed.stage) == ("refused", "guard")
