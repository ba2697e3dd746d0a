"""Sound and film without a head of their own are found, and so are bytes and columns elsewhere."""

from __future__ import annotations

import base64
import json
import os
import zlib
from random import Random

import pytest

from benchmarks import ordinary
from gateway.core.guard import inspect_bytes, inspect_strings
from gateway.core.hidden import may_hold
from gateway.core.streams import stream
from tests.sources.encoded import ENCODINGS

_RANDOM = Random(7)  # noqa: S311 - what stands in frames


def frames(head: bytes, size: int, count: int = 4) -> bytes:
    return (head + _RANDOM.randbytes(size - len(head))) * count


def packets(size: int, before: bytes = b"") -> bytes:
    heads = (b"\x47\x40\x00\x10", b"\x47\x01\x00\x1a", b"\x47\x01\x00\x30") * 2
    return b"".join(before + head + _RANDOM.randbytes(size - len(before) - 4) for head in heads)


# From the tables of the standards: the head of a frame, and how long that frame is.
STREAMS = {
    "MP3, 128 kbit/s": frames(b"\xff\xfb\x90\x64", 417),
    "MP3 with padding": frames(b"\xff\xfb\x92\x64", 418),
    "MP3 with a checksum, 320 kbit/s, 48 kHz": frames(b"\xff\xfa\xe4\x00", 960),
    "MP3, 24 kHz": frames(b"\xff\xf3\x84\xc4", 192),
    "MP3, 8 kHz": frames(b"\xff\xe3\x88\xc4", 576),
    "MP2, 192 kbit/s, 48 kHz": frames(b"\xff\xfd\xa4\x04", 576),
    "MP1": frames(b"\xff\xff\x80\x04", 276),
    "AAC in ADTS": frames(b"\xff\xf1\x50\x80\x2e\x7f", 371),
    "MPEG-TS": packets(188),
    "MPEG-TS with correction": packets(204),
    "M2TS": packets(192, b"\x00\x00\x12\x34"),
}
NONE = {
    "two frames": frames(b"\xff\xfb\x90\x64", 417, 2),
    "frames of other rates": frames(b"\xff\xfb\x90\x64", 417, 1) + frames(b"\xff\xfb\x98\x64", 576),
    "a wrong length": frames(b"\xff\xfb\x90\x64", 416),
    "ones": b"\xff" * 2_000,
    "lines that begin alike": ("G 12;" + "x" * 182 + "\n").encode() * 8,
    "a sequence of letters": b"GATTACA" * 300,
    "three packets": packets(188)[: 3 * 188],
}


@pytest.mark.parametrize("raw", STREAMS.values(), ids=STREAMS)
def test_a_stream_is_found_as_a_document_and_in_a_text(raw):
    (found,) = inspect_bytes(raw, "text/csv")
    assert found.code in ("audio", "video")
    assert inspect_bytes(raw, "application/octet-stream")
    text = raw.decode("latin-1")
    assert inspect_bytes(json.dumps({"a": text}).encode(), "")
    assert may_hold(json.dumps({"a": text}, ensure_ascii=False).encode())
    assert inspect_strings({"a": text})
    assert inspect_strings({"a": list(raw)})


@pytest.mark.parametrize("encoding", ["base64", "hex with colons", "decimal numbers", "base32"])
@pytest.mark.parametrize("raw", STREAMS.values(), ids=STREAMS)
def test_a_stream_is_found_behind_an_encoding(raw, encoding):
    (found,) = inspect_strings({"a": ENCODINGS[encoding](raw)})
    assert found.code in ("encoded-audio", "encoded-video")
    packed = base64.b64encode(zlib.compress(raw)).decode()
    assert inspect_strings({"a": packed})


@pytest.mark.parametrize("raw", NONE.values(), ids=NONE)
def test_what_does_not_go_on_as_it_says_is_no_stream(raw):
    assert stream(raw) is None


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(range(80))
AS_OBJECT = {
    "from 0": {str(place): byte for place, byte in enumerate(JPEG)},
    "from 1": {str(place): byte for place, byte in enumerate(JPEG, start=1)},
    "in another order": {str(place): JPEG[place] for place in sorted(range(len(JPEG)), key=str)},
    "signed": {str(place): byte - 256 * (byte > 127) for place, byte in enumerate(JPEG)},
}


@pytest.mark.parametrize("value", AS_OBJECT.values(), ids=AS_OBJECT)
def test_bytes_as_the_members_of_an_object_are_found(value):
    (found,) = inspect_bytes(json.dumps({"a": {"b": value}}).encode(), "")
    assert (found.pointer, found.code) == ("/a/b", "encoded-image")
    assert inspect_strings({"a": value})
    assert inspect_strings({"a": json.dumps(value)})
    assert inspect_bytes(json.dumps({"a": json.dumps({"b": value})}).encode(), "")


def test_numbers_by_number_are_no_bytes():
    years = {str(year): year % 200 for year in range(1900, 2000)}
    assert inspect_strings({"a": years}) == []
    gap = {str(place + (place > 20)): byte for place, byte in enumerate(JPEG)}
    assert inspect_strings({"a": gap}) == []


TABLES = {
    "a hash below a title": (b"Report of 2026\nid;PhotoDNA\n1;x\n2;y\n", 2, "media-column"),
    "below an empty line": (b"Report\n\nid,name,thumbnail\n1,a,b\n", 3, "media-column"),
    "in quotes, below cells": (b'Report;;\n"id";"name";"pHash"\n1;a;b\n', 2, "media-column"),
    "a catalogue": (b"Export\nMediaID\tCategory\tMD5\n1\t2\t3\n", 2, "media-catalogue"),
    "below fifty lines": (b"# note\n" * 50 + b"id|pdq\n1|x\n2|y\n", 51, "media-column"),
}


@pytest.mark.parametrize(("raw", "line", "code"), TABLES.values(), ids=TABLES)
def test_a_column_of_media_is_found_below_other_lines(raw, line, code):
    assert (f"/{line}", code) in {(one.pointer, one.code) for one in inspect_bytes(raw, "")}


PLAIN = {
    "a cell": b"item;text\nMiniature;toy\nthumbnail;word\npdq;name\n",
    "a cell below an empty one": b"item;text;no\n;;1\nMiniature;toy;12\nship;toy;13\n",
    "prose": b"A list of words.\nAn image, thumbnail, preview\nWords about it.\nNo, none.\n",
}


@pytest.mark.parametrize("raw", PLAIN.values(), ids=PLAIN)
def test_words_in_a_table_are_no_columns(raw):
    assert inspect_bytes(raw, "text/csv") == []


def test_ordinary_documents_give_no_false_alarm():
    """Less than one in 100,000: `make alarms` looks at so many, here are the first of them."""
    count = 100_000 if os.environ.get("ALARMS") == "all" else 1_000

    assert not ordinary.false_alarms_of_documents(count)
