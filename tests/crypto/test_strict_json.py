"""Strict JSON: one way to be read, or refused."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import NotStrict
from keys.strict import compact, strict_json

REFUSED = {
    "nothing": b"",
    "a member twice": b'{"a":1,"a":1}',
    "a member twice, once escaped": b'{"a":1,"\\u0061":1}',
    "a fraction": b"1.0",
    "an exponent": b"1e0",
    "a leading zero": b"01",
    "a negative number": b"-1",
    "minus zero": b"-0",
    "2^53": b"9007199254740992",
    "a number of five thousand digits": b"1" * 5000,
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "a lone high surrogate": b'"\\ud800"',
    "a lone low surrogate in a name": b'{"\\udc00":1}',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "an overlong UTF-8 form": b'"\xc0\xaf"',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a raw line end in a string": b'"a\nb"',
    "an unclosed string full of quotes": b'"' + b'\\"' * 1000,
    "33 arrays": b"[" * 33 + b"]" * 33,
    "33 objects": b'{"a":' * 33 + b"1" + b"}" * 33,
    "a million arrays": b"[" * 1_000_000,
    "other digits": b"\xd9\xa1",
    "a comment": b"{} // end",
    "two values": b"{}{}",
    "a trailing comma": b"[1,]",
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_strict_is_refused(raw):
    with pytest.raises(NotStrict):
        strict_json(raw)


ACCEPTED = {
    "32 arrays": (b"[" * 32 + b"]" * 32, None),
    "brackets inside a string do not count": (b'"' + b"[" * 100 + b'"', "[" * 100),
    "the largest integer": (b"9007199254740991", 2**53 - 1),
    "a whole surrogate pair": (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
    "true, false, null": (b"[true,false,null]", [True, False, None]),
}


@pytest.mark.parametrize(("raw", "value"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_strict_is_read(raw, value):
    assert strict_json(raw) == value or value is None


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 2_000_000 + b"[" * 40, b'["' * 1_000_000])
def test_hostile_bytes_cost_no_more_than_their_length(raw):
    begun = time.perf_counter()
    with pytest.raises(NotStrict):
        strict_json(raw)

    assert time.perf_counter() - begun < 2


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_compactly_is_read_back(value):
    assert strict_json(compact(value)) == value
    assert json.loads(compact(value)) == value


@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(raw):
    try:
        strict_json(raw)
    except NotStrict:
        return
    json.loads(raw)
