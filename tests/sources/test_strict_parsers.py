"""The three parsers refuse what is not strict, say why, and cannot be made to work for long."""

from __future__ import annotations

import contextlib
import json
import re
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import safe_csv, safe_json, safe_xml
from adapters.base import Caps, SourceUnreadable

CAPS = Caps()
MIB = 1024 * 1024
XML = b"<?xml version='1.0' encoding='UTF-8'?>"


def _csv(raw, **dialect):
    return list(safe_csv.rows(raw, safe_csv.Dialect(**dialect), CAPS))


def _json(raw):
    return safe_json.load(raw, CAPS)


def _xml(raw):
    return safe_xml.load(raw, CAPS)


REFUSED = {
    "json: cut short": (_json, b'{"a": 1', "malformed"),
    "json: empty": (_json, b"", "malformed"),
    "json: member twice": (_json, b'{"a": {"b": 1, "b": 2}}', "doubled-member"),
    "json: NaN": (_json, b'{"a": NaN}', "malformed"),
    "json: too great": (_json, b'{"a": 1e999}', "number-too-long"),
    "json: many digits": (_json, b'{"a": ' + b"9" * 41 + b"}", "number-too-long"),
    "json: half a pair": (_json, rb'{"a": "\ud800"}', "half-character"),
    "json: half a pair in a name": (_json, rb'{"\udfff": 1}', "half-character"),
    "json: not UTF-8": (_json, b'{"a": "\xe9"}', "bad-encoding"),
    "json: UTF-16": (_json, '{"a": 1}'.encode("utf-16"), "bad-encoding"),
    "json: mark": (_json, b'\xef\xbb\xbf{"a": 1}', "bad-encoding"),
    "json: long text": (_json, b'"' + b"a" * 65_537 + b'"', "too-long"),
    "json: 33 deep": (_json, b"[" * 33 + b"]" * 33, "too-deep"),
    "xml: cut short": (_xml, b"<a><b></a>", "malformed"),
    "xml: empty": (_xml, b"", "malformed"),
    "xml: document type": (_xml, b"<!DOCTYPE a><a/>", "document-type"),
    "xml: entity": (_xml, b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document-type"),
    "xml: external entity": (
        _xml,
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        "document-type",
    ),
    "xml: UTF-7": (_xml, b"<?xml version='1.0' encoding='UTF-7'?><a/>", "bad-encoding"),
    "xml: cp1252": (_xml, b"<?xml version='1.0' encoding='windows-1252'?><a/>", "bad-encoding"),
    "xml: UTF-16 unmarked": (_xml, b"<?xml version='1.0' encoding='UTF-16'?><a/>", "bad-encoding"),
    "xml: not UTF-8": (_xml, XML + b"<a>\xe9</a>", "malformed"),
    "xml: 33 deep": (_xml, b"<a>" * 33 + b"</a>" * 33, "too-deep"),
    "xml: long text": (_xml, b"<a>" + b"x" * 65_537 + b"</a>", "too-long"),
    "xml: long attribute": (_xml, b"<a b='" + b"x" * 65_537 + b"'/>", "too-long"),
    "csv: not UTF-8": (_csv, b"a,b\n\xe9,1\n", "bad-encoding"),
    "csv: null character": (_csv, b"a,b\n\x00,1\n", "malformed"),
    "csv: mark": (_csv, b"\xef\xbb\xbfa,b\n1,2\n", "bad-encoding"),
    "csv: open quote": (_csv, b'a,b\n"1,2\n', "malformed"),
    "csv: short row": (_csv, b"a,b\n1\n", "wrong-columns"),
    "csv: column twice": (_csv, b"a,a\n1,2\n", "bad-header"),
    "csv: column without a name": (_csv, b"a,\n1,2\n", "bad-header"),
    "csv: 513 columns": (_csv, b",".join(b"c%d" % i for i in range(513)), "too-many-columns"),
    "csv: long cell": (_csv, b"a\n" + b"x" * 65_537 + b"\n", "too-long"),
    "csv: 1,001 rows": (_csv, b"a\n" + b"1\n" * 1_001, "too-many-records"),
}


@pytest.mark.parametrize(("read", "raw", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_strict_is_refused_with_its_code(read, raw, code):
    with pytest.raises(SourceUnreadable) as refused:
        read(raw)

    assert [fault.code for fault in refused.value.faults] == [code]
    assert all(fault.detail and fault.hint for fault in refused.value.faults)


BOMBS = {
    "json: brackets": (_json, b"[" * 8 * MIB),
    "json: objects": (_json, b'{"a":' * MIB),
    "json: entries": (_json, b"[" + b"1," * 3 * MIB + b"1]"),
    "json: empty arrays": (_json, b"[" + b"[]," * 2 * MIB + b"1]"),
    "json: closing brackets": (_json, b"]" * 8 * MIB),
    "json: texts": (_json, b'"" ' * 2 * MIB),
    "json: escaped quotes": (_json, b'"' + b'\\"' * 3 * MIB),
    "json: escaped texts": (_json, b'["\\\\",' + b'"\\\\",' * MIB + b"1]"),
    "json: digits": (_json, b"9" * 8 * MIB),
    "xml: laughs": (
        _xml,
        b"<!DOCTYPE l [<!ENTITY a 'lol'>"
        + b"".join(b"<!ENTITY a%d '%s'>" % (i, b"&a;" * 10) for i in range(10))
        + b"]><l>&a9;</l>",
    ),
    "xml: elements": (_xml, b"<a>" + b"<b/>" * 2 * MIB + b"</a>"),
    "xml: deep": (_xml, b"<a>" * 2 * MIB),
    "xml: attributes": (
        _xml,
        b"<a " + b" ".join(b"b%d=''" % i for i in range(240_000)) + b"/>",
    ),
    "xml: text": (_xml, b"<a>" + b"x" * 8 * MIB),
    "csv: delimiters": (_csv, b"," * 8 * MIB),
    "csv: lines": (_csv, b"a\n" * 4 * MIB),
    "csv: quotes": (_csv, b'"' * 8 * MIB),
    "too large": (_json, b" " * (8 * MIB + 1)),
}


@pytest.mark.parametrize(("read", "raw"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_refused_before_it_costs_anything(read, raw):
    raw = raw[: CAPS.max_bytes] if not raw.startswith(b" ") else raw
    best = min(_seconds(read, raw) for _ in range(5))
    assert best < 0.1 * _slowness()


def test_a_bomb_takes_little_memory():
    raw = b"[" + b"[]," * 2 * MIB + b"1]"
    tracemalloc.start()
    try:
        with pytest.raises(SourceUnreadable):
            _json(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(raw)


def _seconds(read, raw):
    start = time.thread_time()
    with pytest.raises(SourceUnreadable):
        read(raw)
    return time.thread_time() - start


def _slowness():
    """Return how much slower than a free machine this one is now, at reading text; 1 or more."""
    text = '"x",' * 250_000
    start = time.thread_time()
    len(re.findall(r'"[^"]*"', text))
    return max(1.0, (time.thread_time() - start) / 0.04)


def test_a_place_is_a_pointer_to_what_is_wrong():
    with pytest.raises(SourceUnreadable) as refused:
        _json(b'{"a/b": [{"c": 1, "c": 2}]}')
    assert refused.value.faults[0].pointer == "/a~1b/0/c"


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
))  # fmt: skip
def test_what_the_standard_parser_writes_is_read_back(value):
    raw = json.dumps(value, ensure_ascii=False).encode()
    assert _json(raw) == value


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_no_bytes_escape_as_another_error(raw):
    for read in (_json, _xml, _csv):
        with contextlib.suppress(SourceUnreadable):
            read(raw)


def test_lines_are_slices_of_the_document():
    found = list(safe_json.lines(b'{"a":1}\r\n\n {"b":2}', CAPS))
    assert found == [(1, b'{"a":1}'), (3, b' {"b":2}')]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_declared_encodings_of_the_list_are_read(encoding):
    raw = f"<?xml version='1.0' encoding='{encoding}'?><a><b>é</b><b/></a>".encode(encoding)
    root = _xml(raw)
    assert [(one.path, one.text) for one in root.children] == [("/a/b/0", "é"), ("/a/b/1", "")]


def test_a_table_that_ends_within_its_last_cell_is_refused_where_lines_always_end():
    assert _csv(b"a,b\n1,23")[0].cells == {"a": "1", "b": "23"}
    for whole in (b"a,b\n1,23\n", b"a,b\r\n1,23\r\n", b""):
        _csv(whole, final_newline=True)
    with pytest.raises(SourceUnreadable) as refused:
        _csv(b"a,b\n1,2", final_newline=True)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/2", "no-final-newline")


def test_csv_is_read_as_declared():
    raw = "naam;plaats\n'Jansen; J.';Zoë\n\n".encode("iso-8859-15")
    [row] = _csv(raw, delimiter=";", quote="'", encoding="iso-8859-15")
    assert (row.line, row.cells) == (2, {"naam": "Jansen; J.", "plaats": "Zoë"})


def test_attributes_that_share_a_local_name_all_stay():
    head = b"<r xmlns:a='urn:a' xmlns:b='urn:b' "
    both = _xml(head + b"a:id='1' b:id='2' b:type='3'/>").attributes
    plain = _xml(head + b"a:id='1' id='2'/>").attributes
    slowly = _xml(head + b"a:id='1' id='2'>" + b"<x/><x></x>" + b"<!-- > --></r>").attributes

    assert both == {"{urn:a}id": "1", "{urn:b}id": "2", "type": "3"}
    assert plain == slowly == {"{urn:a}id": "1", "id": "2"}


@pytest.mark.parametrize("blanks", [0, 100, 500, 2_000])
def test_an_encoding_that_is_not_of_the_list_is_refused_wherever_it_is_declared(blanks):
    raw = b"<?xml version='1.0'" + b" " * blanks + b" encoding='koi8-r'?><r>\xc0</r>"
    with pytest.raises(SourceUnreadable) as refused:
        _xml(raw)
    assert [fault.code for fault in refused.value.faults] == ["bad-encoding"]
